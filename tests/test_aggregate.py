"""The sum drawn at once against sums of areas drawn one by one, given the same states of the sampler."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from made_contest import declared, made_contest, made_result
from monte_carlo import limit
from numpy.typing import NDArray

from forecast.declaration import Declaration, Kind
from forecast.errors import ModelError
from forecast.rules import AreaSeats, Plurality
from forecast.simulation import Simulation, decide, simulate, win_probabilities
from forecast.tally import Tally, fold
from models.aggregate import aggregate
from models.regression import regression

Array = NDArray[np.float64]

DRAWS = 4_000


def half_counted(seed: int) -> Tally:
    """Three hundred areas, a third of them declared, another tenth counted in part, the last candidate near nothing."""
    contest = made_contest(seed, areas=300, candidates=4, polled=False, departed=False)
    votes = contest.baseline.votes.copy()
    votes[:, 3] = np.floor(0.1 * votes[:, 3])
    baseline = replace(contest.baseline, votes=votes, valid=votes.sum(axis=1))
    contest = replace(contest, baseline=baseline)
    result = made_result(contest, seed)
    items = [declared(contest, a, result[a]) for a in range(100)]
    for a in range(100, 130):
        part = {f"c{c}": int(each) for c, each in enumerate(result[a] // 2)}
        items.append(Declaration(f"a{a}", Kind.PARTIAL, None, "test", "test", counted=0.5, votes=part))
    return fold(contest, items)


def figures(simulation: Simulation) -> Array:
    """(draw, figure) votes of each candidate, and of all."""
    return np.column_stack([simulation.totals, simulation.valid])


def apart(first: Array, second: Array) -> tuple[float, float]:
    """Distances of means and of standard deviations in their standard errors, the largest of each."""
    count = len(first)
    spread = np.sqrt(first.var(axis=0) + second.var(axis=0))
    means = np.abs(first.mean(axis=0) - second.mean(axis=0)) / spread * np.sqrt(count)
    fourth = [((each - each.mean(axis=0)) ** 4).mean(axis=0) / each.var(axis=0) ** 2 - 1.0 for each in (first, second)]
    logs = np.abs(np.log(first.var(axis=0) / second.var(axis=0))) / np.sqrt((fourth[0] + fourth[1]) / count)
    return float(means.max()), float(logs.max())


@pytest.mark.parametrize("seed", [1, 2])
def test_the_sum_has_the_law_of_the_areas_added_up(seed: int) -> None:
    tally = half_counted(seed)
    one_by_one = figures(simulate(regression(tally.contest, tally, draws=DRAWS, seed=seed), tally))
    at_once = figures(aggregate(tally.contest, tally, draws=DRAWS, seed=seed))
    assert max(apart(one_by_one, at_once)) < limit(20)
    middle = at_once.mean(axis=0)
    wider = middle + 1.15 * (at_once - middle)
    assert apart(one_by_one, wider)[1] > limit(20)
    moved = at_once + 0.1 * at_once.std(axis=0)
    assert apart(one_by_one, moved)[0] > limit(20)
    assert np.abs(np.corrcoef(one_by_one.T) - np.corrcoef(at_once.T)).max() < limit(10) * np.sqrt(2.0 / DRAWS)


def test_everything_declared_is_the_result() -> None:
    contest = made_contest(3, areas=60)
    result = made_result(contest, 3)
    tally = fold(contest, [declared(contest, a, votes) for a, votes in enumerate(result)])
    found = aggregate(contest, tally, draws=50, seed=1)
    assert (found.totals == result.sum(axis=0)).all()
    assert win_probabilities(decide(Plurality(), found)).max() == 1.0


def test_the_same_arguments_give_the_same_numbers() -> None:
    tally = half_counted(4)
    first, second = (aggregate(tally.contest, tally, draws=500, seed=9).totals for _ in range(2))
    assert (first == second).all()
    assert (first != aggregate(tally.contest, tally, draws=500, seed=10).totals).any()


def test_a_rule_that_asks_for_areas_is_refused() -> None:
    tally = half_counted(5)
    contest = replace(tally.contest, rule=AreaSeats())
    with pytest.raises(ModelError, match="areas"):
        aggregate(contest, fold(contest, ()), draws=50, seed=1)
