"""Past nights replayed: the forecast after each declaration, or after each item of news, as it would have been."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

from forecast.contest import Contest
from forecast.declaration import Declaration
from forecast.errors import Defect
from forecast.explain import Oddity
from forecast.integrity import admit
from forecast.night import Night, Update
from forecast.summary import Forecast
from forecast.tally import add, empty_tally

__all__ = ["Steps", "biggest_surprise", "checkpoints", "replay"]

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
    changed = []
    tally = empty_tally(contest)
    accepted = iter(admit(contest, items).tally.items)
    following = next(accepted, None)
    for known, item in enumerate(items, start=1):
        if item is following:
            after, following = add(tally, item), next(accepted, None)
            if after.order != tally.order:
                changed.append(known)
            tally = after
    before = {changed[0] - 1} if changed else set()
    return tuple(sorted({*before, *changed, len(items)}))


def replay(
    night: Night, items: Sequence[Declaration], *, steps: Steps = "declaration", defects: Iterable[Defect] = ()
) -> Iterator[Update]:
    """The update at each checkpoint, in order; each explained against the one before it, which is not made again.

    Parameters
    ----------
    items
        All the news, in the order of arrival.
    defects
        Items that could not be read, to be listed with those refused.

    Notes
    -----
    The update at a checkpoint is the one that `Night.update` gives for the same items: nothing later is known to it.
    Between two declarations more than one item may have come: what moved the forecast is then all of them together.
    """
    defects = tuple(defects)
    before = current = night.reckon_items(())
    for known in checkpoints(night.contest, items, steps):
        accepted = admit(night.contest, items[:known]).tally.items
        if len(accepted) > len(current.tally.items):
            before = current
        update = night.update(items[:known], defects=defects, before=before if accepted else None)
        current = update.reckoning
        yield update


def biggest_surprise(course: Iterable[Forecast]) -> Oddity | None:
    """The declaration furthest from the forecast made before it; ``None`` where nothing has been compared."""
    oddities = (each.explanation.oddest for each in course if each.explanation is not None)
    return max((each for each in oddities if each is not None), key=lambda each: abs(each.deviations), default=None)
