"""Leads and swings of each area by itself are those of the areas taken together, one area being meant."""

from __future__ import annotations

import numpy as np
import pytest
from six_declared import METHODS, night

from forecast.arithmetic.ledger import Method, open_ledger
from forecast.arithmetic.outstanding import estimate_valid


@pytest.mark.parametrize("method", METHODS)
def test_an_area_by_itself_is_one_area_taken_together(method: Method) -> None:
    for known in (0, 3, 6):
        tally = night(known)
        ledger = open_ledger(tally, estimate_valid(tally), 0, 1, method)
        alone = [slice(area, area + 1) for area in range(len(tally.contest.areas))]
        together = np.array([(*ledger.lead_in(w), *ledger.baseline_lead_in(w), ledger.swing_in(w)) for w in alone])
        each = np.column_stack([*ledger.leads, *ledger.baseline_leads, ledger.swings])
        np.testing.assert_array_equal(each, together)
        assert np.isfinite(each).all(axis=1).sum() == known
