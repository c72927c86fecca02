"""Style sheets, scripts and pictures of our own, from the package."""

from __future__ import annotations

from hashlib import sha256
from importlib.resources import files

from fastapi import APIRouter, Request, Response

from forecast.web.security.refusal import Refusal

__all__ = ["read_static", "router"]

router = APIRouter(include_in_schema=False)
TYPES = {
    "pages.css": "text/css",
    "overlay.css": "text/css",
    "pages.js": "text/javascript",
    "overlay.js": "text/javascript",
    "icon.svg": "image/svg+xml",
}


def read_static(name: str) -> bytes:
    """A file as it is shipped, for packages of graphics too."""
    return files("forecast.web").joinpath("static", name).read_bytes()


_CONTENT = {name: read_static(name) for name in TYPES}


@router.get("/static/{name}")
async def static(request: Request, name: str) -> Response:
    """One of the few files there are; no path is ever made of what is asked for."""
    if name not in TYPES:
        raise Refusal(404, "There is nothing here.")
    content = _CONTENT[name]
    headers = {"ETag": f'"{sha256(content).hexdigest()[:24]}"', "Cache-Control": "no-cache"}
    if request.headers.get("If-None-Match") == headers["ETag"]:
        return Response(status_code=304, headers=headers)
    return Response(content, media_type=TYPES[name], headers=headers)
