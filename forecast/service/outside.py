"""The world outside: feeds that news comes in from, and whoever is told of what goes on air."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import structlog

from forecast.declaration import Declaration, Kind
from forecast.errors import ForecastError, StoreAway
from forecast.feeds.health import FeedState
from forecast.feeds.runner import FeedRunner, make_feed
from forecast.journal.entry import EntryKind
from forecast.journal.item_json import write_item
from forecast.journal.made import Head
from forecast.outlets.atom import Told, notices_of
from forecast.outlets.drop import Drop
from forecast.outlets.edition import Point, read_edition
from forecast.outlets.files import render_files
from forecast.outlets.target import Target
from forecast.outlets.webhooks import Webhooks
from forecast.service.hub import Event
from forecast.service.on_air import OnAir

if TYPE_CHECKING:
    from forecast.config import FeedSettings
    from forecast.service.service import Service

__all__ = ["drop_files", "make_feeds", "make_webhooks", "outward", "run_feed", "start_outside", "tell"]

log = structlog.get_logger()

LONGEST = 5_000  # moments of one night
RETRY = 1.0  # seconds until the journal is asked again where it was away


def start_outside(service: Service) -> tuple[FeedRunner, ...]:
    """Start every feed and outlet that is configured, each a part of its own; the feeds' runners."""
    feeds = tuple(make_feeds(service))
    for feed in feeds:
        service.parts.run(f"feed {feed.contest} {feed.id}", partial(run_feed, service, feed))
    service.webhooks = make_webhooks(service)
    if service.webhooks is not None:
        service.parts.run("webhooks", partial(tell, service, service.webhooks))
    if service.configuration.drop is not None:
        service.parts.run("drop", partial(drop_files, service, Drop(service.configuration.drop.path)))
    return feeds


def make_feeds(service: Service) -> Iterator[FeedRunner]:
    """A runner for each feed configured of a contest that loads; one that cannot be made is logged, and left out."""
    for settings in service.configuration.contests:
        desk = service.desks.desks.get(settings.id)
        for feed in settings.feeds if desk is not None else ():
            try:
                yield _make_feed(service, settings.id, feed)
            except ForecastError as error:
                service.troubles[f"feed {feed.id}"] = str(error)
                log.warning("feed not started", feed=feed.id, reason=str(error))


def _make_feed(service: Service, contest: str, feed: FeedSettings) -> FeedRunner:
    waits = service.configuration.confirm and not feed.trusted

    async def take(name: str, item: Declaration, actor: str, key: str) -> object:
        return await service.take(name, item, actor, key, confirm=waits)

    async def take_many(name: str, given: Sequence[tuple[Declaration, str]], actor: str) -> Sequence[object]:
        return await service.take_many(name, given, actor, confirm=waits)

    async def report(state: FeedState) -> None:
        body = {"feed": state.id, "error": state.last_error}
        await asyncio.to_thread(service.store.append, contest, EntryKind.FEED, f"feed {state.id}", body)

    runner = make_feed(
        feed.id,
        contest,
        service.contest(contest),
        feed.kind,
        take,
        path=feed.path,
        address=feed.address,
        ids=feed.map,
        every_seconds=feed.every_seconds,
        timeout_seconds=feed.timeout_seconds,
        headers={name: value.get_secret_value() for name, value in feed.headers.items()},
        test=service.state(contest).test,
    )
    runner.now, runner.report, runner.take_many = service.clock, report, take_many
    runner.is_test = lambda: service.state(contest).test
    return runner


async def run_feed(service: Service, feed: FeedRunner) -> None:
    """Read a feed while this process leads."""
    while not service.leads:
        await asyncio.sleep(1)
    await feed.run()


def make_webhooks(service: Service) -> Webhooks | None:
    """Whoever is to be told; None where nobody is, or they cannot be."""
    targets = [
        Target(each.url, each.secret.get_secret_value(), frozenset(each.contests), frozenset(each.events))
        for each in service.configuration.webhooks
    ]
    try:
        return Webhooks(targets, now=service.clock) if targets else None
    except ForecastError as error:
        service.troubles["webhooks"] = str(error)
        return None


async def tell(service: Service, webhooks: Webhooks) -> None:
    """Pass events on to whoever asked for them, until cancelled."""
    await webhooks.start()
    try:
        async for event in happenings(service):
            outgoing = await _patiently(partial(outward, service, event)) if service.leads else None
            if outgoing is not None:
                webhooks.send(outgoing)
    finally:
        await webhooks.stop()


async def happenings(service: Service) -> AsyncIterator[Event]:
    """Every event from now on, each once, until the service stops: what is missed is read in the journal."""
    seen = service.desks.sequence
    while not service.hub.closed:
        try:
            async for event in service.hub.subscribe(None, seen):
                yield event
                seen = event.sequence
        except StoreAway:
            await asyncio.sleep(RETRY)


async def _patiently[T](ask: Callable[[], Awaitable[T]]) -> T:
    """What somebody says who reads the journal, once it can be read."""
    while True:
        try:
            return await ask()
        except StoreAway:
            await asyncio.sleep(RETRY)


async def outward(service: Service, event: Event) -> Event | None:
    """What an event is to the world: a forecast with its headline figures, an alarm, a decision, a correction."""
    desk = service.desks.desks.get(event.contest)
    if desk is None:
        return None
    if event.kind == EntryKind.PUBLICATION:
        number = int(event.data["forecast"])
        heads = await asyncio.to_thread(service.store.history, event.contest, after=number - 1, limit=1)
        return Event(event.sequence, event.contest, "forecast", _headline(event, heads))
    if desk.state.is_embargoed(service.clock()):
        return None
    taken = next((each for each in reversed(desk.state.taken) if each.sequence == event.sequence), None)
    backward = taken is not None and taken.item.kind in {Kind.CORRECTED, Kind.WITHDRAWN}
    if backward or event.data.get("action") == "undo" or (taken and event.data.get("action") == "choose"):
        item = {"item": write_item(taken.item)} if taken else {}  # one that was confirmed is in another entry
        return Event(event.sequence, event.contest, "correction", {**event.data, **item})
    if event.kind in {EntryKind.ALARM, EntryKind.DECISION}:
        return Event(event.sequence, event.contest, event.kind, event.data)
    return None


def _headline(event: Event, heads: list[Head]) -> dict[str, Any]:
    if not heads:
        return dict(event.data)
    head = heads[0]
    keys = ("headline", "rating", "latest", "areas_declared", "areas_total", "win_probabilities", "displays")
    return {**event.data, "number": head.number, **{key: getattr(head, key) for key in keys}}


async def drop_files(service: Service, drop: Drop) -> None:
    """Keep the drop folder at what is on air, until cancelled; what cannot be written is said on the health page."""
    wanted = frozenset(service.configuration.drop.contests if service.configuration.drop else ())
    async for event in happenings(service):
        known = event.contest in (wanted or service.desks.desks) and event.contest in service.desks.desks
        if not service.leads or event.kind != EntryKind.PUBLICATION or not known:
            continue
        try:
            shown = await service.on_air(event.contest)
            await asyncio.to_thread(_drop, service, drop, shown)
            service.troubles.pop("drop", None)
        except ForecastError as error:
            service.troubles["drop"] = str(error)


def _drop(service: Service, drop: Drop, shown: OnAir) -> None:
    if shown.document is None:
        return
    name, state = shown.contest, service.state(shown.contest)
    edition = read_edition(
        shown.document,
        name,
        number=shown.number,
        sequence=shown.sequence,
        at=shown.at,
        status=shown.status,
        test=shown.test,
    )
    heads = service.store.history(name, limit=LONGEST)
    course = [
        Point(each.number, each.at, each.areas_declared, each.latest, each.rating, dict(each.win_probabilities))
        for each in heads
    ]
    told = [Told(each.sequence, each.at, each.item) for each in state.taken if not each.undone]
    drop.write(name, render_files(edition, course, notices_of(service.contest(name), told, course)))
