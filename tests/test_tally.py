"""The fold of the night's news: nothing lost, nothing invented, any earlier moment remade."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_contest import AREAS, small_contest

from forecast.declaration import Declaration, Kind
from forecast.errors import NewsError
from forecast.moment import fold_through, news_through
from forecast.tally import Status, Tally, add, empty_tally, fold

CONTEST = small_contest()
ARRAYS = ("status", "ballots", "rejected", "valid", "counted", "votes", "checked", "whole_votes")
SCALARS = ("whole_valid", "whole_rejected", "whole_ballots")

# Votes of Parker and Street in the order of declaration, 4 May 2024: BBC and Sky News.
DECLARED = {
    "solihull": (11_728, 35_289),
    "wolverhampton": (26_442, 18_582),
    "birmingham": (80_251, 66_296),
    "walsall": (18_097, 24_735),
    "dudley": (24_807, 37_345),
    "coventry": (32_704, 23_237),
    "sandwell": (31_561, 18_598),
}
VERIFIED = dict(zip((a.id for a in AREAS), (216_492, 71_215, 76_116, 66_296, 56_805, 59_983, 54_806), strict=True))


def item(
    area: str, kind: Kind | str, parker: int | None = None, street: int | None = None, **given: int
) -> Declaration:
    votes = {name: number for name, number in (("parker", parker), ("street", street)) if number is not None}
    return Declaration(area, Kind(kind), None, "BBC", "desk", votes=votes, **given)  # type: ignore[arg-type]


def the_night() -> list[Declaration]:
    verified = [item(area, "verified", ballots=ballots) for area, ballots in VERIFIED.items()]
    return verified + [item(area, "declared", *votes) for area, votes in DECLARED.items()]


def same(one: Tally, other: Tally) -> bool:
    return all(np.array_equal(getattr(one, n), getattr(other, n), equal_nan=True) for n in ARRAYS + SCALARS)


def row(tally: Tally, area: str) -> tuple[Status, list[float]]:
    i = CONTEST.area_index(area)
    return Status(tally.status[i]), tally.votes[i].tolist()


figure = st.integers(0, 50_000)
votes = st.dictionaries(st.sampled_from(["parker", "street", "yakoob"]), figure, max_size=3)
items = st.builds(
    Declaration,
    area=st.sampled_from([area.id for area in AREAS]),
    kind=st.sampled_from(Kind),
    at=st.none() | st.datetimes(timezones=st.just(UTC)),
    source=st.just("test"),
    entered_by=st.just("test"),
    ballots=st.none() | figure,
    rejected=st.none() | figure,
    valid=st.none() | figure,
    counted=st.none() | st.floats(0, 1),
    votes=votes,
)
nights = st.lists(items, max_size=12)


def test_nothing_is_known_before_the_first_item() -> None:
    tally = empty_tally(CONTEST)
    assert np.isnan(tally.votes).all()
    assert np.isnan(tally.ballots).all()
    assert (tally.status == Status.NOTHING).all()
    assert (tally.items, tally.order, tally.as_of) == ((), (), None)


def test_the_night_adds_up_to_the_official_totals() -> None:
    tally = fold(CONTEST, the_night())
    assert tally.votes[:, :2].sum(axis=0).tolist() == [225_590, 224_082]
    assert tally.ballots.sum() == 601_713
    assert tally.declared.all()
    assert [AREAS[i].id for i in tally.order] == list(DECLARED)


def test_with_sandwell_outstanding_street_leads_by_11455() -> None:
    tally = fold_through(CONTEST, the_night(), 6)
    assert np.nansum(tally.votes, axis=0)[:2].tolist() == [194_029, 205_484]
    assert [AREAS[i].id for i in np.flatnonzero(tally.outstanding)] == ["sandwell"]
    assert row(tally, "sandwell")[0] is Status.VERIFIED


def test_before_the_first_declaration_all_ballots_are_known() -> None:
    before = news_through(CONTEST, the_night(), 0)
    assert [each.kind for each in before] == [Kind.VERIFIED] * 7


def test_asking_for_more_declarations_than_there_are_says_how_many_there_are() -> None:
    with pytest.raises(NewsError, match=r"^through 8: 7 of the 7 areas .* Choose from 0 to 7\.$"):
        news_through(CONTEST, the_night(), 8)
    with pytest.raises(NewsError):
        news_through(CONTEST, the_night(), -1)


def test_an_area_taken_back_does_not_count_as_declared() -> None:
    taken_back = [item("solihull", "declared", 1, 2), item("solihull", "withdrawn"), item("dudley", "declared", 3, 4)]
    assert len(news_through(CONTEST, taken_back, 1)) == 1
    with pytest.raises(NewsError, match="1 of the 7"):
        news_through(CONTEST, taken_back, 2)


def test_a_partial_count_replaces_the_one_before() -> None:
    first = Declaration(
        "sandwell", Kind.PARTIAL, None, "", "", counted=0.2, valid=30, votes={"parker": 10, "yakoob": 9}
    )
    tally = fold(CONTEST, [first, item("sandwell", "partial", 15, 5)])
    assert row(tally, "sandwell") == (Status.PARTIAL, [15.0, 5.0, pytest.approx(np.nan, nan_ok=True)])
    assert np.isnan([tally.valid[3], tally.counted[3]]).all()


def test_a_recount_keeps_the_votes_but_they_are_not_final() -> None:
    declared = item("coventry", "declared", 32_704, 23_237)
    recount = fold(CONTEST, [declared, item("coventry", "provisional")])
    assert row(recount, "coventry")[0] is Status.PROVISIONAL
    assert row(recount, "coventry")[1][:2] == [32_704, 23_237]
    assert recount.order == ()
    again = add(recount, item("coventry", "declared", 32_704, 23_230))
    assert row(again, "coventry")[0] is Status.DECLARED
    assert row(again, "coventry")[1][:2] == [32_704, 23_230]
    assert again.order == (1,)


def test_a_declaration_drops_the_partial_figures_it_does_not_repeat() -> None:
    partial = replace(item("sandwell", "partial", 10, 5), valid=20, rejected=1)
    tally = fold(CONTEST, [partial, item("sandwell", "declared", 31_561)])
    assert np.isnan([tally.votes[3, 1], tally.valid[3], tally.rejected[3]]).all()


def test_a_second_declaration_adds_what_the_first_left_out() -> None:
    rest = Declaration("birmingham", Kind.DECLARED, None, "", "", votes={"yakoob": 42_923})
    tally = fold(CONTEST, [item("birmingham", "declared", 80_251, 66_296), rest])
    assert tally.votes[0].tolist() == [80_251, 66_296, 42_923]
    assert tally.complete[0]
    assert tally.reported[0] == 189_470


def test_votes_of_some_candidates_do_not_complete_an_area() -> None:
    tally = fold(CONTEST, the_night())
    assert not tally.complete.any()
    standing = np.ones((7, 3), bool)
    standing[3, 2] = False
    contest = small_contest(standing=standing)
    assert fold(contest, the_night()).complete.tolist() == [False, False, False, True, False, False, False]


def test_nothing_reported_is_not_zero() -> None:
    tally = fold(CONTEST, [item("dudley", "verified", ballots=76_116), item("sandwell", "declared", 0, 0)])
    assert np.isnan(tally.reported[2])
    assert tally.reported[3] == 0


def test_ballots_put_right_declare_nothing() -> None:
    tally = fold(CONTEST, [item("sandwell", "verified", ballots=66_926), item("sandwell", "corrected", ballots=66_296)])
    assert (row(tally, "sandwell")[0], tally.ballots[3]) == (Status.VERIFIED, 66_296)


def test_a_partial_count_put_right_is_still_partial() -> None:
    tally = fold(CONTEST, [item("sandwell", "partial", 5_100, 4_000), item("sandwell", "corrected", 1_500)])
    assert row(tally, "sandwell")[0] is Status.PARTIAL
    assert row(tally, "sandwell")[1][:2] == [1_500, 4_000]


def test_a_withdrawal_leaves_the_ballots() -> None:
    night = [item("sandwell", "verified", ballots=66_296), item("sandwell", "declared", 31_561, 18_598)]
    tally = fold(CONTEST, [*night, item("sandwell", "withdrawn")])
    assert same(tally, fold(CONTEST, night[:1]))
    assert fold(CONTEST, [night[1], item("sandwell", "withdrawn")]).status[3] == Status.NOTHING


def test_figures_that_were_checked_are_so_until_one_of_them_changes() -> None:
    declared = item("sandwell", "declared", 31_561, 18_598)
    read_back = item("sandwell", "checked", 31_561, 18_598)
    tally = fold(CONTEST, [declared, read_back])
    assert tally.checked.tolist() == [area.id == "sandwell" for area in CONTEST.areas]
    assert same(replace(tally, checked=np.zeros(len(CONTEST.areas), bool)), fold(CONTEST, [declared]))
    assert add(tally, declared).checked.sum() == 1
    assert add(tally, item("sandwell", "corrected", rejected=300)).checked.sum() == 1
    counted = fold(CONTEST, [item("sandwell", "provisional", 31_561, 18_598), read_back])
    assert add(counted, declared).checked.sum() == 1
    assert not add(counted, Declaration("sandwell", Kind.DECLARED, None, "", "", votes={"yakoob": 500})).checked.any()
    assert not add(fold(CONTEST, [item("sandwell", "verified", ballots=66_296)]), declared).checked.any()
    assert add(tally, item("solihull", "declared", 1, 2)).checked.sum() == 1
    for changed in (
        item("sandwell", "corrected", 31_562),
        item("sandwell", "withdrawn"),
        item("sandwell", "provisional"),
    ):
        assert not add(tally, changed).checked.any()


def test_the_whole_contests_figures_stand_apart_from_the_areas() -> None:
    whole = item("west-midlands", "declared", 225_590, 224_082, ballots=601_713, rejected=4_737, valid=596_976)
    tally = fold(CONTEST, [item("west-midlands", "verified", ballots=601_713)])
    assert tally.whole_ballots == 601_713
    assert np.isnan(tally.whole_votes).all()
    tally = add(tally, whole)
    assert tally.whole_votes[:2].tolist() == [225_590, 224_082]
    assert (tally.whole_valid, tally.whole_rejected) == (596_976, 4_737)
    assert np.isnan(tally.votes).all()
    tally = add(tally, item("west-midlands", "withdrawn"))
    assert tally.whole_ballots == 601_713
    assert np.isnan(tally.whole_votes).all()


def test_the_tally_is_as_of_its_latest_time() -> None:
    late, early = datetime(2024, 5, 4, 19, tzinfo=UTC), datetime(2024, 5, 4, 16, tzinfo=UTC)
    night = [replace(each, at=at) for each, at in zip(the_night(), (late, None, early), strict=False)]
    assert fold(CONTEST, night).as_of == late


def test_nobody_can_write_into_a_tally() -> None:
    tally = fold(CONTEST, the_night())
    for name in ARRAYS:
        with pytest.raises(ValueError, match="read-only"):
            getattr(tally, name)[0] = 0


@settings(deadline=None)  # the machine may be busy
@given(nights, items)
def test_adding_an_item_leaves_the_tally_before_it_as_it_was(night: list[Declaration], last: Declaration) -> None:
    tally = fold(CONTEST, night)
    add(tally, last)
    assert same(tally, fold(CONTEST, night))


@settings(deadline=None)  # the machine may be busy
@given(nights, st.randoms(use_true_random=False))
def test_the_order_of_items_from_different_areas_does_not_matter(night: list[Declaration], random: object) -> None:
    by_area: dict[str, list[Declaration]] = {}
    for each in night:
        by_area.setdefault(each.area, []).append(each)
    places = [each.area for each in night]
    random.shuffle(places)  # type: ignore[attr-defined]
    other = [by_area[area].pop(0) for area in places]
    assert same(fold(CONTEST, night), fold(CONTEST, other))


@settings(deadline=None)  # the machine may be busy
@given(nights, st.integers(0, 12))
def test_reading_any_part_of_the_news_and_then_the_rest_is_reading_it_all(night: list[Declaration], cut: int) -> None:
    one, other = fold(CONTEST, night), fold(CONTEST, night[cut:], fold(CONTEST, night[:cut]))
    assert same(one, other)
    assert (one.items, one.order, one.as_of) == (other.items, other.order, other.as_of)


@settings(deadline=None)  # the machine may be busy
@given(nights, votes.filter(bool), votes)
def test_a_correction_is_as_if_the_corrected_figures_had_been_declared(
    night: list[Declaration], first: dict[str, int], right: dict[str, int]
) -> None:
    def declared(votes: dict[str, int], kind: Kind = Kind.DECLARED) -> Declaration:
        return Declaration("sandwell", kind, None, "", "", votes=votes)

    elsewhere: Sequence[Declaration] = [each for each in night if each.area != "sandwell"]
    corrected = [*elsewhere, declared(first), declared(right, Kind.CORRECTED)]
    assert same(fold(CONTEST, corrected), fold(CONTEST, [*elsewhere, declared(first | right)]))


@settings(deadline=None)  # the machine may be busy
@given(nights, votes.filter(bool))
def test_withdrawn_and_declared_again_is_declared(night: list[Declaration], given: dict[str, int]) -> None:
    declared = Declaration("sandwell", Kind.DECLARED, None, "", "", votes=given)
    before = [each for each in night if each.kind in {Kind.VERIFIED, Kind.DECLARED} and each.area != "sandwell"]
    again = fold(CONTEST, [*before, declared, item("sandwell", "withdrawn"), declared])
    assert same(again, fold(CONTEST, [*before, declared]))
    assert again.order == fold(CONTEST, [*before, declared]).order
