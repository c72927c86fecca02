"""One item of the night's news about an area's count, as somebody gave it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

__all__ = ["Declaration", "Kind"]


class Kind(StrEnum):
    """What an item says of an area's count."""

    VERIFIED = "verified"  # ballots counted at verification, no votes yet
    PARTIAL = "partial"  # part of the votes counted
    PROVISIONAL = "provisional"  # all counted, not yet declared, or being recounted
    DECLARED = "declared"  # read out by the returning officer
    CORRECTED = "corrected"  # a declaration put right
    WITHDRAWN = "withdrawn"  # the area's votes taken back; ballots verified stay


@dataclass(frozen=True, slots=True)
class Declaration:
    """One item of news: append-only, attributed, never edited.

    Parameters
    ----------
    area
        An area's id, or the contest's own id for a figure of the whole contest.
    at
        When it was known (aware, UTC), or ``None`` where only its place in the order is known.
    ballots, rejected, valid
        Papers verified, papers that do not count, votes that count; ``None`` where not given.
    counted
        For a partial count, the share of the area's votes counted so far, 0-1, where given.
    votes
        Votes by candidate id; a candidate who is not named is *not reported*, which is not zero.
    sequence
        Place in the order in which items arrived, from 1.
    where
        File and line, or feed, for messages.
    """

    area: str
    kind: Kind
    at: datetime | None
    source: str
    entered_by: str
    ballots: int | None = None
    rejected: int | None = None
    valid: int | None = None
    counted: float | None = None
    votes: Mapping[str, int] = field(default_factory=dict)
    note: str = ""
    sequence: int = 0
    where: str = ""
