"""The Gaussian law of area shares given a bank member: means and covariances.

Only what is asked for is worked out: the mean of some areas, the covariance k of some pairs of them (`models.bank` has
the equation). Members are the last axis here (`models.small_matrices`).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from models.bank import Bank
from models.design import Design
from models.observe import Observation
from models.single import exp_single
from models.small_matrices import first, last, root, root_pairs

__all__ = [
    "Law",
    "Leaning",
    "about_polls",
    "across_pairs",
    "across_root",
    "blur_covariance",
    "companion_directions",
    "law_of",
    "leaning_of",
    "level_shift",
    "mean_shares",
    "omega_root",
    "polls_level",
    "psd_root",
    "thicken",
]

Array = NDArray[np.float64]
Places = NDArray[np.intp]


@dataclass(frozen=True, slots=True, eq=False)
class Law:
    """Gaussian law of shares for each bank member, worked out for the areas that are asked for.

    Parameters
    ----------
    levels
        (area, entrant, member) expected share of each entrant.
    sds
        (area, entrant, member) SD of an entrant's share.
    moves
        (entrant, candidate, member) the entrant gains, the others lose.
    """

    design: Design
    bank: Bank
    levels: Array
    sds: Array
    moves: Array

    def renew(self, bank: Bank, names: Collection[str]) -> Law:
        """The law of another bank, which differs in the named fields alone."""
        if {"level", "slope", "spread"}.isdisjoint(names):
            return replace(
                self, bank=bank, moves=self.moves if "takes" not in names else entrant_moves(self.design, bank)
            )
        return law_of(self.design, bank)

    def choose(self, other: Law, chosen: NDArray[np.bool_]) -> Law:
        """``other`` where ``chosen`` (member,), else this."""
        pairs = {name: (getattr(self, name), getattr(other, name)) for name in ("levels", "sds", "moves")}
        changed = {name: np.where(chosen, theirs, ours) for name, (ours, theirs) in pairs.items() if theirs is not ours}
        return replace(self, bank=self.bank.choose(other.bank, chosen), **changed)


def law_of(design: Design, bank: Bank) -> Law:
    """The law each member of a bank stands for."""
    levels = entrant_levels(design, bank)
    sds = levels * (1.0 - levels)
    if design.link is not None:
        sds = design.link.scale[list(design.entrants), None] * (levels > 0.0)
    return Law(design, bank, levels, sds * last(bank.spread).swapaxes(0, 1), entrant_moves(design, bank))


def entrant_moves(design: Design, bank: Bank) -> Array:
    """(entrant, candidate, member) the entrant gains, the others lose."""
    moves: Array = -last(bank.takes)
    for row, entrant in enumerate(design.entrants):
        moves[row, entrant] += 1.0
    return moves


def entrant_levels(design: Design, bank: Bank) -> Array:
    """(area, entrant, member) expected share of each entrant."""
    along = np.tensordot(design.covariates, last(bank.slope).swapaxes(0, 1), 1)
    logit = last(bank.level - level_shift(design, bank.slope)) + along
    standing = design.contest.standing[:, list(design.entrants)]
    shares: Array = standing[:, :, None] / (1.0 + exp_single(-logit))
    return shares


def level_shift(design: Design, slope: Array) -> Array:
    """(member, entrant) log of what slopes alone multiply the contest-wide share by."""
    along = np.tensordot(design.covariates, last(slope).swapaxes(0, 1), 1)
    return first(np.log(np.tensordot(design.weight, exp_single(along), 1)))


@dataclass(frozen=True, slots=True, eq=False)
class Leaning:
    """What slopes on the own baseline share move: a candidate gains, the others lose in proportion to the baseline.

    A slope s of each moves an area's shares by ``own`` s less ``mean`` times the area's sum of ``others`` s.

    Parameters
    ----------
    own, others
        (area, candidate)
    mean
        (candidate,) contest-wide shares at the baseline.
    """

    own: Array
    others: Array
    mean: Array


def leaning_of(design: Design, areas: Places) -> Leaning:
    """How slopes move the shares of some areas."""
    mean, excess = design.mean, (design.baseline - design.mean)[areas]
    rest = np.maximum(mean.sum() - mean, 1e-12)
    return Leaning(own=excess * (1.0 + mean / rest), others=excess / rest, mean=mean)


def mean_shares(law: Law, areas: Places) -> Array:
    """(area, candidate, member) baseline, departed options, squeeze, entrants and the level of the polls.

    Polls give the contest's level, so that where there are any the rest counts by what it differs from its mean.
    """
    design, bank = law.design, law.bank
    lost = design.small * design.baseline
    gone, lost, gained = (about_polls(design, each, areas) for each in (design.departed, lost, lost.sum(axis=1)))
    mean = np.repeat(polls_level(design, areas)[:, :, None], bank.size, axis=2)
    if design.departed.any():
        mean += gone[:, None, None] * last(bank.departed)
    if design.squeezed:
        mean -= lost[:, :, None] * bank.squeeze
        mean[:, design.top[0]] += gained[:, None] * (bank.squeeze * bank.squeezed_to)
        mean[:, design.top[1]] += gained[:, None] * (bank.squeeze * (1.0 - bank.squeezed_to))
    for row, entrant in enumerate(design.entrants):
        polled = design.expected[entrant] if design.polled else 0.0
        mean += (law.levels[areas, row] - polled)[:, None] * law.moves[row]
    return mean if design.link is None else design.link.link_mean(mean, areas)


def polls_level(design: Design, areas: Places) -> Array:
    """(area, candidate) baseline shares of some areas; where there are polls, moved alike to the level of these."""
    level: Array = design.baseline[areas] + (design.expected - design.mean if design.polled else 0.0)
    return level


def about_polls(design: Design, values: Array, areas: Places) -> Array:
    """(area, …) values of some areas; where there are polls, less the contest's mean of them."""
    return values[areas] - design.weight @ values if design.polled else values[areas]


def across_pairs(law: Law, one: Places, other: Places) -> Array:
    """(pair, member) k: covariance along omega of pairs of areas, by contest swing, covariates and own deviations.

    How close areas are, and how their size tells, are worked out to single precision: to 1e-7 of an area's variance.
    """
    design, bank = law.design, law.bank
    gaps = design.positions[one] - design.positions[other]
    distance = (gaps**2).sum(axis=1) / max(design.positions.shape[1], 1)
    across = exp_single(np.outer(distance, -0.5 / bank.length**2))
    across[design.same_group[one, other] > 0] += 1.0
    variance = bank.area**2
    across *= 0.5 * bank.correlated * variance
    own = np.flatnonzero(one == other)
    sizes = exp_single(np.outer(-design.log_size[one[own]], bank.size_exponent))
    sizes *= (1.0 - bank.correlated) * variance
    across[own] += sizes / last(bank.weight)[one[own]]
    across += bank.swing**2
    covariates = design.priors.covariate_sd**2 * (design.covariates[one] * design.covariates[other]).sum(axis=1)
    if covariates.any():
        across += covariates[:, None]
    return across


def across_root(pairs: Array, areas: int) -> Array:
    """(area, area, member) A: the factor of k between some areas, a hair of the diagonal added."""
    (factor,) = root_pairs(pairs, areas, 1e-9)
    return factor


def omega_root(law: Law) -> Array:
    """(candidate, candidate, member) W: the factor of omega, a hair of the diagonal added."""
    return root(thicken(last(law.bank.omega).copy()))


def thicken(matrices: Array) -> Array:
    """(row, column, member) matrices with a hair added to their diagonals, in place: some have no inverse."""
    diagonal = np.einsum("iim->im", matrices)  # a view, to be written to
    diagonal += 1e-9 * diagonal.sum(axis=0)
    return matrices


def blur_covariance(seen: Observation) -> Array:
    """(row, row) covariance of what blurs the figures, a hair of the diagonal added."""
    return seen.noise + 1e-9 * np.eye(seen.size)


def companion_directions(design: Design, seen: Observation) -> Array:
    """(row, 2) what one SD of the other contest's common and proportional difference adds to each figure."""
    lead = ((design.baseline - design.mean) @ design.lead)[seen.area]
    sds = np.array([design.priors.companion_offset_sd, design.priors.companion_slope_sd])
    return seen.companion[:, None] * np.column_stack([np.ones(seen.size), lead]) * sds


def psd_root(matrices: Array) -> Array:
    """Lower factors of positive semi-definite matrices (…, n, n), a hair of the diagonal added."""
    size = matrices.shape[-1]
    jitter = 1e-9 * np.trace(matrices, axis1=-2, axis2=-1)[..., None, None] * np.eye(size)
    factors: Array = np.linalg.cholesky(matrices + jitter)
    return factors
