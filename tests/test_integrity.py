"""What is let in, and what raises an alarm: the false figures of real nights are the first test cases."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from small_contest import AREAS, small_contest

from forecast.alarms.alarm import repeated_numbers, slipped_digits
from forecast.alarms.integrity import Expected, admit, find_alarms, refusal
from forecast.alarms.reconciliation import reconcile_percentages, reconcile_totals
from forecast.alarms.surprise import (
    surprise_in,
    surprising_turnout,
    surprising_votes,
    swapped_areas,
    swapped_candidates,
)
from forecast.contests.catalogue import find_contest
from forecast.contests.contest import Candidate, Contest
from forecast.declaration import Declaration, Kind, read_news
from forecast.tally import Tally, add, empty_tally, fold

CONTEST = small_contest()
SANDWELL, DUDLEY, BIRMINGHAM, SOLIHULL = (
    CONTEST.area_index(name) for name in ("sandwell", "dudley", "birmingham", "solihull")
)


def item(area: str, kind: str, parker: object = None, street: object = None, **given: object) -> Declaration:
    votes = {name: number for name, number in (("parker", parker), ("street", street)) if number is not None}
    return Declaration(area, Kind(kind), None, "BBC", "desk", **({"votes": votes, "where": "news"} | given))  # type: ignore[arg-type]


# Ballots verified, and votes of Parker, Street and (where found) Yakoob, 4 May 2024: BBC, Sky News, Express & Star.
THE_NIGHT = [
    item("birmingham", "verified", ballots=216_492),
    item("coventry", "verified", ballots=71_215),
    item("dudley", "verified", ballots=76_116),
    item("sandwell", "verified", ballots=66_296),
    item("solihull", "verified", ballots=56_805),
    item("walsall", "verified", ballots=59_983),
    item("wolverhampton", "verified", ballots=54_806),
    item("solihull", "declared", 11_728, 35_289),
    item("wolverhampton", "declared", 26_442, 18_582),
    item("birmingham", "declared", votes={"parker": 80_251, "street": 66_296, "yakoob": 42_923}),
    item("walsall", "declared", 18_097, 24_735),
    item("dudley", "declared", 24_807, 37_345),
    item("coventry", "declared", 32_704, 23_237),
    item("sandwell", "declared", 31_561, 18_598),
    item("west-midlands", "declared", 225_590, 224_082, ballots=601_713, rejected=4_737, valid=596_976),
]


def arrays(tally: Tally) -> list[NDArray[np.float64]]:
    names = ("status", "ballots", "rejected", "valid", "counted", "votes", "whole_votes")
    whole = np.array([tally.whole_valid, tally.whole_rejected, tally.whole_ballots])
    return [*(np.asarray(getattr(tally, name), float) for name in names), whole]


def same(one: Tally, other: Tally) -> bool:
    return all(np.array_equal(a, b, equal_nan=True) for a, b in zip(arrays(one), arrays(other), strict=True))


def after(*items: Declaration) -> Tally:
    return fold(CONTEST, items)


def refused(tally: Tally, item: Declaration) -> str:
    defect = refusal(tally, item)
    assert defect is not None
    assert defect.where == "news"
    assert defect.remedy
    assert "\n" not in str(defect)
    return defect.what


# Hard checks


def test_the_real_night_is_let_in_whole() -> None:
    admitted = admit(CONTEST, THE_NIGHT)
    assert admitted.refusals == ()
    assert same(admitted.tally, after(*THE_NIGHT))
    assert admitted.tally.items == tuple(THE_NIGHT)


def test_volusias_count_below_zero_is_refused() -> None:
    assert refused(after(), item("sandwell", "declared", -16_022, 10)) == "votes for parker: -16,022 is below zero."


@pytest.mark.parametrize("number", [31_561.5, 31_561.0, np.nan, "31561", True])
def test_what_is_not_a_whole_number_is_refused(number: object) -> None:
    assert "is not a whole number" in refused(after(), item("sandwell", "declared", number, 10))


def test_an_unknown_area_is_refused_with_the_nearest() -> None:
    defect = refusal(after(), item("Sandwel", "declared", 1, 2))
    assert str(defect) == 'news: no area "Sandwel" in west-midlands. Did you mean "Sandwell"?'


def test_an_unknown_candidate_is_refused_with_the_nearest() -> None:
    defect = refusal(after(), item("sandwell", "declared", votes={"parkr": 1}))
    assert str(defect) == 'news: no candidate "parkr" in west-midlands. Did you mean "parker"?'


def test_votes_for_somebody_who_does_not_stand_there_are_refused() -> None:
    standing = np.ones((7, 3), bool)
    standing[SANDWELL, 2] = False
    tally = empty_tally(small_contest(standing=standing))
    problem = refused(tally, item("sandwell", "declared", votes={"yakoob": 1}))
    assert problem == "Akhmed Yakoob does not stand in Sandwell."
    assert refusal(tally, item("birmingham", "declared", votes={"yakoob": 1})) is None


def test_more_votes_than_ballots_are_refused_whenever_the_ballots_came() -> None:
    verified = after(THE_NIGHT[3])
    assert "more than the 66,296 ballots" in refused(verified, item("sandwell", "declared", 40_000, 26_297))
    assert refusal(verified, item("sandwell", "declared", 40_000, 26_296)) is None
    assert "more than the 66,296 ballots" in refused(
        verified, item("sandwell", "declared", 40_000, 26_000, rejected=300)
    )
    declared = after(item("sandwell", "declared", 31_561, 18_598))
    assert "more than the 50,000 ballots" in refused(declared, item("sandwell", "verified", ballots=50_000))


def test_more_ballots_than_electorate_are_refused() -> None:
    assert "electorate of 232,636" in refused(after(), item("sandwell", "verified", ballots=232_637))
    assert refusal(after(), item("sandwell", "verified", ballots=232_636)) is None
    assert "electorate of 232,636" in refused(after(), item("sandwell", "declared", 200_000, 40_000))
    assert "electorate of 2,018,546" in refused(after(), item("west-midlands", "verified", ballots=2_018_547))


def test_more_votes_than_valid_votes_are_refused() -> None:
    problem = refused(after(), item("sandwell", "declared", 31_561, 18_598, valid=50_158))
    assert problem == "the votes add up to 50,159, more than the 50,158 valid votes."


def test_votes_of_every_candidate_add_up_to_the_valid_votes_exactly() -> None:
    votes = {"parker": 80_251, "street": 66_296, "yakoob": 42_923}
    assert refusal(after(), item("birmingham", "declared", votes=votes, valid=189_470)) is None
    assert "not to the 189,471 valid votes" in refused(
        after(), item("birmingham", "declared", votes=votes, valid=189_471)
    )


def test_the_misprinted_4757_rejected_papers_do_not_add_up() -> None:
    whole = replace(THE_NIGHT[-1], rejected=4_757)
    assert (
        refused(after(), whole)
        == "596,976 valid votes and 4,757 rejected papers make 601,733, not the 601,713 ballots."
    )


def test_a_correction_is_checked_together_with_what_it_leaves() -> None:
    declared = after(item("sandwell", "declared", 31_561, 18_598, valid=65_770))
    assert "more than the 65,770 valid votes" in refused(declared, item("sandwell", "corrected", 61_561))


def test_a_second_declaration_that_disagrees_is_refused_and_a_correction_is_not() -> None:
    declared = after(item("sandwell", "declared", 31_561, 18_598))
    second = item("sandwell", "declared", 31_651, 18_598)
    assert refused(declared, second) == "Sandwell has already declared 31,561 votes for Richard Parker, not 31,651."
    assert refusal(declared, replace(second, kind=Kind.CORRECTED)) is None


def test_a_second_declaration_that_agrees_is_no_news() -> None:
    once = admit(CONTEST, THE_NIGHT)
    twice = admit(CONTEST, [*THE_NIGHT, *THE_NIGHT])
    assert twice.refusals == ()
    assert same(once.tally, twice.tally)
    assert twice.tally.items == once.tally.items


def test_a_second_declaration_may_add_what_the_first_left_out() -> None:
    admitted = admit(
        CONTEST,
        [item("birmingham", "declared", 80_251, 66_296), item("birmingham", "declared", votes={"yakoob": 42_923})],
    )
    assert admitted.refusals == ()
    assert admitted.tally.votes[BIRMINGHAM].tolist() == [80_251, 66_296, 42_923]


def test_a_partial_count_cannot_fall_without_a_correction() -> None:
    partial = after(item("sandwell", "partial", 20_000, 10_000))
    for kind in ("partial", "provisional", "declared"):
        problem = refused(partial, item("sandwell", kind, 19_999, 12_000))
        assert problem == "votes for Richard Parker in Sandwell would fall from 20,000 to 19,999."
    assert refusal(partial, item("sandwell", "corrected", 19_999, 12_000)) is None


def test_ballots_cannot_fall_without_a_correction() -> None:
    verified = after(THE_NIGHT[3])
    assert "fall from 66,296 to 66,290" in refused(verified, item("sandwell", "verified", ballots=66_290))
    assert "fall from 66,296 to 66,290" in refused(
        verified, item("sandwell", "declared", 31_561, 18_598, ballots=66_290)
    )
    assert refusal(verified, item("sandwell", "corrected", ballots=66_290)) is None


def test_a_recount_may_move_votes_either_way() -> None:
    night = [item("coventry", "declared", 32_704, 23_237), item("coventry", "provisional")]
    assert admit(CONTEST, [*night, item("coventry", "declared", 32_700, 23_241)]).refusals == ()


def test_a_partial_count_cannot_follow_a_declaration() -> None:
    declared = after(item("sandwell", "declared", 31_561, 18_598))
    assert "a partial count cannot follow" in refused(declared, item("sandwell", "partial", 40_000, 20_000))


def test_areas_cannot_add_up_to_more_than_the_whole_contest_whichever_comes_first() -> None:
    short = item("west-midlands", "declared", 225_589, 224_082)
    expected = "the areas add up to 225,590 votes for Richard Parker, more than the 225,589 of the whole contest."
    assert refused(after(*THE_NIGHT[:-1]), short) == expected
    assert refused(after(*THE_NIGHT[:-2], short), THE_NIGHT[-2]) == expected


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (item("sandwell", "verified"), "a verification gives the ballots"),
        (item("sandwell", "verified", 1, ballots=2), "a verification gives the ballots"),
        (item("sandwell", "declared"), "gives no figures"),
        (item("sandwell", "declared", ballots=66_296), "gives no votes"),
        (item("sandwell", "provisional"), "gives no figures"),
        (item("sandwell", "corrected"), "gives no figures"),
        (item("sandwell", "withdrawn"), "no votes that could be withdrawn"),
        (item("sandwell", "withdrawn", 1), "a withdrawal gives no figures"),
        (item("west-midlands", "partial", 1, 2), "partial figures of the whole contest are not used"),
        (item("sandwell", "partial", 1, 2, counted=85.0), "not a share between 0 and 1"),
        (item("sandwell", "declared", 63, 37), "look like percentages"),
        (item("sandwell", "declared", votes={"parker": 1, "Labour": 2}), "given twice"),
    ],
)
def test_an_item_that_makes_no_sense_is_refused(wrong: Declaration, message: str) -> None:
    assert message in refused(after(), wrong)


figure = st.none() | st.integers(-10, 300_000)
anything = st.builds(
    Declaration,
    area=st.sampled_from([*(area.id for area in AREAS[:3]), "west-midlands", "atlantis"]),
    kind=st.sampled_from(Kind),
    at=st.none(),
    source=st.just("test"),
    entered_by=st.just("test"),
    ballots=figure,
    rejected=figure,
    valid=figure,
    votes=st.dictionaries(st.sampled_from(["parker", "street", "yakoob"]), st.integers(-10, 150_000)),
)


@settings(deadline=None)  # the machine may be busy
@given(st.lists(anything, max_size=8), anything)
def test_a_refused_item_leaves_the_tally_as_it_was(night: list[Declaration], last: Declaration) -> None:
    before, later = admit(CONTEST, night), admit(CONTEST, [*night, last])
    if later.refusals != before.refusals:
        assert same(before.tally, later.tally)
        assert before.tally.items == later.tally.items


@settings(deadline=None)  # the machine may be busy
@given(st.lists(anything, max_size=8))
def test_whatever_is_sent_what_is_let_in_is_possible(night: list[Declaration]) -> None:
    tally = admit(CONTEST, [*THE_NIGHT[:3], *night]).tally
    electorate = np.array([area.electorate for area in AREAS])
    assert not (tally.votes < 0).any()
    assert not (np.nansum(tally.votes, axis=1) > tally.ballots).any()
    assert not (np.nansum(tally.votes, axis=1) > tally.valid).any()
    assert not (tally.ballots > electorate).any()
    assert not (np.nansum(tally.votes, axis=0) > tally.whole_votes).any()
    assert same(tally, fold(CONTEST, tally.items))


# The same number in two places


def test_the_shipped_night_is_read_and_let_in_with_its_one_suspicious_number() -> None:
    contest = find_contest("west-midlands")
    items, defects = read_news(contest.directory / "news.csv", contest)
    admitted = admit(contest, items)
    assert (defects, admitted.refusals) == ((), ())
    assert admitted.tally.items == items
    assert np.nansum(admitted.tally.votes, axis=0)[:2].tolist() == [225_590, 224_082]
    assert [(alarm.severity, alarm.area) for alarm in admitted.alarms] == [("amber", "birmingham")]
    assert "66,296" in admitted.alarms[0].what


def test_streets_birmingham_vote_equal_to_sandwells_ballots_is_amber() -> None:
    admitted = admit(CONTEST, THE_NIGHT)
    assert [(alarm.severity, alarm.area, alarm.check) for alarm in admitted.alarms] == [
        ("amber", "birmingham", "repeated number")
    ]
    assert admitted.alarms[0].what == (
        "66,296 is given both for the votes for Andy Street in Birmingham and for the ballots in Sandwell."
    )


def final_round_2021() -> Contest:
    return small_contest(
        (Candidate("street", "Andy Street", "Conservative"), Candidate("byrne", "Liam Byrne", "Labour")),
        baseline=np.full((7, 2), 10_000.0),
    )


def test_dudleys_conservative_total_printed_again_as_sandwells_labour_total_is_amber() -> None:
    # SEC Newgate's table of the final round of 2021.
    table = [
        item("birmingham", "declared", votes={"street": 89_400, "byrne": 112_092}),
        item("coventry", "declared", votes={"street": 33_491, "byrne": 35_943}),
        item("dudley", "declared", votes={"street": 52_608, "byrne": 24_150}),
        item("sandwell", "declared", votes={"street": 29_277, "byrne": 52_608}),
    ]
    alarms = admit(final_round_2021(), table).alarms
    assert [(alarm.severity, alarm.area) for alarm in alarms] == [("amber", "sandwell")]
    right = item("sandwell", "corrected", votes={"byrne": 34_963})
    assert admit(final_round_2021(), [*table, right]).alarms == ()


def test_small_numbers_repeat_by_chance_and_raise_no_alarm() -> None:
    assert repeated_numbers(after(item("sandwell", "declared", 999, 5), item("dudley", "declared", 7, 999))) == ()


def test_numbers_repeat_by_chance_where_many_figures_are_of_one_size() -> None:
    crowd = [item(area.id, "declared", 1_000 + 10 * n, 1_005 + 10 * n) for n, area in enumerate(AREAS)]
    assert repeated_numbers(after(*crowd, item("dudley", "corrected", 1_000))) == ()


# A slipped digit


def draws(share: Mapping[str, float], valid: float, sd: float = 0.03, number: int = 4_000) -> Expected:
    """Shares around those given, their errors correlated as shares' are; valid votes within 2 per cent."""
    rng = np.random.default_rng(2024)
    middle = np.array([share["parker"], share["street"], 1 - share["parker"] - share["street"]])
    error = rng.standard_t(8, size=(number, 3)) * sd * np.sqrt(6 / 8)
    error -= error.mean(axis=1, keepdims=True)
    return Expected(middle + error, valid * np.exp(rng.normal(0, 0.02, number)))


# What uniform swing of 4.45 from 2021 expected of each: a lead of 16.5 points in Sandwell.
EXPECTED = {
    "sandwell": draws({"parker": 0.50, "street": 0.335}, 65_770),
    "solihull": draws({"parker": 0.18, "street": 0.64}, 56_350),
    "dudley": draws({"parker": 0.33, "street": 0.57}, 75_500),
    "coventry": draws({"parker": 0.50, "street": 0.36}, 70_650),
}


@pytest.mark.parametrize(
    ("printed", "slip"),
    [
        (3_156, "a digit missing"),
        (31_561, None),
        (3_561, "a digit missing"),
        (331_561, "a digit too many"),
        (311_561, "a digit too many"),
        (31, "thousands written as units"),
    ],
)
def test_a_slip_of_the_keyboard_is_red(printed: int, slip: str | None) -> None:
    alarms = slipped_digits(after(item("sandwell", "declared", printed, 18_598)), SANDWELL, EXPECTED["sandwell"])
    assert [alarm.severity for alarm in alarms] == ([] if slip is None else ["red"])
    assert slip is None or slip in alarms[0].what


def test_ballots_a_tenth_of_the_last_count_are_red_before_there_is_a_forecast() -> None:
    alarms = admit(CONTEST, [item("sandwell", "verified", ballots=6_629)]).alarms
    assert [(alarm.severity, alarm.check) for alarm in alarms] == [("red", "slipped digit")]
    assert "a digit missing" in alarms[0].what


# Swaps


@pytest.mark.parametrize(
    ("area", "parker", "street"),
    [("sandwell", 31_561, 18_598), ("solihull", 11_728, 35_289), ("dudley", 24_807, 37_345)],
)
def test_two_candidates_swapped_are_found_and_as_given_they_are_not(area: str, parker: int, street: int) -> None:
    i = CONTEST.area_index(area)
    assert swapped_candidates(after(item(area, "declared", parker, street)), i, EXPECTED[area]) == ()
    alarms = swapped_candidates(after(item(area, "declared", street, parker)), i, EXPECTED[area])
    assert [alarm.check for alarm in alarms] == ["swapped candidates"]
    assert "Richard Parker and Andy Street" in alarms[0].what


def test_two_areas_swapped_are_found_and_as_given_they_are_not() -> None:
    expected = {i: EXPECTED[AREAS[i].id] for i in (SANDWELL, SOLIHULL)}
    right = [item("sandwell", "declared", 31_561, 18_598), item("solihull", "declared", 11_728, 35_289)]
    assert swapped_areas(after(*right), expected) == ()
    wrong = [item("solihull", "declared", 31_561, 18_598), item("sandwell", "declared", 11_728, 35_289)]
    assert [alarm.check for alarm in swapped_areas(after(*wrong), expected)] == ["swapped areas"]


# Turnout and surprise


def test_turnout_far_from_what_was_expected_is_flagged() -> None:
    assert surprising_turnout(after(THE_NIGHT[3]), SANDWELL, EXPECTED["sandwell"]) == ()
    low = surprising_turnout(after(item("sandwell", "verified", ballots=61_500)), SANDWELL, EXPECTED["sandwell"])
    assert [(alarm.severity, alarm.check) for alarm in low] == [("amber", "turnout")]
    assert "below" in low[0].what
    high = surprising_turnout(after(item("sandwell", "verified", ballots=90_000)), SANDWELL, EXPECTED["sandwell"])
    assert [alarm.severity for alarm in high] == ["red"]


def gaussian(number: int = 20_000) -> Expected:
    """Parker at 50 per cent with a standard deviation of 2 points, of exactly 50,000 votes."""
    parker = np.random.default_rng(1).normal(0.5, 0.02, number)
    return Expected(np.column_stack([parker, 0.9 - parker, np.full(number, 0.1)]), np.full(number, 50_000.0))


@pytest.mark.parametrize(("points", "severity"), [(0, []), (5, []), (7, ["amber"]), (-7, ["amber"]), (10, ["red"])])
def test_surprise_is_counted_in_standard_deviations(points: int, severity: list[str]) -> None:
    tally = after(item("sandwell", "declared", 25_000 + 500 * points))
    found = surprise_in(tally, SANDWELL, gaussian())
    assert found is not None
    # 20,000 draws know a standard deviation to 0.5 per cent; the floor of 0.2 points adds another half per cent.
    assert found.z == pytest.approx(points / 2, rel=0.03, abs=0.03)
    assert [alarm.severity for alarm in surprising_votes(tally, SANDWELL, gaussian())] == severity


def test_the_tail_of_the_surprise_is_counted_among_the_draws() -> None:
    found = surprise_in(after(item("sandwell", "declared", 27_000)), SANDWELL, gaussian())
    assert found is not None
    # Two-sided normal tail of 2 standard deviations, 0.0455, within four of its Monte Carlo standard errors.
    assert found.tail == pytest.approx(0.0455, abs=4 * np.sqrt(0.0455 / 20_000) + 0.002)


def test_the_tail_beyond_the_draws_keeps_falling_and_is_never_zero() -> None:
    tails = [
        found.tail
        for votes in (25_000, 27_000, 28_500, 32_000, 45_000)
        if (found := surprise_in(after(item("sandwell", "declared", votes)), SANDWELL, gaussian()))
    ]
    assert tails == sorted(tails, reverse=True)
    assert 0 < tails[-1] < 1e-5


def test_candidates_who_are_not_reported_do_not_surprise() -> None:
    expected = EXPECTED["sandwell"]
    missing = replace(expected, share=expected.share * [1, 1, np.nan])
    tally = after(item("sandwell", "declared", 31_561, 18_598))
    assert surprise_in(tally, SANDWELL, missing) == surprise_in(tally, SANDWELL, expected)
    assert surprise_in(after(THE_NIGHT[3]), SANDWELL, expected) is None


def test_a_whole_declaration_whose_shares_add_up_to_one_can_be_tested() -> None:
    votes = {"parker": 32_000, "street": 22_500, "yakoob": 11_200}
    tally = after(item("sandwell", "declared", votes=votes))
    found = surprise_in(tally, SANDWELL, EXPECTED["sandwell"])
    assert found is not None
    assert abs(found.z) < 3
    assert found.tail > 0.01


def test_red_alarms_come_first() -> None:
    alarms = find_alarms(
        after(*THE_NIGHT[:-2], item("sandwell", "declared", 3_156, 18_598)), {"sandwell": EXPECTED["sandwell"]}
    )
    assert [alarm.severity for alarm in alarms] == sorted((alarm.severity for alarm in alarms), reverse=True)
    assert {"slipped digit", "surprise", "repeated number"} <= {alarm.check for alarm in alarms}


def test_injected_swaps_and_slips_in_areas_of_more_than_20000_votes_are_caught() -> None:
    truth = {
        "sandwell": (31_561, 18_598),
        "solihull": (11_728, 35_289),
        "dudley": (24_807, 37_345),
        "coventry": (32_704, 23_237),
    }
    caught = []
    for area, (parker, street) in truth.items():
        slips = [(parker // 10, street), (parker * 10, street), (parker, street // 10), (street, parker)]
        for votes in slips:
            tally = add(empty_tally(CONTEST), item(area, "declared", *votes))
            caught.append(bool(find_alarms(tally, {area: EXPECTED[area]})))
        assert find_alarms(after(item(area, "declared", parker, street)), {area: EXPECTED[area]}) == ()
    assert np.mean(caught) >= 0.95


def test_true_declarations_raise_a_red_alarm_less_than_once_in_150_areas() -> None:
    rng = np.random.default_rng(150)
    forecasts = [(area.id, draws({"parker": p, "street": 0.8 - p}, 60_000)) for area in AREAS for p in (0.3, 0.4, 0.5)]
    red = 0
    for area, expected in forecasts:
        for draw in rng.choice(expected.valid.size, 30, replace=False):
            votes = np.rint(expected.share[draw] * expected.valid[draw]).astype(int).tolist()
            tally = after(item(area, "declared", votes=dict(zip(("parker", "street", "yakoob"), votes, strict=True))))
            red += any(alarm.severity == "red" for alarm in find_alarms(tally, {area: expected}))
    assert red <= len(forecasts) * 30 / 150


# Reconciliation


def test_the_swapped_second_preferences_of_2021_are_found_and_named() -> None:
    first = {"street": 299_318, "byrne": 244_009}
    printed = {"street": 314_669, "byrne": 267_626}
    swapped = {"first preferences": first, "second preferences": {"byrne": 15_351, "street": 23_617}}
    defects = reconcile_totals("Express & Star", printed, swapped)
    assert [defect.remedy for defect in defects] == [
        "Swapping street and byrne in second preferences puts both totals right."
    ] * 2
    right = {"first preferences": first, "second preferences": {"byrne": 23_617, "street": 15_351}}
    assert reconcile_totals("Express & Star", printed, right) == ()


def test_the_misprinted_lead_of_2024_does_not_add_up() -> None:
    parts = {"street": {"lead": 205_484}, "parker": {"lead": -194_029}}
    (defect,) = reconcile_totals("Express & Star", {"lead": 11_446}, parts)
    assert str(defect) == (
        "Express & Star: the total of lead is printed as 11,446, but its parts add up to 11,455. They differ by 9."
    )


def test_a_copied_figure_behind_a_wrong_total_is_named_with_what_would_mend_it() -> None:
    byrne = [112_092, 35_943, 24_150, 52_608, 12_327, 21_443, 26_708]
    parts = {area.id: {"byrne": votes} for area, votes in zip(AREAS, byrne, strict=True)}
    parts["dudley"]["street"] = 52_608
    (defect,) = reconcile_totals("table", {"byrne": 267_626}, parts)
    assert defect.remedy == (
        "sandwell has 52,608 for byrne, as dudley has for street: 34,963 would put the total right."
    )


def test_percentages_match_votes_to_rounding() -> None:
    votes = {"parker": 225_590, "street": 224_082, "yakoob": 69_621}
    printed = {"parker": 37.8, "street": 37.5, "yakoob": 11.7}
    assert reconcile_percentages("BBC", votes, printed, valid=596_976) == ()
    (defect,) = reconcile_percentages("BBC", votes, printed | {"street": 37.6}, valid=596_976)
    assert str(defect) == "BBC: street is printed at 37.6 per cent, but 224,082 of 596,976 votes are 37.5."
    assert reconcile_percentages("BBC", {"yes": 1, "no": 7}, {"yes": 12, "no": 88}, decimals=0) == ()
