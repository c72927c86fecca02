"""What the latest item of news did to a win probability: Shapley values over counted votes, expectation and turnout."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import combinations
from math import factorial

import numpy as np
from numpy.typing import NDArray

from forecast.explain import Cause, Moved, Reckoning
from forecast.rules import Rule
from forecast.simulation import decide, win_probabilities
from forecast.tally import Status, Tally

__all__ = ["CAUSES", "what_moved"]

Array = NDArray[np.float64]

CAUSES = ("counted votes", "expectation elsewhere", "turnout")


def what_moved(rule: Rule, before: Reckoning, after: Reckoning, candidate: int, item: str) -> Moved:
    """Split the change of a win probability over counted votes, expectation elsewhere and turnout.

    Shapley values over the three: each cause's change averaged over the orders in which they may be taken, on the same
    draws. The areas whose figures changed are counted; shares elsewhere are expectation; their valid votes are turnout.

    References
    ----------
    Shapley 1953; for attribution, Owen 2014, doi:10.1137/130936233.
    """
    counted = _changed(before.tally, after.tally)
    values = {
        frozenset(chosen): _blended(rule, before, after, counted, frozenset(chosen), candidate)
        for size in range(4)
        for chosen in combinations(CAUSES, size)
    }
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


def _blended(
    rule: Rule, before: Reckoning, after: Reckoning, counted: NDArray[np.bool_], chosen: frozenset[str], candidate: int
) -> float:
    """The probability with some causes as after the news and the others as before."""
    if len(chosen) == 3:
        return float(win_probabilities(decide(rule, after.simulation))[candidate])
    if not chosen:
        return float(win_probabilities(decide(rule, before.simulation))[candidate])
    share = {True: _shares(after), False: _shares(before)}
    valid = {True: after.simulation.votes.sum(axis=2), False: before.simulation.votes.sum(axis=2)}
    elsewhere = share["expectation elsewhere" in chosen] * valid["turnout" in chosen][:, :, None]
    there = share["counted votes" in chosen] * valid["counted votes" in chosen][:, :, None]
    votes = np.rint(np.where(counted[None, :, None], there, elsewhere))
    blend = replace(after.simulation, votes=votes, totals=votes.sum(axis=1))
    return float(win_probabilities(decide(rule, blend))[candidate])


def _shares(moment: Reckoning) -> Array:
    votes = moment.simulation.votes
    shares: Array = votes / np.maximum(votes.sum(axis=2, keepdims=True), 1.0)
    return shares


def _shapley(name: str, values: Mapping[frozenset[str], float]) -> float:
    others = sorted(max(values, key=len) - {name})
    total = 0.0
    for size in range(len(others) + 1):
        weight = factorial(size) * factorial(len(others) - size) / factorial(len(others) + 1)
        for chosen in combinations(others, size):
            with_name = frozenset((*chosen, name))
            total += weight * (values[with_name] - values[frozenset(chosen)])
    return total
