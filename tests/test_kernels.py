"""Compiled loops against the plain ones and against closed forms."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from made_contest import declared, made_contest, made_result
from monte_carlo import furthest, limit, limit_of_moments
from numpy.typing import NDArray

from forecast import simulation
from forecast.area_kernels import find_moments
from forecast.bulletin import areas as area_bulletin
from forecast.bulletin import attribution
from forecast.bulletin import seats as seat_bulletin
from forecast.bulletin.explain import Reckoning
from forecast.bulletin.summary import read_quantiles
from forecast.declaration import Declaration, Kind
from forecast.posterior import Posterior
from forecast.rules import AreaSeats, Plurality, seats
from forecast.simulation import Simulation, simulate, win_probabilities
from forecast.tally import Tally, fold
from models.drawing import draw_gammas, draw_normals
from models.kernels import divide_areas

Array = NDArray[np.float64]


def some_votes(draws: int = 60) -> tuple[Tally, Posterior]:
    """Five areas: one declared, one with half its votes counted; one candidate stands in four."""
    contest = made_contest(3, candidates=4)
    standing = contest.standing.copy()
    standing[4, 3] = False
    contest = replace(contest, standing=standing)
    result = made_result(contest, 3)
    half = {f"c{c}": int(each) for c, each in enumerate(result[1] // 2)}
    partial = Declaration("a1", Kind.PARTIAL, None, "test", "test", counted=0.5, votes=half)
    tally = fold(contest, [declared(contest, 0, result[0]), partial])
    rng = np.random.default_rng(4)
    drawn = rng.dirichlet(np.ones(4), (draws, 5)) * standing
    share = cast("Array", (drawn / drawn.sum(axis=2, keepdims=True)).astype(np.float32))
    valid = np.rint(result.sum(axis=1) * rng.uniform(0.4, 1.5, (draws, 5)))
    return tally, Posterior(share, valid, "test", {})


def test_votes_are_the_same_number_for_number(monkeypatch: pytest.MonkeyPatch) -> None:
    tally, posterior = some_votes()
    plain = simulate(posterior, tally)
    monkeypatch.setattr(simulation, "MANY", 0)
    quick = simulate(posterior, tally)
    assert (quick.votes == plain.votes).all()
    assert (quick.totals == plain.totals).all()
    shares = posterior.share.copy()
    in_place = simulate(replace(posterior, share=shares), tally, in_place=True)
    assert in_place.votes is shares
    assert (shares == plain.votes).all()


def test_seats_are_the_same_with_ties_and_candidates_who_cannot_win(monkeypatch: pytest.MonkeyPatch) -> None:
    votes = cast("Array", np.random.default_rng(5).integers(0, 4, (500, 7, 4)).astype(np.float32))
    rule = AreaSeats(weights=(1.0, 2.0, 0.0, 5.0, 1.0, 1.0, 3.0), cannot_win=(2,))
    some = np.array([0, 3, 6])
    for where in (None, some):
        plain = rule.count(votes, where)
        monkeypatch.setattr(seats, "MANY", 0)
        quick = rule.count(votes, where)
        monkeypatch.undo()
        assert np.allclose(quick.seats, plain.seats)
        assert (quick.possible == plain.possible).all()
        assert (quick.ties == plain.ties).all()
        assert quick.of == plain.of
    assert plain.ties.any()


def test_votes_not_known_are_refused_by_compiled_code_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seats, "MANY", 0)
    votes = np.ones((3, 2, 2))
    votes[1, 1, 0] = np.nan
    with pytest.raises(ValueError, match="votes hold NaN"):
        AreaSeats().elect(votes)


def test_the_figures_of_areas_are_those_of_numpy() -> None:
    contest = made_contest(12, areas=11, candidates=4)
    standing = contest.standing.copy()
    standing[2, 3] = False
    contest = replace(contest, standing=standing)
    tally = fold(contest, [declared(contest, 4, np.array([30.0, 20.0, 10.0, 1.0]))])
    rng = np.random.default_rng(9)
    votes = rng.integers(0, 5, (70, 11, 4)).astype(np.float32) + (rng.random((70, 11, 1)) < 0.02) * np.float32(5_000)
    votes += np.float32(1.0)
    votes[:, 2, 3] = 0.0
    votes[:, 4] = [30.0, 20.0, 10.0, 1.0]
    drawn = Simulation(cast("Array", votes), votes.sum(axis=1), votes.sum(axis=(1, 2)))
    reckoning = Reckoning(tally, some_votes(1)[1], drawn)
    plain, quick = (
        measure(reckoning, np.array([2, 0])) for measure in (area_bulletin._measure, area_bulletin._measure_quickly)
    )
    assert quick[0] == pytest.approx(plain[0], rel=1e-6, abs=1e-7, nan_ok=True)  # single precision
    assert quick[0][4] == pytest.approx(plain[0][4], rel=1e-12, nan_ok=True)  # declared
    assert np.isnan(quick[0][2, 3]).all()
    assert quick[1] == pytest.approx(plain[1])
    assert quick[1].sum(axis=1) == pytest.approx(1.0)
    assert quick[0][0] != pytest.approx(plain[0][1], nan_ok=True)


@settings(deadline=None)  # the first is compiled
@given(arrays(np.float32, st.integers(1, 300), elements=st.floats(-1e6, 1e6, width=32)))
def test_a_row_has_the_moments_and_quantiles_of_numpy(values: NDArray[np.float32]) -> None:
    levels, moments, exact = (0.0, 0.003, 0.25, 0.5, 0.9, 1.0), np.empty((1, 2)), values.astype(np.float64)
    find_moments(values[None], moments)
    assert read_quantiles(np.sort(values)[None], levels)[0] == pytest.approx(np.quantile(exact, levels), abs=1e-9)
    assert moments[0] == pytest.approx([exact.mean(), exact.std()], rel=1e-9, abs=1e-6)


def test_winners_and_margins_are_those_of_the_votes() -> None:
    votes = np.random.default_rng(10).integers(0, 5, (80, 6, 4)).astype(float)
    can = np.array([0, 2, 3])
    assert (seat_bulletin.find_winners(votes, (1,)) == can[votes[:, :, can].argmax(axis=2)]).all()
    other = votes[:, :, [0, 3]].max(axis=2)
    margin = (votes[:, :, 2] - other) / np.maximum(votes[:, :, 2] + other, 1.0)
    assert seat_bulletin._margins(votes, 2, can) == pytest.approx(margin)


@given(
    arrays(np.float64, st.tuples(st.integers(1, 8), st.integers(1, 9)), elements=st.integers(-2, 2)), st.integers(1, 10)
)
def test_the_pivotal_area_is_that_of_areas_put_in_order(margin: Array, line: int) -> None:
    order = np.argsort(-margin, axis=1, kind="stable")
    place = line - 1 if line <= margin.shape[1] else 0
    weights = np.ones(margin.shape[1])
    assert (seat_bulletin.find_pivotal(margin, weights, float(line)) == order[:, place]).all()
    assert (seat_bulletin.find_pivotal(margin, 2.0 * weights, 2.0 * line - 1.0) == order[:, place]).all()


def test_causes_are_the_same_whether_votes_or_their_totals_are_blended() -> None:
    rng = np.random.default_rng(11)
    moments = [np.rint(rng.uniform(50, 150, (400, 6, 3)) * rng.uniform(1, 2, (400, 6, 1))) for _ in range(2)]
    before, after = (Simulation(each, each.sum(axis=1), each.sum(axis=(1, 2))) for each in moments)
    counted = np.array([1, 4])
    for chosen in attribution._choices():
        wins = [
            win_probabilities(blend(Plurality(), before, after, counted)(chosen))
            for blend in (attribution._blend_totals, attribution._blend_votes)
        ]
        assert wins[0] == pytest.approx(wins[1], abs=0.003)  # a tie decided by the last bit of one vote


def divided(z: Array, standing: NDArray[np.bool_], floor: float) -> Array:
    """(area, candidate) shares of these z, by the compiled loop with no noise, each area being a pattern of its own."""
    areas, candidates = z.shape
    where, who = np.nonzero(standing)
    share = np.zeros((1, areas * candidates), np.float32)
    divide_areas(
        np.zeros((1, len(who)), np.float32), np.ones((1, areas), np.float32),
        np.zeros((1, candidates, 1), np.float32), np.zeros(1, np.intp), z[where, who].astype(np.float32)[None],
        np.eye(candidates)[None], np.zeros(areas, np.intp), np.zeros(areas, np.float32), np.arange(1, areas + 1),
        standing.sum(axis=1), np.argsort(~standing, axis=1, kind="stable"), floor, where * candidates + who, share,
    )  # fmt: skip
    return share.reshape(areas, candidates).astype(np.float64)


def test_shares_pass_the_soft_floor_and_sum_to_one() -> None:
    rng = np.random.default_rng(6)
    z = rng.normal(0.1, 0.15, (2_000, 5))
    standing = rng.random(z.shape) < 0.8
    standing[:, 0] = True
    z[:, 0] = np.abs(z[:, 0])
    soft = np.where(standing, np.logaddexp(0.0, z / 0.01), 0.0)
    assert divided(z, standing, 0.01) == pytest.approx(soft / soft.sum(axis=1, keepdims=True), abs=1e-5)


def test_an_area_where_nobody_is_above_zero_is_divided_too() -> None:
    z = np.array([[-2.0, -2.01, -3.0], [-0.4, -0.41, -0.5]])
    low = np.where([True, True, False], z / 0.01, -np.inf)
    soft = np.logaddexp(0.0, low - np.minimum(low.max(axis=1, keepdims=True) + 30.0, 0.0))
    expected = soft / soft.sum(axis=1, keepdims=True)
    found = divided(z, np.array([[True, True, False]] * 2), 0.01)
    assert found == pytest.approx(expected, rel=1e-4)
    assert (found[:, 2] == 0).all()
    assert (found[:, 0] > 2 * found[:, 1]).all()


@pytest.mark.parametrize("stands", [(True, True, True), (True, False, True)])
def test_noise_has_the_covariance_and_the_tail_it_is_given(stands: tuple[bool, ...]) -> None:
    rng, draws, tail = np.random.default_rng(7), 20_000, 8.0
    omega = np.array([[4.0, 0.5, -1.0], [0.5, 3.0, 0.2], [-1.0, 0.2, 2.0]]) * 1e-4
    who = np.flatnonzero(stands)
    weight = draw_gammas(rng, 4, (draws, 1)) * np.float32(2.0 / tail)
    shift, share = draw_normals(rng, (draws, 3, 1)), np.zeros((draws, 3), np.float32)
    divide_areas(
        draw_normals(rng, (draws, len(who))), weight, shift, np.zeros(draws, np.intp),
        np.full((1, len(who)), 1.0 / len(who), np.float32), omega[None], np.zeros(1, np.intp),
        np.full(1, 0.5, np.float32), np.ones(1, np.intp), np.array([len(who)]), who[None], 0.001, who, share,
    )  # fmt: skip
    assert (share[:, ~np.array(stands)] == 0).all()
    # far from the floor the lead of two is their difference but for what all together are more than one
    lead = (share[:, 0] - share[:, 2]).astype(np.float64)
    variance = (4.0 + 2.0 + 2.0) * 1e-4 * (tail / (tail - 2.0) + 0.25)
    error = np.sqrt(np.mean((lead**2 - variance) ** 2) / draws)
    assert abs(np.mean(lead**2) - variance) < limit(1) * error
    assert abs(np.mean(lead**2) - 1.2 * variance) > limit(1) * error


@pytest.mark.parametrize("whole", [2, 4, 15])
def test_gammas_are_gamma(whole: int) -> None:
    from scipy.stats import gamma, kstest

    drawn = draw_gammas(np.random.default_rng(9), whole, (50_000,)).astype(np.float64)
    assert kstest(drawn, gamma(whole).cdf).pvalue > 1e-3
    assert kstest(1.02 * drawn, gamma(whole).cdf).pvalue < 1e-3


def test_normals_are_normal() -> None:
    from scipy.stats import kstest

    drawn = draw_normals(np.random.default_rng(8), (50_001, 3)).astype(np.float64)
    assert drawn.shape == (50_001, 3)
    assert furthest(drawn, np.zeros(3), np.eye(3)) < limit_of_moments(3)
    assert kstest(drawn.ravel(), "norm").pvalue > 1e-3
    assert kstest(1.02 * drawn.ravel(), "norm").pvalue < 1e-3
