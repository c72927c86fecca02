"""The declared areas regressed on singular vectors of past votes in the same areas, which predict the rest.

    M = U S V'  of past shares (area, vote) and an intercept;   share_i = u_i' w,
    w = argmin sum over declared n_i (share_i - u_i' w)^2 + k |w|^2

written from the paper's description (the Gaussian variant); n_i are valid votes scaled to mean 1. A point without a
spread. It answers only for two options, where a contest brings past votes as covariates whose names begin with
``past share``.

References
----------
Immer, Kristof, Grossglauser & Thiran, *Sub-Matrix Factorization for Real-Time Vote Prediction*, KDD 2020,
doi:10.1145/3394486.3403277.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from forecast.contests.contest import Contest
from forecast.errors import Defect, ModelError
from forecast.posterior import Posterior
from forecast.tally import Tally
from models.past_shares import past_shares
from models.point import counted_areas, point_posterior, point_valid

__all__ = ["subspace"]

Array = NDArray[np.float64]

DIMENSIONS = 10
PENALTY = 0.1


def subspace(contest: Contest, tally: Tally, *, draws: int, seed: int) -> Posterior:  # noqa: ARG001 - none drawn
    """One draw, the shares that singular vectors of past votes predict.

    Raises
    ------
    ModelError
        Where there are not two options or no two past votes, or nothing is declared.
    """
    past = past_shares(contest)
    if len(contest.candidates) != 2 or len(past) < 2:
        what = f"{contest.id} has not two options and two past votes in the same areas."
        raise ModelError(Defect("--model", what, "Use another model."))
    counted = counted_areas(contest, tally, 1)
    vectors = np.linalg.svd(past.T, full_matrices=False)
    size = min(DIMENSIONS, len(past))
    features = np.column_stack([np.ones(len(contest.areas)), vectors.U[:, :size] * vectors.S[:size]])
    valid = point_valid(contest, tally)
    first = solve(features[counted], tally.votes[counted, 0] / valid[counted], valid[counted])
    share = np.clip(features @ first, 0.001, 0.999)
    expected = np.column_stack([share, 1.0 - share])
    return point_posterior(tally, expected, "subspace", "Areas vote on the directions in which they differed before.")


def solve(features: Array, share: Array, valid: Array) -> Array:
    """(feature,) weights by ridge regression, areas weighing by their votes."""
    weighted = features.T * (valid / valid.mean())
    weights: Array = np.linalg.solve(weighted @ features + PENALTY * np.eye(features.shape[1]), weighted @ share)
    return weights
