"""How often anybody may ask: by key where there is one, else by address; in memory, by process."""

from __future__ import annotations

import time
from collections.abc import Mapping

from fastapi import Request
from limits import RateLimitItem, parse
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import FixedWindowRateLimiter

from forecast.config import LimitSettings
from forecast.web.security.refusal import Refusal
from forecast.web.security.viewer import SAFE, Viewer

__all__ = ["Rates", "kind_of", "whose"]

BAD_KEYS = "60/minute"  # what guessing may cost; a renderer with a revoked key asks about as often
SIGN_IN = {"/login", "/v1/session"}
UNCOUNTED = {"/health", "/metrics"}


def kind_of(method: str, path: str) -> str:
    """What is counted together: reads, writes, what-ifs (draws too, which a worker makes), or attempts to sign in."""
    if path.endswith("/draws.parquet"):
        return "what_ifs"
    if method in SAFE:
        return "reads"
    if path in SIGN_IN:
        return "sign_ins"
    return "what_ifs" if path.endswith("/what-if") else "writes"


class Rates:
    """Counts what is asked and refuses what is too much."""

    def __init__(self, settings: LimitSettings) -> None:
        rates = {kind: getattr(settings, kind) for kind in ("reads", "writes", "what_ifs", "sign_ins")}
        self.items: Mapping[str, RateLimitItem] = {
            kind: parse(rate) for kind, rate in {**rates, "bad_keys": BAD_KEYS}.items()
        }
        self.limiter = FixedWindowRateLimiter(MemoryStorage())

    async def check(self, request: Request, viewer: Viewer | None) -> None:
        """Count a request.

        Raises
        ------
        Refusal
            429, with the seconds to wait.
        """
        if request.url.path not in UNCOUNTED:
            await self.count(kind_of(request.method, request.url.path), whose(request, viewer))

    async def count(self, kind: str, who: str) -> None:
        """Count one of a kind for somebody; refuse as `check` does."""
        item = self.items[kind]
        if await self.limiter.hit(item, kind, who):
            return
        window = await self.limiter.get_window_stats(item, kind, who)
        wait = max(1, int(window.reset_time - time.time()) + 1)
        message = f"More than {item.amount} {kind.replace('_', '-')} in a {item.GRANULARITY.name}."
        raise Refusal(429, message, headers={"Retry-After": str(wait)})


def whose(request: Request, viewer: Viewer | None) -> str:
    """Whom a request counts for."""
    if viewer is not None and viewer.key_id:
        return f"key {viewer.key_id}"
    return request.client.host if request.client else "unknown"
