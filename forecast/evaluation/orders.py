"""The orders in which a night might have declared: the real one, at random, and those that mislead most."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from forecast.contests.contest import Contest
from forecast.declaration import Declaration, Kind
from forecast.tally import fold

__all__ = ["ADVERSARIAL", "Order", "orders_for", "rank_pair", "reorder"]

OrderKind = Literal["real", "random", "one-side-first", "small-first", "large-first", "group-last", "entrant-last"]
ADVERSARIAL: tuple[OrderKind, ...] = ("one-side-first", "small-first", "large-first", "group-last", "entrant-last")


@dataclass(frozen=True, slots=True)
class Order:
    """A kind of order and, where it is drawn at random, which one."""

    kind: OrderKind
    number: int = 0


def orders_for(
    contest: Contest, items: Sequence[Declaration], random: int, *, adversarial: bool = True
) -> tuple[Order, ...]:
    """The orders a night is replayed in: the real one where it is known, random ones, and the adversarial it can have.

    Parameters
    ----------
    items
        The news of the whole night.
    random
        How many random orders.
    adversarial
        Whether to add those that mislead.
    """
    real = (Order("real"),) if contest.order == "declared" else ()
    drawn = tuple(Order("random", number) for number in range(1, random + 1))
    misleading = tuple(Order(kind) for kind in ADVERSARIAL if adversarial and _key(contest, items, kind) is not None)
    return real + drawn + misleading


def reorder(contest: Contest, items: Sequence[Declaration], order: Order) -> tuple[Declaration, ...]:
    """The night's news with its areas in another order.

    What came before the first count of votes stays first, and the whole contest's figures last; the items of one area
    stay together in theirs. The clock is the real night's: whichever area is k-th is given the time of the k-th.

    Parameters
    ----------
    items
        The news of the whole night, all of it admissible.
    """
    if order.kind == "real":
        return tuple(items)
    first = next((position for position, item in enumerate(items) if item.kind is not Kind.VERIFIED), len(items))
    areas: dict[str, list[Declaration]] = {}
    whole = [item for item in items[first:] if item.area == contest.id]
    for item in items[first:]:
        if item.area != contest.id:
            areas.setdefault(item.area, []).append(item)
    every_area = list(areas.values())
    clock = [items_of[0].at for items_of in every_area]
    places = np.array([contest.area_index(area) for area in areas])
    arranged = [every_area[position] for position in _arrange(contest, items, places, order)]
    moved = [replace(item, at=at) for at, items_of in zip(clock, arranged, strict=True) for item in items_of]
    every = [*items[:first], *moved, *whole]
    return tuple(replace(item, sequence=place) for place, item in enumerate(every, start=1))


def _arrange(
    contest: Contest, items: Sequence[Declaration], places: NDArray[np.intp], order: Order
) -> NDArray[np.intp]:
    """Positions in ``places`` in the order wanted."""
    if order.kind == "random":
        seed = [20100506, order.number, crc32(contest.id.encode())]  # nights of the same areas in orders of their own
        drawn: NDArray[np.intp] = np.random.default_rng(seed).permutation(len(places))
        return drawn
    key = _key(contest, items, order.kind)
    return np.argsort(np.zeros(len(places)) if key is None else key[places], kind="stable")


def _key(contest: Contest, items: Sequence[Declaration], kind: OrderKind) -> NDArray[np.float64] | None:
    """(area,) what the areas are sorted by, smallest first; None where the contest has nothing to sort by."""
    size = np.array([area.electorate or np.nan for area in contest.areas])
    size = contest.baseline.valid if contest.baseline.known else size
    match kind:
        case "one-side-first":
            return -_baseline_lead(contest) if contest.baseline.known else None
        case "small-first":
            return None if np.isnan(size).all() else np.nan_to_num(size, nan=np.inf)
        case "large-first":
            return None if np.isnan(size).all() else -np.nan_to_num(size, nan=0.0)
        case "group-last":
            groups = [area.group for area in contest.areas]
            names = sorted(set(groups) - {""}, key=lambda name: (-groups.count(name), name))
            return np.array([group == names[0] for group in groups], float) if len(names) > 1 else None
        case "entrant-last":
            return _entrant_share(contest, items)
    return None


def rank_pair(contest: Contest) -> tuple[int, int]:
    """The two candidates whose lead is scored: the first two of the baseline, or of the ballot where there is none.

    Chosen by what was known before the night, so that the choice says nothing of the result.
    """
    if not contest.baseline.known:
        return 0, 1
    totals = np.nan_to_num(contest.baseline.votes).sum(axis=0)
    first, second = np.argsort(-totals, kind="stable")[:2]
    return int(first), int(second)


def _baseline_lead(contest: Contest) -> NDArray[np.float64]:
    first, second = rank_pair(contest)
    votes = np.nan_to_num(contest.baseline.votes)
    lead: NDArray[np.float64] = (votes[:, first] - votes[:, second]) / contest.baseline.valid
    return lead


def _entrant_share(contest: Contest, items: Sequence[Declaration]) -> NDArray[np.float64] | None:
    """(area,) final share of the strongest entrant, whose best areas an adversary keeps back; None without one."""
    if not contest.baseline.known or not np.isnan(contest.baseline.votes).all(axis=0).any():
        return None
    votes = np.nan_to_num(fold(contest, items).votes)
    votes[:, ~np.isnan(contest.baseline.votes).all(axis=0)] = 0.0
    strongest = int(votes.sum(axis=0).argmax())
    share: NDArray[np.float64] = votes[:, strongest] / contest.baseline.valid
    return share
