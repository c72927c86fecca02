"""Editors' pages: hold and release, embargo, test or live, label, call-ready sign-off, what waits for a decision."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import HTMLResponse

from forecast.contests.contest import Contest
from forecast.errors import Defect, ForecastError
from forecast.journal.access import Role
from forecast.journal.entry import EntryKind
from forecast.service.actors import same_person
from forecast.service.decision import EDITORS, TARGETS, read_decision
from forecast.web.pages.context import ContestId, archive_of, go_back, loaded, page, said_of
from forecast.web.pages.desk_view import proposal_rows
from forecast.web.pages.standing import say_standing
from forecast.web.security import Viewer, require
from forecast.web.security.refusal import Refusal
from forecast.web.told import tell_reason

__all__ = ["router"]

router = APIRouter(include_in_schema=False)
Operator = Annotated[Viewer, Depends(require(Role.OPERATOR))]
Editor = Annotated[Viewer, Depends(require(Role.EDITOR))]
SHOWN = 40
PLACES = {"desk", "editor"}


@router.get("/contests/{id}/editor", response_class=HTMLResponse)
async def editor(request: Request, contest_id: ContestId, viewer: Editor) -> HTMLResponse:
    """What an editor decides, and what was decided."""
    return await _editor(request, contest_id, viewer)


@router.post("/contests/{id}/decide", response_class=HTMLResponse)
async def decide(request: Request, contest_id: ContestId, viewer: Operator) -> Response:
    """Carry a decision out, and go back to where it was taken."""
    form = {key: value for key, value in (await request.form()).items() if isinstance(value, str)}
    place = form.get("place", "editor")
    if form.get("action") in EDITORS and not viewer.may(Role.EDITOR, contest_id):
        raise Refusal(403, "This needs an editor.")
    contest = _contest(request, contest_id)
    try:
        decision = read_decision(_body(form, contest))
        await archive_of(request).service.decide(contest_id, decision, viewer.actor)
    except ForecastError as error:
        if viewer.may(Role.EDITOR, contest_id):
            return await _editor(request, contest_id, viewer, defects=said_of(error), status=422)
        raise Refusal(422, "It was not done.", error.defects) from error
    return go_back(contest_id, place if place in PLACES else "editor", decision.action)


def _body(form: dict[str, str], contest: Contest) -> dict[str, Any]:
    """A form as a decision is sent in JSON: without what is blank, an embargo's time in the contest's own zone."""
    action = form.get("action", "")
    body: dict[str, Any] = {key: form[key] for key in ("action", "reason", "text", "keep") if form.get(key)}
    if action in TARGETS and form.get(TARGETS[action], "").isascii():
        number = form.get(TARGETS[action], "")
        body[TARGETS[action]] = int(number) if number.isdigit() and len(number) < 16 else number
    if action == "embargo":
        body["until"] = _aware(form.get("until", ""), contest)
    return body


def _aware(text: str, contest: Contest) -> str | None:
    if not text:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise ForecastError(Defect("until", f'"{text[:40]}" is not a time.')) from error
    return (at if at.tzinfo else at.replace(tzinfo=ZoneInfo(contest.timezone or "UTC"))).isoformat()


async def _editor(request: Request, contest: str, viewer: Viewer, *, status: int = 200, **more: Any) -> HTMLResponse:
    known = _contest(request, contest)
    archive = archive_of(request)
    state = archive.service.state(contest)
    seen = await archive.see(contest, editor=True, history=False)
    kinds = (EntryKind.DECISION, EntryKind.PUBLICATION, EntryKind.CONFIRMED, EntryKind.REJECTED, EntryKind.ALARM)
    entries = await asyncio.to_thread(archive.service.store.entries, contest, kinds=kinds)
    air, age = seen.on_air, seen.on_air.age_seconds if seen.forecast else None
    given: dict[str, Any] = {
        "contest_id": contest,
        "tab": "editor",
        "title": known.title,
        "state": state,
        "on_air": air,
        "standing": say_standing(air.status, age, tell_reason(air, desk=True), test=air.test),
        "forecast": seen.forecast,
        "unmet": await asyncio.to_thread(archive.service.desks.desk(contest).unmet),
        "zone": known.timezone or "UTC",
        "conflicts": proposal_rows(known, state.conflicts, viewer.actor),
        "proposals": proposal_rows(known, state.proposals, viewer.actor),
        "signed": any(same_person(each.actor, viewer.actor) for each in state.sign_offs),
        "entries": [(each, _say(each.kind, each.body)) for each in reversed(entries[-SHOWN:])],
    }
    return page(request, viewer, "editor.html", status=status, **(given | more))


def _contest(request: Request, contest: str) -> Contest:
    known = loaded(request, contest).contest
    assert known is not None  # noqa: S101 - loaded says so
    return known


def _say(kind: EntryKind, body: Any) -> str:
    """An entry of the journal in a few words."""
    if kind is EntryKind.PUBLICATION:
        return f"forecast {body.get('forecast', '')} published ({body.get('status', '')})"
    if kind is EntryKind.DECISION:
        told = {key: value for key, value in body.items() if key not in {"action", "item"} and value not in ("", None)}
        return f"{body.get('action', '')}" + "".join(f" · {key}: {value}" for key, value in told.items())
    refused = body.get("refused")
    if refused:
        return "refused: " + " ".join(map(str, refused))
    return " · ".join(f"{key}: {value}" for key, value in body.items() if isinstance(value, str | int | float))
