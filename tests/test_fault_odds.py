"""How likely a declaration is a fault, the faults that are put into real nights, and what is chosen on earlier ones."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from monte_carlo import FALSE_ALARM
from sandwell_forecast import AREA, CONTEST, EXPECTED_SHARES, declared, expected

from forecast.alarms.alarm import Expected
from forecast.alarms.fault_density import SHOCKS, Elsewhere, Shocks, fit_expected
from forecast.alarms.fault_odds import GRID, _Given, _lost, log_true, weigh_faults
from forecast.alarms.integrity import LIKELY_FAULT, POSSIBLE_FAULT, RED_ODDS, find_alarms
from forecast.alarms.slips import undo_slips
from forecast.contests.catalogue import find_contest
from forecast.declaration import Declaration, Kind
from forecast.night import Night
from forecast.scene import open_scene
from forecast.tally import Tally, empty_tally, fold
from models.conditional import conditional


def odds(*votes: int) -> float:
    found = weigh_faults(declared(*votes), AREA, expected())
    assert found is not None
    return found.log_odds


def test_what_was_expected_is_no_likelier_a_fault_than_before_it_was_seen() -> None:
    assert odds(33_000, 19_800, 7_200) == pytest.approx(np.log(0.01 / 0.99))


@pytest.mark.parametrize(
    ("votes", "words"),
    [
        ((19_800, 33_000, 7_200), "the votes of Richard Parker and Andy Street are swapped"),
        ((3_300, 19_800, 7_200), "a digit missing"),
        ((333_000, 19_800, 7_200), "a digit too many"),
        ((33, 19_800, 7_200), "thousands written as units"),
    ],
)
def test_a_slip_is_named(votes: tuple[int, int, int], words: str) -> None:
    found = weigh_faults(declared(*votes), AREA, expected())
    assert found is not None
    assert found.log_odds > 0
    assert words in found.likeliest


def test_a_close_pair_swapped_is_not_taken_for_a_fault() -> None:
    even = Expected(share=expected().share[:, [0, 0, 2]] * [0.78, 0.78, 1.0], valid=expected().valid)
    found = weigh_faults(declared(26_000, 25_000, 7_200), AREA, even)
    assert found is not None
    assert found.log_odds < 0


def test_an_area_that_leaves_a_candidate_out_cannot_be_weighed() -> None:
    tally = fold(CONTEST, [Declaration("sandwell", Kind.DECLARED, None, "", "", votes={"parker": 1, "street": 2})])
    assert weigh_faults(tally, AREA, expected()) is None
    assert weigh_faults(empty_tally(CONTEST), AREA, expected()) is None


def reported(parker: int, street: int, valid: int | None, ballots: int | None) -> Tally:
    """Parker and Street alone, Yakoob not reported."""
    votes = {"parker": parker, "street": street}
    return fold(
        CONTEST, [Declaration("sandwell", Kind.DECLARED, None, "", "", ballots=ballots, valid=valid, votes=votes)]
    )


@pytest.mark.parametrize("known", [(60_000, None), (None, 60_484)])
def test_where_some_are_not_reported_the_rest_of_the_votes_stands_for_them(
    known: tuple[int | None, int | None],
) -> None:
    true, swapped = (
        weigh_faults(reported(*votes, *known), AREA, expected()) for votes in ((33_000, 19_800), (19_800, 33_000))
    )
    assert true is not None
    assert true.log_odds == pytest.approx(np.log(0.01 / 0.99))
    assert swapped is not None
    assert swapped.log_odds > 5
    assert "Richard Parker and Andy Street are swapped" in swapped.likeliest


def colours_by_odds() -> list[tuple[float, set[str], set[str]]]:
    """Log odds, colours and checks of Sandwell's leaders swapped, Dudley having declared, by how wide forecasts are."""
    dudley = {"parker": 24_807, "street": 37_345, "yakoob": 900}
    swapped = {"parker": 19_800, "street": 33_000, "yakoob": 7_200}
    given = [Declaration(area, Kind.DECLARED, None, "", "", votes=votes) for area, votes in
             (("dudley", dudley), ("sandwell", swapped))]  # fmt: skip
    tally, found = fold(CONTEST, given), []
    for sd in np.geomspace(0.02, 0.3, 200):
        rng = np.random.default_rng(4)
        share = np.clip(EXPECTED_SHARES + rng.normal(0, sd, (4_000, 3)), 0.001, None)
        drawn = Expected(share / share.sum(axis=1, keepdims=True), np.exp(np.log(60_000) + rng.normal(0, 0.04, 4_000)))
        alarms = [each for each in find_alarms(tally, {"sandwell": drawn}) if each.area == "sandwell"]
        odds = weigh_faults(tally, AREA, drawn)
        assert odds is not None
        found.append((odds.log_odds, {str(each.severity) for each in alarms}, {each.check for each in alarms}))
    return found


def test_a_fault_is_red_from_27_in_a_hundred_and_amber_from_one_in_twenty() -> None:
    red, amber, found = np.log(27 / 73), np.log(1 / 19), colours_by_odds()
    just_red = [colours for odds, colours, _ in found if red < odds < red + 0.5]
    just_amber = [colours for odds, colours, _ in found if red - 0.5 < odds < red]
    still_amber = [colours for odds, colours, _ in found if amber < odds < amber + 0.5]
    assert just_red
    assert all("red" in colours for colours in just_red)
    assert just_amber
    assert still_amber
    assert all(colours == {"amber"} for colours in just_amber + still_amber)
    assert not any({LIKELY_FAULT, POSSIBLE_FAULT} & checks for odds, _, checks in found if odds < -4.55)


def test_the_odds_of_a_swap_are_those_that_are_stated() -> None:
    """One declaration in a hundred, one kind in twelve, one pair in three; what else it may be is far less likely."""
    votes = np.array([19_800.0, 33_000.0, 7_200.0])
    fit, found = (
        fit_expected(expected(), np.arange(3), rest=False),
        weigh_faults(declared(*map(int, votes)), AREA, expected()),
    )
    stated = np.log(0.01 / 0.99) - np.log(12) - np.log(3) + float(fit.log(votes[[1, 0, 2]]))
    assert found is not None
    assert found.log_odds == pytest.approx(stated - fit.log_true(votes, Shocks(0.3, 0.05)), abs=0.01)
    assert (
        found.log_true
        == fit.log_true(votes, Shocks(0.3, 0.05))
        == log_true(declared(*map(int, votes)), AREA, expected(), SHOCKS)
    )


def test_the_flagships_leaders_swapped_are_noticed_everywhere() -> None:
    """Only two candidates were reported by area, with the ballots: Wolverhampton, second to declare, was missed."""
    night = Night(find_contest("west-midlands"), conditional, draws=2_000)
    for through in range(1, 8):
        items = list(open_scene("west-midlands", through=through).items)
        votes = items[-1].votes
        wrong = replace(items[-1], votes={**votes, "parker": votes["street"], "street": votes["parker"]})
        found = night.update([*items[:-1], wrong]).forecast.alarms
        assert any(alarm.area == wrong.area and alarm.check != "repeated number" for alarm in found), wrong.area
        if wrong.area in {"solihull", "sandwell"}:
            assert any(alarm.area == wrong.area and alarm.severity == "red" for alarm in found)
        assert all(alarm.severity == "amber" for alarm in night.update(items).forecast.alarms)


def test_another_areas_figures_are_known_by_what_was_expected_there() -> None:
    """Dudley's figures given for Sandwell, where Dudley is outstanding; the control does not know what it expects."""
    rng = np.random.default_rng(8)
    votes = rng.normal(20_000, 200, (500, len(CONTEST.areas), len(CONTEST.candidates))) * CONTEST.standing
    dudley, shares = CONTEST.area_index("dudley"), np.array([0.42, 0.42, 0.16]) + rng.normal(0, 0.004, (500, 3))
    standing = np.flatnonzero(CONTEST.standing[AREA])
    votes[:, dudley] = 0.0
    votes[:, dudley, standing] = shares * 66_000
    outstanding = np.zeros(len(CONTEST.areas), bool)
    outstanding[[AREA, dudley]] = True
    given = declared(27_720, 27_720, 10_560)
    alone = weigh_faults(given, AREA, expected())
    known = weigh_faults(given, AREA, expected(), Elsewhere(votes, outstanding))
    assert alone is not None
    assert known is not None
    assert known.log_odds > alone.log_odds + 3
    assert known.likeliest == "the votes are those of Dudley"


def test_the_very_figures_of_another_area_are_a_fault_however_likely() -> None:
    likely = {"parker": 33_000, "street": 19_800, "yakoob": 7_200}
    items = [Declaration(area, Kind.DECLARED, None, "", "", votes=likely) for area in ("dudley", "sandwell")]
    found = weigh_faults(fold(CONTEST, items), AREA, expected())
    assert found is not None
    assert found.log_odds > 10
    assert found.likeliest == "the votes are those of Dudley"


def test_no_figure_at_all_is_no_slip_of_thousands() -> None:
    """A candidate without votes, as expected, in an area that is odd otherwise."""
    none = {name for true, _, name in undo_slips(0) if true == 0}
    assert none == set()
    assert {name for true, _, name in undo_slips(31) if true == 31_000} == {"thousands written as units"}


def test_of_what_a_slip_makes_of_a_number_the_chances_add_up_to_one() -> None:
    for true in (7, 41, 3_388, 5_002, 31_561):
        digits = str(true)
        longer = {
            int(digits[:place] + digit + digits[place:])
            for place in range(len(digits) + 1)
            for digit in "0123456789"
            if place or digit != "0"
        }
        many = [
            chance
            for given in longer
            for number, chance, name in undo_slips(given)
            if (number, name) == (true, "a digit too many")
        ]
        assert sum(many) == pytest.approx(1.0)


def test_a_lost_figure_that_would_be_below_zero_is_not_looked_for() -> None:
    """Most of what was expected of Yakoob is below zero, and none of it piles up at nothing."""
    tally, given = (
        declared(33_000, 19_800, 4_000),
        _Given(np.array([33_000.0, 19_800.0, 4_000.0]), np.arange(3), np.nan),
    )
    share = np.array([0.6, 0.4, 0.0]) + np.random.default_rng(2).normal(0, 0.02, (500, 1)) * [-0.5, -0.5, 1.0]
    lost = _lost(tally, AREA, given, Expected(share, np.full(500, 60_000.0))).figures.tolist()
    assert min(lost) >= 0.0
    assert lost.count(0.0) <= 1
    assert len(lost) < 3 * GRID.size


def test_what_a_local_shock_makes_likely_falls_evenly_where_forecasts_are_narrow() -> None:
    """Between steps of two points a forecast as sure as half a point would leave holes."""
    rng = np.random.default_rng(9)
    narrow = np.array([0.5, 0.5]) + rng.normal(0, 0.004, (4_000, 1)) * [1, -1]
    fit = fit_expected(Expected(narrow, np.full(4_000, 60_000.0)), np.arange(2), rest=False)
    moved = np.arange(0.1, 0.25, 0.0025)  # a shock of half the votes
    logs = np.array([fit.log_true(60_000 * np.array([0.5 + each, 0.5 - each])) for each in moved])
    assert (np.diff(logs) < 0).all()
    assert np.abs(np.diff(logs, 2)).max() < 0.01


def test_a_stronghold_is_no_fault_where_no_slip_explains_it() -> None:
    """Yakoob with a quarter of the votes, where an eighth was expected, and the others as expected of the rest."""
    rest = EXPECTED_SHARES[:2] / EXPECTED_SHARES[:2].sum() * 45_000
    votes = np.rint([*rest, 15_000]).astype(int).tolist()
    assert odds(*votes) < RED_ODDS
    assert odds(19_800, 33_000, 7_200) > RED_ODDS  # the control: the leaders' votes swapped


def test_the_density_of_votes_adds_up_to_one() -> None:
    """Two candidates; the sum over a grid of whole votes is exact to the tails of the t beyond it."""
    fit = fit_expected(expected(), np.array([0, 1]), rest=False)
    step = 100
    one, other = np.meshgrid(np.arange(0, 90_000, step), np.arange(0, 90_000, step))
    votes = np.stack([one, other], axis=-1).reshape(-1, 2).astype(float) + 1
    assert np.exp(fit.log(votes)).sum() * step**2 == pytest.approx(1.0, abs=0.01)


def test_declarations_drawn_from_the_forecast_are_red_less_than_once_in_150() -> None:
    forecast, rng = expected(2), np.random.default_rng(3)
    red = 0
    for draw in rng.choice(4_000, 600, replace=False):
        votes = np.rint(forecast.share[draw] * forecast.valid[draw]).astype(int)
        tally = declared(*votes.tolist())
        red += any(alarm.severity == "red" for alarm in find_alarms(tally, {"sandwell": forecast}))
    assert red <= 600 / 150


def test_a_forecast_that_has_the_leaders_the_wrong_way_round_raises_false_alarms() -> None:  # the control of that above
    from scipy.stats import binom

    right = expected(2)
    wrong = Expected(share=right.share[:, [1, 0, 2]], valid=right.valid)
    rng = np.random.default_rng(3)
    red = 0
    for draw in rng.choice(4_000, 100, replace=False):
        votes = np.rint(right.share[draw] * right.valid[draw]).astype(int)
        red += any(a.severity == "red" for a in find_alarms(declared(*votes.tolist()), {"sandwell": wrong}))
    assert red > binom.isf(FALSE_ALARM, 100, 1 / 150)  # more than once in 150 will ever give by chance
