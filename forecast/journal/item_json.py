"""An item of news as JSON: what the API takes, what the journal keeps, what the pages show."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from forecast.contests.contest import Contest
from forecast.declaration import Declaration, Kind
from forecast.errors import Defect, NewsError, did_you_mean

__all__ = ["read_item", "write_item"]

TEXTS = ("source", "entered_by", "note")
FIGURES = ("ballots", "rejected", "valid")
KEYS = ("kind", "area", "at", *FIGURES, "counted", "votes", *TEXTS)
MOST_VOTES = 10**15 - 1  # as many digits as a cell of news.csv may hold
LONGEST = {"source": 500, "entered_by": 200, "note": 2000}


def write_item(item: Declaration) -> dict[str, Any]:
    """An item in its public shape; what was not given is null, which is not zero."""
    at = None if item.at is None else item.at.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return {
        "kind": item.kind.value,
        "area": item.area,
        "at": at,
        "ballots": item.ballots,
        "rejected": item.rejected,
        "valid": item.valid,
        "counted": item.counted,
        "votes": dict(item.votes),
        "source": item.source,
        "entered_by": item.entered_by,
        "note": item.note,
    }


def read_item(fields: Any, contest: Contest, *, where: str = "item", sequence: int = 0) -> Declaration:
    """An item from its public shape.

    Parameters
    ----------
    fields
        A JSON object. An area is an id, code or name, or the contest's id for a figure of the whole contest; a
        candidate is an id, name or alias. Only ``kind`` and ``area`` must be there; null is not given. Nothing is
        converted: votes are whole numbers, not text.
    where
        What to call it in messages, such as ``"item 12"``.
    sequence
        Its place in the order of arrival, from 1.

    Raises
    ------
    NewsError
        With every defect found.
    """
    if not isinstance(fields, Mapping):
        raise NewsError(Defect(where, "is not a JSON object.", 'Write {"kind": …, "area": …, "votes": {…}}.'))
    reader = _Reader(where, contest)
    item = reader.item(fields, sequence)
    if reader.defects:
        raise NewsError(reader.defects)
    return item


@dataclass(slots=True)
class _Reader:
    """Reads one item's fields, collecting what is wrong with them."""

    where: str
    contest: Contest
    defects: list[Defect] = field(default_factory=list)

    def wrong(self, what: str, remedy: str = "") -> None:
        self.defects.append(Defect(self.where, *(" ".join(_sendable(said).split()) for said in (what, remedy))))

    def item(self, fields: Mapping[str, Any], sequence: int) -> Declaration:
        for key in fields:
            if key not in KEYS:
                self.wrong(f'unknown key "{key}".', did_you_mean(str(key), KEYS, f"The keys are {', '.join(KEYS)}."))
        return Declaration(
            area=self.area(fields.get("area")),
            kind=self.kind(fields.get("kind")),
            at=self.time(fields.get("at")),
            ballots=self.number("ballots", fields.get("ballots")),
            rejected=self.number("rejected", fields.get("rejected")),
            valid=self.number("valid", fields.get("valid")),
            counted=self.share(fields.get("counted")),
            votes=self.votes(fields.get("votes")),
            source=self.text("source", fields.get("source")),
            entered_by=self.text("entered_by", fields.get("entered_by")),
            note=self.text("note", fields.get("note")),
            sequence=sequence,
            where=self.where,
        )

    def area(self, name: Any) -> str:
        if not isinstance(name, str) or not name.strip():
            self.wrong("it does not say which area.")
            return ""
        if name.strip().casefold() == self.contest.id.casefold():
            return self.contest.id
        try:
            return self.contest.areas[self.contest.area_index(name.strip())].id
        except KeyError:
            choices = [word for area in self.contest.areas for word in (area.id, area.name)] + [self.contest.id]
            known = f"{self.contest.id} has {', '.join(area.name for area in self.contest.areas[:12])}."
            self.wrong(f"no area {_shown(name)} in {self.contest.id}.", did_you_mean(name, choices, known))
            return ""

    def kind(self, name: Any) -> Kind:
        try:
            return Kind(name.strip().casefold())
        except (AttributeError, ValueError):
            what = f"no kind of news {_shown(name)}." if name else "it does not say which kind of news it is."
            self.wrong(what, did_you_mean(str(name or ""), Kind, f"The kinds are {', '.join(Kind)}."))
            return Kind.VERIFIED

    def time(self, text: Any) -> datetime | None:
        if text is None:
            return None
        try:
            at = datetime.fromisoformat(text)
            if at.tzinfo is not None:
                return at.astimezone(UTC)
            local = at.replace(tzinfo=ZoneInfo(self.contest.timezone)).isoformat(timespec="minutes")
            self.wrong(f'the time "{text}" does not say in which time zone it is.', f"Write {local}.")
        except (TypeError, ValueError, OverflowError):
            self.wrong(f"at {_shown(text)} is not a time.", "Write 2024-05-04T16:13+01:00, or leave it out.")
        return None

    def number(self, name: str, value: Any) -> int | None:
        if value is None:
            return None
        if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MOST_VOTES:
            return value
        self.wrong(f"{name} {_shown(value)} is not a whole number of votes.", "Write it as a number: 12345.")
        return None

    def share(self, value: Any) -> float | None:
        if value is None:
            return None
        if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) and 0 <= value <= 1:
            return float(value)
        self.wrong(f"counted {_shown(value)} is not a share between 0 and 1.", "Write 85 per cent as 0.85.")
        return None

    def votes(self, value: Any) -> dict[str, int]:
        if value is None:
            return {}
        if not isinstance(value, Mapping):
            self.wrong("votes are not an object of candidates and their votes.", 'Write {"votes": {"parker": 12345}}.')
            return {}
        votes: dict[str, int] = {}
        for name, given in value.items():
            candidate, number = self.candidate(name), self.number(str(name), given)
            if candidate in votes:
                self.wrong(f"{candidate} is there twice.", "Keep one.")
            if candidate and number is not None:
                votes[candidate] = number
        return votes

    def candidate(self, name: Any) -> str:
        try:
            return self.contest.candidates[self.contest.candidate_index(name)].id
        except (KeyError, AttributeError):
            choices = [candidate.id for candidate in self.contest.candidates]
            known = f"The candidates are {', '.join(choices[:20])}."
            self.wrong(f"no candidate {_shown(name)} in {self.contest.id}.", did_you_mean(str(name), choices, known))
            return ""

    def text(self, name: str, value: Any) -> str:
        if value is None:
            return ""
        if not isinstance(value, str):
            self.wrong(f"{name} is not a text.")
            return ""
        if len(value) > LONGEST[name]:
            self.wrong(f"{name} is {len(value)} characters long, more than {LONGEST[name]}.")
        if value != _sendable(value):
            self.wrong(f"{name} holds half a character, which nobody can show.")
        return value.strip()


def _sendable(text: str) -> str:
    """The text without halves of characters, which JSON can hold and UTF-8 cannot."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _shown(value: Any) -> str:
    if isinstance(value, int) and abs(value) > 10**40:
        return "of that length"  # Python itself would not write it out
    text = f'"{value}"' if isinstance(value, str) else str(value)
    return text if len(text) <= 40 else f"{text[:39]}…"
