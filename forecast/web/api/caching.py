"""Answers that many ask for: made once, named by an ETag, and kept for seconds by whoever stands between."""

from __future__ import annotations

import asyncio
import zlib
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256

from fastapi import Request, Response

__all__ = ["FOR_SECONDS", "Kept", "Shelf", "answer_once", "etag_of", "has", "send", "shelf_of"]

FOR_SECONDS = "max-age=2, stale-while-revalidate=10"
WORTH_ZIPPING = 1_000


@dataclass(frozen=True, slots=True)
class Kept:
    """A body under its ETag, and the same zipped where that is worth it."""

    etag: str
    plain: bytes
    zipped: bytes | None


@dataclass(eq=False, slots=True)
class Shelf:
    """The last body of each name; those who ask while it is made wait for the one that is."""

    kept: dict[str, Kept] = field(default_factory=dict)
    locks: defaultdict[str, asyncio.Lock] = field(default_factory=lambda: defaultdict(asyncio.Lock))

    async def take(self, name: str, etag: str, make: Callable[[], bytes]) -> Kept:
        """The body of a name as its ETag says; ``make`` runs in a thread where it is not at hand."""

        async def made() -> bytes:
            return await asyncio.to_thread(make)

        return await self.take_made(name, etag, made)

    async def take_made(self, name: str, etag: str, make: Callable[[], Awaitable[bytes]]) -> Kept:
        """The same of a body that is made in the loop."""
        async with self.locks[name]:
            kept = self.kept.get(name)
            if kept is None or kept.etag != etag:
                body = await make()
                kept = self.kept[name] = await asyncio.to_thread(_keep, etag, body)
            return kept

    async def answer(
        self,
        request: Request,
        name: str,
        etag: str,
        make: Callable[[], bytes],
        *,
        media: str = "application/json",
        lasts: str = FOR_SECONDS,
    ) -> Response:
        """The answer to a request for a body: 304 where the client has it, zipped where the client can unzip it.

        Parameters
        ----------
        name, etag
            What the body is and which one; whoever has the same ETag has the same body.
        lasts
            How long a cache may keep it.
        """
        headers = {"ETag": etag, "Cache-Control": _kept_by(request, lasts), "Vary": "Accept-Encoding"}
        if has(request, etag):
            return Response(status_code=304, headers=headers)
        return send(request, await self.take(name, etag, make), headers, media)


async def answer_once(request: Request, body: bytes, media: str = "application/json") -> Response:
    """As `Shelf.answer`, of a body that is not worth a place on the shelf, such as one page of many."""
    etag = etag_of(body)
    headers = {"ETag": etag, "Cache-Control": _kept_by(request, FOR_SECONDS), "Vary": "Accept-Encoding"}
    if has(request, etag):
        return Response(status_code=304, headers=headers)
    return send(request, await asyncio.to_thread(_keep, etag, body), headers, media)


def shelf_of(request: Request) -> Shelf:
    """The shelf of the application."""
    shelf: Shelf = request.app.state.shelf
    return shelf


def etag_of(*parts: object) -> str:
    """An ETag made of what tells one body from another; weak, for it names zipped and plain alike."""
    return f'W/"{sha256(repr(parts).encode("utf-8", "replace")).hexdigest()[:24]}"'


def has(request: Request, etag: str) -> bool:
    """Whether the client says that it has this already."""
    given = {each.strip().removeprefix("W/") for each in request.headers.get("If-None-Match", "").split(",")}
    return etag.removeprefix("W/") in given or given == {"*"}


def _kept_by(request: Request, lasts: str) -> str:
    """Caches between keep what anyone may read; what needs a key only the reader's own does."""
    open_to_all = request.app.state.configuration.public and not request.state.viewer.signed_in
    return f"{'public' if open_to_all else 'private'}, {lasts}"


def send(request: Request, kept: Kept, headers: Mapping[str, str], media: str) -> Response:
    """A body, zipped where the client can unzip it."""
    if kept.zipped is not None and "gzip" in request.headers.get("Accept-Encoding", ""):
        return Response(kept.zipped, headers={**headers, "Content-Encoding": "gzip"}, media_type=media)
    return Response(kept.plain, headers=dict(headers), media_type=media)


def _keep(etag: str, plain: bytes) -> Kept:
    if len(plain) < WORTH_ZIPPING:
        return Kept(etag, plain, None)
    zipper = zlib.compressobj(5, zlib.DEFLATED, 31)
    return Kept(etag, plain, zipper.compress(plain) + zipper.flush())
