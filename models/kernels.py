"""The inner loops of many areas, compiled: one pass over each number while the processor's cache holds it.

Imported only where it is used, within functions: loading numba takes half a second. Nothing is drawn here: NumPy
does, from streams of its own, so that what comes out does not depend on how many threads there are.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

__all__ = ["divide_areas", "sum_areas"]

Array = NDArray[np.float64]
Single = NDArray[np.float32]
Index = NDArray[np.intp]

REACH = 16  # floors from zero beyond which log(1 + exp(z)) is z or nothing, to single precision
STEPS = 128  # of the table below to one floor: what is read between two is within 2e-6 of a floor
SOFT = np.log1p(np.exp(-np.arange(REACH * STEPS + 2) / STEPS)).astype(np.float32)


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def divide_areas(
    noise: Single,
    weight: Single,
    shift: Single,
    state: Index,
    middle: Single,
    omega: Array,
    group: Index,
    strength: Single,
    ends: Index,
    sizes: Index,
    members: Index,
    floor: float,
    places: Index,
    share: Single,
) -> None:
    """Write shares above zero that sum to one into ``share``: z -> floor log(1 + exp(z / floor)), over their sum.

    Only those who stand are worked out: areas come in the order of their patterns, areas where the same candidates
    stand, and a cell is an area's and a candidate's of its pattern: pattern by pattern, candidate by candidate, areas
    last, so that the processor takes several at a time.

    Parameters
    ----------
    noise, weight
        (draw, cell) standard normals, and (draw, area) weights of the scale mixture, which are used up.
    shift
        (draw, candidate, group) standard normals that a group's areas share.
    state
        (draw,) of which state each draw is; draws of one state follow each other.
    middle, omega
        (state, cell) expectations, and (state, candidate, candidate) covariances.
    group, strength
        (area,) positions of groups, and how strongly areas heed what these share.
    ends, sizes, members
        (pattern,) the area after a pattern's last, how many candidates stand there, and (pattern, candidate) positions
        of these, first.
    floor
        How soft zero is, as a share.
    places
        (cell,) positions in a draw of ``share``, (draw, all areas and candidates).
    """
    most, last = omega.shape[1], -1
    z, soft = np.empty(noise.shape[1], np.float32), np.empty(noise.shape[1], np.float32)
    whole, roots = np.zeros((most, most)), np.zeros((len(ends), most, most), np.float32)
    shared = np.empty((most, shift.shape[2]), np.float32)
    for d in range(len(noise)):
        if state[d] != last:
            last = state[d]
            factor_patterns(omega[last], sizes, members, whole, roots)
        share_shift(whole, shift[d], shared)
        for i in range(weight.shape[1]):
            weight[d, i] = np.float32(1.0) / np.sqrt(weight[d, i])
        begin, cell = 0, 0
        for p in range(len(ends)):
            end = ends[p]
            after = cell + sizes[p] * (end - begin)
            units = noise[d, cell:after].reshape(sizes[p], end - begin)
            rows, here = z[cell:after].reshape(units.shape), middle[last, cell:after].reshape(units.shape)
            shift_areas(units, here, roots[p], weight[d, begin:end], rows)
            heed_shift(shared, members[p], group[begin:end], strength[begin:end], rows)
            begin, cell = end, after
        soften(z, np.float32(1.0 / floor), soft)
        begin, cell = 0, 0
        for p in range(len(ends)):
            end = ends[p]
            after = cell + sizes[p] * (end - begin)
            rows, out = z[cell:after].reshape(sizes[p], end - begin), soft[cell:after].reshape(sizes[p], end - begin)
            divide(rows, out, weight[d, begin:end])
            begin, cell = end, after
        for cell in range(len(soft)):
            share[d, places[cell]] = soft[cell]


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def factor_patterns(omega: Array, sizes: Index, members: Index, whole: Array, roots: Single) -> None:
    """Write the lower factor of a covariance, and (pattern, …) of its parts of those who stand where the same do."""
    factorise_part(omega, np.arange(len(omega)), whole)
    part = np.empty_like(whole)
    for p in range(len(sizes)):
        factorise_part(omega, members[p, : sizes[p]], part)
        for i in range(sizes[p]):
            for j in range(i + 1):
                roots[p, i, j] = part[i, j]


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def factorise_part(matrix: Array, who: Index, factor: Array) -> None:
    """Write the lower factor of some rows and columns of a matrix, a hair of the diagonal added as `states.roots`."""
    hair = 1e-300
    for i in who:
        hair += 1e-10 * matrix[i, i] / len(who)
    for j in range(len(who)):
        for i in range(j, len(who)):
            rest = matrix[who[i], who[j]] + (hair if i == j else 0.0)
            for k in range(j):
                rest -= factor[i, k] * factor[j, k]
            factor[i, j] = math.sqrt(rest) if i == j else rest / factor[j, j]


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def share_shift(root: Array, shift: Single, shared: Single) -> None:
    """Write root @ shift, of a lower factor and (candidate, group) standard normals."""
    for c in range(len(root)):
        for g in range(shift.shape[1]):
            shared[c, g] = 0.0
            for k in range(c + 1):
                shared[c, g] += np.float32(root[c, k]) * shift[k, g]


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def shift_areas(units: Single, middle: Single, root: Single, wide: Single, z: Single) -> None:
    """Write middle + root @ units, each area's as wide as is said, into (candidate, area) ``z``."""
    for c in range(len(units)):
        for i in range(len(wide)):
            z[c, i] = middle[c, i]
    for k in range(len(units)):
        for i in range(len(wide)):
            units[k, i] *= wide[i]
        for c in range(k, len(units)):
            factor = root[c, k]
            for i in range(len(wide)):
                z[c, i] += factor * units[k, i]


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def heed_shift(shared: Single, members: Index, group: Index, strength: Single, z: Single) -> None:
    """Add what the areas of a group share, (candidate, group), to (candidate, area) ``z`` of some candidates."""
    for c in range(len(z)):
        who = members[c]
        for i in range(len(group)):
            z[c, i] += strength[i] * shared[who, group[i]]


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def soften(z: Single, scale: np.float32, soft: Single) -> None:
    """Scale ``z`` in place, and write log(1 + exp(z))."""
    reach, steps, one = np.float32(REACH), np.float32(STEPS), np.uint64(1)  # an index without a sign needs no look back
    for i in range(len(z)):
        z[i] *= scale
        place = min(abs(z[i]), reach) * steps
        whole = np.int32(place)
        below = np.uint64(whole)
        rest = SOFT[below] + (place - np.float32(whole)) * (SOFT[below + one] - SOFT[below])
        soft[i] = max(z[i], np.float32(0.0)) + rest


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def divide(z: Single, soft: Single, total: Single) -> None:
    """Divide (candidate, area) ``soft`` by its (area,) sums in place, raised first where single precision needs it."""
    total[:] = 0.0
    for c in range(len(soft)):
        for i in range(len(total)):
            total[i] += soft[c, i]
    for i in range(len(total)):
        if total[i] < 0.5:
            raise_area(soft[:, i], z[:, i])
            total[i] = soft[:, i].sum()
        total[i] = np.float32(1.0) / total[i]
    for c in range(len(soft)):
        for i in range(len(total)):
            soft[c, i] *= total[i]


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def raise_area(soft: Single, z: Single) -> None:
    """Write log(1 + exp(z)) into ``soft`` where nobody's z is above zero, the largest at -30 if it was below."""
    best = z.max()
    for c in range(len(z)):
        soft[c] = math.log1p(math.exp(z[c] - min(best + 30.0, 0.0)))


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
