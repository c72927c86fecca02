"""What happens to what a feed gives: kept until it was taken, in order, and looked at less often where it fails."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from feed_desk import CONTEST, NEWS, Desk, look, runner, until
from press_made import message
from six_declared import RESULT

from forecast.declaration import Declaration
from forecast.errors import Defect, ForecastError, NewsError
from forecast.feeds.address import AddressSource
from forecast.feeds.folder import FolderSource
from forecast.feeds.health import FeedState
from forecast.feeds.path import PathSource
from forecast.feeds.runner import make_feed
from forecast.feeds.source import SourceError


def test_an_item_is_kept_until_it_was_taken_and_in_order(tmp_path: Path) -> None:
    path, desk = tmp_path / "news.csv", Desk()
    path.write_text("".join(NEWS))
    feed = runner(PathSource(path), desk)
    desk.fault = ForecastError(Defect("database", "is away."))
    state = look(feed, 3)
    assert (state.taken, state.failures) == (0, 3)
    assert "15 items wait: database: is away." in state.last_error
    desk.fault = None
    assert (look(feed).taken, feed.state.last_error, feed.state.failures) == (15, "", 0)
    assert desk.areas[0] == "birmingham"
    assert desk.areas[-1] == "west-midlands"


def test_a_refused_item_is_said_and_not_offered_again(tmp_path: Path) -> None:
    path, desk = tmp_path / "news.csv", Desk()
    path.write_text("".join(NEWS[:3]))
    feed = runner(PathSource(path), desk)
    desk.fault = NewsError(Defect("news.csv, line 2", "is too much."))
    state = look(feed, 2)
    assert (state.refused, state.failures) == (2, 0)
    assert state.last_error == "news.csv, line 2: is too much. And 1 more."


def test_a_fault_of_ours_stops_no_feed(tmp_path: Path) -> None:
    path, desk = tmp_path / "news.csv", Desk()
    path.write_text("".join(NEWS[:3]))
    feed = runner(PathSource(path), desk)
    desk.fault = RuntimeError("a bug")
    assert "see the log" in look(feed).last_error
    desk.fault = None
    assert look(feed).taken == 2


def test_a_feed_that_fails_is_looked_at_less_and_less_often_and_says_so_once(tmp_path: Path) -> None:
    told: list[str] = []

    async def report(state: FeedState) -> None:
        told.append(state.last_error)

    path = tmp_path / "news.csv"
    feed = runner(PathSource(path), Desk(), every_seconds=5.0, report=report)
    for pause in (10, 20, 40, 60, 60, 60):
        look(feed)
        assert feed.pause == pause
    path.write_text("".join(NEWS))
    look(feed)
    assert feed.pause == 5
    assert len(told) == 2
    assert told[-1] == ""


def test_the_age_is_that_of_the_last_look_that_went_well(tmp_path: Path) -> None:
    clock = datetime(2024, 5, 4, 19, tzinfo=UTC)
    path = tmp_path / "news.csv"
    path.write_text("".join(NEWS))
    feed = runner(PathSource(path), Desk(), now=lambda: clock)
    assert feed.state.age(clock) is None
    assert look(feed).age(clock + timedelta(seconds=90)) == 90
    path.unlink()
    assert look(feed).age(clock + timedelta(seconds=90)) == 90


def test_a_feed_runs_until_it_is_cancelled(tmp_path: Path) -> None:
    path, desk = tmp_path / "news.csv", Desk()
    path.write_text("".join(NEWS[:2]))

    async def night() -> None:
        feed = runner(PathSource(path), desk, every_seconds=0.01)
        running = asyncio.create_task(feed.run())
        await until(lambda: len(desk.items) == 1)
        path.write_text("".join(NEWS))
        await until(lambda: len(desk.items) == 15)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running

    asyncio.run(night())


# As configured


async def nowhere(_contest: str, _item: Declaration, _actor: str, _key: str) -> None: ...


def test_a_feed_is_made_of_its_configuration(tmp_path: Path) -> None:
    take: Callable[[str, Declaration, str, str], Awaitable[object]] = nowhere
    kinds: list[tuple[Any, type]] = [("folder", FolderSource), ("press", FolderSource), ("csv", FolderSource)]
    for kind, source in kinds:
        assert isinstance(make_feed("one", "wm", CONTEST, kind, take, path=tmp_path).source, source)
    assert isinstance(make_feed("one", "wm", CONTEST, "csv", take, path=tmp_path / "n.csv").source, PathSource)
    assert isinstance(make_feed("one", "wm", CONTEST, "nist", take, address="https://a.test/r").source, AddressSource)
    with pytest.raises(ForecastError, match="a path or an address"):
        make_feed("one", "wm", CONTEST, "csv", take)
    with pytest.raises(SourceError, match="is not an address of the web"):
        make_feed("one", "wm", CONTEST, "csv", take, address="file:///etc/hostname")


def test_a_contest_that_goes_live_forgets_the_test_messages_and_reads_the_real_ones_at_once(tmp_path: Path) -> None:
    desk, test = Desk(), [True]
    feed = runner(FolderSource(tmp_path, settle=0.0), desk, is_test=lambda: test[0])
    (tmp_path / "901_result_test.xml").write_bytes(message(RESULT, revision=5))
    look(feed, 2)
    assert [item.votes["parker"] for item in desk.items.values()] == [225_590]
    test[0] = False
    (tmp_path / "901_result.xml").write_bytes(message(RESULT | {"parker": 225_600}, revision=1))
    state = look(feed, 2)
    assert [item.votes["parker"] for item in desk.items.values()] == [225_590, 225_600]
    assert "marked as a test" in state.last_error
    look(feed, 2)
    assert len(desk.items) == 2
