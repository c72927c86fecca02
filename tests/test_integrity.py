"""What raises an alarm: the false figures of real nights are the first test cases."""

from __future__ import annotations

import numpy as np
import pytest
from real_night import CONTEST, EXPECTED, SANDWELL, SOLIHULL, THE_NIGHT, after, draws, item
from small_contest import AREAS, small_contest

from forecast.alarms.alarm import repeated_numbers, slipped_digits
from forecast.alarms.integrity import STANDS, admit, find_alarms
from forecast.alarms.surprise import swapped_areas, swapped_candidates
from forecast.contests.catalogue import find_contest
from forecast.contests.contest import Candidate, Contest
from forecast.declaration import read_news
from forecast.tally import add, empty_tally


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


def test_red_alarms_come_first() -> None:
    alarms = find_alarms(
        after(*THE_NIGHT[:-2], item("sandwell", "declared", 3_156, 18_598)), {"sandwell": EXPECTED["sandwell"]}
    )
    assert [alarm.severity for alarm in alarms] == sorted((alarm.severity for alarm in alarms), reverse=True)
    assert {"slipped digit", "surprise", "repeated number"} <= {alarm.check for alarm in alarms}


def test_an_area_that_was_checked_is_swapped_with_no_other() -> None:
    expected = {AREAS[i].id: EXPECTED[AREAS[i].id] for i in (SANDWELL, SOLIHULL)}
    wrong = [item("solihull", "declared", 31_561, 18_598), item("sandwell", "declared", 11_728, 35_289)]
    assert "swapped areas" in {alarm.check for alarm in find_alarms(after(*wrong), expected)}
    checked = item("solihull", "checked", 31_561, 18_598)
    assert "swapped areas" not in {alarm.check for alarm in find_alarms(after(*wrong, checked), expected)}


def test_an_alarm_of_figures_that_were_checked_is_amber_and_says_so() -> None:
    wrong, expected = item("sandwell", "declared", 3_156, 18_598), {"sandwell": EXPECTED["sandwell"]}
    before = find_alarms(after(*THE_NIGHT[:-2], wrong), expected)
    stands = find_alarms(after(*THE_NIGHT[:-2], wrong, item("sandwell", "checked", 3_156, 18_598)), expected)
    assert "red" in {alarm.severity for alarm in before if alarm.area == "sandwell"}
    assert {(each.severity, each.remedy) for each in stands if each.area == "sandwell"} == {("amber", STANDS)}
    assert [each for each in stands if each.area != "sandwell"] == [each for each in before if each.area != "sandwell"]
    assert {each.what for each in stands} == {each.what for each in before}


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
