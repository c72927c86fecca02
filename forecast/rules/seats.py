"""Seats won area by area: a general election, and areas that weigh more than one seat such as an electoral college."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from forecast.rules.outcome import UNKNOWN, Outcome, Votes, known

__all__ = ["AreaSeats", "SeatCount"]

# Draws at a time: few enough for the processor's cache to hold.
BLOCK = 30
MANY = 5_000_000  # votes from which on compiled code is used


@dataclass(frozen=True, slots=True, eq=False)
class SeatCount:
    """Seats won in some areas. Counts of different areas add up, and those of the same may be taken away again.

    Parameters
    ----------
    seats
        (draw, candidate) seats, those tied for shared equally.
    possible
        (draw, candidate) the same with all the seats tied for.
    ties
        (draw,) areas with seats in which candidates tie.
    of
        Seats of these areas.
    """

    seats: Votes
    possible: Votes
    ties: Votes
    of: float

    def __add__(self, other: SeatCount) -> SeatCount:
        return SeatCount(
            self.seats + other.seats, self.possible + other.possible, self.ties + other.ties, self.of + other.of
        )

    def __sub__(self, other: SeatCount) -> SeatCount:
        return SeatCount(
            self.seats - other.seats, self.possible - other.possible, self.ties - other.ties, self.of - other.of
        )


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
        return self.decide(self.count(votes))

    def count(self, votes: Votes, areas: NDArray[np.intp] | None = None) -> SeatCount:
        """Seats won in some areas, or in all of them.

        Parameters
        ----------
        votes
            (draw, area, candidate) votes in every area of the contest.
        areas
            Positions of the areas counted; all where not given.

        Raises
        ------
        ValueError
            As `elect`.
        """
        weights = self.weigh(votes.shape[1])
        where = np.arange(len(weights)) if areas is None else areas
        can = np.delete(np.arange(votes.shape[2]), self.cannot_win)
        seats, possible, ties = np.zeros(votes.shape[::2]), np.zeros(votes.shape[::2]), np.zeros(len(votes))
        if votes.size >= MANY:
            count_quickly(votes, where, weights[where], can, (seats, possible, ties))
            return SeatCount(seats, possible, ties, float(weights[where].sum()))
        for start in range(0, len(votes), BLOCK):
            draws = slice(start, start + BLOCK)
            here = votes[draws] if areas is None else votes[draws, areas]
            counted = count_seats([known(here[:, :, c]) for c in can], weights[where])
            seats[draws, can], possible[draws, can], ties[draws] = counted
        return SeatCount(seats, possible, ties, float(weights[where].sum()))

    def decide(self, count: SeatCount) -> Outcome:
        """Who has a majority, given the count of all the areas."""
        elected = count.possible >= self.majority if self.majority else count.possible > count.of / 2
        return Outcome(elected, count.ties > 0, seats=count.seats)

    def weigh(self, areas: int) -> Votes:
        """(area,) seats of each area; ValueError where there are not so many."""
        weights = np.array(self.weights or (1.0,) * areas)
        if weights.shape != (areas,):
            raise ValueError(f"{len(weights)} weights for {areas} areas: each area needs one")
        return weights


def count_quickly(
    votes: Votes, areas: NDArray[np.intp], weights: Votes, can: NDArray[np.intp], into: tuple[Votes, Votes, Votes]
) -> None:
    """As `count_seats` for all draws, compiled: loading that is worth while for many votes.

    Parameters
    ----------
    into
        (draw, candidate) seats and possible ones, and (draw,) ties: zeros, added to.
    """
    from forecast.kernels import count_winners, in_parts  # noqa: PLC0415 - takes long to load

    def count(draws: slice) -> bool:
        return bool(count_winners(votes[draws], areas, weights, can, *(each[draws] for each in into)))

    if not all(in_parts(count, len(votes))):
        raise ValueError(UNKNOWN)


def count_seats(candidates: Sequence[Votes], weights: Votes) -> tuple[Votes, Votes, Votes]:
    """(draw, candidate) seats with those tied for shared equally, and with all those tied for; (draw,) areas tied.

    Parameters
    ----------
    candidates
        One candidate at a time, since NumPy is slow along an axis as short as theirs: (draw, area) votes of each who
        can win.
    weights
        (area,) seats.
    """
    best = reduce(np.maximum, candidates)
    won = [each == best for each in candidates]
    winners = reduce(np.add, (each.view(np.int8) for each in won))
    possible = np.stack([each @ weights for each in won], axis=1)
    seats = possible.copy()
    draws, areas = np.nonzero((winners > 1) & (weights > 0))
    lost = (1.0 - 1.0 / winners[draws, areas]) * weights[areas]
    for c, each in enumerate(won):
        np.subtract.at(seats[:, c], draws, each[draws, areas] * lost)
    return seats, possible, np.bincount(draws, minlength=len(best)).astype(float)
