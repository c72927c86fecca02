"""The West Midlands made by hand: a contest for tests of the news that reads no files."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from forecast.contests.contest import Area, Baseline, Candidate, Contest, Opening
from forecast.rules import Plurality

# Electorates, and first preferences of 2021 for Byrne and Street: SOURCES.md of the shipped contest.
AREAS = (
    Area("birmingham", "E08000025", "Birmingham", 760_404),
    Area("coventry", "E08000026", "Coventry", 241_267),
    Area("dudley", "E08000027", "Dudley", 234_612),
    Area("sandwell", "E08000028", "Sandwell", 232_636),
    Area("solihull", "E08000029", "Solihull", 162_529),
    Area("walsall", "E08000030", "Walsall", 199_862),
    Area("wolverhampton", "E08000031", "Wolverhampton", 187_236),
)
CANDIDATES = (
    Candidate("parker", "Richard Parker", "Labour (Co-op)", aliases=("Labour",)),
    Candidate("street", "Andy Street", "Conservative", aliases=("Conservatives",)),
    Candidate("yakoob", "Akhmed Yakoob", "Independent"),
)
BASELINE = np.array(
    [
        [102_276, 84_817, np.nan],
        [33_336, 31_436, np.nan],
        [21_268, 50_337, np.nan],
        [33_047, 27_876, np.nan],
        [10_186, 43_010, np.nan],
        [19_277, 34_560, np.nan],
        [24_619, 27_282, np.nan],
    ]
)
DEPARTED = np.array([25_225, 8_605, 9_512, 6_508, 7_067, 7_151, 6_895], float)


def small_contest(
    candidates: tuple[Candidate, ...] = CANDIDATES,
    standing: NDArray[np.bool_] | None = None,
    baseline: NDArray[np.float64] | None = None,
) -> Contest:
    """The seven boroughs, their electorates of 2024 and their first preferences of 2021."""
    votes = BASELINE if baseline is None else baseline
    before = Baseline(
        id="first-preferences-2021",
        label="first preferences, 6 May 2021",
        polling_day=date(2021, 5, 6),
        rule="supplementary vote",
        votes=votes,
        departed=DEPARTED,
        valid=np.nansum(votes, axis=1) + DEPARTED,
        provenance=("notional",) * len(AREAS),
    )
    return Contest(
        id="west-midlands",
        election_id="mayor.west-midlands.2024-05-02",
        title="Mayor of the West Midlands, 2 May 2024",
        office="mayor",
        polling_day=date(2024, 5, 2),
        timezone="Europe/London",
        areas=AREAS,
        candidates=candidates,
        rule=Plurality(),
        baseline=before,
        standing=np.ones((len(AREAS), len(candidates)), bool) if standing is None else standing,
        covariates={},
        polls=(),
        companions=(),
        alternatives=(),
        opening=Opening(through=6),
        directory=Path(),
        digest="",
    )
