"""Scores averaged as a scoreboard needs them: over a night first, then over nights, and compared night by night."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import polars as pl

__all__ = ["REFERENCE", "Difference", "bootstrap_means", "compare", "nightly", "pooled", "skill"]

Array = NDArray[np.float64]

REFERENCE = "uniform-swing"
RESAMPLES = 4_000
SEED = 1
CELL = ["night", "order", "order_number", "declared"]


@dataclass(frozen=True, slots=True)
class Difference:
    """A model's mean score less the reference's, in the moments at which both have an answer.

    Parameters
    ----------
    nights
        Nights compared.
    mean, reference, difference
        Averages over nights, each the average over its moments.
    low, high
        Ends of the 95% interval of the difference, whole nights resampled; NaN with fewer than three.
    """

    nights: int
    mean: float
    reference: float
    difference: float
    low: float
    high: float


def nightly(rows: pl.DataFrame, measure: str) -> Array:
    """(night,) mean of a measure over each night's moments, in the order of the nights' names; NaN scores left out."""
    import polars as pl

    finite = rows.filter(pl.col(measure).is_finite())
    means = finite.group_by("night").agg(pl.col(measure).mean()).sort("night")
    return means[measure].to_numpy()


def pooled(rows: pl.DataFrame, measure: str) -> float:
    """Mean over nights of each night's mean; NaN where nothing was scored."""
    means = nightly(rows, measure)
    return float(means.mean()) if len(means) else float("nan")


def bootstrap_means(values: Array) -> Array:
    """(resample, ...) means of (night, ...) values with whole nights drawn with replacement."""
    rng = np.random.default_rng(SEED)
    drawn = rng.integers(0, len(values), (RESAMPLES, len(values)))
    means: Array = values[drawn].mean(axis=1)
    return means


def paired(rows: pl.DataFrame, measure: str, contender: str, reference: str) -> Array:
    """(night, 2) means of a measure for a model and for the reference, over the moments both have an answer at."""
    import polars as pl

    scored = rows.filter(pl.col(measure).is_finite())
    ours = scored.filter(pl.col("contender") == contender).select(*CELL, ours=pl.col(measure))
    theirs = scored.filter(pl.col("contender") == reference).select(*CELL, theirs=pl.col(measure))
    both = (
        ours.join(theirs, on=CELL).group_by("night").agg(pl.col("ours").mean(), pl.col("theirs").mean()).sort("night")
    )
    return both.select("ours", "theirs").to_numpy().astype(float)


def compare(rows: pl.DataFrame, measure: str, contender: str, reference: str = REFERENCE) -> Difference | None:
    """A model against the reference; None where they never answer at the same moment.

    Parameters
    ----------
    rows
        With the orders and checkpoints wanted.
    """
    pairs = paired(rows, measure, contender, reference)
    if not len(pairs):
        return None
    mean, other = pairs.mean(axis=0)
    apart = pairs[:, 0] - pairs[:, 1]
    low, high = np.quantile(bootstrap_means(apart), [0.025, 0.975]) if len(apart) > 2 else (np.nan, np.nan)
    return Difference(len(pairs), float(mean), float(other), float(apart.mean()), float(low), float(high))


def skill(rows: pl.DataFrame, measure: str, contender: str, reference: str = REFERENCE) -> tuple[float, float, float]:
    """Skill, 1 - score ÷ reference's score, with the ends of its 95% interval; NaN where it cannot be had."""
    pairs = paired(rows, measure, contender, reference)
    if len(pairs) < 3 or pairs[:, 1].mean() <= 0:
        return (float("nan"),) * 3
    means = bootstrap_means(pairs)
    low, high = np.quantile(1.0 - means[:, 0] / np.maximum(means[:, 1], 1e-9), [0.025, 0.975])
    return float(1.0 - pairs[:, 0].mean() / pairs[:, 1].mean()), float(low), float(high)


def ordered(names: Sequence[str], wanted: Sequence[str]) -> list[str]:
    """Names in the order wanted, those nobody asked for last."""
    return sorted(set(names), key=lambda name: (wanted.index(name) if name in wanted else len(wanted), name))
