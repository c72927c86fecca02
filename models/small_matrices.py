"""Linear algebra of many small matrices at once, their members next to each other in memory.

LAPACK takes matrices one by one and spends more on the calls than on the sums. Here the member is the last axis, so
that each step of a factorisation is one operation over all members, which the processor makes several at a time:

    L_jj = (A_jj - sum_k<j L_jk^2)^(1/2),    L_ij = (A_ij - sum_k<j L_ik L_jk) / L_jj

Elsewhere arrays begin with their members (or draws): `last` and `first` turn one into the other without a copy, and an
array made by `first` stays laid out by members.

References
----------
Golub & Van Loan 2013, *Matrix Computations*, algorithms 3.1.1 and 4.2.1.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from models.twins import twin_of

__all__ = ["first", "invert", "last", "multiply", "normals", "root", "root_pairs", "solve_lower", "solve_upper"]

Array = NDArray[np.float64]


def last(array: Array) -> Array:
    """The same with the first axis, of members, last."""
    return array.transpose((*range(1, array.ndim), 0))


def first(array: Array) -> Array:
    """The same with the last axis, of members, first."""
    return array.transpose((-1, *range(array.ndim - 1)))


def normals(rng: np.random.Generator, members: int, *shape: int) -> Array:
    """(member, …) standard normals, laid out by members."""
    return first(rng.standard_normal((*shape, members)))


def root(matrices: Array) -> Array:
    """(row, column, member) lower factors of positive definite matrices, of which only the lower triangle is read."""
    factor = np.zeros(matrices.shape)
    for j in range(len(factor)):
        column = matrices[j:, j]
        if j:
            column = column - np.einsum("ikm,km->im", factor[j:, :j], factor[j, :j])
        factor[j, j] = np.sqrt(column[0])
        np.divide(column[1:], factor[j, j], out=factor[j + 1 :, j])
    return factor


@twin_of("root_pairs")
def root_pairs(pairs: Array, size: int, hair: float) -> tuple[Array]:
    """(row, column, member) lower factors of matrices given by the (pair, member) rows of their lower triangles.

    So many times the sum of its diagonal is added to each diagonal.
    """
    matrices, start = np.zeros((size, size, pairs.shape[1])), 0
    for row in range(size):
        matrices[row, : row + 1] = pairs[start : start + row + 1]
        start += row + 1
    diagonal = np.einsum("iim->im", matrices)  # a view, to be written to
    diagonal += hair * diagonal.sum(axis=0)
    return (root(matrices),)


def solve_lower(factor: Array, values: Array) -> Array:
    """(row, member) x with L x = the values."""
    solved = np.empty(values.shape)
    for i in range(len(solved)):
        rest = values[i] - np.einsum("km,km->m", factor[i, :i], solved[:i]) if i else values[i]
        np.divide(rest, factor[i, i], out=solved[i])
    return solved


def solve_upper(factor: Array, values: Array) -> Array:
    """(row, member) x with L' x = the values."""
    solved = np.empty(values.shape)
    size = len(solved)
    for i in reversed(range(size)):
        below = slice(i + 1, size)
        rest = values[i] - np.einsum("km,km->m", factor[below, i], solved[below]) if i + 1 < size else values[i]
        np.divide(rest, factor[i, i], out=solved[i])
    return solved


def invert(factor: Array) -> Array:
    """(row, column, member) inverse of L L'."""
    inverse = np.zeros(factor.shape)
    for i in range(len(factor)):
        inverse[i, i] = 1.0 / factor[i, i]
        if i:
            known = np.einsum("km,kjm->jm", factor[i, :i], inverse[:i, :i])
            np.multiply(known, -inverse[i, i], out=inverse[i, :i])
    whole: Array = np.einsum("kim,kjm->ijm", inverse, inverse)
    return whole


def multiply(factor: Array, values: Array, rows: NDArray[np.intp]) -> Array:
    """(row, column, member) some rows of L times values (row, column, member)."""
    product = np.empty((len(rows), *values.shape[1:]))
    for place, i in enumerate(rows):
        np.einsum("bm,bcm->cm", factor[i, : i + 1], values[: i + 1], out=product[place])
    return product
