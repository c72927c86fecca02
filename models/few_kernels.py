"""The density of the news for few areas, compiled: some members at a time, which the processor's inner cache holds.

Twin of what `models.evidence` says in NumPy, sum by sum in the same order, so that both give the same numbers;
`models.twins` sees to which of them is called, and loads this. Triangles are packed row by row.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numba import float64, int64, intp, njit
from numpy.typing import NDArray

__all__ = ["add_products", "compile_for", "root_pairs", "whiten_rows"]

Array = NDArray[np.float64]
Places = NDArray[np.intp]

TILE = 64  # members at a time
ROW, ROWS, PLACES = float64[::1], float64[:, ::1], intp[::1]


def compile_for[**Given, Found](*signature: object) -> Callable[[Callable[Given, Found]], Callable[Given, Found]]:
    """Compile for arguments of these types at once, or load what was compiled: nothing is compiled during an update."""
    decorate: Callable[[Callable[Given, Found]], Callable[Given, Found]]
    decorate = njit(signature, cache=True, nogil=True, error_model="numpy")
    return decorate


@njit(inline="always", error_model="numpy")  # type: ignore[untyped-decorator]
def add_products(ones: Array, others: Array, count: int, total: Array, width: int) -> None:
    """Write the sum of the products of the first rows of two arrays into ``total``."""
    for q in range(width):
        total[q] = 0.0
    for i in range(count):
        one, other = ones[i], others[i]
        for q in range(width):
            total[q] += one[q] * other[q]


@compile_for(ROWS, PLACES, ROWS, PLACES, ROWS, ROWS)
def whiten_rows(
    along: Array, along_of: Places, across: Array, across_of: Places, apart: Array, missed: Array
) -> tuple[Array, Array]:
    """The twin of `models.evidence.whiten`."""
    size, members = missed.shape
    diagonal, square = np.empty((size, members)), np.zeros(members)
    factor, solved, total = np.empty((size, size, TILE)), np.empty((size, TILE)), np.empty(TILE)
    for start in range(0, members, TILE):
        here = slice(start, min(start + TILE, members))
        width = here.stop - start
        for j in range(size):
            for k in range(j + 1):
                pair = j * (j + 1) // 2 + k
                one, other, more = along[along_of[pair], here], across[across_of[pair], here], apart[pair, here]
                add_products(factor[j], factor[k], k, total, width)
                row, pivot = factor[j, k], factor[k, k]
                for q in range(width):
                    row[q] = (one[q] * other[q] + more[q]) - total[q]
                for q in range(width):
                    row[q] = np.sqrt(row[q]) if j == k else row[q] / pivot[q]
            add_products(factor[j], solved, j, total, width)
            found, pivot, row, out, squared = missed[j, here], factor[j, j], solved[j], diagonal[j, here], square[here]
            for q in range(width):
                out[q] = pivot[q]
                row[q] = (found[q] - total[q]) / pivot[q]
                squared[q] += row[q] * row[q]
    return diagonal, square


@compile_for(ROWS, int64, float64)
def root_each(pairs: Array, size: int, hair: float) -> Array:
    """(row, column, member) lower factors."""
    members = pairs.shape[1]
    factors = np.zeros((size, size, members))
    factor, total, added = np.empty((size, size, TILE)), np.empty(TILE), np.empty(TILE)
    for start in range(0, members, TILE):
        here = slice(start, min(start + TILE, members))
        width = here.stop - start
        added[:] = 0.0
        for j in range(size):
            row = pairs[j * (j + 1) // 2 + j, here]
            for q in range(width):
                added[q] += row[q]
        for j in range(size):
            for k in range(j + 1):
                add_products(factor[j], factor[k], k, total, width)
                given, row, pivot, out = (
                    pairs[j * (j + 1) // 2 + k, here],
                    factor[j, k],
                    factor[k, k],
                    factors[j, k, here],
                )
                for q in range(width):
                    row[q] = ((given[q] + hair * added[q]) if j == k else given[q]) - total[q]
                for q in range(width):
                    row[q] = np.sqrt(row[q]) if j == k else row[q] / pivot[q]
                    out[q] = row[q]
    return factors


def root_pairs(pairs: Array, size: int, hair: float) -> tuple[Array]:
    """The twin of `models.small_matrices.root_pairs`."""
    return (root_each(pairs, size, hair),)
