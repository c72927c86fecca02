"""Events sent to whoever asked for them, signed, and again until they arrive or are given up.

Each target has a queue and a task of its own: one that hangs, refuses or is away delays nobody else.

References
----------
Standard Webhooks 1.0.0: headers ``webhook-id``, ``webhook-timestamp`` and ``webhook-signature``.
"""

from __future__ import annotations

import asyncio
import re
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import httpx2
import stamina
import structlog
from standardwebhooks.webhooks import Webhook

from forecast.outlets.target import Event, Target, check_target, message_of

__all__ = ["DeadLetter", "TargetState", "Webhooks"]

QUEUE = 1000
DEAD_LETTERS = 100

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """An event that was given up."""

    id: str
    contest: str
    kind: str
    given_up_at: datetime
    error: str


@dataclass(frozen=True, slots=True)
class TargetState:
    """One target: what arrived, what waits, what was given up, and what went wrong last (empty: nothing is).

    ``dead`` are the last events given up, ``given_up`` is how many there were in all.
    """

    place: str
    delivered: int = 0
    waiting: int = 0
    delivered_at: datetime | None = None
    last_error: str = ""
    dead: tuple[DeadLetter, ...] = ()
    gone: bool = False
    given_up: int = 0


class _NotTakenError(Exception):
    """A target answered, but not that it has the message."""


class _GoneError(Exception):
    """A target answered that it wants no more."""


@dataclass(slots=True, eq=False)
class _Line:
    """A target, what waits for it, and how it goes."""

    target: Target
    queue: asyncio.Queue[Event] = field(default_factory=lambda: asyncio.Queue(QUEUE))
    dead: deque[DeadLetter] = field(default_factory=lambda: deque(maxlen=DEAD_LETTERS))
    delivered: int = 0
    delivered_at: datetime | None = None
    last_error: str = ""
    gone: bool = False
    given_up: int = 0

    @property
    def state(self) -> TargetState:
        waiting, dead = self.queue.qsize(), tuple(self.dead)
        return TargetState(
            self.target.place,
            self.delivered,
            waiting,
            self.delivered_at,
            self.last_error,
            dead,
            self.gone,
            self.given_up,
        )

    def bury(self, event: Event, error: str, at: datetime) -> None:
        """Give an event up, where everybody can see it."""
        self.last_error = error
        self.given_up += 1
        self.dead.append(DeadLetter(message_of(event)[0], event.contest, event.kind, at, error))
        log.warning("webhook given up", target=self.target.place, contest=event.contest, error=error)


@dataclass(slots=True, eq=False)
class Webhooks:
    """Sends events to targets. `send` never waits; `start` and `stop` it in the loop that it is used from.

    Parameters
    ----------
    targets
        Who is told. ForecastError is raised as in `check_target`.
    plain
        Whether http to other machines is allowed.
    attempts, wait_initial, wait_max
        How often a message is sent, and the seconds between: from the first, twice as long each time, with jitter.
    timeout_seconds
        How long one attempt may take in all.
    """

    targets: Sequence[Target]
    plain: bool = False
    attempts: int = 8
    wait_initial: float = 1.0
    wait_max: float = 120.0
    timeout_seconds: float = 10.0
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    _lines: list[_Line] = field(default_factory=list, init=False)
    _tasks: list[asyncio.Task[None]] = field(default_factory=list, init=False)

    def __post_init__(self) -> None:
        for target in self.targets:
            check_target(target, plain=self.plain)
        self._lines = [_Line(target) for target in self.targets]

    @property
    def states(self) -> tuple[TargetState, ...]:
        """Each target as it is now."""
        return tuple(line.state for line in self._lines)

    def send(self, event: Event) -> None:
        """Give an event to every target that wants it; where a queue is full, its oldest event is given up."""
        for line in self._lines:
            if line.gone or not line.target.wants(event):
                continue
            if line.queue.full():
                line.bury(line.queue.get_nowait(), "too many events waited", self.now())
                line.queue.task_done()
            line.queue.put_nowait(event)

    async def start(self) -> None:
        """Begin to send."""
        self._tasks = [asyncio.create_task(self._run(line)) for line in self._lines]

    async def stop(self, *, drain_seconds: float = 0.0) -> None:
        """End, after as long as is given to what waits."""
        if drain_seconds and self._lines:
            joins = [asyncio.create_task(line.queue.join()) for line in self._lines]
            _, late = await asyncio.wait(joins, timeout=drain_seconds)
            for join in late:
                join.cancel()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []

    async def _run(self, line: _Line) -> None:
        async with httpx2.AsyncClient(timeout=self.timeout_seconds, follow_redirects=False) as client:
            while True:
                event = await line.queue.get()
                if line.gone:
                    line.bury(event, "the target wants no more", self.now())
                else:
                    await self._give(line, client, event)
                line.queue.task_done()

    async def _give(self, line: _Line, client: httpx2.AsyncClient, event: Event) -> None:
        try:
            await self._deliver(line, client, event)
        except _GoneError:
            line.gone = True
            line.bury(event, "the target answered 410: it wants no more", self.now())
        except (_NotTakenError, httpx2.HTTPError, httpx2.InvalidURL, httpx2.StreamError, TimeoutError) as error:
            line.bury(event, _say(error), self.now())
        except Exception:
            log.exception("webhook failed", target=line.target.place)
            line.bury(event, "failed: see the log", self.now())
        else:
            line.delivered, line.delivered_at, line.last_error = line.delivered + 1, self.now(), ""

    async def _deliver(self, line: _Line, client: httpx2.AsyncClient, event: Event) -> None:
        async for attempt in stamina.retry_context(
            on=(httpx2.TransportError, TimeoutError, _NotTakenError),
            attempts=self.attempts,
            timeout=None,
            wait_initial=self.wait_initial,
            wait_max=self.wait_max,
            wait_jitter=self.wait_initial,
        ):
            with attempt:
                try:
                    await self._post(line.target, client, event)
                except (httpx2.TransportError, TimeoutError, _NotTakenError) as error:
                    line.last_error = f"attempt {attempt.num}: {_say(error)}"
                    raise

    async def _post(self, target: Target, client: httpx2.AsyncClient, event: Event) -> None:
        """One attempt, with a signature of its own time."""
        message, body = message_of(event)
        at = self.now().astimezone(UTC)
        headers = {
            "content-type": "application/json",
            "webhook-id": message,
            "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": Webhook(target.secret).sign(message, at, body),
        }
        async with asyncio.timeout(self.timeout_seconds):
            async with client.stream("POST", target.url, content=body.encode(), headers=headers) as response:
                if response.status_code == 410:
                    raise _GoneError
                if not response.is_success:  # what it says beyond that is not read
                    raise _NotTakenError(f"the target answered {response.status_code}")


def _say(error: Exception) -> str:
    """What went wrong in words of ours: the library's may hold the address whole."""
    if isinstance(error, _NotTakenError):
        return str(error)
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", type(error).__name__).casefold()
    return "timed out" if "timeout" in words else words.removesuffix(" error")
