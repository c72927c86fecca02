"""A contest's own news up to the moment at which it opens: a past night, ready to be followed to its end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import structlog

from forecast.alarms.integrity import fold_admitted
from forecast.contests.contest import Contest
from forecast.declaration import Declaration, read_news
from forecast.errors import Conflict, Defect, NewsError
from forecast.journal.entry import RESERVED, EntryKind, Written
from forecast.journal.item_json import write_item
from forecast.journal.store import Store
from forecast.opening import open_night
from forecast.replay import checkpoints, space_out
from forecast.service.live_desk import LiveDesk

__all__ = ["ACTOR", "OWN_KEY", "OwnNews", "open_own_news", "past_stages", "read_in"]

log = structlog.get_logger()

ACTOR = "the contest's own news"
OWN_KEY, RESERVED_KEY = "own-news-{}", "own-news-past"
SMALL = 40  # areas up to which every declaration is a moment of the night so far
FEW = 8  # moments of larger ones


@dataclass(frozen=True, slots=True)
class OwnNews:
    """The items that pass the checks, what must be said with them, and what could not be let in."""

    items: tuple[Declaration, ...]
    notice: str
    defects: tuple[Defect, ...]


def open_own_news(contest: Contest) -> OwnNews:
    """The news in a contest's directory up to its opening moment; nothing where it has none."""
    path = contest.directory / "news.csv"
    read, defects = read_news(path, contest) if path.exists() else ((), ())
    opened = open_night(contest, read)
    tally, refusals = fold_admitted(contest, opened.items)
    said = opened.notice.partition(";")[0].rstrip(".")  # what follows is for the command line
    return OwnNews(tally.items, f"{said}." if said else "", (*defects, *refusals))


def read_in(store: Store, desk: LiveDesk) -> None:
    """Append the contest's own news to the journal, what it holds already left out, and say so with every forecast."""
    try:
        own = open_own_news(desk.contest)
    except NewsError as error:  # it does not open where it says: it begins with nothing, and the others with theirs
        own = OwnNews((), "", error.defects)
    desk.notice = own.notice
    for defect in own.defects:
        log.warning("own news", contest=desk.id, defect=str(defect))
    mark = {"test": True} if desk.state.test else {}
    written = [
        Written(EntryKind.NEWS, ACTOR, {"item": write_item(item), **mark}, key)
        for key, item in zip(map(OWN_KEY.format, range(1, len(own.items) + 1)), own.items, strict=True)
        if key not in desk.keys
    ]
    stages = past_stages(desk.contest, own.items)
    if stages and len(written) == len(own.items) and store.latest(desk.id, False) is None:
        written.append(Written(EntryKind.SERVICE, ACTOR, {"action": RESERVED, "forecasts": len(stages)}, RESERVED_KEY))
    try:
        store.append_many(desk.id, written)
    except Conflict:  # another process was quicker, or the file has changed since: what was taken in stays
        log.warning("own news has changed", contest=desk.id)


def past_stages(contest: Contest, items: Sequence[Declaration]) -> tuple[int, ...]:
    """How many items were known at each moment before the last that the night so far is drawn of.

    Every declaration of a small contest; of one of many areas a few moments, evenly apart.
    """
    stages = checkpoints(contest, items, "declaration")[:-1]
    return space_out(stages, 0 if len(contest.areas) <= SMALL else FEW)
