"""Hundreds of areas: changes of share regressed on the baseline, with regions and heavy tails, by Gibbs sampling.

    share_i - baseline_i = B' x_i + e_i,    e_i ~ N(0, omega / w_i),    w_i ~ Gamma(nu / 2, nu / 2)
    B | omega ~ MN(B_0, P^-1, omega),       omega ~ IW(df, (df - C - 1) * prior scale)

x_i holds an intercept, the baseline shares of the largest candidates, who holds the area, the contest's slopes and a
column for each group (region); P their prior precisions. A candidate who does not stand in an area is missing there:
the change is imputed from those of the others, which keeps every step conjugate. Given (B, omega, nu) areas are
independent, so cost grows linearly in areas and no areas x areas matrix is made. Areas outstanding share an extra
shift against those declared, as in `models.forward`. A partly counted area enters once all its votes are counted.

A bank of prior draws would collapse here, where much is declared; hence a sampler.

References
----------
Matrix-normal inverse-Wishart: Rowe 2003, *Multivariate Bayesian Statistics*; t by scale mixture: Lange, Little & Taylor
1989, doi:10.1080/01621459.1989.10478852; multiparty returns: Katz & King 1999, doi:10.2307/2585758.
"""

from __future__ import annotations

import time
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from itertools import accumulate
from math import exp, lgamma, log
from typing import cast

import numpy as np
from numpy.typing import NDArray

from forecast.contests.contest import Contest
from forecast.posterior import Posterior
from forecast.tally import Status, Tally
from models.drawing import draw_shares
from models.exit_poll import heed_exit_poll, latest_exit_poll
from models.forward import declared_votes, repeat_reported
from models.left_out_many import LeftOutMany, Seen, expect_valid_without
from models.many_areas import count_rest, describe_run, draw_many_valid, known_shares, most_draws
from models.priors import Priors, priors_for
from models.regressors import Regressors, read_regressors, separate_blocks
from models.states import State
from models.stress import variants_of

__all__ = ["State", "regression", "sample_states"]

Array = NDArray[np.float64]
Index = NDArray[np.intp]

BURN_IN = 100
STATES = 400
TAILS = np.array([4.0, 8.0, 30.0])
HALVES = (TAILS / 2.0).tolist()
TAIL_CONSTANT = [half * log(half) - lgamma(half) for half in HALVES]
EXTRA_DF = 8.0


@dataclass(frozen=True, slots=True, eq=False)
class Declared:
    """The declared areas of a block, and the prior.

    Parameters
    ----------
    x, change
        (area, column) regressors and (area, candidate) changes, NaN where the candidate is missing.
    patterns, which
        (pattern, candidate) who is missing where the same are missing, and (area,) which pattern is the area's.
    mean, precision
        (column, candidate) and (column,) prior of the coefficients, in units of omega.
    scatter, df
        Inverse-Wishart prior of omega.
    tails
        Prior probabilities of `TAILS`.
    """

    x: Array
    change: Array
    patterns: NDArray[np.bool_]
    which: Index
    mean: Array
    precision: Array
    scatter: Array
    df: float
    tails: tuple[float, ...]


def regression(contest: Contest, tally: Tally, *, draws: int, seed: int, priors: Priors | None = None) -> Posterior:
    """Joint draws of shares and valid votes given the tally, block by block of areas.

    Parameters
    ----------
    priors
        What is believed before the night; `priors_for` the contest if not given.

    Returns
    -------
    Posterior
        With at most as many draws as fit in memory; ``diagnostics`` holds ``states``, ``blocks`` and ``seconds``.
    """
    started = time.perf_counter()
    priors = priors or priors_for(contest)
    kept = most_draws(contest, draws)
    # in half the memory; NumPy's types tell precisions apart where nothing that takes these does
    share = cast("Array", np.zeros((kept, len(contest.areas), len(contest.candidates)), np.float32))
    drawn = np.flatnonzero(~tally.complete)
    blocks = separate_blocks(contest)
    poll = latest_exit_poll(contest, tally)
    streams = np.random.SeedSequence(seed).spawn(2 * len(blocks) + 1)
    seen = []
    for position, areas in enumerate(blocks):
        block = read_regressors(contest, priors, areas)
        sampler, forward = np.random.default_rng(streams[2 * position]), streams[2 * position + 1]
        known = known_shares(tally)[np.ix_(areas, block.candidates)]
        states = list(sample_states(block, known, sampler))
        if poll is not None:
            states = heed_exit_poll(block, states, poll, winners_of(known), priors.exit_poll_sd, sampler)
        seen.append(Seen(block, known, states))
        open_ = np.isin(areas, drawn)
        draw_shares(block, tally.status[areas], open_, states, priors, forward, share)
    valid = draw_many_valid(contest, tally, priors, kept, np.random.default_rng(streams[-1]))
    reported = declared_votes(tally, Status.PROVISIONAL)
    share[:, tally.complete] = np.nan_to_num(reported / np.nansum(reported, axis=1, keepdims=True))[tally.complete]
    for area in np.flatnonzero((tally.status >= Status.PROVISIONAL) & ~tally.complete):  # one by one, for memory
        share[:, [area]] = repeat_reported(reported[[area]], share[:, [area]], valid[:, [area]])
    count_rest(tally, share, valid)
    return Posterior(
        share=share,
        valid=valid,
        model="regression",
        diagnostics={
            "states": float(STATES),
            "blocks": float(len(blocks)),
            "seconds": time.perf_counter() - started,
        },
        assumptions=describe_run(contest, tally, blocks, poll, priors),
        left_out=LeftOutMany(tally, seen, priors, seed),
        valid_without=partial(expect_valid_without, tally, priors, seed),
        variants=variants_of("regression", priors),
    )


def winners_of(shares: Array) -> Index:
    """(area,) position of the candidate with most votes, -1 where the area's are not known."""
    known = np.isfinite(shares).any(axis=1)
    winners: Index = np.where(known, np.nan_to_num(shares, nan=-1.0).argmax(axis=1), -1)
    return winners


def declared_data(block: Regressors, shares: Array) -> Declared:
    """What a block's declared areas say, and the prior they meet. ``shares`` (area, candidate), NaN where unknown."""
    seen = np.isfinite(np.where(block.standing, shares, 0.0)).all(axis=1)
    change = np.where(block.standing, shares - block.baseline, np.nan)[seen]
    missing = np.isnan(change)
    patterns, which = np.unique(missing, axis=0, return_inverse=True) if len(change) else (missing, np.empty(0, int))
    candidates = len(block.scale)
    df = candidates + EXTRA_DF
    return Declared(
        x=block.x[seen],
        change=np.nan_to_num(change),
        patterns=patterns,
        which=which,
        mean=block.mean,
        precision=(block.area_sd / block.x_sd) ** 2,
        scatter=np.diag((block.area_sd * block.scale) ** 2) * (df - candidates - 1.0),
        df=df,
        tails=block.tails,
    )


def sample_states(block: Regressors, shares: Array, rng: np.random.Generator) -> Iterator[State]:
    """States of the Gibbs sampler after its burn-in."""
    from models.factors import subtract  # noqa: PLC0415 - compiled code takes long to load

    data = declared_data(block, shares)
    omega = data.scatter / (data.df - len(block.scale) - 1.0)
    coefficients, weight, tail = data.mean.copy(), np.ones(len(data.x)), TAILS[1]
    change = data.change.copy()
    for step in range(BURN_IN + STATES):
        impute(change, data, coefficients, omega, weight, rng)
        coefficients, omega = draw_coefficients(change, data, weight, rng)
        weight = draw_weights(subtract(change, data.x, coefficients), omega, tail, rng)
        tail = draw_tail(weight, data.tails, rng)
        if step >= BURN_IN:
            yield State(coefficients, omega, float(tail))


def impute(
    change: Array, data: Declared, coefficients: Array, omega: Array, weight: Array, rng: np.random.Generator
) -> None:
    """Fill in, in place, the changes of candidates who do not stand, given those of the others."""
    from models.factors import draw_missing  # noqa: PLC0415 - compiled code takes long to load

    if data.patterns.any():
        noise = rng.standard_normal(change.shape)
        draw_missing(change, data.x, coefficients, omega, weight, data.patterns, data.which, noise)


def draw_coefficients(change: Array, data: Declared, weight: Array, rng: np.random.Generator) -> tuple[Array, Array]:
    """Coefficients and covariance from their joint conditional, matrix-normal inverse-Wishart."""
    from models.factors import regress  # noqa: PLC0415 - compiled code takes long to load

    bartlett = draw_bartlett(len(data.scatter), data.df + len(change), rng)
    noise = rng.standard_normal(data.mean.shape)
    drawn: tuple[Array, Array] = regress(
        change, data.x, weight, data.mean, data.precision, data.scatter, bartlett, noise
    )
    return drawn


def draw_bartlett(size: int, df: float, rng: np.random.Generator) -> Array:
    """The lower factor of a standard Wishart matrix."""
    place = np.arange(size)
    bartlett = rng.standard_normal((size, size))
    bartlett[place[:, None] < place] = 0.0
    bartlett[place, place] = np.sqrt(rng.chisquare(df - place))
    return bartlett


def draw_weights(residual: Array, omega: Array, tail: float, rng: np.random.Generator) -> Array:
    """(area,) scale-mixture weights given the residuals."""
    from models.factors import measure_distances  # noqa: PLC0415 - compiled code takes long to load

    distance = measure_distances(residual, omega)
    weights: Array = rng.gamma((tail + residual.shape[1]) / 2.0, size=len(residual)) / ((tail + distance) / 2.0)
    return weights


def draw_tail(weight: Array, prior: tuple[float, ...], rng: np.random.Generator) -> float:
    """The degrees of freedom among `TAILS`, given the weights and prior probabilities."""
    logs = float(np.log(weight).sum() - weight.sum())
    density = [
        log(max(each, 1e-300)) + len(weight) * constant + half * logs
        for each, constant, half in zip(prior, TAIL_CONSTANT, HALVES, strict=True)
    ]
    running = list(accumulate(exp(each - max(density)) for each in density))
    return float(TAILS[bisect_left(running, rng.random() * running[-1])])
