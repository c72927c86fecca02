"""A body in JSON, read as it was sent: nothing is converted before the journal's own checks see it."""

from __future__ import annotations

import json
from typing import Any

from fastapi import Request

from forecast.errors import Defect
from forecast.web.security.refusal import Refusal

__all__ = ["described", "read_body"]


async def read_body(request: Request) -> Any:
    """What was sent.

    Raises
    ------
    Refusal
        415 where it does not say that it is JSON, 422 where it is not.
    """
    kind = request.headers.get("Content-Type", "").partition(";")[0].strip().casefold()
    if kind != "application/json":
        raise Refusal(415, "Send JSON, with Content-Type: application/json.")
    try:
        return json.loads(await request.body(), parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        reason = error.msg if isinstance(error, json.JSONDecodeError) else "it cannot be read"
        raise Refusal(422, "The body is not JSON.", [Defect("body", f"{reason}.")]) from None


def described(schema: dict[str, Any]) -> dict[str, Any]:
    """What the API's description says of a body that is read so."""
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is no number in JSON")
