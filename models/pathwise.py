"""Joint draws of shares given the news: a prior draw, moved by what the news missed it by.

Conditioning is pathwise: a joint prior draw of shares and observations is moved by the gain times what the observations
are above it, which leaves an exact draw from the conditional law and the same random numbers all night. With k = A A'
and omega = W W', prior deviations are A z W', and the gain g of observations h moves them by

    A (A' P W) W',    P_i = sum of g_r h_r over the observations r of area i

so that z itself is moved, and shares are worked out only for the areas asked for. Members and draws are the last axis
inside this module (`models.small_matrices`), the first outside it.

References
----------
Matheron's rule: Wilson et al. 2021, *Pathwise conditioning of Gaussian processes*, JMLR 22(105).
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from models.gaussian import (
    Law,
    across_root,
    blur_covariance,
    companion_directions,
    mean_shares,
    missed_by,
    observation_covariance,
    omega_root,
    slope_shift,
)
from models.observe import Observation
from models.small_matrices import first, last, multiply, root, solve_lower, solve_upper

__all__ = ["Path", "condition", "draw_path", "expected_shares"]

Array = NDArray[np.float64]
Places = NDArray[np.intp]


@dataclass(frozen=True, slots=True, eq=False)
class Path:
    """The standard normals of joint prior draws, the same all night.

    Parameters
    ----------
    along
        (area, candidate, draw) z: swings.
    slopes
        (candidate, draw) slopes on the own baseline share.
    entrants
        (area, entrant, draw) an entrant's deviation in each area.
    companion
        (2, draw) the other contest's common and proportional difference.
    """

    along: Array
    slopes: Array
    entrants: Array
    companion: Array

    def part(self, draws: slice) -> Path:
        """Draws next to each other, without a copy."""
        return Path(**{field.name: getattr(self, field.name)[..., draws] for field in fields(self)})


def draw_path(areas: int, candidates: int, entrants: int, draws: int, rng: np.random.Generator) -> Path:
    """The standard normals of so many joint prior draws."""
    return Path(
        along=rng.standard_normal((areas, candidates, draws)),
        slopes=rng.standard_normal((candidates, draws)),
        entrants=rng.standard_normal((areas, entrants, draws)),
        companion=rng.standard_normal((2, draws)),
    )


def condition(
    law: Law,
    seen: Observation,
    path: Path,
    blur: Array,
    *,
    index: Places | None = None,
    areas: Places | None = None,
    shift: Array | None = None,
) -> Array:
    """(draw, area, candidate) one joint draw of shares given the observations for each draw of the path.

    Parameters
    ----------
    path
        The draws' standard normals.
    blur
        (row, draw) standard normals of what blurs the observations.
    index
        (draw,) the member that each draw is made with; each its own if not given.
    areas
        Those whose shares are asked for; all if not given.
    shift
        (area, candidate, draw) an extra swing, in SDs of an area's own along omega, which the observations do not know.
    """
    index = np.arange(law.bank.size) if index is None else index
    areas = np.arange(len(law.design.weight)) if areas is None else areas
    heard = np.unique(seen.area)
    order = np.concatenate([heard, np.setdiff1d(areas, heard)])
    across, within = (each.take(index, axis=-1) for each in (across_root(law, order), omega_root(law)))
    moved = Path(path.along[order], scale_slopes(law, path, index), scale_entrants(law, path, index), path.companion)
    if seen.size:
        gain = gain_of(law, seen, moved, (across, within), blur, index)
        move_path(law, seen, moved, (across, within), gain, index)
    shares = mean_shares(law, areas).take(index, axis=-1)
    places = np.array([int(np.flatnonzero(order == area)[0]) for area in areas], dtype=np.intp)
    along = np.stack([np.einsum("bm,bcm->cm", across[i, : i + 1], moved.along[: i + 1]) for i in places])
    if shift is not None:
        along += shift[areas] * law.bank.area[index]
    add_deviations(law, shares, areas, along, moved, within, index)
    return first(shares)


def scale_slopes(law: Law, path: Path, index: Places) -> Array:
    """(candidate, draw) slopes on the own baseline share, before the news."""
    return path.slopes * last(law.bank.own_slope).take(index, axis=-1)


def scale_entrants(law: Law, path: Path, index: Places) -> Array:
    """(area, entrant, draw) an entrant's deviations, before the news."""
    return path.entrants * law.sds.take(index, axis=-1)


def add_deviations(
    law: Law, shares: Array, areas: Places, along: Array, moved: Path, within: Array, index: Places
) -> None:
    """Add, in place, to the mean shares of some areas what swings, slopes and entrants make of them."""
    shares += np.stack([np.einsum("cm,icm->im", within[d, : d + 1], along[:, : d + 1]) for d in range(len(within))], 1)
    excess = (law.design.baseline - law.design.mean)[areas]
    leaning = excess[:, None, :] * slope_shift(law.design).T  # (area, candidate, whose slope)
    shares += np.tensordot(leaning, moved.slopes, 1)
    for row in range(len(law.design.entrants)):
        shares += moved.entrants[areas, row][:, None] * law.moves[row].take(index, axis=-1)


def gain_of(law: Law, seen: Observation, prior: Path, roots: tuple[Array, Array], blur: Array, index: Places) -> Array:
    """(row, draw) inverse covariance of the observations, times what they are above those of the prior draw."""
    across, within = roots
    areas, place = np.unique(seen.area, return_inverse=True)
    imagined = np.zeros((len(areas), len(within), len(index)))
    along = multiply(across[: len(areas), : len(areas)], prior.along[: len(areas)])
    add_deviations(law, imagined, areas, along, prior, within, index)
    felt = np.einsum("rc,rcm->rm", seen.direction, imagined[place])
    felt += np.linalg.cholesky(blur_covariance(seen)) @ blur
    felt += companion_directions(law.design, seen) @ prior.companion
    factor = root(observation_covariance(law, seen)).take(index, axis=-1)
    return solve_upper(factor, solve_lower(factor, missed_by(law, seen).take(index, axis=-1) - felt))


def move_path(law: Law, seen: Observation, moved: Path, roots: tuple[Array, Array], gain: Array, index: Places) -> None:
    """Move a prior path, in place, to one given the observations: A'PW of swings, and of slopes and entrants alike."""
    across, within = roots
    areas, place = np.unique(seen.area, return_inverse=True)
    pull = np.zeros((len(areas), len(within), len(index)))
    for row, area in enumerate(place):
        for candidate in np.flatnonzero(seen.direction[row]):
            pull[area, candidate] += seen.direction[row, candidate] * gain[row]
    weighed = np.stack([np.einsum("cm,icm->im", within[d:, d], pull[:, d:]) for d in range(len(within))], axis=1)
    for b in range(len(areas)):
        moved.along[b] += np.einsum("am,acm->cm", across[b : len(areas), b], weighed[b:])
    leaning = (law.design.baseline - law.design.mean)[areas][:, None, :] * slope_shift(law.design).T
    pulled = np.tensordot(leaning.reshape(-1, len(within)).T, pull.reshape(-1, len(index)), 1)
    moved.slopes[...] += last(law.bank.own_slope).take(index, axis=-1) ** 2 * pulled
    for row in range(len(law.design.entrants)):
        felt = np.einsum("icm,cm->im", pull, law.moves[row].take(index, axis=-1))
        moved.entrants[areas, row] += law.sds[areas, row].take(index, axis=-1) ** 2 * felt


def expected_shares(law: Law, seen: Observation) -> Array:
    """(member, area, candidate) shares expected given the observations: the draw whose normals are all zero."""
    (areas, candidates), members = law.design.baseline.shape, law.bank.size
    path = Path(
        along=np.zeros((areas, candidates, members)),
        slopes=np.zeros((candidates, members)),
        entrants=np.zeros((areas, len(law.design.entrants), members)),
        companion=np.zeros((2, members)),
    )
    return condition(law, seen, path, np.zeros((seen.size, members)))
