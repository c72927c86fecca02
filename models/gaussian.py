"""The Gaussian law of area shares given a bank member: means, covariances, prior draws, and conditioning on news.

Draws are conditioned pathwise: a joint prior draw of shares and observations is moved by the gain times what the
observations missed it by, which leaves an exact draw from the conditional law and the same random numbers all night.

References
----------
Matheron's rule: Wilson et al. 2021, *Pathwise conditioning of Gaussian processes*, JMLR 22(105).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.bank import Bank
from models.design import Design
from models.observe import Observation

__all__ = ["Law", "condition", "law_of", "log_likelihood", "prior_shares"]

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Law:
    """Gaussian law of shares for each bank member.

    Parameters
    ----------
    mean
        (member, area, candidate) expected shares.
    across
        (member, area, area) k: covariance of areas along ``omega``.
    omega
        (member, candidate, candidate).
    own_slope
        (member, candidate) variance of the slopes on the own baseline share.
    excess
        (area, candidate) baseline share less the contest's: what those slopes multiply.
    shift
        (candidate, candidate) row c: who loses when c gains by its slope.
    entrant
        (member, entrant, area) SD of an entrant's share.
    moves
        (member, entrant, candidate) the entrant gains, the others lose.
    companion
        (area,) baseline half-lead less the contest's, along which another contest may differ.
    offset, slope
        Variances of the other contest's common and proportional difference.
    """

    mean: Array
    across: Array
    omega: Array
    own_slope: Array
    excess: Array
    shift: Array
    entrant: Array
    moves: Array
    companion: Array
    offset: float
    slope: float


def law_of(design: Design, bank: Bank) -> Law:
    """The law each member of a bank stands for."""
    shares = entrant_levels(design, bank)
    moves = -bank.takes.copy()
    for row, entrant in enumerate(design.entrants):
        moves[:, row, entrant] += 1.0
    excess = design.baseline - design.mean
    return Law(
        mean=_mean_shares(design, bank, shares, moves),
        across=across_areas(design, bank),
        omega=bank.omega,
        own_slope=bank.own_slope**2,
        excess=excess,
        shift=slope_shift(design),
        entrant=shares * (1.0 - shares) * bank.spread,
        moves=moves,
        companion=excess @ design.lead,
        offset=design.priors.companion_offset_sd**2,
        slope=design.priors.companion_slope_sd**2,
    )


def entrant_levels(design: Design, bank: Bank) -> Array:
    """(member, entrant, area) expected share of each entrant."""
    along = np.einsum("mek,ik->mei", bank.slope, design.covariates)
    logit = bank.level[:, :, None] + along - level_shift(design, bank.slope)[:, :, None]
    standing = design.contest.standing[:, list(design.entrants)].T
    shares: Array = standing / (1.0 + np.exp(-logit))
    return shares


def level_shift(design: Design, slope: Array) -> Array:
    """(member, entrant) log of what slopes alone multiply the contest-wide share by."""
    along = np.einsum("mek,ik->mei", slope, design.covariates)
    shift: Array = np.log(np.exp(along) @ design.weight)
    return shift


def slope_shift(design: Design) -> Array:
    """(candidate, candidate) row c: +1 for c, the others losing in proportion to the contest's baseline."""
    mean = design.mean
    others = mean[None, :] / np.maximum(mean.sum() - mean[:, None], 1e-12)
    shift = np.where(np.eye(len(mean)) > 0, 1.0, -others)
    shift[list(design.entrants)] = 0.0
    return shift


def across_areas(design: Design, bank: Bank) -> Array:
    """(member, area, area) k: contest swing, covariate slopes and area deviations."""
    covariates, positions = design.covariates, design.positions
    shared = bank.swing[:, None, None] ** 2 + design.priors.covariate_sd**2 * (covariates @ covariates.T)
    correlated = bank.correlated[:, None, None] * kernel(design, bank.length)
    own = (1.0 - bank.correlated)[:, None] * np.exp(-bank.size_exponent[:, None] * design.log_size) / bank.weight
    areas = np.arange(len(positions))
    correlated[:, areas, areas] += own
    total: Array = shared + bank.area[:, None, None] ** 2 * correlated
    return total


def kernel(design: Design, length: Array) -> Array:
    """(member, area, area) K: half closeness of covariates and baseline, half the same sub-region."""
    gaps = design.positions[:, None, :] - design.positions[None, :, :]
    distance = np.sum(gaps**2, axis=2) / max(design.positions.shape[1], 1)
    closeness = np.exp(-0.5 * distance / length[:, None, None] ** 2)
    together: Array = 0.5 * closeness + 0.5 * design.same_group
    return together


def _mean_shares(design: Design, bank: Bank, entrants: Array, moves: Array) -> Array:
    """Baseline, departed options, squeeze, entrants and the level of the polls, (member, area, candidate)."""
    departed = bank.departed[:, None, :] * design.departed[:, None]
    lost = bank.squeeze[:, None, None] * design.small * design.baseline
    gain = np.zeros((bank.size, len(design.mean)))
    gain[:, design.top[0]] = bank.squeezed_to
    gain[:, design.top[1]] = 1.0 - bank.squeezed_to
    moved = departed - lost + lost.sum(axis=2, keepdims=True) * gain[:, None, :]
    if design.polled:
        polled_entrants = design.expected[list(design.entrants)]
        expected = design.expected - np.einsum("e,mec->mc", polled_entrants, moves)
        level = expected - design.mean - np.einsum("i,mic->mc", design.weight, moved)
        moved = moved + level[:, None, :]
    mean: Array = design.baseline + moved + np.einsum("mei,mec->mic", entrants, moves)
    return mean


def observation_covariance(law: Law, seen: Observation) -> Array:
    """(member, row, row) covariance of the observations."""
    rows, h = seen.area, seen.direction
    total: Array = h @ law.omega @ h.T
    total *= law.across[:, rows[:, None], rows[None, :]]
    along = law.excess[rows] * (h @ law.shift.T)
    total += (along * law.own_slope[:, None, :]) @ along.T
    for area in np.unique(rows):
        here = np.flatnonzero(rows == area)
        felt = law.entrant[:, :, area, None] * (law.moves @ h[here].T)
        total[:, here[:, None], here[None, :]] += felt.transpose(0, 2, 1) @ felt
    total += blur_covariance(seen) + companion_covariance(law, seen)
    return total


def blur_covariance(seen: Observation) -> Array:
    """(row, row) covariance of what blurs the figures, a hair of the diagonal added."""
    return seen.noise + 1e-9 * np.eye(seen.size)


def companion_covariance(law: Law, seen: Observation) -> Array:
    """(row, row) what the other contest's figures differ by, together."""
    tilt = law.companion[seen.area] * seen.companion
    common: Array = law.offset * np.outer(seen.companion, seen.companion) + law.slope * np.outer(tilt, tilt)
    return common


def log_likelihood(law: Law, seen: Observation) -> Array:
    """(member,) log density of the observations under each member."""
    if seen.size == 0:
        return np.zeros(len(law.mean))
    missed = seen.value - np.einsum("mrc,rc->mr", law.mean[:, seen.area], seen.direction)
    factor = np.linalg.cholesky(bordered(observation_covariance(law, seen), missed))
    whitened = factor[:, -1, :-1]
    log_det = 2.0 * np.log(np.diagonal(factor, axis1=1, axis2=2)[:, :-1]).sum(axis=1)
    density: Array = -0.5 * (np.sum(whitened**2, axis=1) + log_det + seen.size * np.log(2.0 * np.pi))
    return density


def bordered(covariance: Array, missed: Array) -> Array:
    """(member, row + 1, row + 1) a covariance framed by the misses: its factor's last row is the misses whitened."""
    members, size = missed.shape
    framed = np.empty((members, size + 1, size + 1))
    framed[:, :size, :size] = covariance
    framed[:, size, :size] = framed[:, :size, size] = missed
    framed[:, size, size] = 1e12
    return framed


def prior_shares(law: Law, rng: np.random.Generator) -> Array:
    """(member, area, candidate) one joint prior draw of shares for each member."""
    members, areas, candidates = law.mean.shape
    along = psd_root(law.across) @ rng.standard_normal((members, areas, candidates))
    shares = law.mean + along @ psd_root(law.omega).transpose(0, 2, 1)
    slopes = np.sqrt(law.own_slope) * rng.standard_normal((members, candidates))
    shares += np.einsum("ic,mc,cd->mid", law.excess, slopes, law.shift)
    entrants = law.entrant * rng.standard_normal(law.entrant.shape)
    shares += np.einsum("mei,mec->mic", entrants, law.moves)
    return shares


def psd_root(matrices: Array) -> Array:
    """Lower factors of positive semi-definite matrices, a hair of the diagonal added."""
    size = matrices.shape[-1]
    jitter = 1e-9 * np.trace(matrices, axis1=-2, axis2=-1)[..., None, None] * np.eye(size)
    root: Array = np.linalg.cholesky(matrices + jitter)
    return root


def condition(law: Law, seen: Observation, shares: Array, rng: np.random.Generator) -> Array:
    """Move joint prior draws to the law given the observations, (member, area, candidate).

    Parameters
    ----------
    shares
        (member, area, candidate) joint prior draws, one a member.
    """
    if seen.size == 0:
        return shares
    tilt = law.companion[seen.area] * seen.companion
    blur = rng.standard_normal((len(shares), seen.size)) @ np.linalg.cholesky(blur_covariance(seen)).T
    blur += np.sqrt(law.offset) * rng.standard_normal((len(shares), 1)) * seen.companion
    blur += np.sqrt(law.slope) * rng.standard_normal((len(shares), 1)) * tilt
    imagined = np.einsum("mrc,rc->mr", shares[:, seen.area], seen.direction) + blur
    gain = np.linalg.solve(observation_covariance(law, seen), (seen.value - imagined)[:, :, None])[:, :, 0]
    return shares + share_shift(law, seen, gain)


def share_shift(law: Law, seen: Observation, gain: Array) -> Array:
    """(member, area, candidate) covariance of shares with the observations, times ``gain`` (member, row)."""
    pull = np.zeros_like(law.mean)
    for row, area in enumerate(seen.area):
        pull[:, area] += gain[:, row, None] * seen.direction[row]
    shift: Array = law.across @ pull @ law.omega
    slopes = law.own_slope * np.einsum("ic,mid,cd->mc", law.excess, pull, law.shift)
    shift += np.einsum("ic,mc,cd->mid", law.excess, slopes, law.shift)
    felt = np.einsum("mid,med->mei", pull, law.moves) * law.entrant**2
    shift += np.einsum("mei,med->mid", felt, law.moves)
    return shift
