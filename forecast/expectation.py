"""What a forecast that has not seen areas' votes expects of them: what alarms and surprises are measured from."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from forecast.alarms.alarm import Expected
from forecast.alarms.fault_density import Elsewhere
from forecast.reckoning import Reckoning
from forecast.tally import Status, Tally

__all__ = ["expect_anew", "expected_elsewhere", "expected_of", "expected_without"]


def expect_anew(reckoning: Reckoning, before: Reckoning) -> Mapping[str, Expected]:
    """What is expected of areas by a forecast that has not seen their votes, by id.

    Of the latest item's area that is the forecast before; of the others the present one without them, which knows more
    where several areas came together, or the forecast before where the model cannot say. Ballots that stood alone by
    then are held against what the model expects without them: an alarm of them stands until they are put right.
    """
    earlier, without = expected_of(before, reckoning.tally), expected_without(reckoning)
    latest = reckoning.tally.items[-1].area
    found = {**earlier, **without, **({latest: earlier[latest]} if latest in earlier else {})}
    return found | {
        area: Expected(found[area].share[: len(valid)], valid[: len(found[area].share)])
        for area, valid in _valid_without(reckoning, before).items()
        if area in found
    }


def _valid_without(reckoning: Reckoning, before: Reckoning) -> Mapping[str, NDArray[np.float64]]:
    """(draw,) valid votes expected without their ballots of areas that have no final votes and had ballots before."""
    tally, expect = reckoning.tally, reckoning.posterior.valid_without
    alone = np.isfinite(tally.ballots) & np.isfinite(before.tally.ballots) & (tally.status < Status.PROVISIONAL)
    if expect is None or not alone.any():
        return {}
    return {tally.contest.areas[area].id: valid for area, valid in expect(np.flatnonzero(alone)).items()}


def expected_of(before: Reckoning, tally: Tally) -> Mapping[str, Expected]:
    """What a reckoning expects of each area that had not declared then and of which something is known now, by id."""
    reported = np.isfinite(tally.ballots) | np.isfinite(tally.valid) | np.isfinite(tally.votes).any(axis=1)
    found = {}
    for a in np.flatnonzero(before.tally.outstanding & reported):
        votes = before.simulation.votes[:, a].astype(np.float64)
        valid = votes.sum(axis=1)
        found[tally.contest.areas[a].id] = Expected(share=votes / valid[:, None], valid=valid)
    return found


def expected_elsewhere(reckoning: Reckoning) -> Elsewhere:
    """What a reckoning expects of all the areas that had not declared."""
    return Elsewhere(reckoning.simulation.votes, reckoning.tally.outstanding)


def expected_without(reckoning: Reckoning) -> Mapping[str, Expected]:
    """What the model would expect of each declared area without its votes, where it can say, by id."""
    areas = reckoning.tally.contest.areas
    return {areas[area].id: expected for area, expected in reckoning.posterior.left_out.items()}
