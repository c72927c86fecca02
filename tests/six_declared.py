"""The West Midlands with six areas declared, by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
from small_contest import AREAS, BASELINE, CANDIDATES, small_contest

from forecast.arithmetic.ledger import Method
from forecast.contests.contest import Candidate, Contest
from forecast.declaration import Declaration, Kind
from forecast.tally import Tally, fold

METHODS: tuple[Method, ...] = ("butler", "steed")
SIX = (
    *CANDIDATES,
    Candidate("williams", "Elaine Williams", "Reform UK"),
    Candidate("harper-nunes", "Siobhan Harper-Nunes", "Green"),
    Candidate("virk", "Sunny Virk", "Liberal Democrat"),
)
BALLOTS = {
    "solihull": 56_805,
    "wolverhampton": 54_806,
    "birmingham": 216_492,
    "walsall": 59_983,
    "dudley": 76_116,
    "coventry": 71_215,
    "sandwell": 66_296,
}
VOTES = {
    "solihull": {"parker": 11_728, "street": 35_289},
    "wolverhampton": {"parker": 26_442, "street": 18_582},
    "birmingham": {"parker": 80_251, "street": 66_296, "yakoob": 42_923},
    "walsall": {"parker": 18_097, "street": 24_735},
    "dudley": {"parker": 24_807, "street": 37_345},
    "coventry": {"parker": 32_704, "street": 23_237},
    "sandwell": {"parker": 31_561, "street": 18_598},
}
RESULT = {
    "parker": 225_590,
    "street": 224_082,
    "yakoob": 69_621,
    "williams": 34_471,
    "harper-nunes": 31_036,
    "virk": 12_176,
}


def contest() -> Contest:
    unknown = np.full((len(AREAS), 3), np.nan)
    return small_contest(SIX, baseline=np.hstack([BASELINE, unknown]))


def item(kind: Kind, area: str, **figures: Any) -> Declaration:  # noqa: ANN401 - the figures of a Declaration, whatever they are
    return Declaration(area=area, kind=kind, at=None, source="test", entered_by="test", **figures)


def night(declared: int, *more: Declaration, verified: bool = True) -> Tally:
    """Ballots verified everywhere, the first so many areas declared in the order of the night, and then more."""
    papers = [item(Kind.VERIFIED, area, ballots=ballots) for area, ballots in BALLOTS.items() if verified]
    counts = [item(Kind.DECLARED, area, votes=VOTES[area]) for area in list(VOTES)[:declared]]
    return fold(contest(), [*papers, *counts, *more])


def whole() -> Declaration:
    return item(Kind.DECLARED, "west-midlands", ballots=601_713, rejected=4_737, valid=596_976, votes=RESULT)
