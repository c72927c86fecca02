"""What happens, as it happens: server-sent events whose ids are the journal's, so that nothing is missed."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Request
from fastapi.sse import EventSourceResponse, ServerSentEvent

from forecast.journal.access import Role
from forecast.journal.entry import PAST, EntryKind
from forecast.service.hub import Event
from forecast.web.api.parts import MOST, READS, After, OfContest, Serving
from forecast.web.security.refusal import Refusal
from forecast.web.security.viewer import Asking, Viewer, require

__all__ = ["Streams", "event_for", "router"]

router = APIRouter(tags=["events"], dependencies=[Depends(require(Role.VIEWER))])
RETRY = 2_000  # milliseconds until a client that lost its connection comes back
# What viewers are told of a decision: what it was, not who took it nor why.
TOLD: Mapping[str, tuple[str, ...]] = {
    "publication": ("at", "forecast", "digest", "status"),
    "decision": ("at", "action", "text", "until"),
    "service": ("at", "action"),
}
SILENT = {"choose", "undo"}  # decisions about items, which viewers see once they are on air


@dataclass(eq=False, slots=True)
class Streams:
    """How many listen, in all and from each address."""

    most: int
    most_each: int
    listening: Counter[str] = field(default_factory=Counter)

    def enter(self, who: str) -> None:
        """Let one more listen.

        Raises
        ------
        Refusal
            503 where the service has as many as it takes, 429 where this address has.
        """
        if self.listening.total() >= self.most:
            raise Refusal(503, "As many listen as there is room for.", headers={"Retry-After": "10"})
        if self.listening[who] >= self.most_each:
            raise Refusal(429, "As many listen from this address as may.", headers={"Retry-After": "10"})
        self.listening[who] += 1

    def leave(self, who: str) -> None:
        """Count one less."""
        self.listening[who] -= 1
        if self.listening[who] <= 0:
            del self.listening[who]


async def place(request: Request) -> AsyncIterator[None]:
    """A place among those who listen, given back when they go."""
    streams: Streams = request.app.state.streams
    who = request.client.host if request.client else "unknown"
    streams.enter(who)
    try:
        yield
    finally:
        streams.leave(who)


type LastEventId = Annotated[
    int | None, Header(ge=0, le=MOST, description="The id of the last event seen: those after it come first")
]


@router.get(
    "/v1/contests/{id}/events", response_class=EventSourceResponse, responses=READS, dependencies=[Depends(place)]
)
async def listen(
    service: Serving,
    served: OfContest,
    viewer: Asking,
    last_event_id: LastEventId = None,
    after: After | None = None,
) -> AsyncIterator[ServerSentEvent]:
    """What happens to a contest: `publication` when a forecast goes on air, `decision`; to operators every entry."""
    async for each in _events(service, served.id, viewer, last_event_id if last_event_id is not None else after):
        yield each


@router.get("/v1/events", response_class=EventSourceResponse, responses=READS, dependencies=[Depends(place)])
async def listen_to_all(
    service: Serving, viewer: Asking, last_event_id: LastEventId = None, after: After | None = None
) -> AsyncIterator[ServerSentEvent]:
    """What happens to any contest."""
    async for each in _events(service, None, viewer, last_event_id if last_event_id is not None else after):
        yield each


async def _events(
    service: Serving, contest: str | None, viewer: Viewer, after: int | None
) -> AsyncIterator[ServerSentEvent]:
    yield ServerSentEvent(comment="listening", retry=RETRY)
    async for event in service.hub.subscribe(contest, after):
        told = event_for(event, viewer)
        if told is not None:
            text = json.dumps(told, ensure_ascii=False).encode("utf-8", "replace").decode()
            yield ServerSentEvent(raw_data=text, event=event.kind, id=str(event.sequence))


def event_for(event: Event, viewer: Viewer) -> dict[str, Any] | None:
    """What somebody is told of an event; None where it is not for them."""
    if not event.contest:
        return None  # the service's own: keys and the like are in the audit, for admins
    if not viewer.may(Role.VIEWER, event.contest):
        return None
    data = dict(event.data)
    if not viewer.may(Role.OPERATOR, event.contest):
        if event.kind not in TOLD or data.get("action") in SILENT:
            return None
        if event.kind == EntryKind.SERVICE and data.get("action") != PAST:
            return None
        data = {name: data[name] for name in TOLD[event.kind] if name in data}
    return {**data, "sequence": event.sequence, "contest": event.contest, "kind": event.kind}
