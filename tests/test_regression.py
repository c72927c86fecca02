"""The regression's sampler against closed forms, and calibrated on contests drawn from its own prior."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import cast

import numpy as np
import pytest
from made_contest import declared, made_contest, made_result
from monte_carlo import furthest, limit, limit_of_moments, uniform
from numpy.typing import NDArray

from forecast.contests.catalogue import find_contest
from forecast.tally import Status, fold
from models.drawing import draw_shares, unlikeness
from models.factors import invert_wishart
from models.gibbs import Declared, declared_data, sample_states
from models.gibbs_kernels import TAILS, draw_bartlett, draw_coefficients, draw_tail, draw_weights, impute
from models.many_areas import known_shares
from models.priors import Priors, priors_for
from models.regressors import Regressors, read_regressors, separate_blocks
from models.rows import subtract_expected
from models.states import State

Array = NDArray[np.float64]

VAGUE_TAILS = Priors().many_tails
OMEGA = np.array([[4.0, -1.5, 0.5], [-1.5, 2.0, -0.2], [0.5, -0.2, 1.0]])


def data_of(x: Array, change: Array, mean: Array, standing: NDArray[np.bool_] | None = None) -> Declared:
    """Declared areas with these regressors and changes, and a prior that is worth several of them."""
    contest = made_contest(1)
    block = replace(
        read_regressors(contest, priors_for(contest), np.arange(5)),
        baseline=np.zeros(change.shape),
        standing=np.ones(change.shape, bool) if standing is None else standing,
        x=x,
        x_sd=np.array([0.6, 0.4])[: x.shape[1]],
        mean=mean,
        area_sd=1.0,
        scale=np.array([1.7, 1.4, 1.0])[: change.shape[1]],
    )
    return declared_data(block, change)


def made_data(areas: int, seed: int) -> Declared:
    """Changes of three candidates by an intercept and a regressor."""
    rng = np.random.default_rng(seed)
    x = np.column_stack([np.ones(areas), rng.standard_normal(areas)])
    noise = rng.standard_normal((areas, 3)) @ np.linalg.cholesky(OMEGA).T
    change = x @ np.array([[1.0, -1.0, 0.0], [0.5, 0.5, -1.0]]) + noise
    return data_of(x, change, np.array([[0.5, 0.0, -0.5], [0.0, 0.0, 0.0]]))


def coefficients_of(data: Declared, weight: Array, rng: np.random.Generator) -> tuple[Array, Array]:
    """Coefficients and covariance given changes and weights."""
    drawn: tuple[Array, Array] = draw_coefficients(
        data.rows, weight, data.mean, data.precision, data.scatter, data.df, rng
    )
    return drawn


# The parts, each against its law


def test_an_inverse_wishart_has_its_mean() -> None:
    rng, df = np.random.default_rng(1), 12.0
    upper = np.triu_indices(3)
    draws = np.array([invert_wishart(OMEGA, draw_bartlett(3, df, rng))[upper] for _ in range(8_000)])
    error = draws.std(axis=0) / np.sqrt(len(draws))
    assert np.abs((draws.mean(axis=0) - OMEGA[upper] / (df - 3 - 1)) / error).max() < limit(6)
    assert np.abs((draws.mean(axis=0) - OMEGA[upper] / (df - 3)) / error).max() > limit(6)


def test_with_everything_seen_coefficients_have_their_closed_form() -> None:
    data, rng = made_data(15, seed=2), np.random.default_rng(3)
    drawn = [coefficients_of(data, np.ones(15), rng) for _ in range(8_000)]
    precision = np.diag([0.6**-2, 0.4**-2])  # an area's SD of 1 over the coefficients'
    before = np.diag([1.7**2, 1.4**2, 1.0]) * (11.0 - 3.0 - 1.0)
    posterior = precision + data.x.T @ data.x
    centre = np.linalg.inv(posterior) @ (precision @ data.mean + data.x.T @ data.change)
    scatter = before + data.change.T @ data.change + data.mean.T @ precision @ data.mean
    scatter -= centre.T @ posterior @ centre
    omega = scatter / (11.0 + 15.0 - 3.0 - 1.0)
    found = np.array([coefficients.ravel() for coefficients, _ in drawn])
    errors = found.std(axis=0) / np.sqrt(len(found))
    assert np.abs((found.mean(axis=0) - centre.ravel()) / errors).max() < limit(6)
    expected = np.kron(np.linalg.inv(posterior), omega)
    off = found - found.mean(axis=0)
    products = np.einsum("da,db->dab", off, off)
    errors = products.std(axis=0) / np.sqrt(len(found))
    assert (np.abs(products.mean(axis=0) - expected) / errors).max() < limit(21)
    assert (np.abs(products.mean(axis=0) - 1.1 * expected) / errors).max() > limit(21)
    omegas = np.array([each[np.triu_indices(3)] for _, each in drawn])
    errors = omegas.std(axis=0) / np.sqrt(len(omegas))
    assert np.abs((omegas.mean(axis=0) - omega[np.triu_indices(3)]) / errors).max() < limit(6)


def test_an_area_of_twice_the_weight_counts_as_two() -> None:
    data = made_data(6, seed=4)
    twice = replace(data, x=np.vstack([data.x, data.x[:1]]), change=np.vstack([data.change, data.change[:1]]))
    weight = np.array([2.0, 1.0, 1.0, 1.0, 1.0, 1.0])
    means = []
    for each, heavy in ((data, weight), (twice, np.ones(7))):
        rng = np.random.default_rng(5)
        found = np.array([coefficients_of(each, heavy, rng)[0].ravel() for _ in range(5_000)])
        means.append((found.mean(axis=0), found.var(axis=0) / len(found)))
    apart = np.abs(means[0][0] - means[1][0]) / np.sqrt(means[0][1] + means[1][1])
    assert apart.max() < limit(6)


def test_who_does_not_stand_is_imputed_by_the_conditional_gaussian() -> None:
    # seen 1.3 where 1.0 was expected, covariance (4, -1.5; -1.5, 2): the other is expected at -1 - 1.5/4 * 0.3
    areas, omega = 40_000, OMEGA[:2, :2]
    change = np.column_stack([np.full(areas, 1.3), np.zeros(areas)])
    data = data_of(np.ones((areas, 1)), change, np.zeros((1, 2)), np.array([[True, False]] * areas))
    rows, weight = data.rows, np.full(areas, 2.0)
    expected, rng = np.array([[1.0, -1.0]]), np.random.default_rng(6)
    impute(rows, subtract_expected(rows, expected), data.patterns, data.starts, omega, weight, rng)
    filled = rows[1:].T
    assert (filled[:, 0] == 1.3).all()
    mean, variance = -1.0 - 1.5 / 4.0 * 0.3, (2.0 - 1.5**2 / 4.0) / 2.0
    assert furthest(filled[:, 1:], np.array([mean]), np.array([[variance]])) < limit_of_moments(1)
    assert furthest(filled[:, 1:], np.array([-1.0]), np.array([[variance]])) > limit_of_moments(1)


def test_weights_are_gamma_about_the_distance_of_the_residual() -> None:
    residual = np.repeat([[2.0], [-1.0], [0.5]], 40_000, axis=1)
    weights = draw_weights(residual, OMEGA, 8.0, np.random.default_rng(7))
    shape = (8.0 + 3.0) / 2.0
    rate = (8.0 + residual[:, 0] @ np.linalg.inv(OMEGA) @ residual[:, 0]) / 2.0
    assert abs(weights.mean() - shape / rate) < limit(1) * np.sqrt(shape) / rate / np.sqrt(40_000)


def test_the_tail_is_drawn_by_the_density_of_the_weights() -> None:
    from scipy.stats import gamma

    rng = np.random.default_rng(8)
    weight = rng.gamma(4.0, 0.25, 12)
    density = np.array(VAGUE_TAILS) * [gamma.pdf(weight, tail / 2, scale=2 / tail).prod() for tail in TAILS]
    expected = density / density.sum()
    drawn = np.array([draw_tail(weight, np.array(VAGUE_TAILS), rng) for _ in range(10_000)])
    found = np.array([(drawn == tail).mean() for tail in TAILS])
    assert np.abs((found - expected) / np.sqrt(expected * (1 - expected) / 10_000)).max() < limit(3)


# What it reads


def test_northern_ireland_is_a_block_of_its_own() -> None:
    contest = find_contest("general-election-2019")
    blocks = separate_blocks(contest)
    groups = [{contest.areas[area].group for area in block} for block in blocks]
    assert {"Northern Ireland"} in groups
    assert sorted(len(block) for block in blocks) == [18, 632]
    assert sorted(np.concatenate(blocks).tolist()) == list(range(650))
    (own,) = [block for block, names in zip(blocks, groups, strict=True) if names == {"Northern Ireland"}]
    standing = {contest.candidates[c].id for c in read_regressors(contest, priors_for(contest), own).candidates}
    assert {"dup", "sf", "sdlp", "uup", "alliance"} <= standing
    assert not standing & {"snp", "pc"}


def test_areas_in_which_a_candidate_is_not_reported_wait() -> None:
    contest = made_contest(1, candidates=4)
    result = made_result(contest, 1)
    block = read_regressors(contest, priors_for(contest), np.arange(5))
    items = [declared(contest, 0, result[0]), declared(contest, 1, result[1], (0, 1))]
    data = declared_data(block, known_shares(fold(contest, items)))
    assert data.change.shape == (1, 4)
    share = result[0] / result[0].sum()
    then = contest.baseline.votes[0] / contest.baseline.valid[0]
    assert data.change[0] == pytest.approx(share - then)


# Calibration: coefficients drawn from the prior rank evenly among the states of the sampler.

CONTESTS = 200
EVERY = 2  # of the states kept, so that they are nearly independent of each other


@cache
def block_of_twelve() -> Regressors:
    """Twelve areas of three candidates, one of whom does not stand in three of them."""
    contest = made_contest(61, areas=12, candidates=3, slope=True, polled=False)
    standing = contest.standing.copy()
    standing[:3, 2] = False
    contest = replace(contest, standing=standing)
    return read_regressors(contest, priors_for(contest), np.arange(12))


def slope_of(block: Regressors) -> int:
    """Position of the covariate among the regressors."""
    age = made_contest(61, areas=12, candidates=3, slope=True, polled=False).covariates["age"]
    (found,) = np.flatnonzero(np.isclose(block.x.T, (age - age.mean()) / age.std()).all(axis=1))
    return int(found)


def ranks_of_truth(seed: int, wider: float) -> tuple[float, float]:
    """Share of the states below the true intercept and slope of the lead, two areas of the twelve being outstanding.

    ``wider`` multiplies the prior SD of the coefficients behind the truth: 1 is what the sampler supposes.
    """
    from scipy.stats import invwishart

    block, rng = block_of_twelve(), np.random.default_rng(500 + seed)
    prior = declared_data(block, np.full(block.baseline.shape, np.nan))
    omega = invwishart.rvs(prior.df, prior.scatter, random_state=rng)
    factor = np.linalg.cholesky(omega)
    normals = rng.standard_normal(prior.mean.shape)
    truth = prior.mean + wider / np.sqrt(prior.precision)[:, None] * normals @ factor.T
    tail = rng.choice(TAILS, p=VAGUE_TAILS)
    weight = rng.gamma(tail / 2.0, 2.0 / tail, (12, 1))
    noise = rng.standard_normal((12, 3)) / np.sqrt(weight) @ factor.T
    shares = np.where(block.standing, block.baseline + block.x @ truth + noise, np.nan)
    shares[10:] = np.nan
    states = sample_states(block, shares, np.random.default_rng(seed))[:100:EVERY]
    drawn = np.array([state.coefficients @ [1.0, -1.0, 0.0] for state in states])
    below = (drawn < truth @ [1.0, -1.0, 0.0]).sum(axis=0)[[0, slope_of(block)]]
    intercept, slope = (below + rng.random(2)) / (len(drawn) + 1.0)
    return float(intercept), float(slope)


@pytest.mark.slow
def test_true_coefficients_rank_evenly_among_the_states() -> None:
    ranks = np.array([ranks_of_truth(seed, 1.0) for seed in range(CONTESTS)])
    assert uniform(ranks[:, 0])
    assert uniform(ranks[:, 1])


@pytest.mark.slow
def test_coefficients_wider_than_the_prior_are_found_out() -> None:
    ranks = np.array([ranks_of_truth(seed, 4.0) for seed in range(CONTESTS)])
    assert not uniform(ranks[:, 0])


def test_what_is_drawn_of_areas_has_the_covariance_that_is_stated() -> None:
    contest = made_contest(62, areas=8, candidates=3, slope=False, polled=False)
    standing = np.ones((8, 3), bool)
    standing[[1, 4], 1] = False  # two patterns, one between the other's areas
    baseline = np.where(standing, np.where(standing.all(axis=1, keepdims=True), [0.4, 0.2, 0.4], 0.5), 0.0)
    block = read_regressors(contest, priors_for(contest), np.arange(8))
    block = replace(block, baseline=baseline, standing=standing, group=np.array([0, 0, 1, 1, 0, 1, 0, 0]))
    priors, status = replace(priors_for(contest), floor=1e-4, discrepancy=0.8), np.zeros(8, np.int8)
    status[6:] = Status.DECLARED
    states = [State(np.zeros((block.x.shape[1], 3)), 1e-4 * each, 30.0) for each in (OMEGA, 0.5 * OMEGA[::-1, ::-1])]
    share = cast("Array", np.zeros((20_000, 8, 3), np.float32))
    draw_shares(block, status, status == 0, states, priors, np.random.SeedSequence(3), share)
    assert (share[:, 6:] == 0).all()
    assert (share[:, [1, 4], 1] == 0).all()
    lead = 100.0 * (share[:, :6, 0] - share[:, :6, 2]).astype(np.float64)
    apart, strength = np.array([1.0, 0.0, -1.0]), 0.8 * unlikeness(block, status)
    variance = 1e4 * np.mean([apart @ state.omega @ apart for state in states])
    together = block.group[:6, None] == block.group[:6]
    shared = strength**2 * np.where(together, 1.25, 1.0)
    expected = variance * (30.0 / 28.0 * np.eye(6) + shared)
    assert strength > 0.1
    assert furthest(lead, np.zeros(6), expected) < limit_of_moments(6)
    for wrong in (30.0 / 28.0 * np.eye(6) + 1.25 * strength**2, 1.1 * (30.0 / 28.0 * np.eye(6) + shared)):
        assert furthest(lead, np.zeros(6), variance * wrong) > limit_of_moments(6)


def test_with_fewer_draws_than_states_every_draw_is_written() -> None:
    block = block_of_twelve()
    states = [State(np.zeros((block.x.shape[1], 3)), 1e-4 * OMEGA, 4.0)] * 7
    share = cast("Array", np.zeros((3, 12, 3), np.float32))
    everywhere = np.ones(12, bool)
    draw_shares(
        block, np.zeros(12, np.int8), everywhere, states, priors_for(made_contest(1)), np.random.SeedSequence(4), share
    )
    assert share.sum(axis=2) == pytest.approx(1.0, abs=1e-5)
