"""The night so far of a contest whose own news was read in: the forecasts that would have been made, in its history.

They were never on air and no publication names them. They are made once, after the first forecast that is on air, by
the worker that answers questions, so that they hold nothing up.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, time
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import structlog

from forecast.contests.contest import Contest
from forecast.declaration import Declaration
from forecast.errors import ModelError
from forecast.journal.made import Made
from forecast.service import task as tasks
from forecast.service.live_desk import LiveDesk
from forecast.service.own_news import OWN_KEY, past_stages
from forecast.service.updates import task_of

if TYPE_CHECKING:
    from forecast.service.service import Service

__all__ = ["make_past", "time_of_news"]

log = structlog.get_logger()

LOOK = 0.2  # seconds between looks whether the first forecast is on air


async def make_past(service: Service, desk: LiveDesk) -> None:
    """Make the forecasts of a contest's past, where numbers are kept for them and they are not there yet."""
    while not (service.leads and desk.tried and await asyncio.to_thread(desk.on_air, service.store) is not None):
        await asyncio.sleep(LOOK)
    if not desk.reserved or desk.past:
        return
    entries, phase = _own_entries(desk), desk.state.phase
    items = tuple(taken.item for taken in desk.state.taken[: len(entries)])
    stages = past_stages(desk.contest, items)
    if len(stages) != desk.reserved:
        log.warning("no night so far: the contest has changed", contest=desk.id)
        return
    timeout, task = service.configuration.timeout_seconds, task_of(desk, service.engine_named, items=items, notice="")
    made, before = list[tuple[Made, datetime]](), 0
    for known in stages:
        try:
            finished = await service.workers.asked.call(timeout, tasks.past, task, known, before)
        except ModelError as error:  # tried again it would take as long, and fail again
            log.warning("no night so far", contest=desk.id, reason=str(error))
            return
        through = entries[known - 1] if known else 0
        forecast = Made(desk.id, through, finished.document, finished.model, round(finished.seconds, 4))
        made.append((forecast, time_of_news(desk.contest, items, known)))
        before = known
    async with desk.lock:
        await service.desks.catch_up()
        if desk.state.phase != phase:
            log.warning("no night so far: its news was a rehearsal's", contest=desk.id)
            return
        await asyncio.to_thread(service.store.save_past, desk.id, made)
    await service.desks.catch_up()
    log.info("the night so far was made", contest=desk.id, forecasts=len(made))


def time_of_news(contest: Contest, items: Sequence[Declaration], known: int) -> datetime:
    """When the first ``known`` items were known: the latest of their times, else of the first time after them."""
    times = [item.at for item in items[:known] if item.at is not None]
    later = (item.at for item in items[known:] if item.at is not None)
    if times:
        return max(times)
    midnight = datetime.combine(contest.polling_day, time(), ZoneInfo(contest.timezone or "UTC"))
    return next(later, midnight).astimezone(UTC)


def _own_entries(desk: LiveDesk) -> list[int]:
    """Sequences of the entries of the contest's own news, in their order, as far as they were the first taken."""
    found: list[int] = []
    for place, taken in enumerate(desk.state.taken, start=1):
        entry = desk.keys.get(OWN_KEY.format(place))
        if entry is None or entry.sequence != taken.sequence:
            break
        found.append(entry.sequence)
    return found
