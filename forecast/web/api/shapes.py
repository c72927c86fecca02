"""The two shapes of every answer in JSON, and how refusals of every sort become the second."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal
from urllib.parse import quote

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from forecast.errors import Conflict, Defect, ForecastError, ModelError, StoreAway
from forecast.service.served import UnknownContest
from forecast.web.security.body import refusal_body
from forecast.web.security.refusal import CODES, Refusal

__all__ = ["Failure", "Success", "add_refusals", "answer", "as_refusal", "refusals"]

SENTENCES = {
    400: "The request cannot be read.",
    404: "There is nothing here.",
    405: "Not by this method.",
    500: "Something went wrong here; it has been written down.",
}


class Success[Data](BaseModel):
    """What every success in JSON looks like."""

    ok: Literal[True] = True
    data: Data
    links: dict[str, str] = Field(default_factory=dict, description="Where to go from here, by name")


class DefectShape(BaseModel):
    """One thing wrong with what was sent."""

    where: str = Field(description="Which part of it")
    what: str = Field(description="What is wrong, and what was expected")
    remedy: str = Field(description="What would mend it; empty where `what` says so already")


class Problem(BaseModel):
    """Why a request was refused."""

    code: str = Field(description=f"A word to act on: {', '.join(CODES.values())}")
    message: str = Field(description="A sentence for a person")
    defects: list[DefectShape] = Field(description="Everything found wrong with what was sent")


class Failure(BaseModel):
    """What every refusal looks like."""

    ok: Literal[False] = False
    error: Problem


def answer(data: Any, links: Mapping[str, str] | None = None) -> dict[str, Any]:
    """The shape of a success."""
    return {"ok": True, "data": data, "links": dict(links or {})}


def refusals(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The refusals that a route documents."""
    return {
        status: {"model": Failure, "description": CODES[status].replace("_", " ").capitalize()} for status in statuses
    }


def as_refusal(error: Exception) -> Refusal:
    """Any error as the refusal that a client may see: of what was not foreseen, nothing but that it happened."""
    match error:
        case Refusal():
            return error
        case RequestValidationError():
            return Refusal(422, "What was sent is not as it should be.", list(_invalid(error.errors())))
        case HTTPException(status_code=status, headers=headers):
            return Refusal(status, SENTENCES.get(status, CODES.get(status, "Refused.")), headers=headers)
        case Conflict():
            return Refusal(409, _first(error), error.defects)
        case UnknownContest():
            return Refusal(404, "No such contest is served here.")
        case StoreAway():
            return Refusal(
                503, "The journal cannot be reached just now; nothing was stored.", headers={"Retry-After": "2"}
            )
        case ModelError():
            return Refusal(503, _first(error), error.defects, {"Retry-After": "10"})
        case ForecastError():
            return Refusal(422, _first(error), error.defects)
        case TimeoutError():
            return Refusal(503, "It took too long.", headers={"Retry-After": "10"})
    return Refusal(500, SENTENCES[500])


def _first(error: ForecastError) -> str:
    return str(error.defects[0]) if error.defects else "It cannot be accepted."


def _invalid(errors: Iterable[Mapping[str, Any]]) -> Iterable[Defect]:
    for each in errors:
        where = ".".join(str(part) for part in each["loc"])
        yield Defect(where, f"{each['msg']}.")


def _wants_page(request: Request) -> bool:
    return not request.url.path.startswith("/v1/") and "text/html" in request.headers.get("Accept", "")


async def refuse(request: Request, error: Exception) -> Response:
    """The answer to a request that fails; pages send whoever must sign in to where they can."""
    refusal = as_refusal(error)
    if _wants_page(request):
        if refusal.status_code == 401 and request.method == "GET":
            return RedirectResponse(f"/login?next={quote(request.url.path)}", 303)
        if page := getattr(request.app.state, "error_page", None):
            shown: Response = page(request, refusal)
            shown.headers.update(refusal.headers or {})
            return shown
    return Response(refusal_body(refusal), refusal.status_code, dict(refusal.headers or {}), "application/json")


def add_refusals(app: FastAPI) -> None:
    """Have every error of the app answered in the one shape."""
    for sort in (HTTPException, RequestValidationError, ForecastError, TimeoutError):
        app.add_exception_handler(sort, refuse)
