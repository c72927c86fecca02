"""The night of 4 May 2024 as it was published, item by item, and what was expected of its areas."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from small_contest import small_contest

from forecast.alarms.integrity import Expected, refusal
from forecast.declaration import Declaration, Kind
from forecast.tally import Tally, fold

CONTEST = small_contest()
SANDWELL, DUDLEY, BIRMINGHAM, SOLIHULL = (
    CONTEST.area_index(name) for name in ("sandwell", "dudley", "birmingham", "solihull")
)


def item(area: str, kind: str, parker: object = None, street: object = None, **given: object) -> Declaration:
    votes = {name: number for name, number in (("parker", parker), ("street", street)) if number is not None}
    return Declaration(area, Kind(kind), None, "BBC", "desk", **({"votes": votes, "where": "news"} | given))  # type: ignore[arg-type]


# Ballots verified, and votes of Parker, Street and (where found) Yakoob, 4 May 2024: BBC, Sky News, Express & Star.
THE_NIGHT = [
    item("birmingham", "verified", ballots=216_492),
    item("coventry", "verified", ballots=71_215),
    item("dudley", "verified", ballots=76_116),
    item("sandwell", "verified", ballots=66_296),
    item("solihull", "verified", ballots=56_805),
    item("walsall", "verified", ballots=59_983),
    item("wolverhampton", "verified", ballots=54_806),
    item("solihull", "declared", 11_728, 35_289),
    item("wolverhampton", "declared", 26_442, 18_582),
    item("birmingham", "declared", votes={"parker": 80_251, "street": 66_296, "yakoob": 42_923}),
    item("walsall", "declared", 18_097, 24_735),
    item("dudley", "declared", 24_807, 37_345),
    item("coventry", "declared", 32_704, 23_237),
    item("sandwell", "declared", 31_561, 18_598),
    item("west-midlands", "declared", 225_590, 224_082, ballots=601_713, rejected=4_737, valid=596_976),
]


def arrays(tally: Tally) -> list[NDArray[np.float64]]:
    names = ("status", "ballots", "rejected", "valid", "counted", "votes", "whole_votes")
    whole = np.array([tally.whole_valid, tally.whole_rejected, tally.whole_ballots])
    return [*(np.asarray(getattr(tally, name), float) for name in names), whole]


def same(one: Tally, other: Tally) -> bool:
    return all(np.array_equal(a, b, equal_nan=True) for a, b in zip(arrays(one), arrays(other), strict=True))


def after(*items: Declaration) -> Tally:
    return fold(CONTEST, items)


def refused(tally: Tally, item: Declaration) -> str:
    defect = refusal(tally, item)
    assert defect is not None
    assert defect.where == "news"
    assert defect.remedy
    assert "\n" not in str(defect)
    return defect.what


def draws(share: Mapping[str, float], valid: float, sd: float = 0.03, number: int = 4_000) -> Expected:
    """Shares around those given, their errors correlated as shares' are; valid votes within 2 per cent."""
    rng = np.random.default_rng(2024)
    middle = np.array([share["parker"], share["street"], 1 - share["parker"] - share["street"]])
    error = rng.standard_t(8, size=(number, 3)) * sd * np.sqrt(6 / 8)
    error -= error.mean(axis=1, keepdims=True)
    return Expected(middle + error, valid * np.exp(rng.normal(0, 0.02, number)))


# What uniform swing of 4.45 from 2021 expected of each: a lead of 16.5 points in Sandwell.
EXPECTED = {
    "sandwell": draws({"parker": 0.50, "street": 0.335}, 65_770),
    "solihull": draws({"parker": 0.18, "street": 0.64}, 56_350),
    "dudley": draws({"parker": 0.33, "street": 0.57}, 75_500),
    "coventry": draws({"parker": 0.50, "street": 0.36}, 70_650),
}
