"""What is on air now: a pure function of the desk's state, the last forecasts and the clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from forecast.service.desk import DeskState

if TYPE_CHECKING:
    from forecast.journal.store import Stored

__all__ = ["OnAir", "OnAirStatus", "put_on_air"]

OnAirStatus = Literal["warming", "test", "live", "stale", "held", "embargoed", "none"]


@dataclass(frozen=True, slots=True)
class OnAir:
    """What somebody may see of a contest now.

    Parameters
    ----------
    contest
        The listing's id.
    document
        The published document as JSON text; None where there is none to be seen.
    number, sequence, at
        The forecast's number, the journal entry that published it (0 where it is not published), when it was made.
    status
        ``live`` or ``test`` where all is well; ``stale`` where news waits or the last update failed; ``held`` by an
        editor or the cross-check; ``embargoed``; ``warming`` and ``none`` where there is no forecast yet.
    age_seconds
        Since the forecast was made; 0 without one.
    reason
        Why it is not live, in a sentence.
    call_ready
        Whether two editors have signed it off and nothing speaks against it.
    """

    contest: str
    document: str | None
    number: int
    sequence: int
    at: datetime | None
    status: OnAirStatus
    age_seconds: float
    reason: str = ""
    test: bool = False
    label: str = ""
    call_ready: bool = False


def put_on_air(
    state: DeskState,
    published: Stored | None,
    latest: Stored | None,
    now: datetime,
    *,
    editor: bool = False,
    warming: bool = False,
    stale_seconds: float = 600.0,
    unmet: bool = False,
) -> OnAir:
    """What a viewer, or an editor, sees of a contest now.

    Parameters
    ----------
    published
        The last forecast published: while a contest is held, the one before the hold.
    latest
        The last one made, published or not: what editors see under an embargo.
    editor
        Whether it is for somebody who may see what is embargoed.
    stale_seconds
        How long news may wait for its forecast.
    unmet
        Whether a condition of being call-ready is not met in what is published.
    """
    embargoed = state.is_embargoed(now)
    shown = latest if embargoed and editor else None if embargoed else published
    status, reason = _status(state, shown, now, embargoed, warming, stale_seconds)
    if shown is None:
        return OnAir(state.contest, None, 0, 0, None, status, 0.0, reason, state.test, state.label)
    ready = state.signed_off and status in {"live", "test"} and not unmet and shown.through >= state.changed
    age = max((now - shown.at).total_seconds(), 0.0)
    return OnAir(
        state.contest,
        shown.document,
        shown.number,
        shown.published or 0,
        shown.at,
        status,
        age,
        reason,
        state.test,
        state.label,
        ready,
    )


def _status(
    state: DeskState, shown: Stored | None, now: datetime, embargoed: bool, warming: bool, stale_seconds: float
) -> tuple[OnAirStatus, str]:
    if embargoed:
        return "embargoed", f"Embargoed until {state.embargo_until:%H:%M} UTC."
    if state.hold is not None:
        return "held", f"Held by {state.hold.actor}: {state.hold.reason}"
    if shown is None:
        reason = state.trouble or ("The first forecast is being made." if warming else "No forecast yet.")
        return ("warming" if warming and not state.trouble else "none"), reason
    if state.trouble:
        return "stale", state.trouble
    waited = 0.0 if state.changed_at is None else (now - state.changed_at).total_seconds()
    if shown.through < state.changed and waited > stale_seconds:
        return "stale", f"News has waited {waited:.0f} seconds for its forecast."
    return ("test" if state.test else "live"), ""
