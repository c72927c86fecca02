"""Signing in and out: a key for a session in a cookie, by a form or in JSON."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, Field

from forecast.errors import ForecastError
from forecast.journal.access import SESSION_LASTS, Session
from forecast.web.api.shapes import Success, refusals
from forecast.web.security.refusal import Refusal
from forecast.web.security.viewer import CHALLENGE, LONGEST_SECRET, SESSION_COOKIE, Asking, Viewer, service_of

__all__ = ["router"]

router = APIRouter(tags=["session"])


class SignIn(BaseModel, extra="forbid"):
    """What opens a session."""

    key: str = Field(min_length=1, max_length=LONGEST_SECRET, description="The secret of a key, as it was shown once")


class SessionShape(BaseModel):
    """Who asks."""

    name: str
    role: str | None = Field(description="`viewer`, `operator`, `editor` or `admin`; null for nobody")
    contests: tuple[str, ...] = Field(description="Ids of the contests the key is for; empty for all")
    key: int = Field(description="The key's number; 0 without one")
    csrf_token: str = Field(description="What a session's writes carry as `X-CSRF-Token`; empty without a session")
    expires_at: datetime | None = Field(default=None, description="When a session just opened ends")


@router.get("/v1/session", response_model=Success[SessionShape], responses=refusals(401, 429, 503))
async def who_asks(viewer: Asking) -> object:
    """Who asks, as the service sees it."""
    return {"data": _shape(viewer), "links": {"contests": "/v1/contests"}}


@router.post(
    "/v1/session",
    status_code=201,
    response_model=Success[SessionShape],
    responses=refusals(400, 401, 403, 408, 413, 422, 429, 503),
)
async def open_session(request: Request, response: Response, body: SignIn) -> object:
    """Sign in: the session's cookie, and the token its writes carry."""
    session, token = await _sign_in(request, body.key)
    _set_cookie(request, response, token)
    key = session.key
    shape = SessionShape(
        name=key.name,
        role=key.role,
        contests=key.scopes,
        key=key.id,
        csrf_token=session.csrf,
        expires_at=session.expires_at.astimezone(UTC),
    )
    return {"data": shape, "links": {"self": "/v1/session"}}


@router.delete("/v1/session", response_model=Success[None], responses=refusals(401, 403, 429, 503))
async def close_session(request: Request, response: Response) -> object:
    """Sign out: the session ends here too, not only in the browser."""
    await _sign_out(request)
    response.delete_cookie(SESSION_COOKIE)
    return {"data": None}


@router.post("/login", include_in_schema=False, name="sign_in_by_form")
async def sign_in_by_form(
    request: Request, key: Annotated[str, Form()] = "", onward: Annotated[str, Form(alias="next")] = "/"
) -> Response:
    """Sign in by the form of the page; on to where one was going, never to another site."""
    try:
        _, token = await _sign_in(request, key.strip())
    except Refusal:
        return RedirectResponse("/login?failed=1", 303)
    response = RedirectResponse(own_path(onward), 303)
    _set_cookie(request, response, token)
    return response


@router.post("/logout", include_in_schema=False)
async def sign_out_by_form(request: Request) -> Response:
    """Sign out by a page's button."""
    await _sign_out(request)
    response = RedirectResponse("/", 303)
    response.delete_cookie(SESSION_COOKIE)
    return response


def own_path(given: str) -> str:
    """A path of this site, or the front page where what is given is anything else."""
    parts = urlsplit(given)
    plain = given.isascii() and given.isprintable() and "\\" not in given
    ours = not parts.scheme and not parts.netloc and given.startswith("/") and not given.startswith("//")
    return given if plain and ours else "/"


def _shape(viewer: Viewer) -> SessionShape:
    return SessionShape(
        name=viewer.name,
        role=None if viewer.role is None else viewer.role.name.lower(),
        contests=viewer.scopes,
        key=viewer.key_id,
        csrf_token=viewer.csrf,
    )


async def _sign_in(request: Request, secret: str) -> tuple[Session, str]:
    store = service_of(request).store
    key = await asyncio.to_thread(store.find_key, secret) if 0 < len(secret) <= LONGEST_SECRET else None
    if key is None:
        raise Refusal(401, "No such key, or not any more.", headers=CHALLENGE)
    try:
        return await asyncio.to_thread(store.add_session, key)
    except ForecastError as error:
        raise Refusal(401, str(error.defects[0]), headers=CHALLENGE) from None


async def _sign_out(request: Request) -> None:
    if token := request.cookies.get(SESSION_COOKIE, ""):
        await asyncio.to_thread(service_of(request).store.end_session, token)


def _set_cookie(request: Request, response: Response, token: str) -> None:
    https = request.url.scheme == "https" or service_of(request).configuration.https
    seconds = int(SESSION_LASTS.total_seconds())
    response.set_cookie(SESSION_COOKIE, token, max_age=seconds, httponly=True, samesite="lax", secure=https)
