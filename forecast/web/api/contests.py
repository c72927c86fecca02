"""The contests served: a list, the most open first; one of them; and one more."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, Field

from forecast.journal.access import Listing, Role
from forecast.journal.made import write_head
from forecast.service.on_air import OnAir, OnAirStatus
from forecast.service.served import Served
from forecast.web.api.caching import answer_once
from forecast.web.api.parts import CACHED, MOST, READS, WRITES, OfContest, Serving, links_of, on_air_facts, write_json
from forecast.web.api.shapes import Success, answer
from forecast.web.security.viewer import Asking, Viewer, require
from forecast.web.told import UNLOADED

__all__ = ["heads_of", "router"]

router = APIRouter(prefix="/v1/contests", tags=["contests"])
ID = r"^[a-z0-9]+([.-][a-z0-9]+)*$"


class ContestShape(BaseModel):
    """A contest at a glance."""

    contest: str = Field(description="Its id, as it is served")
    title: str
    polling_day: date | None
    error: str = Field(description="That it does not load, and to operators why; empty where it does")
    status: OnAirStatus
    reason: str = Field(description="Why it is not live, in a sentence")
    test: bool = Field(description="Whether everything shown of it must say that it is a test")
    label: str
    call_ready: bool = Field(description="Whether two editors have signed it off. It is never a call: people call")
    number: int = Field(description="The forecast's number; 0 without one")
    sequence: int = Field(description="The journal's entry that put it on air")
    at: datetime | None = Field(description="When the forecast was made")
    headline: str
    rating: str
    latest: str = Field(description="The last item of news, in words")
    areas_declared: int
    areas_total: int
    win_probabilities: dict[str, float]
    displays: dict[str, str] = Field(description="Win probabilities as they are to be shown")
    openness: float | None = Field(description="1 less the highest win probability; null without a forecast")


class AreaShape(BaseModel):
    """An area that counts."""

    id: str
    code: str
    name: str
    electorate: int | None
    group: str


class CandidateShape(BaseModel):
    """A candidate, in ballot order."""

    id: str
    name: str
    party: str
    party_id: str
    colour: str


class WholeContestShape(ContestShape):
    """A contest with its areas and candidates."""

    areas: list[AreaShape]
    candidates: list[CandidateShape]


class NewListing(BaseModel, extra="forbid"):
    """One more contest to serve, such as a rehearsal."""

    contest: str = Field(min_length=1, max_length=200, description="The contest's name", examples=["west-midlands"])
    id: str = Field(pattern=ID, max_length=80, description="What to serve it as", examples=["rehearsal"])
    test: bool = Field(default=True, description="Whether everything shown of it says that it is a test")
    engine: str = Field(default="", max_length=40, description="The service's where left out")
    draws: int | None = Field(default=None, ge=1_000, le=200_000, description="The service's where left out")
    seed: int | None = Field(default=None, ge=0, le=MOST, description="The service's where left out")


@router.get(
    "", response_model=Success[list[ContestShape]], responses=CACHED, dependencies=[Depends(require(Role.VIEWER))]
)
async def list_contests(request: Request, service: Serving, viewer: Asking) -> Response:
    """Every contest, the most open first: those whose likeliest winner is least likely."""
    shown = [each for each in service.contests() if viewer.may(Role.VIEWER, each.id)]
    rows = [await _row(request, each, viewer) for each in shown]
    rows.sort(key=lambda row: -1.0 if row["openness"] is None else row["openness"], reverse=True)
    return await answer_once(request, write_json(answer(rows, {"self": "/v1/contests", "events": "/v1/events"})))


@router.get(
    "/{id}",
    response_model=Success[WholeContestShape],
    responses=READS,
    dependencies=[Depends(require(Role.VIEWER))],
)
async def show_contest(request: Request, served: OfContest, viewer: Asking) -> object:
    """One contest: how it stands, its areas, and its candidates in ballot order."""
    contest, name = served.contest, served.id
    row = await _row(request, served, viewer)
    row["areas"] = [] if contest is None else [_fields(AreaShape, each) for each in contest.areas]
    row["candidates"] = [] if contest is None else [_fields(CandidateShape, each) for each in contest.candidates]
    links = links_of(name, "latest", "history", "needs", "news", "events", "nist.json", "draws.parquet")
    return answer(row, {"self": f"/v1/contests/{name}", **links})


@router.post("", status_code=201, response_model=Success[ContestShape], responses=WRITES)
async def add_contest(
    request: Request, service: Serving, viewer: Annotated[Viewer, Depends(require(Role.ADMIN))], body: NewListing
) -> object:
    """Serve one more contest until it is taken away; it is in the journal."""
    usual = service.configuration
    listing = Listing(
        id=body.id,
        contest=body.contest,
        test=body.test,
        engine=body.engine or usual.engine,
        draws=body.draws or usual.draws or 0,
        seed=usual.seed if body.seed is None else body.seed,
        made_at=datetime.now(UTC),
    )
    served = await service.add_contest(listing, viewer.actor)
    return answer(await _row(request, served, viewer), {"self": f"/v1/contests/{body.id}"})


def heads_of(request: Request) -> dict[str, tuple[int, dict[str, Any]]]:
    """The headline figures last read of each contest's document, by its forecast's number."""
    heads: dict[str, tuple[int, dict[str, Any]]] = request.app.state.heads
    return heads


async def _row(request: Request, served: Served, viewer: Viewer) -> dict[str, Any]:
    name, contest = served.id, served.contest
    on_air = await request.app.state.service.on_air(name) if contest is not None else _unloaded(name, served.error)
    head = await _head(request, on_air)
    chances = head.get("win_probabilities", {})
    return {
        **on_air_facts(on_air),
        "title": contest.title if contest else name,
        "polling_day": contest.polling_day.isoformat() if contest else None,
        "error": served.error if viewer.may(Role.OPERATOR, name) or not served.error else UNLOADED,
        "headline": head.get("headline", ""),
        "rating": head.get("rating", ""),
        "latest": head.get("latest", ""),
        "areas_declared": head.get("areas_declared", 0),
        "areas_total": len(contest.areas) if contest else 0,
        "win_probabilities": chances,
        "displays": head.get("displays", {}),
        "openness": 1 - max(chances.values()) if chances else None,
    }


async def _head(request: Request, on_air: OnAir) -> dict[str, Any]:
    if on_air.document is None:
        return {}
    number, head = heads_of(request).get(on_air.contest, (0, {}))
    if number != on_air.number:
        head = await asyncio.to_thread(write_head, on_air.document)
        heads_of(request)[on_air.contest] = on_air.number, head
    return head


def _unloaded(name: str, error: str) -> OnAir:
    return OnAir(name, None, 0, 0, None, "none", 0.0, error)


def _fields(shape: type[BaseModel], of: object) -> dict[str, Any]:
    return {name: getattr(of, name) for name in shape.model_fields}
