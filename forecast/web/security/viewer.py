"""Who asks: an API key in a header, a session in a cookie, or anyone; and whether they may.

A session's writes must also carry the session's token, in the form field ``csrf_token`` or the header
``X-CSRF-Token``, which a page of another site can neither read nor send. Keys in headers are sent by nobody unasked
and need none.
"""

from __future__ import annotations

import asyncio
import hmac
import re
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import Depends, Request
from fastapi.security import APIKeyCookie, APIKeyHeader, HTTPBearer

from forecast.journal.access import Key, Role
from forecast.web.security.refusal import Refusal

if TYPE_CHECKING:
    from forecast.service.service import Service

__all__ = [
    "CSRF_FIELD",
    "CSRF_HEADER",
    "SCHEMES",
    "SESSION_COOKIE",
    "Asking",
    "Viewer",
    "check_form",
    "csrf_token",
    "current_viewer",
    "require",
    "service_of",
]

SESSION_COOKIE = "forecast_session"
CSRF_FIELD = "csrf_token"
CSRF_HEADER = "X-CSRF-Token"
SAFE = {"GET", "HEAD", "OPTIONS"}
LONGEST_SECRET = 200
ADDRESS_KEY = "key"
# What graphics systems read, which can only be given an address.
IN_ADDRESS = re.compile(r"/overlay/[^/]+/[^/]+|/graphics/[^/]+/rows\.(json|csv|xml)|/v1/contests/[^/]+/events")
CHALLENGE = {"WWW-Authenticate": 'Bearer realm="forecast"'}

# How a request may say who asks, for the API's description only: `current_viewer` reads them.
SCHEMES = (
    HTTPBearer(auto_error=False, scheme_name="key", description="Authorization: Bearer and an API key."),
    APIKeyHeader(name="X-API-Key", auto_error=False, scheme_name="key header", description="The same key."),
    APIKeyCookie(name=SESSION_COOKIE, auto_error=False, scheme_name="session", description="From POST /login."),
)


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who asks.

    Parameters
    ----------
    name
        The key's name; ``"anyone"`` without one.
    role
        None where nobody is signed in and the service is not public.
    key_id
        0 without a key.
    scopes
        Ids of the contests it is for; empty for all.
    csrf
        The session's token for forms; empty where there is no session.
    """

    name: str = "anyone"
    role: Role | None = None
    key_id: int = 0
    scopes: tuple[str, ...] = ()
    csrf: str = ""

    @property
    def actor(self) -> str:
        """What entries of the journal name them by: ``"operator Ann (key 3)"``."""
        return f"{self.role.name.lower()} {self.name} (key {self.key_id})" if self.key_id and self.role else self.name

    @property
    def signed_in(self) -> bool:
        """Whether they have a key."""
        return self.key_id > 0

    def may(self, role: Role, contest: str | None = None) -> bool:
        """Whether they have the role, and for this contest; a key for some contests has no say over the service."""
        if self.role is None or self.role < role:
            return False
        if not self.scopes:
            return True
        return contest in self.scopes if contest is not None else role < Role.ADMIN


def service_of(request: Request) -> Service:
    """The service behind a request."""
    service: Service = request.app.state.service
    return service


async def current_viewer(request: Request) -> Viewer:
    """Who asks; a key that is not good is refused, a session that has ended is nobody's.

    Raises
    ------
    Refusal
        401, for a key that is wrong, revoked, past its time or only good for signing in.
    """
    known: Viewer | None = getattr(request.state, "viewer", None)
    if known is None:
        known = request.state.viewer = await _identify(request)
    return known


async def _identify(request: Request) -> Viewer:
    store = service_of(request).store
    if secret := _secret(request):
        key = await asyncio.to_thread(store.find_key, secret) if len(secret) <= LONGEST_SECRET else None
        if key is None or key.once:
            request.state.bad_key = True
            what = "This key only opens a session: sign in with it." if key else "No such key, or not any more."
            raise Refusal(401, what, headers=CHALLENGE)
        return _viewer(key)
    given = request.query_params.get(ADDRESS_KEY, "")
    if given and request.method in SAFE and IN_ADDRESS.fullmatch(request.url.path):
        return await _viewer_in_address(request, given)
    token = request.cookies.get(SESSION_COOKIE, "")
    if token and len(token) <= LONGEST_SECRET:
        session = await asyncio.to_thread(store.find_session, token)
        if session is not None:
            return _viewer(session.key, session.csrf)
    return Viewer(role=Role.VIEWER if service_of(request).configuration.public else None)


async def _viewer_in_address(request: Request, secret: str) -> Viewer:
    """Who reads with a key in the address, where nothing else can be sent: only a viewer's key may stand there."""
    key = await asyncio.to_thread(service_of(request).store.find_key, secret) if len(secret) <= LONGEST_SECRET else None
    if key is None or key.once or Role[key.role.upper()] is not Role.VIEWER:
        request.state.bad_key = True
        raise Refusal(401, "No such key, or not any more: in an address only a viewer's may stand.", headers=CHALLENGE)
    return _viewer(key)


def _secret(request: Request) -> str:
    scheme, _, bearer = request.headers.get("Authorization", "").partition(" ")
    if scheme.casefold() == "bearer" and bearer.strip():
        return bearer.strip()
    return request.headers.get("X-API-Key", "").strip()


def _viewer(key: Key, csrf: str = "") -> Viewer:
    return Viewer(key.name, Role[key.role.upper()], key.id, key.scopes, csrf)


def csrf_token(request: Request) -> str:
    """What a form of this viewer must hold as ``csrf_token``; empty where nobody is signed in."""
    viewer: Viewer | None = getattr(request.state, "viewer", None)
    return viewer.csrf if viewer else ""


async def check_form(request: Request, viewer: Viewer) -> None:
    """Refuse a write that another site had a browser send.

    Raises
    ------
    Refusal
        403, where a session's write does not hold its token, or a browser says that it comes from elsewhere.
    """
    if request.method in SAFE or _secret(request):
        return
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in {"same-origin", "none"}:
        raise Refusal(403, "This was sent by a page of another site.")
    if not viewer.csrf:
        return
    given: Any = request.headers.get(CSRF_HEADER)
    if given is None and request.headers.get("Content-Type", "").startswith(
        ("application/x-www-form-urlencoded", "multipart/form-data")
    ):
        given = (await request.form()).get(CSRF_FIELD)
    if not isinstance(given, str) or not hmac.compare_digest(given.encode("utf-8", "replace"), viewer.csrf.encode()):
        raise Refusal(403, "The page this was sent from is out of date: load it again and send it once more.")


def require(role: Role) -> Callable[..., Coroutine[Any, Any, Viewer]]:
    """A dependency: who asks, where they have a role for the contest that the path names (``{id}``).

    Without the role it refuses: with 401 where nobody is signed in, else with 403.
    """

    async def required(request: Request, viewer: Annotated[Viewer, Depends(current_viewer)]) -> Viewer:
        if viewer.may(role, request.path_params.get("id")):
            return viewer
        if not viewer.signed_in:
            raise Refusal(401, f"This needs the key of {_a(role)}.", headers=CHALLENGE)
        short = viewer.role is None or viewer.role < role
        raise Refusal(403, f"This needs {_a(role)}." if short else "This key is for other contests.")

    required.__dict__["role"] = role
    return required


def _a(role: Role) -> str:
    return f"{'an' if role.name[0] in 'AEO' else 'a'} {role.name.lower()}"


Asking = Annotated[Viewer, Depends(current_viewer)]
