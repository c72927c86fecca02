"""The regression's Gibbs sampler: coefficients, covariance, scale-mixture weights and tail given the areas declared.

The conditional laws are those of a matrix-normal inverse-Wishart regression with heavy tails, each drawn exactly; a
candidate who does not stand in an area is imputed. One state in `THIN` is kept: what is drawn from a state, and the
exit poll, cost more than a step, and states that follow each other are alike.

References
----------
Matrix-normal inverse-Wishart: Rowe 2003, *Multivariate Bayesian Statistics*; t by scale mixture: Lange, Little & Taylor
1989, doi:10.1080/01621459.1989.10478852; who is missing, imputed: Tanner & Wong 1987,
doi:10.1080/01621459.1987.10478458.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.regressors import Regressors
from models.states import State

__all__ = ["STATES", "Declared", "declared_data", "sample_states"]

Array = NDArray[np.float64]
Index = NDArray[np.intp]

BURN_IN = 100
STATES, THIN = 400, 2
EXTRA_DF = 8.0


@dataclass(frozen=True, slots=True, eq=False)
class Declared:
    """The declared areas of a block, and the prior.

    Parameters
    ----------
    x, change
        (area, column) regressors and (area, candidate) changes, 0 where the candidate is missing; areas in which the
        same candidates are missing follow each other.
    patterns, starts
        (pattern, candidate) who is missing, and (pattern + 1,) where each pattern's areas begin.
    mean, precision
        (column, candidate) and (column,) prior of the coefficients, in units of omega.
    scatter, df
        Inverse-Wishart prior of omega.
    tails
        Prior probabilities of `models.gibbs_kernels.TAILS`.
    """

    x: Array
    change: Array
    patterns: NDArray[np.bool_]
    starts: Index
    mean: Array
    precision: Array
    scatter: Array
    df: float
    tails: tuple[float, ...]

    @property
    def rows(self) -> Array:
        """(column + candidate, area) regressors and changes, each row in one piece, as compiled loops need it."""
        return np.ascontiguousarray(np.concatenate((self.x.T, self.change.T)))


def declared_data(block: Regressors, shares: Array) -> Declared:
    """What a block's declared areas say, and the prior they meet. ``shares`` (area, candidate), NaN where unknown."""
    seen = np.isfinite(np.where(block.standing, shares, 0.0)).all(axis=1)
    change = np.where(block.standing, shares - block.baseline, np.nan)[seen]
    patterns, which = np.unique(np.isnan(change), axis=0, return_inverse=True)
    order = np.argsort(which, kind="stable")
    candidates = len(block.scale)
    df = candidates + EXTRA_DF
    return Declared(
        x=block.x[seen][order],
        change=np.nan_to_num(change)[order],
        patterns=patterns,
        starts=np.searchsorted(which[order], np.arange(len(patterns) + 1)),
        mean=block.mean,
        precision=(block.area_sd / block.x_sd) ** 2,
        scatter=np.diag((block.area_sd * block.scale) ** 2) * (df - candidates - 1.0),
        df=df,
        tails=block.tails,
    )


def sample_states(block: Regressors, shares: Array, rng: np.random.Generator) -> list[State]:
    """States of the sampler after its burn-in; ``shares`` (area, candidate), NaN where unknown."""
    from models.gibbs_kernels import run_chain  # noqa: PLC0415 - compiled code takes long to load

    data = declared_data(block, shares)
    coefficients, omegas, tails = run_chain(
        data.rows,
        data.patterns,
        data.starts,
        data.mean,
        data.precision,
        data.scatter,
        data.df,
        np.array(data.tails),
        BURN_IN,
        THIN,
        STATES,
        rng,
    )
    return [State(*each) for each in zip(coefficients, omegas, tails.tolist(), strict=True)]
