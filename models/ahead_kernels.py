"""Who is ahead in each of many areas, in one simulation of each state of the sampler, compiled.

Imported only where it is used, within functions: loading numba takes half a second. One thread draws all of it.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

__all__ = ["count_ahead"]

Array = NDArray[np.float64]

FAR_BEHIND = 5.0  # standard deviations of a difference: one in three million is further out


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def count_ahead(
    middle: NDArray[np.float32],
    standing: NDArray[np.bool_],
    tails: Array,
    roots: Array,
    apart: Array,
    rng: np.random.Generator,
    counts: Array,
) -> None:
    """Add to (state, candidate) ``counts`` the areas in which each is ahead in one simulation of each state.

    Of each area the weight of the scale mixture is drawn first. Those then more than `FAR_BEHIND` standard deviations
    of their difference below the one expected to be ahead are not, one rival takes one normal, and only more than one
    take as many as there are candidates.

    Parameters
    ----------
    middle, standing
        (area, state, candidate) expectations, and (area, candidate) whether the candidate is on the ballot.
    tails, roots
        (state,) degrees of freedom, and (state, candidate, candidate) lower factors of the covariance.
    apart
        (state, candidate, candidate) variances of the differences between two.
    """
    size = middle.shape[2]
    noise, near = np.empty(size), np.empty(size, np.intp)
    for i in range(len(middle)):
        who = np.flatnonzero(standing[i])
        for s in range(len(tails)):
            row, ahead, rivals = middle[i, s], who[0], 0
            for c in who:
                if row[c] > row[ahead]:
                    ahead = c
            wide = 0.5 * tails[s] / draw_gamma(rng, int(0.5 * tails[s]))
            reach, most = FAR_BEHIND**2 * wide, row[ahead]
            for c in who:
                if c != ahead and (most - row[c]) ** 2 < reach * apart[s, ahead, c]:
                    near[rivals] = c
                    rivals += 1
            if rivals == 1:
                other = near[0]
                if row[ahead] - row[other] < math.sqrt(wide * apart[s, ahead, other]) * rng.standard_normal():
                    ahead = other
            elif rivals > 1:
                for k in range(size):
                    noise[k] = rng.standard_normal()
                near[rivals], best, scale = ahead, -np.inf, math.sqrt(wide)
                for c in near[: rivals + 1]:
                    share = row[c]
                    for k in range(c + 1):
                        share += scale * roots[s, c, k] * noise[k]
                    if share > best:
                        best, ahead = share, c
            counts[s, ahead] += 1.0


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def draw_gamma(rng: np.random.Generator, whole: int) -> float:
    """A gamma variate of a whole number, the sum of so many exponentials."""
    product = 1.0
    for _ in range(whole):
        product *= 1.0 - rng.random()
    return -math.log(product)
