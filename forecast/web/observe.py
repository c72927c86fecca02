"""What is counted and written down of every request; and that an error nobody foresaw tells a client nothing."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import structlog
from prometheus_client import CollectorRegistry, Counter, Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from forecast.web.api.shapes import as_refusal
from forecast.web.security.body import refusal_body

__all__ = ["Observe", "Requests"]

BUCKETS = (0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0)


class Requests:
    """What requests there were, by route and status, and what they took."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.answered = Counter(
            "forecast_requests", "Requests answered.", ["method", "route", "status"], registry=registry
        )
        self.seconds = Histogram(
            "forecast_request_seconds", "Until an answer began.", ["route"], buckets=BUCKETS, registry=registry
        )

    def count(self, scope: Mapping[str, Any], status: int, seconds: float) -> None:
        """Count one request; its route is the pattern, so that no client can make up labels without end."""
        route = getattr(scope.get("route"), "path", "none")
        method = scope["method"] if route != "none" else "any"
        self.answered.labels(method, route, str(status)).inc()
        self.seconds.labels(route).observe(seconds)


class Observe:
    """Counts and writes down requests; answers with 500 and no word more where something breaks."""

    def __init__(self, app: ASGIApp, *, requests: Requests) -> None:
        self.app, self.requests = app, requests
        self.log = structlog.get_logger("forecast.web")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began, status = time.monotonic(), 0

        async def send_observed(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                self.requests.count(scope, status, time.monotonic() - began)
            await send(message)

        try:
            await self.app(scope, receive, send_observed)
        except TimeoutError:
            self.log.warning("reader too slow", path=scope["path"])
            raise
        except Exception as error:
            self.log.exception("request failed", method=scope["method"], path=scope["path"])
            if status:
                raise  # the answer has begun: all that is left is to break it off
            refusal = as_refusal(error)
            await send_observed(_start(refusal.status_code))
            await send_observed({"type": "http.response.body", "body": refusal_body(refusal)})


def _start(status: int) -> Message:
    return {"type": "http.response.start", "status": status, "headers": [(b"content-type", b"application/json")]}
