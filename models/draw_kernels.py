"""Draws given the news for few areas, compiled: some at a time, all that is done with each while the cache holds it.

Twin of what `models.given_news` says in NumPy, sum by sum in the same order, so that both give the same numbers. Local
arrays end with the draws at hand; triangles are packed row by row.
"""

from __future__ import annotations

import numpy as np
from numba import float64, intp, njit, types
from numpy.typing import NDArray

from models.few_kernels import add_products, compile_for
from models.given_news import Draws, Members, News

__all__ = ["condition_draws"]

Array = NDArray[np.float64]
Places = NDArray[np.intp]

LANES = 64  # draws at a time
ONE, TWO, THREE = (types.Array(float64, axes, "A", readonly=True) for axes in (1, 2, 3))
PLACES = types.Array(intp, 1, "A", readonly=True)


@njit(inline="always")  # type: ignore[untyped-decorator]
def triangle(size: int) -> int:
    """Numbers in a lower triangle."""
    return size * (size + 1) // 2


@njit(inline="always")  # type: ignore[untyped-decorator]
def local(rows: int) -> Array:
    """(row, lane) numbers of the draws at hand."""
    return np.zeros((rows, LANES))


@njit(inline="always")  # type: ignore[untyped-decorator]
def cube(blocks: int, rows: int) -> Array:
    """(block, row, lane) numbers of the draws at hand."""
    return np.zeros((blocks, rows, LANES))


@njit(nogil=True, error_model="numpy")  # type: ignore[untyped-decorator]
def take(values: Array, members: Places, found: Array) -> None:
    """The columns of some members."""
    for row in range(len(values)):
        for q in range(len(members)):
            found[row, q] = values[row, members[q]]


@njit(nogil=True, error_model="numpy")  # type: ignore[untyped-decorator]
def take_lower(values: Array, members: Places, found: Array) -> None:
    """The lower triangles of some members."""
    place = 0
    for i in range(len(values)):
        for j in range(i + 1):
            for q in range(len(members)):
                found[place, q] = values[i, j, members[q]]
            place += 1


@njit(nogil=True, error_model="numpy")  # type: ignore[untyped-decorator]
def load(values: Array, start: int, found: Array) -> None:
    """The columns of the draws at hand."""
    for row in range(len(values)):
        for q in range(min(LANES, values.shape[1] - start)):
            found[row, q] = values[row, start + q]


@njit(nogil=True, error_model="numpy")  # type: ignore[untyped-decorator]
def store(values: Array, more: Array, start: int, found: Array) -> None:
    """Write sums to the columns of the draws at hand."""
    for row in range(len(values)):
        for q in range(min(LANES, found.shape[1] - start)):
            found[row, start + q] = values[row, q] + more[row, q]


@njit(nogil=True, error_model="numpy")  # type: ignore[untyped-decorator]
def load_scaled(values: Array, start: int, factors: Array, found: Array) -> None:
    """The columns of the draws at hand, each number times another."""
    load(values, start, found)
    for row in range(len(values)):
        for q in range(LANES):
            found[row, q] *= factors[row, q]


@njit(nogil=True, error_model="numpy")  # type: ignore[untyped-decorator]
def shift_area(strength: float, all_over: Array, here: Array, start: int, size: Array, t: Array) -> None:
    """Add to the swings of an area what areas outstanding have in common."""
    for c in range(len(t)):
        for q in range(min(LANES, all_over.shape[1] - start)):
            t[c, q] += (strength * (all_over[c, start + q] + 0.5 * here[c, start + q])) * size[q]


@njit(nogil=True, error_model="numpy")  # type: ignore[untyped-decorator]
def swing_area(i: int, upto: int, a: Array, z: Array, t: Array) -> None:
    """A row of A z, for the first candidates."""
    for c in range(upto):
        add_products(a[triangle(i) :], z[c], i + 1, t[c], LANES)


@njit(nogil=True, error_model="numpy")  # type: ignore[untyped-decorator]
def deviate_area(
    i: int, t: Array, w: Array, own: Array, others: Array, mean: Array, s: Array, u: Array, m: Array, out: Array
) -> None:
    """What swings, slopes and entrants add to the mean shares of an area, of as many candidates as swings are given."""
    common, total = np.zeros(LANES), np.empty(LANES)
    for c in range(len(s)):
        for q in range(LANES):
            common[q] += others[i, c] * s[c, q]
    for d in range(len(t)):
        add_products(w[triangle(d) :], t, d + 1, total, LANES)
        for q in range(LANES):
            out[d, q] = (own[i, d] * s[d, q] - mean[d] * common[q]) + total[q]
        for row in range(len(m)):
            for q in range(LANES):
                out[d, q] += u[i, row, q] * m[row, d, q]


@njit(nogil=True, error_model="numpy")  # type: ignore[untyped-decorator]
def miss_area(i: int, place: Places, sees: Array, shares: Array, blur: Array, start: int, x: Array) -> None:
    """Take from what is missed what the prior draw gives the observations of an area, and what blurs them."""
    for row in range(len(x)):
        if place[row] == i:
            for q in range(min(LANES, blur.shape[1] - start)):
                found = 0.0
                for c in range(sees.shape[1]):
                    if sees[row, c] != 0.0:
                        found += sees[row, c] * shares[c, q]
                x[row, q] = (x[row, q] - found) - blur[row, start + q]


@njit(nogil=True, error_model="numpy")  # type: ignore[untyped-decorator]
def solve(f: Array, x: Array) -> None:
    """Solve F F' x = the values for x, in place."""
    total = np.empty(LANES)
    for i in range(len(x)):
        add_products(f[triangle(i) :], x, i, total, LANES)
        for q in range(LANES):
            x[i, q] = (x[i, q] - total[q]) / f[triangle(i) + i, q]
    for i in range(len(x) - 1, -1, -1):
        total[:] = 0.0
        for k in range(i + 1, len(x)):
            for q in range(LANES):
                total[q] += f[triangle(k) + i, q] * x[k, q]
        for q in range(LANES):
            x[i, q] = (x[i, q] - total[q]) / f[triangle(i) + i, q]


@njit(nogil=True, error_model="numpy")  # type: ignore[untyped-decorator]
def pull_areas(place: Places, sees: Array, gain: Array, w: Array, pull: Array, pulled: Array) -> None:
    """P, the gains by the areas and candidates seen, and P W."""
    pull[:] = 0.0
    pulled[:] = 0.0
    for row in range(len(gain)):
        for c in range(pull.shape[1]):
            if sees[row, c] != 0.0:
                for q in range(LANES):
                    pull[place[row], c, q] += sees[row, c] * gain[row, q]
    for i in range(len(pull)):
        for d in range(pull.shape[1]):
            for c in range(d, pull.shape[1]):
                for q in range(LANES):
                    pulled[i, d, q] += w[triangle(c) + d, q] * pull[i, c, q]


@njit(nogil=True, error_model="numpy")  # type: ignore[untyped-decorator]
def move_along(a: Array, pulled: Array, z: Array) -> None:
    """Move swings by A' P W."""
    total = np.empty(LANES)
    for b in range(len(pulled)):
        for c in range(pulled.shape[1]):
            total[:] = 0.0
            for i in range(b, len(pulled)):
                for q in range(LANES):
                    total[q] += a[triangle(i) + b, q] * pulled[i, c, q]
            for q in range(LANES):
                z[c, b, q] += total[q]


@njit(nogil=True, error_model="numpy")  # type: ignore[untyped-decorator]
def move_slopes(own: Array, others: Array, mean: Array, pull: Array, sds: Array, s: Array) -> None:
    """Move slopes by what leans on them."""
    heard, upto = pull.shape[:2]
    common, felt, total = local(heard), np.empty(LANES), np.empty(LANES)
    for i in range(heard):
        for c in range(upto):
            for q in range(LANES):
                common[i, q] += mean[c] * pull[i, c, q]
    for c in range(len(s)):
        felt[:] = 0.0
        total[:] = 0.0
        for i in range(heard):
            for q in range(LANES):
                felt[q] += -others[i, c] * common[i, q]
            if c < upto:
                for q in range(LANES):
                    total[q] += own[i, c] * pull[i, c, q]
        for q in range(LANES):
            s[c, q] += (sds[c, q] * sds[c, q]) * (felt[q] + total[q])


@njit(nogil=True, error_model="numpy")  # type: ignore[untyped-decorator]
def move_entrants(pull: Array, m: Array, sds: Array, u: Array) -> None:
    """Move entrants' shares by what the areas gain by them."""
    for i in range(len(pull)):
        for row in range(len(m)):
            total = np.zeros(LANES)
            for c in range(pull.shape[1]):
                for q in range(LANES):
                    total[q] += pull[i, c, q] * m[row, c, q]
            for q in range(LANES):
                u[i, row, q] += (sds[i, row, q] * sds[i, row, q]) * total[q]


@compile_for(
    *(PLACES, THREE, THREE, TWO, THREE, TWO, THREE, THREE, THREE, TWO),
    *(THREE, TWO, THREE, TWO, THREE),
    *(PLACES, PLACES, PLACES, TWO, intp, TWO, TWO, ONE, ONE, PLACES),
)
def draw_given(
    index: Places,
    across: Array,
    within: Array,
    steep: Array,
    sds: Array,
    sizes: Array,
    moves: Array,
    means: Array,
    factor: Array,
    missed: Array,
    along: Array,
    slopes: Array,
    entrants: Array,
    blur: Array,
    common: Array,
    order: Places,
    places: Places,
    place: Places,
    sees: Array,
    upto: int,
    own: Array,
    others: Array,
    mean: Array,
    strength: Array,
    group: Places,
) -> Array:
    """(area asked for, candidate, draw) shares given the news."""
    areas, (kinds, candidates), rows = len(order), moves.shape[:2], len(missed)
    drawn, heard = np.empty((len(places), candidates, len(index))), place.max() + 1 if rows else 0
    a, w, f = local(triangle(areas)), local(triangle(candidates)), local(triangle(rows))
    z, u, sd, m = cube(candidates, areas), cube(areas, kinds), cube(areas, kinds), cube(kinds, candidates)
    s, st, t, out, x = local(candidates), local(candidates), local(candidates), local(candidates), local(rows)
    pull, pulled, size, more = cube(heard, upto), cube(heard, upto), local(1), local(candidates)
    for start in range(0, len(index), LANES):
        members = index[start : start + LANES]
        take_lower(across, members, a)
        take_lower(within, members, w)
        take(steep, members, st)
        take(sizes, members, size)
        load_scaled(slopes, start, st, s)
        for row in range(kinds):
            take(moves[row], members, m[row])
        for i in range(areas):
            for c in range(candidates):
                load(along[order[i], c : c + 1], start, z[c, i : i + 1])
            take(sds[i], members, sd[i])
            load_scaled(entrants[order[i]], start, sd[i], u[i])
        if rows:
            take(missed, members, x)
            take_lower(factor, members, f)
            for i in range(heard):
                swing_area(i, upto, a, z, t)
                deviate_area(i, t[:upto], w, own, others, mean, s, u, m, out)
                miss_area(i, place, sees, out, blur, start, x)
            solve(f, x)
            pull_areas(place, sees, x, w, pull, pulled)
            move_along(a, pulled, z)
            move_slopes(own, others, mean, pull, st, s)
            move_entrants(pull, m, sd, u)
        for p in range(len(places)):
            swing_area(places[p], candidates, a, z, t)
            shift_area(strength[p], common[0], common[1 + group[p]], start, size[0], t)
            deviate_area(places[p], t, w, own, others, mean, s, u, m, out)
            take(means[p], members, more)
            store(out, more, start, drawn[p])
    return drawn


def condition_draws(index: Places, members: Members, draws: Draws, news: News) -> tuple[Array]:
    """The twin of `models.given_news.condition_draws`."""
    return (draw_given(index, *members, *draws, *news),)  # type: ignore[arg-type] # each as News names it
