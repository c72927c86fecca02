"""Uniform swing with an honest spread: the baseline to beat, in closed form.

Every area is expected to move as the declared ones have:

    share_i = baseline_i + S + e_i,    e_i ~ N(0, tau^2 omega),    S ~ N(S_D, tau^2 / k omega)

with S_D the change of share in the k areas declared together, each election weighted by its own votes, tau the prior's
median area swing and omega its covariance across candidates. Before the first declaration S is what the polls say (or
zero) with the contest swing's standard deviation. Candidates whom no declared area reports move in proportion to their
baseline, so that shares sum to one. Votes partly counted wait until they are all counted.

References
----------
Butler 1951 on uniform swing, in *The British General Election of 1950*.
"""

from __future__ import annotations

import time

import numpy as np
from numpy.typing import NDArray

from forecast.contests.contest import Contest
from forecast.errors import Defect, ModelError
from forecast.posterior import Posterior
from forecast.tally import Status, Tally
from models.bank import option_scale
from models.design import Design, design_contest
from models.forward import settle_shares
from models.gaussian import psd_root
from models.priors import priors_for
from models.turnout import draw_valid, expected_valid

__all__ = ["draw_normals", "spread_shares", "uniform_swing"]

Array = NDArray[np.float64]


def uniform_swing(contest: Contest, tally: Tally, *, draws: int, seed: int) -> Posterior:
    """Joint draws of shares and valid votes under uniform swing.

    Raises
    ------
    ModelError
        Where the contest has no baseline to swing from.
    """
    started = time.perf_counter()
    if not contest.baseline.known:
        raise ModelError(Defect("--engine", f"{contest.id} has no baseline to swing from.", "Use another engine."))
    design = design_contest(contest, priors_for(contest))
    rng = np.random.default_rng(seed)
    counted = np.flatnonzero(tally.status >= Status.PROVISIONAL)
    expected = design.baseline + common_change(design, tally, counted)
    candidates = len(design.mean)
    noise = design.priors.area_median * draw_normals(rng, draws, len(design.weight), candidates)
    common = design.priors.area_median / np.sqrt(counted.size) if counted.size else first_sd(design)
    noise += common * draw_normals(rng, draws, 1, candidates)
    valid = draw_valid(design, tally, draws, rng)
    return Posterior(
        share=spread_shares(design, tally, expected, noise, valid),
        valid=valid,
        model="uniform-swing",
        diagnostics={"areas_counted": float(counted.size), "seconds": time.perf_counter() - started},
        assumptions=("Every area is taken to move as the declared ones have.",),
    )


def spread_shares(design: Design, tally: Tally, expected: Array, noise: Array, valid: Array) -> Array:
    """(draw, area, candidate) shares around expected ones, what areas have reported as it is.

    Parameters
    ----------
    expected
        (area, candidate) shares.
    noise
        (draw, area, candidate) in units of a swing, independent across candidates: the prior's covariance across
        candidates is put on here.
    valid
        (draw, area) valid votes.
    """
    # Draws lie side by side in memory, as the models of the night have them: each area is worked on at once.
    shares = option_factor(design) @ np.moveaxis(noise, 0, 2)
    shares += expected[:, :, None]
    return settle_shares(design, tally, np.moveaxis(shares, 2, 0), valid, heeded=False)


def draw_normals(rng: np.random.Generator, draws: int, areas: int, candidates: int) -> Array:
    """(draw, area, candidate) standard normals, draws side by side in memory."""
    normals: Array = np.moveaxis(rng.standard_normal((areas, candidates, draws)), 2, 0)
    return normals


def option_factor(design: Design) -> Array:
    """(candidate, candidate) F with F F' the covariance across candidates, 1 for the top two's half-lead."""
    scale = option_scale(design)
    factor: Array = psd_root(scale / (design.lead @ scale @ design.lead))
    return factor


def first_sd(design: Design) -> float:
    """SD of the contest swing before anything is declared."""
    return design.priors.poll_swing_sd if design.polled else design.priors.swing_sd


def common_change(design: Design, tally: Tally, counted: NDArray[np.intp]) -> Array:
    """(candidate,) change of share seen in the areas counted, or expected before any is; sums to zero."""
    change = np.full(len(design.mean), np.nan)
    if counted.size:
        valid, then = expected_valid(design, tally), design.contest.baseline.valid
        for candidate in range(len(change)):
            where = counted[np.isfinite(tally.votes[counted, candidate])]
            if where.size:
                now = tally.votes[where, candidate].sum() / valid[where].sum()
                change[candidate] = now - (design.baseline[where, candidate] @ then[where]) / then[where].sum()
    else:
        change = design.expected - design.mean
    unknown = np.isnan(change)
    rest = -np.nansum(change)
    entrants = list(design.entrants)
    share = np.where(np.isin(np.arange(len(change)), entrants), design.expected, design.mean)
    filled: Array = np.where(unknown, rest * share / max(share[unknown].sum(), 1e-12), change)
    return filled
