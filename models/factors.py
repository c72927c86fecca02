"""Small matrices of the regression's sampler, compiled: a call to LAPACK takes longer than these take to work out.

Imported only within functions: loading numba takes half a second. Nothing is drawn here.

References
----------
Golub & Van Loan 2013, *Matrix Computations*, algorithms 3.1.1 and 4.2.1; Bartlett 1933.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

__all__ = ["factorise", "invert_wishart", "predict_missing", "regress", "solve_factored", "solve_lower", "solve_upper"]

Array = NDArray[np.float64]
Index = NDArray[np.intp]


@njit(cache=True)  # type: ignore[untyped-decorator]
def factorise(matrix: Array, hair: float) -> Array:
    """Lower factor of a positive definite matrix, so many times its mean diagonal added to the diagonal."""
    size = len(matrix)
    factor = np.zeros((size, size))
    added = hair * np.trace(matrix) / size + 1e-300 if hair > 0.0 else 0.0
    for j in range(size):
        for i in range(j, size):
            rest = matrix[i, j] + (added if i == j else 0.0)
            for k in range(j):
                rest -= factor[i, k] * factor[j, k]
            factor[i, j] = np.sqrt(rest) if i == j else rest / factor[j, j]
    return factor


@njit(cache=True)  # type: ignore[untyped-decorator]
def solve_lower(factor: Array, values: Array) -> Array:
    """(row, column) X with L X = values."""
    solved = values.copy()
    for i in range(len(factor)):
        for c in range(values.shape[1]):
            for k in range(i):
                solved[i, c] -= factor[i, k] * solved[k, c]
            solved[i, c] /= factor[i, i]
    return solved


@njit(cache=True)  # type: ignore[untyped-decorator]
def solve_upper(factor: Array, values: Array) -> Array:
    """(row, column) X with L' X = values."""
    solved = values.copy()
    for i in range(len(factor) - 1, -1, -1):
        for c in range(values.shape[1]):
            for k in range(i + 1, len(factor)):
                solved[i, c] -= factor[k, i] * solved[k, c]
            solved[i, c] /= factor[i, i]
    return solved


@njit(cache=True)  # type: ignore[untyped-decorator]
def solve_factored(matrix: Array, values: Array) -> tuple[Array, Array]:
    """Lower factor of a positive definite matrix, and X with matrix X = values."""
    factor = factorise(matrix, 0.0)
    return factor, solve_upper(factor, solve_lower(factor, values))


@njit(cache=True)  # type: ignore[untyped-decorator]
def invert_wishart(scatter: Array, bartlett: Array) -> Array:
    """(S^1/2 T^-1)' (…): the inverse-Wishart matrix of a scatter and of the lower factor T of a standard Wishart."""
    half = solve_lower(bartlett, factorise(scatter, 1e-10).T.copy())
    size = len(scatter)
    omega = np.zeros((size, size))
    for i in range(size):
        for j in range(size):
            for k in range(size):
                omega[i, j] += half[k, i] * half[k, j]
    return omega


@njit(cache=True)  # type: ignore[untyped-decorator]
def regress(
    moments: Array,
    mean: Array,
    precision: Array,
    prior: Array,
    bartlett: Array,
    noise: Array,
) -> tuple[Array, Array]:
    """Coefficients (column, candidate) and covariance from their joint conditional.

    Parameters
    ----------
    moments
        (column + candidate, column + candidate) weighted products of regressors and changes, summed over areas.
    mean, precision, prior
        (column, candidate) and (column,) of the coefficients, and the (candidate, candidate) prior scatter.
    bartlett, noise
        The lower factor of a standard Wishart of as many degrees of freedom as the covariance then has, and
        (column, candidate) standard normals.
    """
    columns, candidates = mean.shape
    matrix, target = np.diag(precision) + moments[:columns, :columns], moments[:columns, columns:].copy()
    for k in range(columns):
        for c in range(candidates):
            target[k, c] += precision[k] * mean[k, c]
    factor, centre = solve_factored(matrix, target)
    scatter = prior + moments[columns:, columns:]
    for c in range(candidates):
        for j in range(c + 1):
            for k in range(columns):
                scatter[c, j] += precision[k] * mean[k, c] * mean[k, j] - target[k, c] * centre[k, j]
    omega = invert_wishart(scatter, bartlett)
    root, off = factorise(omega, 1e-10), solve_upper(factor, noise)
    for k in range(columns):
        for c in range(candidates):
            for j in range(c + 1):
                centre[k, c] += off[k, j] * root[c, j]
    return centre, omega


@njit(cache=True)  # type: ignore[untyped-decorator]
def predict_missing(precision: Array, missing: Index, present: Index) -> tuple[Array, Array]:
    """How residuals of some follow from those of others where all are normal with this precision, Q.

    Returns
    -------
    (missing, present) Q_mm^-1 Q_mp, minus which times those present is the mean of those missing, and
    (missing, missing) an upper factor of their covariance, Q_mm^-1.
    """
    inner, cross = np.empty((len(missing), len(missing))), np.empty((len(missing), len(present)))
    for i in range(len(missing)):
        for j in range(len(missing)):
            inner[i, j] = precision[missing[i], missing[j]]
        for j in range(len(present)):
            cross[i, j] = precision[missing[i], present[j]]
    factor, pull = solve_factored(inner, cross)
    return pull, solve_upper(factor, np.eye(len(missing)))
