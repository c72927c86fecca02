"""How large a body may be, and how long either side may take: refused unread, or as soon as it is too much."""

from __future__ import annotations

import asyncio
import json

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from forecast.web.security.refusal import Refusal

__all__ = ["UPLOAD_LIMIT", "WRITE_LIMIT", "BodyLimit", "refusal_body"]

WRITE_LIMIT = 1_000_000
UPLOAD_LIMIT = 5_000_000
SECONDS = 20.0  # for the whole of a body to come
PATIENCE = 30.0  # for a reader to take what is sent
UPLOADS = ("multipart/form-data",)


def refusal_body(refusal: Refusal) -> bytes:
    """A refusal as every client reads it."""
    defects = [{"where": each.where, "what": each.what, "remedy": each.remedy} for each in refusal.defects]
    error = {"code": refusal.code, "message": refusal.message, "defects": defects}
    text = json.dumps({"ok": False, "error": error}, ensure_ascii=False)
    return text.encode("utf-8", "replace")


class BodyLimit:
    """Refuses a body that is too large, unread where it says so, and drops a reader who takes nothing.

    A reader of events comes back with the sequence of the last one seen.
    """

    def __init__(self, app: ASGIApp, *, seconds: float = SECONDS, patience: float = PATIENCE) -> None:
        self.app, self.seconds, self.patience = app, seconds, patience

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        limit = UPLOAD_LIMIT if headers.get("content-type", "").startswith(UPLOADS) else WRITE_LIMIT
        length = headers.get("content-length", "0")
        if not (length.isascii() and length.isdigit()) or len(length) > 12 or int(length) > limit:
            await _refuse(send, too_large(limit) if length.isdigit() else Refusal(400, "Content-Length is no number."))
            return

        async def send_patiently(message: Message) -> None:
            async with asyncio.timeout(self.patience):
                await send(message)

        await self.app(scope, self._limited(receive, limit), send_patiently)

    def _limited(self, receive: Receive, limit: int) -> Receive:
        loop = asyncio.get_running_loop()
        read, whole, until = 0, False, loop.time() + self.seconds

        async def limited() -> Message:
            nonlocal read, whole
            if whole:
                return await receive()
            try:
                async with asyncio.timeout_at(until):
                    message = await receive()
            except TimeoutError:
                raise Refusal(408, f"The body did not come within {self.seconds:.0f} seconds.") from None
            read += len(message.get("body", b""))
            whole = not message.get("more_body", False)
            if read > limit:
                raise too_large(limit)
            return message

        return limited


def too_large(limit: int) -> Refusal:
    """The refusal of a body above a limit, in bytes; the connection is closed, for nobody reads the rest."""
    return Refusal(413, f"The body is larger than {limit / 1e6:g} MB.", headers={"Connection": "close"})


async def _refuse(send: Send, refusal: Refusal) -> None:
    headers = {"Content-Type": "application/json", "Connection": "close", **(refusal.headers or {})}
    raw = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": refusal.status_code, "headers": raw})
    await send({"type": "http.response.body", "body": refusal_body(refusal)})
