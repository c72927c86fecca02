"""What speaks against calling a contest: the conditions of its document, and whether that is of the newest news."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from forecast.errors import Defect, ForecastError
from forecast.service.desk import DeskState

if TYPE_CHECKING:
    from forecast.journal.store import Stored

__all__ = ["refuse_early", "unmet_conditions"]


def unmet_conditions(document: str) -> tuple[tuple[str, str], ...]:
    """Each condition of being call-ready that a document says is not met, and why; one that says nothing meets none."""
    found = json.loads(document).get("call_ready")
    if not found:
        return (("conditions of a call", "the forecast on air says nothing of them."),)
    if found["ready"]:
        return ()
    return tuple((each["name"], each["why"]) for each in found["conditions"] if not each["met"])


def refuse_early(state: DeskState, published: Stored | None) -> int:
    """The number of the forecast on air, where it may be signed off as call-ready.

    Raises
    ------
    ForecastError
        With everything that speaks against it.
    """
    if published is None:
        raise ForecastError(Defect("sign-off", "there is no forecast on air."))
    if state.hold is not None:
        raise ForecastError(Defect("sign-off", f"{state.contest} is held.", "Release it first."))
    if published.through < state.changed:
        raise ForecastError(Defect("sign-off", "the forecast on air is not yet of the newest news.", "Wait for it."))
    unmet = unmet_conditions(published.document)
    if unmet:
        raise ForecastError(Defect(f"sign-off, {name}", f"is not met: {why}") for name, why in unmet)
    return published.number
