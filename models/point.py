"""What models that give one answer without a spread share: one draw, in which the declared is as declared."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from forecast.contests.contest import Contest
from forecast.errors import Defect, ModelError
from forecast.posterior import Posterior
from forecast.tally import Status, Tally
from models.regressors import expected_size
from models.turnout import stated_valid

__all__ = ["counted_areas", "point_posterior", "point_valid"]

Array = NDArray[np.float64]


def counted_areas(contest: Contest, tally: Tally, least: int) -> NDArray[np.intp]:
    """Positions of the areas whose votes are all counted; ModelError where there are fewer than are needed."""
    counted = np.flatnonzero(tally.status >= Status.PROVISIONAL)
    if len(counted) < least:
        what = f"{len(counted)} areas of {contest.id} are counted, and this model needs {least}."
        raise ModelError(Defect("--model", what, "Wait for more, or use another model."))
    return counted


def point_valid(contest: Contest, tally: Tally) -> Array:
    """(area,) valid votes: declared, verified, or expected by the change of turnout so far."""
    stated, size = stated_valid(tally), expected_size(contest)
    known = np.where(np.isfinite(stated), stated, tally.ballots)
    seen = np.isfinite(known)
    change = known[seen].sum() / size[seen].sum() if seen.any() else 1.0
    valid: Array = np.rint(np.maximum(np.where(seen, known, change * size), np.nansum(tally.votes, axis=1)))
    return valid


def point_posterior(tally: Tally, expected: Array, model: str, assumption: str) -> Posterior:
    """A posterior of one draw.

    Parameters
    ----------
    expected
        (area, candidate) shares expected, of any sum: those below zero are none, and what declared areas have reported
        stays as it is.
    """
    contest, valid = tally.contest, point_valid(tally.contest, tally)
    fixed = tally.declared[:, None] & np.isfinite(tally.votes) & contest.standing
    reported = np.where(fixed, np.nan_to_num(tally.votes), 0.0) / np.maximum(valid, 1.0)[:, None]
    free = np.where(contest.standing & ~fixed, np.maximum(expected, 0.0), 0.0)
    even = np.where(contest.standing & ~fixed, 1.0, 0.0)
    free = np.where(free.sum(axis=1, keepdims=True) > 0, free, even)
    rest = np.maximum(1.0 - reported.sum(axis=1, keepdims=True), 0.0)
    share = reported + free * rest / np.maximum(free.sum(axis=1, keepdims=True), 1e-300)
    return Posterior(share[None], valid[None], model, {"draws": 1.0}, (assumption,))
