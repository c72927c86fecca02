"""Regressors and changes of many areas, compiled: a row for each column and candidate, areas along it.

Loops run along rows, where processors do several areas at once. Imported only within functions: loading numba takes
half a second. Nothing is drawn here.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from models.factors import factorise, solve_lower

__all__ = ["add_scaled", "measure_distances", "subtract_expected", "sum_products"]

Array = NDArray[np.float64]


@njit(cache=True)  # type: ignore[untyped-decorator]
def add_scaled(values: Array, by: float, to: Array) -> None:
    """Add so many times some values, in place."""
    for a in range(len(to)):
        to[a] += by * values[a]


@njit(cache=True, fastmath={"reassoc", "contract"})  # type: ignore[untyped-decorator]
def multiply(one: Array, other: Array) -> float:
    """The sum of products, in whatever order is fastest."""
    found = 0.0
    for a in range(len(one)):
        found += one[a] * other[a]
    return found


@njit(cache=True)  # type: ignore[untyped-decorator]
def sum_products(rows: Array, weight: Array) -> Array:
    """(row, row) products of two rows, summed over areas of these weights."""
    products = np.empty((len(rows), len(rows)))
    for i in range(len(rows)):
        weighted = weight * rows[i]
        for j in range(i + 1):
            products[i, j] = products[j, i] = multiply(weighted, rows[j])
    return products


@njit(cache=True)  # type: ignore[untyped-decorator]
def subtract_expected(rows: Array, coefficients: Array) -> Array:
    """(candidate, area) changes, the last rows, less those expected of the regressors, the first."""
    columns = len(coefficients)
    residual = rows[columns:].copy()
    for c in range(len(residual)):
        for k in range(columns):
            add_scaled(rows[k], -coefficients[k, c], residual[c])
    return residual


@njit(cache=True)  # type: ignore[untyped-decorator]
def measure_distances(residual: Array, omega: Array) -> Array:
    """(area,) residual' omega^-1 residual of (candidate, area) residuals."""
    whitening = solve_lower(factorise(omega, 0.0), np.eye(len(omega)))
    distance = np.zeros(residual.shape[1])
    for c in range(len(omega)):
        white = np.zeros(residual.shape[1])
        for k in range(c + 1):
            add_scaled(residual[k], whitening[c, k], white)
        for a in range(len(distance)):
            distance[a] += white[a] ** 2
    return distance
