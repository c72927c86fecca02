"""What is on air, what was, and what would be: the documents of one contest."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import BaseModel, Field

from forecast.arithmetic.needs import Needs
from forecast.bulletin.summary import Forecast
from forecast.journal.access import Role
from forecast.journal.made import Head
from forecast.service.on_air import OnAir, OnAirStatus
from forecast.web.api.caching import answer_once, shelf_of
from forecast.web.api.parts import (
    CACHED,
    READS,
    WRITES,
    After,
    OfContest,
    Serving,
    etag_on_air,
    iso,
    links_of,
    loaded,
    on_air_facts,
    refuse_hidden,
    with_document,
    write_json,
)
from forecast.web.api.shapes import Success, answer
from forecast.web.security.refusal import Refusal
from forecast.web.security.viewer import Asking, require

__all__ = ["router"]

router = APIRouter(prefix="/v1/contests/{id}", tags=["forecasts"])
ANYONE = [Depends(require(Role.VIEWER))]


class OnAirShape(BaseModel):
    """What is on air."""

    contest: str
    number: int = Field(description="The forecast's number; 0 without one")
    sequence: int = Field(description="The journal's entry that put it on air; 0 where it is not")
    at: datetime | None = Field(description="When the forecast was made")
    status: OnAirStatus
    reason: str = Field(description="Why it is not live, in a sentence")
    test: bool
    label: str
    call_ready: bool
    document: Forecast | None = Field(description="The forecast's document, as `docs/json.md` describes it")


class HeadShape(BaseModel):
    """A forecast that was on air, in a line."""

    number: int
    at: datetime
    through: int = Field(description="The last entry of the journal it saw")
    published: int | None
    headline: str
    rating: str
    latest: str
    areas_declared: int
    areas_total: int
    win_probabilities: dict[str, float]
    displays: dict[str, str]


class NeedsShape(BaseModel):
    """The desk's arithmetic of what is on air."""

    contest: str
    number: int
    status: OnAirStatus
    needs: Needs | None = Field(description="Null without a forecast on air")


class Suppositions(BaseModel, extra="forbid"):
    """Figures to suppose."""

    settings: list[Annotated[str, Field(max_length=200)]] = Field(
        min_length=1, max_length=50, description="`area.measure=value`", examples=[["sandwell.lead=15"]]
    )


class SupposedShape(BaseModel):
    """What would follow; hypothetical, and stored nowhere."""

    contest: str
    settings: list[str]
    document: Forecast


@router.get("/latest", response_model=Success[OnAirShape], responses=CACHED, dependencies=ANYONE)
async def show_latest(request: Request, service: Serving, served: OfContest) -> Response:
    """What is on air now, the same for everybody; ask with the last ETag, and 304 says that nothing changed."""
    loaded(served)
    on_air = await service.on_air(served.id)
    links = links_of(on_air.contest, "history", "needs", "news", "events")

    def make() -> bytes:
        return with_document(on_air_facts(on_air), on_air.document, links)

    return await shelf_of(request).answer(request, f"latest {on_air.contest}", etag_on_air(on_air), make)


@router.get("/draft", response_model=Success[OnAirShape], responses=READS, dependencies=[Depends(require(Role.EDITOR))])
async def show_draft(service: Serving, served: OfContest) -> Response:
    """The forecast made last, on air or not: what editors look at while a contest is held or embargoed."""
    loaded(served)
    name = served.id
    on_air = await service.on_air(name, editor=True)
    made = await asyncio.to_thread(service.desks.desk(name).draft, service.store)
    facts = on_air_facts(on_air) | {"reason": on_air.reason}
    if made is not None:
        facts |= {"number": made.number, "sequence": made.published or 0, "at": iso(made.at)}
    body = with_document(facts, made.document if made else None, links_of(name, "latest", "decisions"))
    return Response(body, media_type="application/json")


@router.get("/history", response_model=Success[list[HeadShape]], responses=CACHED, dependencies=ANYONE)
async def list_history(
    request: Request,
    service: Serving,
    served: OfContest,
    after: After = 0,
    limit: Annotated[int, Query(ge=1, le=500)] = 500,
) -> Response:
    """Forecasts that were on air, oldest first, without their documents; the next page is `after` the last number."""
    on_air = await _visible(service, served)
    name, desk = served.id, service.desks.desk(served.id)
    if on_air is not None and (after, limit) == (0, 500):  # what everybody asks for
        etag = etag_on_air(on_air, "history", desk.past, len(desk.state.rehearsals))

        def make() -> bytes:
            return _history(name, desk.history(service.store, limit=limit), limit)

        return await shelf_of(request).answer(request, f"history {name}", etag, make)
    history = partial(desk.history, service.store, after=after, limit=limit)
    heads = [] if on_air is None else await asyncio.to_thread(history)
    return await answer_once(request, _history(name, heads, limit))


def _history(name: str, heads: Sequence[Head], limit: int) -> bytes:
    rows = [asdict(head) | {"at": iso(head.at)} for head in heads]
    links = {"self": f"/v1/contests/{name}/history"}
    if len(heads) == limit:
        links["next"] = f"/v1/contests/{name}/history?after={heads[-1].number}&limit={limit}"
    return write_json(answer(rows, links))


@router.get("/at/{time}", response_model=Success[OnAirShape], responses=CACHED, dependencies=ANYONE)
async def show_at(
    request: Request,
    service: Serving,
    served: OfContest,
    time: Annotated[datetime, Path(description="With its offset: 2024-05-04T18:00:00+01:00")],
) -> Response:
    """What was on air at a time; `document` is null where nothing was."""
    at, name = _aware(time), served.id
    on_air = await _visible(service, served)
    read = partial(service.store.forecast_at, name, at, without=service.state(name).rehearsals)
    stored = None if on_air is None else await asyncio.to_thread(read)
    now = on_air_facts(on_air or await service.on_air(name))
    facts = now | {"number": 0, "sequence": 0, "at": None, "reason": f"As it was at {iso(at)}.", "call_ready": False}
    if stored is not None:
        facts |= {"number": stored.number, "sequence": stored.published or 0, "at": iso(stored.at)}
    body = with_document(facts, stored.document if stored else None, links_of(name, "latest", "history"))
    return await answer_once(request, body)


@router.get("/needs", response_model=Success[NeedsShape], responses=CACHED, dependencies=ANYONE)
async def show_needs(request: Request, service: Serving, served: OfContest) -> Response:
    """The desk's arithmetic of what is on air: votes needed, swings, what is outstanding. No model."""
    loaded(served)
    on_air = await service.on_air(served.id)

    def make() -> bytes:
        needs = None if on_air.document is None else json.loads(on_air.document)["needs"]
        data = {"contest": on_air.contest, "number": on_air.number, "status": on_air.status, "needs": needs}
        return write_json(answer(data, links_of(on_air.contest, "latest")))

    return await shelf_of(request).answer(request, f"needs {on_air.contest}", etag_on_air(on_air), make)


@router.post("/what-if", response_model=Success[SupposedShape], responses=WRITES, dependencies=ANYONE)
async def suppose(service: Serving, served: OfContest, viewer: Asking, body: Suppositions) -> Response:
    """What would follow if figures came true: hypothetical, labelled so, stored nowhere."""
    loaded(served)
    name = served.id
    await refuse_hidden(service, name, viewer)
    document = await service.what_if(name, body.settings)
    facts: dict[str, Any] = {"contest": name, "settings": body.settings}
    return Response(with_document(facts, document, links_of(name, "latest")), media_type="application/json")


@router.get(
    "/draws.parquet",
    response_class=Response,
    responses={**READS, 200: {"content": {"application/vnd.apache.parquet": {}}, "description": "A Parquet file"}},
    dependencies=ANYONE,
)
async def fetch_draws(service: Serving, served: OfContest, viewer: Asking) -> Response:
    """The draws of the present moment: one row for each draw and area, a column for each candidate's votes."""
    loaded(served)
    await refuse_hidden(service, served.id, viewer)
    body = await service.draws_parquet(served.id)
    return Response(body, media_type="application/vnd.apache.parquet")


async def _visible(service: Serving, served: OfContest) -> OnAir | None:
    """What is on air, or None under an embargo, when viewers see nothing of the night, nor of its past."""
    loaded(served)
    on_air = await service.on_air(served.id)
    return None if on_air.status == "embargoed" else on_air


def _aware(time: datetime) -> datetime:
    if time.tzinfo is None:
        raise Refusal(422, "The time does not say in which time zone it is.")
    try:
        return time.astimezone(UTC)
    except OverflowError:
        raise Refusal(422, "There is no such time.") from None
