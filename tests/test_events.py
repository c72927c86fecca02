"""Events over a real socket: in order, replayed after a lost connection, and nothing held up by who reads slowly."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import fastapi.routing
import httpx2
import pytest
from made_service import Running, listening, running

from forecast.config import LimitSettings
from forecast.journal.access import Role
from forecast.service.hub import Event
from forecast.web.api.events import event_for
from forecast.web.security.viewer import Viewer

HERE = "/v1/contests/west-midlands"
BALLOTS = {"kind": "verified", "area": "birmingham", "ballots": 216_492}
COVENTRY = {"kind": "verified", "area": "coventry", "ballots": 71_215}


@pytest.fixture
def night(tmp_path: Path) -> Iterator[Running]:
    """A service with a forecast on air."""
    limits = LimitSettings.model_validate({"writes": "100000/minute", "streams_each": 3})
    with running(tmp_path, limits=limits) as found:
        found.wait(lambda: found.status() == "live")
        yield found


def events_of(response: httpx2.Response) -> Iterator[dict[str, Any]]:
    """Events as a browser would give them; comments as ``{"comment": …}``."""
    event: dict[str, Any] = {}
    for line in response.iter_lines():
        if line.startswith(":"):
            yield {"comment": line[1:].strip()}
        elif line:
            name, _, text = line.partition(": ")
            event[name] = json.loads(text) if name == "data" else text
        elif "data" in event:
            yield event
            event = {}


def take(events: Iterator[dict[str, Any]], number: int) -> list[dict[str, Any]]:
    return [next(each for each in events if "data" in each) for _ in range(number)]


def listen(address: str, path: str = f"{HERE}/events", **headers: str) -> Any:  # noqa: ANN401 - a context of a response
    return httpx2.stream("GET", address + path, headers=headers, timeout=20)


def test_a_viewer_is_told_what_goes_on_air_and_an_operator_of_every_item(night: Running) -> None:
    with (
        listening(night) as address,
        listen(address) as viewer,
        listen(address, **night.key("operator")) as operator,
    ):
        seen, all_seen = events_of(viewer), events_of(operator)
        assert next(seen) == {"comment": "listening"}
        assert next(all_seen) == {"comment": "listening"}
        entry = night.post(f"{HERE}/news", BALLOTS).json()["data"]["entry"]
        (told,) = take(seen, 1)
        assert told["event"] == "publication"
        assert sorted(told["data"]) == ["at", "contest", "digest", "forecast", "kind", "sequence", "status"]
        first, second = take(all_seen, 2)
        assert (first["event"], int(first["id"])) == ("news", entry)
        assert (second["event"], second["id"]) == ("publication", told["id"])


def test_who_comes_back_gets_what_was_missed_first_and_nothing_twice(night: Running) -> None:
    with listening(night) as address:
        with listen(address, **night.key("operator")) as first:
            seen = events_of(first)
            next(seen)
            night.post(f"{HERE}/news", BALLOTS)
            last = take(seen, 2)[-1]["id"]
        missed = night.post(f"{HERE}/news", COVENTRY).json()["data"]["entry"]
        night.wait(lambda: night.client.get(f"{HERE}/latest").json()["data"]["sequence"] > missed)
        with listen(address, **night.key("operator"), **{"Last-Event-ID": last}) as again:
            ids = [int(each["id"]) for each in take(events_of(again), 2)]
        assert ids[0] == missed
        assert ids == sorted(set(ids))
        with listen(address, f"{HERE}/events?after={last}", **night.key("operator")) as asked:
            assert int(take(events_of(asked), 1)[0]["id"]) == missed


def test_silence_is_filled_with_comments(night: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fastapi.routing, "_PING_INTERVAL", 0.1)
    with listening(night) as address, listen(address) as response:
        assert response.headers["Content-Type"].startswith("text/event-stream")
        seen = events_of(response)
        assert [next(seen), next(seen), next(seen)] == [
            {"comment": "listening"},
            {"comment": "ping"},
            {"comment": "ping"},
        ]


def test_who_reads_nothing_holds_up_nobody_and_is_let_go(night: Running) -> None:
    night.service.hub.capacity = 8
    with listening(night) as address, listen(address, **night.key("operator")) as reader:
        seen = events_of(reader)
        next(seen)
        parts = urlsplit(address)
        with socket.socket() as lazy:
            lazy.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)
            lazy.settimeout(10)
            lazy.connect((parts.hostname, parts.port))
            key = night.secrets["operator"]
            lazy.sendall(f"GET {HERE}/events HTTP/1.1\r\nHost: x\r\nX-API-Key: {key}\r\n\r\n".encode())
            night.wait(lambda: len(night.service.hub.listeners) == 2)
            portal = night.client.portal
            assert portal is not None
            for number in range(400):
                event = Event(10_000 + number, "west-midlands", "alarm", {"text": "x" * 50_000})
                portal.call(night.service.hub.publish, event)
                assert take(seen, 1)[0]["data"]["sequence"] == 10_000 + number
            night.wait(lambda: night.service.hub.dropped == 1)


def test_no_address_listens_more_often_than_it_may_and_places_are_given_back(night: Running) -> None:
    with listening(night) as address:
        opened = [listen(address) for _ in range(3)]
        kept = [events_of(each.__enter__()) for each in opened]  # a reader that is let go closes its connection
        assert [next(each) for each in kept] == [{"comment": "listening"}] * 3
        assert httpx2.get(f"{address}{HERE}/events").status_code == 429
        for each in opened:
            each.__exit__(None, None, None)
        night.wait(lambda: night.app.state.streams.listening.total() == 0)
        with listen(address) as again:
            assert again.status_code == 200


def test_a_body_that_does_not_come_is_not_waited_for(night: Running) -> None:
    with listening(night) as address:
        parts = urlsplit(address)
        with socket.socket() as lazy:
            lazy.settimeout(10)
            lazy.connect((parts.hostname, parts.port))
            lazy.sendall(b"POST /v1/session HTTP/1.1\r\nHost: x\r\nContent-Length: 50000000\r\n\r\n{")
            assert b"413" in lazy.recv(4096)


@pytest.mark.parametrize("kind", ["news", "proposal", "alarm", "feed", "service"])
def test_viewers_are_not_told_of_what_is_not_on_air(kind: str) -> None:
    event = Event(1, "here", kind, {"item": {"votes": {"parker": 1}}})
    assert event_for(event, Viewer(role=Role.VIEWER)) is None
    assert event_for(event, Viewer("Ann", Role.OPERATOR, 1)) is not None
    assert event_for(event, Viewer("Ann", Role.OPERATOR, 1, ("there",))) is None


def test_viewers_are_told_that_it_is_held_and_not_by_whom_nor_why() -> None:
    event = Event(
        1, "here", "decision", {"action": "hold", "reason": "doubts", "actor": "editor Ann (key 3)", "at": "now"}
    )
    told = event_for(event, Viewer(role=Role.VIEWER))
    assert told == {"action": "hold", "at": "now", "sequence": 1, "contest": "here", "kind": "decision"}


def test_keys_made_are_no_event_for_anybody() -> None:
    event = Event(1, "", "key", {"key": 3, "fingerprint": "…"})
    assert event_for(event, Viewer("Ann", Role.ADMIN, 1)) is None
