"""Earlier votes in the same areas, which a contest brings as covariates whose names begin with ``past share``."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from forecast.contests.contest import Contest
from forecast.contests.covariates import PAST

__all__ = ["LEAST_VOTES", "knows_past_votes", "past_shares"]

LEAST_VOTES = 15  # from which a covariance of areas can be learned
MOST_AREAS = 1_000  # areas x areas matrices


def past_shares(contest: Contest) -> NDArray[np.float64]:
    """(vote, area) the first candidate's share, 0-1, at each earlier vote that every area has."""
    named = [values for name, values in sorted(contest.covariates.items()) if name.startswith(PAST)]
    votes = np.array(named).reshape(len(named), len(contest.areas))
    found: NDArray[np.float64] = votes[np.isfinite(votes).all(axis=1)]
    return found


def knows_past_votes(contest: Contest) -> bool:
    """Whether the contest has two options and enough past votes in its areas, which are not too many."""
    enough = len(past_shares(contest)) >= LEAST_VOTES and len(contest.areas) <= MOST_AREAS
    return enough and len(contest.candidates) == 2
