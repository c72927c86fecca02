"""Pages of the service itself: how it is, who has keys, signing in; and the page of a refusal."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Path, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from forecast.errors import ForecastError
from forecast.journal.access import Role
from forecast.web.api.parts import MOST
from forecast.web.pages.context import archive_of, page, said_of
from forecast.web.pages.standing import say_age
from forecast.web.security import Viewer, current_viewer, require
from forecast.web.security.refusal import Refusal

__all__ = ["error_page", "router"]

router = APIRouter(include_in_schema=False)
Asking = Annotated[Viewer, Depends(current_viewer)]
Anyone = Annotated[Viewer, Depends(require(Role.VIEWER))]
Admin = Annotated[Viewer, Depends(require(Role.ADMIN))]
TITLES = {401: "Sign in first", 403: "Not yours to do", 404: "Not here", 413: "Too large", 429: "Too often"}


@router.get("/status", response_class=HTMLResponse)
async def status(request: Request, viewer: Anyone) -> HTMLResponse:
    """How the service is, for people."""
    archive = archive_of(request)
    health = await asyncio.to_thread(archive.service.health)
    told = viewer.signed_in and viewer.may(Role.OPERATOR)
    reasons = health.reasons if told else [f"{len(health.reasons)} to look at."] if health.reasons else []
    contests = [
        (each, "–" if each.forecast_age_seconds is None else say_age(each.forecast_age_seconds))
        for each in health.contests
        if viewer.may(Role.VIEWER, each.contest)
    ]
    feeds = [
        (each, "never" if each.age_seconds is None else say_age(each.age_seconds))
        for each in health.feeds
        if viewer.may(Role.OPERATOR, each.contest)
    ]
    given: dict[str, Any] = {"health": health, "reasons": reasons, "contests": contests, "feeds": feeds}
    given["webhooks"] = health.webhooks if told else ()
    return page(request, viewer, "status.html", here="status", **given)


@router.get("/login", response_class=HTMLResponse, name="sign_in")
async def sign_in(
    request: Request,
    viewer: Asking,
    failed: Annotated[str, Query(max_length=10)] = "",
    onward: Annotated[str, Query(alias="next", max_length=500)] = "/",
) -> HTMLResponse:
    """The form that takes a key for a session."""
    return page(request, viewer, "login.html", here="login", failed=failed, onward=onward)


@router.get("/keys", response_class=HTMLResponse)
async def keys(request: Request, viewer: Admin) -> HTMLResponse:
    """Every key, and the form for a new one."""
    return await _keys(request, viewer)


@router.post("/keys", response_class=HTMLResponse)
async def add_key(
    request: Request,
    viewer: Admin,
    name: Annotated[str, Form(max_length=100)] = "",
    role: Annotated[str, Form(max_length=20)] = "operator",
    scopes: Annotated[str, Form(max_length=1000)] = "",
    days: Annotated[str, Form(max_length=5)] = "",
) -> HTMLResponse:
    """Make a key; its secret is on this answer and nowhere else."""
    wanted = tuple(part for part in scopes.replace(",", " ").split() if part)
    known = {served.listing.id for served in archive_of(request).service.contests()}
    problems = [] if name.strip() else ["name: is empty. Say whose key it is."]
    problems += [f'contests: no contest "{each}" is served.' for each in wanted if each not in known]
    if days and not (days.isascii() and days.isdigit() and int(days) > 0):
        problems.append(f'days: "{days}" is not a number of days.')
    if problems:
        return await _keys(request, viewer, status=422, defects=tuple(problems))
    expires = datetime.now(UTC) + timedelta(days=int(days)) if days else None
    store = archive_of(request).service.store
    try:
        made, secret = await asyncio.to_thread(store.add_key, name.strip(), role, wanted, expires, actor=viewer.actor)
    except ForecastError as error:
        return await _keys(request, viewer, status=422, defects=said_of(error))
    return await _keys(request, viewer, status=201, made=made, secret=secret)


@router.post("/keys/{number}/revoke")
async def revoke(request: Request, number: Annotated[int, Path(ge=1, le=MOST)], viewer: Admin) -> Response:
    """Revoke a key and end its sessions."""
    store = archive_of(request).service.store
    await asyncio.to_thread(store.revoke_key, number, actor=viewer.actor)
    return RedirectResponse("/keys?done=revoke", 303)


async def _keys(request: Request, viewer: Viewer, *, status: int = 200, **more: Any) -> HTMLResponse:
    known = await asyncio.to_thread(archive_of(request).service.store.keys)
    roles = [role.name.lower() for role in Role]
    given: dict[str, Any] = {"keys": known, "roles": roles, "made": None, "secret": "", "here": "keys"}
    return page(request, viewer, "keys.html", status=status, **(given | more))


def error_page(request: Request, refusal: Refusal) -> HTMLResponse:
    """A refusal for a person."""
    viewer: Viewer = getattr(request.state, "viewer", None) or Viewer()
    code = refusal.status_code
    title = TITLES.get(code, "Not done")
    given = {"title": title, "message": refusal.message, "defects": said_of(refusal.defects), "here": ""}
    return page(request, viewer, "error.html", status=code, **given)
