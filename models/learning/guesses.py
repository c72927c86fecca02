"""What each contest says of itself alone: where a sampler's own coordinates are centred, which alters no law."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.learning.evidence import PastContest

__all__ = ["Guess", "Guesses", "Regions", "guess", "regions_of"]

Array = NDArray[np.float64]

SPREAD = 1.483 / 1.1  # a median deviation as the scale of a Student t with some six degrees of freedom
LEAST = 1e-4


@dataclass(frozen=True, slots=True, eq=False)
class Guess:
    """An estimate of each of some unknowns, and its standard error."""

    at: Array
    error: Array


@dataclass(frozen=True, slots=True, eq=False)
class Regions:
    """Regions of the contests that have them.

    Parameters
    ----------
    of, apart
        (region,) of which contest, and whether it is one of those that have gone their own way.
    place
        (area,) where an area, those of all contests in one row, finds its swing among contests' and then regions'.
    """

    of: NDArray[np.intp]
    apart: NDArray[np.bool_]
    place: NDArray[np.intp]


@dataclass(frozen=True, slots=True, eq=False)
class Guesses:
    """Guesses by contest, but for ``region`` by region: swings of regions, slopes, logs of scales, turnout."""

    region: Guess
    slope: Guess
    log_area: Guess
    turnout: Guess
    log_turnout: Guess


def regions_of(past: Sequence[PastContest]) -> Regions:
    """The regions of those contests that have more than one."""
    pairs = [(j, g) for j, each in enumerate(past) for g in np.unique(each.group) if each.group.any()]
    where = {pair: len(past) + position for position, pair in enumerate(pairs)}
    return Regions(
        np.array([j for j, _ in pairs], dtype=int),
        np.array([past[j].apart[past[j].group == g].any() for j, g in pairs], dtype=bool),
        np.array([where.get((j, g), j) for j, each in enumerate(past) for g in each.group]),
    )


def guess(past: Sequence[PastContest]) -> Guesses:
    """Least squares within each contest on its lead and regions, and median deviations from it."""
    lines = [_line(each) for each in past]
    areas = np.array([len(each.swing) for each in past])
    scale = np.array([spread for *_, spread in lines])
    turnouts = np.array([np.median(each.turnout) for each in past])
    own = np.array([_spread(each.turnout - middle) for each, middle in zip(past, turnouts, strict=True)])
    of_regions = [(middle[0], middle[1]) for each, (middle, _, _) in zip(past, lines, strict=True) if each.group.any()]
    at, error = (
        np.concatenate([*columns, []]) for columns in (zip(*of_regions, strict=True) if of_regions else ((), ()))
    )
    slopes = np.array([slope for _, slope, _ in lines])
    return Guesses(
        Guess(at, error),
        Guess(slopes[:, 0], slopes[:, 1]),
        Guess(np.log(scale), 1.0 / np.sqrt(areas)),
        Guess(turnouts, 1.2 * own / np.sqrt(areas)),
        Guess(np.log(own), 1.0 / np.sqrt(areas)),
    )


def _line(past: PastContest) -> tuple[tuple[Array, Array], tuple[float, float], float]:
    """Levels of the regions and the slope on the lead, each with its standard error, and what areas differ by."""
    x = np.column_stack([past.group[:, None] == np.unique(past.group), past.lead])
    inverse = np.linalg.inv(x.T @ x + 1e-6 * np.eye(x.shape[1]))
    found = inverse @ x.T @ past.swing
    spread = _spread(past.swing - x @ found, x.shape[1])
    error = spread * np.sqrt(np.diag(inverse))
    return (found[:-1], error[:-1]), (float(found[-1]), float(error[-1])), spread


def _spread(residual: Array, fitted: int = 1) -> float:
    """Scale of residuals, those of which so many numbers were fitted."""
    lost = np.sqrt(len(residual) / max(len(residual) - fitted, 1))
    return max(float(SPREAD * lost * np.median(np.abs(residual))), LEAST)
