"""What people decide, and the record of everything: hold and release, embargo, sign-off, second persons, the audit."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, Field

from forecast.journal.access import Role
from forecast.journal.entry import Entry
from forecast.service.decision import EDITORS, read_decision
from forecast.web.api.body import described, read_body
from forecast.web.api.parts import MOST, READS, WRITES, After, OfContest, Serving, iso, links_of, loaded, write_json
from forecast.web.api.shapes import Success, answer
from forecast.web.security.refusal import Refusal
from forecast.web.security.viewer import Viewer, require

__all__ = ["entry_of", "router"]

router = APIRouter(tags=["decisions"])
type Limit = Annotated[int, Query(ge=1, le=1000)]
type Number = Annotated[int, Field(ge=1, le=MOST)]


class DecisionBody(BaseModel):
    """One decision; which of the others belong to it depends on `action`."""

    action: str = Field(
        description=f"An editor's: {', '.join(sorted(EDITORS))}. An operator's: choose, confirm, reject, undo"
    )
    reason: str | None = Field(default=None, description="Kept in the record; hold, reject, sign-off and undo need one")
    until: datetime | None = Field(default=None, description="For `embargo`; null ends it")
    text: str | None = Field(default=None, description="For `label`")
    conflict: Number | None = Field(default=None, description="For `choose`: its entry")
    proposal: Number | None = Field(default=None, description="For `confirm` and `reject`: its entry")
    entry: Number | None = Field(default=None, description="For `undo`: the item's entry")
    keep: Literal["standing", "new"] | None = Field(default=None, description="For `choose`")


class EntryShape(BaseModel):
    """An entry of the journal: append-only, attributed, chained to the one before."""

    sequence: int
    contest: str
    kind: str
    at: datetime
    actor: str
    body: dict[str, Any]
    previous: str
    digest: str


@router.post(
    "/v1/contests/{id}/decisions",
    status_code=201,
    response_model=Success[EntryShape],
    responses=WRITES,
    openapi_extra=described(DecisionBody.model_json_schema()),
)
async def decide(
    request: Request, service: Serving, served: OfContest, viewer: Annotated[Viewer, Depends(require(Role.OPERATOR))]
) -> Response:
    """Decide something about a contest: when this answers, it is on disk."""
    loaded(served)
    body = await read_body(request)
    if not isinstance(body, dict):
        raise Refusal(422, 'A decision is a JSON object: {"action": "hold", "reason": "…"}.')
    if body.get("action") in EDITORS and not viewer.may(Role.EDITOR, served.id):
        raise Refusal(403, "This needs an editor.")
    decision = read_decision(body)
    if decision.entry > MOST:
        raise Refusal(422, "There is no such entry.")
    entry = await service.decide(served.id, decision, viewer.actor)
    return Response(write_json(answer(entry_of(entry), _links(served.id))), 201, media_type="application/json")


@router.get(
    "/v1/contests/{id}/audit",
    response_model=Success[list[EntryShape]],
    responses=READS,
    dependencies=[Depends(require(Role.EDITOR))],
)
async def audit_contest(service: Serving, served: OfContest, after: After = 0, limit: Limit = 500) -> object:
    """The journal of a contest in order: every item, decision and publication, and who did it."""
    entries = await asyncio.to_thread(service.store.entries, served.id, after=after, limit=limit)
    return _page(entries, f"/v1/contests/{served.id}/audit", limit)


@router.get(
    "/v1/audit",
    response_model=Success[list[EntryShape]],
    responses=READS,
    dependencies=[Depends(require(Role.ADMIN))],
)
async def audit_all(service: Serving, after: After = 0, limit: Limit = 500) -> object:
    """The whole journal in order, keys made and revoked too: from the first entry on, the chain can be checked."""
    entries = await asyncio.to_thread(service.store.entries, None, after=after, limit=limit)
    return _page(entries, "/v1/audit", limit)


def entry_of(entry: Entry) -> dict[str, Any]:
    """An entry in its public shape."""
    facts = {name: getattr(entry, name) for name in EntryShape.model_fields}
    return {**facts, "kind": entry.kind.value, "at": iso(entry.at), "body": dict(entry.body)}


def _page(entries: list[Entry], path: str, limit: int) -> dict[str, Any]:
    links = {"self": path}
    if len(entries) == limit:
        links["next"] = f"{path}?after={entries[-1].sequence}&limit={limit}"
    return answer([entry_of(each) for each in entries], links)


def _links(contest: str) -> dict[str, str]:
    return links_of(contest, "latest", "news", "audit")
