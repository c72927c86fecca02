"""The moment of a night that is asked for: after the Nth declaration, at a time, or where its contest opens it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from forecast.alarms.integrity import fold_admitted
from forecast.contests.contest import Contest
from forecast.declaration import Declaration, news_until
from forecast.moment import news_through
from forecast.tally import fold
from forecast.wording import say_moment

__all__ = ["Opened", "Through", "open_night"]

Through = int | Literal["all"]


@dataclass(frozen=True, slots=True)
class Opened:
    """The news of one moment, and what must be said with it; ``notice`` is empty where nothing must."""

    items: tuple[Declaration, ...]
    notice: str = ""


def open_night(
    contest: Contest,
    items: Sequence[Declaration],
    *,
    through: Through | None = None,
    at: datetime | None = None,
    past: bool = True,
) -> Opened:
    """The items of news up to the moment asked for.

    Parameters
    ----------
    items
        All the news, in the order of arrival.
    through
        After so many areas have declared, or ``all``; refused items declare nothing.
    at
        What was known by a time (aware).
    past
        Whether, with neither, the night opens at the moment its contest names.

    Raises
    ------
    NewsError
        Where never so many areas have declared.
    """
    if at is not None:
        return Opened(news_until(items, at))
    if through == "all":
        return Opened(tuple(items))
    if through is not None:
        return Opened(_through(contest, items, through))
    return _named(contest, items) if past else Opened(tuple(items))


def _through(contest: Contest, items: Sequence[Declaration], declared: int) -> tuple[Declaration, ...]:
    """The items up to the last accepted one of that moment, with the refused ones before it."""
    accepted = fold_admitted(contest, items)[0].items
    known = news_through(contest, accepted, declared)
    if len(known) == len(accepted):
        return tuple(items)
    last = max((position for position, item in enumerate(items) if known and item is known[-1]), default=-1)
    return tuple(items[: last + 1])


def _named(contest: Contest, items: Sequence[Declaration]) -> Opened:
    """The moment that the contest names, where the news goes beyond it."""
    opening = contest.opening
    known = tuple(items)
    if opening.at is not None:
        known = news_until(items, opening.at)
        moment = f"at {say_moment(opening.at, contest.timezone)}"
    elif opening.through is not None and _declared(contest, items) > opening.through:
        known = _through(contest, items, opening.through)
        moment = f"after {opening.through} of {len(contest.areas)} areas have declared"
    if len(known) == len(items):
        return Opened(known)
    return Opened(known, f"A past night, opened {moment}; --through all shows its end.")


def _declared(contest: Contest, items: Sequence[Declaration]) -> int:
    return len(fold(contest, fold_admitted(contest, items)[0].items).order)
