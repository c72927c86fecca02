"""What is known and expected of each area: every number rounded once."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from forecast.bulletin.explain import Reckoning
from forecast.bulletin.summary import INTERVAL_LEVELS, AreaForecast, lay_out, measure_rows, read_quantiles
from forecast.call_ready import MANY_AREAS
from forecast.contests.contest import Area
from forecast.rules import rule_in_area
from forecast.tally import Status, Tally

__all__ = ["write_areas"]

Array = NDArray[np.float64]

KEPT = 1_000  # areas that are written once
MANY = 500_000  # votes from which on compiled code is used
TOGETHER = 32  # areas: few enough for the processor's cache to hold their figures
VALID, TURNOUT, LEAD, LEAD_VOTES = range(-4, 0)  # an area's figures, after its candidates' shares


def write_areas(reckoning: Reckoning, of: int, over: int) -> tuple[AreaForecast, ...]:
    """Every area in the contest's order.

    Parameters
    ----------
    of, over
        Positions of the candidates whose lead is given.
    """
    measure, areas = (
        _measure_quickly if reckoning.simulation.votes.size >= MANY else _measure,
        reckoning.tally.status.size,
    )
    measured, wins = measure(reckoning, np.array([of, over]))
    votes, digits = [VALID, LEAD_VOTES], 4 if areas > MANY_AREAS else 6  # of many there are many figures to send
    rounded = np.round(measured, digits)
    rounded[:, :, 1] = np.round(measured[:, :, 1], digits + 1)
    rounded[:, votes] = np.round(measured[:, votes])
    rounded[:, votes, 1] = np.round(measured[:, votes, 1], 1)
    rows, known = zip(rounded.tolist(), np.round(wins, digits).tolist(), strict=True), reckoning.tally.complete.tolist()
    return tuple(
        _read_area(reckoning.tally, area, figures, won, once=known[area] and areas <= KEPT)
        for area, (figures, won) in enumerate(rows)
    )


def _read_area(
    tally: Tally, position: int, figures: list[list[float]], wins: list[float], *, once: bool
) -> AreaForecast:
    """One area, its figures rounded: (figure, 2 + level) as `forecast.bulletin.summary.lay_out` takes them.

    Parameters
    ----------
    once
        Whether it is kept for whenever the same is written again: what has declared is, at every item of news.
    """
    area, candidates = tally.contest.areas[position], tally.contest.candidates
    standing = np.flatnonzero(tally.contest.standing[position]).tolist()
    ballots = tally.ballots[position]
    return (_write_once if once else _write_area)(
        area,
        Status(tally.status[position]).name.lower(),
        int(ballots) if np.isfinite(ballots) else None,
        tuple((candidates[c].id, int(v)) for c, v in enumerate(tally.votes[position].tolist()) if v == v),  # noqa: PLR0124
        tuple((candidates[c].id, tuple(figures[c]), wins[c]) for c in standing),
        tuple(figures[VALID]),
        tuple(figures[TURNOUT]) if area.electorate else None,
        (tuple(figures[LEAD]), tuple(figures[LEAD_VOTES])),
    )


type Row = tuple[float, ...]


def _write_area(
    area: Area,
    status: str,
    ballots: int | None,
    counted: tuple[tuple[str, int], ...],
    standing: tuple[tuple[str, Row, float], ...],
    valid: Row,
    turnout: Row | None,
    leads: tuple[Row, Row],
) -> AreaForecast:
    return AreaForecast(
        id=area.id,
        code=area.code,
        name=area.name,
        status=status,
        electorate=area.electorate,
        ballots=ballots,
        counted=dict(counted),
        valid=lay_out(valid),
        turnout=None if turnout is None else lay_out(turnout),
        share={name: lay_out(share) for name, share, _ in standing},
        lead=lay_out(leads[0]),
        lead_votes=lay_out(leads[1]),
        wins={name: won for name, _, won in standing},
    )


_write_once = lru_cache(maxsize=KEPT)(_write_area)


def _measure(reckoning: Reckoning, pair: NDArray[np.intp]) -> tuple[Array, Array]:
    """(area, figure, 2 + level) how each figure is distributed, and (area, candidate) how often each carries the area.

    Who ties shares the draw.
    """
    standing = reckoning.tally.contest.standing
    measured, wins = _measure_votes(reckoning.simulation.votes, standing, pair, _can_win(reckoning))
    measured[:, TURNOUT] = measured[:, VALID] / _electorate(reckoning)[:, None]
    return measured, wins


def _measure_votes(
    drawn: Array, standing: NDArray[np.bool_], pair: NDArray[np.intp], can: NDArray[np.intp]
) -> tuple[Array, Array]:
    """As `_measure`, of (draw, area, candidate) votes, but for turnout."""
    votes = np.ascontiguousarray(drawn.transpose(2, 1, 0), dtype=np.float64)
    valid, lead = votes.sum(axis=0), votes[pair[0]] - votes[pair[1]]
    measured = np.full((votes.shape[1], len(votes) + 4, 2 + len(INTERVAL_LEVELS)), np.nan)
    where, who = np.nonzero(standing)
    measured[where, who] = measure_rows(votes[who, where] / valid[where])
    for figure, rows in ((VALID, valid), (LEAD, lead / valid), (LEAD_VOTES, lead)):
        measured[:, figure] = measure_rows(rows)
    wins = np.zeros(votes.shape[:2])
    first = votes[can] == votes[can].max(axis=0)
    wins[can] = (first / first.sum(axis=0)).mean(axis=2)
    return measured, wins.T


def _measure_quickly(reckoning: Reckoning, pair: NDArray[np.intp]) -> tuple[Array, Array]:
    """As `_measure`, to single precision, but compiled: loading that is worth while for many votes."""
    from forecast.kernels import in_parts  # noqa: PLC0415 - takes long to load

    tally, votes = reckoning.tally, reckoning.simulation.votes
    areas, candidates = votes.shape[1:]
    measured = np.full((areas, candidates + 4, 2 + len(INTERVAL_LEVELS)), np.nan)
    wins, declared, drawn = np.zeros((areas, candidates)), tally.complete, np.flatnonzero(~tally.complete)
    one = votes[:1, declared]  # there every draw is the same
    measured[declared], wins[declared] = _measure_votes(
        one, tally.contest.standing[declared], pair, _can_win(reckoning)
    )

    def measure(part: slice) -> None:
        for start in range(part.start, part.stop, TOGETHER):
            some = drawn[start : min(start + TOGETHER, part.stop)]
            measured[some] = _measure_together(reckoning, some, pair, wins)

    in_parts(measure, len(drawn))
    measured[:, TURNOUT] = measured[:, VALID] / _electorate(reckoning)[:, None]
    return measured, wins


def _measure_together(reckoning: Reckoning, areas: NDArray[np.intp], pair: NDArray[np.intp], wins: Array) -> Array:
    """(area, figure, 2 + level) how the figures of some areas are distributed, but for turnout; wins are written."""
    from forecast.area_kernels import FIGURES, find_moments, read_areas  # noqa: PLC0415 - takes long to load

    votes, standing = reckoning.simulation.votes, reckoning.tally.contest.standing
    where, who = np.nonzero(np.pad(standing[areas], ((0, 0), (0, FIGURES)), constant_values=True))
    rows = np.empty((len(where), len(votes)), np.float32)
    read_areas(votes, areas, standing, _can_win(reckoning), pair, rows, wins)
    found = np.empty((len(where), 2 + len(INTERVAL_LEVELS)))
    find_moments(rows, found)
    rows.sort(axis=1)
    found[:, 2:] = read_quantiles(rows, INTERVAL_LEVELS)
    measured = np.full((len(areas), standing.shape[1] + 4, found.shape[1]), np.nan)
    figures = np.array([*range(standing.shape[1]), VALID, LEAD, LEAD_VOTES])
    measured[where, figures[who]] = found
    return measured


def _electorate(reckoning: Reckoning) -> Array:
    return np.array([area.electorate or np.nan for area in reckoning.tally.contest.areas])


def _can_win(reckoning: Reckoning) -> NDArray[np.intp]:
    contest = reckoning.tally.contest
    return np.delete(np.arange(len(contest.candidates)), rule_in_area(contest.rule).cannot_win)
