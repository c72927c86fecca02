"""Swing by region: an area moves as those declared in its own region have, or as all have where too few there have.

    share_i = baseline_i + S_g(i) + e_i,   e_i ~ N(0, tau^2 omega),   S_g ~ N(S_D,g, tau^2 / k_g omega)

with k_g the areas declared in region g; with fewer than three the whole contest's change stands in, whose error is the
spread between regions as well. The spreads are the priors' of `models.priors`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from forecast.contests.contest import Contest
from forecast.errors import Defect, ModelError
from forecast.posterior import Posterior
from forecast.tally import Tally
from models.baseline_swing import gaussian_posterior, swing_design
from models.design import Design
from models.point import counted_areas
from models.uniform_swing import common_change, draw_normals

__all__ = ["regional_swing"]

Array = NDArray[np.float64]

LEAST = 3  # areas of a region that make a swing of its own


def regional_swing(contest: Contest, tally: Tally, *, draws: int, seed: int) -> Posterior:
    """Joint draws of shares and valid votes under a swing for each region.

    Raises
    ------
    ModelError
        Where the contest has no baseline, names no two regions, or nothing is declared.
    """
    design = swing_design(contest)
    groups = np.array([area.group for area in contest.areas])
    if len(set(groups.tolist()) - {""}) < 2:
        raise ModelError(Defect("--model", f"{contest.id} names no two regions.", "Use another model."))
    counted = counted_areas(contest, tally, 1)
    change, common_sd = regional_changes(design, tally, groups, counted)
    names, where = np.unique(groups, return_inverse=True)
    rng = np.random.default_rng(seed)
    noise = design.priors.area_median * draw_normals(rng, draws, len(groups), len(design.mean))
    noise += (draw_normals(rng, draws, len(names), len(design.mean)) * common_sd[:, None])[:, where]
    return gaussian_posterior(design, tally, design.baseline + change[where], noise, rng, "regional-swing")


def regional_changes(
    design: Design, tally: Tally, groups: NDArray[np.str_], counted: NDArray[np.intp]
) -> tuple[Array, Array]:
    """(group, candidate) changes and (group,) the SD of each, in the order of the groups' names."""
    whole = common_change(design, tally, counted)
    names = np.unique(groups)
    change = np.tile(whole, (len(names), 1))
    sd = np.full(len(names), np.hypot(design.priors.area_median / np.sqrt(len(counted)), design.priors.region_sd))
    for row, name in enumerate(names):
        here = counted[groups[counted] == name]
        if len(here) >= LEAST:
            change[row] = common_change(design, tally, here)
            sd[row] = design.priors.area_median / np.sqrt(len(here))
    return change, sd
