"""Which contests the swing model can be asked about."""

from __future__ import annotations

import numpy as np

from forecast.contests.contest import Contest
from forecast.errors import Defect, Unsuitable

__all__ = ["MOST_AREAS", "refuse_unsuitable"]

MOST_AREAS = 100  # beyond which areas x areas matrices take the memory of the machine


def refuse_unsuitable(contest: Contest) -> None:
    """Raise where the swing model cannot hold.

    Raises
    ------
    Unsuitable
        For more than 100 areas, or with fewer than two candidates whom the baseline knows.
    """
    if len(contest.areas) > MOST_AREAS:
        what = f"the swing model takes up to {MOST_AREAS} areas; {contest.id} has {len(contest.areas)}."
        raise Unsuitable(Defect("--engine", what, "Use --engine regression."))
    known = int((~np.isnan(contest.baseline.votes).all(axis=0)).sum())
    if known < 2:
        what = f"the swing model needs a baseline for two candidates; {contest.id} has {known or 'none'}."
        raise Unsuitable(Defect("--engine", what, "Use --engine regression."))
