"""What is on air as graphics, chart tools and newsrooms read it: flat rows, tables, a feed, and the count by NIST."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from forecast.journal.access import Role
from forecast.outlets.edition import Edition, read_edition
from forecast.outlets.rows import COLUMNS, KINDS, rows_csv, rows_json, rows_xml, write_table
from forecast.service.on_air import OnAir
from forecast.web.api.caching import shelf_of
from forecast.web.api.parts import CACHED, OfContest, Serving, etag_on_air, loaded
from forecast.web.security.refusal import Refusal
from forecast.web.security.viewer import require

__all__ = ["CSV", "JSON", "edition_of", "gives", "render_edition", "router"]

router = APIRouter(tags=["graphics and feeds"], dependencies=[Depends(require(Role.VIEWER))])
CSV, XML, JSON = "text/csv; charset=utf-8", "application/xml", "application/json"
type Kinds = Annotated[
    list[str] | None, Query(alias="kind", max_length=3, description=f"Only rows of these: {', '.join(KINDS)}")
]


def gives(media: str) -> dict[str, object]:
    """How a route that answers with something else than our JSON describes itself."""
    kind = media.partition(";")[0]
    return {
        "response_class": Response,
        "responses": {**CACHED, 200: {"content": {kind: {}}, "description": "As it is on air"}},
    }


@router.get("/graphics/{id}/rows.json", **gives(JSON))  # type: ignore[arg-type]
async def graphics_json(request: Request, service: Serving, served: OfContest, kinds: Kinds = None) -> Response:
    """Flat rows as a JSON array, for graphics: the contest, candidates, areas; display strings beside numbers."""
    wanted = _kinds(kinds)
    return await render_edition(
        request, service, served, f"rows.json {wanted}", JSON, lambda on: rows_json(on, wanted), "[]\n"
    )


@router.get("/graphics/{id}/rows.csv", **gives(CSV))  # type: ignore[arg-type]
async def graphics_csv(request: Request, service: Serving, served: OfContest, kinds: Kinds = None) -> Response:
    """The same rows as CSV."""
    wanted, none = _kinds(kinds), write_table(COLUMNS, ())
    return await render_edition(
        request, service, served, f"rows.csv {wanted}", CSV, lambda on: rows_csv(on, wanted), none
    )


@router.get("/graphics/{id}/rows.xml", **gives(XML))  # type: ignore[arg-type]
async def graphics_xml(request: Request, service: Serving, served: OfContest, kinds: Kinds = None) -> Response:
    """The same rows as XML: `<rows><row><sequence>…`."""
    wanted, none = _kinds(kinds), '<?xml version="1.0" encoding="UTF-8"?>\n<rows />\n'
    return await render_edition(
        request, service, served, f"rows.xml {wanted}", XML, lambda on: rows_xml(on, wanted), none
    )


def edition_of(on_air: OnAir) -> Edition | None:
    """What is on air as outlets render it; None where nothing is."""
    if on_air.document is None:
        return None
    return read_edition(
        on_air.document,
        on_air.contest,
        number=on_air.number,
        sequence=on_air.sequence,
        at=on_air.at,
        status=on_air.status,
        test=on_air.test,
    )


async def render_edition(
    request: Request,
    service: Serving,
    served: OfContest,
    name: str,
    media: str,
    render: Callable[[Edition], str],
    none: str,
) -> Response:
    """What is on air, rendered once for everybody who asks; ``none`` where nothing is on air."""
    loaded(served)
    on_air = await service.on_air(served.id)

    def make() -> bytes:
        edition = edition_of(on_air)
        return (none if edition is None else render(edition)).encode()

    etag = etag_on_air(on_air, name)
    return await shelf_of(request).answer(request, f"{name} {served.id}", etag, make, media=media)


def _kinds(given: Sequence[str] | None) -> tuple[str, ...]:
    """The kinds asked for, in our order, so that there are few ways to ask."""
    if unknown := sorted(set(given or ()) - set(KINDS)):
        raise Refusal(422, f'There are no rows of "{unknown[0][:40]}": the kinds are {", ".join(KINDS)}.')
    return tuple(kind for kind in KINDS if not given or kind in given)
