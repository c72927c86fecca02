"""What an alarm is red by, chosen on some polling days and judged on others.

What true figures are allowed for is what makes the true declarations there likeliest. An alarm is red from the chance
above which `AIMED` of them would be. So few would decide one by one where they are counted: the rate is that of an
exponential tail fitted to the log odds of the most suspicious `TAIL` of them.

References
----------
Peaks over a threshold: Davison & Smith 1990, doi:10.1111/j.2517-6161.1990.tb01796.x.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from forecast.alarms.fault_density import SHOCKS
from forecast.evaluation.fault_measures import log_odds
from forecast.evaluation.fault_trials import RIVALS, TRUE, Trial

__all__ = ["AIMED", "HIGHEST", "TAIL", "Choice", "choose_on", "judge_by_others", "rare_from"]

type Flags = NDArray[np.bool_]

AIMED = 1 / 200  # of true declarations
TAIL = 1 / 50  # of them, by which the tail is fitted
HIGHEST = 0.99  # of the chances from which an alarm may be red


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
    """The shocks that are likeliest of the true declarations, and the chance in hundredths from which `AIMED` are red.

    Without true declarations, the shocks that are shipped and the highest chance.
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
        self.likelihoods = np.array([each.likelihoods for each in trials if each.kind == TRUE])

    def choose(self, among: Flags) -> Choice:
        """As `choose_on`, of these trials."""
        here = among[self.true]
        if not here.any():
            return Choice(RIVALS.index(SHOCKS), HIGHEST)
        rival = int(np.nansum(self.likelihoods[here], axis=0).argmax())
        return Choice(rival, rare_from(self.odds[self.true & among, rival]))

    def red(self, choice: Choice) -> Flags:
        """(trial,) whether it is red by this choice; as it was where its odds are not known."""
        odds = self.odds[:, choice.rival]
        known = np.isfinite(odds) & ~self.refused
        return np.where(known, self.otherwise | (odds > log_odds(choice.chance)), self.as_given)


def rare_from(odds: NDArray[np.float64]) -> float:
    """The chance, in hundredths, above which `AIMED` of declarations with these log odds would be."""
    ranked = np.sort(odds[np.isfinite(odds)])[::-1]
    tail = min(max(round(TAIL * odds.size), 1), ranked.size - 1)
    if tail < 1:
        return HIGHEST
    start = ranked[tail]
    threshold = start + (ranked[:tail] - start).mean() * np.log(tail / odds.size / AIMED)
    return float(np.clip(np.ceil(100.0 / (1.0 + np.exp(-threshold))) / 100.0, 0.01, HIGHEST))
