"""The arithmetic of elections, against figures worked by hand and figures published on 4 May 2024."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecast.arithmetic.swing import (
    butler_swing,
    lead,
    lead_required,
    majority,
    margin,
    share,
    steed_swing,
    swing_needed,
    turnout,
    votes_needed,
    votes_to_change_hands,
)

votes = st.integers(1, 1_000_000).map(float)


def test_a_share_of_no_votes_is_not_known() -> None:
    assert math.isnan(share(0.0, 0.0))
    np.testing.assert_array_equal(share(np.array([1.0, 0.0]), np.array([4.0, 0.0])), [0.25, np.nan])


def test_turnout_in_the_west_midlands_was_29_8_percent() -> None:
    assert turnout(601_713.0, 2_018_546.0) == pytest.approx(0.298, abs=0.0005)


def test_sandwell_was_ahead_by_7_7_points_in_2021() -> None:
    assert lead(33_047.0, 27_876.0, 67_431.0) == pytest.approx(0.077, abs=0.0005)


def test_the_swing_needed_was_four_and_a_half_points() -> None:
    baseline = lead(244_009.0, 299_318.0, 614_290.0)
    assert swing_needed(baseline) == pytest.approx(0.0450, abs=0.00005)


def test_majority_and_margin_take_the_first_two_whatever_their_order() -> None:
    counts = np.array([[20.0, 50.0, 30.0], [40.0, 20.0, 40.0]])
    np.testing.assert_array_equal(majority(counts), [20.0, 0.0])
    np.testing.assert_allclose(margin(counts), [0.2, 0.0])


def test_a_swing_worked_by_hand_in_both_ways() -> None:
    # 1000 valid votes each time: 300-500 becomes 420-380
    assert butler_swing(lead(420.0, 380.0, 1000.0), lead(300.0, 500.0, 1000.0)) == pytest.approx(0.12)
    assert steed_swing(420.0, 380.0, 300.0, 500.0) == pytest.approx(0.525 - 0.375)


def test_sandwell_outstanding_as_broadcast() -> None:
    needed = votes_needed(205_484 - 194_029)
    assert needed == 11_456
    assert votes_to_change_hands(needed, 5_171) == 3_143
    assert lead_required(needed, 66_296 * 0.992) == pytest.approx(0.174, abs=0.0005)
    assert lead_required(needed, 70_280) == pytest.approx(0.163, abs=0.0005)


def test_no_lead_is_required_of_no_votes() -> None:
    assert math.isnan(lead_required(10, 0.0))


@given(votes, votes, votes, votes)
def test_steed_swing_is_half_the_change_of_the_two_party_lead(a: float, b: float, c: float, d: float) -> None:
    halved = swing_needed(lead(c, d, c + d), lead(a, b, a + b))
    assert steed_swing(a, b, c, d) == pytest.approx(halved, abs=1e-12)


@given(votes, votes, votes, votes)
def test_swing_to_one_is_swing_from_the_other(a: float, b: float, c: float, d: float) -> None:
    there = butler_swing(lead(a, b, a + b + 7), lead(c, d, c + d + 3))
    back = butler_swing(lead(b, a, a + b + 7), lead(d, c, c + d + 3))
    assert there == -back
    assert steed_swing(a, b, c, d) == pytest.approx(-steed_swing(b, a, d, c), abs=1e-12)


@given(st.integers(-(10**6), 10**6), st.integers(-(10**6), 10**6))
def test_the_votes_to_change_hands_are_just_enough(needed: int, baseline_lead: int) -> None:
    change = votes_to_change_hands(needed, baseline_lead)
    assert baseline_lead + 2 * change >= needed
    assert baseline_lead + 2 * (change - 1) < needed
