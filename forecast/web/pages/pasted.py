"""News pasted or uploaded as CSV: read as a log of news is, and tried item after item before anything is taken."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from forecast.contests.contest import Contest
from forecast.declaration import Declaration, parse_news
from forecast.errors import Defect
from forecast.service.desk import DeskState
from forecast.service.intake import preview, tally_of
from forecast.tally import add
from forecast.web.pages.desk_view import name_area, say_preview

__all__ = ["MOST", "Tried", "read_pasted", "try_items"]

MOST = 1000  # items at once


@dataclass(frozen=True, slots=True)
class Tried:
    """One line: where, of what, and what it would do."""

    where: str
    kind: str
    area: str
    checks: Mapping[str, Any]


def read_pasted(data: bytes, contest: Contest) -> tuple[dict[str, Declaration], tuple[Defect, ...]]:
    """The items by the key that keeps each from being taken twice, and what could not be read."""
    items, defects = parse_news(data, contest, name="CSV")
    if len(items) > MOST:
        defects = (*defects, Defect("CSV", f"holds {len(items):,} items.", f"At most {MOST:,} at once."))
    # the key is the item's and its place's: the same text pasted twice is the same news
    whole = sha256(data).hexdigest()[:24]
    return {f"{whole}:{item.sequence}": item for item in items}, defects


def try_items(contest: Contest, state: DeskState, items: Mapping[str, Declaration], actor: str) -> tuple[Tried, ...]:
    """What each item would change, were those before it taken."""
    tally, tried = tally_of(contest, state), list[Tried]()
    for item in list(items.values())[:MOST]:
        found = preview(contest, state, item, actor=actor, tally=tally)
        if not found.defects and not found.disagreements:
            tally = add(tally, item)
        tried.append(Tried(item.where, item.kind.value, name_area(contest, item.area), say_preview(found, contest)))
    return tuple(tried)
