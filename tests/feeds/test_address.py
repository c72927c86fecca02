"""A feed at an address: asked for what has changed, let go where it is too large, slow or gone."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from feed_desk import NEWS, Desk, look, runner

from forecast.feeds.address import AddressSource, shown
from forecast.feeds.runner import FeedRunner


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
