"""Looking after the service by the clock: its health, its figures, embargoes that end, the machine it runs on."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import structlog

from forecast.errors import StoreAway
from forecast.journal.entry import EntryKind
from forecast.service.health import ContestHealth, Health, contest_health, sum_up, targets_health, unserved_health
from forecast.service.live_desk import LiveDesk
from forecast.service.vitals import LEAST_FREE, free_bytes, say_bytes

if TYPE_CHECKING:
    from forecast.service.service import Service

__all__ = ["look_after", "measure", "saying_away", "take_health"]

log = structlog.get_logger()


async def look_after(service: Service) -> None:
    """Once a second: note a clock that was set and a disk that fills; publish what an embargo has kept back."""
    step = service.vitals.look()
    if service.vitals.settled():
        service.troubles.pop("clock", None)
    if step:
        service.troubles["clock"] = f"The clock was set by {step:+.0f} seconds at {service.clock():%H:%M:%S} UTC."
        log.error("clock set", seconds=step)
        try:
            body = {"clock": round(step, 1)}
            await asyncio.to_thread(service.store.append, "", EntryKind.ALARM, "service", body)
        except StoreAway as away:
            service.troubles["journal"] = str(away)
    back = await _look_at_journal(service)
    led, service.leads = service.leads, await _leads(service)
    if back or (service.leads and not led):
        for desk in service.desks.desks.values():
            desk.woken.set()
    free = free_bytes(service.configuration.data)
    service.troubles.pop("disk", None)
    if free < LEAST_FREE:
        service.troubles["disk"] = f"{say_bytes(free)} are free where the data is: make room."
    _look_at_webhooks(service)
    now = service.clock()
    for desk in service.desks.desks.values():
        until = desk.state.embargo_until
        if until is not None and until <= now and desk.embargo_ended != until:
            desk.embargo_ended = until
            desk.woken.set()


async def _look_at_journal(service: Service) -> bool:
    """Say whether the journal can be read, and once it could not be written, whether it can; true where it is back."""
    away = "journal" in service.troubles
    try:
        if away:
            body = {"journal": "can be written again"}
            await asyncio.to_thread(service.store.append, "", EntryKind.SERVICE, "service", body)
        else:
            await asyncio.to_thread(service.store.last_sequence)
    except StoreAway as error:
        service.troubles["journal"] = str(error)
        return False
    service.troubles.pop("journal", None)
    return away


def _look_at_webhooks(service: Service) -> None:
    """Say which targets take nothing."""
    for number, each in enumerate(service.webhooks.states if service.webhooks is not None else (), start=1):
        name = f"webhook {number} ({each.place})"
        service.troubles.pop(name, None)
        if each.last_error:
            waiting = f"; {each.waiting} entries of the journal wait" if each.waiting else ""
            service.troubles[name] = f"{name}: {each.last_error}{waiting}."


async def _leads(service: Service) -> bool:
    """Whether this process makes the forecasts now; it takes over where the one that did has ended."""
    try:
        return await asyncio.to_thread(service.store.lead)
    except StoreAway as away:
        service.troubles["journal"] = str(away)
        return service.leads


@asynccontextmanager
async def saying_away(troubles: dict[str, str]) -> AsyncIterator[None]:
    """Say on the health page that nothing could be kept, until something can."""
    try:
        yield
    except StoreAway as away:
        troubles["journal"] = str(away)
        raise
    troubles.pop("journal", None)


def take_health(service: Service) -> Health:
    """How the service is, and why."""
    workers = service.workers.makers
    return sum_up(
        _contests(service),
        service.feeds(),
        service.troubles.values(),
        targets=targets_health(service.webhooks),
        warm=sum(worker.warm for worker in workers),
        workers=len(workers),
        queue=service.workers.queue,
        clients=len(service.hub.listeners),
        sequence=service.desks.sequence,
    )


def measure(service: Service) -> None:
    """Set every gauge."""
    metrics, now = service.metrics, service.clock()
    health = take_health(service)
    metrics.queue.set(health.queue)
    metrics.clients.set(health.clients)
    metrics.dropped.set(service.hub.dropped)
    metrics.sequence.set(health.sequence)
    for feed in health.feeds:
        if feed.age_seconds is not None:
            metrics.feed_age.labels(feed.id, feed.contest).set(feed.age_seconds)
    for desk in service.desks.desks.values():
        if desk.published is not None:
            metrics.forecast_age.labels(desk.id).set((now - desk.published.at).total_seconds())
            for severity, number in _alarms(desk).items():
                metrics.alarms.labels(desk.id, severity).set(number)


def _contests(service: Service) -> Iterator[ContestHealth]:
    now = service.clock()
    for served in service.contests():
        desk = service.desks.desks.get(served.id)
        if desk is None:
            yield unserved_health(served)
            continue
        try:
            shown = desk.shown(service.store, now, service.configuration.stale_seconds)
        except StoreAway as away:
            yield ContestHealth(desk.id, "degraded", str(away))
            continue
        yield contest_health(desk, shown, now)


def _alarms(desk: LiveDesk) -> dict[str, int]:
    """Alarms in the document on air, by severity; read once for each forecast."""
    if desk.published is None:
        return {}
    number = desk.published.number
    if desk.alarms is None or desk.alarms[0] != number:
        found = [alarm["severity"] for alarm in json.loads(desk.published.document)["alarms"]]
        desk.alarms = number, {severity: found.count(severity) for severity in ("amber", "red")}
    return desk.alarms[1]
