"""The truth of nights drawn from the model ranks evenly among the engines' draws, and a wrong prior is found out."""

from __future__ import annotations

import numpy as np
import pytest
from sbc import MANY_NIGHTS, NIGHTS, QUANTITIES, furthest_outside, ranks

SOME = 150


def test_the_truth_ranks_evenly_in_some_nights() -> None:
    found = ranks(SOME)
    assert {name: furthest_outside(found[:, k]) <= 0.0 for k, name in enumerate(QUANTITIES)} == dict.fromkeys(
        QUANTITIES, True
    )


def test_areas_that_differ_more_than_believed_are_found_out() -> None:
    assert furthest_outside(ranks(SOME, wrong=True)[:, QUANTITIES.index("area swing SD")]) > 0.0


def test_even_ranks_are_inside_the_band_and_ranks_at_the_ends_are_not() -> None:
    even = (np.arange(400) + 0.5) / 400
    assert furthest_outside(even) < 0.0
    assert furthest_outside(np.where(even < 0.5, even**2, 1.0 - (1.0 - even) ** 2)) > 0.0


@pytest.mark.slow
def test_the_truth_ranks_evenly_in_a_thousand_nights() -> None:
    found = ranks(NIGHTS)
    assert {name: furthest_outside(found[:, k]) <= 0.0 for k, name in enumerate(QUANTITIES)} == dict.fromkeys(
        QUANTITIES, True
    )


@pytest.mark.slow
def test_a_wrong_prior_of_the_area_swing_is_found_out_in_it_and_in_the_lead() -> None:
    found = ranks(NIGHTS, wrong=True)
    assert furthest_outside(found[:, QUANTITIES.index("area swing SD")]) > 0.0
    assert furthest_outside(found[:, QUANTITIES.index("final lead")]) > 0.0


@pytest.mark.slow
def test_the_lead_ranks_evenly_among_the_draws_of_the_regression() -> None:
    assert furthest_outside(ranks(MANY_NIGHTS, many=True)[:, 0]) <= 0.0
