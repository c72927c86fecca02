"""Seats: who wins how many, from whom, who has a majority, and the areas on which it turns."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from forecast.bulletin.explain import Reckoning
from forecast.bulletin.summary import CandidateForecast, CandidateSeats, DecidingArea, SeatsForecast, Spread, spread
from forecast.contests.contest import Contest
from forecast.rules import AreaSeats, ListProportional, Outcome
from forecast.simulation import win_probabilities
from forecast.tally import Tally
from forecast.wording import say_chance, say_percent

__all__ = ["count_declared", "headline_of_seats", "write_seats"]

Array = NDArray[np.float64]
Index = NDArray[np.intp]

MOST_AREAS = 10  # areas that decide which are named


def write_seats(reckoning: Reckoning, outcome: Outcome, decided: bool) -> SeatsForecast | None:
    """The seats of a contest whose rule has them, else None."""
    contest, seats = reckoning.tally.contest, outcome.seats
    rule = contest.rule
    if seats is None or not isinstance(rule, AreaSeats | ListProportional):
        return None
    total = float(rule.weigh(len(contest.areas)).sum()) if isinstance(rule, AreaSeats) else float(sum(rule.seats))
    line = float(rule.majority or np.floor(total / 2) + 1)
    wins, hung = win_probabilities(outcome), float(outcome.hung.mean())
    leader = max(range(len(wins)), key=lambda c: (float(wins[c]), float(np.median(seats[:, c]))))
    return SeatsForecast(
        words=_say_rule(rule, contest, total, line),
        total=total,
        majority=line,
        hung=round(hung, 6),
        hung_display=say_percent(hung, decided),
        leader=contest.candidates[leader].id,
        weights=_name_weights(contest),
        candidates=tuple(_write_candidates(reckoning, seats, wins)),
        deciding=_find_deciding(reckoning, outcome, leader, line) if isinstance(rule, AreaSeats) else (),
    )


def headline_of_seats(ahead: CandidateForecast, seats: SeatsForecast, tally: Tally) -> str:
    """What to say first until it is decided: the chance of a majority, or that nobody may have one.

    Parameters
    ----------
    ahead
        The candidate likeliest to have a majority.
    """
    before = "" if tally.declared.any() else " Nothing has been declared yet."
    if seats.hung > ahead.win_probability:
        return f"Our model estimates {say_chance(seats.hung)} that nobody has a majority.{before}"
    return f"Our model estimates that {ahead.name} has {say_chance(ahead.win_probability)} of a majority.{before}"


def count_declared(tally: Tally) -> Array | None:
    """(candidate,) seats won in the areas declared with every vote; None where seats are not won area by area."""
    rule = tally.contest.rule
    if not isinstance(rule, AreaSeats):
        return None
    counted: Array = rule.count(np.nan_to_num(tally.votes)[None], np.flatnonzero(tally.complete)).seats[0]
    return counted


def find_holders(contest: Contest) -> Index | None:
    """(area,) position of who had most votes at the baseline, -1 where nobody on the ballot had; None without one.

    Votes then for those nobody stands for now are taken as one candidate's.
    """
    baseline = contest.baseline
    if not baseline.known:
        return None
    votes = np.nan_to_num(baseline.votes)
    holders: Index = np.where(np.nan_to_num(baseline.departed) > votes.max(axis=1), -1, votes.argmax(axis=1))
    return holders


def find_winners(votes: Array, cannot_win: tuple[int, ...]) -> NDArray[np.int8]:
    """(draw, area) position of who has most votes of those who can win; the first of those who tie."""
    from forecast.kernels import find_first, in_parts  # noqa: PLC0415 - takes long to load

    can, winners = np.delete(np.arange(votes.shape[2]), cannot_win), np.empty(votes.shape[:2], np.int8)
    in_parts(lambda draws: find_first(votes[draws], can, winners[draws]), len(votes))
    return winners


def _write_candidates(reckoning: Reckoning, seats: Array, wins: Array) -> Iterator[CandidateSeats]:
    tally = reckoning.tally
    contest = tally.contest
    most = seats == seats.max(axis=1, keepdims=True)
    first = (most / most.sum(axis=1, keepdims=True)).mean(axis=0)
    declared, before = count_declared(tally), _count_baseline(contest)
    moved = _Moves(reckoning) if isinstance(contest.rule, AreaSeats) and contest.baseline.known else None
    for c, candidate in enumerate(contest.candidates):
        yield CandidateSeats(
            id=candidate.id,
            declared=None if declared is None else round(float(declared[c]), 6),
            seats=spread(seats[:, c], digits=2),
            change=None if before is None else spread(seats[:, c] - before[c], digits=2),
            gains=None if moved is None else moved.spread(c, to=True),
            losses=None if moved is None else moved.spread(c, to=False),
            gains_declared=None if moved is None else moved.declared(c, to=True),
            losses_declared=None if moved is None else moved.declared(c, to=False),
            majority=round(float(wins[c]), 6),
            most_seats=round(float(first[c]), 6),
        )


def _count_baseline(contest: Contest) -> Array | None:
    """(candidate,) seats at the baseline under tonight's rule; None where there is no baseline."""
    holders = find_holders(contest)
    if holders is None:
        return None
    if isinstance(contest.rule, AreaSeats):
        held = holders >= 0
        weights = contest.rule.weigh(len(holders))
        return np.bincount(holders[held], weights[held], minlength=len(contest.candidates))
    seats = contest.rule.elect(np.nan_to_num(contest.baseline.votes)[None]).seats
    return None if seats is None else seats[0]


class _Moves:
    """Areas that change hands, draw by draw."""

    def __init__(self, reckoning: Reckoning) -> None:
        contest = reckoning.tally.contest
        rule, holders = contest.rule, find_holders(contest)
        if not isinstance(rule, AreaSeats) or holders is None:
            raise TypeError("areas change hands where seats are won area by area and somebody held them before")
        self.weights = rule.weigh(len(holders))
        self.complete = reckoning.tally.complete
        self.holders, self.candidates = holders, len(contest.candidates)
        self.winners = find_winners(reckoning.simulation.votes, rule.cannot_win)
        self.taken, self.lost = self._count(len(self.winners))

    def spread(self, c: int, *, to: bool) -> Spread:
        return spread((self.taken if to else self.lost)[:, c], digits=2)

    def declared(self, c: int, *, to: bool) -> float:
        taken, lost = self._count(1, self.complete)
        return float((taken if to else lost)[0, c])

    def _count(self, draws: int, where: NDArray[np.bool_] | None = None) -> tuple[Array, Array]:
        """(draw, candidate) seats that change hands to each candidate and from each, in the first so many draws."""
        changed = self.winners[:draws] != self.holders
        rows, areas = np.nonzero(changed if where is None else changed & where)
        cells, shape = rows * self.candidates, (draws, self.candidates)
        held = self.holders[areas] >= 0
        taken = np.bincount(cells + self.winners[rows, areas], self.weights[areas], draws * self.candidates)
        lost = np.bincount(
            (cells + self.holders[areas])[held], self.weights[areas][held], minlength=draws * self.candidates
        )
        return taken.reshape(shape), lost.reshape(shape)


def _find_deciding(reckoning: Reckoning, outcome: Outcome, leader: int, line: float) -> tuple[DecidingArea, ...]:
    """The areas outstanding likeliest to take the leader over the line.

    In each draw areas are put in the order of the leader's margin: the one by which a majority is reached is pivotal.
    """
    tally, votes = reckoning.tally, reckoning.simulation.votes
    rule = tally.contest.rule
    if not isinstance(rule, AreaSeats):
        return ()
    weights, can = rule.weigh(votes.shape[1]), np.delete(np.arange(votes.shape[2]), rule.cannot_win)
    margin = _margins(votes, leader, can)
    pivotal = find_pivotal(margin, weights, line)
    frequency = np.bincount(pivotal, minlength=len(weights)) / len(pivotal)
    won, elected = margin > 0, outcome.elected[:, leader] / np.maximum(outcome.elected.sum(axis=1), 1)
    likeliest = [int(a) for a in np.argsort(-frequency, kind="stable") if tally.outstanding[a] and frequency[a] > 0]
    return tuple(
        DecidingArea(
            id=tally.contest.areas[a].id,
            name=tally.contest.areas[a].name,
            pivotal=round(float(frequency[a]), 6),
            win=round(float(won[:, a].mean()), 6),
            if_won=_mean(elected[won[:, a]]),
            if_lost=_mean(elected[~won[:, a]]),
        )
        for a in likeliest[:MOST_AREAS]
    )


def find_pivotal(margin: Array, weights: Array, line: float) -> Index:
    """(draw,) position of the area that brings the seats to the line, areas in the order of falling margin.

    Parameters
    ----------
    margin
        (draw, area) lead over whoever is next, as a share.
    weights
        (area,) seats.
    line
        Seats that are a majority.
    """
    if (weights == weights[0]).all():
        return _find_place(margin, int(np.ceil(line / weights[0])))
    order = np.argsort(-margin, axis=1, kind="stable")
    reached = np.cumsum(weights[order], axis=1) >= line
    found: Index = np.take_along_axis(order, reached.argmax(axis=1)[:, None], axis=1)[:, 0]
    return found


def _find_place(margin: Array, place: int) -> Index:
    """(draw,) position of the area that comes at this place, the first being 1; of those level the first comes first.

    Where there are not so many, the first.
    """
    areas = margin.shape[1]
    place = place if place <= areas else 1
    value = np.partition(margin, areas - place, axis=1)[:, areas - place, None]
    level, before = margin == value, (margin > value).sum(axis=1)
    found: Index = level.argmax(axis=1)
    for draw in np.flatnonzero(level.sum(axis=1) > 1):
        found[draw] = np.flatnonzero(level[draw])[place - before[draw] - 1]
    return found


def _margins(votes: Array, leader: int, can: Index) -> Array:
    """(draw, area) the leader's votes less those of the strongest other, over their sum."""
    from forecast.kernels import in_parts, measure_margins  # noqa: PLC0415 - takes long to load

    margin = np.empty(votes.shape[:2], votes.dtype)
    in_parts(lambda draws: measure_margins(votes[draws], leader, can, margin[draws]), len(votes))
    return margin


def _mean(values: Array) -> float | None:
    return round(float(values.mean()), 6) if values.size else None


def _name_weights(contest: Contest) -> dict[str, float]:
    rule = contest.rule
    weights = rule.weights if isinstance(rule, AreaSeats) else ()
    return {area.id: float(weight) for area, weight in zip(contest.areas, weights, strict=False)}


def _say_rule(rule: AreaSeats | ListProportional, contest: Contest, total: float, line: float) -> str:
    """The rule in words: ``"One seat in each of 650 areas, to whoever has most votes there; 326 are a majority."``."""
    areas, end = len(contest.areas), f"{line:,g} are a majority."
    if isinstance(rule, ListProportional):
        method = {"dhondt": "D'Hondt", "sainte-lague": "Sainte-Laguë"}[rule.divisors]
        return f"{total:,.0f} seats in proportion to votes ({method}); {end}"
    if rule.weights:
        return f"{total:,g} seats in {areas} areas, all an area's to whoever has most votes there; {end}"
    return f"One seat in each of {areas} areas, to whoever has most votes there; {end}"
