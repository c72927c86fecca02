"""What a reader makes of bytes, and what every reader asks of them first."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, time
from typing import NamedTuple, NoReturn
from zoneinfo import ZoneInfo

from forecast.contests.contest import Contest
from forecast.declaration import Declaration
from forecast.errors import Defect, NewsError

__all__ = [
    "MOST_BYTES",
    "Reading",
    "check_days",
    "check_size",
    "check_text",
    "few",
    "opening_of",
    "parse_json",
    "read_utf8",
]

MOST_BYTES = 5_000_000
MOST_DEFECTS = 20


class Reading(NamedTuple):
    """Items of news in the order in which they stand, and everything wrong with the rest.

    ``whole``: what was read before of the same place and is not here any more was taken out.
    """

    items: tuple[Declaration, ...] = ()
    defects: tuple[Defect, ...] = ()
    whole: bool = False


def check_size(data: bytes, name: str) -> None:
    """Raise NewsError where there is nothing to read, or far more than any count needs."""
    if len(data) > MOST_BYTES:
        what = f"is {len(data) / 1e6:.1f} MB, more than the {MOST_BYTES / 1e6:.0f} MB that are read of a feed."
        raise NewsError(Defect(name, what, "Is it the right file?"))
    if not data.strip():
        raise NewsError(Defect(name, "is empty."))


def check_text(data: bytes, name: str) -> None:
    """Raise NewsError where bytes are plainly of no text in UTF-8, rather than say so of every line."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in data:
        raise NewsError(Defect(name, "is not text in UTF-8.", "Save it as UTF-8, not as UTF-16."))


def read_utf8(data: bytes, name: str) -> str:
    """Text in UTF-8, with or without a byte order mark.

    Raises
    ------
    NewsError
        Where it is in another encoding, saying in which line.
    """
    check_text(data, name)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        what = f"byte 0x{data[error.start]:02x} is not UTF-8."
        raise NewsError(Defect(f"{name}, line {line}", what, "Save it as UTF-8.")) from error


def parse_json(text: str, name: str) -> object:
    """JSON without what JSON does not have: NaN, and a key twice, of which one would silently be lost.

    Raises
    ------
    NewsError
        With the line, and whether it was cut off.
    """
    try:
        found: object = json.loads(text, object_pairs_hook=_once, parse_constant=_no_number)
    except json.JSONDecodeError as error:
        cut = error.pos >= len(text.rstrip()) or error.msg.startswith("Unterminated")
        what = "is JSON that was cut off." if cut else f"is not JSON: {error.msg}, line {error.lineno}."
        raise NewsError(Defect(name, what, "Wait for the whole file." if cut else "")) from error
    except (ValueError, RecursionError) as error:
        why = "it is nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise NewsError(Defect(name, f"is not JSON that can be read: {why}.")) from error
    return found


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise ValueError(f'the key "{twice[:40]}" is there twice')
    return found


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is not a number in JSON")


def opening_of(contest: Contest) -> datetime:
    """Midnight at the start of polling day where the contest is: nothing of its count is known before."""
    zone = ZoneInfo(contest.timezone) if contest.timezone else UTC
    return datetime.combine(contest.polling_day, time(), zone).astimezone(UTC)


def check_days(reading: Reading, contest: Contest, name: str) -> Reading:
    """The reading without items timed before polling day; one defect where all of them are: it is an old file."""
    opens = opening_of(contest)
    timed = [item for item in reading.items if item.at is not None]
    early = [item for item in timed if item.at is not None and item.at < opens]
    if not early:
        return reading
    latest = max(item.at for item in early if item.at is not None)
    if len(early) == len(timed):
        what = f"is an old file: its latest time is {latest:%Y-%m-%d}, before polling day, {contest.polling_day}."
        return Reading((), (Defect(name, what, "Look for today's."), *reading.defects))
    kept = tuple(item for item in reading.items if item not in early)
    wrong = [
        Defect(item.where or name, f"its time, {item.at:%Y-%m-%d}, is before polling day, {contest.polling_day}.")
        for item in early
    ]
    return Reading(kept, (*reading.defects, *wrong))


def few(reading: Reading, name: str) -> Reading:
    """The reading with as many defects as anybody reads: one where nothing at all could be used."""
    defects: Sequence[Defect] = reading.defects
    if not reading.items and len(defects) > 3:
        first, others = defects[0], len(defects) - 1
        what = f"nothing in it can be used: {first}"
        return Reading((), (Defect(name, what, f"So with {others:,} more: is it of another contest?"),))
    if len(defects) > MOST_DEFECTS:
        more = Defect(name, f"has {len(defects) - MOST_DEFECTS:,} more defects.")
        return Reading(reading.items, (*defects[:MOST_DEFECTS], more))
    return reading
