"""The forecast without the areas that have a red alarm, which is published beside it until a person decides.

It takes a reckoning of its own, as long as the forecast's. Of many areas an item may come every second: meanwhile it is
that of the last moment at which whole fifties of items were known, and says so. Which moment that is hangs on the
news alone, but for what was made of everything in a quiet moment: that is kept until the next whole fifty. The last
few that were made are kept, since an alarm close to its bound comes and goes with every item.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from forecast.alarms.alarm import Alarm
from forecast.bulletin.explain import Reckoning
from forecast.call_ready import MANY_AREAS, chances_in
from forecast.declaration import Declaration
from forecast.simulation import Simulation
from forecast.tally import Tally

__all__ = ["Doubt", "areas_in_doubt", "items_heeded", "keep_last", "still_holds", "sum_up"]

EVERY = 50  # items after which it is made again while news comes
KEPT = 4  # of those made last


@dataclass(frozen=True, slots=True, eq=False)
class Doubt:
    """What would be forecast without some areas.

    Parameters
    ----------
    areas
        Their ids.
    items
        The news it is made of, theirs not yet left out.
    chances
        (candidate + 1,) the probability that each is elected and, last, that nobody is.
    simulation
        The whole contest's votes, without those of areas.
    """

    areas: tuple[str, ...]
    items: tuple[Declaration, ...]
    chances: NDArray[np.float64]
    simulation: Simulation


def areas_in_doubt(tally: Tally, alarms: Sequence[Alarm]) -> tuple[str, ...]:
    """Ids of the areas that have a red alarm, in order."""
    return tuple(sorted({alarm.area for alarm in alarms if alarm.severity == "red"} - {tally.contest.id}))


def items_heeded(tally: Tally, *, all_of_them: bool) -> tuple[Declaration, ...]:
    """The news that the forecast without areas in doubt is made of: all, or of many areas the last whole fifties."""
    count = len(tally.items)
    if all_of_them or len(tally.contest.areas) <= MANY_AREAS:
        return tally.items
    return tally.items[: count - count % EVERY or count]


def still_holds(known: Doubt, areas: tuple[str, ...], items: tuple[Declaration, ...], tally: Tally) -> bool:
    """Whether one made before is of the same areas, of no less than these items and of none but the tally's first."""
    same = known.areas == areas and len(known.items) >= len(items)
    return same and known.items == tally.items[: len(known.items)]


def keep_last(made: Doubt | None, kept: Sequence[Doubt]) -> tuple[Doubt, ...]:
    """Those kept, one more among them and the latest used first."""
    return ((made, *(each for each in kept if each is not made)) if made is not None else tuple(kept))[:KEPT]


def sum_up(reckoning: Reckoning, areas: tuple[str, ...], items: tuple[Declaration, ...]) -> Doubt:
    """What is kept of a reckoning without some areas: a large contest's draws fill memory."""
    simulation = reckoning.simulation
    whole = replace(simulation, votes=np.empty((0, *simulation.votes.shape[1:]), simulation.votes.dtype))
    return Doubt(areas, items, chances_in(reckoning.outcome), whole)
