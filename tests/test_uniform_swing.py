"""Uniform swing in closed form: every area moves as the declared ones have, with the spread stated."""

from __future__ import annotations

import numpy as np
import pytest
from made_contest import declared, made_contest
from monte_carlo import furthest, limit, limit_of_moments
from numpy.typing import NDArray

from forecast.tally import Tally, empty_tally, fold
from models.bank import option_scale
from models.design import Design, design_contest
from models.priors import priors_for
from models.uniform_swing import common_change, uniform_swing

Array = NDArray[np.float64]

DRAWS = 20_000
CONTEST = made_contest(91, areas=5, candidates=3, departed=False)
DESIGN = design_contest(CONTEST, priors_for(CONTEST))
THEN = DESIGN.baseline


def moved(*changes: tuple[float, float, float]) -> Array:
    """(area, candidate) votes of the first areas, moved by so many points from last time, to the nearest vote."""
    shares = THEN[: len(changes)] + np.array(changes)
    votes: Array = np.rint(shares * CONTEST.baseline.valid[: len(changes), None])
    return votes


def after(votes: Array, reported: tuple[int, ...] | None = None) -> Tally:
    return fold(CONTEST, [declared(CONTEST, area, each, reported) for area, each in enumerate(votes)])


def of_swing(design: Design) -> Array:
    """(candidate, candidate) covariance for a swing of variance 1."""
    scale = option_scale(design)
    covariance: Array = scale / (design.lead @ scale @ design.lead)
    return covariance


def test_the_common_change_is_that_of_the_areas_declared_together() -> None:
    votes = moved((0.05, -0.03, -0.02), (0.01, 0.01, -0.02))
    then = CONTEST.baseline.votes[:2].sum(axis=0) / CONTEST.baseline.valid[:2].sum()
    expected = votes.sum(axis=0) / votes.sum() - then
    found = common_change(DESIGN, after(votes), np.array([0, 1]))
    assert found == pytest.approx(expected, abs=1e-12)
    assert found.sum() == pytest.approx(0.0, abs=1e-12)


def test_who_is_not_reported_loses_in_proportion_what_the_others_gain() -> None:
    votes = moved((0.06, -0.03, -0.03))
    change = common_change(DESIGN, after(votes, (0,)), np.array([0]))
    assert change[0] == pytest.approx(0.06, abs=1e-5)  # to the nearest vote
    assert change[1] / change[2] == pytest.approx(DESIGN.mean[1] / DESIGN.mean[2])
    assert change.sum() == pytest.approx(0.0, abs=1e-12)


def test_before_the_count_the_common_change_is_the_polls() -> None:
    change = common_change(DESIGN, empty_tally(CONTEST), np.array([], int))
    then = CONTEST.baseline.votes.sum(axis=0) / CONTEST.baseline.valid.sum()
    assert change == pytest.approx(CONTEST.polls[0].shares - then)


@pytest.mark.parametrize("count", [1, 2, 4])
def test_areas_outstanding_move_alike_with_the_spread_stated(count: int) -> None:
    votes = moved(*[(0.03, -0.02, -0.01)] * count)
    share = uniform_swing(CONTEST, after(votes), draws=DRAWS, seed=count).share[:, count:]
    outstanding = 5 - count
    change = votes.sum(axis=0) / votes.sum() - CONTEST.baseline.votes[:count].sum(axis=0) / votes.sum()
    expected = (THEN[count:] + change)[:, :2].ravel()  # the third is what the two leave
    tau = DESIGN.priors.area_median
    areas = tau**2 * (np.eye(outstanding) + 1.0 / count)
    covariance = np.kron(areas, of_swing(DESIGN)[:2, :2])
    found = share[:, :, :2].reshape(DRAWS, -1)
    assert furthest(found, expected, covariance.astype(np.float64)) < limit_of_moments(len(expected))
    alone = np.kron(tau**2 * np.eye(outstanding), of_swing(DESIGN)[:2, :2])
    assert furthest(found, expected, alone.astype(np.float64)) > limit_of_moments(len(expected))


def test_before_the_count_the_spread_is_the_polls_error_and_the_areas_own() -> None:
    share = uniform_swing(CONTEST, empty_tally(CONTEST), draws=DRAWS, seed=1).share
    priors = DESIGN.priors
    areas = priors.poll_swing_sd**2 + priors.area_median**2 * np.eye(5)
    lead = share @ DESIGN.lead
    expected = (THEN + DESIGN.expected - DESIGN.mean) @ DESIGN.lead
    assert furthest(lead, expected, areas) < limit_of_moments(5)


def test_no_swing_gives_the_baseline_back() -> None:
    share = uniform_swing(CONTEST, after(moved(*[(0.0, 0.0, 0.0)] * 4)), draws=DRAWS, seed=2).share[:, 4]
    error = DESIGN.priors.area_median * np.sqrt(1.25 * np.diag(of_swing(DESIGN)) / DRAWS)
    assert (np.abs(share.mean(axis=0) - THEN[4]) < limit(3) * error + 1e-5).all()  # votes are whole
