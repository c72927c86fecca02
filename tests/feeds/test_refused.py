"""What a feed gave and the count refused: said until it is put right, offered again once what is known has changed."""

from __future__ import annotations

from pathlib import Path

import pytest
from feed_desk import look
from hypothesis import given
from hypothesis import strategies as st

from forecast.alarms.hard_checks import refusal
from forecast.contests.catalogue import find_contest
from forecast.declaration import Declaration, Kind
from forecast.errors import Defect, NewsError
from forecast.feeds import runner
from forecast.feeds.path import PathSource
from forecast.feeds.readers import Reader
from forecast.feeds.refused import Refusals
from forecast.feeds.runner import FeedRunner
from forecast.tally import Tally, add, empty_tally

CONTEST = find_contest("west-midlands")
HEAD = "kind,area,ballots,parker,street,source\n"
DECLARED = "declared,sandwell,,31561,18598,council\n"
PUT_RIGHT = "corrected,sandwell,,31562,18598,council\n"
SLIPPED = "declared,sandwell,,315610,18598,council\n"


class Count:
    """A count that takes what passes its checks, as the service does; others may give it news too."""

    def __init__(self) -> None:
        self.tally: Tally = empty_tally(CONTEST)
        self.taken: list[Declaration] = []
        self.alarms: list[str] = []
        self.judged = 0

    def enter(self, item: Declaration) -> None:
        self.tally = add(self.tally, item)
        self.taken.append(item)

    async def take(self, _contest: str, item: Declaration, _actor: str, _key: str) -> None:
        if defect := refusal(self.tally, item):
            self.alarms.append(str(defect))
            raise NewsError(defect)
        self.enter(item)

    async def judge(self, items: tuple[Declaration, ...]) -> list[tuple[Defect, ...]]:
        self.judged += 1
        return [(defect,) if (defect := refusal(self.tally, each)) else () for each in items]

    @property
    def votes(self) -> float:
        return float(self.tally.votes[CONTEST.area_index("sandwell"), CONTEST.candidate_index("parker")])


def by_hand(kind: Kind, *, ballots: int | None = None, **votes: int) -> Declaration:
    return Declaration("sandwell", kind, None, "desk", "Ann", ballots=ballots, votes=votes)


def feed_of(path: Path, count: Count, again_seconds: float = 0.0) -> FeedRunner:
    return FeedRunner(
        "one",
        "wm",
        PathSource(path),
        Reader(CONTEST, "csv"),
        count.take,
        judge=count.judge,  # type: ignore[arg-type]
        moved=lambda: len(count.taken),
        again_seconds=again_seconds,
    )


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "news.csv"


def test_a_declaration_refused_by_a_wrong_total_is_taken_once_the_total_is_corrected(path: Path) -> None:
    count = Count()
    count.enter(by_hand(Kind.VERIFIED, ballots=40_000))
    path.write_text(HEAD + DECLARED)
    feed = feed_of(path, count)
    assert "more than the 40,000 ballots" in look(feed, 5).last_error
    count.enter(by_hand(Kind.CORRECTED, ballots=66_296))
    assert look(feed, 2).last_error == ""
    assert count.votes == 31_561
    assert (len(count.alarms), feed.state.refused, feed.state.taken) == (1, 1, 1)


def test_a_correction_whose_declaration_comes_later_in_another_source_is_taken_then(path: Path) -> None:
    count = Count()
    path.write_text(HEAD + "withdrawn,sandwell,,,,council\ncorrected,sandwell,,,18598,council\n")
    count.enter(by_hand(Kind.VERIFIED, ballots=18_000))
    feed = feed_of(path, count)
    look(feed, 3)
    assert len(count.alarms) == 2
    count.enter(by_hand(Kind.CORRECTED, ballots=66_296))
    count.enter(by_hand(Kind.DECLARED, parker=31_561, street=18_598))
    look(feed, 3)
    assert count.votes == 31_561  # and what was to be withdrawn was something else
    assert len(count.alarms) == 2


def test_what_is_wrong_in_itself_stays_on_the_page_with_its_reason_until_the_feed_corrects_it(path: Path) -> None:
    count = Count()
    path.write_text(HEAD + SLIPPED)
    feed = feed_of(path, count)
    for electors in range(60_000, 60_020):
        count.enter(by_hand(Kind.VERIFIED, ballots=electors))
        assert "more than the" in look(feed).last_error
    assert len(count.alarms) == 1
    path.write_text(HEAD + DECLARED)
    assert look(feed).last_error == ""
    assert count.votes == 31_561


def test_a_line_taken_out_of_the_file_is_said_no_more_and_one_put_back_is_offered(path: Path) -> None:
    count = Count()
    other = "verified,dudley,90000,,,council\n"
    path.write_text(HEAD + SLIPPED + other)
    feed = feed_of(path, count)
    assert "sandwell" in look(feed).last_error.casefold()
    path.write_text(HEAD + other)
    assert look(feed).last_error == ""
    path.write_text(HEAD + SLIPPED + other)
    assert "sandwell" in look(feed).last_error.casefold()


def test_of_a_file_begun_anew_nothing_that_was_refused_is_forgotten(path: Path) -> None:
    count = Count()
    count.enter(by_hand(Kind.VERIFIED, ballots=40_000))
    path.write_text(HEAD + DECLARED)
    feed = feed_of(path, count)
    look(feed)
    path.write_text(HEAD + "verified,dudley,90000,,,council\n")
    assert "40,000 ballots" in look(feed).last_error
    count.enter(by_hand(Kind.CORRECTED, ballots=66_296))
    look(feed)
    assert count.votes == 31_561


def test_nothing_old_is_offered_after_what_has_taken_its_place(path: Path) -> None:
    count = Count()
    count.enter(by_hand(Kind.VERIFIED, ballots=40_000))
    path.write_text(HEAD + DECLARED)
    feed = feed_of(path, count)
    look(feed)
    again = DECLARED.replace("31561", "31570")
    path.write_text(HEAD + DECLARED + again)
    look(feed)
    count.enter(by_hand(Kind.CORRECTED, ballots=66_296))
    look(feed, 3)
    assert count.votes == 31_570
    assert [item.votes.get("parker") for item in count.taken if item.votes] == [31_570]


def test_a_declaration_and_its_correction_both_refused_are_taken_in_their_order(path: Path) -> None:
    count = Count()
    count.enter(by_hand(Kind.VERIFIED, ballots=40_000))
    path.write_text(HEAD + DECLARED + PUT_RIGHT)
    feed = feed_of(path, count)
    look(feed)
    count.enter(by_hand(Kind.CORRECTED, ballots=66_296))
    look(feed, 3)
    assert [item.votes.get("parker") for item in count.taken if item.votes] == [31_561, 31_562]
    assert feed.state.last_error == ""


def test_what_was_refused_is_looked_at_only_where_the_count_has_moved_and_not_too_often(path: Path) -> None:
    count = Count()
    count.enter(by_hand(Kind.VERIFIED, ballots=40_000))
    path.write_text(HEAD + DECLARED)
    feed = feed_of(path, count, again_seconds=3600.0)
    look(feed, 20)
    before = count.judged
    count.enter(by_hand(Kind.CORRECTED, ballots=66_296))
    look(feed, 20)
    assert count.judged == before
    feed.again_seconds = 0.0
    look(feed, 20)
    assert count.votes == 31_561
    assert count.judged <= before + 2


def test_what_was_refused_is_looked_at_again_while_the_file_is_away(path: Path) -> None:
    count = Count()
    count.enter(by_hand(Kind.VERIFIED, ballots=40_000))
    path.write_text(HEAD + DECLARED)
    feed = feed_of(path, count)
    look(feed)
    path.unlink()
    count.enter(by_hand(Kind.CORRECTED, ballots=66_296))
    state = look(feed, 3)
    assert count.votes == 31_561
    assert (state.failures, "news.csv" in state.last_error) == (3, True)


def test_of_more_refused_items_than_are_handed_on_at_a_time_each_is_looked_at(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "TOGETHER", 1)
    count = Count()
    count.enter(by_hand(Kind.VERIFIED, ballots=40_000))
    path.write_text(HEAD + "declared,dudley,,900000,1,council\n" + DECLARED)
    feed = feed_of(path, count)
    look(feed)
    count.enter(by_hand(Kind.CORRECTED, ballots=66_296))
    look(feed, 2)
    assert count.votes == 31_561


FIGURES = st.dictionaries(st.sampled_from(["parker", "street"]), st.integers(0, 9), max_size=2)
ITEMS = st.builds(
    lambda kind, area, votes, ballots: Declaration(area, kind, None, "", "", ballots=ballots, votes=votes),
    st.sampled_from(Kind),
    st.sampled_from(["sandwell", "dudley"]),
    FIGURES,
    st.none() | st.integers(0, 9),
)


@given(st.lists(st.tuples(ITEMS, st.sampled_from(["refuse", "take"])), max_size=12))
def test_whatever_comes_only_what_is_later_and_of_the_same_area_takes_anything_off_the_list(
    given_in: list[tuple[Declaration, str]],
) -> None:
    refusals = Refusals()
    for number, (item, fate) in enumerate(given_in):
        before = dict(refusals.kept)
        refusals.come(item)
        if fate == "refuse":
            assert refusals.refuse(str(number), item, (Defect("x", "is wrong."),))
        else:
            refusals.take(str(number), item)
        gone = [each.item.area for key, each in before.items() if key not in refusals.kept]
        assert set(gone) <= {item.area}
        assert [int(key) for key in refusals.kept] == sorted(map(int, refusals.kept))
