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

from models.evidence import missed_by, observation_covariance, see
from models.gaussian import (
    Law,
    across_root,
    blur_covariance,
    companion_directions,
    mean_shares,
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


@dataclass(frozen=True, slots=True, eq=False)
class Drawing:
    """What each draw is made with, by its member; the first areas in the order are those observed.

    Parameters
    ----------
    order
        (area,) the areas that matter: those observed, then the others asked for.
    across, within
        (area, area, draw) A, in their order, and (candidate, candidate, draw) W.
    slopes
        (candidate, draw) SD of the slopes on the own baseline share.
    entrants
        (area, entrant, draw) SD of an entrant's share, in the order of areas.
    moves
        (entrant, candidate, draw) the entrant gains, the others lose.
    leaning
        (area, candidate, candidate) what the slope of the last moves each candidate's share by.
    """

    order: Places
    across: Array
    within: Array
    slopes: Array
    entrants: Array
    moves: Array
    leaning: Array


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
        (area asked for, candidate, draw) an extra swing, in SDs of an area's own along omega, which the observations do
        not know.
    """
    index = np.arange(law.bank.size) if index is None else index
    areas = np.arange(len(law.design.weight)) if areas is None else areas
    drawing = prepare(law, seen, areas, index)
    order = drawing.order
    moved = Path(
        path.along[order], path.slopes * drawing.slopes, path.entrants[order] * drawing.entrants, path.companion
    )
    if seen.size:
        move_path(drawing, seen, moved, gain_of(law, drawing, seen, moved, blur, index))
    places = np.argsort(order)[np.searchsorted(np.sort(order), areas)]
    along = multiply(drawing.across, moved.along, places)
    if shift is not None:
        along += shift * law.bank.area.take(index)
    shares = deviate(drawing, along, moved, places)
    shares += mean_shares(law, areas).take(index, axis=-1)
    return first(shares)


def prepare(law: Law, seen: Observation, areas: Places, index: Places) -> Drawing:
    """What the draws at the members of an index are made with."""
    heard = np.unique(seen.area)
    order = np.concatenate([heard, np.setdiff1d(areas, heard)])
    return Drawing(
        order=order,
        across=across_root(law, order).take(index, axis=-1),
        within=omega_root(law).take(index, axis=-1),
        slopes=last(law.bank.own_slope).take(index, axis=-1),
        entrants=law.sds[order].take(index, axis=-1),
        moves=law.moves.take(index, axis=-1),
        leaning=(law.design.baseline - law.design.mean)[order][:, None, :] * slope_shift(law.design).T,
    )


def deviate(drawing: Drawing, along: Array, path: Path, places: Places | slice) -> Array:
    """(area, candidate, draw) what swings, slopes and entrants add to the mean shares of areas at some places."""
    within, leaning = drawing.within, drawing.leaning[places]
    shares = np.tensordot(leaning, path.slopes, 1)
    for d in range(len(within)):
        shares[:, d] += np.einsum("cm,icm->im", within[d, : d + 1], along[:, : d + 1])
    for row, moves in enumerate(drawing.moves):
        shares += path.entrants[places, row][:, None] * moves
    return shares


def gain_of(law: Law, drawing: Drawing, seen: Observation, prior: Path, blur: Array, index: Places) -> Array:
    """(row, draw) inverse covariance of the observations, times what they are above those of the prior draw."""
    heard = np.arange(len(np.unique(seen.area)))
    missed = missed_by(law, seen).take(index, axis=-1)
    missed -= see(seen, deviate(drawing, multiply(drawing.across, prior.along, heard), prior, slice(len(heard))))
    missed -= np.linalg.cholesky(blur_covariance(seen)) @ blur
    if seen.companion.any():
        missed -= companion_directions(law.design, seen) @ prior.companion
    factor = root(observation_covariance(law, seen)).take(index, axis=-1)
    return solve_upper(factor, solve_lower(factor, missed))


def move_path(drawing: Drawing, seen: Observation, moved: Path, gain: Array) -> None:
    """Move a prior path, in place, to one given the observations: A'PW of swings, and of slopes and entrants alike."""
    across, within = drawing.across, drawing.within
    areas, place = np.unique(seen.area, return_inverse=True)
    pull = np.zeros((len(areas), len(within), gain.shape[1]))
    for row, candidate in np.argwhere(seen.direction):
        pull[place[row], candidate] += seen.direction[row, candidate] * gain[row]
    weighed = np.stack([np.einsum("cm,icm->im", within[d:, d], pull[:, d:]) for d in range(len(within))], axis=1)
    for b in range(len(areas)):
        moved.along[b] += np.einsum("am,acm->cm", across[b : len(areas), b], weighed[b:])
    leaning = drawing.leaning[: len(areas)].reshape(-1, len(within))
    moved.slopes[...] += drawing.slopes**2 * (leaning.T @ pull.reshape(len(leaning), -1))
    for row, moves in enumerate(drawing.moves):
        sds = drawing.entrants[: len(areas), row]
        moved.entrants[: len(areas), row] += sds**2 * np.einsum("icm,cm->im", pull, moves)


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
