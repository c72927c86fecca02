"""The figures of each area of a large contest, draw by draw, compiled.

Imported only within functions, as `forecast.kernels` is.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

__all__ = ["FIGURES", "find_moments", "read_areas"]

Array = NDArray[np.float64]
Single = NDArray[np.float32]
Index = NDArray[np.intp]

FIGURES = 3  # of an area beside its candidates' shares: valid votes, lead as a share, lead in votes
TILE = 16  # draws at a time: few enough for the processor to remember where each is


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def read_areas(
    votes: Single,
    areas: Index,
    standing: NDArray[np.bool_],
    can: Index,
    pair: Index,
    rows: Single,
    wins: Array,
) -> None:
    """Write the figures of some areas in every draw, and in what share of draws each candidate carries each area.

    Parameters
    ----------
    votes, areas
        (draw, area, candidate), and positions of the areas.
    standing, can, pair
        (all areas, candidate) who is on the ballot, positions of candidates who can win, and of those whose lead is
        given.
    rows
        (figure, draw) written to: of one area after the other the shares of those who stand, and `FIGURES` more.
    wins
        (all areas, candidate) written to: who ties shares the draw.
    """
    turned, most = np.zeros((votes.shape[2], len(votes)), np.float32), 0
    for area in areas:
        turn_area(votes, area, standing[area], turned)
        who = np.flatnonzero(standing[area])
        count_carried(turned, np.array([c for c in can if standing[area, c]]), wins[area])
        valid, share, lead = rows[most + len(who)], rows[most + len(who) + 1], rows[most + len(who) + 2]
        valid[:] = 0.0
        for c in who:
            for d in range(len(votes)):
                valid[d] += turned[c, d]
        for d in range(len(votes)):
            lead[d] = turned[pair[0], d] - turned[pair[1], d]
            share[d] = lead[d] / max(valid[d], np.float32(1.0))
        for k in range(len(who)):
            for d in range(len(votes)):
                rows[most + k, d] = turned[who[k], d] / max(valid[d], np.float32(1.0))
        most += len(who) + FIGURES


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def turn_area(votes: Single, area: int, standing: NDArray[np.bool_], turned: Single) -> None:
    """Put draws last, those of an area of (draw, area, candidate) ``votes`` into (candidate, draw) ``turned``."""
    for begin in range(0, len(votes), TILE):
        end = min(begin + TILE, len(votes))
        for c in range(votes.shape[2]):
            if standing[c]:
                for d in range(begin, end):
                    turned[c, d] = votes[d, area, c]
            else:
                for d in range(begin, end):
                    turned[c, d] = 0.0


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def count_carried(votes: Single, can: Index, wins: Array) -> None:
    """Write in what share of the draws of (candidate, draw) ``votes`` each of those who can win has most of them."""
    best, winners = np.full(votes.shape[1], np.float32(-1.0)), np.zeros(votes.shape[1], np.float32)
    for c in can:
        for d in range(len(best)):
            best[d] = max(best[d], votes[c, d])
    for c in can:
        for d in range(len(best)):
            winners[d] += np.float32(1.0) if votes[c, d] == best[d] else np.float32(0.0)
    for c in can:
        carried = 0.0
        for d in range(len(best)):
            carried += 1.0 / winners[d] if votes[c, d] == best[d] else 0.0
        wins[c] = carried / len(best)


@njit(cache=True, nogil=True, fastmath=True)  # type: ignore[untyped-decorator]
def find_moments(rows: Single, moments: Array) -> None:
    """Write (row, 2) means and SDs of the draws of (row, draw) ``rows``."""
    for r in range(len(rows)):
        total, squares = 0.0, 0.0
        for d in range(rows.shape[1]):
            total += np.float64(rows[r, d])
        mean = total / rows.shape[1]
        for d in range(rows.shape[1]):
            off = np.float64(rows[r, d]) - mean
            squares += off * off
        moments[r, 0], moments[r, 1] = mean, np.sqrt(squares / rows.shape[1])
