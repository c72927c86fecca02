"""Overlay pages for graphics systems: transparent, 1920 by 1080, fed by themselves."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import HTMLResponse

from forecast.journal.access import Role
from forecast.web.api.caching import has, send, shelf_of
from forecast.web.api.parts import etag_on_air, write_json
from forecast.web.pages.context import ContestId, archive_of, loaded
from forecast.web.pages.dashboard import view_dashboard
from forecast.web.pages.show import GRAPHICS, write_show
from forecast.web.pages.standing import say_standing
from forecast.web.pages.templating import render
from forecast.web.security import Viewer, require
from forecast.web.security.refusal import Refusal
from forecast.web.security.viewer import ADDRESS_KEY
from forecast.web.told import tell_reason

__all__ = ["router"]

router = APIRouter(include_in_schema=False)
Anyone = Annotated[Viewer, Depends(require(Role.VIEWER))]
Theme = Literal["dark", "light"]


@router.get("/overlay/{id}/show.json")
async def show(request: Request, contest_id: ContestId, viewer: Anyone) -> Response:
    """What every graphic of a contest shows now; 204 where there is nothing to be shown."""
    loaded(request, contest_id)
    service = archive_of(request).service
    on_air, past = await service.on_air(contest_id), service.desks.desk(contest_id).past
    if on_air.document is None:
        return Response(status_code=204)

    async def make() -> bytes:
        return write_json(await _show(request, contest_id))

    etag = etag_on_air(on_air, "show", past)
    kept_by = "private" if viewer.signed_in or not service.configuration.public else "public"
    lasts = f"{kept_by}, max-age=1, stale-while-revalidate=10"
    headers = {"ETag": etag, "Cache-Control": lasts, "Vary": "Accept-Encoding"}
    if has(request, etag):
        return Response(status_code=304, headers=headers)
    kept = await shelf_of(request).take_made(f"show {contest_id}", etag, make)
    return send(request, kept, headers, "application/json")


@router.get("/overlay/{id}/{graphic}", response_class=HTMLResponse)
async def overlay(
    request: Request,
    contest_id: ContestId,
    graphic: str,
    _viewer: Anyone,
    theme: Theme = "dark",
    auto: Annotated[Literal["0", "1"], Query()] = "1",
) -> HTMLResponse:
    """A graphic's page; with ``auto=0`` it waits for play()."""
    if graphic not in GRAPHICS:
        raise Refusal(404, f"There is no such graphic: there are {', '.join(GRAPHICS)}.")
    document = await _show(request, contest_id)
    key = request.query_params.get(ADDRESS_KEY, "")
    html = render(
        "overlay.html", contest_id=contest_id, graphic=graphic, theme=theme, auto=auto, show=document, key=key
    )
    return HTMLResponse(html, headers={"Cache-Control": "no-cache"})


async def _show(request: Request, contest: str) -> dict[str, Any] | None:
    """As anybody may see it: nothing under an embargo, whoever's browser it is, for it goes on air."""
    loaded(request, contest)
    seen = await archive_of(request).see(contest, editor=False)
    if seen.forecast is None:
        return None
    air = seen.on_air
    standing = say_standing(air.status, None, tell_reason(air), test=air.test)
    return write_show(view_dashboard(contest, seen.forecast, standing, number=air.number, history=seen.history))
