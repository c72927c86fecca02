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

__all__ = ["draw_missing", "invert_wishart", "measure_distances", "regress", "subtract"]

Array = NDArray[np.float64]


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
    change: Array,
    x: Array,
    weight: Array,
    mean: Array,
    precision: Array,
    prior: Array,
    bartlett: Array,
    noise: Array,
) -> tuple[Array, Array]:
    """Coefficients (column, candidate) and covariance from their joint conditional.

    Parameters
    ----------
    change, x, weight
        (area, candidate), (area, column) and (area,).
    mean, precision, prior
        (column, candidate) and (column,) of the coefficients, and the (candidate, candidate) prior scatter.
    bartlett, noise
        The lower factor of a standard Wishart of as many degrees of freedom as the covariance then has, and
        (column, candidate) standard normals.
    """
    matrix, target, scatter = np.diag(precision), np.empty(mean.shape), prior.copy()
    for k in range(len(mean)):
        target[k] = precision[k] * mean[k]
    for a in range(len(x)):
        for k in range(len(mean)):
            weighted = x[a, k] * weight[a]
            if weighted != 0.0:  # most columns are of a region or of who holds the area
                for j in range(k + 1):
                    matrix[k, j] += weighted * x[a, j]
                for c in range(mean.shape[1]):
                    target[k, c] += weighted * change[a, c]
    factor, centre = solve_factored(matrix, target)
    add_scatter(scatter, subtract(change, x, centre), weight)
    add_scatter(scatter, centre - mean, precision)
    omega = invert_wishart(scatter, bartlett)
    root, off = factorise(omega, 1e-10), solve_upper(factor, noise)
    for k in range(len(mean)):
        for c in range(mean.shape[1]):
            for j in range(c + 1):
                centre[k, c] += off[k, j] * root[c, j]
    return centre, omega


@njit(cache=True)  # type: ignore[untyped-decorator]
def subtract(change: Array, x: Array, coefficients: Array) -> Array:
    """(area, candidate) changes less those expected."""
    residual = change.copy()
    for a in range(len(x)):
        for k in range(x.shape[1]):
            if x[a, k] != 0.0:
                for c in range(change.shape[1]):
                    residual[a, c] -= x[a, k] * coefficients[k, c]
    return residual


@njit(cache=True)  # type: ignore[untyped-decorator]
def add_scatter(scatter: Array, residual: Array, weight: Array) -> None:
    """Add weighted squares and products of residuals to the lower triangle."""
    for a in range(len(residual)):
        for c in range(len(scatter)):
            weighted = weight[a] * residual[a, c]
            for j in range(c + 1):
                scatter[c, j] += weighted * residual[a, j]


@njit(cache=True)  # type: ignore[untyped-decorator]
def measure_distances(residual: Array, omega: Array) -> Array:
    """(area,) residual' omega^-1 residual."""
    factor, size = factorise(omega, 0.0), len(omega)
    distance, solved = np.zeros(len(residual)), np.empty(size)
    for i in range(len(residual)):
        for c in range(size):
            rest = residual[i, c]
            for k in range(c):
                rest -= factor[c, k] * solved[k]
            solved[c] = rest / factor[c, c]
            distance[i] += solved[c] ** 2
    return distance


@njit(cache=True)  # type: ignore[untyped-decorator]
def draw_missing(
    change: Array,
    x: Array,
    coefficients: Array,
    omega: Array,
    weight: Array,
    patterns: NDArray[np.bool_],
    which: NDArray[np.intp],
    noise: Array,
) -> None:
    """Fill in, in place, changes that are missing: N(-Q_mm^-1 Q_mp residual_p, Q_mm^-1 / weight), Q = omega^-1.

    Parameters
    ----------
    change, x, coefficients, weight
        (area, candidate), (area, column), (column, candidate) and (area,).
    patterns, which
        (pattern, candidate) who is missing, and (area,) which pattern is the area's.
    noise
        (area, candidate) standard normals.
    """
    size, residual = len(omega), subtract(change, x, coefficients)
    _, precision = solve_factored(omega, np.eye(size))
    pull, spread = np.empty(size), np.empty(size)
    for p in range(len(patterns)):
        missing, present = np.flatnonzero(patterns[p]), np.flatnonzero(~patterns[p])
        count = len(missing)
        if count == 0:
            continue
        inner = np.empty((count, count))
        for i in range(count):
            for j in range(count):
                inner[i, j] = precision[missing[i], missing[j]]
        factor, covariance = solve_factored(inner, np.eye(count))
        for a in np.flatnonzero(which == p):
            for i in range(count):
                pull[i] = 0.0
                for c in present:
                    pull[i] += precision[missing[i], c] * residual[a, c]
            for i in range(count - 1, -1, -1):  # (L')^-1 has the covariance (L L')^-1
                spread[i] = noise[a, missing[i]] / np.sqrt(weight[a])
                for k in range(i + 1, count):
                    spread[i] -= factor[k, i] * spread[k]
                spread[i] /= factor[i, i]
            for i in range(count):
                c = missing[i]
                value = change[a, c] - residual[a, c] + spread[i]
                for j in range(count):
                    value -= covariance[i, j] * pull[j]
                change[a, c] = value
