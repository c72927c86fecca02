"""What tests of webhooks share: a target that answers as it is told, and what is kept of how far each was told."""

from __future__ import annotations

import asyncio
import json
import threading
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any

from forecast.outlets.target import DeadLetter, Event, Target, UnservedError
from forecast.outlets.webhooks import Webhooks

SECRET = f"whsec_{b64encode(bytes(range(32))).decode()}"


@dataclass(frozen=True)
class Happened:
    """An event as the service gives it."""

    sequence: int
    contest: str = "west-midlands"
    kind: str = "publication"
    data: Mapping[str, Any] = field(default_factory=lambda: {"at": "2024-05-04T19:00:00Z", "headline": "≈ 2 in 3"})


class Receiver:
    """Somebody who is told: what it answers can be chosen, and it can hang."""

    def __init__(self) -> None:
        self.statuses: list[int] = []
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.go_on = threading.Event()
        self.go_on.set()
        self.address = ""

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        body = request.rfile.read(int(request.headers["Content-Length"]))
        self.got.append(({name.casefold(): value for name, value in request.headers.items()}, body))
        self.go_on.wait(20)
        try:
            request.send_response(self.statuses.pop(0) if self.statuses else 204)
            request.send_header("Content-Length", "0")
            request.end_headers()
        except OSError:
            return

    @property
    def sequences(self) -> list[int]:
        return [json.loads(body)["data"]["sequence"] for _, body in self.got]


class Kept:
    """Events in their order, and how far each target has been told, as somebody keeps them who never fails."""

    def __init__(self, *events: Happened) -> None:
        self.events = list(events)
        self.told = dict[str, int]()
        self.given_up: list[DeadLetter] = []
        self.leading = True
        self.secret = set[int]()
        self.unserved = set[str]()

    def leads(self) -> bool:
        return self.leading

    def latest(self) -> int:
        return self.events[-1].sequence if self.events else 0

    async def begin(self, target: str) -> int:
        return self.told.setdefault(target, 0)

    async def read(self, after: int) -> Sequence[Event]:
        return [each for each in self.events if each.sequence > after][:100]

    async def outward(self, event: Event) -> Event | None:
        if event.contest in self.unserved:
            raise UnservedError(event.contest)
        return None if event.sequence in self.secret else event

    async def move(self, target: str, sequence: int) -> None:
        self.told[target] = sequence

    async def give_up(self, place: str, letter: DeadLetter) -> None:
        assert "?" not in place
        self.given_up.append(letter)


def told(hooks: Webhooks, *, until: Callable[[], bool], seconds: float = 10.0) -> None:
    async def night() -> None:
        running = asyncio.create_task(hooks.run())
        async with asyncio.timeout(seconds):
            while not until():
                await asyncio.sleep(0.01)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

    asyncio.run(night())


def quick(kept: Kept, *targets: Target, **more: Any) -> Webhooks:  # noqa: ANN401 - what webhooks take
    given: dict[str, Any] = {"attempts": 3, "wait_initial": 0.01, "wait_max": 0.05, "timeout_seconds": 0.3} | more
    return Webhooks(targets, kept, **given)
