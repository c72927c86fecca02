"""What is let in, and what cannot be right and is refused."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from real_night import BIRMINGHAM, CONTEST, SANDWELL, THE_NIGHT, after, item, refused, same
from small_contest import AREAS, small_contest

from forecast.alarms.integrity import admit, refusal
from forecast.declaration import Declaration, Kind
from forecast.tally import empty_tally, fold


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
        (item("sandwell", "checked"), "Sandwell has no figures of its own that could be checked"),
        (item("west-midlands", "checked"), "no figures of its own"),
        (item("west-midlands", "partial", 1, 2), "partial figures of the whole contest are not used"),
        (item("sandwell", "partial", 1, 2, counted=85.0), "not a share between 0 and 1"),
        (item("sandwell", "declared", 63, 37), "look like percentages"),
        (item("sandwell", "declared", votes={"parker": 1, "Labour": 2}), "given twice"),
    ],
)
def test_an_item_that_makes_no_sense_is_refused(wrong: Declaration, message: str) -> None:
    assert message in refused(after(), wrong)


def test_what_was_checked_are_the_figures_that_stand() -> None:
    tally = after(item("sandwell", "declared", 31_561, 18_598))
    assert refusal(tally, item("sandwell", "checked", 31_561, 18_598)) is None
    assert "31,561 votes for Richard Parker stand in Sandwell, not 3,156." in refused(
        tally, item("sandwell", "checked", 3_156, 18_598)
    )
    for part in (item("sandwell", "checked"), item("sandwell", "checked", 31_561)):
        assert "gives every candidate's votes that stand in Sandwell, and no others" in refused(tally, part)
    assert "no figure that is new" in refused(tally, item("sandwell", "checked", 31_561, 18_598, ballots=66_296))
    ballots = after(item("sandwell", "verified", ballots=66_296))
    assert refusal(ballots, item("sandwell", "checked", ballots=66_296)) is None
    assert "gives the ballots that stand" in refused(ballots, item("sandwell", "checked"))


def test_a_check_of_what_was_undone_since_is_refused() -> None:
    wrong, right = item("sandwell", "declared", 3_156, 18_598), item("sandwell", "corrected", 31_561)
    checked = item("sandwell", "checked", 31_561, 18_598)
    assert admit(CONTEST, [wrong, right, checked]).tally.checked[SANDWELL]
    undone = admit(CONTEST, [wrong, checked])
    assert not undone.tally.checked.any()
    assert len(undone.refusals) == 1


def test_what_was_checked_is_news_once() -> None:
    read, checked = item("sandwell", "declared", 31_561, 18_598), item("sandwell", "checked", 31_561, 18_598)
    admitted = admit(CONTEST, [read, checked, checked, read])
    assert admitted.refusals == ()
    assert admitted.tally.items == (read, checked)
    assert admitted.tally.checked[SANDWELL]


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
