"""Two rounds: a majority elects at once, or else the two leading candidates go through."""

from __future__ import annotations

from dataclasses import dataclass

from numpy.random import Generator

from forecast.rules.outcome import Outcome, Votes, contest_totals
from forecast.rules.supplementary import majority_of, top_two

__all__ = ["TwoRound"]


@dataclass(frozen=True, slots=True)
class TwoRound:
    """The first round of two. The second is a contest of its own between two, by plurality.

    References
    ----------
    Constitution of the French Republic, article 7.
    """

    name: str = "two rounds"
    by_area: bool = False

    def elect(self, votes: Votes, _: Generator | None = None, /) -> Outcome:
        """Who has more than half of the votes, or else nobody yet, and who goes through.

        Parameters
        ----------
        votes
            (draw, area, candidate) votes; 0 for a candidate who is not standing.

        Returns
        -------
        Outcome whose ``through`` is empty where somebody is elected at once; it holds more than two candidates, and the
        draw is tied, where several tie for a place.

        Raises
        ------
        ValueError
            Where a vote is NaN.
        """
        totals = contest_totals(votes)
        elected = majority_of(totals)
        through = top_two(totals) & ~elected.any(axis=1, keepdims=True)
        return Outcome(elected, through.sum(axis=1) > 2, through=through)
