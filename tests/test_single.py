"""What is worked out to single precision is as close to the exact figure as it says."""

from __future__ import annotations

import numpy as np
import pytest

from models.forward import soften
from models.single import exp_single, log1p_exp_single

VALUES = np.concatenate([[0.0], -np.logspace(-9, 3, 500)])


def test_exponentials_are_within_a_millionth_and_vanish_quietly() -> None:
    assert exp_single(VALUES[VALUES > -80.0]) == pytest.approx(np.exp(VALUES[VALUES > -80.0]), rel=1e-5)
    assert exp_single(np.array([-1e4])) == 0.0


def test_a_softened_exponential_is_within_a_ten_millionth() -> None:
    assert log1p_exp_single(VALUES) == pytest.approx(np.log1p(np.exp(VALUES)), abs=2e-7)
    assert (log1p_exp_single(VALUES) > 0.0).all()


def test_a_floor_raises_shares_by_what_it_is_defined_to() -> None:
    shares, floor = np.linspace(-0.5, 1.5, 2001), 0.01
    exact = floor * np.logaddexp(0.0, shares / floor)
    assert soften(shares, floor) == pytest.approx(exact, abs=2e-7 * floor)
    assert (soften(shares, floor) > 0.0).all()
