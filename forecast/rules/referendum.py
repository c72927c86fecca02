"""A question answered by a majority, and what else some constitutions ask of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from forecast.rules.outcome import Outcome, Votes, contest_totals, known

__all__ = ["Referendum"]


@dataclass(frozen=True, slots=True)
class Referendum:
    """The proposal is carried by more than half of the valid votes, and whatever thresholds there are; else it falls.

    Parameters
    ----------
    proposal
        Position of the answer that changes things, 0 or 1; it is to the other that a proposal that falls leaves it.
    electorate
        People registered to vote, needed by the thresholds.
    turnout
        Least share of the electorate that must have cast a valid vote.
    approval
        Least share of the electorate that must have voted for the proposal.
    double_majority
        Whether areas with more than half of the weight must carry it as well. An area that is level carries nothing,
        and half of the weight is not more than half: such a proposal falls by law, not by lot.
    weights
        (area,) weights in that second majority; none where areas are equal.

    References
    ----------
    Scotland Act 1978, section 85(2): 40% of the electorate. Federal Constitution of the Swiss Confederation, article
    142: people and cantons, six of which have half a vote.
    """

    proposal: int = 0
    electorate: float | None = None
    turnout: float = 0.0
    approval: float = 0.0
    double_majority: bool = False
    weights: tuple[float, ...] = ()
    name: str = "referendum"

    @property
    def by_area(self) -> bool:
        """Whether it matters in which areas the votes were cast."""
        return self.double_majority

    def elect(self, votes: Votes, _: Generator | None = None, /) -> Outcome:
        """Which of the two answers is the result; both where only the people are level and a lot would settle it.

        Parameters
        ----------
        votes
            (draw, area, candidate) votes for the two answers.

        Raises
        ------
        ValueError
            Where a vote is NaN, there are not two answers, or a threshold has no electorate to be a share of.
        """
        if votes.shape[-1] != 2:
            raise ValueError(f"a referendum has two answers, not {votes.shape[-1]}")
        totals = contest_totals(votes)
        change, status_quo = totals[:, self.proposal], totals[:, 1 - self.proposal]
        allowed = self.meets_thresholds(change, change + status_quo) & self.carries_areas(votes)
        elected = np.empty(totals.shape, dtype=bool)
        elected[:, self.proposal] = allowed & (change >= status_quo)
        elected[:, 1 - self.proposal] = ~allowed | (change <= status_quo)
        return Outcome(elected, allowed & (change == status_quo))

    def meets_thresholds(self, change: Votes, valid: Votes) -> NDArray[np.bool_]:
        """(draw,) whether enough people voted, and enough for the proposal."""
        if not self.turnout and not self.approval:
            return np.ones(change.shape, dtype=bool)
        if not self.electorate:
            raise ValueError("a threshold needs the electorate")
        met: NDArray[np.bool_] = valid / self.electorate >= self.turnout
        return met & (change / self.electorate >= self.approval)

    def carries_areas(self, votes: Votes) -> NDArray[np.bool_]:
        """(draw,) whether areas with more than half of the weight are carried, where that is asked."""
        if not self.double_majority:
            return np.ones(len(votes), dtype=bool)
        carried = known(votes)[:, :, self.proposal] > votes[:, :, 1 - self.proposal]
        weights = np.array(self.weights or (1.0,) * votes.shape[1])
        enough: NDArray[np.bool_] = carried @ weights > weights.sum() / 2
        return enough
