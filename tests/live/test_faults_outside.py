"""Feeds, webhooks and clients that hang, are away or send too much: said, and nobody else waits."""

from __future__ import annotations

import base64
import contextlib
import socket
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import pytest
from faulty_night import MB, WINDOW, check_other, configured, listening, two_contests
from forecast_serve import WM, partial

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "feeds"))

from press_made import message
from six_declared import RESULT


def test_feeds_that_are_cut_off_too_large_or_yesterday_s_are_said_and_change_nothing(tmp_path: Path) -> None:
    given = tmp_path / "given"
    given.mkdir()
    whole = message(RESULT)
    places = {name: given / f"{name}.{suffix}" for name, suffix in (("cut", "xml"), ("large", "csv"), ("old", "xml"))}
    feeds = "".join(
        f'[[contests.feeds]]\nid = "{name}"\nkind = "{"csv" if name == "large" else "press"}"\n'
        f'path = "{path}"\nevery_seconds = 0.2\n'
        for name, path in places.items()
    )
    with configured(tmp_path / "data", two_contests(feeds)) as serve:
        places["cut"].write_bytes(whole[: len(whole) // 2])
        places["large"].write_bytes(b"at,kind,area\n" + b"x" * 50 * MB)
        places["old"].write_bytes(message(RESULT, day="2024-05-01"))  # another day's
        for word in ("cut", "large", "old"):
            serve.until(lambda word=word: f"feed {word} of {WM}" in serve.reasons(), WINDOW)  # type: ignore[misc]
        assert serve.health()["state"] == "degraded"
        assert serve.get(f"/v1/contests/{WM}/news")["items"] == []
        check_other(serve)
        places["cut"].write_bytes(whole)  # it comes whole
        serve.until(lambda: serve.get(f"/v1/contests/{WM}/news")["items"], WINDOW)
        places["large"].write_bytes(b"")
        places["old"].unlink()
        serve.until(lambda: "feed cut" not in serve.reasons(), WINDOW)


def test_feeds_that_hang_or_are_away_are_said_and_taken_up_again_when_they_are_back(tmp_path: Path) -> None:
    with socket.socket() as hanging, socket.socket() as away:
        hanging.bind(("127.0.0.1", 0))
        hanging.listen()  # it takes what is asked and never answers
        away.bind(("127.0.0.1", 0))  # nobody listens
        feeds = "".join(
            f'[[contests.feeds]]\nid = "{name}"\nkind = "csv"\nevery_seconds = 0.2\ntimeout_seconds = 0.5\n'
            f'address = "http://127.0.0.1:{at.getsockname()[1]}/news.csv"\n'
            for name, at in (("hangs", hanging), ("away", away))
        )
        with configured(tmp_path, two_contests(feeds)) as serve:
            for word in ("hangs", "away"):
                serve.until(lambda word=word: f"feed {word} of {WM}" in serve.reasons(), WINDOW)  # type: ignore[misc]
            assert serve.health()["state"] == "degraded"
            assert all(each["age_seconds"] is None for each in serve.health()["feeds"])
            serve.until_on_air(serve.give(partial(1)))  # by hand
            check_other(serve)
            threading.Thread(target=_answer_news, args=(away,), daemon=True).start()
            serve.until(lambda: "feed away" not in serve.reasons(), 3 * WINDOW)
            news = serve.get(f"/v1/contests/{WM}/news")["items"]
            assert any(each["area"] == "dudley" for each in news)


def _answer_news(listener: socket.socket) -> None:
    """Answer whoever asks with one item of news, until the socket is closed."""
    body = b"kind,area,ballots,source\nverified,dudley,60000,council\n"
    listener.listen()
    with contextlib.suppress(OSError):
        while True:
            client, _ = listener.accept()
            with client:
                client.recv(65536)
                client.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/csv\r\nConnection: close\r\n")
                client.sendall(f"Content-Length: {len(body)}\r\n\r\n".encode() + body)


def test_a_body_of_50_mb_is_refused_while_others_are_answered(tmp_path: Path) -> None:
    with configured(tmp_path, two_contests()) as serve:
        serve.until(lambda: serve.health()["state"] == "ready")
        piece = b" " * MB

        def pieces() -> Iterator[bytes]:
            for _ in range(50):
                yield piece

        assert serve.process is not None
        before = _megabytes(serve.process.pid)
        path, key = f"/v1/contests/{WM}/news", {"X-API-Key": serve.secrets["operator"]}
        for content in (piece * 50, pieces()):  # as it says itself, and in pieces of which it does not say how many
            with contextlib.suppress(Exception):  # it may hang up while the body is being sent
                assert serve.client.post(path, content=content, headers=key).status_code == 413
            assert serve.health()["state"] == "ready"
            check_other(serve)
        assert _megabytes(serve.process.pid) < before + 30
        serve.until_on_air(serve.give(partial(1)))


def _megabytes(process: int) -> float:
    return int(Path(f"/proc/{process}/status").read_text().split("VmRSS:")[1].split()[0]) / 1024


class Hooks(BaseHTTPRequestHandler):
    """A webhook's target: it takes everything, or hangs."""

    taken: ClassVar[list[tuple[str, bytes]]] = []
    hang: ClassVar[threading.Event] = threading.Event()

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        if self.path == "/hangs":
            self.hang.wait(60)
            return
        self.taken.append((self.path, body))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


def test_a_webhook_target_that_hangs_is_said_and_delays_no_other(tmp_path: Path) -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Hooks)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}"
    secret = f"whsec_{base64.b64encode(b'0' * 32).decode()}"
    targets = "".join(f'[[webhooks]]\nurl = "{address}/{name}"\nsecret = "{secret}"\n' for name in ("hangs", "takes"))
    Hooks.taken.clear()
    with configured(tmp_path, two_contests() + targets) as serve:
        serve.until(lambda: serve.health()["state"] in {"ready", "degraded"})
        entry = serve.give(partial(1))
        serve.until_on_air(entry)
        serve.until(lambda: any(f'"{WM}"'.encode() in body for _, body in Hooks.taken), 5)
        serve.until(lambda: "attempt 1: timed out" in serve.reasons(), WINDOW)
        assert "webhook 1 (" in serve.reasons()
        assert "webhook 2 (" not in serve.reasons()
        check_other(serve)
        assert serve.stop() < 10
    Hooks.hang.set()
    server.shutdown()
    server.server_close()


@pytest.mark.slow
def test_a_client_that_reads_nothing_is_let_go_and_nobody_waits_for_it(tmp_path: Path) -> None:
    with (
        configured(tmp_path, two_contests()) as serve,
        listening(serve, read=False),
        listening(serve, read=True) as quick,
    ):
        serve.until(lambda: serve.health()["clients"] == 2)
        for count in range(1, 500):  # more than the sockets between hold
            serve.give({**partial(count), "note": "x" * 2_000})
        serve.until(lambda: serve.health()["clients"] == 1, 60)
        said = serve.client.get("/metrics", headers={"X-API-Key": serve.secrets["admin"]}).text
        assert "forecast_clients_dropped 1.0" in said
        check_other(serve)
        entry = serve.give(partial(1000))
        serve.until(lambda: f"id: {entry}\n".encode() in bytes(quick).replace(b"\r", b""), 10)
