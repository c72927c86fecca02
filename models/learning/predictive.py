"""Whether contests made up from what was believed, and from what was learned, look like those it was learned from.

Each made-up contest has the areas of a past one, its leads, sizes and regions, and swings drawn anew: hyper-parameters
from the prior or from the draws kept, then the contest's own, then its areas'. What is compared is what a fit could
have got wrong: how much areas differ, how heavy their tails are, and how far contests swing.

References
----------
Posterior predictive checks with replicated groups: Gelman, Meng & Stern 1996.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.learning.evidence import Kind, PastContest
from models.learning.meta import LOG_AREA, kinds_in

__all__ = ["STATISTICS", "Checked", "check_predictive", "read_draws", "write_checks"]

Array = NDArray[np.float64]
Draws = Mapping[str, Array]

STATISTICS = ("SD of areas' swings, points", "residuals beyond 3 robust SD, %", "contest swings, RMS, points")
DRAWS = 200
FAR = 3.0
CHANCES = (0.05, 0.95)


@dataclass(frozen=True, slots=True)
class Checked:
    """A statistic of one kind's contests, the 5% and 95% points of it made up, and how many were not above it."""

    kind: Kind
    statistic: str
    contests: int
    observed: float
    prior: tuple[float, float]
    posterior: tuple[float, float]
    below: float


def read_draws(path: Path) -> Draws:
    """(draw, ...) of each hyper-parameter kept."""
    import arviz as az  # noqa: PLC0415

    kept = az.from_netcdf(path)["posterior"]
    return {str(name): np.asarray(kept[name]).reshape(-1, *kept[name].shape[2:]) for name in kept.data_vars}


def draw_prior(past: Sequence[PastContest], rng: np.random.Generator) -> Draws:
    """As many draws of what was believed before, as `models.learning.meta.build` has it."""
    kinds = kinds_in(past)
    shape = (DRAWS, len(kinds))
    return {
        "tail": 2.0 + rng.gamma(2.0, 4.0, shape),
        "size_exponent": rng.beta(2.0, 3.0, shape),
        "swing_sd": 0.043 * np.exp(0.3 * rng.standard_normal(DRAWS)),
        "own_slope_sd": np.abs(0.12 * rng.standard_normal(DRAWS)),
        "region_sd": np.abs(0.02 * rng.standard_normal(shape)),
        "own_region_sd": np.abs(0.03 * rng.standard_normal(DRAWS)),
        "log_area": np.array([LOG_AREA[kind] for kind in kinds]) + 0.35 * rng.standard_normal(shape),
        "area_log_sd": np.abs(0.3 * rng.standard_normal(DRAWS)),
    }


def check_predictive(past: Sequence[PastContest], learned: Draws, seed: int) -> list[Checked]:
    """Every statistic of every kind, observed and made up."""
    rng = np.random.default_rng(seed)
    some = np.linspace(0, len(learned["swing_sd"]) - 1, DRAWS).astype(int)
    sources = (draw_prior(past, rng), {name: values[some] for name, values in learned.items()})
    found = []
    for position, kind in enumerate(kinds_in(past)):
        contests = [each for each in past if each.kind == kind]
        observed = _gather([_measure(each, each.swing) for each in contests])
        prior, posterior = (
            np.array([_gather([_make(each, source, d, position, rng) for each in contests]) for d in range(DRAWS)])
            for source in sources
        )
        for s, statistic in enumerate(STATISTICS):
            low, high = (tuple(np.quantile(made[:, s], CHANCES).tolist()) for made in (prior, posterior))
            below = float(np.mean(posterior[:, s] <= observed[s]))
            found.append(Checked(kind, statistic, len(contests), float(observed[s]), low, high, below))
    return found


def _make(past: PastContest, draws: Draws, d: int, kind: int, rng: np.random.Generator) -> Array:
    """The statistics of a contest made up from one draw of the hyper-parameters."""
    size, tail = len(past.swing), draws["tail"][d, kind]
    own = np.exp(draws["log_area"][d, kind] + draws["area_log_sd"][d] * rng.standard_normal())
    middle = draws["swing_sd"][d] * rng.standard_t(4)
    if past.group.any():
        shifts = rng.standard_normal(int(past.group.max()) + 1)
        region = shifts[past.group] * np.where(past.apart, draws["own_region_sd"][d], draws["region_sd"][d, kind])
        middle = middle + region
    scale = own * np.exp(-0.5 * draws["size_exponent"][d, kind] * past.log_size)
    slope = draws["own_slope_sd"][d] * rng.standard_normal()
    return _measure(past, middle + slope * past.lead + scale * rng.standard_t(tail, size))


def _measure(past: PastContest, swing: Array) -> Array:
    """SD of the swings, share of residuals far out of a line in the lead and regions, and the contest's swing."""
    groups = past.group[:, None] == np.unique(past.group)
    x = np.column_stack([groups, past.lead])
    residual = swing - x @ np.linalg.lstsq(x, swing)[0]
    spread = 1.4826 * np.median(np.abs(residual)) + 1e-12
    far = np.mean(np.abs(residual) > FAR * spread) if len(swing) > 2 * x.shape[1] else np.nan
    return np.array([100.0 * swing.std(), 100.0 * far, 100.0 * swing.mean()])


def _gather(each: list[Array]) -> Array:
    """Over contests: mean SD, mean share far out where there are areas enough, root mean square swing."""
    sd, far, swing = np.array(each).T
    return np.array([sd.mean(), np.nanmean(far) if np.isfinite(far).any() else np.nan, np.sqrt(np.mean(swing**2))])


def write_checks(checks: Sequence[Checked]) -> str:
    """The checks as a table in Markdown."""
    rows = [
        "| kind | statistic, mean of contests | contests | observed | prior 5–95% | learned 5–95% | of these, below |",
        "|---|---|--:|--:|--:|--:|--:|",
    ]
    rows += [
        f"| {each.kind} | {each.statistic} | {each.contests} | {each.observed:.1f} "
        f"| {each.prior[0]:.1f}–{each.prior[1]:.1f} | {each.posterior[0]:.1f}–{each.posterior[1]:.1f} "
        f"| {each.below:.0%} |"
        for each in checks
        if np.isfinite(each.observed)
    ]
    return "\n".join(rows)
