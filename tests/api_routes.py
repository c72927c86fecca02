"""What tests of the API share: its routes, as the service describes them."""

from __future__ import annotations

from pathlib import Path

from fastapi.routing import APIRoute

from forecast.web.api.routes import ROUTERS

ROOT = Path(__file__).resolve().parent.parent
HERE = "/v1/contests/west-midlands"
BALLOTS = {"kind": "verified", "area": "birmingham", "ballots": 216_492, "source": "the count"}
ROUTES = [
    (method, route)
    for router in ROUTERS
    for route in router.routes
    if isinstance(route, APIRoute)
    for method in sorted(route.methods or ())
]
DESCRIBED = [(method, route) for method, route in ROUTES if route.include_in_schema]
READS = [route for method, route in DESCRIBED if method == "GET" and not route.path.endswith("/events")]
JSON_READS = [route for route in READS if not route.path.endswith((".json", ".csv", ".xml", ".parquet", "/metrics"))]


def name_of(case: object) -> str:
    return case.path if isinstance(case, APIRoute) else str(case)


def filled(route: APIRoute, contest: str = "west-midlands") -> str:
    """A route's path with something in each place."""
    return route.path.replace("{id}", contest).replace("{time}", "2030-01-01T00:00:00Z").replace("{key}", "99")
