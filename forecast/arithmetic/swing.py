"""The arithmetic of elections: share, lead, swing, and what is still needed. Every share, lead and swing is 0-1."""

from __future__ import annotations

import math
from typing import cast

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "butler_swing",
    "lead",
    "lead_required",
    "majority",
    "margin",
    "share",
    "steed_swing",
    "swing_needed",
    "turnout",
    "votes_needed",
    "votes_to_change_hands",
]

Votes = NDArray[np.float64]


def _divide[N: (float, Votes)](amount: N, whole: N) -> N:
    return cast("N", np.divide(amount, np.where(np.equal(whole, 0), np.nan, whole)))


def share[N: (float, Votes)](votes: N, valid: N) -> N:
    """Votes ÷ valid votes.

    Parameters
    ----------
    votes, valid
        Numbers of votes, of any one shape.

    Returns
    -------
    Share, 0-1; NaN where there is no valid vote.
    """
    return _divide(votes, valid)


def turnout[N: (float, Votes)](ballots: N, electorate: N) -> N:
    """Verified ballots ÷ electorate, 0-1; NaN where there is no elector."""
    return _divide(ballots, electorate)


def lead[N: (float, Votes)](votes: N, against: N, valid: N) -> N:
    """Lead of one candidate over another, (votes - against) ÷ valid.

    Parameters
    ----------
    votes, against, valid
        Votes of the one, of the other, and of all, of any one shape. Where ``valid`` is the votes of the two
        alone, the lead is two-party.

    Returns
    -------
    Signed lead, -1 to 1; NaN where there is no valid vote.
    """
    return _divide(votes - against, valid)


def majority(votes: Votes) -> Votes:
    """Winner's votes less the runner-up's.

    Parameters
    ----------
    votes
        (..., candidate) votes, at least two candidates, all known.

    Returns
    -------
    (...) votes; 0 is a tie.
    """
    first_two = np.sort(votes, axis=-1)[..., -2:]
    return np.asarray(first_two[..., 1] - first_two[..., 0])


def margin(votes: Votes) -> Votes:
    """Winner's share of all the votes less the runner-up's.

    Parameters
    ----------
    votes
        (..., candidate) votes, at least two candidates, all known.

    Returns
    -------
    (...) margin, 0-1; NaN where there is no vote.
    """
    return _divide(majority(votes), np.asarray(votes.sum(axis=-1)))


def butler_swing[N: (float, Votes)](lead: N, baseline_lead: N) -> N:
    """Half the change in the lead, both leads as shares of all valid votes.

    Parameters
    ----------
    lead, baseline_lead
        Lead of the candidate swung to over the one swung from, now and at the baseline.

    Returns
    -------
    Swing, positive towards the candidate who leads where ``lead`` is positive. Never compare it with `steed_swing`.

    References
    ----------
    D. E. Butler, appendix to H. G. Nicholas, *The British General Election of 1950*, Macmillan, 1951.
    """
    return (lead - baseline_lead) / 2


def steed_swing[N: (float, Votes)](votes: N, against: N, baseline_votes: N, baseline_against: N) -> N:
    """Change of a candidate's share of the votes of the two: the two-party swing.

    Parameters
    ----------
    votes, against
        Votes of the candidate swung to, and of the one swung from, now.
    baseline_votes, baseline_against
        The same at the baseline.

    Returns
    -------
    Swing, votes/(votes + against) less the same of the baseline. Never compare it with `butler_swing`.

    References
    ----------
    M. Steed, appendix to D. E. Butler and A. King, *The British General Election of 1964*, Macmillan, 1965.
    """
    return _divide(votes, votes + against) - _divide(baseline_votes, baseline_votes + baseline_against)


def swing_needed(baseline_lead: float, required_lead: float = 0.0) -> float:
    """Swing that turns the baseline's lead into the one required, ½(required - baseline).

    Parameters
    ----------
    baseline_lead
        Lead of the chaser over the leader at the baseline, negative where the chaser was behind.
    required_lead
        Lead the chaser needs; level, where none is given. Both shares of all valid votes give a Butler swing,
        both shares of the votes of the two a Steed swing.
    """
    return (required_lead - baseline_lead) / 2


def votes_needed(lead: float) -> float:
    """Net votes a chaser must gain to win by one, from a lead in votes: lead + 1."""
    return lead + 1


def lead_required(needed: float, valid: float) -> float:
    """Lead, as a share of the valid votes to come, that gains the net votes needed; NaN where none are to come."""
    return _divide(needed, valid)


def votes_to_change_hands(needed: float, baseline_lead: float) -> int:
    """Votes that must change from the leader to the chaser for a net gain.

    Parameters
    ----------
    needed
        Net votes the chaser must win by in the areas outstanding.
    baseline_lead
        Lead in votes of the chaser over the leader at the baseline, in the same areas.

    Returns
    -------
    ⌈(needed - baseline_lead) / 2⌉, each vote that changes hands counting twice; zero or less where holding the
    baseline's votes is enough.
    """
    return math.ceil((needed - baseline_lead) / 2)
