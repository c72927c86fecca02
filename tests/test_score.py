"""Proper scores, held against the scoringrules library, their definitions and the propriety they are named for."""

from __future__ import annotations

import numpy as np
import pytest
import scoringrules
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from forecast import score

RNG = np.random.default_rng(7)
PROBABILITIES = RNG.dirichlet(np.ones(4), 50)
CAME = RNG.integers(0, 4, 50)
DRAWS = RNG.normal(size=(200, 30))
TRUTH = RNG.normal(size=30)


def test_crps_of_draws_is_the_library_s() -> None:
    expected = scoringrules.crps_ensemble(TRUTH, DRAWS.T, estimator="nrg")
    np.testing.assert_allclose(score.crps(DRAWS, TRUTH), expected, rtol=1e-10)


def test_crps_of_one_draw_is_the_absolute_error() -> None:
    np.testing.assert_allclose(score.crps(DRAWS[:1], TRUTH), np.abs(DRAWS[0] - TRUTH))


def test_crps_of_many_normal_draws_nears_the_closed_form() -> None:
    draws = np.random.default_rng(1).normal(0.0, 1.0, (200_000, 1))
    exact = scoringrules.crps_normal(0.7, 0.0, 1.0)
    assert score.crps(draws, np.array([0.7]))[0] == pytest.approx(float(exact), abs=4 / np.sqrt(200_000))
    assert score.crps(2.0 * draws, np.array([0.7]))[0] != pytest.approx(float(exact), abs=0.02)


def test_interval_score_is_the_library_s() -> None:
    lower, upper = TRUTH - RNG.exponential(size=30), TRUTH + RNG.normal(size=30)
    lower, upper = np.minimum(lower, upper), np.maximum(lower, upper)
    expected = scoringrules.interval_score(TRUTH, lower, upper, 0.1)
    np.testing.assert_allclose(score.interval_score(lower, upper, TRUTH, 0.9), expected)


def test_energy_and_variogram_scores_are_the_library_s() -> None:
    draws, came = RNG.normal(size=(300, 5)), RNG.normal(size=5)
    expected = float(scoringrules.es_ensemble(came, draws, estimator="nrg"))
    assert score.energy_score(draws, came) == pytest.approx(expected, rel=1e-9)
    expected = float(scoringrules.vs_ensemble(came, draws, p=0.5))
    assert score.variogram_score(draws, came) == pytest.approx(expected, rel=1e-9)


def test_energy_score_of_many_draws_is_close_to_that_of_all_pairs() -> None:
    draws, came = RNG.normal(size=(3_000, 3)), np.zeros(3)
    assert score.energy_score(draws, came) == pytest.approx(float(scoringrules.es_ensemble(came, draws)), rel=0.02)


def test_quantiles_of_sorted_draws_are_numpy_s() -> None:
    probabilities = [0.0, 0.025, 0.5, 0.95, 1.0]
    for draws in (DRAWS, DRAWS[:2], DRAWS[:1]):
        expected = np.quantile(draws, probabilities, axis=0)
        np.testing.assert_allclose(score.quantiles(np.sort(draws, axis=0), probabilities), expected, atol=1e-12)


def test_scores_of_sorted_draws_are_those_of_the_draws() -> None:
    inorder = np.sort(DRAWS, axis=0)
    np.testing.assert_allclose(score.crps(inorder, TRUTH, ordered=True), score.crps(DRAWS, TRUTH))
    np.testing.assert_array_equal(score.covers(inorder, TRUTH, 0.9, ordered=True), score.covers(DRAWS, TRUTH, 0.9))


def test_energy_score_of_draws_that_hardly_differ_keeps_its_digits() -> None:
    draws = 0.5 + 1e-6 * RNG.normal(size=(200, 4))
    came = np.full(4, 0.5)
    expected = float(scoringrules.es_ensemble(came, draws, estimator="nrg"))
    assert score.energy_score(draws, came) == pytest.approx(expected, rel=1e-6)


def test_brier_and_log_scores_are_the_library_s() -> None:
    probability, came = PROBABILITIES[:, 0], CAME == 0
    np.testing.assert_allclose(
        score.brier(probability, came), scoringrules.brier_score(came.astype(float), probability)
    )
    picked = np.clip(PROBABILITIES[np.arange(50), CAME], 0.001, 1.0)
    np.testing.assert_allclose(score.log_score(PROBABILITIES, CAME), -np.log(picked))


def test_ranked_probability_is_the_library_s() -> None:
    expected = scoringrules.rps_score(CAME + 1, PROBABILITIES)
    np.testing.assert_allclose(score.ranked_probability(PROBABILITIES, CAME), expected)


def test_brier_of_classes_by_hand() -> None:
    assert score.brier_classes(np.array([0.2, 0.5, 0.3]), np.array(1)) == pytest.approx(0.04 + 0.25 + 0.09)
    assert score.brier_classes(np.array([1.0, 0.0]), np.array(1)) == 2.0


def test_no_event_is_charged_for_less_than_one_chance_in_a_thousand() -> None:
    assert score.log_score(np.array([1.0, 0.0]), np.array(1)) == pytest.approx(np.log(1000.0))


@given(st.floats(0.02, 0.98), st.floats(0.02, 0.98))
def test_nobody_gains_by_saying_what_they_do_not_believe(believed: float, said: float) -> None:
    truth, told = np.array([believed, 1 - believed]), np.array([said, 1 - said])
    for rule in (score.log_score, score.brier_classes, score.ranked_probability):
        honest, other = (
            sum(truth[came] * float(rule(each, np.array(came))) for came in (0, 1)) for each in (truth, told)
        )
        assert honest <= other + 1e-12


def test_intervals_cover_as_often_as_they_say() -> None:
    rng = np.random.default_rng(3)
    draws, came = rng.normal(size=(999, 4_000)), rng.normal(size=4_000)
    for level in (0.5, 0.8, 0.9, 0.95):
        error = np.sqrt(level * (1 - level) / 4_000)
        assert score.covers(draws, came, level).mean() == pytest.approx(level, abs=4 * error)
        assert score.covers(0.5 * draws, came, level).mean() < level - 4 * error
    assert np.isnan(score.covers(draws[:, :1], np.array([np.nan]), 0.9)[0])


@pytest.mark.parametrize("ties", [False, True])
def test_the_transform_is_uniform_where_the_forecast_is_calibrated_ties_or_none(ties: bool) -> None:
    rng = np.random.default_rng(5)
    draws, came = rng.normal(size=(99, 3_000)), rng.normal(size=3_000)
    draws, came = (np.rint(2 * draws), np.rint(2 * came)) if ties else (draws, came)
    places = score.pit(draws, came, np.random.default_rng(1))
    assert stats.kstest(places, "uniform").pvalue > 0.001
    assert stats.kstest(score.pit(0.6 * draws, came, np.random.default_rng(1)), "uniform").pvalue < 0.001
    assert np.array_equal(places, score.pit(draws, came, np.random.default_rng(1)))
