"""What a call needs, condition by condition; and the forecast without an area that has a red alarm."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from forecast.alarms.alarm import Alarm
from forecast.call_ready import (
    STRESS_DRAWS,
    CallReady,
    Condition,
    _few_draws,
    chances_of,
    find_call_ready,
    without_areas,
)
from forecast.contests.contest import Contest
from forecast.declaration import Kind
from forecast.errors import Defect, ModelError
from forecast.evaluation.call_trials import CallTrial, write_calls
from forecast.night import Night
from forecast.posterior import Model, Posterior
from forecast.scene import open_scene
from forecast.simulation import Simulation, simulate
from forecast.tally import Tally, fold
from models.conditional import conditional
from models.link import LinkName
from models.priors import VAGUE
from models.stress import harder, variants_of

SCENE = open_scene("west-midlands", through=3)
CONTEST = SCENE.contest
DRAWS = 2_000


def model_of(chance: float, **variants: Model) -> Model:
    """A model under which Street has this chance: in so many draws every area outstanding is his, else Parker's."""

    def model(contest: Contest, tally: Tally, *, draws: int, seed: int) -> Posterior:
        share = np.zeros((draws, len(contest.areas), len(contest.candidates)))
        won = round(chance * draws)
        share[:won, :, contest.candidate_index("street")] = 1.0
        share[won:, :, contest.candidate_index("parker")] = 1.0
        valid = np.broadcast_to(np.rint(0.99 * np.nan_to_num(tally.ballots, nan=50_000)), (draws, len(contest.areas)))
        return Posterior(share, valid.copy(), "sure", {}, variants=variants)

    return model


def look(chance: float, tally: Tally, alarms: tuple[Alarm, ...] = (), **variants: Model) -> CallReady:
    model = model_of(chance, **variants)
    simulation = simulate(model(CONTEST, tally, draws=DRAWS, seed=1), tally)
    return find_call_ready(tally, simulation, model, variants, seed=1, alarms=alarms)


def condition(found: CallReady, start: str) -> Condition:
    return next(each for each in found.conditions if each.name.startswith(start))


TALLY = fold(CONTEST, SCENE.items)
SURE = model_of(1.0)


def test_everything_met_is_call_ready() -> None:
    found = look(0.999, TALLY, other=SURE)
    assert [each.name for each in found.conditions if not each.met] == []
    assert found.ready
    assert found.candidate == "street"


@pytest.mark.parametrize(("chance", "met"), [(0.994, False), (0.996, True)])
def test_the_main_model_must_be_sure_to_99_and_a_half_per_cent(chance: float, met: bool) -> None:
    found = look(chance, TALLY, other=SURE)
    assert condition(found, "main model").met is met
    assert found.ready is met


@pytest.mark.parametrize(("chance", "met"), [(0.985, False), (0.995, True)])
def test_every_variant_must_leave_99_per_cent(chance: float, met: bool) -> None:
    found = look(1.0, TALLY, other=SURE, harder=model_of(chance))
    assert condition(found, "harder").met is met
    assert found.ready is met


def test_a_model_without_variants_is_never_call_ready() -> None:
    found = look(1.0, TALLY)
    assert not found.ready
    assert not condition(found, "variants").met


def test_variants_are_not_worked_out_before_everything_else_is_met() -> None:
    def never(contest: Contest, tally: Tally, *, draws: int, seed: int) -> Posterior:
        raise AssertionError

    assert not look(0.9, TALLY, never=never).ready


def test_a_red_alarm_holds_a_call_and_an_amber_one_does_not() -> None:
    red = Alarm("red", "dudley", "surprise", "It is odd.", "Look.")
    assert not look(1.0, TALLY, (red,), other=SURE).ready
    assert look(1.0, TALLY, (replace(red, severity="amber"),), other=SURE).ready


def no_answer(contest: Contest, tally: Tally, *, draws: int, seed: int) -> Posterior:
    raise ModelError(Defect("made up", "this model has no answer here."))


def test_a_variant_that_cannot_be_asked_is_not_survived() -> None:
    found = look(1.0, TALLY, other=SURE, broken=no_answer)
    assert not found.ready
    assert condition(found, "broken").why.startswith("cannot be asked: ")


def test_a_model_without_an_answer_where_the_most_influential_is_dropped_is_not_survived() -> None:
    simulation = simulate(SURE(CONTEST, TALLY, draws=DRAWS, seed=1), TALLY)
    found = find_call_ready(TALLY, simulation, no_answer, {"other": SURE}, seed=1)
    assert not found.ready
    assert [each.name.split()[0] for each in found.conditions if not each.met] == ["without"]


def test_the_draws_of_stress_are_taken_from_all_of_them_in_whatever_order_they_lie() -> None:
    """Street has 99.6% of 10,000 draws, in the order of who won: his few losses all lie at the end."""
    draws = 10_000
    simulation = simulate(model_of(0.996)(CONTEST, TALLY, draws=draws, seed=1), TALLY)
    few = _few_draws(simulation)
    assert 3_000 < len(few.totals) <= STRESS_DRAWS
    taken = chances_of(TALLY, few)[CONTEST.candidate_index("street")]
    assert taken == pytest.approx(0.996, abs=1 / len(few.totals))
    votes, totals, valid = (each[:STRESS_DRAWS] for each in (simulation.votes, simulation.totals, simulation.valid))
    first = Simulation(votes, totals, valid, 1)
    assert chances_of(TALLY, first)[CONTEST.candidate_index("street")] == 1.0  # what the first ones would say


def test_before_two_areas_there_is_no_call() -> None:
    early = fold(CONTEST, open_scene("west-midlands", through=1).items)
    assert not condition(look(1.0, early, other=SURE), "coverage").met


def test_ballots_not_verified_are_bounded_by_the_electorate() -> None:
    unverified = fold(CONTEST, [item for item in SCENE.items if item.kind is not Kind.VERIFIED])
    found = condition(look(1.0, unverified, other=SURE), "ballots verified")
    assert "had everybody registered voted" in found.why
    assert condition(look(1.0, TALLY, other=SURE), "ballots verified").met


def test_the_area_that_matters_most_is_dropped_and_the_others_kept() -> None:
    found = look(1.0, TALLY, other=SURE)
    dropped = condition(found, "without ").name
    assert any(CONTEST.areas[area].name in dropped for area in TALLY.order)
    less = without_areas(TALLY, {CONTEST.areas[TALLY.order[0]].id})
    assert less.order == TALLY.order[1:]
    assert np.array_equal(less.ballots, TALLY.ballots, equal_nan=True)


def test_what_is_decided_needs_no_probability_but_no_red_alarm_either() -> None:
    simulation = simulate(SURE(CONTEST, TALLY, draws=100, seed=1), TALLY)
    red = Alarm("red", "dudley", "surprise", "It is odd.", "Look.")
    assert find_call_ready(TALLY, simulation, SURE, {}, seed=1, decided=True).ready
    assert not find_call_ready(TALLY, simulation, SURE, {}, seed=1, decided=True, alarms=[red]).ready


def test_a_swapped_declaration_is_published_with_and_without() -> None:
    items = list(open_scene("west-midlands", through=1).items)
    last = items[-1]
    swapped = replace(last, votes={"parker": last.votes["street"], "street": last.votes["parker"]})
    night = Night(CONTEST, conditional, draws=DRAWS)
    given = night.update([*items[:-1], swapped], explain=True).forecast
    red = {alarm.area for alarm in given.alarms if alarm.severity == "red"}
    assert given.without is not None
    assert set(given.without.areas) == red == {last.area}
    before = night.update([item for item in items if item.area != last.area]).forecast
    expected = {candidate.id: candidate.win_probability for candidate in before.candidates}
    assert given.without.win_probability == pytest.approx(expected, abs=1e-6)
    assert given.call_ready is not None
    assert not given.call_ready.ready
    assert night.update(items).forecast.without is None


def test_variants_are_harder_than_the_priors_they_are_made_of() -> None:
    changed = harder(VAGUE)
    assert {each.discrepancy for each in changed.values()} == {VAGUE.discrepancy, 2 * VAGUE.discrepancy}
    wide = next(each for name, each in changed.items() if "standard deviation" in name)
    assert np.log(wide.area_median / VAGUE.area_median) == pytest.approx(VAGUE.area_log_sd)
    heavy = next(each for name, each in changed.items() if "tails" in name)
    assert 2.0 + heavy.tail_shape / heavy.tail_rate == pytest.approx(4.0)
    variants = variants_of("conditional", VAGUE)
    posterior = variants["areas that differ by a standard deviation more"](CONTEST, TALLY, draws=500, seed=1)
    main = conditional(CONTEST, TALLY, draws=500, seed=1, priors=VAGUE)
    open_area = int(np.flatnonzero(TALLY.outstanding)[0])
    assert posterior.share[:, open_area, 0].std() > main.share[:, open_area, 0].std()


@pytest.mark.parametrize(("link", "other"), [("share", "log-odds"), ("log-odds", "conditional")])
def test_a_call_of_few_areas_must_survive_the_other_link(link: LinkName, other: str) -> None:
    variants = variants_of("conditional", VAGUE, link)
    (name,) = [each for each in variants if each.startswith("another link")]
    assert variants[name](CONTEST, TALLY, draws=200, seed=1).model == other
    harder_ones = {variants[each](CONTEST, TALLY, draws=200, seed=1).model for each in harder(VAGUE)}
    assert harder_ones == {"conditional" if link == "share" else link}
    assert not [each for each in variants_of("regression", VAGUE) if "link" in each]


MADE = ("forecast evaluate --calls", "today")


def test_wrong_calls_are_counted_and_their_bound_is_by_polling_days_that_had_any() -> None:
    days = ("2010-05-06", "2015-05-07", "2017-06-08", "2019-12-12", "2024-05-02")
    right = [
        CallTrial(f"{day} {number}", "few areas", "real", 0.5, 0.999, True, True, (), day)
        for day in days
        for number in range(3)
    ]
    quiet = CallTrial("quiet", "few areas", "real", 0.5, 0.6, True, False, (), "1992-04-09")
    said = write_calls([*right, quiet], *MADE)
    assert "Wrong call-ready states: 0 of 15, in 15 nights of 5 polling days that had any, which bounds" in said
    assert "at 60% and no lower" in said  # three over five: the quiet day says nothing
    wrong = CallTrial("two", "few areas", "real", 0.5, 0.999, False, True, (), "2024-05-02")
    assert "**Wrong call-ready states: 1 of 16, in 16 nights of 5 polling days that had any.**" in write_calls(
        [*right, wrong], *MADE
    )
    assert "bounds" not in write_calls([quiet], *MADE)
