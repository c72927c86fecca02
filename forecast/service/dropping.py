"""The drop folder kept at what viewers may see: replaced whenever that changes, with a forecast or without."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import structlog

from forecast.errors import ForecastError
from forecast.outlets.atom import notices_of
from forecast.outlets.drop import Drop
from forecast.outlets.edition import Point, read_edition
from forecast.outlets.files import render_files, render_nothing
from forecast.service.corrections import news_told
from forecast.service.live_desk import LiveDesk
from forecast.service.on_air import OnAir

if TYPE_CHECKING:
    from forecast.service.service import Service

__all__ = ["drop_files"]

log = structlog.get_logger()

LOOK = 0.25  # seconds between looks at what is on air
RETRY = 1.0  # seconds until what could not be written is tried again
LONGEST = 5_000  # moments of one night
TROUBLE = "drop folder"

type Looks = tuple[int, int, str, bool, str, int, int]


async def drop_files(service: Service, drop: Drop) -> None:
    """Keep the drop folder at what is on air, until cancelled; what cannot be written is said on the health page.

    What is on air changes with a forecast, a decision, a failure or with time alone: it is looked at, not waited for.
    """
    dropped = dict[str, Looks]()
    while True:
        if not service.leads:
            dropped.clear()  # another process writes
        defects = await asyncio.to_thread(_drop_changed, service, drop, dropped) if service.leads else []
        service.troubles.pop(TROUBLE, None)
        if defects:
            service.troubles[TROUBLE] = " ".join(defects)
        await asyncio.sleep(RETRY if defects else LOOK)


def _drop_changed(service: Service, drop: Drop, dropped: dict[str, Looks]) -> list[str]:
    """Write every contest that is not as it was dropped; what went wrong."""
    settings, defects = service.configuration.drop, list[str]()
    wanted = frozenset(settings.contests if settings else ())
    for desk in list(service.desks.desks.values()):
        if wanted and desk.id not in wanted:
            continue
        try:
            shown = _shown(service, desk)
            looks = _looks(desk, shown)
            if dropped.get(desk.id) != looks and _drop(service, drop, desk, shown, looks):
                dropped[desk.id] = looks
        except ForecastError as error:
            defects.append(str(error))
        except Exception as error:  # the other contests have nothing to do with it
            defects.append(f"drop: {desk.id} cannot be written ({type(error).__name__}): the log says why.")
            if defects[-1] not in service.troubles.get(TROUBLE, ""):  # once, not every second
                log.exception("a contest cannot be written to the drop folder", contest=desk.id)
    return defects


def _shown(service: Service, desk: LiveDesk) -> OnAir:
    return desk.shown(service.store, service.clock(), service.configuration.stale_seconds)


def _looks(desk: LiveDesk, shown: OnAir) -> Looks:
    """What the files say beside the forecast itself."""
    corrections = sum(each.let_out is not None for each in desk.corrections())
    return shown.number, shown.sequence, shown.status, shown.test, shown.label, desk.past, corrections


def _drop(service: Service, drop: Drop, desk: LiveDesk, shown: OnAir, looks: Looks) -> bool:
    """Write what is shown, unless it is not any more once the files are on disk."""

    def still() -> bool:
        return _looks(desk, _shown(service, desk)) == looks

    if shown.document is not None:
        return drop.write(desk.id, _files(service, desk, shown), still=still)
    if shown.status in {"none", "warming"} and not drop.holds(desk.id):
        return True  # nothing has been there
    files = render_nothing(desk.id, shown.status, test=shown.test, label=shown.label)
    return drop.write(desk.id, files, still=still, alone=shown.status == "embargoed")


def _files(service: Service, desk: LiveDesk, shown: OnAir) -> dict[str, bytes]:
    """The files of what is on air: of forecasts only what it has seen, of news corrections too."""
    edition = read_edition(
        shown.document or "",
        desk.id,
        number=shown.number,
        sequence=shown.sequence,
        at=shown.at,
        status=shown.status,
        test=shown.test,
        label=shown.label,
    )
    kept = desk.history(service.store, limit=LONGEST, newest=True)
    heads = [each for each in kept if each.number <= shown.number]
    course = [
        Point(each.number, each.at, each.areas_declared, each.latest, each.rating, dict(each.win_probabilities))
        for each in heads
    ]
    through = heads[-1].through if heads else 0
    told = news_told(desk.state, desk.corrections(), through)
    return dict(render_files(edition, course, notices_of(desk.contest, told, course)))
