"""What the night's engine would expect of a declared area had it not declared: the measure of how surprising it is.

For each bank member the law of an area's figures given all the others is Gaussian and comes from the inverse of
the observations' covariance S, without leaving anything out by hand:

    y_a | y_-a, theta ~ N(y_a - (S^-1)_aa^-1 (S^-1 (y - m))_a, (S^-1)_aa^-1)

Members are weighed anew by one over the density of y_a, which takes back what the area said of theta. The extra
shift of areas outstanding is added, since the area would be one of them. Weights cannot bring back members that the
news has ruled out, so that of a very surprising area, an entrant's stronghold, this says less than a refit would. Valid
votes are those of `models.turnout` given the other areas and the area's ballots, where they came before its votes.

References
----------
Leave-one-out: Rasmussen & Williams 2006, *Gaussian Processes for Machine Learning*, section 5.4.2.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from forecast.alarms.alarm import Expected
from forecast.tally import Status, Tally
from models.bank import Bank
from models.design import Design
from models.evidence import covariance_root, news_pieces
from models.forward import imbalance
from models.gaussian import law_of, thicken
from models.observe import Observation
from models.small_matrices import first, invert, last, root, solve_lower, solve_upper
from models.turnout import draw_valid, forget_votes
from models.weights import resample

__all__ = ["LeftOut", "expect_valid_without", "expect_without"]

Array = NDArray[np.float64]

DRAWS = 2_000
GROUPED = 1.25  # variance of the outstanding shift: common, and half of it again by sub-region


@dataclass(frozen=True, eq=False)
class LeftOut(Mapping[int, Expected]):
    """Area to what is expected of each declared area without its votes; worked out when looked at."""

    design: Design
    tally: Tally
    bank: Bank
    log_weight: Array
    seen: Observation
    seed: int

    @cached_property
    def found(self) -> Mapping[int, Expected]:
        """What is expected, from as many members as `DRAWS`."""
        members = self.bank.take(resample(self.log_weight, DRAWS))
        rng = np.random.default_rng([self.seed, DRAWS])
        shares = expect_without(self.design, self.tally, members, self.seen, rng)
        return {area: Expected(share, self._expect_valid(area)) for area, share in shares.items()}

    def _expect_valid(self, area: int) -> Array:
        rng = np.random.default_rng([self.seed, DRAWS, area])
        return draw_valid(self.design, forget_votes(self.tally, area), DRAWS, rng)[:, area]

    def __getitem__(self, area: int) -> Expected:
        return self.found[area]

    def __iter__(self) -> Iterator[int]:
        return iter(self.found)

    def __len__(self) -> int:
        return len(self.found)


def expect_valid_without(design: Design, tally: Tally, seed: int, areas: NDArray[np.intp]) -> Mapping[int, Array]:
    """(draw,) valid votes expected of areas, by position, without their ballots."""
    less = {area: forget_votes(tally, area, ballots_too=True) for area in areas.tolist()}
    return {
        area: draw_valid(design, each, DRAWS, np.random.default_rng([seed, DRAWS, area]))[:, area]
        for area, each in less.items()
    }


def expect_without(
    design: Design, tally: Tally, members: Bank, seen: Observation, rng: np.random.Generator
) -> Mapping[int, Array]:
    """Area to (member, candidate) shares expected of it without its votes, for each area that has declared some.

    Parameters
    ----------
    members
        Equally weighted members given all the news.

    Notes
    -----
    Shares of candidates whom the area has not reported are left at 0.
    """
    areas = [int(area) for area in np.unique(seen.area[seen.companion == 0.0]) if tally.declared[area]]
    if not areas:
        return {}
    law = law_of(design, members)
    pieces = news_pieces(law, seen)
    inverse = invert(covariance_root(pieces))
    pulled = np.einsum("rsm,sm->rm", inverse, pieces.missed)
    noise = rng.standard_normal((len(design.mean), members.size))
    return {area: _expect_one(design, tally, members, seen, area, inverse, pulled, noise) for area in areas}


def _expect_one(
    design: Design,
    tally: Tally,
    members: Bank,
    seen: Observation,
    area: int,
    inverse: Array,
    pulled: Array,
    noise: Array,
) -> Array:
    rows = np.flatnonzero((seen.area == area) & (seen.companion == 0.0))
    directions = seen.direction[rows]
    precision = root(inverse[rows[:, None], rows])
    off = solve_upper(precision, solve_lower(precision, pulled[rows]))
    chosen = _without(precision, pulled[rows])
    along = (np.kron(directions, directions) @ last(members.omega).reshape(-1, members.size)).reshape(precision.shape)
    widened = invert(precision) + _shift_variance(design, tally, area) * members.area**2 * along
    spread = np.einsum("rsm,sm->rm", root(thicken(widened)).take(chosen, axis=-1), noise[: rows.size])
    shares = np.zeros((len(design.mean), members.size))
    shares[directions.argmax(axis=1)] = seen.value[rows, None] - off.take(chosen, axis=-1) + spread
    if design.link is not None:
        shares = design.link.unlink_some(shares, area, directions.any(axis=0))
        return first(shares * np.isfinite(tally.votes[area])[:, None])
    _add_last(shares, tally, area, rows.size)
    return first(shares)


def _without(precision: Array, pulled: Array) -> NDArray[np.intp]:
    """(member,) members resampled by one over the density of the area's figures, whose precision has this factor."""
    whitened = solve_lower(precision, pulled)
    log_density = -0.5 * (whitened**2).sum(axis=0) + np.log(np.einsum("rrm->rm", precision)).sum(axis=0)
    return resample(-log_density, len(log_density))


def _shift_variance(design: Design, tally: Tally, area: int) -> float:
    """Variance, in units of an area's own, of the shift the area would share with those outstanding."""
    status = tally.status.copy()
    status[area] = Status.VERIFIED
    counted = status >= Status.PROVISIONAL
    if not counted.any():
        return 0.0
    strength = design.priors.discrepancy * (0.25 + 0.75 * imbalance(design, replace(tally, status=status)))
    return float(GROUPED * strength**2)


def _add_last(shares: Array, tally: Tally, area: int, seen: int) -> None:
    """Where everybody is reported, the one left out of the observations has what the others leave."""
    reported = np.flatnonzero(np.isfinite(tally.votes[area]) & tally.contest.standing[area])
    if reported.size == tally.contest.standing[area].sum() and reported.size == seen + 1:
        shares[reported[-1]] = 1.0 - shares.sum(axis=0)
