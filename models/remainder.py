"""Areas that have reported votes but not declared: what is reported is kept, and what is left to count is drawn.

With y the shares counted so far, a fraction f of the votes, and p a draw of the area's final shares, the remainder has

    r = y + (p - y) / (1 - f)

and the final votes are those counted and r of the rest. A Gaussian p may ask for more than can be: r is then bounded so
that nobody loses what is counted and everybody's mean over the draws stays, since a small candidate near nothing would
otherwise gain on average.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["add_counted", "keep_above_nothing", "keep_reported", "share_remainder"]

Array = NDArray[np.float64]

ROUNDS = 100
CLOSE = 1e-6  # of the remainder: how near means must come


def keep_reported(reported: NDArray[np.bool_], shares: Array, settled: Array) -> Array:
    """(draw, candidate) shares of an area all counted: those reported as drawn, not floored, the others what is left.

    Parameters
    ----------
    reported
        (candidate,) whose votes are reported.
    shares, settled
        (draw, candidate) Gaussian draws, and the same above zero.
    """
    known = np.where(reported, np.maximum(shares, 0.0), 0.0)
    others = np.where(reported, 0.0, settled)
    room = np.maximum(1.0 - known.sum(axis=1, keepdims=True), 0.0)
    kept = known + others * room / np.maximum(others.sum(axis=1, keepdims=True), 1e-300)
    whole: Array = kept / kept.sum(axis=1, keepdims=True)
    return whole


def share_remainder(so_far: Array, fraction: float, final: Array, settled: Array) -> Array:
    """(draw, candidate) shares of the votes still to be counted.

    Parameters
    ----------
    so_far
        (candidate,) shares of the votes counted, NaN for those not reported: they are taken together, and divide what
        is theirs as they do in ``settled``.
    fraction
        Of the area's votes counted, 0-1.
    final, settled
        (draw, candidate) Gaussian draws of the area's final shares, and the same above zero.
    """
    reported = np.isfinite(so_far)
    known = np.append(so_far[reported], max(1.0 - so_far[reported].sum(), 0.0))
    drawn = np.column_stack([final[:, reported], 1.0 - final[:, reported].sum(axis=1)])
    if reported.all():
        known, drawn = known[:-1], drawn[:, :-1]
    bounded = keep_above_nothing(known + (drawn - known) / (1.0 - fraction))
    rest = settled * ~reported
    if not reported.all():
        rest *= bounded[:, -1:] / np.maximum(rest.sum(axis=1, keepdims=True), 1e-300)
    rest[:, reported] = bounded[:, : reported.sum()]
    return rest


def keep_above_nothing(shares: Array) -> Array:
    """(draw, candidate) shares none of which is negative, with the same means over the draws where these allow it.

    Those below zero become zero and the others give up the deficit in proportion. That alone would raise the mean of
    whoever is near nothing, so each candidate's shares are first lowered by the amount that puts the mean right.
    """
    if (shares >= 0.0).all():
        whole: Array = shares / shares.sum(axis=1, keepdims=True)
        return whole
    target = np.maximum(shares.mean(axis=0), 0.0)
    target /= target.sum()
    lowered = np.zeros(shares.shape[1])
    for _ in range(ROUNDS):
        bounded = np.maximum(shares - lowered, 0.0) + 1e-12 * target
        bounded /= bounded.sum(axis=1, keepdims=True)
        off = bounded.mean(axis=0) - target
        if np.abs(off).max() < CLOSE:
            break
        lowered += off / np.maximum((shares > lowered).mean(axis=0), 0.1)
    return bounded


def add_counted(votes: Array, total: float, rest: Array, valid: Array) -> Array:
    """(draw, candidate) final shares of a partly counted area.

    Parameters
    ----------
    votes
        (candidate,) votes counted, NaN for those not reported, who have the others of those counted as they have of
        the rest.
    total
        Valid votes counted.
    rest
        (draw, candidate) shares of the votes still to be counted.
    valid
        (draw,) valid votes of the area.
    """
    reported = np.isfinite(votes)
    counted = np.where(reported, votes, 0.0)
    done = np.maximum(np.minimum(total, valid), counted.sum())[:, None]
    rest = rest.astype(np.float64)  # single precision has no number as small as the one below
    others = np.where(reported, 0.0, rest)
    others = others / np.maximum(others.sum(axis=1, keepdims=True), 1e-300)
    final = counted + others * (done - counted.sum()) + rest * np.maximum(valid[:, None] - done, 0.0)
    share: Array = final / final.sum(axis=1, keepdims=True)
    return share
