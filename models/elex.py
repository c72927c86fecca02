"""elex-model 2.2.5 (the Washington Post's), in an environment of its own, as a peer on the scoreboard.

Its bootstrap model is asked for the margin of the two sides over their votes together, with its 90% interval; that is
scaled to a lead over all valid votes by the part of the valid votes that the two had in the areas declared. It gives no
draws, so that it is scored by its error and its interval alone, and it wants ten areas declared.

References
----------
https://github.com/washingtonpost/elex-live-model
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import numpy as np

from forecast.contests.contest import Contest
from forecast.errors import Defect, ModelError
from forecast.evaluation.marks import LeadInterval
from forecast.evaluation.orders import rank_pair
from forecast.tally import Tally
from models.baseline_swing import swing_design
from models.point import counted_areas, point_valid

__all__ = ["VARIABLE", "elex"]

VARIABLE = "FORECAST_ELEX"  # names the Python of the environment that has elex-model
LEAST = 10
SECONDS = 600
LEVEL = 0.9


def elex(contest: Contest, tally: Tally, *, draws: int, seed: int) -> LeadInterval:  # noqa: ARG001 - it has none
    """The lead that elex-model expects, with its interval.

    Raises
    ------
    ModelError
        Where its environment is not named, there is no baseline, fewer than ten areas are declared, or it fails.
    """
    python = os.environ.get(VARIABLE, "")
    if not python:
        raise ModelError(Defect("--elex", "the environment of elex-model is not named.", "Give its Python."))
    swing_design(contest)
    counted = counted_areas(contest, tally, LEAST)
    first, second = rank_pair(contest)
    update = {"units": units_of(contest, tally, first, second), "level": LEVEL, "seed": seed}
    said = ask(python, update)
    votes = tally.votes[counted][:, [first, second]]
    part = float(np.nansum(votes) / point_valid(contest, tally)[counted].sum())
    return LeadInterval(part * said["margin"], part * said["lower"], part * said["upper"], LEVEL, "elex-model")


def units_of(contest: Contest, tally: Tally, first: int, second: int) -> list[dict[str, Any]]:
    """The areas in which both sides stood and stand, as units of one contest."""
    valid = point_valid(contest, tally)
    then = contest.baseline.votes[:, [first, second]]
    both = contest.standing[:, [first, second]].all(axis=1) & np.isfinite(then).all(axis=1) & (then.sum(axis=1) > 0)
    units = []
    for row in np.flatnonzero(both):
        counted = bool(tally.declared[row]) and bool(np.isfinite(tally.votes[row, [first, second]]).all())
        now = tally.votes[row, [first, second]] if counted else np.zeros(2)
        units.append(
            {
                "unit": f"{row:06d}",
                "contest": "ALL",
                "stratum": contest.areas[row].group or "all",
                "baseline_a": float(then[row, 0]),
                "baseline_b": float(then[row, 1]),
                "baseline_total": float(contest.baseline.valid[row]),
                "votes_a": float(now[0]),
                "votes_b": float(now[1]),
                "votes_total": float(valid[row]) if counted else 0.0,
                "percent": 100.0 if counted else 0.0,
            }
        )
    return units


def ask(python: str, update: dict[str, Any]) -> dict[str, float]:
    """One update by the driver in its own process; ModelError with its own words where it fails."""
    driver = Path(__file__).with_name("elex_driver.py")
    try:
        done = subprocess.run(  # noqa: S603 - the user named this Python
            [python, "-I", str(driver)], input=json.dumps(update), capture_output=True, text=True, timeout=SECONDS,
            check=True,
        )  # fmt: skip
        said: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    except (OSError, subprocess.SubprocessError, ValueError, IndexError) as error:
        raise ModelError(Defect("--elex", f"{python} gave no answer: {type(error).__name__}.")) from error
    if "error" in said:
        raise ModelError(Defect("--elex", f"elex-model fails: {said['error']}"))
    return said
