"""What routes have in common: the contest that a path names, what is on air of it, and how numbers are bounded."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import Depends, Path, Query, Request

from forecast.contests.contest import Contest
from forecast.journal.access import Role
from forecast.service.on_air import OnAir
from forecast.service.served import Served
from forecast.service.service import Service
from forecast.web.api.caching import etag_of
from forecast.web.api.shapes import refusals
from forecast.web.security.refusal import Refusal
from forecast.web.security.viewer import Viewer, service_of
from forecast.web.told import UNLOADED, tell_reason

__all__ = [
    "CACHED",
    "MOST",
    "READS",
    "WRITES",
    "After",
    "OfContest",
    "Serving",
    "etag_on_air",
    "iso",
    "links_of",
    "loaded",
    "on_air_facts",
    "refuse_hidden",
    "with_document",
    "write_json",
]

HIDDEN = {"held", "embargoed"}
MOST = 2**53 - 1  # what JSON's numbers hold exactly, well inside a database's
READS = refusals(400, 401, 403, 404, 422, 429, 503)
CACHED = READS | {304: {"description": "As the client has it already"}}
WRITES = refusals(400, 401, 403, 404, 408, 409, 413, 422, 429, 503)

type After = Annotated[int, Query(ge=0, le=MOST)]


async def serving(request: Request) -> Service:
    """The service, for what asks of it: in the loop, since a thread for each request costs more than most answers."""
    return service_of(request)


type Serving = Annotated[Service, Depends(serving)]


async def served_contest(
    request: Request,
    id: Annotated[str, Path(description="The contest's id, as it is served")],  # noqa: A002
) -> Served:
    """The contest that the path names."""
    for each in service_of(request).contests():
        if each.id == id:
            return each
    raise Refusal(404, "No such contest is served here.")


type OfContest = Annotated[Served, Depends(served_contest)]


def loaded(served: Served) -> Contest:
    """The contest itself.

    Raises
    ------
    Refusal
        503, where it does not load.
    """
    if served.contest is None:
        raise Refusal(503, f"{served.id}: {UNLOADED}")
    return served.contest


async def refuse_hidden(service: Service, contest: str, viewer: Viewer) -> None:
    """While a contest is held or embargoed, what is made of the present news is editors' alone.

    Raises
    ------
    Refusal
        403, for anybody else.
    """
    on_air = await service.on_air(contest)
    if on_air.status in HIDDEN and not viewer.may(Role.EDITOR, contest):
        raise Refusal(403, f"{contest} is {on_air.status}: until it is on air again this is for editors.")


def iso(at: datetime | None) -> str | None:
    """A time as the API writes it."""
    return None if at is None else at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def links_of(contest: str, *names: str) -> dict[str, str]:
    """Links to parts of a contest by their names; ``self`` and the like are given by the caller."""
    return {name: f"/v1/contests/{contest}/{name}" for name in names}


def on_air_facts(on_air: OnAir) -> dict[str, Any]:
    """What is said to everybody of what is on air, without its document; no age, which a cache would keep wrong."""
    return {
        "contest": on_air.contest,
        "number": on_air.number,
        "sequence": on_air.sequence,
        "at": iso(on_air.at),
        "status": on_air.status,
        "reason": tell_reason(on_air),
        "test": on_air.test,
        "label": on_air.label,
        "call_ready": on_air.call_ready,
    }


def etag_on_air(on_air: OnAir, *more: object) -> str:
    """An ETag of what is on air: another as soon as anything said of it is another."""
    return etag_of(*on_air_facts(on_air).values(), *more)


def with_document(facts: Mapping[str, Any], document: str | None, links: Mapping[str, str]) -> bytes:
    """A success whose data are facts and a document: the document's own text, never read and written again."""
    front = json.dumps(facts, ensure_ascii=False)[:-1]
    text = f'{{"ok":true,"data":{front},"document":{(document or "null").strip()}}},"links":{json.dumps(dict(links))}}}'
    return text.encode("utf-8", "replace")


def write_json(data: Any) -> bytes:
    """JSON as the API sends it; halves of characters, which UTF-8 cannot hold, become question marks."""
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
