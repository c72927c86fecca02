"""The model of many past votes: what it knows of made-up areas that move together, and of Swiss ones."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from forecast.contests.contest import Contest
from forecast.contests.covariates import PAST
from forecast.declaration import Declaration
from forecast.errors import ModelError
from forecast.evaluation.past_votes import swiss_votes
from forecast.tally import Tally, fold
from models.engines import engine_for
from models.past_shares import LEAST_VOTES
from models.past_votes import past_votes, weigh
from models.subspace import subspace

VOTES = tuple(swiss_votes())
DRAWS = 400


def first_declared(contest: Contest, items: tuple[Declaration, ...], order: NDArray[np.intp], count: int) -> Tally:
    areas = len(contest.areas)
    return fold(contest, [*items[:areas], *(items[areas + position] for position in order[:count])])


def total(contest: Contest, tally: Tally) -> NDArray[np.float64]:
    posterior = past_votes(contest, tally, draws=DRAWS, seed=1)
    totals: NDArray[np.float64] = (posterior.share[:, :, 0] * posterior.valid).sum(axis=1) / posterior.valid.sum(axis=1)
    return totals


def truth_of(items: tuple[Declaration, ...], areas: int) -> float:
    return sum(item.votes["yes"] for item in items[areas:]) / sum(item.valid or 0 for item in items[areas:])


def test_a_contest_with_enough_past_votes_is_forecast_by_them() -> None:
    contest, _ = VOTES[0]
    kept = {name: values for name, values in contest.covariates.items() if not name.startswith(PAST)}
    few = sorted(set(contest.covariates) - set(kept))[: LEAST_VOTES - 1]
    assert engine_for(contest) == "past-votes"
    assert (
        engine_for(replace(contest, covariates=kept | {name: contest.covariates[name] for name in few})) != "past-votes"
    )


def test_without_past_votes_it_has_no_answer() -> None:
    contest, _ = VOTES[0]
    bare = replace(contest, covariates={}, slopes=())
    with pytest.raises(ModelError, match="15 past votes"):
        past_votes(bare, fold(bare, ()), draws=10, seed=1)


def test_the_same_arguments_give_the_same_draws_and_the_declared_is_repeated() -> None:
    contest, items = VOTES[3]
    order = np.random.default_rng(1).permutation(len(contest.areas))
    tally = first_declared(contest, items, order, 30)
    once, twice = (past_votes(contest, tally, draws=200, seed=5) for _ in range(2))
    assert np.array_equal(once.share, twice.share)
    declared = order[:30]
    assert np.allclose(once.share[:, declared, 0], (tally.votes[:, 0] / tally.valid)[declared])
    assert np.allclose(once.share.sum(axis=2), 1.0)


def test_samples_of_past_votes_count_alike_whatever_they_say() -> None:
    weight = weigh(np.array([[0.0, 2.0], [5.0, 1.0], [-9.0, -1.0]]))
    assert np.allclose(weight.sum(axis=1), 1 / 3)


def test_swiss_results_lie_inside_the_intervals_as_often_as_they_say_and_no_further_off_than_the_specialists() -> None:
    """Three random orders of every vote, a tenth declared: 90% intervals hold as many, give or take three SD."""
    inside, ours, theirs = [], [], []
    for seed in (7, 8, 9):
        for number, (contest, items) in enumerate(VOTES):
            order = np.random.default_rng([seed, number]).permutation(len(contest.areas))
            tally = first_declared(contest, items, order, 22)
            truth, draws = truth_of(items, len(contest.areas)), total(contest, tally)
            low, high = np.quantile(draws, [0.05, 0.95])
            inside.append(low <= truth <= high)
            ours.append(abs(np.median(draws) - truth))
            point = subspace(contest, tally, draws=1, seed=1)
            theirs.append(abs((point.share[0, :, 0] * point.valid[0]).sum() / point.valid[0].sum() - truth))
    assert np.mean(inside) == pytest.approx(
        0.9, abs=3 * np.sqrt(0.9 * 0.1 / len(VOTES))
    )  # orders of a vote are not new
    assert np.mean(ours) < 1.05 * np.mean(theirs)


def test_past_votes_of_other_areas_teach_it_nothing() -> None:
    """The negative control: with every past vote's areas shuffled, the same results are missed by more."""
    rng = np.random.default_rng(11)
    right: list[float] = []
    wrong: list[float] = []
    for number, (contest, items) in enumerate(VOTES[:12]):
        order = np.random.default_rng([7, number]).permutation(len(contest.areas))
        shuffled = {
            name: rng.permutation(values) if name.startswith(PAST) else values
            for name, values in contest.covariates.items()
        }
        truth = truth_of(items, len(contest.areas))
        for covariates, errors in ((contest.covariates, right), (shuffled, wrong)):
            other = replace(contest, covariates=covariates)
            errors.append(abs(float(np.median(total(other, first_declared(other, items, order, 22)))) - truth))
    assert np.mean(right) < 0.8 * np.mean(wrong)
