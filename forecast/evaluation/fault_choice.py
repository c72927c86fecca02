"""What an alarm is red by, chosen on some polling days and judged on others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from forecast.alarms.fault_density import SHOCKS
from forecast.evaluation.fault_measures import is_material, log_odds
from forecast.evaluation.fault_trials import RIVALS, TRUE, Trial

__all__ = ["AIMED", "CHANCES", "Choice", "choose_on", "judge_by_others"]

type Flags = NDArray[np.bool_]

AIMED = 1 / 200  # of true declarations: what is just reached on some days is exceeded on others
CHANCES = (0.05, 0.1, 0.15, 0.2, 0.25, 0.33, 0.4, 0.5, 0.6, 0.67, 0.75, 0.8, 0.9)  # from which an alarm may be red


@dataclass(frozen=True, slots=True)
class Choice:
    """What an alarm is red by: the place of its shocks among `RIVALS`, and the chance of a fault from which it is."""

    rival: int
    chance: float


def judge_by_others(trials: Sequence[Trial]) -> tuple[list[Trial], dict[str, Choice]]:
    """The trials, red by what is chosen on the other polling days alone, and what that is for each day."""
    bench, choices, judged = _Bench(trials), dict[str, Choice](), list[Trial]()
    for day in sorted({each.day for each in trials}):
        here = bench.days == day
        choices[day] = bench.choose(~here)
        red = bench.red(choices[day])
        judged += [replace(trials[place], red=bool(red[place])) for place in np.flatnonzero(here).tolist()]
    return judged, choices


def choose_on(trials: Sequence[Trial]) -> Choice:
    """What catches most material faults where no more true declarations are red than `AIMED`.

    Where nothing is that rare, the highest chance with the shocks that are shipped.
    """
    return _Bench(trials).choose(np.ones(len(trials), bool))


class _Bench:
    """Trials as arrays, for many choices to be held against them."""

    def __init__(self, trials: Sequence[Trial]) -> None:
        self.days = np.array([each.day for each in trials])
        self.refused = np.array([each.refused for each in trials])
        self.otherwise = np.array([each.otherwise for each in trials])
        self.as_given = np.array([each.red for each in trials])
        self.odds = np.array([each.rivals for each in trials]).reshape(len(trials), -1)
        self.true = np.array([each.kind == TRUE for each in trials])
        self.material = np.array([is_material(each) for each in trials])

    def choose(self, among: Flags) -> Choice:
        """As `choose_on`, of these trials."""
        best, most = Choice(RIVALS.index(SHOCKS), CHANCES[-1]), -1.0
        material, true = self.material & among, self.true & among
        for choice in (Choice(rival, chance) for rival in range(len(RIVALS)) for chance in CHANCES):
            red = self.red(choice)
            found = float((red | self.refused)[material].mean()) if material.any() else 0.0
            if red[true].sum() <= AIMED * true.sum() and found > most:
                best, most = choice, found
        return best

    def red(self, choice: Choice) -> Flags:
        """(trial,) whether it is red by this choice; as it was where its odds are not known."""
        odds = self.odds[:, choice.rival]
        known = np.isfinite(odds) & ~self.refused
        return np.where(known, self.otherwise | (odds > log_odds(choice.chance)), self.as_given)
