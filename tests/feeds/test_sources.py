"""Files, folders and addresses as news comes from them, and the loop that hands it on."""

from __future__ import annotations

import asyncio
import gzip
import threading
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from press_made import RESULT, message

from forecast.contests.catalogue import find_contest
from forecast.declaration import Declaration
from forecast.errors import Defect, ForecastError, NewsError
from forecast.feeds.address import AddressSource, shown
from forecast.feeds.folder import FolderSource
from forecast.feeds.health import FeedState
from forecast.feeds.path import PathSource
from forecast.feeds.readers import Reader
from forecast.feeds.runner import FeedRunner, make_feed
from forecast.feeds.source import Source, SourceError

CONTEST = find_contest("west-midlands")
NEWS = (CONTEST.directory / "news.csv").read_text(encoding="utf-8").splitlines(keepends=True)


class Desk:
    """Takes items as the service does: once for each key."""

    def __init__(self) -> None:
        self.items: dict[str, Declaration] = {}
        self.fault: Exception | None = None

    async def take(self, contest: str, item: Declaration, actor: str, key: str) -> object:
        if self.fault is not None:
            raise self.fault
        assert (contest, actor) == ("wm", "feed one")
        assert key not in self.items, "offered twice"
        self.items[key] = item
        return None

    @property
    def areas(self) -> list[str]:
        return [item.area for item in self.items.values()]


def runner(source: Source, desk: Desk, **more: Any) -> FeedRunner:  # noqa: ANN401 - what a runner takes
    return FeedRunner("one", "wm", source, Reader(CONTEST), desk.take, **more)


def look(feed: FeedRunner, times: int = 1) -> FeedState:
    async def looks() -> None:
        for _ in range(times):
            await feed.once()

    asyncio.run(looks())
    return feed.state


# A path


def test_a_growing_file_gives_each_line_once_and_its_unfinished_line_when_it_is_whole(tmp_path: Path) -> None:
    path, desk = tmp_path / "news.csv", Desk()
    feed = runner(PathSource(path), desk)
    path.write_text("".join(NEWS[:4]) + NEWS[4][:20])
    assert "waits" in look(feed).last_error
    assert desk.areas == ["birmingham", "coventry", "dudley"]
    path.write_text("".join(NEWS))
    assert look(feed).last_error == ""
    assert len(desk.items) == len(NEWS) - 1
    path.write_text("".join(NEWS) + "\n")
    assert look(feed).taken == len(NEWS) - 1


def test_a_file_rotated_away_and_begun_again_is_read_on(tmp_path: Path) -> None:
    path, desk = tmp_path / "news.csv", Desk()
    feed = runner(PathSource(path), desk)
    path.write_text("".join(NEWS[:4]))
    look(feed)
    path.rename(tmp_path / "news.csv.1")
    gone = look(feed)
    assert gone.last_error == "news.csv: cannot be read: No such file or directory. It is looked for again."
    assert gone.failures == 1
    path.write_text("".join([NEWS[0], *NEWS[4:6]]))
    assert (look(feed).last_error, feed.state.failures) == ("", 0)
    assert desk.areas == ["birmingham", "coventry", "dudley", "sandwell", "solihull"]


def test_the_same_figure_entered_again_after_another_is_news(tmp_path: Path) -> None:
    path, desk = tmp_path / "news.csv", Desk()
    lines = [f"corrected,sandwell,{votes}\n" for votes in (1, 2, 1)]
    path.write_text("kind,area,parker\n" + "".join(lines))
    look(runner(PathSource(path), desk))
    assert [item.votes["parker"] for item in desk.items.values()] == [1, 2, 1]


def test_a_file_far_too_large_is_one_defect_and_the_next_is_read(tmp_path: Path) -> None:
    path, desk = tmp_path / "news.csv", Desk()
    feed = runner(PathSource(path), desk)
    path.write_bytes(b"x" * 50_000_000)
    state = look(feed)
    assert [str(defect) for defect in state.defects] == [
        "news.csv: is larger than the 5 MB that are read of a feed. Is it the right file?"
    ]
    path.write_text("".join(NEWS))
    assert look(feed).last_error == ""


# What happens to items


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


async def until(done: Callable[[], bool], seconds: float = 10.0) -> None:
    async with asyncio.timeout(seconds):
        while not done():
            await asyncio.sleep(0.01)


# A folder


def settled(feed: FeedRunner) -> FeedState:
    return look(feed, 2)


def test_each_file_in_a_folder_is_read_once_by_what_it_holds(tmp_path: Path) -> None:
    desk = Desk()
    feed = runner(FolderSource(tmp_path), desk)
    (tmp_path / "a_result_1.xml").write_bytes(message(RESULT))
    (tmp_path / "b.csv").write_text("".join(NEWS[:3]))
    assert settled(feed).taken == 3
    (tmp_path / "copy.csv").write_text("".join(NEWS[:3]))
    (tmp_path / ".hidden.csv").write_text("".join(NEWS))
    (tmp_path / "notes.txt").write_text("not news")
    assert settled(feed).taken == 3
    (tmp_path / "b.csv").write_text("".join(NEWS[:5]))
    assert settled(feed).taken == 5


def test_a_file_still_being_written_waits(tmp_path: Path) -> None:
    desk = Desk()
    feed = runner(FolderSource(tmp_path), desk)
    path, data = tmp_path / "result.xml", message(RESULT)
    for end in range(50, len(data), 200):
        path.write_bytes(data[:end])
        assert look(feed).last_error == ""
    path.write_bytes(data)
    assert settled(feed).taken == 1


def test_a_bad_file_is_reported_stays_where_it_is_and_stops_no_other(tmp_path: Path) -> None:
    desk = Desk()
    feed = runner(FolderSource(tmp_path), desk)
    (tmp_path / "a.xml").write_bytes(message(RESULT)[:200])
    (tmp_path / "b.csv").write_text("".join(NEWS))
    (tmp_path / "c.json").write_bytes(b"x" * 6_000_000)
    state = settled(feed)
    assert state.taken == 15
    assert sorted(str(defect) for defect in state.defects) == [
        "a.xml: is XML that was cut off. Wait for the whole file.",
        "c.json: is larger than the 5 MB that are read of a feed. Is it the right file?",
    ]
    assert (tmp_path / "a.xml").exists()
    (tmp_path / "a.xml").write_bytes(message(RESULT))
    assert [defect.where for defect in settled(feed).defects] == ["c.json"]


def test_a_revision_that_comes_late_changes_nothing(tmp_path: Path) -> None:
    desk = Desk()
    feed = runner(FolderSource(tmp_path), desk)
    second = message(RESULT | {"virk": 12_177}, revision=2)
    (tmp_path / "x_2.xml").write_bytes(second)
    assert settled(feed).taken == 1
    (tmp_path / "x_1.xml").write_bytes(message(RESULT))
    assert settled(feed).taken == 1
    assert [item.votes["virk"] for item in desk.items.values()] == [12_177]


def test_a_folder_that_is_not_there_is_said_and_looked_for_again(tmp_path: Path) -> None:
    desk = Desk()
    feed = runner(FolderSource(tmp_path / "drop"), desk)
    assert "the folder cannot be read" in look(feed).last_error
    (tmp_path / "drop").mkdir()
    (tmp_path / "drop" / "b.csv").write_text("".join(NEWS))
    assert settled(feed).taken == 15


def test_a_file_dropped_into_a_watched_folder_is_taken_at_once(tmp_path: Path) -> None:
    desk = Desk()

    async def night() -> None:
        feed = runner(FolderSource(tmp_path, settle=0.05), desk, every_seconds=60.0)
        running = asyncio.create_task(feed.run())
        await asyncio.sleep(0.3)
        (tmp_path / "b.csv").write_text("".join(NEWS))
        await until(lambda: len(desk.items) == 15, 5.0)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running

    asyncio.run(night())


# An address


class Site:
    """A site of one page that can be told what to answer."""

    def __init__(self) -> None:
        self.body = "".join(NEWS[:3]).encode()
        self.etag = '"1"'
        self.statuses: list[int] = []
        self.seen: list[dict[str, str]] = []
        self.hang = threading.Event()
        self.hang.set()
        self.encoding = ""

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        self.seen.append({name.casefold(): value for name, value in request.headers.items()})
        self.hang.wait(20)
        status = self.statuses.pop(0) if self.statuses else 200
        if status == 200 and self.etag and request.headers.get("If-None-Match") == self.etag:
            status = 304
        request.send_response(status)
        body = self.body if status == 200 else b""
        if self.etag and status == 200:
            request.send_header("ETag", self.etag)
        if self.encoding:
            request.send_header("Content-Encoding", self.encoding)
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        try:
            request.wfile.write(body)
        except OSError:
            return  # the reader has had enough


@pytest.fixture
def site() -> Iterator[tuple[Site, str]]:
    page = Site()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            page.answer(self)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield page, f"http://desk:secret@127.0.0.1:{server.server_port}/count/news.csv?token=hidden"
    page.hang.set()
    server.shutdown()
    thread.join()
    server.server_close()


def at_address(address: str, desk: Desk, **more: Any) -> FeedRunner:  # noqa: ANN401 - what a source takes
    return runner(AddressSource(address, first_wait=0.01, **more), desk)


def test_an_address_is_asked_only_for_what_has_changed(site: tuple[Site, str]) -> None:
    page, address = site
    desk = Desk()
    feed = at_address(address, desk, headers={"X-Key": "k"})
    assert look(feed, 3).taken == 2
    assert [seen.get("if-none-match") for seen in page.seen] == [None, '"1"', '"1"']
    assert {seen["x-key"] for seen in page.seen} == {"k"}
    page.body, page.etag = "".join(NEWS).encode(), '"2"'
    assert look(feed).taken == 15


def test_a_busy_address_is_asked_again_at_once_and_a_wrong_one_is_not(site: tuple[Site, str]) -> None:
    page, address = site
    page.statuses = [503, 500]
    assert look(at_address(address, Desk())).taken == 2
    page.statuses = [404, 200]
    state = look(at_address(address, Desk()))
    assert "answers with status 404" in state.last_error
    assert len(page.seen) == 4


def test_what_is_said_of_an_address_holds_no_credentials(site: tuple[Site, str]) -> None:
    page, address = site
    page.statuses = [503] * 3
    state = look(at_address(address, Desk()))
    assert "could not be fetched: status 503" in state.last_error
    for secret in ("secret", "hidden"):
        assert secret not in state.place + state.last_error
    assert shown(address).startswith("http://127.0.0.1:")


def test_a_body_of_50_mb_is_let_go_after_the_limit_even_when_it_was_packed(site: tuple[Site, str]) -> None:
    page, address = site
    page.body, page.etag = b"x" * 50_000_000, ""
    assert "is larger than the 5 MB" in look(at_address(address, Desk())).last_error
    page.body, page.encoding = gzip.compress(b"x" * 50_000_000), "gzip"
    assert "is larger than the 5 MB" in look(at_address(address, Desk())).last_error


def test_an_address_that_hangs_times_out(site: tuple[Site, str]) -> None:
    page, address = site
    page.hang.clear()
    state = look(at_address(address, Desk(), timeout_seconds=0.1))
    assert "could not be fetched: timed out" in state.last_error
    page.hang.set()


def test_nobody_at_the_address_is_said() -> None:
    state = look(at_address("http://127.0.0.1:9/news.csv", Desk(), timeout_seconds=0.5))
    assert "could not be fetched: connect" in state.last_error


def test_yesterday_s_file_at_the_address_is_said_and_nothing_is_taken(site: tuple[Site, str]) -> None:
    page, address = site
    page.body = "".join(NEWS).replace("2024-05-04", "2024-05-01").encode()
    state = look(at_address(address, Desk()))
    assert state.taken == 0
    assert state.last_error.startswith("news.csv: is an old file: its latest time is 2024-05-01")
    assert look(at_address(address, Desk()), 2).last_error == state.last_error  # and still, while it has not changed


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
