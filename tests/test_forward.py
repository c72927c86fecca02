"""From Gaussian shares to a posterior: the shift of areas outstanding, the floor, and what is reported."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_contest import declared, made_contest, made_result, news
from monte_carlo import furthest, limit_of_moments
from numpy.typing import NDArray

from forecast.declaration import Declaration, Kind
from forecast.tally import Tally, empty_tally, fold
from models.design import design_contest
from models.forward import imbalance, outstanding_shift, repeat_reported, settle_shares
from models.priors import priors_for

Array = NDArray[np.float64]

DRAWS = 20_000
CONTEST = made_contest(81, areas=6, candidates=3)
DESIGN = design_contest(CONTEST, priors_for(CONTEST))
RESULT = made_result(CONTEST, 81)
OMEGA = np.array([[1.2, -0.7, -0.5], [-0.7, 1.1, -0.4], [-0.5, -0.4, 0.9]])


def after(*areas: int) -> Tally:
    return fold(CONTEST, [declared(CONTEST, area, RESULT[area]) for area in areas])


def shift(tally: Tally, draws: int = DRAWS) -> Array:
    sd, omega = np.full(draws, 0.02), np.broadcast_to(OMEGA, (draws, 3, 3))
    return outstanding_shift(DESIGN, tally, sd, omega, np.random.default_rng(1))


@pytest.mark.parametrize("areas", [(), tuple(range(6))], ids=["nothing", "everything"])
def test_with_nothing_or_everything_declared_nothing_is_shifted(areas: tuple[int, ...]) -> None:
    assert imbalance(DESIGN, after(*areas)) == 0.0
    assert not shift(after(*areas), 10).any()


def test_what_is_verified_or_counted_in_part_has_not_declared() -> None:
    items = [
        news(CONTEST, 0, Kind.VERIFIED, ballots=90_000),
        news(CONTEST, 1, Kind.PARTIAL, votes={"c0": 10, "c1": 5, "c2": 1}),
    ]
    assert not shift(fold(CONTEST, items), 10).any()


def test_the_shift_has_the_variance_stated() -> None:
    tally = after(0, 1)
    drawn = shift(tally)
    assert not drawn[:, :2].any()
    g = 0.25 + 0.75 * imbalance(DESIGN, tally)
    one = (DESIGN.priors.discrepancy * g * 0.02) ** 2
    # areas 2 and 4 are of one sub-region, 3 of the other: half the common shift's SD besides within a sub-region
    expected = np.kron(one * np.array([[1.25, 1.0, 1.25], [1.0, 1.25, 1.0], [1.25, 1.0, 1.25]]), OMEGA)
    found = drawn[:, 2:5].reshape(DRAWS, 9)
    assert furthest(found, np.zeros(9), expected) < limit_of_moments(9)
    assert furthest(found, np.zeros(9), 1.1 * expected) > limit_of_moments(9)


def test_imbalance_is_half_the_standardised_difference_of_declared_and_outstanding() -> None:
    # lead alone and size: two areas a side, each standardised to -1 or 1 by hand
    contest = made_contest(82, areas=4, candidates=2, departed=False)
    design = design_contest(contest, priors_for(contest))
    alike = replace(
        design,
        weight=np.full(4, 0.25),
        positions=np.array([[1.0], [1.0], [-1.0], [-1.0]]),
        log_size=np.array([1.0, -1.0, 1.0, -1.0]),
    )
    result = made_result(contest, 1)
    two = fold(contest, [declared(contest, area, result[area]) for area in (0, 1)])
    mixed = fold(contest, [declared(contest, area, result[area]) for area in (0, 3)])
    other = fold(contest, [declared(contest, area, result[area]) for area in (0, 2)])
    # differences of (2, 0): root mean square 2 / sqrt 2, over two; (0, 0); and (0, 2)
    assert imbalance(alike, two) == pytest.approx(np.sqrt(2.0) / 2.0)
    assert imbalance(alike, mixed) == 0.0
    assert imbalance(alike, other) == pytest.approx(np.sqrt(2.0) / 2.0)
    far = replace(alike, positions=np.array([[9.0], [1.0], [1.0], [1.0]]), log_size=np.zeros(4))
    assert imbalance(far, fold(contest, [declared(contest, 0, result[0])])) == 1.0 * min(1.0, far_by(far.positions))


def far_by(positions: Array) -> float:
    """Half the root mean square of the standardised differences between the first area and the rest, sizes alike."""
    lead = positions[:, 0]
    apart = (lead[0] - lead[1:].mean()) / lead.std()
    return float(np.sqrt(apart**2 / 2.0) / 2.0)


@given(st.lists(st.floats(-0.5, 1.5), min_size=18, max_size=18))
def test_shares_are_above_nothing_and_sum_to_one(values: list[float]) -> None:
    raw = np.array(values).reshape(1, 6, 3)
    settled = settle_shares(DESIGN, empty_tally(CONTEST), raw, CONTEST.baseline.valid[None])
    assert (settled > 0).all()
    assert settled.sum(axis=2) == pytest.approx(1.0)


def test_shares_well_above_the_floor_stay_as_they_are() -> None:
    raw = np.broadcast_to([0.5, 0.3, 0.2], (1, 6, 3))
    settled = settle_shares(DESIGN, empty_tally(CONTEST), raw, CONTEST.baseline.valid[None])
    assert settled == pytest.approx(raw, abs=1e-8)  # the floor adds 0.01 exp(-20)
    zero = settle_shares(DESIGN, empty_tally(CONTEST), np.array([[[0.6, 0.4, 0.0]] * 6]), CONTEST.baseline.valid[None])
    low = 0.01 * np.log(2.0)
    assert zero[0, 0, 2] == pytest.approx(low / (1.0 + low))


def test_reported_shares_stay_as_they_are_and_the_others_share_the_rest() -> None:
    items: list[Declaration] = [declared(CONTEST, 0, RESULT[0]), declared(CONTEST, 1, RESULT[1], (0,))]
    tally = fold(CONTEST, items)
    valid = np.broadcast_to(RESULT.sum(axis=1), (1, 6))
    raw = np.broadcast_to([0.2, 0.5, 0.25], (1, 6, 3))
    settled = settle_shares(DESIGN, tally, raw, valid)[0]
    assert settled[0] == pytest.approx(RESULT[0] / RESULT[0].sum(), abs=1e-15)
    first = RESULT[1, 0] / RESULT[1].sum()
    assert settled[1] == pytest.approx([first, (1 - first) * 2 / 3, (1 - first) / 3], abs=1e-8)


def test_provisional_shares_are_not_floored() -> None:
    votes = np.array([56_400.0, 3_000.0, 600.0])
    item = news(CONTEST, 0, Kind.PROVISIONAL, votes={f"c{c}": int(each) for c, each in enumerate(votes)})
    tally, share = fold(CONTEST, [item]), votes / votes.sum()
    raw = np.broadcast_to(share, (1, 6, 3))
    valid = np.full((1, 6), votes.sum())
    assert settle_shares(DESIGN, tally, raw, valid)[0, 0] == pytest.approx(share)
    assert settle_shares(DESIGN, empty_tally(CONTEST), raw, valid)[0, 0, 2] > 1.2 * share[2]
    below = np.where(np.arange(6)[:, None] == 0, [0.95, 0.06, -0.01], raw)
    assert settle_shares(DESIGN, tally, below, valid)[0, 0] == pytest.approx([0.95 / 1.01, 0.06 / 1.01, 0.0])


def test_who_is_not_reported_in_a_provisional_area_shares_what_is_left() -> None:
    tally = fold(CONTEST, [news(CONTEST, 0, Kind.PROVISIONAL, votes={"c0": 30_000})])
    raw = np.broadcast_to([0.5, 0.3, 0.2], (1, 6, 3))
    assert settle_shares(DESIGN, tally, raw, np.full((1, 6), 60_000.0))[0, 0] == pytest.approx([0.5, 0.3, 0.2])


def test_a_model_that_waits_for_declarations_has_the_rest_counted_as_it_expects() -> None:
    items = [
        news(CONTEST, 0, Kind.PARTIAL, votes={"c0": 30_000, "c1": 10_000, "c2": 5_000}),
        news(CONTEST, 1, Kind.PROVISIONAL, votes={"c0": 30_000, "c1": 20_000, "c2": 10_000}),
    ]
    raw, valid = np.broadcast_to([0.5, 0.3, 0.2], (1, 6, 3)), np.full((1, 6), 60_000.0)
    settled = settle_shares(DESIGN, fold(CONTEST, items), raw, valid, heeded=False)[0] * 60_000
    assert settled[0] == pytest.approx([37_500, 14_500, 8_000])
    assert settled[1] == pytest.approx([30_000, 20_000, 10_000])


def test_an_area_partly_counted_is_shifted_by_the_part_to_come() -> None:
    votes = np.rint(0.8 * (1 - DESIGN.priors.reject_mean) * 100_000 * np.array([0.5, 0.3, 0.2]))
    item = news(CONTEST, 2, Kind.PARTIAL, votes={f"c{c}": int(v) for c, v in enumerate(votes)}, ballots=100_000)
    tally = fold(CONTEST, [declared(CONTEST, area, RESULT[area]) for area in (0, 1)])
    before, after_part = shift(tally, 50), shift(fold(CONTEST, [item], tally), 50)
    rejected = 1_000 / (RESULT[:2].sum() + 1_000)  # in the two areas declared, which move the valid votes a little
    left = 1 - 0.8 * (1 - DESIGN.priors.reject_mean) / (1 - (2 * rejected + DESIGN.priors.reject_mean) / 3)
    assert after_part[:, 2] == pytest.approx(left * before[:, 2])
    assert (after_part[:, 3:] == before[:, 3:]).all()


def test_votes_reported_beyond_those_that_count_leave_nothing() -> None:
    share = repeat_reported(np.array([[60.0, 50.0, np.nan]]), np.full((1, 1, 3), 1 / 3), np.array([[100.0]]))
    assert share[0, 0].tolist() == [0.6, 0.5, 0.0]
