"""A night replayed says at every step what it would have said then."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from toy_model import toy

from forecast.contests.catalogue import find_contest
from forecast.contests.contest import Contest, Opening
from forecast.declaration import Declaration, Kind, read_news
from forecast.errors import NewsError
from forecast.night import Night
from forecast.opening import open_night
from forecast.posterior import Posterior
from forecast.replay import biggest_surprise, checkpoints, replay, space_out
from forecast.tally import Tally

CONTEST = find_contest("west-midlands")
NEWS = read_news(CONTEST.directory / "news.csv", CONTEST)[0]
NIGHT = Night(CONTEST, toy, draws=400)
STOPS = checkpoints(CONTEST, NEWS, "declaration")
REFUSED = replace(NEWS[7], area="walsall", votes={"parker": 999_999}, sequence=99)


def test_a_replay_stops_before_the_first_declaration_after_each_and_at_the_end() -> None:
    declared = [update.forecast.moment.areas_declared for update in replay(NIGHT, NEWS, STOPS)]
    assert declared == [0, 1, 2, 3, 4, 5, 6, 7, 7]


def test_a_replay_by_item_stops_after_every_item() -> None:
    known = [update.forecast.moment.items for update in replay(NIGHT, NEWS, range(len(NEWS) + 1))]
    assert known == list(range(len(NEWS) + 1))


def test_every_step_is_what_would_have_been_said_then() -> None:
    for known, update in list(zip(STOPS, replay(NIGHT, NEWS, STOPS), strict=True))[1:]:
        assert update.forecast.to_json() == NIGHT.update(NEWS[:known]).forecast.to_json()


def test_nothing_is_computed_twice() -> None:
    """A forecast without an area that is in doubt apart, whose news is no beginning of the night's."""
    asked: list[tuple[Declaration, ...]] = []

    def counting(contest: Contest, tally: Tally, *, draws: int, seed: int) -> Posterior:
        asked.append(tally.items)
        return toy(contest, tally, draws=draws, seed=seed)

    list(replay(Night(CONTEST, counting, draws=100), NEWS, STOPS))
    moments = [len(items) for items in asked if items == NEWS[: len(items)]]
    assert moments == [0, *STOPS]


def test_the_end_of_a_replay_is_the_result() -> None:
    *_, last = replay(NIGHT, NEWS, STOPS)
    assert [candidate.votes.median for candidate in last.forecast.candidates][:2] == [225_590, 224_082]
    assert last.forecast.lead.votes.sd == 0


def test_what_moved_a_step_adds_up_to_its_change() -> None:
    course = [update.forecast for update in replay(NIGHT, NEWS, STOPS)]
    for before, after in pairwise(course):
        assert after.explanation is not None
        moved = after.explanation.moved
        assert moved is not None
        first = next(each for each in before.candidates if each.id == moved.candidate)
        assert moved.before == pytest.approx(first.win_probability, abs=1e-6)
        assert sum(cause.change for cause in moved.causes) == pytest.approx(moved.after - moved.before, abs=1e-5)


def test_a_refused_item_is_listed_and_moves_nothing() -> None:
    items = (*NEWS[:8], REFUSED)
    before, after = list(replay(NIGHT, items, range(len(items) + 1)))[-2:]
    assert after.forecast.candidates == before.forecast.candidates
    assert after.forecast.explanation == before.forecast.explanation
    assert [len(each.forecast.refusals) for each in (before, after)] == [0, 1]


def test_a_night_without_news_has_one_step() -> None:
    (only,) = replay(NIGHT, (), checkpoints(CONTEST, (), "declaration"))
    assert only.forecast.moment.items == 0


def test_the_biggest_surprise_is_the_declaration_furthest_from_its_forecast() -> None:
    course = [update.forecast for update in replay(NIGHT, NEWS, STOPS)]
    found = biggest_surprise(course)
    assert found is not None
    every = [each.explanation.oddest for each in course if each.explanation is not None and each.explanation.oddest]
    assert len(every) == 7
    assert abs(found.deviations) == max(abs(each.deviations) for each in every)
    assert biggest_surprise(course[:1]) is None


def test_a_long_night_is_seen_at_moments_spaced_over_it() -> None:
    assert space_out(range(101), 5) == (0, 25, 50, 75, 100)
    assert space_out(range(101), 0) == tuple(range(101))
    assert space_out((3, 8), 60) == (3, 8)
    assert space_out((3, 8, 9), 1) == (9,)
    spaced = space_out(STOPS, 3)
    assert (spaced[0], spaced[-1]) == (STOPS[0], STOPS[-1])
    for known, update in zip(spaced, replay(NIGHT, NEWS, spaced), strict=True):
        alone = NIGHT.update(NEWS[:known]).forecast
        assert update.forecast.candidates == alone.candidates


# The moment that is asked for


def test_a_past_night_opens_where_its_contest_says_and_says_so() -> None:
    opened = open_night(CONTEST, NEWS)
    assert opened.items == NEWS[:13]
    assert "opened after 6 of 7 areas have declared" in opened.notice


def test_a_moment_that_is_asked_for_is_not_announced() -> None:
    assert open_night(CONTEST, NEWS, through=6).notice == ""
    assert open_night(CONTEST, NEWS, through="all").items == NEWS
    assert open_night(CONTEST, NEWS, past=False).items == NEWS


def test_an_opening_beyond_the_news_shows_all_of_it() -> None:
    assert open_night(CONTEST, NEWS[:9]) == open_night(CONTEST, NEWS[:9], through="all")
    contest = replace(CONTEST, opening=Opening())
    assert open_night(contest, NEWS).items == NEWS


def test_a_night_can_open_at_a_time() -> None:
    assert NEWS[6].at is not None
    opened = open_night(replace(CONTEST, opening=Opening(at=NEWS[6].at)), NEWS)
    assert opened.items == NEWS[:7]
    assert "opened at 13:59 BST, 4 May 2024" in opened.notice
    assert open_night(CONTEST, NEWS, at=NEWS[6].at).items == NEWS[:7]


def test_a_refused_declaration_declares_nothing() -> None:
    items = (*NEWS[:8], REFUSED, *NEWS[8:])
    opened = open_night(CONTEST, items, through=2)
    assert opened.items == items[:10]
    assert open_night(CONTEST, items, through=1).items == items[:8]
    with pytest.raises(NewsError, match="Choose from 0 to 7"):
        open_night(CONTEST, items, through=8)


def test_a_withdrawal_is_a_step_of_its_own() -> None:
    withdrawn = Declaration("solihull", Kind.WITHDRAWN, None, "returning officer", "desk")
    items = (*NEWS[:8], withdrawn)
    declared = [
        each.forecast.moment.areas_declared for each in replay(NIGHT, items, checkpoints(CONTEST, items, "declaration"))
    ]
    assert declared == [0, 1, 0]
