"""The world outside: feeds that news comes in from, and whoever is told of what goes on air."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING

import structlog

from forecast.declaration import Declaration
from forecast.errors import Defect, ForecastError
from forecast.feeds.health import FeedState
from forecast.feeds.runner import FeedRunner, make_feed
from forecast.journal.entry import EntryKind
from forecast.outlets.drop import Drop
from forecast.outlets.target import Target
from forecast.outlets.webhooks import Webhooks
from forecast.service.dropping import drop_files
from forecast.service.intake import preview
from forecast.service.outbox import JournalOutbox

if TYPE_CHECKING:
    from forecast.config import FeedSettings
    from forecast.service.service import Service

__all__ = ["make_feeds", "make_webhooks", "run_feed", "start_outside"]

log = structlog.get_logger()


def start_outside(service: Service) -> tuple[FeedRunner, ...]:
    """Start every feed and outlet that is configured, each a part of its own; the feeds' runners."""
    feeds = tuple(make_feeds(service))
    for feed in feeds:
        service.parts.run(f"feed {feed.contest} {feed.id}", partial(run_feed, service, feed))
    service.webhooks = make_webhooks(service)
    if service.webhooks is not None:
        service.parts.run("webhooks", service.webhooks.run)
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
        (outcome,) = await take_many(name, [(item, key)], actor)
        if isinstance(outcome, ForecastError):
            raise outcome
        return outcome

    async def take_many(name: str, given: Sequence[tuple[Declaration, str]], actor: str) -> Sequence[object]:
        return await service.take_many(name, given, actor, confirm=waits, test=runner.reader.test)

    async def judge(items: Sequence[Declaration]) -> list[tuple[Defect, ...]]:
        desk, actor = service.desks.desk(contest), f"feed {feed.id}"
        tell = partial(preview, desk.contest, desk.state, actor=actor, tally=desk.tally(), look=False)
        return await asyncio.to_thread(lambda: [tell(each).defects for each in items])

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
    runner.judge, runner.moved = judge, lambda: service.state(contest).changed
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
        return Webhooks(targets, JournalOutbox(service), now=service.clock) if targets else None
    except ForecastError as error:
        service.troubles["webhooks"] = str(error)
        return None
