"""What a rule of election says of votes: who is elected, with how many seats, and where lots must be drawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

__all__ = ["UNKNOWN", "Elected", "Outcome", "Rule", "Votes", "contest_totals", "known", "most", "several"]

Votes = NDArray[np.float64]
Elected = NDArray[np.bool_]

UNKNOWN = "votes hold NaN: who is elected cannot be said from votes that are not known"


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """Who is elected in each draw. A tie is a value, not an exception.

    Parameters
    ----------
    elected
        (draw, candidate) True for every candidate who is elected or ties for election; nobody where a majority is
        needed and nobody has it.
    tied
        (draw,) whether who is elected, or how many seats anybody has, hangs on a lot.
    seats
        (draw, candidate) seats or electoral votes, under rules that have them; where candidates tie for some, each has
        an equal part of them, which is what each can expect of the lot.
    through
        (draw, candidate) True for who goes through to a second round, under rules that have one.
    """

    elected: Elected
    tied: NDArray[np.bool_]
    seats: Votes | None = None
    through: Elected | None = None

    @property
    def hung(self) -> NDArray[np.bool_]:
        """(draw,) whether nobody is elected: no majority of seats, or a second round is needed."""
        nobody: NDArray[np.bool_] = ~self.elected.any(axis=1)
        return nobody


class Rule(Protocol):
    """A rule of election: votes in, who is elected out."""

    @property
    def name(self) -> str:
        """The rule's name in contest files."""
        ...

    @property
    def by_area(self) -> bool:
        """Whether it matters in which areas the votes were cast; if not, the whole contest is as good as one area."""
        ...

    def elect(self, votes: Votes, generator: Generator | None = None, /) -> Outcome:
        """Who is elected.

        Parameters
        ----------
        votes
            (draw, area, candidate) votes, 0 for a candidate who is not standing there.
        generator
            Where the rule depends on what votes do not say, such as second preferences, draws it.

        Raises
        ------
        ValueError
            Where a vote is NaN: who is elected cannot be said from votes that are not known.
        """
        ...


def most(votes: Votes, cannot_win: tuple[int, ...] = ()) -> Elected:
    """(…, candidate) whether nobody has more votes; never a candidate who cannot win."""
    if not cannot_win:
        elected: Elected = votes == votes.max(axis=-1, keepdims=True)
        return elected
    can = np.delete(np.arange(votes.shape[-1]), cannot_win)
    elected = np.zeros(votes.shape, dtype=bool)
    elected[..., can] = most(votes[..., can])
    return elected


def several(elected: Elected) -> NDArray[np.bool_]:
    """(…,) whether more than one candidate is elected."""
    tied: NDArray[np.bool_] = elected.sum(axis=-1) > 1
    return tied


def contest_totals(votes: Votes) -> Votes:
    """(draw, candidate) votes in the whole contest; ValueError where one is NaN."""
    totals: Votes = known(votes).sum(axis=1)
    return totals


def known(votes: Votes) -> Votes:
    """Return the votes, all of them known; ValueError where one is NaN."""
    if np.isnan(votes).any():
        raise ValueError(UNKNOWN)
    return votes
