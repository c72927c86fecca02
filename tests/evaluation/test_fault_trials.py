"""Faults put into past nights, the threshold that is learned from them, and the page of what was caught."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sandwell_forecast import CONTEST, EXPECTED_SHARES, declared, expected

from forecast.alarms.fault_density import SHOCKS, Elsewhere, Shocks
from forecast.declaration import Declaration, Kind
from forecast.evaluation.fault_choice import HIGHEST, choose_on, judge_by_others, rare_from
from forecast.evaluation.fault_measures import (
    false_reds_between,
    find_unmet,
)
from forecast.evaluation.fault_page import write_faults
from forecast.evaluation.fault_trials import AGAIN, RIVALS, TRUE, Trial, _weighed
from forecast.evaluation.faults import KINDS, UNFORESEEN, inject_faults, votes_alone

ITEM = Declaration(
    "sandwell", Kind.DECLARED, None, "", "", ballots=60_500, valid=60_000, rejected=500,
    votes={"parker": 33_018, "street": 19_814, "yakoob": 7_168},
)  # fmt: skip
OTHER = Declaration("dudley", Kind.DECLARED, None, "", "", votes={"parker": 24_807, "street": 37_345, "yakoob": 900})


def test_every_kind_of_fault_is_made_and_changes_something() -> None:
    faults = list(inject_faults(ITEM, [OTHER], [OTHER], np.random.default_rng(5)))
    assert {fault.kind for fault in faults} == {*KINDS, UNFORESEEN}
    for fault in faults:
        assert fault.items[0].votes != ITEM.votes
        assert fault.items[0].area == "sandwell"
    alone = votes_alone(ITEM)
    assert (alone.ballots, alone.valid, alone.rejected, alone.votes) == (None, None, None, ITEM.votes)


def test_a_swap_keeps_the_sum_and_a_digit_does_not() -> None:
    faults = {fault.kind: fault.items[0] for fault in inject_faults(ITEM, [], [], np.random.default_rng(6))}
    assert sum(faults["two candidates' votes swapped"].votes.values()) == 60_000
    assert sum(faults["a digit missing"].votes.values()) != 60_000
    assert min(faults["a figure below zero"].votes.values()) < 0


def test_figures_moved_round_are_three_that_each_stand_for_the_next() -> None:
    faults = {fault.kind: fault.items[0] for fault in inject_faults(ITEM, [], [], np.random.default_rng(6))}
    moved = faults[UNFORESEEN].votes
    assert sorted(moved.values()) == sorted(ITEM.votes.values())
    assert all(moved[name] != ITEM.votes[name] for name in ITEM.votes)
    even = replace(ITEM, votes={"parker": 20_000, "street": 20_000, "yakoob": 7_168})
    assert UNFORESEEN not in {fault.kind for fault in inject_faults(even, [], [], np.random.default_rng(6))}


def trial(day: str, odds: float, kind: str = TRUE, widths: float = 0.0) -> Trial:
    """Of the same odds, and the same likelihood, whatever the shocks."""
    return Trial(
        night=day, day=day, family="few areas", declared=0.5, area="a", kind=kind, totals=kind == TRUE, points=0.0,
        widths=widths, refused=False, red=False, amber=False, otherwise=False, checks="", odds=odds,
        rivals=(odds,) * len(RIVALS), likelihoods=(-9.0,) * len(RIVALS),
    )  # fmt: skip


def true_of(day: str, scale: float, count: int = 2_000) -> list[Trial]:
    """True declarations whose log odds are spread as -4 and an exponential of this scale."""
    return [trial(day, -4.0 - scale * np.log((place + 0.5) / count)) for place in range(count)]


def test_one_true_declaration_in_200_would_be_red() -> None:
    """Above -4 + scale · log 200; the mean of the 40 highest of 2,000 is that of the tail to a fortieth."""
    for scale in (0.5, 1.0):
        wanted = 1.0 / (1.0 + np.exp(4.0 - scale * np.log(200)))
        assert choose_on(true_of("2010-05-06", scale)).chance == pytest.approx(wanted, abs=0.02)
    assert choose_on([trial("2010-05-06", 9.0, "a wrong digit", 3.0)]).chance == HIGHEST  # nothing true to go by


def test_the_threshold_is_that_of_a_tail_fitted_to_the_most_suspicious_fiftieth() -> None:
    """By hand: of 200 the four above -1 exceed it by 2.5 in the mean, and a fiftieth is four times as many as wanted.

    Of 400, half of them not weighed, eight above -4 exceed it by 3.125.
    """
    odds = np.array([3.0, 2.0, 1.0, 0.0, -1.0, *[-4.0] * 195])
    assert rare_from(odds) == 0.93  # -1 + 2.5 log 4 = 2.466
    assert rare_from(np.concatenate([odds, np.full(200, np.nan)])) == 0.59  # -4 + 3.125 log 4 = 0.332


def test_one_odd_declaration_more_moves_what_is_chosen_less_than_by_counting() -> None:
    """Of 200 one may be red: counted, the threshold is the second highest, and a second odd one is past it."""
    calm = np.array([3.0, 0.5, 0.4, 0.3, 0.2, *[-4.0] * 195])
    odder = np.array([3.0, 3.0, 0.5, 0.4, 0.3, *[-4.0] * 195])
    counted = (1.0 / (1.0 + np.exp(-odds[1])) for odds in (calm, odder))
    assert abs(rare_from(odder) - rare_from(calm)) < abs(next(counted) - next(counted)) / 2


def test_what_is_red_by_other_checks_stays_red_and_what_is_refused_is_judged_by_no_odds() -> None:
    day = true_of("2010-05-06", 1.0)
    checked = replace(trial("2015-05-07", -4.0, "a wrong digit", 3.0), otherwise=True)
    refused = replace(trial("2015-05-07", 9.0, "a wrong digit", 3.0), refused=True)
    judged, _ = judge_by_others([*day, checked, refused])
    assert [each.red for each in judged if each.day == "2015-05-07"] == [True, False]


def test_the_more_shocks_are_allowed_for_the_less_a_stronghold_is_a_fault() -> None:
    """Yakoob with a quarter of Sandwell's votes, an eighth being expected, and the others as expected of the rest."""
    rest = EXPECTED_SHARES[:2] / EXPECTED_SHARES[:2].sum() * 45_000
    tally = declared(*np.rint([*rest, 15_000]).astype(int).tolist())
    nowhere = Elsewhere(np.ones((2, *CONTEST.standing.shape)), np.zeros(len(CONTEST.areas), bool))
    found = _weighed(tally, {"sandwell"}, {"sandwell": expected()}, nowhere)
    rare, often = RIVALS.index(Shocks(0.05, 0.1)), RIVALS.index(Shocks(0.5, 0.1))
    assert found["rivals"][often] < found["rivals"][rare] - 1.0
    assert found["likelihoods"][often] > found["likelihoods"][rare] + 1.0
    assert found["rivals"][RIVALS.index(SHOCKS)] == pytest.approx(found["odds"])


def test_the_shocks_are_those_that_make_true_declarations_likeliest() -> None:
    """A fault says nothing of what is true, nor a declaration that could not be weighed."""
    true = true_of("2010-05-06", 1.0, 100)
    likeliest = [-9.0] * len(RIVALS)
    likeliest[4] = -8.0
    true[0] = replace(true[0], likelihoods=tuple(likeliest))
    unknown = replace(true[1], likelihoods=(np.nan,) * len(RIVALS))
    fault = replace(trial("2010-05-06", 1.0, "a wrong digit", 3.0), likelihoods=(-9.0,) * 5 + (0.0,) * 13)
    assert choose_on([*true, unknown, fault]).rival == 4


def test_an_election_is_judged_by_the_others_alone() -> None:
    """Of the first day true declarations are as odd as the later day's faults: these are not red, but its own are."""
    first = [*true_of("2010-05-06", 1.2), trial("2010-05-06", 2.0, "a wrong digit", 3.0)]
    later = [*true_of("2015-05-07", 0.5), trial("2015-05-07", 2.0, "a wrong digit", 3.0)]
    judged, choices = judge_by_others([*first, *later])
    red = {each.day: each.red for each in judged if each.kind != TRUE}
    assert red == {"2010-05-06": True, "2015-05-07": False}
    assert choices["2010-05-06"] == choose_on(later)
    assert choices["2015-05-07"] == choose_on(first)


def test_the_headline_leaves_out_what_is_refused_by_itself_and_what_is_looked_at_again() -> None:
    """Of two material faults one is caught; ten figures below zero are refused; one of three true ones is red."""
    refused = replace(trial("2015-05-07", np.nan, "a figure below zero", 5.0), refused=True)
    faults = [trial("2015-05-07", 9.0, "a wrong digit", 3.0), trial("2015-05-07", -4.0, "a wrong digit", 3.0)]
    true = [trial("2015-05-07", 9.0), trial("2015-05-07", -4.0), trial("2015-05-07", -4.0)]
    again = [replace(trial("2015-05-07", 9.0), kind=AGAIN)] * 5
    page = write_faults([*[refused] * 10, *faults, *true, *again], "forecast evaluate --faults", "today")
    assert "Material faults\ncaught: 50.0% of 2; with votes alone 50.0% of 2\n(accepted: 95%)." in page
    assert "False reds: 1 of 3 true declarations" in page
    assert "**Out of sample, each polling day judged by what was chosen on the others." in page
    assert "- all: 50.0% of 2 material faults caught." in page
    assert "- few areas: 1 false reds of 3, one in 3." in page
    assert "chance of 20% to 50%" in page
    assert "| few areas, looked at again later | 1 | 5 | 5 |" in page


def test_what_nobody_foresaw_is_told_apart() -> None:
    foreseen = [trial("2015-05-07", 9.0, "a wrong digit", 3.0), trial("2015-05-07", -4.0)]
    missed = [trial("2015-05-07", -4.0, UNFORESEEN, 3.0)] * 4
    page = write_faults([*foreseen, *missed], "forecast evaluate --faults", "today")
    assert "caught: 100.0% of 1; with votes alone 100.0% of 1\n" in page
    assert f"| {UNFORESEEN} | 4 | 0.0% | 0.0% | 0.0% | 4 | 0.0% |" in page
    assert page.count(UNFORESEEN) == 1


def test_false_reds_are_as_sure_as_polling_days_agree() -> None:
    """Of four days with a hundred declarations each one red, and one day with all four of them."""

    def day(number: int, red: int) -> list[Trial]:
        return [replace(trial(f"20{10 + number}-05-06", -4.0), red=place < red) for place in range(100)]

    alike = [each for number in range(4) for each in day(number, 1)]
    apart = [each for number, red in enumerate((4, 0, 0, 0)) for each in day(number, red)]
    assert false_reds_between(alike) == (0.01, 0.01)
    low, high = false_reds_between(apart)
    assert low == 0.0
    assert high == pytest.approx(0.03)  # with chance 0.05 the day is drawn three or more times of four


def test_what_is_met_is_not_said_to_be_unmet() -> None:
    held = [replace(trial("2015-05-07", 9.0, "a wrong digit", 3.0), red=True)] * 20
    calm = [trial("2015-05-07", -4.0)] * 150
    assert list(find_unmet([*held, *calm])) == []
    assert list(find_unmet([*held, *calm, *[replace(calm[0], red=True)] * 2])) == [
        "all: 2 false reds of 152, one in 76",
        "few areas: 2 false reds of 152, one in 76",
    ]
