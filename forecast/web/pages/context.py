"""What every page is given: who looks, what they may do, and the contest they look at."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, cast
from urllib.parse import quote

from fastapi import Path, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from forecast.errors import Defect, ForecastError
from forecast.journal.access import Role
from forecast.service.served import Served
from forecast.web.pages.archive import Archive
from forecast.web.pages.templating import render
from forecast.web.security import Viewer, csrf_token
from forecast.web.security.refusal import Refusal
from forecast.web.told import UNLOADED

__all__ = ["DONE", "ContestId", "archive_of", "go_back", "loaded", "page", "said_of"]

ContestId = Annotated[str, Path(alias="id")]  # as the guard knows it

DONE = {
    "accepted": "Taken: it is on disk, and a new forecast is being made.",
    "pending": "Taken: it waits for a second person to confirm it.",
    "conflict": "Two sources disagree: it waits for a person to decide.",
    "repeated": "Known already: nothing has changed.",
    "hold": "Held: nothing new is published.",
    "release": "Released.",
    "embargo": "The embargo is set as you said.",
    "test": "Now a test: everything says so.",
    "live": "Now live.",
    "label": "The label is set.",
    "sign-off": "Your sign-off is recorded.",
    "withdraw-sign-off": "Your sign-off is withdrawn.",
    "choose": "Decided.",
    "confirm": "Confirmed: it is part of the night.",
    "reject": "Rejected: it changes nothing.",
    "undo": "Undone: a new forecast is being made.",
    "revoke": "The key is revoked.",
}


def page(request: Request, viewer: Viewer, template: str, *, status: int = 200, **context: Any) -> HTMLResponse:
    """A page for whoever looks."""
    contest: str | None = context.get("contest_id")
    given = {
        "viewer": {
            "name": viewer.name if viewer.signed_in else "",
            "role": viewer.role.name.lower() if viewer.role else "",
        },
        "may": lambda role: viewer.signed_in and viewer.may(Role[role.upper()], contest),
        "csrf": csrf_token(request),
        "here": "contests",
        "tab": "",
        "done": DONE.get(request.query_params.get("done", ""), ""),
        "defects": (),
    }
    return HTMLResponse(render(template, **(given | context)), status, {"Cache-Control": "private, no-cache"})


def loaded(request: Request, contest: str) -> Served:
    """A contest that is served and loads.

    Raises
    ------
    Refusal
        404, where there is none; 503, where it does not load.
    """
    try:
        served = archive_of(request).service.served(contest)
    except ForecastError as error:
        raise Refusal(404, f'There is no contest "{contest}" here.', error.defects) from error
    if served.contest is None:
        raise Refusal(503, UNLOADED)
    return served


def archive_of(request: Request) -> Archive:
    """What pages read with."""
    return cast("Archive", request.app.state.archive)


def go_back(contest: str, place: str, done: str) -> RedirectResponse:
    """To a contest's page again after something was done, so that loading it again does nothing twice."""
    return RedirectResponse(f"/contests/{quote(contest, safe='')}/{place}?done={quote(done)}", 303)


def said_of(error: ForecastError | Iterable[Defect]) -> tuple[str, ...]:
    """Defects, one sentence each."""
    return tuple(map(str, error.defects if isinstance(error, ForecastError) else error))
