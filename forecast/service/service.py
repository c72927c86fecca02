"""The service of a whole night: many contests, their news, their forecasts and who listens."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial

import structlog

from forecast.config import Configuration
from forecast.contests.contest import Contest
from forecast.declaration import Declaration
from forecast.errors import Conflict, Defect, ForecastError, StoreAway
from forecast.feeds.runner import FeedRunner
from forecast.journal.access import Listing
from forecast.journal.entry import Entry
from forecast.journal.store import Store
from forecast.outlets.webhooks import Webhooks
from forecast.service import task as tasks
from forecast.service.cross_check import DRAWS, ENGINES
from forecast.service.decision import Decision
from forecast.service.decisions import append_configured, append_decision
from forecast.service.desk import DeskState
from forecast.service.desks import Desks
from forecast.service.health import FeedHealth, Health
from forecast.service.hub import REPLAYED, Hub
from forecast.service.intake import Preview, Receipt, from_feed, preview
from forecast.service.metrics import Metrics
from forecast.service.on_air import OnAir
from forecast.service.outside import start_outside
from forecast.service.own_news import read_in
from forecast.service.parts import Parts
from forecast.service.past import make_past
from forecast.service.rounds import begin_listed, follow_journal, jobs_of, updates_of
from forecast.service.schedule import Schedule
from forecast.service.served import Served, load_all, load_configured, load_listing, refuse_none
from forecast.service.taking import Keyed, Outcome, take_items
from forecast.service.task import EngineNamed
from forecast.service.updates import task_of
from forecast.service.vitals import ClockWatch
from forecast.service.watch import measure, saying_away, take_health
from forecast.service.workers import Workers

__all__ = ["Service"]

log = structlog.get_logger()


class Service:
    """The service. Its coroutines belong to one event loop; what blocks runs in threads and worker processes.

    Parameters
    ----------
    engine_named
        The models, by a function at the top of a module: it travels to other processes.
    clock
        The time, aware.
    cross_check_engines, cross_check_draws
        The two held side by side.
    """

    def __init__(
        self,
        store: Store,
        configuration: Configuration,
        engine_named: EngineNamed,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        cross_check_engines: tuple[str, str] = ENGINES,
        cross_check_draws: int = DRAWS,
    ) -> None:
        self.store, self.configuration, self.engine_named, self.clock = store, configuration, engine_named, clock
        self.hub = Hub(lambda contest, after: self.store.entries(contest, after=after, limit=REPLAYED))
        self.metrics = Metrics()
        self.troubles: dict[str, str] = {}
        self.desks = Desks(store, self.hub, self._count, troubles=self.troubles)
        self.workers = Workers(configuration.workers)
        self.cross_check_engines, self.cross_check_draws = cross_check_engines, cross_check_draws
        self.runners: tuple[FeedRunner, ...] = ()
        self.vitals = ClockWatch(clock, time.monotonic)
        self.webhooks: Webhooks | None = None
        self.leads = False  # whether this process makes the forecasts
        self.parts = Parts(self.troubles)
        self.adding = asyncio.Lock()
        self._schedule: Schedule | None = None

    async def start(self) -> None:
        """Open everything and begin; raises as `open` does."""
        await self.open()
        self.begin()

    async def open(self) -> None:
        """Load contests, read their state and their own news: then questions can be answered and news taken.

        Raises
        ------
        ContestError
            Where none of the contests loads.
        """
        served = await asyncio.to_thread(self._load)
        refuse_none(served.values())
        self.desks.sequence = await asyncio.to_thread(self.store.last_sequence)
        await asyncio.to_thread(self.desks.open, served.values())
        self.leads = await asyncio.to_thread(self.store.lead)
        for desk in self.desks.desks.values():
            await asyncio.to_thread(append_configured, self.store, desk)
        await self.desks.catch_up()
        for desk in self.desks.desks.values():
            if desk.served.own_news:
                await asyncio.to_thread(read_in, self.store, desk)
        await self.desks.catch_up()

    def begin(self) -> None:
        """Start the workers and everything that runs by itself."""
        self.parts.run("workers", self.workers.start)
        self.parts.run("journal", partial(follow_journal, self))
        for desk in self.desks.desks.values():
            self.parts.run(f"desk {desk.id}", updates_of(self, desk).run)
            if desk.reserved and not desk.past:
                self.parts.run(f"past {desk.id}", partial(make_past, self, desk))
        self.runners = start_outside(self)
        self._schedule = Schedule(*jobs_of(self), troubles=self.troubles, metrics=self.metrics, clock=self.clock)
        log.info("started", contests=len(self.desks.served), data=str(self.configuration.data))

    async def stop(self) -> None:
        """Stop everything, the worker processes too; what was acknowledged is on disk already."""
        if self._schedule is not None:
            self._schedule.shutdown()
            self._schedule = None
        self.hub.close()
        stopping = asyncio.create_task(self.workers.stop())
        await self.parts.stop()
        await stopping
        log.info("stopped")

    def contests(self) -> tuple[Served, ...]:
        """Every contest served, those that do not load too."""
        return tuple(self.desks.served.values())

    def served(self, contest: str) -> Served:
        """One contest that loads, by its listing's id; raises UnknownContest where there is none."""
        return self.desks.desk(contest).served

    def contest(self, contest: str) -> Contest:
        """What is counted."""
        return self.desks.desk(contest).contest

    def state(self, contest: str) -> DeskState:
        """What has been taken in and decided so far."""
        return self.desks.desk(contest).state

    async def add_contest(self, listing: Listing, actor: str) -> Served:
        """Serve one more contest, such as a rehearsal; one listed already is served on as it is.

        Raises
        ------
        ForecastError
            Where it does not load, or its id is another contest's.
        """
        async with self.adding:
            known = self.desks.served.get(listing.id)
            if known is not None and (known.listing.contest, known.listing.test) == (listing.contest, listing.test):
                return known
            if known is not None:
                raise Conflict(Defect("id", f'"{listing.id}" is served already.', "Choose another id."))
            served = await asyncio.to_thread(load_listing, listing)
            if served.contest is None:
                raise ForecastError(Defect(listing.id, line) for line in served.error.splitlines())
            await asyncio.to_thread(lambda: self.store.add_listing(listing, actor=actor))
            await begin_listed(self, served)
            return served

    async def preview(self, contest: str, item: Declaration, actor: str = "") -> Preview:
        """What an item would do; nothing is done."""
        desk = self.desks.desk(contest)
        return await asyncio.to_thread(lambda: preview(desk.contest, desk.state, item, actor=actor, tally=desk.tally()))

    async def take(
        self, contest: str, item: Declaration, actor: str, key: str = "", confirm: bool | None = None
    ) -> Receipt:
        """Take an item of news in: when this returns it is on disk.

        Parameters
        ----------
        key
            Idempotency key: the same again gives the same entry.
        confirm
            Whether it waits for a second person; None as configured, for what a person enters.

        Raises
        ------
        NewsError
            Where it is refused, which is journalled too.
        Conflict
            Where the key was used for something else.
        StoreAway
            Where it cannot be kept just now.
        """
        (outcome,) = await self._take(contest, [(item, key)], actor, confirm, look=True)
        if isinstance(outcome, ForecastError):
            raise outcome
        return outcome

    async def take_many(
        self, contest: str, given: Sequence[Keyed], actor: str, *, confirm: bool | None = None, **ways: bool
    ) -> list[Outcome]:
        """Take items of news in together, in their order: when this returns they are on disk.

        Parameters
        ----------
        given
            Items, each with its idempotency key or an empty one.
        ways
            ``whole``, ``test``: as of `take_items`.

        Raises
        ------
        NewsError
            Where ``whole`` and one is refused.
        StoreAway
            Where they cannot be kept just now: none is.
        """
        return await self._take(contest, given, actor, confirm, **ways)

    async def decide(self, contest: str, decision: Decision, actor: str) -> Entry:
        """Carry out what a person decided: when this returns it is on disk.

        Raises
        ------
        ForecastError
            Where it cannot be: what it is about is not there, or the same person confirms what they entered.
        """
        desk, second = self.desks.desk(contest), self.configuration.confirm
        async with desk.lock, saying_away(self.troubles):
            entry = await self.desks.as_it_stands(append_decision, self.store, desk, decision, actor, second)
            with suppress(StoreAway):  # it is on disk, and is taken in when the journal is there again
                await self.desks.catch_up()
        return entry

    async def undo(self, contest: str, entry: int, actor: str, reason: str) -> Entry:
        """Take an item back."""
        return await self.decide(contest, Decision("undo", reason, entry=entry), actor)

    async def on_air(self, contest: str, *, editor: bool = False) -> OnAir:
        """What a viewer, or an editor, sees of a contest now."""
        desk, seconds = self.desks.desk(contest), self.configuration.stale_seconds
        if desk.at_hand and not editor:
            return desk.shown(self.store, self.clock(), seconds)
        return await asyncio.to_thread(lambda: desk.shown(self.store, self.clock(), seconds, editor=editor))

    async def what_if(self, contest: str, settings: Sequence[str]) -> str:
        """The document, as JSON text, that would follow if settings such as ``sandwell.lead=15`` came true."""
        task = task_of(self.desks.desk(contest), self.engine_named)
        return await self.workers.answer(self.configuration.timeout_seconds, tasks.what_if, task, tuple(settings))

    async def draws_parquet(self, contest: str) -> bytes:
        """The draws of the present moment as a Parquet file."""
        timeout, task = self.configuration.timeout_seconds, task_of(self.desks.desk(contest), self.engine_named)
        return await self.workers.answer(timeout, tasks.draws_of, task)

    def feeds(self) -> tuple[FeedHealth, ...]:
        """How each feed is."""
        now, states = self.clock(), [runner.state for runner in self.runners]
        return tuple(FeedHealth(each.id, each.contest, each.age(now), each.last_error, each.taken) for each in states)

    def health(self) -> Health:
        """How the service is, and why."""
        return take_health(self)

    def metrics_text(self) -> bytes:
        """Everything measured, in Prometheus's text format."""
        measure(self)
        return self.metrics.write()

    def _load(self) -> dict[str, Served]:
        return load_all(load_configured(self.configuration, self.clock()), self.store.listings())

    async def _take(
        self, contest: str, given: Sequence[Keyed], actor: str, confirm: bool | None, **ways: bool
    ) -> list[Outcome]:
        desk, started = self.desks.desk(contest), time.perf_counter()
        waits = (self.configuration.confirm and not from_feed(actor)) if confirm is None else confirm
        async with desk.lock, saying_away(self.troubles):
            try:
                outcomes = await self.desks.as_it_stands(take_items, self.store, desk, given, actor, waits, **ways)
            finally:  # a refusal is in the journal too
                with suppress(StoreAway):
                    await self.desks.catch_up()
        self.metrics.take_seconds.labels(contest).observe(time.perf_counter() - started)
        return outcomes

    def _count(self, entry: Entry) -> None:
        if (counter := self.metrics.counter_of(entry)) is not None:
            counter.labels(entry.contest).inc()
