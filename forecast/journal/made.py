"""Forecasts as the journal keeps them: made, stored, and the few figures a list of them shows."""

from __future__ import annotations

import json
import zlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any

__all__ = ["Head", "Made", "Mark", "Packed", "Stored", "digest_document", "pack", "pack_made", "unpack", "write_head"]

READER = json.JSONDecoder()


@dataclass(frozen=True, slots=True)
class Made:
    """A forecast that was just made.

    Parameters
    ----------
    contest
        Id of the contest as it is served.
    through
        Sequence of the last entry it saw.
    document
        The published document, JSON text.
    model
        Name of the engine.
    seconds
        What it took.
    """

    contest: str
    through: int
    document: str
    model: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Packed(Made):
    """A forecast ready to be stored: what takes long is done before anybody waits for it.

    Parameters
    ----------
    digest
        SHA-256 of the document, in hexadecimal.
    head
        Its headline figures, JSON text.
    packed
        The document as it is kept.
    """

    digest: str
    head: str
    packed: bytes


@dataclass(frozen=True, slots=True)
class Stored(Made):
    """A forecast on disk.

    Parameters
    ----------
    number
        Place among the contest's forecasts, from 1.
    at
        When it was stored.
    digest
        SHA-256 of the document, in hexadecimal.
    published
        Sequence of the latest entry that put it on air; None where it never was.
    """

    number: int
    at: datetime
    digest: str
    published: int | None


@dataclass(frozen=True, slots=True)
class Mark:
    """Which forecast it is: all that must be known of one to tell whether another says the same."""

    number: int
    through: int
    digest: str
    published: int | None


@dataclass(frozen=True, slots=True)
class Head:
    """A forecast in a list: without its document, with its headline figures.

    Parameters
    ----------
    win_probabilities, displays
        By candidate id: the probability, 0-1, and how it is shown.
    latest
        What the last item was, in a few words.
    """

    number: int
    at: datetime
    through: int
    published: int | None
    headline: str = ""
    rating: str = ""
    latest: str = ""
    areas_declared: int = 0
    areas_total: int = 0
    win_probabilities: Mapping[str, float] = field(default_factory=dict)
    displays: Mapping[str, str] = field(default_factory=dict)


def digest_document(document: str) -> str:
    """SHA-256 of a document, in hexadecimal."""
    return sha256(document.encode()).hexdigest()


def pack_made(made: Made) -> Packed:
    """A forecast ready to be stored; one that is already is given back."""
    if isinstance(made, Packed):
        return made
    document = made.document
    return Packed(
        contest=made.contest,
        through=made.through,
        document=document,
        model=made.model,
        seconds=made.seconds,
        digest=digest_document(document),
        head=json.dumps(write_head(document)),
        packed=pack(document),
    )


def pack(document: str) -> bytes:
    """A document as it is kept: a seventh as long."""
    return zlib.compress(document.encode(), level=3)


def unpack(packed: bytes) -> str:
    """A document from what was kept.

    Raises
    ------
    ValueError
        Where that is not what was kept.
    """
    reader = zlib.decompressobj()
    try:
        document = reader.decompress(packed).decode()
    except zlib.error as error:
        raise ValueError(str(error)) from error
    if not reader.eof or reader.unused_data:
        raise ValueError("it is shorter or longer than what was kept")
    return document


def write_head(document: str) -> dict[str, Any]:
    """The headline figures of a document; what it does not hold is left out."""
    said = read_members(document, {"headline", "rating", "moment", "candidates"})
    moment, candidates = said.get("moment", {}), said.get("candidates", [])
    head: dict[str, Any] = {key: said[key] for key in ("headline", "rating") if key in said}
    head |= {key: moment[key] for key in ("latest", "areas_declared", "areas_total") if key in moment}
    for name, key in (("win_probabilities", "win_probability"), ("displays", "win_display")):
        head[name] = {each["id"]: each[key] for each in candidates if key in each}
    return head


def read_members(document: str, wanted: Collection[str]) -> dict[str, Any]:
    """Members of a document, read in their order and no further than the last of those wanted.

    The areas of a large contest take up nearly all of it, and come after everything a head holds.

    Raises
    ------
    ValueError
        Where it is no JSON object so far.
    """
    said, place = dict[str, Any](), _skip(document, 0)
    if document[place : place + 1] != "{":
        raise ValueError("it is no JSON object")
    while not said.keys() >= set(wanted):
        place = _skip(document, place + 1)
        if document[place : place + 1] == "}":
            break
        key, place = READER.raw_decode(document, place)
        place = _skip(document, _skip(document, place) + 1)
        said[key], place = READER.raw_decode(document, place)
        place = _skip(document, place)
        if document[place : place + 1] == "}":
            break
    return said


def _skip(document: str, place: int) -> int:
    """The place of the first character from here that is no white space."""
    while document[place : place + 1].isspace():
        place += 1
    return place
