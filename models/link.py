"""Another link: swings of each candidate's log-odds, renormalised, instead of swings of shares.

    x_c = s_c logit(g p_c),  g such that sum_c x_c = k;    back: p_c proportional to 1 / (1 + exp(-x_c / s_c))

with s_c = e_c (1 - e_c) and e the shares expected in the whole contest. At those a point of x is a point of share, so
that by the delta method the law that `models.bank` has of shares is that of x: the covariance of log-odds is
J k omega J, J = diag(1 / s). A swing then moves a candidate by less where they have little to lose. Like shares, x
keeps to a plane (k is its height at the baseline), so that it matters not which candidate is left out of the
observations; each log-odds has the weight s_c in it, so that nobody near nothing is a reference for the others.

Where not everybody is reported g is taken as one.

References
----------
Additive logistic returns, whose reference this does without: Katz & King 1999, doi:10.2307/2585758.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

__all__ = ["LEAST", "LinkName", "LogOdds", "link_log_odds", "log_odds", "logistic"]

Array = NDArray[np.float64]
Places = NDArray[np.intp]
LinkName = Literal["share", "log-odds"]

LEAST = 0.001  # below which shares are not told apart: their log-odds have no end
LEAST_EXPECTED = 0.01  # of a candidate's scale
ROUNDS, CLOSE = 50, 1e-8  # each round of Newton's squares what is left
MOST = 30.0  # log-odds, so that what is left of one is a number; nothing that could be comes near


def log_odds(shares: Array) -> Array:
    """The log of shares over what they leave."""
    odds: Array = np.log(shares) - np.log1p(-shares)
    return odds


def logistic(odds: Array) -> Array:
    """The shares of log-odds, written so that nothing overflows."""
    small = np.exp(-np.abs(odds))
    shares: Array = np.where(odds >= 0.0, 1.0, small) / (1.0 + small)
    return shares


def bound(shares: Array) -> Array:
    """Shares that have log-odds."""
    return np.clip(shares, LEAST, 1.0 - LEAST)


@dataclass(frozen=True, slots=True, eq=False)
class LogOdds:
    """The link of a contest; `link_log_odds` makes it.

    Parameters
    ----------
    scale
        (candidate,) s.
    height
        (area,) k.
    lift
        (area, candidate) added to shares expected: who stands where the baseline knows nothing of them is expected to
        have what they had elsewhere.
    standing
        (area, candidate) who stands where; nobody else is looked at.
    """

    scale: Array
    height: Array
    lift: Array
    standing: NDArray[np.bool_]

    def link_mean(self, shares: Array, areas: Places) -> Array:
        """(area, candidate, member) x of the shares that members expect of some areas."""
        return self.link_shares(shares + self.lift[areas][:, :, None], areas)

    def link_shares(self, shares: Array, areas: Places) -> Array:
        """(area, candidate, member) x of shares of everybody in some areas; they need not sum to one."""
        linked: Array = self.scale[:, None] * log_odds(self.multiply(shares, areas))
        return np.where(self.standing[areas][:, :, None], linked, 0.0)

    def multiply(self, shares: Array, areas: Places) -> Array:
        """(area, candidate, member) g p: shares times what puts their log-odds at the height of their area.

        Newton's method on the log-odds of the largest, in which the height is concave.
        """
        kept, standing = bound(shares), self.standing[areas][:, :, None]
        weight = self.scale[:, None] * standing
        largest = np.where(standing, kept, LEAST).max(axis=1)
        kept = np.minimum(kept, largest[:, None])
        top, heavy = log_odds(largest), weight.sum(axis=1)
        unmultiplied = (weight * np.log(kept)).sum(axis=1) - heavy * np.log(largest) - self.height[areas][:, None]
        for _ in range(ROUNDS):
            most = logistic(top)
            rest = 1.0 - kept * (most / largest)[:, None]
            off = unmultiplied + heavy * np.log(most) - (weight * np.log(rest)).sum(axis=1)
            step = off / ((1.0 - most) * (weight / rest).sum(axis=1))
            top = np.minimum(top - step, MOST)
            if np.abs(step).max() < CLOSE:
                break
        found: Array = kept * (logistic(top) / largest)[:, None]
        return found

    def unlink(self, linked: Array, areas: Places) -> Array:
        """(draw, area, candidate) shares of x in some areas, none below zero, that sum to one."""
        shares = logistic(linked / self.scale) * self.standing[areas]
        shares /= shares.sum(axis=2, keepdims=True)
        return shares

    def unlink_some(self, linked: Array, area: int, known: NDArray[np.bool_]) -> Array:
        """(candidate, draw) shares of the x that are known of an area's candidates; all of them but for one are enough.

        Where more are missing the shares of those known need not sum to one, and the others are left at 0.
        """
        missing = self.standing[area] & ~known
        if missing.sum() > 1:
            return np.where(known[:, None], logistic(linked / self.scale[:, None]), 0.0)
        whole = linked.copy()
        whole[missing] = self.height[area] - linked[known].sum(axis=0)
        return self.unlink(whole.T[:, None], np.array([area]))[:, 0].T

    def slope_of(self, shares: Array, area: int) -> Array:
        """(candidate, candidate) how x moves with the shares (candidate,) of everybody in an area."""
        multiplied = self.multiply(shares[None, :, None], np.array([area]))[0, :, 0]
        standing, kept = self.standing[area], bound(shares)
        common = np.where(standing, self.scale / (1.0 - multiplied), 0.0)
        slope: Array = np.diag(common / kept)
        return slope - np.outer(common / common.sum(), common / kept)


def link_log_odds(
    baseline: Array, mean: Array, expected: Array, standing: NDArray[np.bool_], entrants: tuple[int, ...]
) -> LogOdds:
    """The link of a contest.

    Parameters
    ----------
    baseline
        (area, candidate) shares, 0 where not known.
    mean, expected
        (candidate,) contest-wide shares at the baseline and expected.
    standing
        (area, candidate) who stands where.
    entrants
        Positions of those whom the baseline knows nowhere.
    """
    scale = np.maximum(expected, LEAST_EXPECTED)
    lift = np.where((baseline == 0.0) & standing, mean, 0.0)
    usual = baseline + lift
    usual[:, list(entrants)] = expected[list(entrants)]
    usual = bound(usual)
    height = (np.where(standing, log_odds(usual / usual.sum(axis=1, keepdims=True)), 0.0)) @ (scale * (1.0 - scale))
    return LogOdds(scale * (1.0 - scale), height, lift, standing)
