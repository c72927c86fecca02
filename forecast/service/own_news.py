"""A contest's own news up to the moment at which it opens: a past night, ready to be followed to its end."""

from __future__ import annotations

from dataclasses import dataclass

import structlog

from forecast.contest import Contest
from forecast.declaration import Declaration, read_news
from forecast.errors import Conflict, Defect
from forecast.integrity import fold_admitted
from forecast.journal.entry import EntryKind
from forecast.journal.item_json import write_item
from forecast.journal.store import Store
from forecast.opening import open_night
from forecast.service.live_desk import LiveDesk

__all__ = ["ACTOR", "OwnNews", "open_own_news", "read_in"]

log = structlog.get_logger()

ACTOR = "the contest's own news"


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
    own = open_own_news(desk.contest)
    desk.notice = own.notice
    for defect in own.defects:
        log.warning("own news", contest=desk.id, defect=str(defect))
    for place, item in enumerate(own.items, start=1):
        key = f"own-news-{place}"
        if key in desk.keys:
            continue
        try:
            store.append(desk.id, EntryKind.NEWS, ACTOR, {"item": write_item(item)}, idempotency_key=key)
        except Conflict:  # another process was quicker, or the file has changed since: what was taken in stays
            log.warning("own news has changed", contest=desk.id, place=place)
