"""What the simple models that swing from a baseline share: their arrays, and a Gaussian spread around a mean."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from forecast.contests.contest import Contest
from forecast.errors import Defect, ModelError
from forecast.posterior import Posterior
from forecast.tally import Tally
from models.design import Design, design_contest
from models.priors import priors_for
from models.turnout import draw_valid
from models.uniform_swing import spread_shares

__all__ = ["gaussian_posterior", "swing_design"]

Array = NDArray[np.float64]


def swing_design(contest: Contest) -> Design:
    """The contest's arrays; ModelError where there is no baseline to swing from."""
    if not contest.baseline.known:
        raise ModelError(Defect("--model", f"{contest.id} has no baseline to swing from.", "Use another model."))
    return design_contest(contest, priors_for(contest))


def gaussian_posterior(
    design: Design, tally: Tally, expected: Array, noise: Array, rng: np.random.Generator, model: str
) -> Posterior:
    """Joint draws of shares around expected ones.

    Parameters
    ----------
    expected
        (area, candidate) shares.
    noise
        (draw, area, candidate) in units of a swing, independent across candidates: the prior's covariance across
        candidates is put on here.
    """
    valid = draw_valid(design, tally, len(noise), rng)
    share = spread_shares(design, tally, expected, noise, valid)
    return Posterior(share, valid, model, {"draws": float(len(noise))})
