"""What was learned, as the numbers that `models.priors` holds: each mixed with a fifth of what was believed before.

A prior learned from few contests of one kind is not the next contest's: four fifths of the prediction for a new contest
and one fifth of a vague prior are mixed, and the mixture is given the shape the engines draw from, by its first two
moments (log-normal, gamma, beta).

References
----------
Robust meta-analytic priors: Schmidli et al. 2014, doi:10.1111/biom.12242.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.learning.evidence import Kind
from models.learning.meta import LOG_AREA, LOG_TURNOUT
from models.priors import VAGUE

__all__ = ["diagnose", "summarise"]

Array = NDArray[np.float64]

LEARNED = 0.8
VAGUE_LOG_SD = 0.6
DIGITS = 4


def summarise(tree: Any, kinds: Sequence[Kind]) -> dict[Kind, dict[str, float | list[float]]]:  # noqa: ANN401
    """For each kind of contest, fields of `models.priors.Priors` and their values.

    Parameters
    ----------
    tree
        Draws as `models.learning.meta.fit` gives them.
    """
    draws = {name: _flat(tree["posterior"][name]) for name in NAMES}
    return {kind: _of_kind(draws, position, kind) for position, kind in enumerate(kinds)}


NAMES = (
    "swing_sd", "area_log_sd", "log_area", "tail", "size_exponent", "own_slope_sd", "region_sd", "own_region_sd",
    "turnout_sd", "log_turnout_area", "turnout_area_log_sd", "discrepancy",
)  # fmt: skip


def _flat(values: Any) -> Array:  # noqa: ANN401
    """(draw, ...) of an array whose first axes are chain and draw."""
    array = np.asarray(values)
    return array.reshape(-1, *array.shape[2:])


def _of_kind(draws: dict[str, Array], k: int, kind: Kind) -> dict[str, float | list[float]]:
    area = mix_logs(draws["log_area"][:, k], draws["area_log_sd"], LOG_AREA[kind])
    turnout = mix_logs(draws["log_turnout_area"][:, k], draws["turnout_area_log_sd"], LOG_TURNOUT[kind])
    excess = mix(draws["tail"][:, k] - 2.0, VAGUE.tail_shape / VAGUE.tail_rate, VAGUE.tail_shape / VAGUE.tail_rate**2)
    first, second = VAGUE.size_exponent
    beta_variance = first * second / ((first + second) ** 2 * (first + second + 1.0))
    size = mix(draws["size_exponent"][:, k], first / (first + second), beta_variance)
    strength = size[0] * (1.0 - size[0]) / size[1] - 1.0
    numbers: dict[str, float | list[float]] = {
        "area_median": float(np.exp(area[0])),
        "area_log_sd": float(np.sqrt(area[1])),
        "turnout_area_median": float(np.exp(turnout[0])),
        "turnout_area_log_sd": float(np.sqrt(turnout[1])),
        "tail_shape": excess[0] ** 2 / excess[1],
        "tail_rate": excess[0] / excess[1],
        "size_exponent": [round(size[0] * strength, DIGITS), round((1.0 - size[0]) * strength, DIGITS)],
        "swing_sd": _scale(draws["swing_sd"], VAGUE.swing_sd),
        "own_slope_sd": _scale(draws["own_slope_sd"], VAGUE.own_slope_sd),
        "turnout_sd": _scale(draws["turnout_sd"], VAGUE.turnout_sd),
        "discrepancy": _scale(draws["discrepancy"], VAGUE.discrepancy),
    }
    if kind != "mayor":
        numbers["region_sd"] = _scale(draws["region_sd"][:, k], VAGUE.region_sd)
        numbers["own_region_sd"] = _scale(draws["own_region_sd"], VAGUE.own_region_sd)
    return {name: value if isinstance(value, list) else round(value, DIGITS) for name, value in numbers.items()}


def mix(learned: Array, mean: float, variance: float) -> tuple[float, float]:
    """Mean and variance of four fifths of some draws and a fifth of a law with this mean and variance."""
    parts = (LEARNED, float(learned.mean()), float(learned.var())), (1.0 - LEARNED, mean, variance)
    centre = sum(weight * at for weight, at, _ in parts)
    return centre, sum(weight * (spread + (at - centre) ** 2) for weight, at, spread in parts)


def mix_logs(centre: Array, differs: Array, before: float) -> tuple[float, float]:
    """Mean and variance of the log of a new contest's scale: draws of the centre, contests differing about it."""
    return mix_moments(float(centre.mean()), float(centre.var() + (differs**2).mean()), before)


def mix_moments(mean: float, variance: float, before: float) -> tuple[float, float]:
    """As `mix`, of a law with this mean and variance and the vague one about ``before``."""
    middle = LEARNED * mean + (1.0 - LEARNED) * before
    inside = LEARNED * variance + (1.0 - LEARNED) * VAGUE_LOG_SD**2
    return middle, inside + LEARNED * (mean - middle) ** 2 + (1.0 - LEARNED) * (before - middle) ** 2


def _scale(learned: Array, before: float) -> float:
    """The SD of a mixture of laws with these SDs about one centre."""
    return float(np.sqrt(LEARNED * (learned**2).mean() + (1.0 - LEARNED) * before**2))


def diagnose(tree: Any) -> dict[str, float]:  # noqa: ANN401
    """Worst R-hat, least effective sample sizes and the number of divergences."""
    import arviz as az  # noqa: PLC0415

    table = az.summary(tree, var_names=list(NAMES), kind="diagnostics", round_to="none")
    return {
        "r_hat": round(float(table["r_hat"].max()), 4),
        "ess_bulk": round(float(table["ess_bulk"].min()), 0),
        "ess_tail": round(float(table["ess_tail"].min()), 0),
        "divergences": float(np.asarray(tree["sample_stats"]["diverging"]).sum()),
    }
