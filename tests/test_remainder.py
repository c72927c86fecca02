"""Partly counted areas: nobody loses what is counted, and the rest is like it unless something says otherwise."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_contest import made_contest, news
from monte_carlo import limit
from numpy.typing import NDArray

from forecast.declaration import Kind
from forecast.posterior import Posterior
from forecast.simulation import simulate
from forecast.tally import Tally, fold
from models.design import design_contest
from models.forward import settle_shares
from models.priors import priors_for
from models.remainder import keep_above_nothing, share_remainder

Array = NDArray[np.float64]

DRAWS = 20_000
CONTEST = made_contest(95, areas=3, candidates=4)
DESIGN = design_contest(CONTEST, priors_for(CONTEST))
VALID = 60_000
SHARES = np.array([0.52, 0.44, 0.03, 0.01])  # the last has 600 of 60,000


def counted(fraction: float, reported: int = 4) -> tuple[Tally, Array]:
    """A part of the first area's count, and the votes in it."""
    votes = np.rint(fraction * VALID * SHARES)
    item = news(
        CONTEST,
        0,
        Kind.PARTIAL,
        votes={f"c{c}": int(votes[c]) for c in range(reported)},
        valid=int(votes.sum()),
        ballots=round(VALID / (1 - DESIGN.priors.reject_mean)),
    )
    return fold(CONTEST, [item]), votes


def agreeing(fraction: float) -> Array:
    """(draw, area, candidate) what the count alone says of the final shares, as docs/model.md has it."""
    blur = 0.03**2 * (1 - fraction) / fraction
    covariance = 4 * blur * (np.diag(SHARES) - np.outer(SHARES, SHARES))
    normals = np.random.default_rng(1).standard_normal((DRAWS, 3, 4))
    values, vectors = np.linalg.eigh(covariance)
    made: Array = SHARES + normals @ (vectors * np.sqrt(np.maximum(values, 0.0))).T
    return made


def finished(tally: Tally, shares: Array) -> Array:
    """(draw, candidate) whole votes of the first area."""
    valid = np.full((len(shares), 3), float(VALID))
    return simulate(Posterior(settle_shares(DESIGN, tally, shares, valid), valid, "", {}), tally).votes[:, 0]


@pytest.mark.parametrize("reported", [4, 2])
@pytest.mark.parametrize("fraction", [0.5, 0.9, 0.98])
def test_the_rest_is_expected_in_proportion_to_the_count_where_nothing_says_otherwise(
    fraction: float, reported: int
) -> None:
    tally, votes = counted(fraction, reported)
    shares = agreeing(fraction)
    rest = finished(tally, shares)[:, :reported] - votes[:reported]
    # the error of the draws themselves, before anything is bounded
    error = VALID * shares[:, 0, :reported].std(axis=0) / np.sqrt(DRAWS)
    off = rest.mean(axis=0) - (VALID - votes.sum()) * SHARES[:reported]
    assert np.abs(off / np.hypot(error, 0.1)).max() < limit(reported)


@pytest.mark.parametrize(("fraction", "least"), [(0.5, 0.99), (0.9, 0.97), (0.98, 0.9)])
def test_the_lead_keeps_the_spread_the_model_gives_it(fraction: float, least: float) -> None:
    tally, _ = counted(fraction)
    shares = agreeing(fraction)
    final = finished(tally, shares)
    kept = (final[:, 0] - final[:, 1]).std() / (VALID * (shares[:, 0, 0] - shares[:, 0, 1]).std())
    assert least < kept < 1.01


@pytest.mark.parametrize("fraction", [0.02, 0.5, 0.98])
@pytest.mark.parametrize("reported", [4, 2])
def test_nobody_is_below_what_is_counted_and_the_sum_is_exact(fraction: float, reported: int) -> None:
    tally, votes = counted(fraction, reported)
    for shares in (agreeing(fraction), agreeing(fraction)[:, :, ::-1]):  # the second a model far from the count
        final = finished(tally, shares)
        assert (final[:, :reported] >= votes[:reported]).all()
        assert (final >= 0).all()
        assert (final.sum(axis=1) == VALID).all()


def test_a_draw_within_bounds_is_the_models_final_share() -> None:
    so_far, final = np.array([0.5, 0.3, 0.2]), np.array([[0.48, 0.33, 0.19]])
    rest = share_remainder(so_far, 0.6, final, final)
    assert 0.6 * so_far + 0.4 * rest[0] == pytest.approx(final[0])
    hidden = share_remainder(np.array([0.5, np.nan, np.nan]), 0.6, final, final)
    assert hidden[0, 0] == rest[0, 0]
    assert hidden[0, 1:] == pytest.approx((1 - rest[0, 0]) * np.array([0.33, 0.19]) / 0.52)


def test_bounding_keeps_the_means_which_clipping_does_not() -> None:
    shares = agreeing(0.98)[:, 0]
    drawn = SHARES + (shares - SHARES) / 0.02
    bounded = keep_above_nothing(drawn)
    assert bounded.min() >= 0.0
    assert bounded.sum(axis=1) == pytest.approx(1.0)
    assert bounded.mean(axis=0) == pytest.approx(drawn.mean(axis=0), abs=1e-4)
    clipped = np.maximum(drawn, 0.0)
    assert (clipped / clipped.sum(axis=1, keepdims=True)).mean(axis=0)[3] > 1.5 * SHARES[3]


@given(st.lists(st.floats(-3.0, 3.0), min_size=12, max_size=12))
def test_any_shares_can_be_bounded(values: list[float]) -> None:
    raw = np.array(values).reshape(4, 3)
    shares = raw + (1.0 - raw.sum(axis=1, keepdims=True)) / 3.0
    bounded = keep_above_nothing(shares)
    assert (bounded >= 0.0).all()
    assert bounded.sum(axis=1) == pytest.approx(1.0)
