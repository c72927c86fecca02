"""The standard normals of a night: the same for the same seed whatever the news, kept from one update to the next.

They depend on how many areas, candidates, entrants and sub-regions there are, and on nothing else of a contest, so that
contests of one shape share them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.design import Design
from models.forward import count_groups
from models.pathwise import Path, draw_path

__all__ = ["Normals", "Shape", "blur_normals", "night_normals", "shape_of"]

Array = NDArray[np.float64]

MOST_KEPT = 4_000_000  # numbers: 32 MB
TOGETHER = 16  # figures whose blur is drawn together


class Shape(NamedTuple):
    """How many areas, candidates, entrants and sub-regions a contest has."""

    areas: int
    candidates: int
    entrants: int
    groups: int


@dataclass(frozen=True, slots=True, eq=False)
class Normals:
    """Standard normals of so many draws.

    Parameters
    ----------
    path
        Of joint prior draws of shares.
    discrepancy
        (1 + group, candidate, draw) of what areas outstanding have in common.
    turnout
        (area + 2, draw) of valid votes.
    """

    path: Path
    discrepancy: Array
    turnout: Array


def shape_of(design: Design) -> Shape:
    """The shape of a contest."""
    areas, candidates = design.baseline.shape
    return Shape(areas, candidates, len(design.entrants), count_groups(design))


def night_normals(shape: Shape, draws: int, seed: int) -> Normals:
    """The normals of a seed, kept unless they take much memory; never to be written to."""
    each = (shape.areas + 1) * (shape.candidates + shape.entrants + 1) + shape.groups * shape.candidates
    return (_kept if draws * each <= MOST_KEPT else _draw)(shape, draws, seed)


def _draw(shape: Shape, draws: int, seed: int) -> Normals:
    rng = np.random.default_rng([seed, 1])
    path = draw_path(shape.areas, shape.candidates, shape.entrants, draws, rng)
    discrepancy = rng.standard_normal((1 + shape.groups, shape.candidates, draws))
    turnout = rng.standard_normal((shape.areas + 2, draws))
    for array in (path.along, path.slopes, path.entrants, path.companion, discrepancy, turnout):
        array.setflags(write=False)
    return Normals(path, discrepancy, turnout)


_kept = lru_cache(maxsize=4)(_draw)


def blur_normals(rows: int, draws: int, seed: int) -> Array:
    """(row, draw) standard normals of what blurs so many figures: those of fewer are the first of more."""
    most = -(-rows // TOGETHER) * TOGETHER
    return (_kept_blur if draws * most <= MOST_KEPT else _draw_blur)(most, draws, seed)[:rows]


def _draw_blur(rows: int, draws: int, seed: int) -> Array:
    normals = np.random.default_rng([seed, 3]).standard_normal((rows, draws))
    normals.setflags(write=False)
    return normals


_kept_blur = lru_cache(maxsize=4)(_draw_blur)
