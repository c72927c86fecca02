"""What is known and expected of each area: every number rounded once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from forecast.bulletin.explain import Reckoning
from forecast.bulletin.summary import INTERVAL_LEVELS, AreaForecast, lay_out, measure_rows, place_levels
from forecast.rules import rule_in_area
from forecast.tally import Status

__all__ = ["write_areas"]

Array = NDArray[np.float64]

MANY = 500_000  # votes from which on compiled code is used
VALID, TURNOUT, LEAD, LEAD_VOTES = range(-4, 0)  # an area's figures, after its candidates' shares


def write_areas(reckoning: Reckoning, of: int, over: int) -> tuple[AreaForecast, ...]:
    """Every area in the contest's order.

    Parameters
    ----------
    of, over
        Positions of the candidates whose lead is given.
    """
    measure = _measure_quickly if reckoning.simulation.votes.size >= MANY else _measure
    measured, wins = measure(reckoning, np.array([of, over]))
    votes = [VALID, LEAD_VOTES]
    rounded = np.round(measured, 6)
    rounded[:, :, 1] = np.round(measured[:, :, 1], 7)
    rounded[:, votes] = np.round(measured[:, votes])
    rounded[:, votes, 1] = np.round(measured[:, votes, 1], 1)
    rows = zip(rounded.tolist(), np.round(wins, 6).tolist(), strict=True)
    return tuple(_write_area(reckoning, area, figures, won) for area, (figures, won) in enumerate(rows))


def _write_area(reckoning: Reckoning, position: int, figures: list[list[float]], wins: list[float]) -> AreaForecast:
    """One area, its figures rounded: (figure, 2 + level) as `forecast.bulletin.summary.lay_out` takes them."""
    tally = reckoning.tally
    area, candidates = tally.contest.areas[position], tally.contest.candidates
    standing = np.flatnonzero(tally.contest.standing[position]).tolist()
    ballots = tally.ballots[position]
    return AreaForecast(
        id=area.id,
        code=area.code,
        name=area.name,
        status=Status(tally.status[position]).name.lower(),
        electorate=area.electorate,
        ballots=int(ballots) if np.isfinite(ballots) else None,
        counted={candidates[c].id: int(v) for c, v in enumerate(tally.votes[position].tolist()) if v == v},  # noqa: PLR0124
        valid=lay_out(figures[VALID]),
        turnout=lay_out(figures[TURNOUT]) if area.electorate else None,
        share={candidates[c].id: lay_out(figures[c]) for c in standing},
        lead=lay_out(figures[LEAD]),
        lead_votes=lay_out(figures[LEAD_VOTES]),
        wins={candidates[c].id: wins[c] for c in standing},
    )


def _measure(reckoning: Reckoning, pair: NDArray[np.intp]) -> tuple[Array, Array]:
    """(area, figure, 2 + level) how each figure is distributed, and (area, candidate) how often each carries the area.

    Who ties shares the draw.
    """
    contest, drawn = reckoning.tally.contest, reckoning.simulation.votes
    votes = np.ascontiguousarray(drawn.transpose(2, 1, 0), dtype=np.float64)
    valid, lead = votes.sum(axis=0), votes[pair[0]] - votes[pair[1]]
    measured = np.full((votes.shape[1], len(votes) + 4, 2 + len(INTERVAL_LEVELS)), np.nan)
    where, who = np.nonzero(contest.standing)
    measured[where, who] = measure_rows(votes[who, where] / valid[where])
    electorate = _electorate(reckoning)[:, None]
    for figure, rows in ((VALID, valid), (TURNOUT, valid / electorate), (LEAD, lead / valid), (LEAD_VOTES, lead)):
        measured[:, figure] = measure_rows(rows)
    can, wins = _can_win(reckoning), np.zeros(votes.shape[:2])
    first = votes[can] == votes[can].max(axis=0)
    wins[can] = (first / first.sum(axis=0)).mean(axis=2)
    return measured, wins.T


def _measure_quickly(reckoning: Reckoning, pair: NDArray[np.intp]) -> tuple[Array, Array]:
    """As `_measure`, but compiled: loading that is worth while for many votes."""
    from forecast.area_kernels import measure_areas  # noqa: PLC0415 - takes long to load
    from forecast.kernels import in_parts  # noqa: PLC0415 - takes long to load

    tally, votes = reckoning.tally, reckoning.simulation.votes
    areas, candidates = votes.shape[1:]
    measured = np.full((areas, candidates + 4, 2 + len(INTERVAL_LEVELS)), np.nan)
    wins, electorate, can = np.zeros((areas, candidates)), _electorate(reckoning), _can_win(reckoning)
    draws = np.where(tally.complete, 1, len(votes))  # of what is declared every draw is the same
    levels = place_levels(len(votes))

    def measure(part: slice) -> None:
        measure_areas(
            votes[:, part],
            draws[part],
            tally.contest.standing[part],
            can,
            pair,
            electorate[part],
            *levels,
            measured[part],
            wins[part],
        )

    in_parts(measure, areas)
    return measured, wins


def _electorate(reckoning: Reckoning) -> Array:
    return np.array([area.electorate or np.nan for area in reckoning.tally.contest.areas])


def _can_win(reckoning: Reckoning) -> NDArray[np.intp]:
    contest = reckoning.tally.contest
    return np.delete(np.arange(len(contest.candidates)), rule_in_area(contest.rule).cannot_win)
