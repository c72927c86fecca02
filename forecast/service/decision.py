"""What a person decides about a contest, read from what they sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from forecast.errors import Defect, ForecastError, did_you_mean

__all__ = ["ACTIONS", "EDITORS", "TARGETS", "Decision", "read_decision", "write_decision"]

NEEDS_REASON = {"hold", "sign-off", "undo", "reject"}
EDITORS = {"hold", "release", "embargo", "test", "live", "label", "sign-off", "withdraw-sign-off"}
ACTIONS = EDITORS | {"choose", "confirm", "reject", "undo"}
TARGETS = {"choose": "conflict", "confirm": "proposal", "reject": "proposal", "undo": "entry"}
GIVEN = {"embargo": "until", "label": "text", "choose": "keep"}
LONGEST = 500


@dataclass(frozen=True, slots=True)
class Decision:
    """One action with its reason.

    Parameters
    ----------
    action
        One of `ACTIONS`; those of `EDITORS` are an editor's, the others an operator's.
    until
        For ``embargo``; None ends it.
    text
        For ``label``; empty takes it away.
    entry
        The sequence of what is chosen, confirmed, rejected or undone.
    keep
        For ``choose``: ``standing`` or ``new``.
    """

    action: str
    reason: str = ""
    until: datetime | None = None
    text: str = ""
    entry: int = 0
    keep: str = ""


def read_decision(body: Mapping[str, Any]) -> Decision:
    """A decision as it is sent: ``{"action": "hold", "reason": "…"}``.

    What is decided about is named ``conflict`` (choose), ``proposal`` (confirm, reject) or ``entry`` (undo).

    Raises
    ------
    ForecastError
        With every defect found.
    """
    action, defects = str(body.get("action", "")), list[Defect]()
    if action not in ACTIONS:
        remedy = did_you_mean(action, ACTIONS, f"The actions are {', '.join(sorted(ACTIONS))}.")
        raise ForecastError(Defect("action", f'no action "{action}".', remedy))
    target = TARGETS.get(action, "")
    known = {"action", "reason", target, GIVEN.get(action, "")}
    defects += [Defect(str(key), f'means nothing to "{action}".', "Leave it out.") for key in body if key not in known]
    reason, text = _text(body, "reason", defects), _text(body, "text", defects)
    if action in NEEDS_REASON and not reason:
        defects.append(Defect("reason", f'"{action}" needs a reason: it is kept in the record.'))
    until = _until(body.get("until"), defects) if action == "embargo" else None
    entry = _target(body.get(target), target, defects) if target else 0
    keep = str(body.get("keep", ""))
    if action == "choose" and keep not in {"standing", "new"}:
        defects.append(Defect("keep", f'"{keep}" is neither "standing" nor "new".'))
    if defects:
        raise ForecastError(defects)
    return Decision(action, reason, until, text, entry, keep)


def write_decision(decision: Decision) -> dict[str, Any]:
    """The body of a decision's entry in the journal; it reads back to the same decision."""
    body: dict[str, Any] = {"action": decision.action, "reason": decision.reason}
    if decision.action == "embargo":
        body["until"] = None if decision.until is None else _iso(decision.until)
    if decision.action == "label":
        body["text"] = decision.text
    if decision.action == "choose":
        body["keep"] = decision.keep
    if target := TARGETS.get(decision.action):
        body[target] = decision.entry
    return body


def _iso(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _text(body: Mapping[str, Any], key: str, defects: list[Defect]) -> str:
    text = body.get(key) or ""
    if not isinstance(text, str) or len(text) > LONGEST:
        defects.append(Defect(key, f"is not a text of up to {LONGEST} characters."))
        return ""
    return text.strip()


def _until(given: object, defects: list[Defect]) -> datetime | None:
    if given in (None, ""):
        return None
    try:
        at = given if isinstance(given, datetime) else datetime.fromisoformat(str(given))
    except ValueError:
        at = datetime.min  # noqa: DTZ901 - said below, as of a time without its offset
    if at.tzinfo is None:
        defects.append(Defect("until", f'"{given}" is not a time with its offset such as 2024-05-04T18:00+01:00.'))
        return None
    return at.astimezone(UTC)


def _target(given: object, name: str, defects: list[Defect]) -> int:
    if isinstance(given, int) and not isinstance(given, bool) and given > 0:
        return given
    defects.append(Defect(name, f"{given!r} is not the sequence number of an entry."))
    return 0
