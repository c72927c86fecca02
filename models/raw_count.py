"""The count so far, taken for the result: every area still to declare votes as all those declared have together.

    share_i,c = (votes for c so far) / (valid votes so far),   among those standing in area i

The baseline that needs no baseline: what a screen that only adds up suggests. It has no answer before the first area.
"""

from __future__ import annotations

import numpy as np

from forecast.contests.contest import Contest
from forecast.posterior import Posterior
from forecast.tally import Tally
from models.point import counted_areas, point_posterior, point_valid

__all__ = ["raw_count"]


def raw_count(contest: Contest, tally: Tally, *, draws: int, seed: int) -> Posterior:  # noqa: ARG001 - one draw, none drawn
    """One draw, the shares so far.

    Raises
    ------
    ModelError
        Before the first declaration.
    """
    counted = counted_areas(contest, tally, 1)
    so_far = np.nansum(tally.votes[counted], axis=0) / point_valid(contest, tally)[counted].sum()
    expected = np.broadcast_to(so_far, tally.votes.shape)
    return point_posterior(tally, expected, "raw-count", "The rest votes as the areas declared have.")
