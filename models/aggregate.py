"""The whole contest's votes where only these are asked for: the sum over areas is drawn, and no area is.

Given a state of the regression's sampler (models.regression), the extra shift (u, v_g) and the turnout t, areas are
independent of each other, so that what they still have to count adds up to nearly a Gaussian:

    sum_i r_i s_i  ~  N(sum_i E r_i E s_i,  sum_i cov(r_i s_i))

s_i are the shares of area i, r_i its votes outstanding. Exact are the states, the moments of r_i given t and, far from
the soft floor, those of s_i. Approximate are:

- the Gaussian (central limit theorem): for hundreds of areas, not for ten;
- E s_i and cov s_i near the floor: means over `NODES` points, in pairs of opposites that have the noise's exact second
  moments and are drawn anew for each state, so that their error averages out over states;
- the response of E s_i to the shift, taken as linear, and of the variances to t, taken as constant;
- the ceiling of the electorate and the floor of what is counted, which hold for expectations and not for tails.

The cost is that of sixteen shares of every area for each state, whatever the number of draws.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forecast.contests.contest import Contest
from forecast.errors import Defect, ModelError
from forecast.simulation import Simulation, settle_totals
from forecast.tally import Status, Tally
from models.drawing import unlikeness
from models.gibbs import sample_states
from models.many_areas import Turnout, known_shares, read_turnout
from models.observe import counted_votes
from models.priors import Priors, priors_for
from models.regressors import Regressors, read_regressors, separate_blocks
from models.states import State, root

__all__ = ["aggregate"]

Array = NDArray[np.float64]

NODES = 16  # points at which an area's shares are worked out for each state


@dataclass(frozen=True, slots=True, eq=False)
class Rest:
    """What the areas of a block have still to count, at the expected turnout.

    Parameters
    ----------
    rows
        (area,) positions in the block of those with votes outstanding.
    mean, slope, variance
        (area,) of the votes outstanding: expectation, its derivative by the factor of the turnout, variance.
    strength
        (area,) how strongly each heeds the shift that areas outstanding share.
    """

    rows: NDArray[np.intp]
    mean: Array
    slope: Array
    variance: Array
    strength: Array


def aggregate(contest: Contest, tally: Tally, *, draws: int, seed: int) -> Simulation:
    """Joint draws of the whole contest's votes under the regression, without those of its areas.

    Returns
    -------
    Simulation
        Whose ``votes`` has no areas.

    Raises
    ------
    ModelError
        Where the rule asks in which areas votes are cast, or an area all counted has not reported every candidate:
        areas have then to be drawn.
    """
    counted = tally.status >= Status.PROVISIONAL
    if contest.rule.by_area or (np.isnan(tally.votes) & contest.standing)[counted].any():
        raise ModelError(Defect(contest.id, "areas count one by one here", "Draw them: models.regression."))
    priors, turnout = priors_for(contest), read_turnout(contest, tally, priors_for(contest))
    blocks = separate_blocks(contest)
    streams = np.random.SeedSequence(seed).spawn(2 * len(blocks) + 1)  # the sampler's as in models.regression
    rng = np.random.default_rng(streams[-1])
    factor = np.exp(rng.standard_normal((draws, 1)) * turnout.sd)
    totals = np.tile(np.where(contest.standing, np.nan_to_num(tally.votes), 0.0).sum(axis=0), (draws, 1))
    for position, areas in enumerate(blocks):
        block = read_regressors(contest, priors, areas)
        known = known_shares(tally)[np.ix_(areas, block.candidates)]
        rest = _read_rest(block, tally, turnout, priors)
        if rest.rows.size:
            states = list(sample_states(block, known, np.random.default_rng(streams[2 * position])))
            made = _draw_block(block, rest, states, priors, streams[2 * position + 1], factor)
            totals[:, block.candidates] += made
    totals = settle_totals(np.rint(totals), tally)
    return Simulation(np.empty((draws, 0, totals.shape[1])), totals, totals.sum(axis=1), seed)


def _read_rest(block: Regressors, tally: Tally, turnout: Turnout, priors: Priors) -> Rest:
    """Votes outstanding: areas' valid votes less those counted in part."""
    areas = block.areas
    valid = np.where(turnout.seen, turnout.known, np.minimum(turnout.mean, turnout.electorate))[areas]
    done = np.nansum(tally.votes[areas], axis=1)
    for row in np.flatnonzero(tally.status[areas] == Status.PARTIAL):
        done[row] = max(done[row], counted_votes(tally.contest, tally, int(areas[row]), float(valid[row])))
    open_ = (tally.status[areas] < Status.PROVISIONAL) & (valid > done)
    rows, guessed = np.flatnonzero(open_), ~turnout.seen[areas[open_]]
    strength = priors.discrepancy * unlikeness(block, tally.status[areas])
    return Rest(
        rows=rows,
        mean=(valid - done)[open_],
        slope=valid[open_] * guessed,
        variance=valid[open_] ** 2 * np.expm1(turnout.spread**2) * guessed,
        strength=np.full(len(rows), strength),
    )


def _draw_block(
    block: Regressors,
    rest: Rest,
    states: Sequence[State],
    priors: Priors,
    stream: np.random.SeedSequence,
    factor: Array,
) -> Array:
    """(draw, candidate) votes outstanding in a block: every state serves an equal part of the draws.

    Parameters
    ----------
    factor
        (draw, 1) turnout over the one expected.
    """
    made = np.empty((len(factor), len(block.candidates)))
    edges = (np.arange(len(states) + 1) * len(factor) // len(states)).tolist()

    def draw(state: State, own: np.random.SeedSequence, start: int, end: int) -> None:
        rng = np.random.default_rng(own)
        made[start:end] = _draw_sum(block, rest, state, priors.floor, rng, factor[start:end])

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(draw, states, stream.spawn(len(states)), edges[:-1], edges[1:]))
    return made


def _draw_sum(
    block: Regressors, rest: Rest, state: State, floor: float, rng: np.random.Generator, factor: Array
) -> Array:
    """(draw, candidate) one state's draws of the sum over areas."""
    from models.kernels import sum_areas  # noqa: PLC0415 - compiled code takes long to load

    rows, groups = rest.rows, int(block.group.max()) + 1
    units = _spread_nodes(block.baseline.shape[1], state.tail, rng)
    mean, slope, variance, response = sum_areas(
        units,
        units @ root(state.omega).T,
        block.baseline[rows] + block.x[rows] @ state.coefficients,
        block.standing[rows],
        floor,
        rest.mean,
        rest.slope,
        rest.variance,
        rest.strength * (1.0 - 2.0 / state.tail),  # the regression of shares on nodes, whose variance is its inverse
        block.group[rows],
        groups,
    )
    draws, size = len(factor), len(mean)
    shift = rng.standard_normal((draws, 1, size)) + 0.5 * rng.standard_normal((draws, groups, size))
    moved = np.einsum("gck,dgk->dc", response, shift)
    noise = rng.standard_normal((draws, size)) @ root(variance).T
    drawn: Array = np.maximum(mean + (factor - 1.0) * slope + moved + noise, 0.0)
    return drawn


def _spread_nodes(size: int, tail: float, rng: np.random.Generator) -> Array:
    """(node, candidate) points of a multivariate t: opposites in pairs, with exactly its second moments."""
    half = max(NODES // 2, 2 * size)
    drawn = rng.standard_normal((half, size)) / np.sqrt(rng.gamma(tail / 2.0, 2.0 / tail, (half, 1)))
    factor = np.linalg.cholesky(drawn.T @ drawn / half)
    spread = np.linalg.solve(factor, drawn.T).T * np.sqrt(tail / (tail - 2.0))
    return np.concatenate([spread, -spread])
