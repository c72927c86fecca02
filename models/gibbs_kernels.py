"""Steps of the regression's sampler, compiled: each conditional law, and the chain of them.

Imported only within functions: loading numba takes half a second. One thread runs a chain, with a stream of its own.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

from models.factors import predict_missing, regress, solve_factored
from models.rows import add_scaled, measure_distances, subtract_expected, sum_products

__all__ = ["TAILS", "draw_bartlett", "draw_coefficients", "draw_tail", "draw_weights", "impute", "run_chain"]

Array = NDArray[np.float64]
Index = NDArray[np.intp]

TAILS = np.array([4.0, 8.0, 30.0])  # degrees of freedom an area's deviation may have


@njit(cache=True)  # type: ignore[untyped-decorator]
def run_chain(
    rows: Array,
    patterns: NDArray[np.bool_],
    starts: Index,
    mean: Array,
    precision: Array,
    scatter: Array,
    df: float,
    tails: Array,
    burn_in: int,
    thin: int,
    states: int,
    rng: np.random.Generator,
) -> tuple[Array, Array, Array]:
    """States of the chain: one in ``thin`` after the first ``burn_in``.

    Parameters
    ----------
    rows, patterns, starts, mean, precision, scatter, df, tails
        As of `models.gibbs.Declared`; missing changes are filled in, in place.

    Returns
    -------
    (state, column, candidate) coefficients, (state, candidate, candidate) covariances and (state,) degrees of freedom.
    """
    size, anybody = len(scatter), patterns.any()
    kept, omegas, drawn = np.empty((states, *mean.shape)), np.empty((states, size, size)), np.empty(states)
    omega, weight, tail = scatter / (df - size - 1.0), np.ones(rows.shape[1]), TAILS[1]
    residual = subtract_expected(rows, mean)
    for step in range(burn_in + thin * states):
        if anybody:
            impute(rows, residual, patterns, starts, omega, weight, rng)
        coefficients, omega = draw_coefficients(rows, weight, mean, precision, scatter, df, rng)
        residual = subtract_expected(rows, coefficients)
        weight = draw_weights(residual, omega, tail, rng)
        tail = draw_tail(weight, tails, rng)
        after = step - burn_in + 1
        if after > 0 and after % thin == 0:
            place = after // thin - 1
            kept[place], omegas[place], drawn[place] = coefficients, omega, tail
    return kept, omegas, drawn


@njit(cache=True)  # type: ignore[untyped-decorator]
def impute(
    rows: Array,
    residual: Array,
    patterns: NDArray[np.bool_],
    starts: Index,
    omega: Array,
    weight: Array,
    rng: np.random.Generator,
) -> None:
    """Fill in, in place, the changes of candidates who do not stand, given those of the others.

    ``residual`` (candidate, area) is what changes, the last rows, are above those expected.
    """
    columns, (_, precision) = len(rows) - len(omega), solve_factored(omega, np.eye(len(omega)))
    scale = 1.0 / np.sqrt(weight)
    for p in range(len(patterns)):
        missing, present = np.flatnonzero(patterns[p]), np.flatnonzero(~patterns[p])
        pull, spread = predict_missing(precision, missing, present)
        here = slice(starts[p], starts[p + 1])
        noise = scale[here] * rng.standard_normal((len(missing), starts[p + 1] - starts[p]))
        for i in range(len(missing)):
            change = rows[columns + missing[i]][here]
            add_scaled(residual[missing[i]][here], -1.0, change)
            for j in range(len(present)):
                add_scaled(residual[present[j]][here], -pull[i, j], change)
            for j in range(i, len(missing)):
                add_scaled(noise[j], spread[i, j], change)


@njit(cache=True)  # type: ignore[untyped-decorator]
def draw_coefficients(
    rows: Array,
    weight: Array,
    mean: Array,
    precision: Array,
    scatter: Array,
    df: float,
    rng: np.random.Generator,
) -> tuple[Array, Array]:
    """Coefficients and covariance from their joint conditional, matrix-normal inverse-Wishart."""
    bartlett = draw_bartlett(len(scatter), df + len(weight), rng)
    moments = sum_products(rows, weight)
    return regress(moments, mean, precision, scatter, bartlett, rng.standard_normal(mean.shape))


@njit(cache=True)  # type: ignore[untyped-decorator]
def draw_bartlett(size: int, df: float, rng: np.random.Generator) -> Array:
    """The lower factor of a standard Wishart matrix."""
    bartlett = np.zeros((size, size))
    for i in range(size):
        for j in range(i):
            bartlett[i, j] = rng.standard_normal()
        bartlett[i, i] = math.sqrt(rng.chisquare(df - i))
    return bartlett


@njit(cache=True)  # type: ignore[untyped-decorator]
def draw_weights(residual: Array, omega: Array, tail: float, rng: np.random.Generator) -> Array:
    """(area,) scale-mixture weights given the (candidate, area) residuals."""
    weights, shape = measure_distances(residual, omega), (tail + len(residual)) / 2.0
    for i in range(len(weights)):
        weights[i] = rng.standard_gamma(shape) / ((tail + weights[i]) / 2.0)
    return weights


@njit(cache=True)  # type: ignore[untyped-decorator]
def draw_tail(weight: Array, prior: Array, rng: np.random.Generator) -> float:
    """The degrees of freedom among `TAILS`, given the weights and prior probabilities."""
    logs, density = np.log(weight).sum() - weight.sum(), np.empty(len(TAILS))
    for t in range(len(TAILS)):
        half = TAILS[t] / 2.0
        constant = half * math.log(half) - math.lgamma(half)
        density[t] = math.log(max(prior[t], 1e-300)) + len(weight) * constant + half * logs
    chances = np.exp(density - density.max())
    left = rng.random() * chances.sum()
    for t in range(len(TAILS) - 1):
        left -= chances[t]
        if left < 0.0:
            return TAILS[t]
    return TAILS[len(TAILS) - 1]
