"""The models beside ours."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from small_contest import small_contest
from small_night import news, night, task

from forecast.contests.contest import Contest
from forecast.errors import ForecastError, ModelError
from forecast.evaluation.hindsight import Moment, stand_at
from forecast.evaluation.marks import LeadInterval
from forecast.evaluation.nights import past_night, shipped_nights
from forecast.evaluation.task import run_task
from forecast.evaluation.truth import find_truth
from forecast.posterior import Posterior
from forecast.simulation import simulate
from forecast.tally import Tally, fold
from models.contenders import CONTENDERS, contender_named


def posterior_of(name: str, moment: Moment, draws: int) -> Posterior:
    made = contender_named(name, moment.contest)(moment.contest, moment.tally, draws=draws, seed=1)
    assert isinstance(made, Posterior)
    return made


@pytest.mark.parametrize("name", [each for each in CONTENDERS if each != "subspace"])
def test_every_model_beside_ours_answers_on_the_west_midlands_and_repeats_what_is_declared(name: str) -> None:
    past = past_night("west-midlands")
    moment = stand_at(past.contest, past.items, 5)
    made, again = (posterior_of(name, moment, 200) for _ in range(2))
    assert made.share.tobytes() == again.share.tobytes()
    np.testing.assert_allclose(made.share.sum(axis=2), 1.0, atol=1e-6)
    simulation = simulate(made, moment.tally)
    known = moment.tally.declared[:, None] & np.isfinite(moment.tally.votes)
    assert (simulation.votes[:, known] == moment.tally.votes[known]).all()


def test_uniform_swing_by_hand() -> None:
    past = night()
    moment = stand_at(past.contest, past.items, 1)
    made = posterior_of("uniform-point", moment, 1)
    then = past.contest.baseline
    change = 66_296 / 189_470 - then.votes[0, 1] / then.valid[0]
    street = then.votes[4, 1] / then.valid[4] + change
    others = [then.votes[4, 0] / then.valid[4] + 80_251 / 189_470 - then.votes[0, 0] / then.valid[0], 42_923 / 189_470]
    assert made.share[0, 4, 1] == pytest.approx(street / (street + sum(max(each, 0.0) for each in others)))


def test_past_votes_predict_a_vote_that_lies_along_them() -> None:
    (past,) = [each for each in shipped_nights(("swiss votes",)) if each.contest.id == "swiss-s00"]
    moment = stand_at(past.contest, past.items, 54)
    truth = find_truth(past.contest, past.items)
    subspace, raw = (posterior_of(name, moment, 1) for name in ("subspace", "raw-count"))
    final = fold(past.contest, past.items).votes
    share = final[:, 0] / final.sum(axis=1)
    errors = [np.abs(each.share[0, :, 0] - share)[54:].mean() for each in (subspace, raw)]
    assert errors[0] < 0.75 * errors[1]
    assert truth.shares.sum() == pytest.approx(1.0)


def interval(contest: Contest, tally: Tally, *, draws: int, seed: int) -> LeadInterval:
    return LeadInterval(0.05, -0.2, 0.3, 0.9, "peer")


def test_a_peer_that_gives_one_interval_is_scored_by_it_alone() -> None:
    (row,) = run_task(task(interval, checkpoints=(3,)))
    truth = find_truth(small_contest(), news())
    assert row["lead_error"] == pytest.approx(abs(0.05 - truth.lead))
    assert (row["lead_covered_90"], row["lead_width_90"]) == (1.0, 0.5)
    assert np.isnan(float(row["lead_crps"]))
    assert np.isnan(float(row["log_score"]))


def test_elex_model_has_no_answer_without_its_environment_or_for_few_areas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FORECAST_ELEX", raising=False)
    model = contender_named("elex-model", small_contest())
    with pytest.raises(ModelError, match="the environment of elex-model is not named"):
        model(small_contest(), fold(small_contest(), news()), draws=1, seed=1)
    monkeypatch.setenv("FORECAST_ELEX", sys.executable)
    with pytest.raises(ModelError, match="needs 10"):
        model(small_contest(), fold(small_contest(), news()), draws=1, seed=1)


def test_a_model_nobody_knows_is_one_line() -> None:
    with pytest.raises(ForecastError, match=r'no model "rigde"\. Did you mean "ridge"'):
        contender_named("rigde", small_contest())
