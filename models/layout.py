"""How the news is laid out: what its density needs of each observation, and of each two, that no member changes.

Pairs of observations are the lower triangle's, row by row. What many of them have alike, the candidates that two see
and the areas they are of, is worked out once for each kind.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from models.design import Design
from models.gaussian import about_polls, blur_covariance, companion_directions, leaning_of, polls_level
from models.observe import Observation

__all__ = ["Layout", "lay_out"]

Array = NDArray[np.float64]
Places = NDArray[np.intp]

KEPT = 16  # layouts of the latest news, which several steps of one update ask for


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """What does not change with the members of a bank.

    Parameters
    ----------
    areas, place
        (area,) those heard of, in order, and (row,) which of them each observation is of.
    upto
        Candidates up to the last of whom anything is seen.
    kinds, kind
        (kind, candidate) what observations see, each kind once, and (row,) which kind each is.
    both, along
        (kind, candidate x candidate) what two of them see together, each kind once, and (pair,) its kind.
    first, second, across
        (kind,) the areas of two, each two once, and (pair,) its kind.
    apart
        (pair, candidate + 1) covariance of two by the variance of each slope on the own baseline share, and by what
        blurs them.
    same, ones, others
        (pair,) pairs within an area, and the observations of each of these.
    level
        (row,) what each expects of the baseline, or of the polls, alone.
    squeezed
        (row, 2) what each gains by the squeeze, and by the part of it that the first of the top two gains.
    gone
        (row, candidate) what each gains of departed options.
    """

    areas: Places
    place: Places
    upto: int
    kinds: Array
    kind: Places
    both: Array
    along: Places
    first: Places
    second: Places
    across: Places
    apart: Array
    same: Places
    ones: Places
    others: Places
    level: Array
    squeezed: Array
    gone: Array


@lru_cache(maxsize=KEPT)
def lay_out(design: Design, seen: Observation) -> Layout:
    """Lay out observations of a contest."""
    areas, place = np.unique(seen.area, return_inverse=True)
    ones, others = np.tril_indices(seen.size)
    kinds, kind = np.unique(seen.direction, axis=0, return_inverse=True)
    kind = kind.reshape(-1)
    first, second = np.tril_indices(len(areas))
    lean = leaning_of(design, seen.area)
    leaning = lean.own * seen.direction - lean.others * (seen.direction @ lean.mean)[:, None]
    common = companion_directions(design, seen)
    blur = blur_covariance(seen) + common @ common.T
    same = np.flatnonzero(place[ones] == place[others])
    one, other = np.tril_indices(len(kinds))
    level, squeezed, gone = _expected_rows(design, seen)
    return Layout(
        areas=areas,
        place=place,
        upto=int(np.flatnonzero(seen.direction.any(axis=0)).max(initial=-1)) + 1,
        kinds=kinds,
        kind=kind,
        both=(kinds[one][:, :, None] * kinds[other][:, None, :]).reshape(len(one), kinds.shape[1] ** 2),
        along=_pair_of(kind, ones, others),
        first=areas[first],
        second=areas[second],
        across=_pair_of(place, ones, others),
        apart=np.column_stack([leaning[ones] * leaning[others], blur[ones, others]]),
        same=same,
        ones=ones[same],
        others=others[same],
        level=level,
        squeezed=squeezed,
        gone=gone,
    )


def _pair_of(kind: Places, ones: Places, others: Places) -> Places:
    """(pair,) the place in a lower triangle of what two observations are of."""
    high, low = np.maximum(kind[ones], kind[others]), np.minimum(kind[ones], kind[others])
    pair: Places = high * (high + 1) // 2 + low
    return pair


def _expected_rows(design: Design, seen: Observation) -> tuple[Array, Array, Array]:
    """What each observation expects of the baseline, by the squeeze and of departed options."""
    area, sees = seen.area, seen.direction
    lost = design.small * design.baseline
    gone, lost, gained = (about_polls(design, each, area) for each in (design.departed, lost, lost.sum(axis=1)))
    first, second = (sees[:, top] * gained for top in design.top)
    squeezed = np.column_stack([second - (sees * lost).sum(axis=1), first - second])
    return (sees * polls_level(design, area)).sum(axis=1), squeezed, gone[:, None] * sees
