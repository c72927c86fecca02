"""What is known and expected of each area, a few areas at a time: every number rounded once."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from forecast.explain import Reckoning
from forecast.rules import rule_in_area
from forecast.summary import AreaForecast, Spread, spreads
from forecast.tally import Status

__all__ = ["write_areas"]

Array = NDArray[np.float64]

# Cells at a time: few enough for memory, enough for NumPy to be quick.
BLOCK = 1_000_000
MANY = 500_000  # from which on compiled code is used


def write_areas(reckoning: Reckoning, of: int, over: int) -> tuple[AreaForecast, ...]:
    """Every area in the contest's order.

    Parameters
    ----------
    of, over
        Positions of the candidates whose lead is given.
    """
    votes = reckoning.simulation.votes
    size = max(BLOCK // max(len(votes) * votes.shape[2], 1), 1)
    blocks = [range(start, min(start + size, votes.shape[1])) for start in range(0, votes.shape[1], size)]
    if len(blocks) == 1:
        return tuple(_write_block(reckoning, blocks[0], of, over))
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        written = pool.map(lambda block: list(_write_block(reckoning, block, of, over)), blocks)
        return tuple(area for block in written for area in block)


def _write_block(reckoning: Reckoning, block: range, of: int, over: int) -> Iterator[AreaForecast]:
    tally = reckoning.tally
    contest = tally.contest
    drawn = reckoning.simulation.votes[:, block.start : block.stop]
    if tally.complete[block.start : block.stop].all():
        drawn = drawn[:1]  # every draw is the same
    votes, wins = _turn(drawn, rule_in_area(contest.rule).cannot_win)
    valid = votes.sum(axis=0)
    where, who = np.nonzero(contest.standing[block.start : block.stop])
    shares = iter(spreads(votes[who, where] / valid[where], digits=6))
    lead = votes[of] - votes[over]
    electorate = np.array([contest.areas[a].electorate or np.nan for a in block])
    columns = [
        spreads(valid, digits=0),
        spreads(valid / electorate[:, None], digits=6),
        spreads(lead / valid, digits=6),
        spreads(lead, digits=0),
    ]
    for row, (a, valid_votes, turnout, lead_share, lead_votes) in enumerate(zip(block, *columns, strict=True)):
        standing = np.flatnonzero(contest.standing[a])
        yield _write_area(
            reckoning,
            a,
            valid=valid_votes,
            turnout=turnout if contest.areas[a].electorate else None,
            share={contest.candidates[c].id: next(shares) for c in standing},
            lead=lead_share,
            lead_votes=lead_votes,
            wins={contest.candidates[c].id: round(float(wins[c, row]), 6) for c in standing},
        )


def _write_area(
    reckoning: Reckoning,
    position: int,
    *,
    valid: Spread,
    turnout: Spread | None,
    share: dict[str, Spread],
    lead: Spread,
    lead_votes: Spread,
    wins: dict[str, float],
) -> AreaForecast:
    tally = reckoning.tally
    area, candidates = tally.contest.areas[position], tally.contest.candidates
    ballots = tally.ballots[position]
    return AreaForecast(
        id=area.id,
        code=area.code,
        name=area.name,
        status=Status(tally.status[position]).name.lower(),
        electorate=area.electorate,
        ballots=int(ballots) if np.isfinite(ballots) else None,
        counted={candidates[c].id: int(v) for c, v in enumerate(tally.votes[position]) if np.isfinite(v)},
        valid=valid,
        turnout=turnout,
        share=share,
        lead=lead,
        lead_votes=lead_votes,
        wins=wins,
    )


def _turn(drawn: Array, cannot_win: tuple[int, ...]) -> tuple[Array, Array]:
    """(candidate, area, draw) votes, and (candidate, area) share of the draws in which each carries the area.

    Who ties shares the draw.
    """
    can = np.delete(np.arange(drawn.shape[2]), cannot_win)
    wins = np.zeros(drawn.shape[:0:-1])
    if drawn.size >= MANY:
        from forecast.kernels import turn_areas  # noqa: PLC0415 - takes long to load

        votes = np.empty(drawn.shape[::-1])
        turn_areas(drawn, 0, can, votes, wins)
        return votes, wins / len(drawn)
    votes = np.ascontiguousarray(drawn.transpose(2, 1, 0), dtype=np.float64)
    first = votes[can] == votes[can].max(axis=0)
    wins[can] = (first / first.sum(axis=0)).mean(axis=2)
    return votes, wins
