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

__all__ = ["draw_missing", "invert_wishart", "measure_distances", "solve_factored", "solve_upper"]

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
    expected: Array,
    omega: Array,
    weight: Array,
    patterns: NDArray[np.bool_],
    which: NDArray[np.intp],
    noise: Array,
) -> None:
    """Fill in, in place, changes that are missing: N(-Q_mm^-1 Q_mp residual_p, Q_mm^-1 / weight), Q = omega^-1.

    Parameters
    ----------
    change, expected, weight
        (area, candidate) and (area,).
    patterns, which
        (pattern, candidate) who is missing, and (area,) which pattern is the area's.
    noise
        (area, candidate) standard normals.
    """
    size = len(omega)
    _, precision = solve_factored(omega, np.eye(size))
    for p in range(len(patterns)):
        missing = np.flatnonzero(patterns[p])
        count = len(missing)
        if count == 0:
            continue
        inner = np.empty((count, count))
        for i in range(count):
            for j in range(count):
                inner[i, j] = precision[missing[i], missing[j]]
        factor, covariance = solve_factored(inner, np.eye(count))
        for a in np.flatnonzero(which == p):
            pull, spread = np.zeros((count, 1)), np.empty((count, 1))
            for i in range(count):
                spread[i, 0] = noise[a, missing[i]] / np.sqrt(weight[a])
                for c in range(size):
                    if not patterns[p, c]:
                        pull[i, 0] += precision[missing[i], c] * (change[a, c] - expected[a, c])
            drawn = solve_upper(factor, spread)  # (L')^-1 has the covariance (L L')^-1
            for i in range(count):
                value = expected[a, missing[i]] + drawn[i, 0]
                for j in range(count):
                    value -= covariance[i, j] * pull[j, 0]
                change[a, missing[i]] = value
