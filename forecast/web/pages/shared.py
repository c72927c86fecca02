"""Pages that are the same for everybody who only looks: rendered once for all of them, and again when that changes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from fastapi import Request, Response

from forecast.journal.access import Role
from forecast.web.api.caching import has, send, shelf_of
from forecast.web.api.parts import etag_on_air
from forecast.web.pages.context import archive_of
from forecast.web.security import Viewer

__all__ = ["at_desk", "render_once"]

HTML = "text/html; charset=utf-8"
TOLD_EVERY = 5.0  # seconds after which a whole page says anew how old its forecast is


def at_desk(viewer: Viewer, contest: str) -> bool:
    """Whether somebody works at a contest's desk, and may know who holds it and what failed."""
    return viewer.signed_in and viewer.may(Role.OPERATOR, contest)


async def render_once(
    request: Request, name: str, contest: str, make: Callable[[], Awaitable[Response]], *, ages: bool = False
) -> Response:
    """What is made of a contest on air, made once for all who ask for it while nothing said of it changes.

    Parameters
    ----------
    ages
        Whether it says how old the forecast is, with no script to go on with that.
    """
    service = archive_of(request).service
    on_air = await service.on_air(contest)
    told = int(on_air.age_seconds // TOLD_EVERY) if ages else 0
    etag = etag_on_air(on_air, name, service.desks.desk(contest).past, told)
    headers = {"ETag": etag, "Cache-Control": "private, no-cache", "Vary": "Accept-Encoding"}
    if has(request, etag):
        return Response(status_code=304, headers=headers)

    async def body() -> bytes:
        return bytes((await make()).body)

    return send(request, await shelf_of(request).take_made(f"{name} {contest}", etag, body), headers, HTML)
