"""Events sent to whoever asked for them, signed, in order, and again until they arrive or are given up.

The journal is the outbox: each target has its place in it, kept in the database and moved on once the target has
answered, so that a restart or another leader goes on from there. Each has a task of its own, and in memory no more than
a page of entries: one that hangs, refuses or is away delays nobody else, and what waits for it waits in the journal.
Events of a contest that is not served are set aside for a while; until they are told or given up the place stays before
them, and what follows of other contests is told.

References
----------
Standard Webhooks 1.0.0: headers ``webhook-id``, ``webhook-timestamp`` and ``webhook-signature``.
"""

from __future__ import annotations

import asyncio
import random
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256

import httpx2
import structlog
from standardwebhooks.webhooks import Webhook

from forecast.errors import StoreAway
from forecast.outlets.line import Line, TargetState
from forecast.outlets.target import DeadLetter, Event, Outbox, Target, UnservedError, check_target, message_of

__all__ = ["TargetState", "Webhooks"]

LOOK = 0.1  # seconds between looks at what is new
RETRY = 1.0  # seconds until the journal is asked again where it was away
STRIDE = 100  # entries that nobody wants, after which the place is kept all the same
PATIENCE = 120.0  # seconds that events wait for their contest to be served
AWAY = {408, 425, 429, 502, 503, 504}  # answers of somebody who is not there yet

log = structlog.get_logger(__name__)


class _NotTakenError(Exception):
    """A target answered, but not that it has the message."""


class _AwayError(Exception):
    """Something answered that the target is not there now."""


class _GoneError(Exception):
    """A target answered that it wants no more."""


@dataclass(slots=True, eq=False)
class Webhooks:
    """Tells targets of what is in an outbox.

    Parameters
    ----------
    targets
        Who is told. ForecastError is raised as in `check_target`.
    outbox
        What they are told, and where it is kept how far they have been.
    plain
        Whether http to other machines is allowed.
    attempts
        How often an event is sent that a target answers and does not take; one that is away is tried until it is back.
    wait_initial, wait_max
        The seconds between attempts: from the first, twice as long each time, with jitter.
    timeout_seconds
        How long one attempt may take in all.
    patience
        The seconds that events wait for their contest to be served; after that they are given up.
    """

    targets: Sequence[Target]
    outbox: Outbox
    plain: bool = False
    attempts: int = 8
    wait_initial: float = 1.0
    wait_max: float = 120.0
    timeout_seconds: float = 10.0
    patience: float = PATIENCE
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    _lines: list[Line] = field(default_factory=list, init=False)

    def __post_init__(self) -> None:
        for target in self.targets:
            check_target(target, plain=self.plain)
        self._lines = [Line(target, key) for target, key in zip(self.targets, _keys(self.targets), strict=True)]

    @property
    def states(self) -> tuple[TargetState, ...]:
        """Each target as it is now."""
        latest = self.outbox.latest()
        return tuple(line.state(latest) for line in self._lines)

    async def run(self) -> None:
        """Tell every target, until cancelled or all of them want no more."""
        async with asyncio.TaskGroup() as group:
            for line in self._lines:
                group.create_task(self._run(line))

    async def _run(self, line: Line) -> None:
        async with httpx2.AsyncClient(timeout=self.timeout_seconds, follow_redirects=False) as client:
            while not line.gone:
                try:
                    await self._follow(line, client)
                except StoreAway:
                    await asyncio.sleep(RETRY)
                except Exception:
                    log.exception("webhook failed", target=line.target.place)
                    line.last_error = "failed: see the log"
                    await asyncio.sleep(RETRY)

    async def _follow(self, line: Line, client: httpx2.AsyncClient) -> None:
        """Tell a target of what has come since it was told last, where this process leads."""
        leads = self.outbox.leads()
        if line.told is None or (leads and not line.leading):
            line.begin(await self.outbox.begin(line.key))
        line.leading = leads
        if leads and not await self._look_aside(line, client):
            return
        events = await self.outbox.read(line.told or 0) if leads else ()
        if not events:
            await asyncio.sleep(LOOK)
        for event in events:
            if line.target.wants(event) and (not await self._give(line, client, event) or line.gone):
                return
            line.told = max(line.told or 0, event.sequence)
            if line.done - line.kept >= STRIDE:
                await self._keep(line, event)

    async def _keep(self, line: Line, event: Event) -> None:
        """Keep that a target is done with an event, which is older than others that it is done with, perhaps."""
        line.told = max(line.told or 0, event.sequence)  # it is, whether or not that can be kept just now
        if (done := line.done) > line.kept:
            await self.outbox.move(line.key, done)
            line.kept = done

    async def _look_aside(self, line: Line, client: httpx2.AsyncClient) -> bool:
        """Send what was set aside of contests that are served by now, and give up what has waited for too long.

        False where something else must be looked at before that: who leads, or whether the target wants no more.
        """
        for contest, events in list(line.aside.items()):
            waited = time.monotonic() - line.unserved[contest]
            if waited < self.patience and not await self._is_served(events[0][1]):
                continue
            while events:
                if not await self._give(line, client, events[0][1], again=True) or line.gone:
                    return False
                _, event = events.popleft()
                await self._keep(line, event)
            del line.aside[contest]
        return True

    async def _is_served(self, event: Event) -> bool:
        try:
            await self.outbox.outward(event)
        except UnservedError:
            return False
        return True

    async def _give(self, line: Line, client: httpx2.AsyncClient, happened: Event, *, again: bool = False) -> bool:
        """Send an event until it is taken, set aside, given up or for nobody; false where this process leads no more.

        Parameters
        ----------
        again
            Whether it was set aside before: it is not any more.
        """
        refusals, attempt = 0, 0
        while self.outbox.leads():
            try:
                event = await self.outbox.outward(happened)  # each time: an embargo may have begun
            except UnservedError:
                await self._leave(line, happened, again=again)
                return True
            if event is None:
                line.last_error = "" if attempt else line.last_error
                return True
            if not again and happened.contest in line.aside:  # those before it are told first
                line.set_aside(happened)
                return True
            line.unserved.pop(happened.contest, None)
            attempt += 1
            try:
                await self._post(line.target, client, event)
            except _GoneError:
                line.gone = True
                await self._give_up(line, event, "the target answered 410: it wants no more")
                return True
            except (httpx2.TransportError, TimeoutError, _AwayError) as error:
                said = _say(error)
            except (httpx2.HTTPError, httpx2.InvalidURL, httpx2.StreamError, _NotTakenError) as error:
                said, refusals = _say(error), refusals + 1
            else:
                await self._delivered(line, event)
                return True
            if refusals >= self.attempts:
                await self._give_up(line, event, said)
                return True
            line.last_error = f"attempt {attempt}: {said}"
            await asyncio.sleep(self._wait(attempt))
        return False

    async def _leave(self, line: Line, event: Event, *, again: bool) -> None:
        """Set an event aside whose contest is not served or, where it was aside for long enough, give it up."""
        if again:
            await self._give_up(line, event, f"{event.contest} is not served")
        else:
            line.set_aside(event)

    def _wait(self, attempt: int) -> float:
        longest = min(self.wait_initial * 2.0 ** min(attempt - 1, 30), self.wait_max)
        return longest + random.uniform(0, self.wait_initial)  # noqa: S311 - so that not all come at once

    async def _delivered(self, line: Line, event: Event) -> None:
        line.delivered, line.delivered_at, line.last_error = line.delivered + 1, self.now(), ""
        await self._keep(line, event)

    async def _give_up(self, line: Line, event: Event, error: str) -> None:
        """Give an event up, where everybody can see it."""
        letter = DeadLetter(message_of(event)[0], event.contest, event.kind, self.now(), error)
        await self.outbox.give_up(line.target.place, letter)
        line.last_error = error
        line.given_up += 1
        line.dead.append(letter)
        log.warning("webhook given up", target=line.target.place, contest=event.contest, error=error)
        await self._keep(line, event)

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
                    kind = _AwayError if response.status_code in AWAY else _NotTakenError
                    raise kind(f"the target answered {response.status_code}")


def _keys(targets: Sequence[Target]) -> Iterator[str]:
    """What each target's place is kept under: the digest of a number, 1 where the address is there once, and of it."""
    seen = Counter[str]()
    for target in targets:
        seen[target.url] += 1
        yield sha256(f"{seen[target.url]} {target.url}".encode()).hexdigest()


def _say(error: Exception) -> str:
    """What went wrong in words of ours: the library's may hold the address whole."""
    if isinstance(error, _NotTakenError | _AwayError):
        return str(error)
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", type(error).__name__).casefold()
    return "timed out" if "timeout" in words else words.removesuffix(" error")
