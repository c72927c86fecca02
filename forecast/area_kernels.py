"""How the figures of each area of a large contest are distributed over the draws, compiled.

Imported only within functions, as `forecast.kernels` is.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

__all__ = ["measure_areas", "measure_row"]

Array = NDArray[np.float64]
Index = NDArray[np.intp]

TOGETHER, TILE = 8, 16  # areas and draws at a time: few enough for the processor to remember where each is
BINS = 512  # parts of a row's range: each then holds a few of its values, and only those asked for are put in order
LEAST = 1e-200  # of a range that can be parted


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def measure_areas(
    votes: Array,
    draws: Index,
    standing: NDArray[np.bool_],
    can: Index,
    pair: Index,
    electorate: Array,
    below: Index,
    part: Array,
    measured: Array,
    wins: Array,
) -> None:
    """Write how the figures of some areas are distributed, and in how many draws each candidate carries each area.

    Parameters
    ----------
    votes, draws
        (draw, area, candidate), and (area,) how many of the draws are looked at: one where all are the same.
    standing, can, pair
        (area, candidate) who is on the ballot, positions of candidates who can win, and of those whose lead is
        given.
    electorate
        (area,) NaN where not known.
    below, part
        As of `measure_row`.
    measured
        (area, figure, 2 + level) written to: shares by candidate, then valid votes, turnout, lead as a share and in
        votes.
    wins
        (area, candidate) written to: who ties shares the draw.
    """
    size = votes.shape[2]
    turned, valid, row = np.empty((TOGETHER, size, len(votes))), np.empty(len(votes)), np.empty(len(votes))
    for i in range(len(draws)):
        if i % TOGETHER == 0:
            turn_areas(votes[:, i : i + TOGETHER], standing[i : i + TOGETHER], turned)
        count, here = draws[i], turned[i % TOGETHER]
        who = np.flatnonzero(standing[i])
        valid[:] = 0.0
        for c in who:
            for d in range(count):
                valid[d] += here[c, d]
        for c in who:
            for d in range(count):
                row[d] = here[c, d] / valid[d]
            measure_row(row[:count], below, part, measured[i, c])
        count_carried(here[:, :count], np.array([c for c in can if standing[i, c]]), wins[i])
        measure_row(valid[:count], below, part, measured[i, size])
        measured[i, size + 1] = measured[i, size] / electorate[i]
        for d in range(count):
            row[d] = here[pair[0], d] - here[pair[1], d]
        measure_row(row[:count], below, part, measured[i, size + 3])
        for d in range(count):
            row[d] /= valid[d]
        measure_row(row[:count], below, part, measured[i, size + 2])


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def turn_areas(votes: Array, standing: NDArray[np.bool_], turned: Array) -> None:
    """Put draws last, those of (draw, area, candidate) ``votes`` into (area, candidate, draw) ``turned``."""
    for begin in range(0, len(votes), TILE):
        end = min(begin + TILE, len(votes))
        for a in range(votes.shape[1]):
            for c in range(votes.shape[2]):
                if standing[a, c]:
                    for d in range(begin, end):
                        turned[a, c, d] = votes[d, a, c]
                elif begin == 0:
                    turned[a, c] = 0.0


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def count_carried(votes: Array, can: Index, wins: Array) -> None:
    """Write in what share of the draws of (candidate, draw) ``votes`` each of those who can win has most of them."""
    best, winners = np.full(votes.shape[1], -1.0), np.zeros(votes.shape[1])
    for c in can:
        for d in range(len(best)):
            best[d] = max(best[d], votes[c, d])
    for c in can:
        for d in range(len(best)):
            winners[d] += 1.0 if votes[c, d] == best[d] else 0.0
    for c in can:
        carried = 0.0
        for d in range(len(best)):
            carried += 1.0 / winners[d] if votes[c, d] == best[d] else 0.0
        wins[c] = carried / len(best)


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def measure_row(values: Array, below: Index, part: Array, measured: Array) -> None:
    """Write the mean, the SD and quantiles of values into ``measured``, (2 + level,).

    Values are counted in equal parts of their range, and only parts that hold a quantile are put in order.

    Parameters
    ----------
    below, part
        (level,) positions of the values just below the quantiles among many in order, and how far on to the next, as
        shares. With one value alone they are not looked at.
    """
    low, high = find_range(values)
    if not high - low > LEAST:  # the same in every draw, and exactly that
        measured[:] = low
        measured[1] = 0.0
        return
    scale, starts = (BINS - 1) / (high - low), np.zeros(BINS + 1, np.intp)
    for value in values:
        starts[min(max(int((value - low) * scale), 0), BINS - 1) + 1] += 1  # what is no number lies somewhere too
    measured[0], measured[1] = find_moments(values)
    for b in range(1, BINS + 1):
        starts[b] += starts[b - 1]
    ordered, above = order_parts(values, low, scale, starts, below), np.minimum(below + 1, len(values) - 1)
    for level in range(len(below)):
        less, more, on = ordered[below[level]], ordered[above[level]], part[level]
        measured[2 + level] = less + (more - less) * on if on < 0.5 else more - (more - less) * (1.0 - on)


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def order_parts(values: Array, low: float, scale: float, starts: Index, below: Index) -> Array:
    """Values in order where the parts of their range hold these places or the next; of the others nothing is said.

    Parameters
    ----------
    low, scale
        A value's part is the whole of ``(value - low) * scale``.
    starts
        (part + 1,) values in the parts before.
    """
    wanted, ordered, ends = np.zeros(BINS, np.bool_), np.empty(len(values)), starts.copy()
    for place in below:
        for each in range(place, min(place + 2, len(values))):
            wanted[np.searchsorted(starts, each, side="right") - 1] = True
    for value in values:
        b = min(max(int((value - low) * scale), 0), BINS - 1)
        if wanted[b]:
            ordered[ends[b]] = value
            ends[b] += 1
    for b in range(BINS):
        if wanted[b]:
            ordered[starts[b] : starts[b + 1]].sort()
    return ordered


@njit(cache=True, nogil=True, fastmath=True)  # type: ignore[untyped-decorator]
def find_moments(values: Array) -> tuple[float, float]:
    """Mean and SD."""
    total, squares = 0.0, 0.0
    for value in values:
        total += value
    mean = total / len(values)
    for value in values:
        squares += (value - mean) ** 2
    return mean, np.sqrt(squares / len(values))


@njit(cache=True, nogil=True, fastmath=True)  # type: ignore[untyped-decorator]
def find_range(values: Array) -> tuple[float, float]:
    """The least and the largest."""
    low, high = values[0], values[0]
    for value in values:
        low, high = min(low, value), max(high, value)
    return low, high
