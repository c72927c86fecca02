"""How likely votes are: of an area as it was forecast, where it has a local shock, and of the other areas outstanding.

With V the sum of the votes y of k candidates and s = y / V their shares,

    p(y) = t(s; m, S) t(log V; u, d) V^-k sqrt(k)

a Student-t of the shares on the plane where they sum to one and another of the logarithm of V, each with 8 degrees of
freedom and the mean and covariance of the draws. What an area says truly is

    p_true(y) = (1 - e) p(y)
              + e · mean over c of sum over d of P(d) (1 - d)^-(k-1) p at the shares (s - d e_c) / (1 - d)

so that in three areas of ten a candidate, anybody, has d more (or less) of its votes than the forecast's picture holds:
a stronghold, a favourite son, the Speaker. What is left to the others they share as expected. The power is the Jacobian
of the k - 1 free shares; the sum is over steps no wider than an SD of the shares along any shock.

References
----------
A broad component beside the likely one, so that what is odd is not what is wrong: Box & Tiao 1968,
doi:10.1093/biomet/55.1.119.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import lgamma, log, pi

import numpy as np
from numpy.typing import NDArray

from forecast.alarms.alarm import Expected

__all__ = ["SHOCKS", "Density", "Elsewhere", "Shocks", "fit_expected"]

Array = NDArray[np.float64]

FREEDOM = 8.0  # of the t, as in `forecast.alarms.surprise`
FLOOR, VALID_FLOOR = 0.002, 0.005  # standard deviations that no forecast is better than, of a share and of log V
MOST_SHOCK = 0.6  # shares of the area's votes, in either direction
WIDEST_STEP = 0.02  # of the shocks summed over
UPWARD = 0.75  # of shocks: what is small cannot fall far
ELSEWHERE_DRAWS = 500  # at most, from which other areas' covariances are worked out


@dataclass(frozen=True, slots=True)
class Shocks:
    """Local shocks: in what share of areas a candidate has one, and their mean, exponential in both directions."""

    chance: float
    typical: float


SHOCKS = Shocks(0.3, 0.05)  # those that make past true declarations likeliest: docs/faults.md


@dataclass(frozen=True, slots=True, eq=False)
class Density:
    """Log density of votes; of one area, or of several whose axis then leads in every array.

    Parameters
    ----------
    mean
        (..., candidate) shares.
    inverse, log_determinant
        (..., candidate, candidate) inverse of their covariance on the plane where they sum to one, and (...,) the
        logarithm of its determinant there.
    log_valid, valid_sd
        (...,) mean and standard deviation of the logarithm of the valid votes.
    """

    mean: Array
    inverse: Array
    log_determinant: Array
    log_valid: Array
    valid_sd: Array

    def log(self, votes: Array, wider: float = 1.0) -> Array:
        """(...,) log density of votes (..., candidate); with both t so many times as wide."""
        valid = np.maximum(votes.sum(axis=-1), 1.0)
        return self._log_shares(votes / valid[..., None], wider) + self._log_valid(valid, wider)

    def log_true(self, votes: Array, shocks: Shocks = SHOCKS) -> float:
        """Log density of true votes (candidate,) of one area, which may have a local shock."""
        size, valid = votes.size, np.maximum(votes.sum(), 1.0)
        steps = self._steps()
        moved = steps[:, None, None]
        before = (votes / valid - moved * np.eye(size)) / (1.0 - moved)
        weight = np.exp(-np.abs(steps) / shocks.typical) * np.where(steps > 0, UPWARD, 1.0 - UPWARD)
        chance = np.log(weight / weight.sum() / size) - (size - 1) * np.log1p(-steps)
        each = np.where((before >= 0.0).all(axis=-1), chance[:, None] + self._log_shares(before), -np.inf)
        shocked = float(np.logaddexp.reduce(each, axis=None) + self._log_valid(valid))
        return float(np.logaddexp(log(1.0 - shocks.chance) + self.log(votes), log(shocks.chance) + shocked))

    def _steps(self) -> Array:
        """(step,) the shocks summed over, as close as the narrowest SD of the shares along the largest, or `FLOOR`."""
        along = (np.eye(self.mean.size) - self.mean) / (1.0 - MOST_SHOCK)
        narrowest = np.einsum("ci,ij,cj->c", along, self.inverse, along).max() ** -0.5
        steps = int(np.ceil(MOST_SHOCK / np.clip(narrowest, FLOOR, WIDEST_STEP)))
        upward = (np.arange(steps) + 0.5) * MOST_SHOCK / steps
        return np.concatenate([-upward[::-1], upward])

    @property
    def most_expected(self) -> Array:
        """(..., candidate) the votes that are likeliest but for what the scale of V does."""
        expected: Array = self.mean * np.exp(self.log_valid)[..., None]
        return expected

    def _log_shares(self, shares: Array, wider: float = 1.0) -> Array:
        off, size = shares - self.mean, self.mean.shape[-1] - 1
        squared = np.einsum("...i,...ij,...j->...", off, self.inverse, off)
        return np.asarray(_log_t(squared, size, wider) - self.log_determinant / 2)

    def _log_valid(self, valid: Array, wider: float = 1.0) -> Array:
        size = self.mean.shape[-1]
        off = (np.log(valid) - self.log_valid) / self.valid_sd
        return np.asarray(_log_t(off**2, 1, wider) - np.log(self.valid_sd) - size * np.log(valid) + log(size) / 2)


def _log_t(squared: Array, size: int, wider: float) -> Array:
    """Log density of a t of unit covariance, made so many times as wide, at squared distances."""
    scale = wider**2 * (FREEDOM - 2) / FREEDOM
    constant = lgamma((FREEDOM + size) / 2) - lgamma(FREEDOM / 2) - size / 2 * log(FREEDOM * pi * scale)
    return np.asarray(constant - (FREEDOM + size) / 2 * np.log1p(squared / scale / FREEDOM))


def fit_expected(expected: Expected, reported: NDArray[np.intp], *, rest: bool) -> Density:
    """The density of one area's votes.

    Parameters
    ----------
    reported
        Positions of the candidates whose votes are known.
    rest
        Whether the votes of all the others are taken for those of one more, who is last.
    """
    return _fit(expected.share[:, reported], expected.valid, rest=rest)


def _fit(shares: Array, valid: Array, *, rest: bool) -> Density:
    """The density of draws of shares (draw, ..., candidate) and of valid votes (draw, ...)."""
    if rest:
        shares = np.concatenate([shares, 1.0 - shares.sum(axis=-1, keepdims=True)], axis=-1)
    else:
        shares = shares / np.maximum(shares.sum(axis=-1, keepdims=True), 1e-12)
    mean, size = shares.mean(axis=0), shares.shape[-1]
    off = np.moveaxis(shares - mean, 0, -1)
    plane = FLOOR**2 * np.eye(size) + (1.0 - FLOOR**2) / size  # unit variance along it leaves the determinant alone
    covariance = off @ np.swapaxes(off, -1, -2) / (len(shares) - 1) + plane
    drawn = np.log(np.maximum(valid, 1.0))
    spread = np.hypot(drawn.std(axis=0), VALID_FLOOR)
    return Density(mean, np.linalg.inv(covariance), np.linalg.slogdet(covariance)[1], drawn.mean(axis=0), spread)


@dataclass(frozen=True, slots=True, eq=False)
class Elsewhere:
    """What was expected of every area that was outstanding: whose figures may have been given for another's.

    Parameters
    ----------
    votes
        (draw, area, candidate) of a forecast.
    outstanding
        (area,) whether it had still to declare then.
    """

    votes: Array
    outstanding: NDArray[np.bool_]
    _found: dict[tuple[bytes, ...], Density] = field(default_factory=dict)

    def fit(self, areas: NDArray[np.intp], reported: NDArray[np.intp], *, rest: bool) -> Density:
        """The densities of some areas' votes, as in `fit_expected`; worked out once."""
        key = areas.tobytes(), reported.tobytes(), bytes([rest])
        if key not in self._found:
            some = self.votes[:: -(-len(self.votes) // ELSEWHERE_DRAWS)]
            draws = some[:, areas[:, None], reported].astype(np.float64)
            valid = some[:, areas].sum(axis=-1, dtype=np.float64) if rest else draws.sum(axis=-1)
            shares = draws / np.maximum(valid, 1.0)[..., None]
            self._found[key] = _fit(shares, valid, rest=rest)
        return self._found[key]
