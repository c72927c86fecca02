"""What goes wrong on a night: each fault is said on the health page, mends itself, and touches no other contest."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import os
import resource
import shutil
import signal
import socket
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest
from forecast_serve import QUICK, WM, Serve, partial, serving

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "feeds"))

from postgresql import BINARIES, Server, started
from press_made import RESULT, message

from forecast.contests.catalogue import find_contest
from forecast.journal.item_json import read_item
from forecast.journal.store import open_store

OTHER = "other"
MB = 2**20
WINDOW = 20.0  # seconds to say what is wrong, on a machine that does much else


@contextlib.contextmanager
def configured(folder: Path, text: str, **options: Any) -> Iterator[Serve]:  # noqa: ANN401 - of Serve
    """A service of what a forecast.toml says."""
    folder.mkdir(exist_ok=True)
    (folder / "forecast.toml").write_text(text, encoding="utf-8")
    with Serve(folder, **options) as serve:
        yield serve


def two_contests(first: str = "", second: str = "") -> str:
    """A configuration of two contests, with more lines for each."""
    return f'[[contests]]\ncontest = "{WM}"\n{first}\n[[contests]]\ncontest = "{WM}"\nid = "{OTHER}"\n{second}\n'


def check_other(serve: Serve) -> None:
    """Another contest takes news and is forecast as if nothing were wrong."""
    known = sum(each["area"] == "walsall" for each in serve.get(f"/v1/contests/{OTHER}/news")["items"])
    entry = serve.give(partial(known + 1, "walsall"), OTHER)
    serve.until_on_air(entry, OTHER)
    assert serve.state_of(OTHER)["state"] == "ready"


def check_whole(serve: Serve) -> None:
    """The journal is as it was put there."""
    store = open_store(serve.database)
    assert store.check() == ()
    store.close()


def test_a_disk_that_is_full_is_said_what_is_on_air_stays_and_it_goes_on_when_there_is_room(tmp_path: Path) -> None:
    with configured(tmp_path, two_contests()) as serve:
        serve.until_on_air(serve.give(partial(1)))
        check_other(serve)
        shown = serve.latest()
        assert serve.process is not None
        size = max(path.stat().st_size for path in tmp_path.glob("night.sqlite*"))
        resource.prlimit(serve.process.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
        refused = None
        for count in range(2, 400):  # there is room in the file for some
            refused = serve.post(f"/v1/contests/{WM}/news", partial(count))
            if refused.status_code != 201:
                break
        assert refused is not None
        assert refused.status_code == 503
        assert refused.json()["error"]["message"] == "The journal cannot be reached just now; nothing was stored."
        assert serve.latest()["number"] >= shown["number"]
        assert serve.latest(OTHER)["document"] is not None
        serve.until(lambda: "night.sqlite" in serve.reasons(), WINDOW)
        assert serve.health()["state"] == "degraded"
        resource.prlimit(serve.process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        serve.until(lambda: serve.health()["state"] == "ready", WINDOW)
        serve.until_on_air(serve.give(partial(500)))
        check_other(serve)
        check_whole(serve)


def test_a_worker_killed_in_the_middle_of_an_update_is_replaced(tmp_path: Path) -> None:
    environment = {**QUICK, "FORECAST_ENGINE": "auto", "FORECAST_DRAWS": "100000"}
    with configured(tmp_path, two_contests(), environment=environment) as serve:
        serve.until(lambda: serve.health()["state"] == "ready")
        entry = serve.give(partial(1))
        serve.until(lambda: serve.health()["queue"])
        for child in serve.children():
            os.kill(child, signal.SIGKILL)
        serve.until_on_air(entry)
        serve.until(lambda: serve.health()["state"] == "ready")
        assert "died" in serve.log.read_text(encoding="utf-8")
        check_other(serve)


def test_a_contest_that_does_not_load_is_said_and_the_one_beside_it_is_served(tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    shutil.copytree(find_contest(WM).directory, broken)
    (broken / "areas.csv").unlink()
    text = f'[[contests]]\ncontest = "{broken}"\n[[contests]]\ncontest = "{WM}"\nid = "{OTHER}"\n'
    with configured(tmp_path / "data", text) as serve:
        serve.until(lambda: serve.state_of(OTHER)["state"] == "ready")
        assert "areas.csv" in serve.state_of("broken")["reason"]
        assert serve.health()["state"] == "degraded"
        assert serve.client.get("/v1/contests/broken/latest").status_code == 503
        check_other(serve)


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
        _listening(serve, read=False),
        _listening(serve, read=True) as quick,
    ):
        serve.until(lambda: serve.health()["clients"] == 2)
        for count in range(1, 500):  # more than the sockets between hold
            took = time.monotonic()
            serve.give({**partial(count), "note": "x" * 2_000})
            assert time.monotonic() - took < 5
        serve.until(lambda: serve.health()["clients"] == 1, 60)
        said = serve.client.get("/metrics", headers={"X-API-Key": serve.secrets["admin"]}).text
        assert "forecast_clients_dropped 1.0" in said
        check_other(serve)
        entry = serve.give(partial(1000))
        serve.until(lambda: f"id: {entry}\n".encode() in bytes(quick).replace(b"\r", b""), 10)


@contextlib.contextmanager
def _listening(serve: Serve, *, read: bool) -> Iterator[bytearray]:
    """An operator's event stream; what it has read."""
    heard = bytearray()
    with socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.connect(("127.0.0.1", serve.port))
        path = f"/v1/contests/{WM}/events"
        client.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\nX-API-Key: {serve.secrets['operator']}\r\n\r\n".encode())

        def listen() -> None:
            with contextlib.suppress(OSError):
                while piece := client.recv(65536):
                    heard.extend(piece)

        if read:
            threading.Thread(target=listen, daemon=True).start()
        yield heard


def test_a_clock_set_back_by_an_hour_is_said_and_the_schedule_goes_on(tmp_path: Path) -> None:
    import time_machine

    from forecast.config import Configuration
    from forecast.service.service import Service
    from forecast.service.watch import take_health

    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    from made_service import toy_named

    async def play() -> None:
        store = open_store(f"sqlite:///{tmp_path / 'night.sqlite'}")
        served = [{"contest": WM}, {"contest": WM, "id": OTHER}]
        settings: dict[str, Any] = {"contests": served, "workers": 1, "draws": 1000, "every_seconds": 0}
        service = Service(store, Configuration(data=tmp_path, **settings), toy_named)
        await service.start()
        await asyncio.sleep(1.5)  # it has looked at the clock
        back = datetime.now(UTC).timestamp() - 3600
        with time_machine.travel(datetime.fromtimestamp(back, UTC)):
            for _ in range(100):
                if any("clock was set by -3600" in reason for reason in take_health(service).reasons):
                    break
                await asyncio.sleep(0.1)
            else:
                pytest.fail("nobody said so")
            looked = service.vitals._before
            await asyncio.sleep(2.5)
            assert service.vitals._before != looked  # the schedule goes on
            shown = await service.on_air(WM)
            assert shown.age_seconds >= 0
            for name in (WM, OTHER):  # and news is forecast
                receipt = await service.take(name, read_item(partial(1), service.contest(name)), "operator Ann (key 1)")
                assert receipt.entry is not None
                while (made := store.latest(name)) is None or made.through < receipt.entry.sequence:
                    await asyncio.sleep(0.05)
        await service.stop()
        assert store.check() == ()
        store.close()

    asyncio.run(play())


@pytest.fixture
def server() -> Iterator[Server]:
    """A PostgreSQL of the test's own, to be stopped and started."""
    if not BINARIES:
        pytest.skip("no PostgreSQL here to be stopped")
    with started() as made:
        yield made


def test_a_database_that_goes_away_is_said_and_the_night_goes_on_when_it_is_back(
    tmp_path: Path, server: Server
) -> None:
    with configured(tmp_path, two_contests(), database=server.url) as serve:
        serve.until_on_air(serve.give(partial(1)))
        check_other(serve)
        shown = serve.latest()
        server.stop()
        assert serve.latest(OTHER)["document"] is not None
        assert serve.latest()["document"] == shown["document"]  # viewers notice nothing
        assert serve.post(f"/v1/contests/{WM}/news", partial(2)).status_code in {401, 503}
        health = serve.client.get("/health").json()["data"]
        serve.until(lambda: serve.client.get("/health").json()["data"]["state"] == "degraded", WINDOW)
        assert health["contests"]
        server.start()
        serve.until(lambda: serve.client.get("/health").json()["data"]["state"] == "ready", 2 * WINDOW)
        serve.until_on_air(serve.give(partial(2)))
        check_other(serve)
        check_whole(serve)


def test_two_processes_share_one_database_and_the_second_takes_over(tmp_path: Path, server: Server) -> None:
    with (
        serving(tmp_path / "one", database=server.url) as one,
        serving(tmp_path / "two", database=server.url) as two,
    ):
        entry = one.give(partial(1))
        one.until_on_air(entry)
        two.until_on_air(entry)
        with _listening(two, read=True) as heard:
            two.until(lambda: two.health()["clients"] == 1)
            began = time.monotonic()
            entry = one.give(partial(2))
            two.until(lambda: f"id: {entry}\n".encode() in bytes(heard).replace(b"\r", b""), 10)
            assert time.monotonic() - began < 5  # within a second where nothing else runs
        assert "forecast made" not in two.log.read_text(encoding="utf-8")
        one.kill()
        entry = two.give(partial(3))
        two.until_on_air(entry)
        check_whole(two)
        one.start()  # it comes back, as the second
        one.until_on_air(one.give(partial(4)))
