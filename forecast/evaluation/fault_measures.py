"""What is measured of faults: how trials are judged, what share is caught, how sure that is, and what is not met."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby

import numpy as np

from forecast.alarms.integrity import RED_ODDS
from forecast.evaluation.fault_trials import AGAIN, TRUE, Trial

__all__ = [
    "FALSE_REDS",
    "GROUPS",
    "NO_FAULT",
    "caught",
    "choose_odds",
    "days_stricter",
    "false_reds_between",
    "find_unmet",
    "judge",
    "judge_by_earlier",
    "material_of",
    "one_in",
    "share_of",
]

FALSE_REDS = 1 / 150  # of true declarations
CAUGHT = 0.95  # of material faults
ENOUGH = 300  # true declarations of earlier days that a threshold is chosen on
RESAMPLES, SEED = 4_000, 7
GROUPS = {
    "swaps": {"two candidates' votes swapped", "two areas' figures swapped"},
    "slipped digits": {
        "a wrong digit",
        "two digits swapped",
        "a digit missing",
        "a digit doubled",
        "thousands and units confused",
    },
    "duplicated figures": {"another area's figures", "a figure copied from elsewhere"},
}
NO_FAULT = (TRUE, AGAIN)
REFUSED = "a figure below zero"  # a kind of fault that no forecast is needed for


def choose_odds(odds: Iterable[float]) -> float:
    """The log odds that true declarations exceed once in 150 times, never below those shipped.

    Parameters
    ----------
    odds
        Of true declarations; NaN where they could not be weighed. Of too few of them the odds shipped come.
    """
    known = np.array([each for each in odds if np.isfinite(each)])
    return max(float(np.quantile(known, 1.0 - FALSE_REDS)), RED_ODDS) if known.size >= ENOUGH else RED_ODDS


def judge_by_earlier(trials: Sequence[Trial]) -> list[Trial]:
    """The trials, red by thresholds chosen on the true declarations of earlier polling days alone."""
    judged: list[Trial] = []
    earlier: list[float] = []
    for _, same_day in groupby(sorted(trials, key=lambda each: each.day), key=lambda each: each.day):
        today = list(same_day)
        threshold = choose_odds(earlier)
        judged += [judge(each, threshold) for each in today]
        earlier += [each.odds for each in today if each.kind == TRUE]
    return judged


def days_stricter(trials: Sequence[Trial]) -> int:
    """Polling days on which the threshold chosen on earlier ones is above that shipped."""
    days = sorted({each.day for each in trials})
    true = [each for each in trials if each.kind == TRUE]
    return sum(choose_odds(each.odds for each in true if each.day < day) > RED_ODDS for day in days)


def judge(trial: Trial, threshold: float) -> Trial:
    """The trial, red by this threshold of the log odds where these are known."""
    if trial.refused or not np.isfinite(trial.odds):
        return trial
    return replace(trial, red=trial.otherwise or trial.odds > threshold)


def material_of(trials: Sequence[Trial]) -> list[Trial]:
    """Faults that move a figure by the width of its interval and that no rule refuses whatever was expected."""
    return [each for each in trials if each.kind not in (*NO_FAULT, REFUSED) and each.widths >= 1]


def caught(trial: Trial) -> bool:
    """Whether it was refused, or held up before it was published."""
    return trial.refused or trial.red


def share_of(trials: Sequence[Trial], hit: Callable[[Trial], bool] = caught) -> str:
    """The share of which something is so, in words."""
    return f"{np.mean([hit(each) for each in trials]):.1%}" if trials else "–"


def one_in(red: float, true: float) -> str:
    """A rate of reds, in words."""
    return f"one in {true / red:,.0f}" if red else "none"


def false_reds_between(true: Sequence[Trial]) -> tuple[float, float]:
    """The ends of the 95% interval of the rate of false reds, whole polling days drawn with replacement."""
    days = sorted({each.day for each in true})
    if not days:
        return float("nan"), float("nan")
    counts = np.array([[sum(e.red for e in true if e.day == day), sum(e.day == day for e in true)] for day in days])
    drawn = counts[np.random.default_rng(SEED).integers(0, len(days), (RESAMPLES, len(days)))].sum(axis=1)
    low, high = np.quantile(drawn[:, 0] / drawn[:, 1], [0.025, 0.975])
    return float(low), float(high)


def find_unmet(trials: Sequence[Trial]) -> Iterator[str]:
    """What falls short of what is accepted, in words: of all, of votes alone, by kind of fault and by family."""
    material, true = material_of(trials), [each for each in trials if each.kind == TRUE]
    families = sorted({each.family for each in trials})
    for name, some in (
        ("all", material),
        ("votes alone", [each for each in material if not each.totals]),
        *((name, [each for each in material if each.kind in kinds]) for name, kinds in GROUPS.items()),
        *((name, [each for each in material if each.family == name]) for name in families),
    ):
        if some and np.mean([caught(each) for each in some]) < CAUGHT:
            yield f"{name}: {share_of(some)} of {len(some):,} material faults caught"
    for name in ("all", *families):
        some = [each for each in true if name in {"all", each.family}]
        if (red := sum(each.red for each in some)) > FALSE_REDS * len(some):
            yield f"{name}: {red} false reds of {len(some):,}, {one_in(red, len(some))}"
