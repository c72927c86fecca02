"""Steps of the regression's sampler, compiled: each conditional law, and the chain of them.

Imported only within functions: loading numba takes half a second. One thread runs a chain, with a stream of its own.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

from models.factors import draw_missing, measure_distances, regress, subtract

__all__ = ["TAILS", "draw_bartlett", "draw_coefficients", "draw_tail", "draw_weights", "impute", "run_chain"]

Array = NDArray[np.float64]
Index = NDArray[np.intp]

TAILS = np.array([4.0, 8.0, 30.0])  # degrees of freedom an area's deviation may have


@njit(cache=True)  # type: ignore[untyped-decorator]
def run_chain(
    x: Array,
    change: Array,
    patterns: NDArray[np.bool_],
    which: Index,
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
    x, change, patterns, which, mean, precision, scatter, df, tails
        As of `models.gibbs.Declared`; missing changes are filled in, in place.

    Returns
    -------
    (state, column, candidate) coefficients, (state, candidate, candidate) covariances and (state,) degrees of freedom.
    """
    size, anybody = len(scatter), patterns.any()
    kept, omegas, drawn = np.empty((states, *mean.shape)), np.empty((states, size, size)), np.empty(states)
    coefficients, omega, weight, tail = mean.copy(), scatter / (df - size - 1.0), np.ones(len(x)), TAILS[1]
    for step in range(burn_in + thin * states):
        if anybody:
            impute(change, x, patterns, which, coefficients, omega, weight, rng)
        coefficients, omega = draw_coefficients(change, x, weight, mean, precision, scatter, df, rng)
        weight = draw_weights(subtract(change, x, coefficients), omega, tail, rng)
        tail = draw_tail(weight, tails, rng)
        after = step - burn_in + 1
        if after > 0 and after % thin == 0:
            place = after // thin - 1
            kept[place], omegas[place], drawn[place] = coefficients, omega, tail
    return kept, omegas, drawn


@njit(cache=True)  # type: ignore[untyped-decorator]
def impute(
    change: Array,
    x: Array,
    patterns: NDArray[np.bool_],
    which: Index,
    coefficients: Array,
    omega: Array,
    weight: Array,
    rng: np.random.Generator,
) -> None:
    """Fill in, in place, the changes of candidates who do not stand, given those of the others."""
    noise = rng.standard_normal(change.shape)
    draw_missing(change, x, coefficients, omega, weight, patterns, which, noise)


@njit(cache=True)  # type: ignore[untyped-decorator]
def draw_coefficients(
    change: Array,
    x: Array,
    weight: Array,
    mean: Array,
    precision: Array,
    scatter: Array,
    df: float,
    rng: np.random.Generator,
) -> tuple[Array, Array]:
    """Coefficients and covariance from their joint conditional, matrix-normal inverse-Wishart."""
    bartlett = draw_bartlett(len(scatter), df + len(change), rng)
    return regress(change, x, weight, mean, precision, scatter, bartlett, rng.standard_normal(mean.shape))


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
    """(area,) scale-mixture weights given the residuals."""
    weights, shape = measure_distances(residual, omega), (tail + residual.shape[1]) / 2.0
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
