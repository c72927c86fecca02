"""Turnout and shares far from what was expected."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from real_night import EXPECTED, SANDWELL, THE_NIGHT, after, item

from forecast.alarms.integrity import Expected
from forecast.alarms.surprise import surprise_in, surprising_turnout, surprising_votes


def test_turnout_far_from_what_was_expected_is_flagged() -> None:
    assert surprising_turnout(after(THE_NIGHT[3]), SANDWELL, EXPECTED["sandwell"]) == ()
    low = surprising_turnout(after(item("sandwell", "verified", ballots=61_500)), SANDWELL, EXPECTED["sandwell"])
    assert [(alarm.severity, alarm.check) for alarm in low] == [("amber", "turnout")]
    assert "below" in low[0].what
    high = surprising_turnout(after(item("sandwell", "verified", ballots=90_000)), SANDWELL, EXPECTED["sandwell"])
    assert [alarm.severity for alarm in high] == ["red"]


def gaussian(number: int = 20_000) -> Expected:
    """Parker at 50 per cent with a standard deviation of 2 points, of exactly 50,000 votes."""
    parker = np.random.default_rng(1).normal(0.5, 0.02, number)
    return Expected(np.column_stack([parker, 0.9 - parker, np.full(number, 0.1)]), np.full(number, 50_000.0))


@pytest.mark.parametrize(("points", "severity"), [(0, []), (5, []), (7, ["amber"]), (-7, ["amber"]), (10, ["red"])])
def test_surprise_is_counted_in_standard_deviations(points: int, severity: list[str]) -> None:
    tally = after(item("sandwell", "declared", 25_000 + 500 * points))
    found = surprise_in(tally, SANDWELL, gaussian())
    assert found is not None
    # 20,000 draws know a standard deviation to 0.5 per cent; the floor of 0.2 points adds another half per cent.
    assert found.z == pytest.approx(points / 2, rel=0.03, abs=0.03)
    assert [alarm.severity for alarm in surprising_votes(tally, SANDWELL, gaussian())] == severity


def test_the_tail_of_the_surprise_is_counted_among_the_draws() -> None:
    found = surprise_in(after(item("sandwell", "declared", 27_000)), SANDWELL, gaussian())
    assert found is not None
    # Two-sided normal tail of 2 standard deviations, 0.0455, within four of its Monte Carlo standard errors.
    assert found.tail == pytest.approx(0.0455, abs=4 * np.sqrt(0.0455 / 20_000) + 0.002)


def test_the_tail_beyond_the_draws_keeps_falling_and_is_never_zero() -> None:
    tails = [
        found.tail
        for votes in (25_000, 27_000, 28_500, 32_000, 45_000)
        if (found := surprise_in(after(item("sandwell", "declared", votes)), SANDWELL, gaussian()))
    ]
    assert tails == sorted(tails, reverse=True)
    assert 0 < tails[-1] < 1e-5


def test_candidates_who_are_not_reported_do_not_surprise() -> None:
    expected = EXPECTED["sandwell"]
    missing = replace(expected, share=expected.share * [1, 1, np.nan])
    tally = after(item("sandwell", "declared", 31_561, 18_598))
    assert surprise_in(tally, SANDWELL, missing) == surprise_in(tally, SANDWELL, expected)
    assert surprise_in(after(THE_NIGHT[3]), SANDWELL, expected) is None


def test_a_whole_declaration_whose_shares_add_up_to_one_can_be_tested() -> None:
    votes = {"parker": 32_000, "street": 22_500, "yakoob": 11_200}
    tally = after(item("sandwell", "declared", votes=votes))
    found = surprise_in(tally, SANDWELL, EXPECTED["sandwell"])
    assert found is not None
    assert abs(found.z) < 3
    assert found.tail > 0.01
