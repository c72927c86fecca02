"""What is measured of faults: how trials are judged, what share is caught, how sure that is, and what is not met."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import numpy as np

from forecast.evaluation.fault_trials import AGAIN, TRUE, Trial

__all__ = [
    "FALSE_REDS",
    "GROUPS",
    "NO_FAULT",
    "caught",
    "false_reds_between",
    "find_unmet",
    "is_material",
    "judge",
    "log_odds",
    "material_of",
    "one_in",
    "share_of",
]

FALSE_REDS = 1 / 150  # of true declarations
CAUGHT = 0.95  # of material faults
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


def log_odds(chance: float) -> float:
    """Of a chance."""
    return float(np.log(chance) - np.log1p(-chance))


def judge(trial: Trial, threshold: float) -> Trial:
    """The trial, red by this threshold of the log odds where these are known."""
    if trial.refused or not np.isfinite(trial.odds):
        return trial
    return replace(trial, red=trial.otherwise or trial.odds > threshold)


def is_material(trial: Trial) -> bool:
    """Whether a fault moves a figure by the width of its interval, and no rule refuses it whatever was expected."""
    return trial.kind not in (*NO_FAULT, REFUSED) and trial.widths >= 1


def material_of(trials: Sequence[Trial]) -> list[Trial]:
    """The faults that are material."""
    return [each for each in trials if is_material(each)]


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
