"""Faults put into past nights, the threshold that is learned from them, and the page of what was caught."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from forecast.declaration import Declaration, Kind
from forecast.evaluation.fault_choice import CHANCES, choose_on, judge_by_others
from forecast.evaluation.fault_measures import (
    false_reds_between,
    find_unmet,
    log_odds,
)
from forecast.evaluation.fault_page import write_faults
from forecast.evaluation.fault_trials import AGAIN, RIVALS, TRUE, Trial
from forecast.evaluation.faults import KINDS, UNFORESEEN, inject_faults, votes_alone

ITEM = Declaration(
    "sandwell", Kind.DECLARED, None, "", "", ballots=60_500, valid=60_000, rejected=500,
    votes={"parker": 33_018, "street": 19_814, "yakoob": 7_168},
)  # fmt: skip
OTHER = Declaration("dudley", Kind.DECLARED, None, "", "", votes={"parker": 24_807, "street": 37_345, "yakoob": 900})


def test_every_kind_of_fault_is_made_and_changes_something() -> None:
    faults = list(inject_faults(ITEM, [OTHER], [OTHER], np.random.default_rng(5)))
    assert {fault.kind for fault in faults} == set(KINDS)
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


def trial(day: str, odds: float, kind: str = TRUE, widths: float = 0.0) -> Trial:
    """Of the same odds whatever the shocks."""
    same = (odds,) * len(RIVALS)
    return Trial(
        day, day, "few areas", 0.5, "a", kind, kind == TRUE, 0.0, widths, False, False, False, False, "", odds, same
    )


def test_what_is_chosen_catches_most_where_one_true_declaration_in_200_is_red() -> None:
    true = [trial("2010-05-06", -4.0)] * 199 + [trial("2010-05-06", 1.2)]
    faults = [trial("2010-05-06", odds, "a wrong digit", 3.0) for odds in (1.0, 1.5, 2.5)]
    assert choose_on([*true, *faults]).chance == CHANCES[0]
    stricter = choose_on([*true[1:], *faults]).chance  # else one in 199 is red
    assert log_odds(CHANCES[CHANCES.index(stricter) - 1]) < 1.2 < log_odds(stricter)
    odder = replace(faults[0], rivals=(*faults[0].rivals[:-1], 9.0))
    assert choose_on([*true[1:], odder]).rival == len(RIVALS) - 1


def test_an_election_is_judged_by_the_others_alone() -> None:
    first = [trial("2010-05-06", 1.2)] * 400 + [trial("2010-05-06", 9.0, "a wrong digit", 3.0)]
    later = [trial("2015-05-07", 1.0, "a wrong digit", 3.0), trial("2015-05-07", 1.5, "a wrong digit", 3.0)]
    judged, choices = judge_by_others([*first, *later])
    assert [each.red for each in judged if each.day == "2015-05-07"] == [False, True]
    assert log_odds(choices["2015-05-07"].chance) > 1.2
    assert choices["2010-05-06"].chance == CHANCES[0]
    assert all(each.red for each in judged if each.day == "2010-05-06")


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


def test_what_nobody_foresaw_is_told_apart_and_nothing_is_chosen_by_it() -> None:
    foreseen = [trial("2015-05-07", 9.0, "a wrong digit", 3.0), trial("2015-05-07", -4.0)]
    missed = [trial("2015-05-07", -4.0, UNFORESEEN, 3.0)] * 4
    page = write_faults([*foreseen, *missed], "forecast evaluate --faults", "today")
    assert "caught: 100.0% of 1; with votes alone 100.0% of 1\n" in page
    assert f"| {UNFORESEEN} | 4 | 0.0% | 0.0% | 0.0% | 4 | 0.0% |" in page
    assert page.count(UNFORESEEN) == 1
    assert choose_on([*foreseen, *missed]) == choose_on(foreseen)


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
