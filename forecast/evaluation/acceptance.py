"""What was asked of the forecast, most of it before any was scored, and what was measured."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from forecast.evaluation.orders import ADVERSARIAL
from forecast.evaluation.standings import REFERENCE, compare, nightly, pooled, skill

if TYPE_CHECKING:
    import polars as pl

__all__ = ["OURS", "Criterion", "criteria"]

OURS = "auto"
HONEST = ("real", "random")


@dataclass(frozen=True, slots=True)
class Criterion:
    """One measure asked for.

    Parameters
    ----------
    value
        Measured; NaN where the nights that would show it were not scored.
    low, high
        What is accepted, ends included.
    nights
        Nights behind the value.
    """

    group: str
    measure: str
    low: float
    high: float
    value: float
    nights: int
    digits: int = 2

    @property
    def met(self) -> bool:
        """Whether the value, as it is printed, is accepted."""
        return self.low <= round(self.value, self.digits) <= self.high


def criteria(table: pl.DataFrame) -> list[Criterion]:
    """Every criterion of the design, with what the table shows of it."""
    import polars as pl

    table = table.filter(pl.col("status") == "scored")
    return [*_few(table), *_seats(table), *_levels(table), *_past_votes(table), *_misled(table), *_calls(table)]


def _few(table: pl.DataFrame) -> Iterator[Criterion]:
    import polars as pl

    some = table.filter((pl.col("family") == "few areas") & pl.col("order").is_in(HONEST) & (pl.col("declared") > 0))
    ours, paper, honest = (some.filter(pl.col("contender") == each) for each in (OURS, "uniform-point", REFERENCE))
    for level, low, high in ((50, 0.42, 0.60), (90, 0.85, 0.96), (95, 0.91, 0.99)):
        yield _mean("few areas", f"{level}% coverage of the final lead", low, high, ours, f"lead_covered_{level}")
    z = nightly(ours.with_columns(squared=pl.col("lead_z") ** 2), "squared")
    yield Criterion("few areas", "SD of standardised error", 0.85, 1.15, _root_mean(z), len(z))
    for name, low, high, other, measure in (
        ("absolute error of the lead ÷ uniform swing's", 0.0, 1.0, paper, "lead_error"),
        ("CRPS of the lead ÷ uniform swing's with a Gaussian", 0.0, 0.98, honest, "lead_crps"),
    ):
        nights = ours["night"].n_unique()
        yield Criterion("few areas", name, low, high, _ratio(pooled(ours, measure), pooled(other, measure)), nights)
    for name, measure in (("log score", "log_score"), ("Brier score", "brier")):
        said = f"winner's {name} ÷ uniform swing's with a Gaussian"
        yield Criterion("few areas", said, 0.0, 1.0, _against(some, measure, REFERENCE), ours["night"].n_unique())
    for name, measure in (("log score", "log_score"), ("Brier score", "brier")):
        lower = skill(some, measure, OURS)[1]
        what = f"skill in the winner's {name} v uniform swing with a Gaussian, lower bound"
        yield Criterion("few areas", what, -0.02, np.inf, lower, ours["night"].n_unique())
    last = ours.filter(pl.col("declared") == pl.col("areas") - 1).with_columns(points=100 * pl.col("lead_error"))
    yield _mean("few areas", "one area left: absolute error of the lead, points", 0.0, 0.9, last, "points")


def _seats(table: pl.DataFrame) -> Iterator[Criterion]:
    import polars as pl

    ours = table.filter((pl.col("family") == "650 seats") & (pl.col("contender") == OURS))
    real = ours.filter((pl.col("order") == "real") & (pl.col("declared") > 0))
    real = real.with_columns(points=100 * pl.col("share_error"))
    for name, measure, limits, digits in (
        ("seat Brier score", "seat_brier", (0.12, 0.11), 3),
        ("seat log score", "seat_log_score", (0.21, 0.19), 3),
        ("two largest parties' votes, absolute error, points", "points", (0.8, 0.6), 2),
        ("two largest parties' seats, absolute error", "seats_error", (8.0, 6.0), 1),
    ):
        for declared, limit in zip((50, 100), limits, strict=True):
            rows = real.filter(pl.col("declared") == declared)
            yield _mean("650 seats", f"{name}, {declared} declared", 0.0, limit, rows, measure, digits)
    yield _mean("650 seats", "90% coverage of each seat's lead", 0.86, 0.94, real, "area_lead_covered_90")
    yield _mean("650 seats", "90% coverage of seat totals", 0.85, 1.0, real, "seats_covered_90")
    misled = ours.filter(pl.col("order").is_in(ADVERSARIAL) & (pl.col("declared") > 0))
    yield _mean("650 seats", "90% coverage of seat totals, adversarial orders", 0.70, 1.0, misled, "seats_covered_90")


def _levels(table: pl.DataFrame) -> Iterator[Criterion]:
    import polars as pl

    night = table.filter((pl.col("family") == "referendum") & (pl.col("order") == "real") & (pl.col("declared") > 0))
    ours = night.filter(pl.col("contender") == OURS)
    yield _mean("referendum", "90% coverage of the lead", 0.80, 1.0, ours, "lead_covered_90")
    ratio = _against(night, "lead_error", "raw-count")
    yield Criterion("referendum", "absolute error of the lead ÷ raw count's", 0.0, 1.0, ratio, ours["night"].n_unique())


def _past_votes(table: pl.DataFrame) -> Iterator[Criterion]:
    import polars as pl

    both = table.filter((pl.col("family") == "swiss votes") & (pl.col("order") == "random"))
    swiss = both.filter(pl.col("contender") == OURS).with_columns(points=100 * pl.col("share_error"))
    for share, limit in ((0.05, 2.0), (0.10, 1.2), (0.25, 0.75)):
        rows = swiss.filter((pl.col("fraction") - share).abs() < 0.01)
        yield _mean(
            "swiss votes", f"national share, absolute error, points, {share:.0%} declared", 0.0, limit, rows, "points"
        )
    counted = pl.col("fraction").is_between(0.03, 0.3, closed="none")
    ratio = _against(both.filter(counted), "share_error", "subspace")
    words = "national share, absolute error ÷ singular vectors', 5 to 25% declared"
    yield Criterion("swiss votes", words, 0.0, 1.0, ratio, swiss["night"].n_unique())
    later = swiss.filter(counted)
    yield _mean("swiss votes", "90% coverage of the lead, 5 to 25% declared", 0.87, 1.0, later, "lead_covered_90")
    missing = table.filter(
        (pl.col("family") == "quick count") & (pl.col("contender") == OURS) & (pl.col("order") == "group-last")
    ).filter(pl.col("declared") > 0)
    yield _mean("quick count", "95% coverage of the lead, one stratum missing", 0.92, 1.0, missing, "lead_covered_95")


def _misled(table: pl.DataFrame) -> Iterator[Criterion]:
    import polars as pl

    ours = table.filter((pl.col("contender") == OURS) & pl.col("order").is_in(ADVERSARIAL) & (pl.col("declared") > 0))
    yield _mean("all nights", "90% coverage of the lead, adversarial orders", 0.70, 1.0, ours, "lead_covered_90")


def _calls(table: pl.DataFrame) -> Iterator[Criterion]:
    import polars as pl

    ours = table.filter(pl.col("contender") == OURS)
    wrong = float(ours["wrong_call"].sum()) if len(ours) else np.nan
    yield Criterion("calls", "wrong states at 99.5% or more, all replays", 0.0, 0.0, wrong, ours["night"].n_unique(), 0)
    honest = table.filter(pl.col("order").is_in(HONEST))
    times = [_first_ready(honest.filter(pl.col("contender") == each)) for each in (OURS, REFERENCE)]
    both = times[0].join(times[1], on=["night", "order", "order_number"], suffix="_reference")
    later = both["ready"].median(), both["ready_reference"].median()
    value = np.nan if later[0] is None or later[1] is None else float(later[0]) - float(later[1])  # type: ignore[arg-type]
    what = "median fraction declared at 99.5%, less uniform swing's with a Gaussian"
    yield Criterion("calls", what, -1.0, 0.10, value, both["night"].n_unique())


def _first_ready(rows: pl.DataFrame) -> pl.DataFrame:
    """The fraction declared from which each replay stays at 99.5% or more; 1 where it never does before the end."""
    import polars as pl

    unready = pl.when(pl.col("call_ready") == 1.0).then(-1.0).otherwise(pl.col("fraction")).max().alias("last")
    grouped = rows.group_by("night", "order", "order_number").agg(unready, pl.col("fraction").sort().alias("stops"))
    stops = grouped.with_columns(
        ready=pl.struct("last", "stops").map_elements(
            lambda each: next((stop for stop in each["stops"] if stop > each["last"]), 1.0), return_dtype=pl.Float64
        )
    )
    return stops.select("night", "order", "order_number", "ready")


def _mean(
    group: str, measure: str, low: float, high: float, rows: pl.DataFrame, column: str, digits: int = 2
) -> Criterion:
    return Criterion(group, measure, low, high, pooled(rows, column), rows["night"].n_unique(), digits)


def _ratio(ours: float, theirs: float) -> float:
    return ours / theirs if theirs > 0 else float("nan")


def _against(rows: pl.DataFrame, measure: str, other: str) -> float:
    """Our mean of a measure over another model's, over the moments at which both have an answer."""
    both = compare(rows, measure, OURS, other)
    return float("nan") if both is None else _ratio(both.mean, both.reference)


def _root_mean(values: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> float:
    return float(np.sqrt(values.mean())) if len(values) else float("nan")
