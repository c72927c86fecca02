"""Sandwell alone outstanding or declared, and what was expected there."""

from __future__ import annotations

import numpy as np
from small_contest import small_contest

from forecast.alarms.alarm import Expected
from forecast.declaration import Declaration, Kind
from forecast.tally import Tally, fold

CONTEST = small_contest()
AREA = CONTEST.area_index("sandwell")
EXPECTED_SHARES = np.array([0.55, 0.33, 0.12])  # of Parker, Street and Yakoob, who have Sandwell to themselves here


def expected(seed: int = 1, draws: int = 4_000) -> Expected:
    """Shares with a standard deviation of about two points, and turnout of four per cent."""
    rng = np.random.default_rng(seed)
    share = EXPECTED_SHARES + rng.normal(0, 0.02, (draws, 3))
    share /= share.sum(axis=1, keepdims=True)
    return Expected(share=share, valid=np.exp(np.log(60_000) + rng.normal(0, 0.04, draws)))


def declared(*votes: int) -> Tally:
    given = dict(zip(("parker", "street", "yakoob"), votes, strict=True))
    return fold(CONTEST, [Declaration("sandwell", Kind.DECLARED, None, "BBC", "desk", votes=given)])
