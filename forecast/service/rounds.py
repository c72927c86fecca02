"""What the service does over and over: it follows the journal, wakes every desk, and has engines cross-checked."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING

from forecast.errors import Defect, ForecastError, StoreAway
from forecast.journal.signals import watch
from forecast.service.cross_check import check_desk
from forecast.service.decisions import append_configured
from forecast.service.live_desk import LiveDesk
from forecast.service.schedule import Job
from forecast.service.served import Served, load_listing
from forecast.service.updates import Updates
from forecast.service.watch import look_after

if TYPE_CHECKING:
    from forecast.service.service import Service

__all__ = ["begin_listed", "cross_check_all", "follow_journal", "jobs_of", "serve_listed", "updates_of", "wake_all"]

RETRY = 1.0  # seconds until the journal is tried again where it was away


async def follow_journal(service: Service) -> None:
    """Take in what other processes append; what we append is taken in at once."""
    while True:
        try:
            async for _ in watch(service.store, service.desks.sequence):
                await service.desks.catch_up()
        except StoreAway as away:
            service.troubles["journal"] = str(away)
        await asyncio.sleep(RETRY)


async def wake_all(service: Service) -> None:
    """Have every contest's forecast made again, with everything looked at that a call needs."""
    for desk in service.desks.desks.values():
        desk.look_closer = True
        desk.woken.set()


async def cross_check_all(service: Service) -> None:
    """Hold two engines' forecasts of every contest side by side, where this process makes the forecasts.

    Raises
    ------
    ForecastError
        Of every contest where it could not be done, once all have been tried.
    """
    engines, draws, defects = service.cross_check_engines, service.cross_check_draws, list[Defect]()
    for desk in list(service.desks.desks.values()) if service.leads else ():
        worker, named = service.workers.checker, service.engine_named
        try:
            await check_desk(desk, service.store, worker, named, engines=engines, draws=draws)
        except ForecastError as error:
            defects += [Defect(desk.id, str(each)) for each in error.defects]
        await service.desks.catch_up()
    if defects:
        raise ForecastError(defects)


async def begin_listed(service: Service, served: Served) -> None:
    """Begin to serve a contest that was listed while the service runs."""
    await service.desks.open_more(served)
    if served.id in service.desks.desks:
        await asyncio.to_thread(append_configured, service.store, service.desks.desk(served.id))
        await service.desks.catch_up()
        service.parts.run(f"desk {served.id}", updates_of(service, service.desks.desk(served.id)).run)


async def serve_listed(service: Service) -> None:
    """Serve what another process was told to serve."""
    if not service.desks.listed:
        return
    async with service.adding:
        for listing in await asyncio.to_thread(service.store.listings):
            if listing.id in service.desks.listed and listing.id not in service.desks.served:
                await begin_listed(service, await asyncio.to_thread(load_listing, listing))
        service.desks.listed.clear()


def jobs_of(service: Service) -> tuple[Job, ...]:
    """What the service does by the clock."""
    settings = service.configuration
    return (
        Job("forecasts on schedule", partial(wake_all, service), settings.every_seconds),
        Job("looking after the machine", partial(look_after, service), 1.0),
        Job("contests listed elsewhere", partial(serve_listed, service), 1.0),
        Job("cross-check", partial(cross_check_all, service), settings.cross_check_minutes * 60),
    )


def updates_of(service: Service, desk: LiveDesk) -> Updates:
    """What makes a contest's forecasts, with everything it needs of the service."""
    settings = service.configuration
    return Updates(
        desk,
        service.store,
        service.workers,
        service.engine_named,
        service.metrics,
        service.clock,
        lambda: service.leads,
        service.desks.catch_up,
        settings.debounce_seconds,
        settings.timeout_seconds,
    )
