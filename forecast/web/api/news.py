"""News in: one item at a time, checked, and on disk before it is acknowledged; and the news a forecast is made of."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Header, Request, Response
from pydantic import BaseModel, Field, TypeAdapter

from forecast.contests.contest import Contest
from forecast.declaration import Declaration, Kind
from forecast.errors import Defect, NewsError
from forecast.journal.access import Role
from forecast.journal.item_json import read_item, write_item
from forecast.service.desk import DeskState, Proposal, Taken
from forecast.service.intake import Preview, Receipt
from forecast.web.api.body import described, read_body
from forecast.web.api.caching import answer_once
from forecast.web.api.parts import CACHED, WRITES, OfContest, Serving, iso, links_of, loaded, write_json
from forecast.web.api.shapes import DefectShape, Success, answer
from forecast.web.security.refusal import Refusal
from forecast.web.security.viewer import Asking, Viewer, require

__all__ = ["aired", "receipt_of", "router"]

router = APIRouter(prefix="/v1/contests/{id}/news", tags=["news"])
MOST_TOGETHER = 1000  # items in one request
STATUSES = {"accepted": 201, "pending": 202, "conflict": 202, "repeated": 200}
type Votes = Annotated[int, Field(ge=0)]
Operator = Annotated[Viewer, Depends(require(Role.OPERATOR))]


class Item(BaseModel):
    """An item of news, as it is sent: only `kind` and `area` must be there, and what is left out is not known."""

    kind: str = Field(description=f"One of {', '.join(Kind)}")
    area: str = Field(description="An area's id, code or name; the contest's id for a figure of all of it")
    at: str | None = Field(
        default=None,
        description="When it was known, with its offset; left out of news of a night under way, when it came",
    )
    ballots: Votes | None = Field(default=None, description="Papers verified")
    rejected: Votes | None = Field(default=None, description="Papers that do not count")
    valid: Votes | None = Field(default=None, description="Votes that count")
    counted: float | None = Field(default=None, description="Of a partial count, the share counted, 0-1")
    votes: dict[str, Votes] | None = Field(default=None, description="By candidate: id, name or alias")
    source: str | None = Field(default=None, description="Who said it, where")
    entered_by: str | None = Field(default=None, description="Who typed it; the key's name where left out")
    note: str | None = None


Batch = TypeAdapter(Annotated[list[Item], Field(min_length=1, max_length=MOST_TOGETHER)])


class ItemShape(Item):
    """An item of news, as it was accepted."""

    entry: int = Field(description="The journal's entry: its name in decisions")
    accepted_at: datetime
    undone: bool


class WaitingShape(Item):
    """An item that waits for a person."""

    entry: int
    actor: str
    since: datetime
    reason: str
    disagreements: list[dict[str, Any]]


class NewsShape(BaseModel):
    """The news of a contest."""

    contest: str
    items: list[ItemShape] = Field(description="In the order of arrival: for viewers, what the forecast on air is of")
    proposals: list[WaitingShape] = Field(description="Waiting for a second person; for operators")
    conflicts: list[WaitingShape] = Field(description="Waiting for a choice between two sources; for operators")
    refusals: list[str] = Field(description="The last items refused, in words; for operators")


class AlarmShape(BaseModel):
    """Something to look at before it goes on air; it refuses nothing."""

    severity: str = Field(description="`amber`: unusual; `red`: check with the count before air")
    area: str
    check: str
    what: str
    remedy: str


class ChangeShape(BaseModel):
    """A figure that an item would change; null is not known."""

    area: str
    figure: str
    before: int | float | str | None
    after: int | float | str | None


class TotalsShape(BaseModel):
    """An area's sums with the item."""

    votes: int | None
    valid: int | None
    rejected: int | None
    ballots: int | None
    electorate: int | None
    unaccounted: int | None


class PreviewShape(BaseModel):
    """What an item would do; nothing has been done."""

    defects: list[DefectShape] = Field(description="Why it would be refused")
    alarms: list[AlarmShape]
    changes: list[ChangeShape]
    totals: TotalsShape | None
    disagreements: list[dict[str, Any]] = Field(description="Figures that another source gave differently")


class ReceiptShape(BaseModel):
    """What became of an item."""

    status: Literal["accepted", "pending", "conflict", "repeated"] = Field(
        description="`pending` waits for a second person, `conflict` for a choice between two sources"
    )
    entry: int | None = Field(description="The journal's entry, on disk; null where it repeats what is known")
    digest: str | None = Field(description="The entry's place in the chain, for whoever wants to hold us to it")
    preview: PreviewShape | None


@router.get("", response_model=Success[NewsShape], responses=CACHED, dependencies=[Depends(require(Role.VIEWER))])
async def list_news(request: Request, service: Serving, served: OfContest, viewer: Asking) -> Response:
    """The news: to viewers what the forecast on air is made of, to operators everything, and what waits."""
    loaded(served)
    state, operator = service.state(served.id), viewer.may(Role.OPERATOR, served.id)
    taken = state.taken if operator else await aired(service, state)
    data = {
        "contest": served.id,
        "items": [_taken(each) for each in taken if operator or not each.undone],
        "proposals": [_waiting(each) for each in state.proposals if operator],
        "conflicts": [_waiting(each) for each in state.conflicts if operator],
        "refusals": list(state.refusals) if operator else [],
    }
    return await answer_once(request, write_json(answer(data, links_of(served.id, "latest", "news"))))


@router.post(
    "",
    status_code=201,
    response_model=Success[ReceiptShape],
    responses={
        **WRITES,
        200: {"model": Success[ReceiptShape], "description": "Known already"},
        202: {"model": Success[ReceiptShape], "description": "On disk, and waits for a person"},
    },
    openapi_extra=described(Item.model_json_schema()),
)
async def take_news(
    request: Request,
    service: Serving,
    served: OfContest,
    viewer: Operator,
    idempotency_key: Annotated[
        str, Header(max_length=200, description="The same again with the same item is taken once")
    ] = "",
) -> Response:
    """Give in an item of news: when this answers, it is on disk. 422 says everything that is wrong with it."""
    item = read_item(await _body(request, viewer), loaded(served))
    key = f"key {viewer.key_id}: {idempotency_key}" if idempotency_key else ""
    receipt = await service.take(served.id, item, viewer.actor, key)
    links = links_of(served.id, "latest", "news", "decisions")
    return Response(
        write_json(answer(receipt_of(receipt), links)), STATUSES[receipt.status], media_type="application/json"
    )


@router.post(
    "/batch",
    status_code=201,
    response_model=Success[list[ReceiptShape]],
    responses=WRITES,
    openapi_extra=described(Batch.json_schema()),
)
async def take_batch(
    request: Request,
    service: Serving,
    served: OfContest,
    viewer: Operator,
    idempotency_key: Annotated[
        str, Header(max_length=200, description="The same again with the same items is taken once")
    ] = "",
) -> Response:
    """Give in items together, in their order: all are on disk when this answers, or none is and 422 says why."""
    contest, sent = loaded(served), await read_body(request)
    if not isinstance(sent, list) or not 0 < len(sent) <= MOST_TOGETHER:
        raise Refusal(422, f"Send a JSON array of 1 to {MOST_TOGETHER:,} items.")
    items = await asyncio.to_thread(_read_all, [_signed(each, viewer) for each in sent], contest)
    keys = [f"key {viewer.key_id}: {idempotency_key}: {n}" if idempotency_key else "" for n in range(len(items))]
    outcomes = await service.take_many(served.id, list(zip(items, keys, strict=True)), viewer.actor, whole=True)
    receipts = [receipt_of(each) for each in outcomes if isinstance(each, Receipt)]
    links = links_of(served.id, "latest", "news", "decisions")
    return Response(write_json(answer(receipts, links)), 201, media_type="application/json")


def _read_all(sent: Sequence[Any], contest: Contest) -> list[Declaration]:
    """Every item, or everything that is wrong with any."""
    items, defects = list[Declaration](), list[Defect]()
    for place, each in enumerate(sent, start=1):
        try:
            items.append(read_item(each, contest))
        except NewsError as error:
            defects += [replace(defect, where=f"item {place}, {defect.where}") for defect in error.defects]
    if defects:
        raise NewsError(defects)
    return items


@router.post(
    "/preview",
    response_model=Success[PreviewShape],
    responses=WRITES,
    openapi_extra=described(Item.model_json_schema()),
)
async def preview_news(request: Request, service: Serving, served: OfContest, viewer: Operator) -> Response:
    """What an item would change, and why it would be refused; nothing is stored."""
    item = read_item(await _body(request, viewer), loaded(served))
    found = await service.preview(served.id, item, viewer.actor)
    return Response(write_json(answer(_preview(found), links_of(served.id, "news"))), media_type="application/json")


def receipt_of(receipt: Receipt) -> dict[str, Any]:
    """A receipt in its public shape."""
    return {
        "status": receipt.status,
        "entry": receipt.entry.sequence if receipt.entry else None,
        "digest": receipt.entry.digest if receipt.entry else None,
        "preview": _preview(receipt.preview) if receipt.preview else None,
    }


async def _body(request: Request, viewer: Viewer) -> Any:
    """The item as it was sent, with who sent it where it does not say."""
    return _signed(await read_body(request), viewer)


def _signed(body: Any, viewer: Viewer) -> Any:
    if isinstance(body, Mapping) and not body.get("entered_by"):
        return {**body, "entered_by": viewer.name}
    return body


async def aired(service: Serving, state: DeskState) -> tuple[Taken, ...]:
    """Items that the forecast on air is made of: what came after a hold, or under an embargo, is not for viewers."""
    on_air = await service.on_air(state.contest)
    if not on_air.number:
        return ()
    heads = await asyncio.to_thread(service.store.history, state.contest, after=on_air.number - 1, limit=1)
    through = heads[0].through if heads else 0
    return tuple(each for each in state.taken if each.sequence <= through)


def _taken(taken: Taken) -> dict[str, Any]:
    facts = {"entry": taken.sequence, "accepted_at": iso(taken.at), "undone": taken.undone}
    return {**write_item(taken.item), **facts}


def _waiting(proposal: Proposal) -> dict[str, Any]:
    facts = {"entry": proposal.sequence, "actor": proposal.actor, "since": iso(proposal.at), "reason": proposal.reason}
    return {**write_item(proposal.item), **facts, "disagreements": [asdict(each) for each in proposal.disagreements]}


def _preview(found: Preview) -> dict[str, Any]:
    return {
        "defects": [asdict(each) for each in found.defects],
        "alarms": [{name: str(getattr(each, name)) for name in AlarmShape.model_fields} for each in found.alarms],
        "changes": [asdict(each) for each in found.changes],
        "totals": asdict(found.totals) if found.totals else None,
        "disagreements": [asdict(each) for each in found.disagreements],
    }
