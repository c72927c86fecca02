"""A request that is refused, with the word for why that clients can act on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from fastapi import HTTPException

from forecast.errors import Defect

__all__ = ["CODES", "Refusal"]

CODES: Mapping[int, str] = {
    400: "malformed",
    401: "unauthorised",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    406: "not_acceptable",
    408: "too_slow",
    409: "conflict",
    411: "length_required",
    413: "too_large",
    415: "unsupported_media_type",
    422: "invalid",
    429: "too_many_requests",
    500: "internal",
    503: "unavailable",
}


class Refusal(HTTPException):
    """Ends a request: a status, a sentence, what is wrong in particular and headers that belong to it."""

    def __init__(
        self, status: int, message: str, defects: Iterable[Defect] = (), headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(status, message, dict(headers or {}))
        self.message, self.defects = message, tuple(defects)

    @property
    def code(self) -> str:
        """The word for the status: ``not_found``."""
        return CODES.get(self.status_code, "refused")
