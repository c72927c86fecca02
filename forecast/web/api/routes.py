"""Every route of the API, put together."""

from __future__ import annotations

from fastapi import FastAPI

from forecast.web.api import contests, decisions, events, forecasts, keys, news, operations, session

__all__ = ["add_api"]


def add_api(app: FastAPI) -> None:
    """Add every route of the API to an app."""
    for each in (contests, forecasts, news, decisions, events, keys, session, operations):
        app.include_router(each.router)
