"""Pages for whoever looks: the contests, one contest's forecast, its areas, what if, and the pictures."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Depends, Form, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from forecast.bulletin.summary import Forecast
from forecast.errors import ForecastError
from forecast.journal.access import Role
from forecast.screen.figures import say_item
from forecast.web.api.parts import MOST, refuse_hidden
from forecast.web.pages.areas import area_rows
from forecast.web.pages.context import ContestId, archive_of, loaded, page, said_of
from forecast.web.pages.dashboard import Dashboard, view_dashboard
from forecast.web.pages.hypothesis import read_settings, suppose_rows, supposed_rows
from forecast.web.pages.overview import Glance, glance, sort_by_openness
from forecast.web.pages.palette import style_sheet
from forecast.web.pages.picture import draw_picture
from forecast.web.pages.shared import at_desk, render_once
from forecast.web.pages.standing import Standing, say_standing
from forecast.web.security import Viewer, require
from forecast.web.security.refusal import Refusal
from forecast.web.told import UNLOADED, tell_reason

__all__ = ["router"]

router = APIRouter(include_in_schema=False)
Anyone = Annotated[Viewer, Depends(require(Role.VIEWER))]
PER_PAGE = 50
BRIEFLY = {"Cache-Control": "private, max-age=60"}


@router.get("/", response_class=HTMLResponse)
async def contests(request: Request, viewer: Anyone) -> HTMLResponse:
    """Every contest at a glance, the most open first."""
    archive = archive_of(request)
    found: list[Glance] = []
    for served in archive.service.contests():
        name = served.listing.id
        if not viewer.may(Role.VIEWER, name):
            continue
        if served.contest is None:
            why = served.error if at_desk(viewer, name) else UNLOADED
            found.append(glance(name, name, None, say_standing("none", None, why, test=False)))
            continue
        seen = await archive.see(name, editor=viewer.may(Role.EDITOR, name), history=False)
        air = seen.on_air
        age, why = air.age_seconds if seen.forecast else None, tell_reason(air, desk=at_desk(viewer, name))
        standing = say_standing(air.status, age, why, test=air.test)
        found.append(glance(name, served.contest.title, seen.forecast, standing))
    return page(request, viewer, "contests.html", contests=sort_by_openness(found))


@router.get("/contests/{id}.json")
async def twin(contest_id: ContestId, _viewer: Anyone) -> RedirectResponse:
    """The same as JSON."""
    return RedirectResponse(f"/v1/contests/{quote(contest_id, safe='')}/latest", 307)


@router.get("/contests/{id}", response_class=HTMLResponse)
async def contest(request: Request, contest_id: ContestId, viewer: Anyone) -> Response:
    """One contest's forecast, or where JSON is asked for, the way to it."""
    accepted = request.headers.get("Accept", "*/*")
    if "application/json" in accepted and "text/html" not in accepted:
        return await twin(contest_id, viewer)

    async def make() -> HTMLResponse:
        return page(request, viewer, **await _contest(request, contest_id, viewer))

    loaded(request, contest_id)
    if viewer.signed_in:
        return await make()
    return await render_once(request, "page", contest_id, make, ages=True)


@router.get("/contests/{id}/fragment", response_class=HTMLResponse)
async def fragment(request: Request, contest_id: ContestId, viewer: Anyone) -> Response:
    """What changes on that page, for the page to replace without loading again."""

    async def make() -> HTMLResponse:
        context = await _contest(request, contest_id, viewer)
        template = "_fragment.html" if context["template"] == "contest.html" else "_nothing.html"
        return page(request, viewer, **(context | {"template": template}))

    loaded(request, contest_id)
    return await (make() if at_desk(viewer, contest_id) else render_once(request, "fragment", contest_id, make))


@router.get("/contests/{id}/areas", response_class=HTMLResponse)
async def areas(
    request: Request,
    contest_id: ContestId,
    viewer: Anyone,
    q: Annotated[str, Query(max_length=100)] = "",
    status: Annotated[str, Query(max_length=20)] = "",
    number: Annotated[int, Query(ge=1, le=10_000, alias="page")] = 1,
) -> HTMLResponse:
    """Every area, to search and leaf through."""
    loaded(request, contest_id)
    context = await _contest(request, contest_id, viewer)
    if context["template"] != "contest.html":
        return page(request, viewer, **context)
    view, before = context["view"], context["before"]
    wanted = q.casefold().strip()
    found = [
        each
        for each in view.forecast.areas
        if wanted in each.name.casefold() and (not status or (each.status == "declared") == (status == "declared"))
    ]
    pages = max(1, -(-len(found) // PER_PAGE))
    number = min(number, pages)
    rows = area_rows(view.forecast, before, found[PER_PAGE * (number - 1) : PER_PAGE * number])
    given = {"rows": rows, "found": len(found), "number": number, "pages": pages, "q": q, "status_wanted": status}
    return page(request, viewer, **(context | given | {"template": "areas.html", "tab": "areas"}))


@router.post("/contests/{id}/what-if", response_class=HTMLResponse)
async def what_if(
    request: Request, contest_id: ContestId, viewer: Anyone, part: Annotated[str, Form()] = ""
) -> HTMLResponse:
    """What would be forecast if some areas ended so; stored nowhere."""
    context = await _contest(request, contest_id, viewer)
    if context["template"] != "contest.html":
        return page(request, viewer, **context)
    await refuse_hidden(archive_of(request).service, contest_id, viewer)
    given: dict[str, Any] = {"supposed": None, "what_if_defects": ()}
    form = {key: value for key, value in (await request.form()).items() if isinstance(value, str)}
    try:
        settings = read_settings(form, context["view"].forecast)
        document = await archive_of(request).service.what_if(contest_id, settings)
        supposed = await asyncio.to_thread(Forecast.model_validate_json, document)
        given["supposed"], given["supposed_rows"] = supposed, supposed_rows(context["view"].forecast, supposed)
    except ForecastError as error:
        given["what_if_defects"] = said_of(error)
    given["suppose"] = suppose_rows(context["view"].forecast, form)
    template = "_answer.html" if part else "contest.html"
    status = 422 if given["what_if_defects"] else 200
    return page(request, viewer, status=status, **(context | given | {"template": template}))


@router.get("/contests/{id}/colours.css")
async def colours(request: Request, contest_id: ContestId, _viewer: Anyone) -> Response:
    """The contest's colours, which the law of the page forbids to write into it."""
    candidates = loaded(request, contest_id).contest
    assert candidates is not None  # noqa: S101 - loaded says so
    return Response(style_sheet(candidates.candidates), media_type="text/css", headers=BRIEFLY)


@router.get("/charts/{id}/{name}.svg")
async def chart(
    request: Request,
    contest_id: ContestId,
    name: str,
    viewer: Anyone,
    number: Annotated[int | None, Query(ge=1, le=MOST)] = None,
) -> Response:
    """A picture to take away: margin, course, swing or card, of the present forecast or of one of the past."""
    loaded(request, contest_id)
    archive = archive_of(request)
    seen = await archive.see(contest_id, editor=viewer.may(Role.EDITOR, contest_id), history=False)
    allowed = seen.forecast is not None and (number is None or number <= seen.on_air.number)
    forecast = (
        seen.forecast if number in {None, seen.on_air.number} else await archive.forecast(contest_id, number or 0)
    )
    if not allowed or forecast is None:
        raise Refusal(404, "There is no such forecast to draw.")
    drawn = await draw_picture(archive, contest_id, number or seen.on_air.number, name, forecast)
    kept = "private, max-age=31536000, immutable" if number else "private, max-age=2"
    return Response(drawn, media_type="image/svg+xml", headers={"Cache-Control": kept})


async def _contest(request: Request, contest: str, viewer: Viewer) -> dict[str, Any]:
    """What the pages of a contest show."""
    served = loaded(request, contest)
    archive = archive_of(request)
    seen = await archive.see(contest, editor=viewer.may(Role.EDITOR, contest))
    air, forecast = seen.on_air, seen.forecast
    why = tell_reason(air, desk=at_desk(viewer, contest))
    standing = say_standing(air.status, air.age_seconds if forecast else None, why, test=air.test)
    context = {"contest_id": contest, "tab": "forecast", "standing": standing, "at": air.at, "label": air.label}
    if forecast is None:
        assert served.contest is not None  # noqa: S101 - loaded says so
        return context | {"template": "nothing.html", "title": served.contest.title}
    view = _view(contest, forecast, standing, seen, air.number)
    return context | {
        "template": "contest.html",
        "view": view,
        "before": seen.before,
        "latest": say_item(forecast.moment.latest, forecast),
        "suppose": suppose_rows(forecast),
        "suppose_of": view.lead_of,
        "suppose_over": view.lead_over,
        "supposed": None,
        "what_if_defects": (),
    }


def _view(contest: str, forecast: Forecast, standing: Standing, seen: Any, number: int) -> Dashboard:
    return view_dashboard(contest, forecast, standing, number=number, history=seen.history, before=seen.before)
