"""The facts of a contest, read from its ``contest.toml`` with the line of every defect."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from forecast.contests.keys import TABLES, ContestToml
from forecast.errors import Defect, did_you_mean
from forecast.table import read_text

__all__ = ["Lines", "key_lines", "read_toml"]

Location = tuple[str | int, ...]

EXPECTED = {
    "string_type": "a text in quotation marks",
    "int_type": "a whole number",
    "float_type": "a number",
    "date_type": "a date such as 2024-05-02, without quotation marks",
    "datetime_type": "a time such as 2024-05-04T19:57:00+01:00, without quotation marks",
    "list_type": "a list in square brackets",
    "dict_type": "a table in braces",
    "model_type": "a table",
    "finite_number": "a number",
    "greater_than_equal": "0 or more",
    "less_than_equal": "1 or less",
}
# What stands in for a value that is refused, so that the tables can still be looked at. Whatever is missing here
# (ids, names of files, the lists themselves) is what the tables are read by: without it they cannot be.
STAND_IN: Mapping[tuple[str, ...], Any] = {
    ("schema",): 1,
    ("election_id",): "?",
    ("title",): "?",
    ("office",): "mayor",
    ("order",): "declared",
    ("polling_day",): date.max,
    ("timezone",): "UTC",
    ("opens",): {},
    ("notes",): [],
    ("slopes",): [],
    ("covariates",): {},
    ("rule",): {"name": "plurality"},
    ("candidates", "name"): None,  # the candidate's id
    ("candidates", "party"): "?",
    ("candidates", "party_id"): "?",
    ("candidates", "colour"): "#767676",
    ("candidates", "takes_from"): {},
    ("candidates", "aliases"): [],
    ("companions", "label"): "?",
} | {
    (table, key): value
    for table in ("baseline", "alternatives")
    for key, value in {"label": "?", "polling_day": date.min, "rule": "plurality"}.items()
}


@dataclass(frozen=True, slots=True)
class Lines:
    """Lines of a TOML file by the key they set."""

    name: str
    by_key: Mapping[Location, int]

    def where(self, *location: str | int) -> str:
        """File and line of a key, or of the nearest table that would hold it."""
        for end in range(len(location), 0, -1):
            if location[:end] in self.by_key:
                return f"{self.name}, line {self.by_key[location[:end]]}"
        return self.name


def read_toml(path: Path, found: list[Defect]) -> tuple[ContestToml | None, Lines]:
    """Read the facts of a contest.

    Parameters
    ----------
    path
        ``contest.toml``.
    found
        Takes every defect of the file.

    Returns
    -------
    The facts, or None where they are too broken to read the tables by; and the lines of the keys. Where a value that no
    table depends on is refused, another stands in for it: facts are good only if ``found`` is empty.
    """
    text = read_text(path, found)
    if text is None:
        return None, Lines(path.name, {})
    if not text.strip():
        found.append(Defect(path.name, "the file is empty."))
        return None, Lines(path.name, {})
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found.append(syntax_defect(path.name, str(error)))
        return None, Lines(path.name, {})
    lines = Lines(path.name, key_lines(text))
    try:
        return ContestToml.model_validate(values), lines
    except ValidationError as error:
        details = error.errors(include_url=False)
    found.extend(as_defect(each, lines) for each in details if not is_misspelt(each, details))
    return mended(values, details), lines


def syntax_defect(name: str, message: str) -> Defect:
    """What the parser says, in our form."""
    place = re.search(r" \(at line (\d+), column (\d+)\)", message)
    what = f"not TOML: {message[:1].lower()}{message[1:]}"
    if place is None:
        return Defect(name, what.replace(" (at end of document)", ", where the file ends."), "Was it cut short?")
    return Defect(f"{name}, line {place[1]}", f"{what.removesuffix(place[0])}.")


def key_lines(text: str) -> dict[Location, int]:
    """Line of every key and table of a TOML document, counted from 1.

    Keys of inline tables are not looked for: they are found by the key that holds them.
    """
    lines: dict[Location, int] = {}
    counts: dict[Location, int] = {}
    table: Location = ()
    for number, line in enumerate(text.splitlines(), start=1):
        if header := re.match(r"\s*(\[\[?)([^\[\]]+)\]", line):
            table = opened(parts(header[2]), header[1] == "[[", counts)
            lines.setdefault(table, number)
        elif key := re.match(r"""\s*((?:[\w.-]|"[^"]*"|'[^']*'|\s)+?)\s*=""", line):
            lines.setdefault((*table, *parts(key[1])), number)
    return lines


def parts(key: str) -> Location:
    """Return the names of a dotted key."""
    return tuple(part.strip().strip("\"'") for part in key.split("."))


def opened(names: Location, listed: bool, counts: dict[Location, int]) -> Location:
    """Location of the table that a header opens, with the position of each list's latest table."""
    if listed:
        counts[names] = counts.get(names, -1) + 1
        for inner in [each for each in counts if len(each) > len(names) and each[: len(names)] == names]:
            del counts[inner]  # each table of a list counts its own lists afresh
    location: Location = ()
    for end, name in enumerate(names, start=1):
        location = (*location, name)
        if names[:end] in counts:
            location = (*location, counts[names[:end]])
    return location


def as_defect(error: ErrorDetails, lines: Lines) -> Defect:
    """One of pydantic's errors as one line of ours."""
    location, kind, context = error["loc"], error["type"], error.get("ctx", {})
    where, table = lines.where(*location), table_name(location)
    if kind == "missing":
        return Defect(where, f'no key "{location[-1]}" in {table}.')
    if kind == "extra_forbidden":
        known = keys_of(location)
        remedy = did_you_mean(str(location[-1]), known, f"Known: {', '.join(known)}.")
        return Defect(where, f'unknown key "{location[-1]}" in {table}.', remedy)
    key = ".".join(part for part in location if isinstance(part, str))
    if kind == "ours":
        return Defect(where, f"{key} {context['what']}", context["remedy"])
    if kind == "too_short":
        return Defect(where, f"{key} lists {context['actual_length']}, fewer than the {context['min_length']} needed.")
    given = shown(error["input"])
    if kind == "literal_error":
        choices = re.findall(r"\w+", context["expected"].replace(" or ", " "))
        what = f"{key} is {given}, not {'one of ' * (len(choices) > 1)}{', '.join(choices)}."
        return Defect(where, what, did_you_mean(str(error["input"]), choices) if len(choices) > 1 else "")
    return Defect(where, f"{key} is {given}, not {EXPECTED.get(kind, error['msg'])}.")


def is_misspelt(error: ErrorDetails, errors: Iterable[ErrorDetails]) -> bool:
    """Whether a missing key is there in another spelling, which is said of the unknown key."""
    if error["type"] != "missing":
        return False
    table = error["loc"][:-1]
    unknown = [
        str(each["loc"][-1]) for each in errors if each["type"] == "extra_forbidden" and each["loc"][:-1] == table
    ]
    return bool(did_you_mean(str(error["loc"][-1]), unknown))


def shown(value: object) -> str:
    """Return a value as it stands in a TOML file, shortened."""
    text = f'"{value}"' if isinstance(value, str) else str(value).lower() if isinstance(value, bool) else str(value)
    return text if len(text) <= 60 else f"{text[:57]}…"


def table_name(location: Location) -> str:
    """The table that holds a key, as its header is written."""
    if len(location) == 1:
        return "the contest"
    return f"[[{location[0]}]]" if isinstance(location[1], int) else f"[{location[0]}]"


def keys_of(location: Location) -> list[str]:
    """Keys of the table that holds a key."""
    model: type[BaseModel] = TABLES.get(str(location[0]), ContestToml) if len(location) > 1 else ContestToml
    return [each.alias or name for name, each in model.model_fields.items()]


def mended(values: dict[str, Any], errors: Iterable[ErrorDetails]) -> ContestToml | None:
    """Facts with unknown keys left out and stand-ins for what is refused; None where nothing can stand in."""
    values = deepcopy(values)
    for error in errors:
        names = tuple(part for part in error["loc"] if isinstance(part, str))
        key = names[:2] if names[0] in TABLES and names[:1] not in STAND_IN else names[:1]
        if error["type"] == "extra_forbidden":
            holder(values, error["loc"]).pop(error["loc"][-1], None)
        elif key not in STAND_IN:
            return None
        else:
            end = max(i for i, part in enumerate(error["loc"]) if part == key[-1]) + 1
            place = holder(values, error["loc"][:end])
            place[key[-1]] = place.get("id") if STAND_IN[key] is None else STAND_IN[key]
    try:
        return ContestToml.model_validate(values)
    except ValidationError:
        return None


def holder(values: dict[str, Any], location: Location) -> dict[str | int, Any]:
    """The table in which a location's last key stands."""
    found: Any = values
    for part in location[:-1]:
        found = found[part]
    table: dict[str | int, Any] = found
    return table
