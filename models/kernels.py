"""The inner loops of many areas, compiled: one pass over each number while the processor's cache holds it.

Imported only where it is used, within functions: loading numba takes half a second. None of these but `count_ahead`,
which one thread runs, draws anything: NumPy does, from streams of its own, so that what comes out does not depend on
how many threads there are.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

__all__ = ["count_ahead", "divide_areas", "sum_areas"]

Array = NDArray[np.float64]
Single = NDArray[np.float32]
Index = NDArray[np.intp]

REACH = 16  # floors from zero beyond which log(1 + exp(z)) is z or nothing, to single precision
STEPS = 128  # of the table below to one floor: what is read between two is within 2e-6 of a floor
FAR_BEHIND = 6.0  # standard deviations of a difference: one in a thousand million is further out
SOFT = np.log1p(np.exp(-np.arange(REACH * STEPS + 2) / STEPS)).astype(np.float32)


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def divide_areas(
    noise: Single,
    weight: Single,
    shift: Single,
    group: Index,
    strength: Single,
    middle: Single,
    root: Single,
    standing: Single,
    floor: float,
    areas: Index,
    candidates: Index,
    share: Single,
) -> None:
    """Write shares above zero that sum to one into ``share``: z -> floor log(1 + exp(z / floor)), over their sum.

    Where nobody's z is above zero, which only the heaviest tails do, z is raised until single precision can tell.
    Areas are last: the processor takes several at a time.

    Parameters
    ----------
    noise, weight
        (draw, candidate, area) standard normals, which are used up, and (draw, area) weights of the scale mixture.
    shift, group, strength
        (draw, candidate, group) standard normals that a group's areas share, (area,) positions of groups, and (area,)
        how strongly areas heed them.
    middle, root
        (candidate, area) expectations, and the (candidate, candidate) lower factor of the covariance.
    standing
        (candidate, area) 1 or 0.
    floor
        How soft zero is, as a share.
    areas, candidates
        Positions in ``share``, (draw, all areas, all candidates), of those drawn here.
    """
    size, count = middle.shape
    scale, reach, steps = np.float32(1.0 / floor), np.float32(REACH), np.float32(STEPS)
    one = np.uint64(1)  # an index without a sign needs no look from the other end
    total, z = np.empty(count, np.float32), np.empty((size, count), np.float32)
    for d in range(len(noise)):
        for i in range(count):
            total[i] = np.float32(1.0) / np.sqrt(weight[d, i])
        for c in range(size):
            units, shared = noise[d, c], shift[d, c]
            for i in range(count):
                units[i] = units[i] * total[i] + strength[i] * shared[group[i]]
        total[:] = 0.0
        for c in range(size - 1, -1, -1):  # from the last: its units are those that no other needs
            row, here = z[c], middle[c]
            for i in range(count):
                row[i] = here[i]
            for k in range(c + 1):
                factor, units = root[c, k], noise[d, k]
                for i in range(count):
                    row[i] += factor * units[i]
            soft, stands = noise[d, c], standing[c]
            for i in range(count):
                row[i] *= scale
                place = min(abs(row[i]), reach) * steps
                whole = np.int32(place)
                below = np.uint64(whole)
                rest = SOFT[below] + (place - np.float32(whole)) * (SOFT[below + one] - SOFT[below])
                soft[i] = (max(row[i], np.float32(0.0)) + rest) * stands[i]
                total[i] += soft[i]
        for i in range(count):
            if total[i] < 0.5:
                raise_area(noise[d, :, i], z[:, i], standing[:, i])
                total[i] = noise[d, :, i].sum()
            inverse = np.float32(1.0) / total[i]
            for c in range(size):
                share[d, areas[i], candidates[c]] = noise[d, c, i] * inverse


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def raise_area(soft: Single, z: Single, standing: Single) -> None:
    """Write log(1 + exp(z)) into ``soft`` where nobody's z is above zero, the largest at -30 if it was below."""
    best = -np.inf
    for c in range(len(z)):
        best = max(best, z[c]) if standing[c] else best
    for c in range(len(z)):
        soft[c] = math.log1p(math.exp(z[c] - min(best + 30.0, 0.0))) * standing[c]


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def count_ahead(
    middle: Array,
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
            wide = 0.5 * tails[s] / rng.standard_gamma(0.5 * tails[s])
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
def sum_areas(
    units: Array,
    noise: Array,
    middle: Array,
    standing: NDArray[np.bool_],
    floor: float,
    mean: Array,
    slope: Array,
    variance: Array,
    strength: Array,
    group: Index,
    groups: int,
) -> tuple[Array, Array, Array, Array]:
    """Moments of the votes of many areas together, each area's shares worked out at the same few points.

    Parameters
    ----------
    units, noise
        (node, candidate) points in units of the noise, and as changes of shares.
    middle, standing
        (area, candidate) expectations, and whether the candidate is on the ballot.
    floor
        As in `divide_areas`.
    mean, slope, variance
        (area,) of the votes outstanding, as in `models.aggregate`.
    strength, group, groups
        (area,) how strongly each heeds the shift of its group, positions of groups, and how many these are.

    Returns
    -------
    (candidate,) expectation and its derivative by the turnout; (candidate, candidate) covariance; (group, candidate,
    candidate) response to the shift of each group, in units of the noise.
    """
    nodes, size = noise.shape
    expected, tilted, covariance = np.zeros(size), np.zeros(size), np.zeros((size, size))
    response = np.zeros((groups, size, size))
    soft, total, share = np.empty((size, nodes)), np.empty(nodes), np.empty(size)
    for i in range(len(middle)):
        total[:] = 1e-30
        for c in range(size):
            for q in range(nodes):
                z = (middle[i, c] + noise[q, c]) / floor
                place = min(abs(z), REACH) * STEPS
                whole = np.int32(place)
                below = np.uint64(whole)
                rest = SOFT[below] + (place - whole) * (SOFT[below + np.uint64(1)] - SOFT[below])
                soft[c, q] = (max(z, 0.0) + rest) * standing[i, c]
                total[q] += soft[c, q]
        for c in range(size):
            share[c] = 0.0
            for q in range(nodes):
                soft[c, q] /= total[q]
                share[c] += soft[c, q]
            share[c] /= nodes
            expected[c] += mean[i] * share[c]
            tilted[c] += slope[i] * share[c]
        for c in range(size):
            for k in range(size):
                product, pull = 0.0, 0.0
                for q in range(nodes):
                    product += soft[c, q] * soft[k, q]
                    pull += soft[c, q] * units[q, k]
                product /= nodes
                covariance[c, k] += (mean[i] ** 2 + variance[i]) * product - mean[i] ** 2 * share[c] * share[k]
                response[group[i], c, k] += mean[i] * strength[i] * pull / nodes
    return expected, tilted, covariance, response
