"""The supplementary vote: first preferences, then a final round between two."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.random import Generator

from forecast.errors import Defect, ModelError
from forecast.rules.outcome import Elected, Outcome, Votes, contest_totals, known, most, several
from forecast.rules.transfers import Transfers

__all__ = ["SupplementaryVote"]


@dataclass(frozen=True, slots=True)
class SupplementaryVote:
    """A majority of first preferences elects; otherwise the two leading candidates meet in a final round.

    Parameters
    ----------
    transfers
        Prior for the ballots of eliminated candidates, which are not known while first preferences are counted.

    References
    ----------
    Local Government Act 2000, Schedule 2 (elected mayors in England until 2022).
    """

    transfers: Transfers = field(default_factory=Transfers)
    name: str = "supplementary vote"
    by_area: bool = False

    def elect(self, votes: Votes, generator: Generator | None = None, /) -> Outcome:
        """Who has more than half of the first preferences, or else the most votes in a final round that is drawn.

        Parameters
        ----------
        votes
            (draw, area, candidate) first preferences; 0 for a candidate who is not standing.
        generator
            Draws the transfers. May be left out only where first preferences decide every draw.

        Raises
        ------
        ValueError
            Where a vote is NaN.
        ModelError
            Where a final round is needed and there is no generator: unknown transfers are not zero.
        """
        totals = contest_totals(votes)
        if majority_of(totals).any(axis=1).all():
            return self.final_round(votes, np.zeros_like(totals))
        if generator is None:
            raise ModelError(Defect("rule", f"the {self.name} needs the votes transferred to the final round."))
        return self.final_round(votes, self.transfers.draw(totals, self.finalists(votes), generator))

    def final_round(self, votes: Votes, transfers: Votes) -> Outcome:
        """Who is elected where the transfers are known.

        Parameters
        ----------
        votes
            (draw, area, candidate) first preferences.
        transfers
            (draw, candidate) second preferences transferred from eliminated candidates; those given for a candidate who
            is not in the final round are not counted.

        Raises
        ------
        ValueError
            Where a vote is NaN.
        """
        totals = contest_totals(votes)
        majority = majority_of(totals)
        final = np.where(self.finalists(votes), totals + known(transfers), -np.inf)
        elected = np.where(majority.any(axis=1, keepdims=True), majority, most(final))
        return Outcome(elected, several(elected))

    def finalists(self, votes: Votes) -> Elected:
        """Who meets in the final round if nobody has a majority: `top_two` of (draw, area, candidate) preferences."""
        return top_two(contest_totals(votes))


def majority_of(totals: Votes) -> Elected:
    """(draw, candidate) who has more than half of the votes."""
    majority: Elected = totals > totals.sum(axis=-1, keepdims=True) / 2
    return majority


def top_two(totals: Votes) -> Elected:
    """(draw, candidate) all who tie for first place, or else the first and all who tie for second."""
    first = most(totals)
    second = most(np.where(first, -np.inf, totals))
    return np.where(several(first)[:, None], first, first | second)
