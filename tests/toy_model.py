"""A model small enough to check by eye, for tests of what is built on models."""

from __future__ import annotations

import numpy as np

from forecast.contests.contest import Contest
from forecast.posterior import Posterior
from forecast.tally import Tally


def toy(contest: Contest, tally: Tally, *, draws: int, seed: int) -> Posterior:
    """Last time's shares with the same swing everywhere, 5 points give or take; valid votes are 99% of the ballots.

    Entrants have a twentieth. What a declared area has reported stays as it is, and fills its place among the rest.
    """
    rng = np.random.default_rng(seed)
    then = np.where(np.isnan(contest.baseline.votes), 0.05 * contest.baseline.valid[:, None], contest.baseline.votes)
    swing = rng.normal(0.0, 0.05, (draws, 1, then.shape[1]))
    share = np.maximum(then / then.sum(axis=1, keepdims=True) + swing, 0.01) * contest.standing
    share /= share.sum(axis=2, keepdims=True)
    papers = np.where(np.isnan(tally.ballots), contest.baseline.valid, 0.99 * tally.ballots)
    papers = np.where(np.isnan(tally.valid), papers, tally.valid)
    known = (np.nan_to_num(tally.votes) / papers[:, None])[None]
    fixed = (tally.declared[:, None] & np.isfinite(tally.votes))[None]
    rest = np.where(fixed, 0.0, share)
    room = 1.0 - np.where(fixed, known, 0.0).sum(axis=2, keepdims=True)
    share = np.where(fixed, known, rest * room / np.maximum(rest.sum(axis=2, keepdims=True), 1e-12))
    valid = np.broadcast_to(np.rint(papers), (draws, len(papers)))
    return Posterior(share, valid, "toy", {"seconds": 0.0})
