"""The scoreboard's pictures: error against the fraction declared, reliability, and the probability transform."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from forecast.charts.canvas import FONT, INK, PALE, QUIET, RULE, SCHEMA, Spec
from forecast.evaluation.acceptance import HONEST, OURS
from forecast.evaluation.standings import REFERENCE

if TYPE_CHECKING:
    import polars as pl

__all__ = ["corp", "draw_pictures", "frame", "uniform_band"]

Array = NDArray[np.float64]

# Okabe and Ito's colours, which people who see no red or green can tell apart.
INKS = {
    "auto": "#0072B2", "uniform-swing": "#D55E00", "uniform-point": "#E69F00", "raw-count": "#8a8a8a",
    "regional-swing": "#009E73", "ridge": "#CC79A7", "subspace": "#56B4E9", "elex-model": "#1b1b1b",
}  # fmt: skip
BINS = 10


def draw_pictures(table: pl.DataFrame) -> dict[str, Spec]:
    """Every picture of a table of scores by name, those left out for which nothing was scored."""
    import polars as pl

    fair = table.filter((pl.col("status") == "scored") & pl.col("order").is_in(HONEST))
    drawn = {
        "error": _error_picture(fair),
        "reliability": _reliability_picture(fair),
        "pit": _pit_picture(fair),
    }
    return {f"scoreboard-{name}": spec for name, spec in drawn.items() if spec is not None}


def frame(title: str, subtitle: str, body: Spec) -> Spec:
    """A picture's title, letters and colours around what it shows."""
    letters = {"labelFontSize": 14, "titleFontSize": 15, "titleFontWeight": "normal", "labelColor": INK}
    return {
        "$schema": SCHEMA,
        "description": f"{title}. {subtitle}",
        "title": {"text": title, "subtitle": subtitle, "anchor": "start", "fontSize": 22, "subtitleFontSize": 15},
        "padding": 24,
        "config": {
            "font": FONT,
            "background": "#ffffff",
            "axis": letters | {"gridColor": PALE, "domainColor": RULE, "tickColor": RULE},
            "legend": letters | {"titleFontSize": 14, "symbolStrokeWidth": 3},
            "header": {"labelFontSize": 17, "titleFontSize": 15},
            "title": {"subtitleColor": QUIET, "color": INK},
        },
        **body,
    }


def _colour(names: list[str]) -> Spec:
    shown = [name for name in INKS if name in names] + sorted(set(names) - set(INKS))
    inks = [INKS.get(name, QUIET) for name in shown]
    return {"field": "contender", "type": "nominal", "title": "model", "scale": {"domain": shown, "range": inks}}


def mean_errors(fair: pl.DataFrame) -> pl.DataFrame:
    """Mean absolute error of the lead, points, by family, model and tenth of the areas declared; nights count alike."""
    import polars as pl

    by = ["family", "contender", "tenth"]
    return (
        fair.filter(pl.col("lead_error").is_finite() & (pl.col("fraction") > 0))
        .with_columns(tenth=(pl.col("fraction") * BINS).floor())
        .group_by(*by, "night")
        .agg(pl.col("lead_error", "fraction").mean())
        .group_by(by)
        .agg(error=100 * pl.col("lead_error").mean(), declared=100 * pl.col("fraction").mean())
        .sort(by)
    )


def _error_picture(fair: pl.DataFrame) -> Spec | None:
    """Mean absolute error of the lead by how much is declared, for each family."""
    means = mean_errors(fair)
    if means.is_empty():
        return None
    x: Spec = {"type": "quantitative", "title": "areas declared, %", "scale": {"domain": [0, 100]}}
    y: Spec = {"type": "quantitative", "title": None, "scale": {"type": "sqrt"}}
    inner: Spec = {
        "width": 300,
        "height": 240,
        "mark": {"type": "line", "point": {"size": 40}, "strokeWidth": 2.5},
        "encoding": {
            "x": x | {"field": "declared"},
            "y": y | {"field": "error"},
            "color": _colour(means["contender"].unique().to_list()),
        },
    }
    body: Spec = {
        "data": {"values": means.to_dicts()},
        "facet": {"field": "family", "type": "nominal", "title": None, "sort": "ascending"},
        "columns": 3,
        "spec": inner,
        "resolve": {"scale": {"y": "independent"}, "axis": {"x": "independent"}},
    }
    said = "Points, absolute; mean over nights, real and random orders; square-root scale."
    return frame("Error of the lead as areas declare", said, body)


def corp(probability: Array, came: Array) -> Array:
    """(event,) probabilities recalibrated by isotonic regression: the reliability diagram's line (CORP).

    Parameters
    ----------
    probability, came
        (event,) forecast probabilities, sorted, and whether each came, 1 or 0.

    References
    ----------
    Dimitriadis, Gneiting & Jordan 2021, doi:10.1073/pnas.2016191118; pool adjacent violators: Ayer et al. 1955,
    doi:10.1214/aoms/1177728423.
    """
    _, first = np.unique(probability, return_index=True)
    blocks: list[tuple[float, int]] = []
    for group in np.split(came, first[1:]):
        blocks.append((float(group.sum()), len(group)))
        while len(blocks) > 1 and blocks[-2][0] * blocks[-1][1] >= blocks[-1][0] * blocks[-2][1]:
            total, count = blocks.pop()
            blocks[-1] = (blocks[-1][0] + total, blocks[-1][1] + count)
    return np.concatenate([np.full(count, total / count) for total, count in blocks])


def _reliability_picture(fair: pl.DataFrame) -> Spec | None:
    """How often the favourite won, by the probability it was given."""
    import polars as pl

    lines = []
    for name in (OURS, REFERENCE):
        rows = fair.filter((pl.col("contender") == name) & pl.col("favourite").is_finite()).sort("favourite")
        if len(rows):
            given = rows["favourite"].to_numpy()
            came = corp(given, rows["favourite_won"].to_numpy())
            keep = np.linspace(0, len(given) - 1, min(len(given), 400)).astype(int)
            lines += [{"contender": name, "given": float(given[i]), "came": float(came[i])} for i in keep]
    if not lines:
        return None
    axis: Spec = {"type": "quantitative", "scale": {"domain": [0.2, 1.0]}}
    body: Spec = {
        "width": 480,
        "height": 400,
        "layer": [
            {
                "data": {"values": [{"given": 0.2, "came": 0.2}, {"given": 1.0, "came": 1.0}]},
                "mark": {"type": "line", "color": RULE, "strokeDash": [5, 4]},
                "encoding": {
                    "x": {"field": "given", "type": "quantitative"},
                    "y": {"field": "came", "type": "quantitative"},
                },
            },
            {
                "data": {"values": lines},
                "mark": {"type": "line", "interpolate": "step-after", "strokeWidth": 3},
                "encoding": {
                    "x": axis | {"field": "given", "title": "probability given to the favourite"},
                    "y": axis | {"field": "came", "title": "how often it won"},
                    "color": _colour([OURS, REFERENCE]),
                },
            },
        ],
    }
    said = f"Every moment of {fair['night'].n_unique()} nights, isotonic; moments of one night are not independent."
    return frame("Reliability: did favourites win as often as was said?", said, body)


def uniform_band(nights: int) -> Array:
    """(3, place) places, and the ends of a simultaneous 95% band of the distribution of so many uniform values there.

    Parameters
    ----------
    nights
        Independent values; with fewer than two the band is everything.

    References
    ----------
    Säilynoja, Bürkner & Vehtari 2022, doi:10.1007/s11222-022-10090-6, as ArviZ computes it.
    """
    if nights < 2:
        return np.array([[0.0, 1.0], [0.0, 0.0], [1.0, 1.0]])
    from arviz_stats.ecdf_utils import ecdf_pit

    rng = np.random.default_rng(1)
    places, _, low, high = ecdf_pit(np.full(nights, 0.5), 0.95, 4_000, rng=rng)
    return np.array([places, low, high])


def _pit_picture(fair: pl.DataFrame) -> Spec | None:
    """Where in its forecast each final lead fell, as the difference from uniform."""
    import polars as pl

    some = fair.filter(pl.col("lead_pit").is_finite() & (pl.col("fraction") > 0) & (pl.col("family") == "few areas"))
    some = some if len(some) else fair.filter(pl.col("lead_pit").is_finite())
    if some.is_empty():
        return None
    places = np.linspace(0.01, 0.99, 99)
    band = [{"place": p, "low": low - p, "high": high - p} for p, low, high in uniform_band(some["night"].n_unique()).T]
    lines = []
    for name in (OURS, REFERENCE):
        values = some.filter(pl.col("contender") == name)
        off = _weighted_ecdf(values, places) - places if len(values) else np.empty(0)
        lines += [{"contender": name, "place": float(p), "off": float(o)} for p, o in zip(places, off, strict=False)]
    x = {"field": "place", "type": "quantitative", "title": "where in the forecast the final lead fell"}
    y: Spec = {"type": "quantitative", "title": "share of nights below, less what is due"}
    body: Spec = {
        "width": 560,
        "height": 340,
        "layer": [
            {
                "data": {"values": band},
                "mark": {"type": "area", "color": PALE},
                "encoding": {"x": x, "y": y | {"field": "low"}, "y2": {"field": "high"}},
            },
            {
                "data": {"values": lines},
                "mark": {"type": "line", "strokeWidth": 3},
                "encoding": {"x": x, "y": y | {"field": "off"}, "color": _colour([OURS, REFERENCE])},
            },
        ],
    }
    families = ", ".join(some["family"].unique().sort())
    said = f"Grey: simultaneous 95% band (ArviZ) for {some['night'].n_unique()} independent nights ({families})."
    return frame("Calibration of the lead: probability integral transform", said, body)


def _weighted_ecdf(rows: pl.DataFrame, places: Array) -> Array:
    """(place,) mean over nights of each night's empirical distribution of the transform."""
    groups = [group["lead_pit"].to_numpy() for _, group in rows.group_by("night")]
    ecdf: Array = np.mean([(each[:, None] <= places).mean(axis=0) for each in groups], axis=0)
    return ecdf
