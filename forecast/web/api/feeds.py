"""What chart tools and newsrooms pull: the night's course, its areas, news and corrections, the count by NIST."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request, Response

from forecast.journal.access import Role
from forecast.journal.made import Head
from forecast.outlets.atom import notices_of, write_atom
from forecast.outlets.edition import Point, mark
from forecast.outlets.nist import nist_json
from forecast.outlets.tables import areas_csv, history_csv, probabilities_csv
from forecast.service.corrections import news_told
from forecast.service.on_air import OnAir
from forecast.web.api.caching import etag_of, shelf_of
from forecast.web.api.flat import CSV, JSON, gives, render_edition
from forecast.web.api.parts import OfContest, Serving, etag_on_air, loaded
from forecast.web.security.viewer import require

__all__ = ["router"]

router = APIRouter(tags=["graphics and feeds"], dependencies=[Depends(require(Role.VIEWER))])
ATOM = "application/atom+xml"
LONGEST = 5_000  # moments of one night
MINUTE = "max-age=30, stale-while-revalidate=60"  # those who pull a feed do so each minute at most

type Shape = Annotated[
    Literal["wide", "long"], Query(description="`wide`: a column for each candidate; `long`: a row for each")
]


@router.get("/feeds/{id}/probabilities.csv", **gives(CSV))  # type: ignore[arg-type]
async def feed_probabilities(request: Request, service: Serving, served: OfContest, shape: Shape = "wide") -> Response:
    """Win probabilities through the night, for a chart; never 0 or 1 before it is decided."""
    on_air, course, _ = await _course(service, served)
    names = _names(served, on_air)
    name = f"probabilities {shape}"
    return await _answer(request, on_air, name, len(course), lambda: probabilities_csv(course, names, shape))


@router.get("/feeds/{id}/history.csv", **gives(CSV))  # type: ignore[arg-type]
async def feed_history(request: Request, service: Serving, served: OfContest) -> Response:
    """The night a row a moment: who was ahead, by which probability, what had just come in."""
    on_air, course, _ = await _course(service, served)
    names = _names(served, on_air)
    return await _answer(request, on_air, "history", len(course), lambda: history_csv(course, names, test=on_air.test))


@router.get("/feeds/{id}/areas.csv", **gives(CSV))  # type: ignore[arg-type]
async def feed_areas(request: Request, service: Serving, served: OfContest) -> Response:
    """A row for each area: what is known of it and what is expected."""
    return await render_edition(request, service, served, "areas.csv", CSV, areas_csv, "\n")


@router.get("/feeds/{id}/atom.xml", **gives(ATOM))  # type: ignore[arg-type]
async def feed_atom(request: Request, service: Serving, served: OfContest) -> Response:
    """Declarations, corrections, withdrawals and changes of rating; what is taken back says what it takes back."""
    contest, (on_air, course, through) = loaded(served), await _course(service, served)
    desk = service.desks.desk(served.id)
    told = news_told(desk.state, desk.corrections(), through) if on_air.number else []
    notices = await asyncio.to_thread(notices_of, contest, told, course)
    address, title = f"{str(request.base_url).rstrip('/')}/feeds/{served.id}/atom.xml", contest.title
    updated = on_air.at or served.listing.made_at

    def make() -> bytes:
        return write_atom(served.id, title, notices, address=address, updated=updated, test=on_air.test).encode()

    etag = etag_of(address, title, on_air.test, None if notices else updated, notices)
    return await shelf_of(request).answer(request, f"atom {served.id}", etag, make, media=ATOM, lasts=MINUTE)


@router.get("/v1/contests/{id}/nist.json", **gives(JSON))  # type: ignore[arg-type]
async def show_nist(request: Request, service: Serving, served: OfContest) -> Response:
    """The count so far as NIST SP 1500-100 has it: votes reported, no forecast; `{}` where nothing is on air."""
    return await render_edition(request, service, served, "nist.json", JSON, nist_json, "{}\n")


async def _course(service: Serving, served: OfContest) -> tuple[OnAir, list[Point], int]:
    """What is on air, the moments before it and the last entry it has seen; nothing under an embargo."""
    loaded(served)
    on_air = await service.on_air(served.id)
    if not on_air.number:
        return on_air, [], 0
    desk = service.desks.desk(served.id)
    kept = await asyncio.to_thread(desk.history, service.store, limit=LONGEST, newest=True)
    heads = [head for head in kept if head.number <= on_air.number]
    return on_air, [_point(head, on_air.test) for head in heads], heads[-1].through if heads else 0


def _point(head: Head, test: bool) -> Point:
    return Point(
        head.number,
        head.at,
        head.areas_declared,
        mark(head.latest, test),
        mark(head.rating, test),
        dict(head.win_probabilities),
    )


def _names(served: OfContest, on_air: OnAir) -> list[tuple[str, str]]:
    return [(each.id, mark(each.name, on_air.test)) for each in loaded(served).candidates]


async def _answer(request: Request, on_air: OnAir, name: str, moments: int, write: Callable[[], str]) -> Response:
    etag = etag_on_air(on_air, name, moments)
    named = f"{name} {on_air.contest}"
    return await shelf_of(request).answer(request, named, etag, lambda: write().encode(), media=CSV, lasts=MINUTE)
