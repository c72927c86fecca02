"""Past nights replayed: the forecast after each declaration, or after each item of news, as it would have been."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

from forecast.alarms.hard_checks import accept
from forecast.alarms.integrity import fold_admitted
from forecast.bulletin.explain import Oddity
from forecast.bulletin.summary import Forecast
from forecast.contests.contest import Contest
from forecast.declaration import Declaration
from forecast.errors import Defect
from forecast.night import Night, Update
from forecast.tally import Sheet

__all__ = ["Steps", "biggest_surprise", "checkpoints", "replay", "space_out"]

Steps = Literal["declaration", "item"]


def checkpoints(contest: Contest, items: Sequence[Declaration], steps: Steps) -> tuple[int, ...]:
    """How many items are known at each moment of a replay.

    Parameters
    ----------
    items
        All the news, in the order of arrival.
    steps
        ``item``: before any news, and after each item. ``declaration``: before the first declaration, after each
        by which the number of areas declared has changed, and at the end of the news.
    """
    if steps == "item":
        return tuple(range(len(items) + 1))
    changed, sheet = [], Sheet(contest)
    for known, item in enumerate(items, start=1):
        before = len(sheet.order)
        accept(sheet, item)
        if len(sheet.order) != before:
            changed.append(known)
    first = {changed[0] - 1} if changed else set()
    return tuple(sorted({*first, *changed, len(items)}))


def space_out(moments: Sequence[int], most: int) -> tuple[int, ...]:
    """At most so many of the moments, evenly spaced, the first and last among them; all if ``most`` is 0."""
    if most == 0 or len(moments) <= most:
        return tuple(moments)
    if most == 1:
        return (moments[-1],)
    return tuple(moments[round(place * (len(moments) - 1) / (most - 1))] for place in range(most))


def replay(
    night: Night,
    items: Sequence[Declaration],
    moments: Iterable[int],
    *,
    defects: Iterable[Defect] = (),
    stress: bool = True,
) -> Iterator[Update]:
    """The update at each moment, in order; each explained against the one before it, which is not made again.

    Parameters
    ----------
    items
        All the news, in the order of arrival.
    moments
        How many items are known at each, rising, as `checkpoints` gives them.
    defects
        Items that could not be read, to be listed with those refused.
    stress
        Whether what a call needs is looked at under harder assumptions at each, as in `Night.update`.

    Notes
    -----
    The update at a moment is the one that `Night.update` gives for the same items: nothing later is known to it.
    Between two moments more than one item may have come: what moved the forecast is then all of them together.
    """
    defects, done = tuple(defects), 0
    before = current = night.reckon_items(())
    tally = current.tally
    refused: tuple[Defect, ...] = ()
    for known in moments:
        tally, more = fold_admitted(night.contest, items[done:known], tally)
        done, refused = known, (*refused, *more)
        if len(tally.items) > len(current.tally.items):
            before = current
        update = night.update(
            items[:known],
            defects=defects,
            before=before if tally.items else None,
            folded=(tally, refused),
            stress=stress,
        )
        current = update.reckoning
        yield update


def biggest_surprise(course: Iterable[Forecast]) -> Oddity | None:
    """The declaration furthest from the forecast made before it; ``None`` where nothing has been compared."""
    oddities = (each.explanation.oddest for each in course if each.explanation is not None)
    return max((each for each in oddities if each is not None), key=lambda each: abs(each.deviations), default=None)
