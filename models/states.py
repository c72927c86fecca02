"""A state of the regression's sampler, and the factor of a covariance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["State", "root"]

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class State:
    """Coefficients (column, candidate), covariance (candidate, candidate) and degrees of freedom of the tail."""

    coefficients: Array
    omega: Array
    tail: float


def root(matrix: Array) -> Array:
    """Lower factor of a positive semi-definite matrix, a hair of the diagonal added."""
    jitter = 1e-10 * np.trace(matrix) / max(len(matrix), 1) + 1e-300
    factor: Array = np.linalg.cholesky(matrix + jitter * np.eye(len(matrix)))
    return factor
