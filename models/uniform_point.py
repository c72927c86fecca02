"""Uniform swing as it is done on paper: every area moves as the declared ones have together, and nothing is uncertain.

    share_i = baseline_i + S,   S the change of share in the areas declared together

References
----------
Butler 1951, in *The British General Election of 1950*.
"""

from __future__ import annotations

from forecast.contests.contest import Contest
from forecast.posterior import Posterior
from forecast.tally import Tally
from models.baseline_swing import swing_design
from models.point import counted_areas, point_posterior
from models.uniform_swing import common_change

__all__ = ["uniform_point"]


def uniform_point(contest: Contest, tally: Tally, *, draws: int, seed: int) -> Posterior:  # noqa: ARG001 - none drawn
    """One draw, the baseline moved by one swing.

    Raises
    ------
    ModelError
        Where the contest has no baseline to swing from.
    """
    design = swing_design(contest)
    expected = design.baseline + common_change(design, tally, counted_areas(contest, tally, 0))
    return point_posterior(tally, expected, "uniform-point", "Every area moves exactly as those declared have.")
