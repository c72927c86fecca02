"""One entry of the journal: what somebody or something did, when, and the digest that chains it to the one before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

__all__ = [
    "GENESIS",
    "LISTED",
    "PAST",
    "RESERVED",
    "Appended",
    "Entry",
    "EntryKind",
    "Written",
    "read_time",
    "write_time",
]

GENESIS = "0" * 64  # what the first entry follows
LISTED = "listed"  # what the service says of a contest that it serves from now on
RESERVED, PAST = "reserved", "past"  # what the service says of the numbers of forecasts of the past, and of these


class EntryKind(StrEnum):
    """What an entry records."""

    NEWS = "news"  # an item accepted: part of the night from here on
    PROPOSAL = "proposal"  # an item that waits for a second person, or for a choice between sources
    CONFIRMED = "confirmed"  # a proposal that somebody confirmed
    REJECTED = "rejected"  # a proposal that somebody refused
    DECISION = "decision"  # what an editor decided: hold, release, embargo, label, sign-off, undo
    PUBLICATION = "publication"  # a forecast that went on air
    ALARM = "alarm"  # what somebody should look at
    FEED = "feed"  # a feed that failed or came back
    KEY = "key"  # a key made or revoked
    SERVICE = "service"  # the service itself: started, stopped, a contest listed


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry: append-only, attributed, never edited.

    Parameters
    ----------
    sequence
        Place in the journal, from 1, without holes.
    contest
        Id of the contest as it is served; empty for the whole service.
    at
        When it was appended (aware, UTC).
    actor
        Who did it: ``"operator Ann (key 3)"``.
    body
        What was done; JSON.
    previous, digest
        SHA-256 in hexadecimal of the entry before and of this one.
    idempotency_key
        What tells a repeated request from a new one; empty where none was given.
    """

    sequence: int
    contest: str
    kind: EntryKind
    at: datetime
    actor: str
    body: Mapping[str, Any]
    previous: str
    digest: str
    idempotency_key: str = ""


@dataclass(frozen=True, slots=True)
class Written:
    """What is to become an entry."""

    kind: EntryKind
    actor: str
    body: Mapping[str, Any]
    idempotency_key: str = ""


@dataclass(frozen=True, slots=True)
class Appended:
    """An entry that is on disk, and whether it was there already under the same idempotency key."""

    entry: Entry
    repeated: bool = False


def write_time(at: datetime) -> str:
    """A time as the journal keeps it: UTC to the microsecond, always as long, so that text sorts as time does.

    Raises
    ------
    ValueError
        Where the time does not say in which zone it is.
    """
    if at.tzinfo is None:
        raise ValueError(f"{at} does not say in which time zone it is")
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ").rjust(27, "0")


def read_time(text: str) -> datetime:
    """A time as the journal keeps it, aware and in UTC."""
    return datetime.fromisoformat(text).astimezone(UTC)
