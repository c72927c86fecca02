"""Two candidates' votes by area, tonight and at the baseline, and the votes their leads are shares of."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from forecast.arithmetic.outstanding import ValidVotes
from forecast.arithmetic.swing import butler_swing, lead, share, steed_swing, votes_needed
from forecast.tally import Status, Tally

__all__ = ["Lead", "Ledger", "Method", "Votes", "known", "lead_of", "open_ledger"]

Method = Literal["butler", "steed"]
Votes = NDArray[np.float64]
Mask = NDArray[np.bool_]
Areas = NDArray[np.bool_] | slice  # which areas


@dataclass(frozen=True, slots=True)
class Lead:
    """A signed lead, in votes and as a share, 0-1, of the votes the method counts; ``None`` where not known."""

    votes: int | None
    share: float | None


@dataclass(frozen=True, slots=True, eq=False)
class Ledger:
    """A chaser's and a leader's votes. Leads are the chaser's, swings are towards the chaser, NaN is not known.

    Parameters
    ----------
    chaser, leader
        (area,) votes reported tonight.
    of, of_uncounted
        (area,) votes that leads are shares of, all of them and those still to be counted: valid votes under
        Butler, the votes of the two under Steed.
    baseline_chaser, baseline_leader, baseline_of
        (area,) the same at the baseline.
    declared
        (area,) whether the area has declared.
    final
        (area,) whether all the votes of both are counted there.
    compared
        (area,) whether both had votes there at the baseline: elsewhere a swing of the area itself says nothing.
    """

    method: Method
    chaser: Votes
    leader: Votes
    of: Votes
    of_uncounted: Votes
    baseline_chaser: Votes
    baseline_leader: Votes
    baseline_of: Votes
    declared: Mask
    final: Mask
    compared: Mask

    @property
    def unreported(self) -> Mask:
        """(area,) areas declared without the votes of both."""
        return self.declared & ~self.final

    @property
    def leads(self) -> tuple[Votes, Votes]:
        """(area,) the chaser's lead in each area by itself, as of `lead_in`."""
        return self.chaser - self.leader, lead(self.chaser, self.leader, self.of - self.of_uncounted)

    @property
    def baseline_leads(self) -> tuple[Votes, Votes]:
        """(area,) the same at the baseline."""
        ahead = self.baseline_chaser - self.baseline_leader
        return ahead, lead(self.baseline_chaser, self.baseline_leader, self.baseline_of)

    @property
    def swings(self) -> Votes:
        """(area,) swing to the chaser in each area by itself, as of `swing_in`."""
        if self.method == "steed":
            return steed_swing(self.chaser, self.leader, self.baseline_chaser, self.baseline_leader)
        return butler_swing(lead(self.chaser, self.leader, self.of), self.baseline_leads[1])

    @property
    def needed_outstanding(self) -> float:
        """Votes by which the chaser must win the areas outstanding as wholes, counted parts and all, to win by one."""
        closed = self.declared & self.final
        return votes_needed(float((self.leader - self.chaser)[closed].sum()))

    def lead_in(self, where: Areas) -> tuple[float, float]:
        """Chaser's lead over some areas together, in votes and as a share; each NaN where it is not known."""
        return _sum_lead(self.chaser, self.leader, self.of - self.of_uncounted, where)

    def baseline_lead_in(self, where: Areas) -> tuple[float, float]:
        """Chaser's lead at the baseline over some areas together, in votes and as a share."""
        return _sum_lead(self.baseline_chaser, self.baseline_leader, self.baseline_of, where)

    def swing_in(self, where: Areas) -> float:
        """Swing to the chaser over some areas together, each election weighted by its own votes; NaN for no area."""
        if not self.chaser[where].size:
            return np.nan
        columns = (self.chaser, self.leader, self.baseline_chaser, self.baseline_leader)
        votes, against, earlier, earlier_against = (float(column[where].sum()) for column in columns)
        if self.method == "steed":
            return steed_swing(votes, against, earlier, earlier_against)
        valid, earlier_valid = float(self.of[where].sum()), float(self.baseline_of[where].sum())
        return butler_swing(lead(votes, against, valid), lead(earlier, earlier_against, earlier_valid))


def known(number: float) -> float | None:
    """A plain number, or ``None`` for NaN."""
    return float(number) if isfinite(number) else None


def lead_of(votes: float, share: float) -> Lead:
    """A lead as a plain value, in whole votes."""
    return Lead(round(votes) if isfinite(votes) else None, known(share))


def open_ledger(tally: Tally, valid: ValidVotes, leader: int, chaser: int, method: Method) -> Ledger:
    """Two candidates' columns, under one method.

    Under Steed, the votes of the two still to come are the valid votes to come × their share of the valid votes at
    the baseline in that area × the ratio in which that share has changed where both have declared.

    Parameters
    ----------
    leader, chaser
        Positions of the candidates.
    """
    baseline = tally.contest.baseline
    absent = ~tally.contest.standing & (tally.status >= Status.PARTIAL)[:, None]
    votes = np.where(absent, 0.0, tally.votes)
    # who is known somewhere at the baseline had no vote where none is known; an entrant's are known nowhere
    earlier = np.where(np.isfinite(baseline.votes).any(axis=0), np.nan_to_num(baseline.votes), np.nan)
    columns = [votes[:, chaser], votes[:, leader], earlier[:, chaser], earlier[:, leader]]
    compared = np.isfinite(baseline.votes[:, chaser] + baseline.votes[:, leader])
    final = (tally.status >= Status.PROVISIONAL) & np.isfinite(columns[0] + columns[1])
    of, uncounted, baseline_of = valid.valid, valid.uncounted, baseline.valid
    if method == "steed":
        uncounted = uncounted * _share_of_two(columns, valid.valid, baseline.valid, final & tally.declared)
        of = np.nan_to_num(columns[0]) + np.nan_to_num(columns[1]) + uncounted
        baseline_of = columns[2] + columns[3]
    return Ledger(
        method,
        columns[0],
        columns[1],
        of,
        uncounted,
        columns[2],
        columns[3],
        baseline_of,
        tally.declared,
        final,
        compared,
    )


def _share_of_two(columns: list[Votes], valid: Votes, baseline_valid: Votes, final: Mask) -> Votes:
    """(area,) share of the valid votes to come supposed to be for one of the two; 0 where none are to come."""
    tonight, earlier = columns[0] + columns[1], columns[2] + columns[3]
    ratio = 1.0
    if final.any():
        now = share(float(tonight[final].sum()), float(valid[final].sum()))
        ratio = share(now, share(float(earlier[final].sum()), float(baseline_valid[final].sum())))
    return np.where(final, 0.0, np.minimum(share(earlier, baseline_valid) * ratio, 1.0))


def _sum_lead(votes: Votes, against: Votes, of: Votes, where: Areas) -> tuple[float, float]:
    """Lead in votes and as a share over the areas named; NaN for no area."""
    if not votes[where].size:
        return np.nan, np.nan
    ahead, behind, whole = (float(column[where].sum()) for column in (votes, against, of))
    return ahead - behind, lead(ahead, behind, whole)
