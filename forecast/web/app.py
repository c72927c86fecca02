"""The web application of a service: the guard, the API, and the pages where they are there."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from fastapi import Depends, FastAPI
from prometheus_client import CollectorRegistry
from starlette.types import Lifespan

from forecast.bulletin.bulletin import software_version
from forecast.web.api.caching import Shelf
from forecast.web.api.events import Streams
from forecast.web.api.routes import add_api
from forecast.web.api.shapes import add_refusals
from forecast.web.observe import Observe, Requests
from forecast.web.security.body import BodyLimit
from forecast.web.security.guard import guard
from forecast.web.security.headers import Headers
from forecast.web.security.rates import Rates

if TYPE_CHECKING:
    from forecast.config import Configuration
    from forecast.service.service import Service

__all__ = ["describe_api", "make_app"]

PAGES = "forecast.web.pages"
DESCRIPTION = (
    "Forecasts of contests while they are being counted: what is on air, the news it is made of, and what editors "
    "decide. Shares and probabilities are 0-1, times UTC, and what is not known is null, never zero."
)


def make_app(service: Service, configuration: Configuration, *, lifespan: Lifespan[FastAPI] | None = None) -> FastAPI:
    """The application that serves a service; whoever runs it starts and stops the service, perhaps in ``lifespan``.

    In ``app.state``: ``service``, ``configuration``, ``rates`` and ``registry``, the metrics'.
    """
    app = _bare_app(lifespan)
    app.state.service, app.state.configuration = service, configuration
    app.state.rates, app.state.registry = Rates(configuration.limits), CollectorRegistry()
    app.state.shelf, app.state.heads = Shelf(), {}
    app.state.streams = Streams(configuration.limits.streams, configuration.limits.streams_each)
    framers = " ".join(configuration.frame_ancestors) or "'none'"
    app.add_middleware(BodyLimit)
    app.add_middleware(Observe, requests=Requests(app.state.registry))
    app.add_middleware(Headers, public=configuration.public, framers=framers, https=configuration.https)
    if find_spec(PAGES) is not None and hasattr(pages := import_module(PAGES), "add_pages"):
        pages.add_pages(app)
    return app


def describe_api() -> dict[str, Any]:
    """The API's description in OpenAPI 3.1, without a service behind it."""
    return _bare_app().openapi()


def _bare_app(lifespan: Lifespan[FastAPI] | None = None) -> FastAPI:
    app = FastAPI(
        title="forecast",
        version=software_version(),
        description=DESCRIPTION,
        openapi_url="/v1/openapi.json",
        docs_url=None,  # its pages load from hosts that are not ours
        redoc_url=None,
        lifespan=lifespan,
        dependencies=[Depends(guard)],
        generate_unique_id_function=lambda route: route.name,
    )
    add_refusals(app)
    add_api(app)
    return app
