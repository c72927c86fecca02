"""What the regression would expect of a declared area had it not declared, where that is worth asking.

States of the sampler are weighed anew by one over the density of the area's figures, a Student-t, which takes back what
the area said; the shift of areas outstanding is added, since the area would be one of them. Valid votes are those of
its ballots, where they came before its votes, or as the other areas' turnout has them. Only the areas furthest out
under the states as they are get an answer, all their candidates being reported: of hundreds, the others could raise no
red alarm.

References
----------
Importance-sampling leave-one-out: Gelfand, Dey & Chang 1992; Vehtari, Gelman & Gabry 2017,
doi:10.1007/s11222-016-9696-4.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import lgamma

import numpy as np
from numpy.typing import NDArray

from forecast.alarms.alarm import Expected
from forecast.tally import Status, Tally
from models.drawing import unlikeness
from models.many_areas import draw_area_valid, read_turnout
from models.priors import Priors
from models.regressors import Regressors, expected_size
from models.states import State, roots
from models.weights import resample

__all__ = ["LeftOutMany", "Seen", "expect_valid_without", "expect_without", "find_far"]

Array = NDArray[np.float64]
Index = NDArray[np.intp]

DRAWS = 1_000
EVERY = 10  # so many-th states say which areas are far out
FAR = 9.0  # mean squared distance less one for each candidate, in units of the covariance: three standard deviations
MOST = 16  # areas looked at, those furthest out
GROUPED = 1.25  # variance of the outstanding shift, as in `models.left_out`


@dataclass(frozen=True, eq=False)
class Seen:
    """A block, the (area, candidate) shares known in it and the states of its sampler given them."""

    block: Regressors
    shares: Array
    states: Sequence[State]

    @cached_property
    def coefficients(self) -> Array:
        """(state, column, candidate)."""
        return np.array([state.coefficients for state in self.states])

    @cached_property
    def omegas(self) -> Array:
        """(state, candidate, candidate) covariances."""
        return np.array([state.omega for state in self.states])

    @cached_property
    def tails(self) -> Array:
        """(state,) degrees of freedom."""
        return np.array([state.tail for state in self.states])

    @cached_property
    def factors(self) -> Array:
        """(state, candidate, candidate) lower factors of the covariances."""
        return roots(self.omegas)


@dataclass(frozen=True, eq=False)
class LeftOutMany(Mapping[int, Expected]):
    """Area to what is expected of it without its votes, of areas far out; worked out when looked at."""

    tally: Tally
    seen: Sequence[Seen]
    priors: Priors
    seed: int

    @cached_property
    def found(self) -> Mapping[int, Expected]:
        """What is expected, of the areas furthest out."""
        candidates, status = len(self.tally.contest.candidates), self.tally.status
        far = [(excess, seen, row) for seen in self.seen for row, excess in find_far(seen, status)]
        found: dict[int, Expected] = {}
        for _, seen, row in sorted(far, key=lambda each: -each[0])[:MOST]:
            area = int(seen.block.areas[row])
            rng = np.random.default_rng([self.seed, DRAWS, area])
            share = np.zeros((DRAWS, candidates))
            share[:, seen.block.candidates] = expect_without(seen, row, status, self.priors, rng)
            found[area] = Expected(share, draw_area_valid(self.tally, area, self.priors, DRAWS, rng))
        return found

    def __getitem__(self, area: int) -> Expected:
        return self.found[area]

    def __iter__(self) -> Iterator[int]:
        return iter(self.found)

    def __len__(self) -> int:
        return len(self.found)


def find_far(seen: Seen, status: NDArray[np.int8]) -> Iterator[tuple[int, float]]:
    """Rows of a block whose figures are far out, and by how much; ``status`` (area,) of the contest."""
    block, standing = seen.block, seen.block.standing
    known = np.isfinite(np.where(standing, seen.shares, 0.0)).all(axis=1)
    counted = (status[block.areas] >= Status.PROVISIONAL) & known
    for pattern in np.unique(standing[counted], axis=0):
        rows, present = np.flatnonzero(counted & (standing == pattern).all(axis=1)), np.flatnonzero(pattern)
        every = slice(None, None, EVERY)
        excess = _distances(seen, rows, present, every, _factors(seen, present, every)).mean(axis=0) - len(present)
        far = excess > FAR
        yield from zip(rows[far].tolist(), excess[far].tolist(), strict=True)


def _distances(seen: Seen, rows: Index, present: Index, states: slice, factors: Array) -> Array:
    """(state, area) squared distances of what areas reported from what is expected, in units of the covariance."""
    block = seen.block
    change = (seen.shares - block.baseline)[np.ix_(rows, present)]
    expected = block.x[rows] @ seen.coefficients[states][:, :, present]
    off = np.linalg.solve(factors, (change - expected).transpose(0, 2, 1))
    squared: Array = (off**2).sum(axis=1)
    return squared


def _factors(seen: Seen, present: Index, states: slice) -> Array:
    """(state, candidate, candidate) lower factors of the covariance of candidates present."""
    return roots(seen.omegas[states][:, present[:, None], present])


def log_density(seen: Seen, row: int) -> Array:
    """(state,) log density of what an area reported, without what all states have in common."""
    present = np.flatnonzero(seen.block.standing[row])
    factors = _factors(seen, present, slice(None))
    squared = _distances(seen, np.array([row]), present, slice(None), factors)[:, 0]
    size, nu = len(present), seen.tails
    scale = np.log(np.einsum("sii->si", factors)).sum(axis=1)
    kinds, which = np.unique(nu, return_inverse=True)
    constant = np.array([lgamma((each + size) / 2) - lgamma(each / 2) for each in kinds])[which] - size / 2 * np.log(nu)
    density: Array = constant - scale - (nu + size) / 2 * np.log1p(squared / nu)
    return density


def expect_without(seen: Seen, row: int, status: NDArray[np.int8], priors: Priors, rng: np.random.Generator) -> Array:
    """(draw, candidate of the block) shares expected of an area, floored and summing to one as those outstanding.

    Parameters
    ----------
    row
        Position of the area in the block.
    status
        (area,) of the contest.
    """
    block, chosen = seen.block, resample(-log_density(seen, row), DRAWS)
    waiting = status[block.areas]
    waiting[row] = Status.VERIFIED
    strength = priors.discrepancy * unlikeness(block, waiting)
    tail = seen.tails[chosen]
    weight = rng.standard_gamma(tail / 2.0) * 2.0 / tail
    scale = np.sqrt(1.0 / weight + GROUPED * strength**2)
    middle = block.baseline[row] + block.x[row] @ seen.coefficients
    noise = rng.standard_normal((DRAWS, len(block.scale)))
    z = middle[chosen] + scale[:, None] * np.einsum("dck,dk->dc", seen.factors[chosen], noise)
    soft = priors.floor * np.logaddexp(0.0, z / priors.floor) * block.standing[row]
    drawn: Array = soft / soft.sum(axis=1, keepdims=True)
    return drawn


def expect_valid_without(tally: Tally, priors: Priors, seed: int, areas: Index) -> Mapping[int, Array]:
    """(draw,) valid votes expected without their ballots of the areas furthest from the turnout of all, by position."""
    centre = read_turnout(tally.contest, tally, priors).centre
    off = np.abs(
        np.log(tally.ballots[areas] * (1.0 - priors.reject_mean) / expected_size(tally.contest)[areas]) - centre
    )
    return {
        area: draw_area_valid(tally, area, priors, DRAWS, np.random.default_rng([seed, DRAWS, area]), ballots_too=True)
        for area in areas[np.argsort(-off, kind="stable")[:MOST]].tolist()
    }
