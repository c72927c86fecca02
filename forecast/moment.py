"""The news of a moment of the night: when so many areas had declared."""

from __future__ import annotations

from collections.abc import Sequence

from forecast.contests.contest import Contest
from forecast.declaration import Declaration
from forecast.errors import Defect, NewsError
from forecast.tally import Sheet, Tally, fold

__all__ = ["fold_through", "news_through"]


def fold_through(contest: Contest, items: Sequence[Declaration], declared: int) -> Tally:
    """The tally just after a number of areas had declared: `fold` of `news_through`."""
    return fold(contest, news_through(contest, items, declared))


def news_through(contest: Contest, items: Sequence[Declaration], declared: int) -> tuple[Declaration, ...]:
    """The items up to and including the one by which a number of areas have declared.

    Parameters
    ----------
    declared
        Areas declared at that moment, those taken back meanwhile not counted. With 0, all items before the first
        declaration.

    Raises
    ------
    NewsError
        Where never so many areas have declared.
    """
    sheet = Sheet(contest)
    most = 0
    for position, item in enumerate(items):
        sheet.enter(item)
        now = len(sheet.order)
        if now > declared == 0:
            return tuple(items[:position])
        if now == declared > 0:
            return tuple(items[: position + 1])
        most = max(most, now)
    if declared == 0:
        return tuple(items)
    what = f"{most} of the {len(contest.areas)} areas of {contest.id} have declared in this news."
    raise NewsError(Defect(f"through {declared}", what, f"Choose from 0 to {most}."))
