"""Loops over every vote of a large contest, compiled, and worked through by several threads.

Imported only within functions, and only where there are millions of votes: loading numba takes half a second. Threads
write to draws of their own, so that what comes out is the same however many there are.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import numpy as np
from numba import njit
from numpy.typing import NDArray

__all__ = ["count_winners", "fill_votes", "find_first", "in_parts", "measure_margins"]

Array = NDArray[np.float64]
Index = NDArray[np.intp]


def in_parts[Found](work: Callable[[slice], Found], count: int) -> list[Found]:
    """What a function says of each part of so many draws, or areas: one part for each processor."""
    parts = min(os.cpu_count() or 1, max(count, 1))
    edges = [count * part // parts for part in range(parts + 1)]
    with ThreadPoolExecutor(parts) as pool:
        return list(pool.map(work, (slice(*ends) for ends in pairwise(edges))))


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def fill_votes(
    share: Array, valid: Array, known: Array, partial: NDArray[np.bool_], counted: Array, votes: Array, totals: Array
) -> None:
    """Write whole votes, and their sums over areas: as `forecast.simulation.simulate` does, number for number.

    Parameters
    ----------
    share, valid
        (draw, area, candidate) and (draw, area).
    known
        (area, candidate) declared votes, NaN where they are drawn.
    partial, counted
        (area,) whether it is partly counted, and (area, candidate) the votes counted there.
    votes, totals
        (draw, area, candidate), which may be ``share`` itself, and (draw, candidate).
    """
    rest = np.empty(share.shape[2])
    for d in range(len(share)):
        totals[d] = 0.0
        for a in range(share.shape[1]):
            size = np.float64(valid[d, a])
            if partial[a]:
                for c in range(share.shape[2]):
                    rest[c] = max(share[d, a, c] * size - counted[a, c], 0.0)
                room = max(size - counted[a].sum(), 0.0)
                whole, running, before = max(rest.sum(), 1e-300), 0.0, 0.0
                for c in range(share.shape[2]):
                    running += rest[c]
                    edge = np.rint(running * room / whole)
                    votes[d, a, c] = counted[a, c] + edge - before
                    before = edge
            else:
                for c in range(share.shape[2]):
                    votes[d, a, c] = np.rint(share[d, a, c] * size)
            for c in range(share.shape[2]):
                if not np.isnan(known[a, c]):
                    votes[d, a, c] = known[a, c]
                totals[d, c] += votes[d, a, c]


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def count_winners(
    votes: Array, areas: Index, weights: Array, can: Index, seats: Array, possible: Array, ties: Array
) -> bool:
    """Count the seats of some areas; whether every vote is known.

    Parameters
    ----------
    votes, areas, weights
        (draw, area, candidate), positions of the areas counted, and the seats of each of these.
    can
        Positions of candidates who can win.
    seats, possible, ties
        (draw, candidate) seats, those tied for shared equally or all counted, and (draw,) areas tied: zeros, added to.
    """
    for d in range(len(votes)):
        for i in range(len(areas)):
            row, best, winners, first = votes[d, areas[i]], -1.0, 0, 0
            for c in can:
                if row[c] == best:
                    winners += 1
                elif not row[c] < best:  # above, or not known
                    if np.isnan(row[c]):
                        return False
                    best, winners, first = row[c], 1, c
            if winners == 1:
                possible[d, first] += weights[i]
                seats[d, first] += weights[i]
                continue
            ties[d] += weights[i] > 0
            for c in can:
                if row[c] == best:
                    possible[d, c] += weights[i]
                    seats[d, c] += weights[i] / winners
    return True


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def find_first(votes: Array, can: Index, winners: NDArray[np.int8]) -> None:
    """Write who has most votes of those who can win, the first of those who tie, into (draw, area) ``winners``."""
    for d in range(len(votes)):
        for a in range(votes.shape[1]):
            row = votes[d, a]
            first = can[0]
            for c in can:
                if row[c] > row[first]:
                    first = c
            winners[d, a] = first


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def measure_margins(votes: Array, leader: int, can: Index, margin: Array) -> None:
    """Write the leader's votes less those of the strongest other, over their sum, into (draw, area) ``margin``."""
    for d in range(len(votes)):
        for a in range(votes.shape[1]):
            row, other = votes[d, a], 0.0
            for c in can:
                if c != leader and row[c] > other:
                    other = row[c]
            margin[d, a] = (row[leader] - other) / max(row[leader] + other, 1.0)
