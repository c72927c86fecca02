"""News as JSON: an array of items in their public shape, one such item, or one a line."""

from __future__ import annotations

from collections.abc import Iterator

from forecast.contests.contest import Contest
from forecast.declaration import Declaration
from forecast.errors import Defect, NewsError
from forecast.feeds.reading import Reading, check_days, check_size, few, parse_json, read_utf8
from forecast.journal.item_json import read_item

__all__ = ["read_json_news"]


def read_json_news(data: bytes, contest: Contest, *, name: str = "news.json") -> Reading:
    """The items of a JSON array, or of lines of JSON; what cannot be read of one spoils no other.

    Parameters
    ----------
    data
        UTF-8. An item's shape is that of `forecast.journal.item_json`.
    name
        What messages call it.
    """
    items: list[Declaration] = []
    defects: list[Defect] = []
    try:
        check_size(data, name)
        for sequence, (where, fields) in enumerate(_items(read_utf8(data, name), name), start=1):
            if isinstance(fields, NewsError):
                defects.extend(fields.defects)
                continue
            try:
                items.append(read_item(fields, contest, where=where, sequence=sequence))
            except NewsError as error:
                defects.extend(error.defects)
    except NewsError as error:
        defects.extend(error.defects)
    return few(check_days(Reading(tuple(items), tuple(defects)), contest, name), name)


def _items(text: str, name: str) -> Iterator[tuple[str, object]]:
    """Where each item stands and what it is: JSON, or the error where a line is none."""
    if text.lstrip().startswith("["):
        found = parse_json(text, name)
        listed = found if isinstance(found, list) else []
        yield from ((f"{name}, item {number}", each) for number, each in enumerate(listed, start=1))
        return
    lines = [(f"{name}, line {number}", line) for number, line in enumerate(text.split("\n"), 1) if line.strip()]
    if text.lstrip().startswith("{") and len(lines) > 1 and lines[0][1].strip() == "{":
        yield f"{name}, item 1", parse_json(text, name)  # one item, set out over several lines
        return
    for where, line in lines:
        try:
            yield where, parse_json(line, where)
        except NewsError as error:
            yield where, error
