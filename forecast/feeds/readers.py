"""Which reader reads what: the format that a feed is said to have, or what a file in a folder shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from forecast.contests.contest import Contest
from forecast.declaration import Declaration
from forecast.errors import Defect, NewsError
from forecast.feeds.csv_news import read_csv_news
from forecast.feeds.ids import Ids
from forecast.feeds.json_news import read_json_news
from forecast.feeds.nist import is_nist, read_nist
from forecast.feeds.press import Message, Revisions, is_press, item_of, newest, read_messages, read_press
from forecast.feeds.reading import Reading, check_days, few, parse_json

__all__ = ["Format", "Piece", "Reader", "read_piece", "tell_format", "whole_lines"]

Format = Literal["csv", "json", "press", "nist", "any"]


@dataclass(frozen=True, slots=True)
class Piece:
    """One file, or the body of one response.

    Parameters
    ----------
    growing
        Whether it may be being written at this moment: a last line without its end then waits.
    defect
        Why there is nothing to be read of it; ``data`` is then empty.
    """

    name: str
    data: bytes
    growing: bool = False
    defect: Defect | None = None


@dataclass(frozen=True, slots=True)
class Reader:
    """How a feed is read. Immutable: reading gives the reader that comes next, which remembers what this one saw.

    Parameters
    ----------
    format
        ``any`` tells it by the name and contents of each piece.
    test
        Whether press messages marked as a test may be read: where the contest is one.
    revisions, last
        Of press messages the highest revisions seen; of reports, each area's item in the last.
    """

    contest: Contest
    format: Format = "any"
    ids: Ids = field(default_factory=Ids)
    test: bool = False
    revisions: Revisions = field(default_factory=dict)
    last: Mapping[str, Declaration] = field(default_factory=dict)

    def read(self, pieces: Sequence[Piece]) -> tuple[tuple[Reading, ...], Reader]:
        """What each piece holds, in their order, and the reader for the pieces to come.

        Of press messages only the highest revision of each is kept, over all the pieces and those read before.
        """
        forms = [tell_format(piece, self.format) for piece in pieces]
        found = [self._look(piece, form) for piece, form in zip(pieces, forms, strict=True)]
        kept, revisions = newest((message for messages, _ in found for message in messages), self.revisions)
        last, readings = dict(self.last), list[Reading]()
        for piece, form, (messages, reading) in zip(pieces, forms, found, strict=True):
            if messages:
                reading = self._finish(piece.name, [each for each in messages if each in kept], reading)  # noqa: PLW2901
            reading = _changed(reading, last) if form == "nist" else reading  # noqa: PLW2901
            readings.append(reading._replace(whole=form in {"csv", "json"}))
        return tuple(readings), replace(self, revisions=revisions, last=last)

    def _look(self, piece: Piece, form: Format) -> tuple[tuple[Message, ...], Reading]:
        """The press messages of a piece, with what is wrong with others; of any other piece none, and its reading."""
        if form != "press" or piece.defect is not None:
            return (), read_piece(piece, self.contest, form, self.ids)
        messages, defects = read_messages(piece.data, self.contest, name=piece.name, ids=self.ids, test=self.test)
        return messages, few(Reading((), defects), piece.name) if not messages else Reading((), defects)

    def _finish(self, name: str, kept: Sequence[Message], reading: Reading) -> Reading:
        items = tuple(item for message in kept if (item := item_of(message)) is not None)
        return few(check_days(Reading(items, reading.defects), self.contest, name), name)


def _changed(reading: Reading, last: dict[str, Declaration]) -> Reading:
    """A report without what the last one said too: reports hold the whole count each time, under a new time."""
    items = []
    for item in reading.items:
        timeless = replace(item, at=None, where="")
        if last.get(item.area) != timeless:
            items.append(item)
        last[item.area] = timeless
    return Reading(tuple(items), reading.defects)


def tell_format(piece: Piece, said: Format = "any") -> Format:
    """The format of a piece: what it is said to be, or what its name and contents show."""
    if said != "any":
        return said
    suffix, start = piece.name.rpartition(".")[2].casefold(), piece.data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    if suffix == "xml" or start == b"<":
        return "press"
    if suffix == "csv" or start not in {b"[", b"{"}:
        return "csv"
    try:
        document = parse_json(piece.data.decode("utf-8-sig"), piece.name)
    except (NewsError, UnicodeDecodeError):
        return "json"  # lines of JSON, or what its reader says is wrong with it
    return "nist" if is_nist(document) else "press" if is_press(document) else "json"


def read_piece(piece: Piece, contest: Contest, form: Format, ids: Ids | None = None, *, test: bool = False) -> Reading:
    """The items of one piece by itself, whatever its format."""
    if piece.defect is not None:
        return Reading((), (piece.defect,))
    data, waiting = whole_lines(piece) if form in {"csv", "json"} and piece.growing else (piece.data, None)
    if waiting is not None and not data.strip():
        return Reading((), (waiting,))
    reading = _read(data, contest, form, piece.name, ids, test)
    return Reading(reading.items, (*reading.defects, waiting)) if waiting is not None else reading


def _read(data: bytes, contest: Contest, form: Format, name: str, ids: Ids | None, test: bool) -> Reading:
    if form == "csv":
        return read_csv_news(data, contest, name=name)
    if form == "press":
        return read_press(data, contest, name=name, ids=ids, test=test)
    if form == "nist":
        return read_nist(data, contest, name=name, ids=ids)
    return read_json_news(data, contest, name=name)


def whole_lines(piece: Piece) -> tuple[bytes, Defect | None]:
    """The lines that have been written to their ends, and what to say of the one that has not."""
    data = piece.data
    start = data.lstrip(b"\xef\xbb\xbf \t\r\n")
    if start.startswith(b"[") or start.partition(b"\n")[0].strip() == b"{":
        return data, None  # such JSON says itself where it ends
    whole, ending, rest = data.rpartition(b"\n")
    if not rest.strip():
        return data, None
    line = whole.count(b"\n") + 1 + bool(ending)
    what = "has not been written to its end, and waits."
    return whole + ending, Defect(f"{piece.name}, line {line}", what, "A line of news ends with a line feed.")
