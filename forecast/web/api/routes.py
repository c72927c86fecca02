"""Every route of the API, put together, each with the role that its description names."""

from __future__ import annotations

from collections.abc import Iterator

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from forecast.journal.access import Role
from forecast.web.api import contests, decisions, events, feeds, flat, forecasts, keys, news, operations, session

__all__ = ["ROUTERS", "add_api", "role_of"]

ROUTERS = tuple(
    each.router for each in (contests, forecasts, news, decisions, events, flat, feeds, keys, session, operations)
)


def add_api(app: FastAPI) -> None:
    """Add every route of the API to an app."""
    for router in ROUTERS:
        for route in router.routes:
            if isinstance(route, APIRoute):
                role = role_of(route)
                said = f"{role.name.lower()}s" if role else "anyone"
                route.openapi_extra = {**(route.openapi_extra or {}), "x-role": said}
        app.include_router(router)


def role_of(route: APIRoute) -> Role | None:
    """The highest role that a route requires; None where it requires none."""
    return max(_roles(route.dependant), default=None)


def _roles(dependant: Dependant) -> Iterator[Role]:
    for each in dependant.dependencies:
        role: Role | None = getattr(each.call, "role", None)
        if role is not None:
            yield role
        yield from _roles(each)
