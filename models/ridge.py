"""Ridge regression of changes of share on the baseline, covariates and region, with a Gaussian residual.

    share_i - baseline_i = B' x_i + e_i,   B = argmin sum |y - B'x|^2 + k |B without intercept|^2,   e_i ~ N(0, s_c^2)

x_i holds an intercept, the standardised baseline shares of the five largest candidates, the contest's slopes and a
column for each region. The penalty k is one area's worth for each standard deviation; the residual's standard deviation
is that of the errors made when each area in turn is left out, so that it is honest about what was fitted. As national
broadcasters in Sweden and elsewhere do it.

References
----------
Hoerl & Kennard 1970, doi:10.1080/00401706.1970.10488634; leaving out in closed form: Allen 1974,
doi:10.1080/00401706.1974.10489157.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from forecast.contests.contest import Contest
from forecast.posterior import Posterior
from forecast.tally import Tally
from models.baseline_swing import swing_design
from models.design import Design, standardise
from models.forward import settle_shares
from models.point import counted_areas
from models.turnout import draw_valid, expected_valid

__all__ = ["ridge"]

Array = NDArray[np.float64]

LEAST = 3
MAIN = 5
PENALTY = 1.0
PRIOR_AREAS = 3.0  # areas' worth of the prior spread in the residual's variance


def ridge(contest: Contest, tally: Tally, *, draws: int, seed: int) -> Posterior:
    """Joint draws of shares and valid votes by ridge regression.

    Raises
    ------
    ModelError
        Where the contest has no baseline, or fewer than three areas are declared.
    """
    design = swing_design(contest)
    counted = counted_areas(contest, tally, LEAST)
    x = columns(design)
    change = tally.votes / expected_valid(design, tally)[:, None] - design.baseline
    rng = np.random.default_rng(seed)
    shares = np.broadcast_to(design.baseline[:, :, None], (*design.baseline.shape, draws)).copy()
    for candidate in range(len(design.mean)):
        here = counted[np.isfinite(change[counted, candidate]) & contest.standing[counted, candidate]]
        if len(here) >= LEAST:
            shares[:, candidate] += predict(x, change[here, candidate], here, design.priors.area_median, draws, rng)
    valid = draw_valid(design, tally, draws, rng)
    share = settle_shares(design, tally, np.moveaxis(shares, 2, 0), valid, heeded=False)
    return Posterior(share, valid, "ridge", {"columns": float(x.shape[1])})


def columns(design: Design) -> Array:
    """(area, column) regressors, the intercept first."""
    main = np.argsort(-design.mean, kind="stable")[:MAIN]
    groups = np.array([area.group for area in design.contest.areas])
    names = sorted(set(groups.tolist()))
    regions = [groups == name for name in names] if len(names) > 1 else []
    parts = [np.ones(len(groups)), *standardise(design.baseline[:, main]).T, *design.covariates.T, *regions]
    return np.column_stack(parts).astype(float)


def predict(
    x: Array, change: Array, here: NDArray[np.intp], prior_sd: float, draws: int, rng: np.random.Generator
) -> Array:
    """(area, draw) changes of one candidate, given those of the areas counted."""
    penalty = PENALTY * np.eye(x.shape[1])
    penalty[0, 0] = 1e-8
    inverse = np.linalg.inv(x[here].T @ x[here] + penalty)
    coefficients = inverse @ x[here].T @ change
    leverage = np.einsum("ij,jk,ik->i", x[here], inverse, x[here])
    left_out = (change - x[here] @ coefficients) / np.maximum(1.0 - leverage, 0.1)
    sd = np.sqrt(((left_out**2).sum() + PRIOR_AREAS * prior_sd**2) / (len(here) + PRIOR_AREAS))
    factor = np.linalg.cholesky(inverse + 1e-12 * np.eye(len(inverse)))
    normals = rng.standard_normal((len(coefficients) + len(x), draws))
    fitted = coefficients[:, None] + sd * factor @ normals[: len(coefficients)]
    drawn: Array = x @ fitted
    drawn += sd * normals[len(coefficients) :]
    return drawn
