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
Multiparty returns: Katz & King 1999, doi:10.2307/2585758. The sampler: `models.gibbs`.
"""

from __future__ import annotations

import time
from functools import partial
from typing import cast

import numpy as np
from numpy.typing import NDArray

from forecast.contests.contest import Contest
from forecast.posterior import Posterior
from forecast.tally import Status, Tally
from models.drawing import draw_shares
from models.exit_poll import heed_exit_poll, latest_exit_poll
from models.forward import declared_votes, repeat_reported
from models.gibbs import STATES, sample_states
from models.left_out_many import LeftOutMany, Seen, expect_valid_without
from models.many_areas import count_rest, describe_run, draw_many_valid, known_shares, most_draws
from models.priors import Priors, priors_for
from models.regressors import read_regressors, separate_blocks
from models.stress import variants_of

__all__ = ["regression"]

Array = NDArray[np.float64]
Index = NDArray[np.intp]


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
        states = sample_states(block, known, sampler)
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
