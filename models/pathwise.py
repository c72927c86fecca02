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

from models.design import Design
from models.evidence import covariance_root, news_pieces
from models.gaussian import (
    Law,
    across_pairs,
    across_root,
    blur_covariance,
    companion_directions,
    leaning_of,
    mean_shares,
    omega_root,
)
from models.given_news import Draws, Members, News, condition_draws
from models.layout import lay_out
from models.observe import Observation
from models.small_matrices import first, last

__all__ = ["Path", "Shift", "condition", "draw_path", "expected_shares"]

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
class Shift:
    """A swing that some areas have in common, which the observations do not know; half as large again by sub-region.

    Parameters
    ----------
    normals
        (1 + group, candidate, draw) standard normals: of the contest, and of each sub-region.
    strength
        (area,) its SD, in SDs of an area's own swing.
    group
        (area,) the sub-region of each.
    """

    normals: Array
    strength: Array
    group: Places

    @classmethod
    def none(cls, design: Design, draws: int) -> Shift:
        """No shift at all."""
        areas, candidates = design.baseline.shape
        return cls(np.zeros((2, candidates, draws)), np.zeros(areas), np.zeros(areas, np.intp))


def condition(
    law: Law,
    seen: Observation,
    path: Path,
    blur: Array,
    *,
    index: Places | None = None,
    areas: Places | None = None,
    shift: Shift | None = None,
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
        An extra swing, which the observations do not know.
    """
    design, bank, layout = law.design, law.bank, lay_out(law.design, seen)
    index = np.arange(bank.size) if index is None else index
    areas = np.arange(len(design.weight)) if areas is None else areas
    shift = Shift.none(design, len(index)) if shift is None else shift
    order = np.concatenate([layout.areas, np.setdiff1d(areas, layout.areas)])
    places = np.argsort(order)[np.searchsorted(np.sort(order), areas)]
    rows, columns = np.tril_indices(len(order))
    pairs = across_pairs(law, order[rows], order[columns])
    pieces = news_pieces(law, seen, across=pairs[: len(layout.first)])
    members = Members(
        *(across_root(pairs, len(order)), omega_root(law)),
        *(last(bank.own_slope), law.sds[order], bank.area[None], law.moves),
        *(mean_shares(law, areas), covariance_root(pieces), pieces.missed),
    )
    draws = Draws(path.along, path.slopes, path.entrants, blur_of(design, seen, path, blur), shift.normals)
    leaning = leaning_of(design, order)
    by_leaning = (leaning.own, leaning.others, leaning.mean, shift.strength[areas], shift.group[areas])
    news = News(order, places, layout.place, seen.direction, layout.upto, *by_leaning)
    (shares,) = condition_draws(index, members, draws, news)
    return first(shares)


def blur_of(design: Design, seen: Observation, path: Path, blur: Array) -> Array:
    """(row, draw) what blurs the observations, and what the other contest's differ by, in draws of standard normals."""
    noise: Array = np.linalg.cholesky(blur_covariance(seen)) @ blur
    if seen.companion.any():
        noise += companion_directions(design, seen) @ path.companion
    return noise


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
