"""Forecasts of one contest, one after the other: woken by news or the schedule, never two at once.

A failed or slow update keeps the last good forecast on air; why is in the journal, and so in the desk's state.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from math import inf
from typing import Any

import structlog

from forecast.declaration import Declaration
from forecast.errors import ForecastError, Overtaken, StoreAway
from forecast.journal.entry import EntryKind
from forecast.journal.made import Made, Packed, pack_made
from forecast.journal.store import Store
from forecast.service import task as tasks
from forecast.service.desk import DeskState
from forecast.service.live_desk import LiveDesk
from forecast.service.metrics import Metrics
from forecast.service.own_news import OWN_KEY
from forecast.service.task import EngineNamed, Finished, Task
from forecast.service.workers import Workers

__all__ = ["Updates", "task_of"]

log = structlog.get_logger()

LONGEST_WAIT = 60.0  # seconds between attempts after failures
LONGEST_PUT_OFF = 3600.0  # the same of closer looks
PATIENCE = 2.0  # seconds that are waited for a forecast to be stored, where everything ends
QUIET = 3.0  # seconds without news until what a call needs is looked at closely


def task_of(
    desk: LiveDesk,
    engine_named: EngineNamed,
    *,
    items: tuple[Declaration, ...] | None = None,
    notice: str | None = None,
) -> Task:
    """What a worker needs to forecast a contest as it stands, or after other items of news."""
    listing, own = desk.served.listing, desk.keys.get(OWN_KEY.format(1))
    said = "" if own is not None and desk.state.is_rehearsed(own.sequence) else desk.notice
    return Task(
        desk.id,
        str(desk.contest.directory),
        desk.served.baseline,
        listing.engine,
        listing.draws,
        listing.seed,
        engine_named,
        desk.state.items if items is None else items,
        said if notice is None else notice,
        desk.state.test,
    )


@dataclass(eq=False, slots=True)
class Updates:
    """Makes one contest's forecasts.

    Parameters
    ----------
    leads
        Whether this process makes the forecasts; where it does not, another does.
    catch_up
        Takes in what was appended.
    debounce
        Seconds to wait for more news once woken, at most: a quarter of them without any is enough.
    timeout
        Seconds an update may take; the first may take ``first_timeout``.
    quiet
        Seconds without news until what a call needs is looked at closely, which takes several times an update.
    """

    desk: LiveDesk
    store: Store
    workers: Workers
    engine_named: EngineNamed
    metrics: Metrics
    clock: Callable[[], datetime]
    leads: Callable[[], bool]
    catch_up: Callable[[], Awaitable[None]]
    debounce: float = 0.2
    timeout: float = 30.0
    first_timeout: float = 180.0
    quiet: float = QUIET
    _waiting: bool = False
    _closer_wait: float = 0.0  # after closer looks that failed; only one that succeeds ends it
    _closer_at: float = 0.0  # by the clock of seconds that pass
    _again: asyncio.TimerHandle | None = None
    _storing: asyncio.Task[None] | None = None

    async def run(self) -> None:
        """Make a forecast whenever the desk is woken, until cancelled; it is stored while the next one is made."""
        try:
            while True:
                await self._wait()
                self.desk.woken.clear()
                if self.leads():
                    await self._attempt(self._make())
        finally:
            await self._stored(PATIENCE)

    async def _wait(self) -> None:
        """Wait for news or, where what a call needs has still to be looked at, until none has come for a while."""
        try:
            quiet = max(self.quiet, self._closer_at - time.monotonic())
            async with asyncio.timeout(quiet if self._waiting else None):
                await self.desk.woken.wait()
        except TimeoutError:
            self.desk.look_closer = True
        else:
            await self._settle()

    async def _settle(self) -> None:
        """Wait for more news while it comes: an item by itself hardly waits, a pasted table is forecast once."""
        loop, pause = asyncio.get_running_loop(), self.debounce / 4
        end = loop.time() + self.debounce
        while (left := pause - self._seconds_since_news()) > 0 and loop.time() < end:
            await asyncio.sleep(min(left, pause))

    def _seconds_since_news(self) -> float:
        """By the clock; endless where there is none."""
        at = self.desk.state.changed_at
        return inf if at is None else (self.clock() - at).total_seconds()

    async def _stored(self, patience: float | None = None) -> None:
        """Wait until the forecast made last is stored, for so many seconds; that goes on whoever ceases to wait."""
        if self._storing is not None:
            await asyncio.wait({self._storing}, timeout=patience)

    async def _attempt(self, part: Coroutine[Any, Any, None]) -> None:
        """Do one part of making a forecast; what goes wrong is said, never raised."""
        try:
            await part
        except Overtaken:
            self.desk.woken.set()  # somebody decided something while it was stored: once more
        except StoreAway as away:
            self._fail(str(away))
            self.desk.away = str(away)
        except ForecastError as error:
            self._fail(str(error))
            await self._say_trouble(str(error))
        except Exception as error:
            log.exception("update failed", contest=self.desk.id)
            self._fail(type(error).__name__)
            await self._say_trouble(f"The last update failed ({type(error).__name__}).")
        else:
            return
        self.desk.tried = True
        with suppress(StoreAway):
            await self.catch_up()

    async def _make(self) -> None:
        desk, closely = self.desk, self.desk.look_closer and time.monotonic() >= self._closer_at
        state, started = desk.state, time.perf_counter()
        first = max(self.first_timeout, self.timeout)
        timeouts = (self.timeout if desk.tried else first), first
        job = tasks.look_closer if closely else tasks.update
        desk.look_closer = self._waiting = False
        try:
            finished = await self.workers.make(desk.id, timeouts, job, task_of(desk, self.engine_named))
        except ForecastError as error:
            if not closely:
                raise
            self._put_off(error)
            return
        self._waiting = finished.waiting
        self._closer_wait = 0.0 if closely else self._closer_wait
        await self._stored()  # in their order
        self._storing = asyncio.create_task(self._attempt(self._store(finished, state, started)))

    async def _store(self, finished: Finished, state: DeskState, started: float) -> None:
        """Store a forecast, and publish it where it may be."""
        desk, failures = self.desk, self.desk.failures
        made = Made(desk.id, state.sequence, finished.document, finished.model, round(finished.seconds, 4))
        packed = await asyncio.to_thread(pack_made, made)
        async with desk.lock:  # nobody decides anything here until it is stored
            await self.catch_up()
            number = await self._keep(packed, state)
        desk.tried = True
        if desk.failures == failures:  # else the next one has failed already, and that is to be said
            desk.failures, desk.away = 0, ""
            await self._say_trouble("")
        await self.catch_up()
        seconds = time.perf_counter() - started
        self.metrics.update_seconds.labels(desk.id).observe(seconds)
        log.info("forecast made", contest=desk.id, number=number, seconds=round(seconds, 3), items=len(state.items))

    async def _keep(self, made: Packed, made_of: DeskState) -> int:
        """Store the forecast, published where it may be; what only repeats the last one is not stored again."""
        desk, seen = self.desk, self.desk.state.sequence
        publish = desk.state.publishes(self.clock()) and _still_so(made_of, desk.state)
        status = "test" if desk.state.test else "live"
        latest = await asyncio.to_thread(self.store.last_made, desk.id)
        same = latest is not None and latest.digest == made.digest
        if latest is not None and same and latest.through >= desk.state.changed:
            if publish and latest.published is None:
                body = {"status": status}
                await asyncio.to_thread(self.store.publish, desk.id, latest.number, "service", body, seen=seen)
            return latest.number
        first = desk.reserved + 1
        stored = await asyncio.to_thread(
            lambda: self.store.save_forecast(made, publish=publish, status=status, first=first, seen=seen)
        )
        desk.keep(stored)
        return stored.number

    def _put_off(self, error: ForecastError) -> None:
        """Forecast without the closer look that failed, which is tried again later, and later each time."""
        self._closer_wait = min(max(2 * self._closer_wait, LONGEST_WAIT), LONGEST_PUT_OFF)
        self._closer_at = time.monotonic() + self._closer_wait
        log.warning("no closer look", contest=self.desk.id, reason=str(error), next_attempt=self._closer_wait)
        self.metrics.failures.labels(self.desk.id).inc()
        self.desk.woken.set()

    def _fail(self, reason: str) -> None:
        """Count a failure, and try again later: sooner at first."""
        desk = self.desk
        desk.failures += 1
        self.metrics.failures.labels(desk.id).inc()
        wait = min(2.0 ** (desk.failures - 1), LONGEST_WAIT)
        log.warning("update failed", contest=desk.id, reason=reason, next_attempt=wait)
        if self._again is not None:
            self._again.cancel()  # one attempt, however many others there were meanwhile
        self._again = asyncio.get_running_loop().call_later(wait, desk.woken.set)

    async def _say_trouble(self, trouble: str) -> None:
        """Journal why the last update failed, or that one succeeded since."""
        if trouble == self.desk.state.trouble:
            return
        body = {"trouble": trouble}
        try:
            await asyncio.to_thread(self.store.append, self.desk.id, EntryKind.SERVICE, "service", body)
        except StoreAway as away:
            self.desk.away = str(away)


def _still_so(made_of: DeskState, now: DeskState) -> bool:
    """Whether what a forecast was made of still counts: none of its items undone, and a test no less than before."""
    return now.items[: len(made_of.items)] == made_of.items and now.test == made_of.test
