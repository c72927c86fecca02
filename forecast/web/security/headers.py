"""What every answer tells browsers and caches: what may run, who may frame it, who may read it from elsewhere."""

from __future__ import annotations

import re
from collections.abc import Mapping

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from forecast.web.security.viewer import IN_ADDRESS

__all__ = ["OPEN_PATHS", "Headers", "content_policy", "safe_headers"]

OVERLAY = "/overlay/"
# Read-only and without anything of the reader's: pages of other sites may read them (chart tools, partners).
OPEN_PATHS = re.compile(
    r"/(?:feeds|graphics|overlay)/.+|/v1/contests(?:/[^/]+/(?:latest|history|needs|events|nist\.json|at/[^/]+))?"
)
NEVER_KEPT = "no-store"


def content_policy(framers: str = "'none'") -> str:
    """The content security policy: everything from here, nothing inline, framed only by ``framers``."""
    return (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
        "connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; "
        f"frame-ancestors {framers}"
    )


def safe_headers(path: str, *, https: bool, public: bool, framers: str) -> Mapping[str, str]:
    """Headers for an answer at a path."""
    overlay = path.startswith(OVERLAY)
    headers = {
        "Content-Security-Policy": content_policy(framers if overlay else "'none'"),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer" if overlay else "same-origin",  # its address may hold a key
        "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
        "Cross-Origin-Opener-Policy": "same-origin",
    }
    headers["Cross-Origin-Resource-Policy"] = "cross-origin" if OPEN_PATHS.fullmatch(path) and public else "same-origin"
    if not overlay:
        headers["X-Frame-Options"] = "DENY"
    if https:
        headers["Strict-Transport-Security"] = "max-age=31536000"
    return headers


class Headers:
    """Puts them on every answer; answers HEAD as GET without its body, and what browsers ask before reading.

    Parameters
    ----------
    public
        Whether anyone may read: then other sites' pages may too.
    framers
        Who may frame overlays, as in ``frame-ancestors``: ``*`` for every renderer.
    https
        Whether people reach it by https, through something before it.
    """

    def __init__(self, app: ASGIApp, *, public: bool = True, framers: str = "*", https: bool = False) -> None:
        self.app, self.public, self.framers, self.https = app, public, framers, https

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        path, method = scope["path"], scope["method"]
        keyed = IN_ADDRESS.fullmatch(path) is not None and b"key=" in scope.get("query_string", b"")
        opened = (self.public or keyed) and OPEN_PATHS.fullmatch(path) is not None  # a browser sends no key unasked
        https = self.https or scope.get("scheme") == "https"
        fixed = safe_headers(path, https=https, public=self.public, framers=self.framers)

        async def send_safely(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in fixed.items():
                    headers.setdefault(name, value)
                headers.setdefault("Cache-Control", NEVER_KEPT)
                if opened:
                    _open(headers)
            elif method == "HEAD":
                message = {**message, "body": b""}
            await send(message)

        if method == "OPTIONS" and opened:
            await _answer_preflight(send_safely)
        else:
            await self.app({**scope, "method": "GET"} if method == "HEAD" else scope, receive, send_safely)


def _open(headers: MutableHeaders) -> None:
    headers["Access-Control-Allow-Origin"] = "*"
    headers["Access-Control-Expose-Headers"] = "ETag, Last-Modified"


async def _answer_preflight(send: Send) -> None:
    headers = [
        (b"access-control-allow-methods", b"GET, HEAD"),
        (b"access-control-allow-headers", b"If-None-Match, Last-Event-ID"),
        (b"access-control-max-age", b"86400"),
        (b"cache-control", b"max-age=86400"),
    ]
    await send({"type": "http.response.start", "status": 204, "headers": headers})
    await send({"type": "http.response.body", "body": b""})
