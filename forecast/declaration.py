"""One item of the night's news about an area's count, as somebody gave it; and reading a log of them."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from zoneinfo import ZoneInfo

from forecast.contests.contest import Contest
from forecast.errors import Defect, did_you_mean

__all__ = ["Declaration", "Kind", "news_until", "parse_news", "read_news"]

COLUMNS = ("at", "kind", "area", "ballots", "rejected", "valid", "counted", "source", "entered_by", "note")
FIGURES = ("ballots", "rejected", "valid")
WHOLE_NUMBER = re.compile(r"[0-9]{1,3}(?:,[0-9]{3}){1,4}|[0-9]{1,15}")
QUOTE = 'Write a number that holds commas in quotation marks: "12,345".'
DECIMAL = re.compile(r"[0-9]*\.?[0-9]+|[0-9]+\.")


class Kind(StrEnum):
    """What an item says of an area's count."""

    VERIFIED = "verified"  # ballots counted at verification, no votes yet
    PARTIAL = "partial"  # part of the votes counted
    PROVISIONAL = "provisional"  # all counted, not yet declared, or being recounted
    DECLARED = "declared"  # read out by the returning officer
    CORRECTED = "corrected"  # a declaration put right
    WITHDRAWN = "withdrawn"  # the area's votes taken back; ballots verified stay
    CHECKED = "checked"  # the figures that stand, read back to the count and right: it gives them


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


def news_until(items: Sequence[Declaration], at: datetime) -> tuple[Declaration, ...]:
    """The items known by a time, in their order.

    An item without a time counts as known from the time of the next item in the order that has one; where none
    follows, nobody can say that it was known by any time, and it is left out.

    Parameters
    ----------
    items
        News in the order of arrival.
    at
        A moment (aware).
    """
    known: list[Declaration] = []
    known_at: datetime | None = None
    for item in reversed(items):
        known_at = item.at or known_at
        if known_at is not None and known_at <= at:
            known.append(item)
    return tuple(reversed(known))


def read_news(path: Path, contest: Contest) -> tuple[tuple[Declaration, ...], tuple[Defect, ...]]:
    """The items of a log of news, and what is wrong with the lines that could not be read.

    A malformed line never stops the night: it becomes a defect and the rest is read. Each line stands alone, so that a
    quotation mark left open spoils one line and not those after it. An item's ``sequence`` is its line's place among
    the lines that are not blank, so that mending one line renumbers no other.

    Parameters
    ----------
    path
        CSV in UTF-8 with the columns ``at, kind, area, ballots, rejected, valid, counted``, one for each candidate (id,
        name or alias), ``source, entered_by, note``; only ``kind`` and ``area`` must be there. An area is an id, code
        or name, or the contest's id for a figure of the whole contest. Blank means not given, which is not zero.
    contest
        The contest the news is about.

    Returns
    -------
    Items in the order of the file, and every defect found.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        return (), (Defect(str(path), f"cannot be read: {error.strerror}."),)
    return parse_news(data, contest, name=path.name)


def parse_news(data: bytes, contest: Contest, *, name: str) -> tuple[tuple[Declaration, ...], tuple[Defect, ...]]:
    """The same as `read_news` of what a file holds; ``name`` is what messages call it."""
    text = data.decode("utf-8-sig", errors="replace")
    lines = [
        (f"{name}, line {number}", line)
        for number, line in enumerate(re.split("\r\n|\r|\n", text), start=1)
        if line.strip(" ,\t")
    ]
    if not lines:
        return (), (Defect(name, "is empty.", f"Begin it with the line {','.join(COLUMNS[:7])},…"),)
    columns, defects = _columns(*lines[0], contest)
    items: list[Declaration] = []
    for sequence, (where, line) in enumerate(lines[1:] if columns else (), start=1):
        row = _Row(where, contest)
        cells = row.cells(line, columns)
        if sequence == len(lines) - 1 and text.endswith(line):
            row.whole(line, columns)
        item = row.item(cells, sequence)
        defects.extend(row.defects)
        if item is not None and not row.defects:
            items.append(item)
    return tuple(items), tuple(defects)


def _split(line: str) -> list[str]:
    """Cells of one line; csv.Error where its quotation marks do not match."""
    return [cell.strip() for cell in next(csv.reader([line], strict=True))]


def _columns(where: str, line: str, contest: Contest) -> tuple[list[str], list[Defect]]:
    """Each column's own name, or a candidate's id, or ``""`` for one nobody knows; none where nothing can be read."""
    try:
        headings = _split(line)
    except csv.Error:
        return [], [Defect(where, "has a quotation mark that is left open.", "Close it.")]
    names = [_column(heading, contest) for heading in headings]
    choices = [*COLUMNS, *(candidate.id for candidate in contest.candidates)]
    defects = [
        Defect(where, f'no column or candidate "{heading}" in {contest.id}; its figures are not read.', remedy)
        for heading, name in zip(headings, names, strict=True)
        if heading and not name
        for remedy in [did_you_mean(heading, choices, f"The columns are {', '.join(choices)}.")]
    ]
    twice = sorted({name for name in names if name and names.count(name) > 1})
    fatal = [Defect(where, f'the column "{name}" is there twice.', "Keep one.") for name in twice]
    fatal += [
        Defect(where, f'there is no column "{name}", so no line can be read.', "Separate the columns by commas.")
        for name in ("kind", "area")
        if name not in names
    ]
    return ([] if fatal else names), defects + fatal


def _column(heading: str, contest: Contest) -> str:
    if heading.casefold() in COLUMNS:
        return heading.casefold()
    try:
        return contest.candidates[contest.candidate_index(heading)].id
    except KeyError:
        return ""


@dataclass(slots=True)
class _Row:
    """Reads one line's cells, collecting what is wrong with them."""

    where: str
    contest: Contest
    defects: list[Defect] = field(default_factory=list)

    def wrong(self, what: str, remedy: str = "") -> None:
        self.defects.append(Defect(self.where, what, remedy))

    def cells(self, line: str, columns: Sequence[str]) -> Mapping[str, str]:
        """Column to what stands in it, blank cells left out."""
        if "\N{REPLACEMENT CHARACTER}" in line:
            self.wrong("is not in UTF-8.", "Save the file as CSV UTF-8.")
        try:
            cells = _split(line)
        except csv.Error:
            self.wrong("has a quotation mark that is left open.", "Close it; an item of news is one line.")
            return {}
        if len(cells) > len(columns):
            self.wrong(f"{len(cells)} cells where there are {len(columns)} columns.", QUOTE)
        return {name: cell for name, cell in zip(columns, cells, strict=False) if name and cell}

    def whole(self, line: str, columns: Sequence[str]) -> None:
        """Refuse a last line that neither fills its columns nor ends: its last figure may lack digits."""
        if not self.defects and len(_split(line)) < len(columns):
            what = f"stops after {len(_split(line))} of {len(columns)} columns without a line end: it was cut off."
            self.wrong(what, "Wait for the whole line, or end it with a line break.")

    def item(self, cells: Mapping[str, str], sequence: int) -> Declaration | None:
        if self.defects:
            return None  # cells that cannot be told apart would only be found wrong again
        return Declaration(
            area=self.area(cells.get("area", "")),
            kind=self.kind(cells.get("kind", "")),
            at=self.time(cells.get("at", "")),
            source=self.source(cells.get("source", "")),
            entered_by=cells.get("entered_by", ""),
            **{name: self.number(name, cells[name]) if name in cells else None for name in FIGURES},
            counted=self.share("counted", cells["counted"]) if "counted" in cells else None,
            votes={name: self.number(name, cell) for name, cell in cells.items() if name not in COLUMNS},
            note=cells.get("note", ""),
            sequence=sequence,
            where=self.where,
        )

    def source(self, text: str) -> str:
        if WHOLE_NUMBER.fullmatch(text):
            # A thousands comma without quotation marks has shifted every cell after it.
            self.wrong(f'the source is a number, "{text}".', QUOTE)
        return text

    def area(self, name: str) -> str:
        if name.casefold() == self.contest.id.casefold():
            return self.contest.id
        try:
            return self.contest.areas[self.contest.area_index(name)].id
        except KeyError:
            choices = [word for area in self.contest.areas for word in (area.id, area.name)] + [self.contest.id]
            known = f"{self.contest.id} has {', '.join(area.name for area in self.contest.areas[:12])}."
            what = f'no area "{name}" in {self.contest.id}.' if name else "it does not say which area."
            self.wrong(what, did_you_mean(name, choices, known))
            return ""

    def kind(self, name: str) -> Kind:
        try:
            return Kind(name.casefold())
        except ValueError:
            what = f'no kind of news "{name}".' if name else "it does not say which kind of news it is."
            self.wrong(what, did_you_mean(name, Kind, f"The kinds are {', '.join(Kind)}."))
            return Kind.VERIFIED

    def time(self, text: str) -> datetime | None:
        if not text:
            return None
        try:
            at = datetime.fromisoformat(text)
            if at.tzinfo is not None:
                return at.astimezone(UTC)
            local = at.replace(tzinfo=ZoneInfo(self.contest.timezone)).isoformat(timespec="minutes")
            self.wrong(f'the time "{text}" does not say in which time zone it is.', f"Write {local}.")
        except (ValueError, OverflowError):
            self.wrong(f'"{text}" is not a time.', "Write 2024-05-04T16:13+01:00, or leave it blank.")
        return None

    def number(self, name: str, text: str) -> int:
        if WHOLE_NUMBER.fullmatch(text):
            return int(text.replace(",", ""))
        self.wrong(f'{name} "{text}" is not a whole number of votes.', "Write it like 12345 or 12,345.")
        return 0

    def share(self, name: str, text: str) -> float:
        if DECIMAL.fullmatch(text) and float(text) <= 1:
            return float(text)
        self.wrong(f'{name} "{text}" is not a share between 0 and 1.', "Write 85 per cent as 0.85.")
        return 0.0
