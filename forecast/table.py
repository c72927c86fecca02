"""Tables that people keep as CSV files, read with the place of every defect."""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from difflib import get_close_matches
from pathlib import Path

from forecast.errors import Defect, did_you_mean

__all__ = ["Columns", "Row", "Table", "choice", "day", "moment", "number", "read_table", "read_text", "whole"]


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns a table must and may have; ``others`` lets it have any further ones."""

    required: tuple[str, ...]
    optional: tuple[str, ...] = ()
    others: bool = False

    @property
    def known(self) -> tuple[str, ...]:
        """Every column with a name of its own."""
        return self.required + self.optional


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table; ``ragged`` where only its first cell can be trusted."""

    where: str
    cells: Mapping[str, str]
    ragged: bool = False

    def __getitem__(self, column: str) -> str:
        """Text of a cell, without space around it; empty where the table lacks the column."""
        return self.cells.get(column, "")


@dataclass(frozen=True, slots=True)
class Table:
    """A table's columns, in its own order, and its rows."""

    name: str
    columns: tuple[str, ...] = ()
    rows: tuple[Row, ...] = field(default=(), repr=False)


def read_text(path: Path, found: list[Defect]) -> str | None:
    """Text of a UTF-8 file, with or without a byte order mark; None, and a defect in ``found``, where there is none."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        found.append(Defect(path.name, "the file is missing."))
        return None
    except OSError as error:
        found.append(Defect(path.name, f"the file cannot be read: {error.strerror}."))
        return None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        what = f"byte 0x{data[error.start]:02x} is not UTF-8."
        found.append(Defect(f"{path.name}, line {line}", what, "Save the file as UTF-8."))
        return None


def read_table(path: Path, columns: Columns, found: list[Defect]) -> Table | None:
    """Read a CSV file whose first line names its columns.

    Parameters
    ----------
    path
        The file: UTF-8, cells separated by commas, any line ends.
    columns
        What it must and may hold.
    found
        Takes every defect of the table's form: header, ragged rows, quotes left open.

    Returns
    -------
    The table, or None where it has no usable header.
    """
    text = read_text(path, found)
    if text is None:
        return None
    given = len(found)
    lines = list(records(path.name, text, found))
    if len(found) > given:
        return None
    if not lines:
        names = ",".join([*columns.known, *(["…"] if columns.others else [])])
        found.append(Defect(path.name, f"the file is empty; its first line names the columns: {names}."))
        return None
    (header_where, header), *rest = lines
    found.extend(header_defects(header_where, header, columns))
    rows = tuple(as_row(where, header, cells, found) for where, cells in rest)
    if set(columns.required) - set(header):
        return None
    misspelt = near(header, columns)
    others = (name for name in header if columns.others and name and name not in misspelt)
    wanted = {name for name in header if name in columns.known}.union(others)
    return Table(path.name, tuple(name for name in dict.fromkeys(header) if name in wanted), rows)


def records(name: str, text: str, found: list[Defect]) -> Iterator[tuple[str, list[str]]]:
    """Place and cells of each record that is not blank, until one cannot be read."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True, skipinitialspace=True)
    while True:
        where = f"{name}, line {reader.line_num + 1}"
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            found.append(Defect(where, f"the row cannot be read: {error}.", "Is a quotation mark left open?"))
            return
        if any(cell.strip() for cell in cells):
            yield where, [cell.strip() for cell in cells]


def as_row(where: str, header: list[str], cells: list[str], found: list[Defect]) -> Row:
    """One record as a row; of one with too many or too few cells only the first is kept."""
    if len(cells) == len(header):
        return Row(where, dict(zip(header, cells, strict=True)))
    found.append(Defect(where, f"{len(cells)} cells where the first line names {len(header)} columns."))
    return Row(where, {header[0]: cells[0]}, ragged=True)


def near(header: list[str], columns: Columns) -> dict[str, str]:
    """Columns that nobody knows but that look like a known column which the table lacks, and what they look like."""
    lacking = {name.casefold(): name for name in columns.known if name not in header}
    strangers = [name for name in header if name not in columns.known]
    close = {name: get_close_matches(name.casefold(), lacking, n=1, cutoff=0.85) for name in strangers}
    return {name: lacking[match[0]] for name, match in close.items() if match}


def header_defects(where: str, header: list[str], columns: Columns) -> list[Defect]:
    """What is wrong with the names of a table's columns."""
    defects = []
    misspelt = near(header, columns)
    for name in dict.fromkeys(header):
        if not name:
            defects.append(Defect(where, "a column has no name."))
        elif header.count(name) > 1:
            defects.append(Defect(where, f'two columns are named "{name}".'))
        elif name in misspelt:
            defects.append(Defect(where, f'unknown column "{name}".', f'Did you mean "{misspelt[name]}"?'))
        elif name not in columns.known and not columns.others:
            known = f"Known: {', '.join(columns.known)}."
            defects.append(Defect(where, f'unknown column "{name}".', did_you_mean(name, columns.known, known)))
    for name in columns.required:
        if name not in header and name not in misspelt.values():
            semicolons = "Separate cells by commas, not semicolons." if any(";" in each for each in header) else ""
            defects.append(Defect(where, f'no column "{name}".', semicolons))
    return defects


def whole(row: Row, column: str, found: list[Defect]) -> int | None:
    """A cell's whole number, 0 or more; None where it is blank or, with a defect in ``found``, is something else."""
    text = row[column]
    if not text:
        return None
    if re.fullmatch(r"[0-9]{1,12}|[0-9]{1,3}(,[0-9]{3}){1,3}", text):
        return int(text.replace(",", ""))
    if re.fullmatch(r"[-−][0-9.,]+", text):
        found.append(Defect(row.where, f"{column} is {text}, which is negative."))
    else:
        found.append(Defect(row.where, f'{column} is "{text}", not a whole number.', "Write it like 12345 or 12,345."))
    return None


def number(row: Row, column: str, found: list[Defect]) -> float:
    """A cell's number; NaN where it is blank or, with a defect in ``found``, is something else."""
    text = row[column]
    if not text:
        return math.nan
    if re.fullmatch(r"[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]{1,2})?", text):
        return float(text)
    found.append(Defect(row.where, f'{column} is "{text}", not a number.'))
    return math.nan


def day(row: Row, column: str, found: list[Defect]) -> date | None:
    """A cell's date; None where it is blank or, with a defect in ``found``, is something else."""
    try:
        return date.fromisoformat(row[column]) if row[column] else None
    except ValueError:
        found.append(Defect(row.where, f'{column} is "{row[column]}", not a date such as 2024-05-02.'))
        return None


def moment(row: Row, column: str, found: list[Defect]) -> datetime | None:
    """A cell's time, in UTC; None where it is blank or, with a defect in ``found``, is not a time with its offset."""
    text = row[column]
    if not text:
        return None
    try:
        time = datetime.fromisoformat(text)
        if time.tzinfo is not None:
            return time.astimezone(UTC)
    except (ValueError, OverflowError):
        pass  # said below, as of a time without its offset
    what = f'{column} is "{text}", not a time with its offset such as 2024-05-04T13:59+01:00.'
    found.append(Defect(row.where, what))
    return None


def choice(row: Row, column: str, choices: Collection[str], found: list[Defect]) -> str | None:
    """A cell's word out of a few; None, with a defect in ``found``, where it is another or blank."""
    if row[column] in choices:
        return row[column]
    what = f'{column} is "{row[column]}", not one of {", ".join(choices)}.'
    found.append(Defect(row.where, what, did_you_mean(row[column], choices)))
    return None
