"""The declaration desk: what is typed, checked while it is typed, taken, confirmed, put right and taken back."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import HTMLResponse
from starlette.datastructures import FormData, UploadFile

from forecast.contests.contest import Contest
from forecast.errors import ForecastError
from forecast.journal.access import Role
from forecast.service.desk import DeskState, Taken
from forecast.service.intake import tally_of
from forecast.web.pages.context import ContestId, archive_of, go_back, loaded, page, said_of
from forecast.web.pages.desk_view import item_rows, list_areas, proposal_rows, say_preview
from forecast.web.pages.entry_form import KINDS, Typed, fill_from, read_form, typed_from
from forecast.web.pages.pasted import read_pasted, try_items
from forecast.web.security import Viewer, require

__all__ = ["router"]

router = APIRouter(include_in_schema=False)
Operator = Annotated[Viewer, Depends(require(Role.OPERATOR))]
RECENT = 25


@router.get("/contests/{id}/desk", response_class=HTMLResponse)
async def desk(
    request: Request,
    contest_id: ContestId,
    viewer: Operator,
    area: Annotated[str, Query(max_length=200)] = "",
    kind: Annotated[str, Query(max_length=20)] = "declared",
    of: Annotated[int, Query(ge=0)] = 0,
) -> HTMLResponse:
    """The form for an area, empty or filled with an item to put right."""
    _, state = _contest(request, contest_id)
    earlier = next((each.item for each in state.taken if each.sequence == of), None)
    typed = fill_from(earlier, kind) if earlier else Typed(kind=kind, area=area)
    return await _desk(request, contest_id, viewer, typed)


@router.post("/contests/{id}/desk", response_class=HTMLResponse)
async def take(request: Request, contest_id: ContestId, viewer: Operator) -> Response:
    """Take an item in, or show it again with what is wrong."""
    contest, _ = _contest(request, contest_id)
    form = await request.form()
    typed = typed_from(form, contest)
    if form.get("do") == "check":
        return await _desk(request, contest_id, viewer, typed, await _check(request, contest_id, viewer, typed))
    try:
        item = read_form(typed, contest, viewer.name)
        key = str(form.get("key", ""))[:100]
        receipt = await archive_of(request).service.take(
            contest_id, item, viewer.actor, key=f"{viewer.key_id}:{key}" if key else ""
        )
    except ForecastError as error:
        return await _desk(request, contest_id, viewer, typed, defects=said_of(error), status=422)
    return go_back(contest_id, "desk", receipt.status)


@router.post("/contests/{id}/desk/preview", response_class=HTMLResponse)
async def check(request: Request, contest_id: ContestId, viewer: Operator) -> HTMLResponse:
    """What would come of what is typed so far; nothing is stored."""
    contest, _ = _contest(request, contest_id)
    typed = typed_from(await request.form(), contest)
    return page(request, viewer, "_checks.html", checks=await _check(request, contest_id, viewer, typed))


@router.post("/contests/{id}/desk/csv", response_class=HTMLResponse)
async def paste(request: Request, contest_id: ContestId, viewer: Operator) -> Response:
    """Many items at once: first what each would change, then, once that is confirmed, taken in order."""
    contest, state = _contest(request, contest_id)
    form = await request.form()
    data = await _pasted(form)
    text = data.decode("utf-8-sig", "replace")
    items, defects = read_pasted(data, contest)
    if form.get("do") != "take" or defects or not items:
        tried = await asyncio.to_thread(try_items, contest, state, items, viewer.actor)
        return await _desk(request, contest_id, viewer, Typed(), pasted=tried, csv=text, defects=said_of(defects))
    keyed = [(item, f"csv:{key}") for key, item in items.items()]
    outcomes = await archive_of(request).service.take_many(contest_id, keyed, viewer.actor)
    refused = [said for each in outcomes if isinstance(each, ForecastError) for said in said_of(each)]
    if refused:
        return await _desk(request, contest_id, viewer, Typed(), csv=text, defects=refused, status=422)
    said = {each.status for each in outcomes if not isinstance(each, ForecastError)}
    return go_back(
        contest_id, "desk", next(each for each in ("conflict", "pending", "accepted", "repeated") if each in said)
    )


async def _pasted(form: FormData) -> bytes:
    """The file that was chosen, or else the text that was pasted."""
    sent = form.get("file")
    if isinstance(sent, UploadFile) and sent.size:
        return await sent.read()
    return str(form.get("csv", "")).encode("utf-8", "replace")


def _contest(request: Request, contest: str) -> tuple[Contest, DeskState]:
    served = loaded(request, contest)
    assert served.contest is not None  # noqa: S101 - loaded says so
    return served.contest, archive_of(request).service.state(contest)


async def _check(request: Request, contest: str, viewer: Viewer, typed: Typed) -> Mapping[str, Any]:
    known, _ = _contest(request, contest)
    try:
        item = read_form(typed, known, viewer.name)
        found = await archive_of(request).service.preview(contest, item, viewer.actor)
    except ForecastError as error:
        return {"defects": said_of(error), "alarms": (), "changes": (), "sums": (), "disagreements": ()}
    return say_preview(found, known)


async def _desk(
    request: Request,
    contest: str,
    viewer: Viewer,
    typed: Typed,
    checks: Mapping[str, Any] | None = None,
    status: int = 200,
    **more: Any,
) -> HTMLResponse:
    """The whole page."""
    known, state = _contest(request, contest)
    areas = await asyncio.to_thread(lambda: list_areas(known, tally_of(known, state)))
    recent: list[Taken] = list(state.taken[-RECENT:])
    whole = typed.area in {known.id, contest}
    title = known.title if whole else next((each["name"] for each in areas if each["id"] == typed.area), "")
    given: dict[str, Any] = {
        "contest_id": contest,
        "tab": "desk",
        "title": known.title,
        "test": state.test,
        "whole": known.id,
        "areas": areas,
        "area_name": title,
        "kinds": KINDS,
        "candidates": _standing(known, typed.area),
        "typed": typed,
        "checks": checks,
        "proposals": proposal_rows(known, state.proposals, viewer.actor),
        "conflicts": proposal_rows(known, state.conflicts, viewer.actor),
        "items": item_rows(known, reversed(recent)),
        "pasted": None,
        "csv": "",
        "once": f"{state.sequence}-{typed.area}",
    }
    return page(request, viewer, "desk.html", status=status, **(given | more))


def _standing(contest: Contest, area: str) -> list[Any]:
    """Candidates in ballot order: those standing in an area, or all."""
    if not area or area == contest.id:
        return list(contest.candidates)
    try:
        stands = contest.standing[contest.area_index(area)]
    except KeyError:
        return list(contest.candidates)
    return [each for each, stood in zip(contest.candidates, stands, strict=True) if stood]
