"""Seats won area by area: a general election, and areas that weigh more than one seat such as an electoral college."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from forecast.rules.outcome import Outcome, Votes, known

__all__ = ["AreaSeats"]

# Draws at a time: few enough for the processor's cache to hold.
BLOCK = 100


@dataclass(frozen=True, slots=True)
class AreaSeats:
    """Whoever has the most votes in an area has all its seats; a majority of the seats elects.

    Parameters
    ----------
    weights
        (area,) seats or electoral votes of each area; none where each has one.
    majority
        Seats needed; where none is given, more than half of them all.
    cannot_win
        Positions of candidates who stand for several together, such as all others: their votes are counted, but add up
        to nobody's seat. Somebody among them who can win needs to be a candidate of their own.
    name
        ``seats`` where each area has one, ``weighted areas`` otherwise.
    """

    weights: tuple[float, ...] = ()
    majority: float | None = None
    cannot_win: tuple[int, ...] = ()
    name: str = "seats"
    by_area: bool = True

    def elect(self, votes: Votes, _: Generator | None = None, /) -> Outcome:
        """Who has a majority of the seats; nobody where it is hung.

        Parameters
        ----------
        votes
            (draw, area, candidate) votes; 0 for a candidate who is not standing there.

        Returns
        -------
        Outcome with ``seats``. A seat for which candidates tie is shared equally in ``seats``; ``elected`` is True for
        every candidate who has a majority or would have one with all the seats they tie for.

        Raises
        ------
        ValueError
            Where a vote is NaN, or the weights are not one for each area.
        """
        weights = np.array(self.weights or (1.0,) * votes.shape[1])
        if weights.shape != (votes.shape[1],):
            raise ValueError(f"{len(weights)} weights for {votes.shape[1]} areas: each area needs one")
        can = np.delete(np.arange(votes.shape[2]), self.cannot_win)
        blocks = [
            count_seats(known(votes[start : start + BLOCK])[:, :, can], weights)
            for start in range(0, max(len(votes), 1), BLOCK)
        ]
        seats, possible = np.zeros((2, len(votes), votes.shape[2]))
        seats[:, can] = np.concatenate([block[0] for block in blocks])
        possible[:, can] = np.concatenate([block[1] for block in blocks])
        tied = np.concatenate([block[2] for block in blocks])
        elected = possible >= self.majority if self.majority else possible > weights.sum() / 2
        return Outcome(elected, tied, seats=seats)


def count_seats(votes: Votes, weights: Votes) -> tuple[Votes, Votes, NDArray[np.bool_]]:
    """(draw, candidate) seats with those tied for shared equally, and with all those tied for; (draw,) whether any are.

    Parameters
    ----------
    votes
        (draw, area, candidate) votes of those who can win.
    weights
        (area,) seats.
    """
    # One candidate at a time: NumPy is slow along an axis as short as that of the candidates.
    candidates = [votes[:, :, c] for c in range(votes.shape[2])]
    best = reduce(np.maximum, candidates)
    won = [each == best for each in candidates]
    winners = np.sum(won, axis=0)
    possible = np.stack([each @ weights for each in won], axis=1)
    seats = possible.copy()
    draws, areas = np.nonzero((winners > 1) & (weights > 0))
    lost = (1.0 - 1.0 / winners[draws, areas]) * weights[areas]
    for c, each in enumerate(won):
        np.subtract.at(seats[:, c], draws, each[draws, areas] * lost)
    tied = np.zeros(len(votes), dtype=bool)
    tied[draws] = True
    return seats, possible, tied
