"""What the latest item of news did to a win probability: Shapley values over counted votes, expectation and turnout."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from itertools import combinations
from math import factorial

import numpy as np
from numpy.typing import NDArray

from forecast.bulletin.explain import Cause, Moved, Reckoning
from forecast.rules import AreaSeats, Outcome, Rule
from forecast.simulation import Simulation, decide, win_probabilities
from forecast.tally import Status, Tally

__all__ = ["CAUSES", "what_moved"]

Array = NDArray[np.float64]
Areas = NDArray[np.intp]
Chosen = frozenset[str]  # causes taken as after the news, the others as before

BLOCK = 500_000  # votes at a time: few enough for the processor's cache to hold

COUNTED, EXPECTATION, TURNOUT = CAUSES = ("counted votes", "expectation elsewhere", "turnout")


def what_moved(rule: Rule, before: Reckoning, after: Reckoning, candidate: int, item: str) -> Moved:
    """Split the change of a win probability over counted votes, expectation elsewhere and turnout.

    Shapley values over the three: each cause's change averaged over the orders in which they may be taken, on the same
    draws. The areas whose figures changed are counted; shares elsewhere are expectation; their valid votes are turnout.
    Where seats are won area by area turnout moves none: who wins an area is a matter of shares.

    References
    ----------
    Shapley 1953; for attribution, Owen 2014, doi:10.1137/130936233.
    """
    counted = np.flatnonzero(_changed(before.tally, after.tally))
    if isinstance(rule, AreaSeats):
        blended = _blend_seats(rule, before, after, counted)
    elif not rule.by_area:
        blended = _blend_totals(rule, before.simulation, after.simulation, counted)
    else:
        blended = _blend_votes(rule, before.simulation, after.simulation, counted)
    values = {chosen: float(win_probabilities(blended(chosen))[candidate]) for chosen in _choices()}
    causes = tuple(Cause(name, round(_shapley(name, values), 6)) for name in CAUSES)
    return Moved(
        candidate=after.tally.contest.candidates[candidate].id,
        before=round(values[frozenset()], 6),
        after=round(values[frozenset(CAUSES)], 6),
        causes=causes,
        item=item,
    )


def _changed(before: Tally, after: Tally) -> NDArray[np.bool_]:
    """(area,) whether votes or the standing of the count changed there, other than its ballots."""
    votes = np.any(np.nan_to_num(before.votes, nan=-1.0) != np.nan_to_num(after.votes, nan=-1.0), axis=1)
    counting = np.maximum(before.status, after.status) > Status.VERIFIED
    changed: NDArray[np.bool_] = votes | ((before.status != after.status) & counting)
    return changed


def _choices() -> Iterator[Chosen]:
    for size in range(len(CAUSES) + 1):
        yield from map(frozenset, combinations(CAUSES, size))


def _blend_seats(rule: AreaSeats, before: Reckoning, after: Reckoning, counted: Areas) -> Callable[[Chosen], Outcome]:
    """Who is elected with some causes as after the news: the seats of the areas counted and of the others add up."""
    moments = {True: after, False: before}
    there = {moment: rule.count(each.simulation.votes, counted) for moment, each in moments.items()}
    elsewhere = {
        moment: (each.seats_won if rule == each.tally.contest.rule else rule.count(each.simulation.votes))
        - there[moment]
        for moment, each in moments.items()
    }
    return lambda chosen: rule.decide(there[COUNTED in chosen] + elsewhere[EXPECTATION in chosen])


def _blend_totals(rule: Rule, before: Simulation, after: Simulation, counted: Areas) -> Callable[[Chosen], Outcome]:
    """As `_blend_votes`, where the whole contest's votes decide: those of areas counted and of the others add up."""
    moments = {True: after, False: before}
    here = {moment: each.votes[:, counted].sum(axis=1, dtype=np.float64) for moment, each in moments.items()}
    there = {
        (shares, valid): _add_elsewhere(moments[shares], moments[valid], counted)
        for shares in moments
        for valid in moments
    }

    def blended(chosen: Chosen) -> Outcome:
        if len(chosen) in {0, len(CAUSES)}:
            return decide(rule, after if chosen else before)
        totals = here[COUNTED in chosen] + there[EXPECTATION in chosen, TURNOUT in chosen]
        return decide(rule, replace(after, totals=totals))

    return blended


def _add_elsewhere(shares: Simulation, valid: Simulation, counted: Areas) -> Array:
    """(draw, candidate) votes outside the areas counted: shares of the one moment, valid votes of the other."""
    size = max(BLOCK // max(shares.votes[0].size, 1), 1)
    totals = np.empty((len(shares.votes), shares.votes.shape[2]))
    ones = np.ones(shares.votes.shape[2], shares.votes.dtype)
    for start in range(0, len(totals), size):
        draws = slice(start, start + size)
        votes = shares.votes[draws]
        if shares is not valid:
            votes = np.rint(votes * (valid.votes[draws] @ ones / np.maximum(votes @ ones, 1.0))[:, :, None])
        totals[draws] = votes.sum(axis=1, dtype=np.float64) - votes[:, counted].sum(axis=1, dtype=np.float64)
    return totals


def _blend_votes(rule: Rule, before: Simulation, after: Simulation, counted: Areas) -> Callable[[Chosen], Outcome]:
    """Who is elected with some causes as after the news: shares of the one moment, valid votes of the other."""
    share = {True: _shares(after), False: _shares(before)}
    valid = {True: after.valid_by_area, False: before.valid_by_area}

    def blended(chosen: Chosen) -> Outcome:
        if len(chosen) in {0, len(CAUSES)}:
            return decide(rule, after if chosen else before)
        votes = np.rint(share[EXPECTATION in chosen] * valid[TURNOUT in chosen][:, :, None])
        here = COUNTED in chosen
        votes[:, counted] = np.rint(share[here][:, counted] * valid[here][:, counted, None])
        return decide(rule, replace(after, votes=votes, totals=votes.sum(axis=1)))

    return blended


def _shares(moment: Simulation) -> Array:
    shares: Array = moment.votes / np.maximum(moment.valid_by_area[:, :, None], 1.0)
    return shares


def _shapley(name: str, values: Mapping[Chosen, float]) -> float:
    others = sorted(max(values, key=len) - {name})
    total = 0.0
    for size in range(len(others) + 1):
        weight = factorial(size) * factorial(len(others) - size) / factorial(len(others) + 1)
        for chosen in combinations(others, size):
            with_name = frozenset((*chosen, name))
            total += weight * (values[with_name] - values[frozenset(chosen)])
    return total
