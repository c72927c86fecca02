"""Lists and seats in proportion: divisor methods with thresholds and districts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from forecast.rules.outcome import Elected, Outcome, Votes, known

__all__ = ["DIVISORS", "ListProportional", "allocate_seats", "list_divisors"]

DIVISORS = ("dhondt", "sainte-lague")
# Quotients held at a time: 16 million bytes, whatever the number of draws.
BLOCK = 2_000_000


@dataclass(frozen=True, slots=True)
class ListProportional:
    """Seats go to the lists with the highest quotients, district by district; a majority of all seats elects.

    Parameters
    ----------
    seats
        (district,) seats; one where the contest is one district.
    districts
        (area,) position of each area's district; none where the contest is one district.
    divisors
        ``dhondt`` (1, 2, 3, …) or ``sainte-lague`` (1, 3, 5, …).
    first_divisor
        What stands for the first divisor, such as Norway's 1.4 under Sainte-Laguë.
    threshold
        Least share of the valid votes, of the contest or of the district, that earns a list any seat.
    district_threshold
        Whether the threshold is a share of the district's votes.
    exempt
        Positions of lists to which the threshold does not apply.
    cannot_win
        Positions of candidates who stand for several lists together, such as all others: their votes are valid, but
        earn no seat.
    majority
        Seats needed to be elected; where none is given, more than half of them all.

    References
    ----------
    Balinski & Young 2001, *Fair Representation*, second edition, chapters 3 and 12.
    """

    seats: tuple[int, ...]
    districts: tuple[int, ...] = ()
    divisors: str = "dhondt"
    first_divisor: float = 1.0
    threshold: float = 0.0
    district_threshold: bool = False
    exempt: tuple[int, ...] = ()
    cannot_win: tuple[int, ...] = ()
    majority: float | None = None
    name: str = "list proportional"

    @property
    def by_area(self) -> bool:
        """Whether it matters in which areas the votes were cast."""
        return bool(self.districts)

    def elect(self, votes: Votes, _: Generator | None = None, /) -> Outcome:
        """Seats of each list, and who has a majority of them; nobody where it is hung.

        Parameters
        ----------
        votes
            (draw, area, candidate) votes; 0 for a list that is not on the ballot there.

        Returns
        -------
        Outcome with ``seats``. Where lists tie for the last seats of a district, each has an equal part of them.

        Raises
        ------
        ValueError
            Where a vote is NaN, or the districts are not one for each area.
        """
        districts = np.array(self.districts or (0,) * votes.shape[1])
        if districts.shape != (votes.shape[1],):
            raise ValueError(f"{len(districts)} districts for {votes.shape[1]} areas: each area needs one")
        totals = known(votes).sum(axis=1)
        won = np.zeros(totals.shape)
        tied = np.zeros(len(votes), dtype=bool)
        for district, seats in enumerate(self.seats):
            here = votes[:, districts == district].sum(axis=1)
            eligible = self.passes(here if self.district_threshold else totals)
            divisors = list_divisors(self.divisors, seats, self.first_divisor)
            won_here, tied_here = allocate_seats(np.where(eligible, here, -1.0), divisors)
            won += won_here
            tied |= tied_here
        elected = won >= self.majority if self.majority else won > sum(self.seats) / 2
        return Outcome(elected, tied, seats=won)

    def passes(self, totals: Votes) -> Elected:
        """(draw, candidate) who may have seats."""
        passed: Elected = totals / np.maximum(totals.sum(axis=1, keepdims=True), 1.0) >= self.threshold
        passed[:, list(self.exempt)] = True
        passed[:, list(self.cannot_win)] = False
        return passed


def list_divisors(method: str, seats: int, first: float = 1.0) -> NDArray[np.float64]:
    """(seat,) divisors in whole numbers, so that quotients are equal exactly where the method says that they are.

    Parameters
    ----------
    method
        One of `DIVISORS`.
    first
        The first of them, such as 1.4; all are multiplied by its denominator.
    """
    step = {"dhondt": 1, "sainte-lague": 2}[method]
    exact = Fraction(str(first))
    whole = [exact.numerator, *((1 + step * k) * exact.denominator for k in range(1, seats))]
    return np.array(whole[:seats], dtype=float)


def allocate_seats(votes: Votes, divisors: NDArray[np.float64]) -> tuple[Votes, NDArray[np.bool_]]:
    """Seats in one district to the highest quotients of votes and divisors.

    Parameters
    ----------
    votes
        (draw, candidate) whole votes in the district, below 0 for a list that may have no seat.
    divisors
        (seat,) the method's divisors, as many as there are seats.

    Returns
    -------
    (draw, candidate) seats, those tied for shared equally; (draw,) whether there are such.
    """
    shares = [share_seats(block, divisors) for block in blocks(votes, len(divisors))]
    return np.concatenate([seats for seats, _ in shares]), np.concatenate([tied for _, tied in shares])


def blocks(votes: Votes, seats: int) -> Iterator[Votes]:
    """Draws, as many at a time as memory should hold quotients of."""
    size = max(BLOCK // max(votes.shape[1] * seats, 1), 1)
    yield from (votes[start : start + size] for start in range(0, max(len(votes), 1), size))


def share_seats(votes: Votes, divisors: NDArray[np.float64]) -> tuple[Votes, NDArray[np.bool_]]:
    """Work out `allocate_seats` for a few draws."""
    seats = len(divisors)
    if seats == 0:
        return np.zeros(votes.shape), np.zeros(len(votes), dtype=bool)
    # Division is correctly rounded: equal ratios of whole numbers give equal quotients, to the last bit.
    quotients = np.where(votes[:, :, None] < 0, -1.0, votes[:, :, None] / divisors)
    flat = quotients.reshape(len(votes), -1)
    last = np.partition(flat, flat.shape[1] - seats, axis=1)[:, -seats, None]
    sure = (quotients > last[:, :, None]).sum(axis=2)
    level = ((quotients == last[:, :, None]) & (last[:, :, None] >= 0)).sum(axis=2)
    left = seats - sure.sum(axis=1, keepdims=True)
    contenders = level.sum(axis=1, keepdims=True)
    shared: Votes = sure + left * level / np.maximum(contenders, 1)
    return shared, (contenders > left)[:, 0]
