"""How the service is: for people, for load balancers, for Prometheus."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from datetime import datetime

from fastapi import APIRouter, Depends, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import BaseModel, Field

from forecast.journal.access import Role
from forecast.service.health import HealthState
from forecast.web.api.parts import READS, Serving
from forecast.web.api.shapes import Success, answer, refusals
from forecast.web.security.viewer import Asking, require

__all__ = ["router"]

router = APIRouter(tags=["operations"])


class ContestHealthShape(BaseModel):
    """One contest."""

    contest: str
    state: HealthState
    reason: str
    forecast_age_seconds: float | None
    conflicts: int
    proposals: int
    unchecked: str = Field(description="Why the reference engine never checks it, for operators; empty where it does")


class FeedHealthShape(BaseModel):
    """One feed."""

    id: str
    contest: str
    age_seconds: float | None = Field(description="Since it was last read well; null: never")
    last_error: str
    items: int


class DeadEventShape(BaseModel):
    """An event that a target never took."""

    id: str
    contest: str
    kind: str
    given_up_at: datetime
    error: str


class TargetHealthShape(BaseModel):
    """One webhook's target."""

    place: str
    delivered: int
    waiting: int = Field(description="Entries of the journal that it has not been told of")
    given_up: int
    last_error: str
    gone: bool = Field(description="It answered 410: it wants no more")
    dead: list[DeadEventShape] = Field(description="The last events given up")


class HealthShape(BaseModel):
    """The whole service: the worst of its parts."""

    state: HealthState
    reasons: list[str] = Field(description="Why it is not ready; signed-in operators are told, others how many")
    contests: list[ContestHealthShape]
    feeds: list[FeedHealthShape] = Field(description="For operators")
    webhooks: list[TargetHealthShape] = Field(description="For operators")
    workers_warm: int
    workers: int
    queue: int = Field(description="Forecasts being made or waiting")
    clients: int = Field(description="Listeners to events")
    sequence: int = Field(description="Last entry of the journal taken in")


@router.get("/health", response_model=Success[HealthShape], responses=refusals(401, 503))
async def show_health(service: Serving, viewer: Asking) -> object:
    """Warming, ready, degraded or held, and why; it answers 200 as long as pages can be served at all."""
    health = await asyncio.to_thread(service.health)
    data = asdict(health)
    if not viewer.may(Role.OPERATOR):
        data["reasons"] = [f"{len(health.reasons)} to look at."] if health.reasons else []
        data["contests"] = [
            {**each, "reason": "", "unchecked": ""}
            for each in data["contests"]
            if viewer.may(Role.VIEWER, each["contest"])
        ]
        data["feeds"] = data["webhooks"] = []
    return answer(data, {"metrics": "/metrics", "contests": "/v1/contests"})


@router.get(
    "/metrics",
    response_class=Response,
    responses={**READS, 200: {"content": {"text/plain": {}}, "description": "Prometheus's text format"}},
    dependencies=[Depends(require(Role.VIEWER))],
)
async def show_metrics(request: Request, service: Serving) -> Response:
    """Ages of forecasts and feeds, seconds of updates, the queue, clients, refusals, alarms; and requests."""
    text = await asyncio.to_thread(service.metrics_text)
    return Response(text + generate_latest(request.app.state.registry), headers={"Content-Type": CONTENT_TYPE_LATEST})
