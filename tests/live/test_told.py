"""What goes on air is told to webhooks and lies in the drop folder, whoever is killed in between."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import random
import subprocess
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from forecast_serve import PATIENCE, PROGRAM, QUICK, WM, Serve, partial, serving
from postgresql import BINARIES, Server, started

from forecast.journal.entry import EntryKind
from forecast.journal.store import open_store

SECRET = f"whsec_{base64.b64encode(b'0' * 32).decode()}"


class Target:
    """A webhook's target that is there, or answers as a proxy does before one that is not."""

    def __init__(self) -> None:
        self.there, self.slow = True, 0.0
        self.taken: list[tuple[str, bytes]] = []
        self.address = ""

    @property
    def sequences(self) -> list[int]:
        """Of the events taken, each the first time."""
        first = dict(reversed([(name, json.loads(body)["data"]["sequence"]) for name, body in reversed(self.taken)]))
        return list(first.values())

    def check(self, published: list[int]) -> None:
        """Every event came, in order, and whatever came again was the same under the same id."""
        assert self.sequences == published
        assert len(set(self.taken)) == len({name for name, _ in self.taken}) == len(published)


@pytest.fixture
def target() -> Iterator[Target]:
    """A target that listens."""
    found = Target()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            time.sleep(found.slow)
            if found.there:
                found.taken.append((self.headers["webhook-id"], body))
            with contextlib.suppress(OSError):
                self.send_response(204 if found.there else 503)
                self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    found.address = f"http://127.0.0.1:{server.server_port}/hook"
    yield found
    server.shutdown()
    server.server_close()


def telling(target: Target) -> dict[str, str]:
    """The environment of a service that tells a target."""
    return {**QUICK, "FORECAST_WEBHOOKS": json.dumps([{"url": target.address, "secret": SECRET}])}


def published(serve: Serve) -> list[int]:
    """The entries that put a forecast on air."""
    store = open_store(serve.database)
    try:
        return [each.sequence for each in store.entries(WM, kinds=[EntryKind.PUBLICATION])]
    finally:
        store.close()


def until_told(serve: Serve, target: Target) -> None:
    """Wait until everything that went on air was told."""
    serve.until(lambda: target.sequences[-1:] == published(serve)[-1:])
    target.check(published(serve))


def test_what_waited_for_a_target_at_a_kill_is_told_after_the_restart_in_order(tmp_path: Path, target: Target) -> None:
    target.there = False
    with serving(tmp_path, environment=telling(target)) as serve:
        for count in range(1, 4):
            serve.until_on_air(serve.give(partial(count)))
        serve.until(lambda: "the target answered 503" in serve.reasons())
        assert "entries of the journal wait" in serve.reasons()
        serve.kill()
        target.there = True
        serve.start()
        until_told(serve, target)
        assert len(target.sequences) >= 3
        serve.until_on_air(serve.give(partial(4)))
        until_told(serve, target)
        assert "webhook" not in serve.reasons()


def test_killed_again_and_again_while_events_wait_every_forecast_on_air_is_told(tmp_path: Path, target: Target) -> None:
    rng, given = random.Random(20240502), 0
    with serving(tmp_path, environment=telling(target)) as serve:
        for _ in range(3):
            for target.slow in (0.0, 3.0, 3.0):  # the last waits for the one before when it is killed
                given += 1
                serve.until_on_air(serve.give(partial(given)))
            time.sleep(rng.uniform(0.0, 0.5))
            serve.kill()
            target.slow = 0.0
            serve.start()
        serve.until_on_air(serve.give(partial(given + 1)))
        until_told(serve, target)


@pytest.fixture
def server() -> Iterator[Server]:
    """A PostgreSQL of the test's own."""
    if not BINARIES:
        pytest.skip("no PostgreSQL here")
    with started() as made:
        yield made


def test_the_next_to_lead_tells_what_the_last_did_not(tmp_path: Path, target: Target, server: Server) -> None:
    options = {"database": server.url, "environment": telling(target)}
    with serving(tmp_path / "one", **options) as one, serving(tmp_path / "two", **options) as two:
        one.until_on_air(one.give(partial(1)))
        until_told(one, target)
        target.there = False
        one.until_on_air(one.give(partial(2)))
        one.kill()
        two.until_on_air(two.give(partial(3)))
        target.there = True
        until_told(two, target)
        one.start()  # it comes back, as the second
        two.kill()
        one.until_on_air(one.give(partial(4)))
        until_told(one, target)


def test_the_service_without_pages_keeps_the_folder_at_what_may_be_seen_too(tmp_path: Path) -> None:
    config, url = tmp_path / "watch.toml", f"sqlite:///{tmp_path / 'data' / 'night.sqlite'}"
    config.write_text(f'[[contests]]\ncontest = "{WM}"\n[drop]\npath = "out"\n', encoding="utf-8")
    command = [PROGRAM, "watch", "--config", str(config), "--data", str(tmp_path / "data")]
    index = tmp_path / "out" / WM / "index.json"

    def until(**said: object) -> None:
        end = time.monotonic() + PATIENCE
        while not (index.exists() and said.items() <= json.loads(index.read_text()).items()):
            assert time.monotonic() < end, index.read_text() if index.exists() else "nothing was written"
            time.sleep(0.05)

    with (tmp_path / "log").open("w") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, env={**os.environ, **QUICK}, cwd=tmp_path)
    try:
        until(status="live")
        store = open_store(url)
        for body, said in (
            ({"action": "hold", "reason": "look"}, {"status": "held"}),
            ({"action": "release"}, {"status": "live"}),
            ({"action": "label", "text": "Recount"}, {"label": "Recount"}),
            ({"action": "embargo", "until": "2100-01-01T00:00:00Z"}, {"status": "embargoed", "files": {}}),
            ({"action": "embargo", "until": None}, {"status": "live"}),
        ):
            store.append(WM, EntryKind.DECISION, "editor Eve (key 3)", body)
            until(**said)
        store.close()
    finally:
        process.kill()
        process.wait()
