"""The engine without a part of it, and the page that says what each part is worth."""

from __future__ import annotations

import pickle

import numpy as np
import polars as pl
import pytest
from engine_states import NEWS, WEST_MIDLANDS
from made_contest import made_contest
from numpy.typing import NDArray

from forecast.errors import ForecastError
from forecast.evaluation.ablation_page import plan_ablations, write_ablations
from forecast.evaluation.markdown import fill_section
from forecast.evaluation.nights import PastNight, past_night
from forecast.evaluation.orders import ADVERSARIAL, orders_for
from forecast.evaluation.plan import Plan
from forecast.moment import fold_through
from forecast.posterior import Posterior
from forecast.tally import Tally
from models.ablations import ABLATIONS, ablated, ablation_named, bears_on, forget_ballots, unlearned
from models.engines import engine_named
from models.priors import priors_for

BEARING = [name for name in ABLATIONS if bears_on(name, WEST_MIDLANDS)]


def declared(areas: int = 1) -> Tally:
    return fold_through(WEST_MIDLANDS, NEWS, areas)


def forecast(without: str = "") -> Posterior:
    return ablated(WEST_MIDLANDS, declared(), draws=2_000, seed=1, without=without)


def votes_of(posterior: Posterior) -> NDArray[np.float64]:
    votes: NDArray[np.float64] = (posterior.share * posterior.valid[:, :, None]).sum(axis=1)
    return votes


def lead_sd(posterior: Posterior) -> float:
    votes = votes_of(posterior)
    return float(((votes[:, 0] - votes[:, 1]) / votes.sum(axis=1)).std())


def test_without_nothing_it_is_the_nights_engine() -> None:
    whole = engine_named("auto", WEST_MIDLANDS)(WEST_MIDLANDS, declared(), draws=2_000, seed=1)
    assert np.array_equal(forecast().share, whole.share)


@pytest.mark.parametrize("name", BEARING)
def test_taking_a_part_away_changes_the_forecast_and_it_can_be_sent_to_another_process(name: str) -> None:
    model = pickle.loads(pickle.dumps(ablation_named(name, WEST_MIDLANDS)))  # noqa: S301 - our own
    posterior = model(WEST_MIDLANDS, declared(), draws=2_000, seed=1)
    assert not np.array_equal(votes_of(posterior), votes_of(forecast()))
    assert np.allclose(posterior.share.sum(axis=2), 1.0)


def test_without_the_shift_of_areas_outstanding_the_lead_is_surer() -> None:
    assert lead_sd(forecast("shift of areas outstanding")) < lead_sd(forecast())


def test_without_verified_ballots_only_areas_that_have_counted_have_any() -> None:
    tally = declared()
    assert np.isfinite(tally.ballots).all()
    assert np.array_equal(np.isfinite(forget_ballots(tally).ballots), tally.declared)


def test_parts_that_do_not_bear_on_a_contest_are_left_out() -> None:
    plain = made_contest(1, areas=5, candidates=3, polled=False)
    named = {name for name in ABLATIONS if bears_on(name, plain)}
    assert named.isdisjoint({"covariates", "exit poll", "polls", "entrants' levels", "who holds the area"})
    assert bears_on("learned priors", plain) == (priors_for(plain) != unlearned(plain))


def test_each_night_is_scored_whole_and_without_each_part_that_bears_on_it() -> None:
    night = PastNight(WEST_MIDLANDS, NEWS, "west midlands")
    tasks = list(plan_ablations([night], list(ABLATIONS), ablation_named, bears_on, Plan(1, 200)))
    own = [task for task in tasks if task.order.kind not in ADVERSARIAL]
    assert [task.contender for task in own] == ["auto", *BEARING]
    assert {task.checkpoints for task in tasks} == {(1, 2, 3, 6)}


def test_each_is_scored_in_every_order_that_misleads_too() -> None:
    night = PastNight(WEST_MIDLANDS, NEWS, "west midlands")
    tasks = list(plan_ablations([night], list(ABLATIONS), ablation_named, bears_on, Plan(1, 200)))
    misleading = {order.kind for order in orders_for(WEST_MIDLANDS, NEWS, 0)} & set(ADVERSARIAL)
    assert {(task.contender, task.order.kind) for task in tasks if task.order.kind in ADVERSARIAL} == {
        (name, kind) for name in ("auto", *BEARING) for kind in misleading
    }


def test_a_night_of_many_areas_is_stopped_less_often_and_drawn_half_as_much_where_it_is_misled() -> None:
    night = past_night("general-election-2019")
    tasks = list(plan_ablations([night], [], ablation_named, bears_on, Plan(1, 2_000)))
    stops = {task.order.kind in ADVERSARIAL: (task.checkpoints, task.draws) for task in tasks}
    assert stops == {False: ((10, 50, 100, 200, 400), 1_000), True: ((50, 200), 500)}


def test_a_part_that_helps_has_a_positive_change() -> None:
    score = {"lead_crps": 0.01, "log_score": 0.2, "lead_covered_50": 1.0, "lead_covered_90": 1.0, "seat_brier": np.nan}
    rows = [
        {"night": f"n{night}", "family": "few areas", "status": "scored", "order": order, "order_number": 0,
         "declared": 1, "contender": name, **score, "lead_crps": 0.01 + worse * weight}
        for night in range(5)
        for order, weight in (("real", 1.0), ("small-first", 2.0))
        for name, worse in (("auto", 0.0), ("size of areas", 0.02))
    ]  # fmt: skip
    page = write_ablations(pl.DataFrame(rows), list(ABLATIONS), "forecast evaluate --ablations", "1 May 2024")
    assert "| size of areas | 5 | 3.00 | +2.000 [+2.000, +2.000] |" in page
    assert "| 5.00 | +4.000 [+4.000, +4.000] | 100 |" in page
    assert "(5 nights)" in page
    assert "650 seats" not in page


def test_only_what_is_between_the_marks_is_made_anew() -> None:
    page = "before\n<!-- parts -->\nold\n<!-- end of parts -->\nafter\n"
    assert fill_section(page, "parts", r"new \1") == (
        "before\n<!-- parts -->\n\nnew \\1\n\n<!-- end of parts -->\nafter\n"
    )
    with pytest.raises(ForecastError, match="no <!-- other -->"):
        fill_section(page, "other", "new")
