"""A state of the regression's sampler, and the factor of a covariance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["State", "root", "roots"]

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class State:
    """Coefficients (column, candidate), covariance (candidate, candidate) and degrees of freedom of the tail."""

    coefficients: Array
    omega: Array
    tail: float


def root(matrix: Array) -> Array:
    """Lower factor of a positive semi-definite matrix, a hair of the diagonal added."""
    return roots(matrix)


def roots(matrices: Array) -> Array:
    """(…, n, n) lower factors of many matrices, as `root`."""
    size = matrices.shape[-1]
    filled = matrices.copy()
    diagonal = np.einsum("...ii->...i", filled)  # a view, to be written to
    diagonal += 1e-10 * diagonal.mean(axis=-1, keepdims=True) + 1e-300 if size else 0.0
    factors: Array = np.linalg.cholesky(filled)
    return factors
