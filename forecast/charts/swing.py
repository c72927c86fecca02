"""The swing, area by area: what the areas declared have shown, what the others may, and what is needed."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil

from forecast.bulletin.summary import Forecast
from forecast.charts.canvas import (
    EDGE,
    HEIGHT,
    INK,
    QUIET,
    RULE,
    WIDTH,
    Canvas,
    Spec,
    find_candidate,
    fit,
    ink_of,
    measure,
    sign,
)
from forecast.charts.lead_axis import points_axis
from forecast.charts.swing_rows import MOST_ROWS, MOST_SEATS, Direction, Row, choose_rows, find_direction, work_out_rows

__all__ = ["swing_chart"]

TOP, BOTTOM, LEFT, MOST_LEFT, RIGHT = 200, 212, 300, 460, 150


def swing_chart(forecast: Forecast) -> Spec:
    """Swing in each area since the baseline, seen or expected, and the swings needed overall and in the rest.

    Parameters
    ----------
    forecast
        The document. At most 60 areas are drawn, the most telling; those with no baseline for both candidates
        have no swing and are counted in a note.
    """
    direction = find_direction(forecast)
    every = work_out_rows(forecast, direction)
    rows = choose_rows(every, MOST_ROWS if forecast.seats is None else MOST_SEATS)
    canvas = _canvas(rows)
    sentence = _say_needs(forecast, direction)
    layers = [
        *(_plot(canvas, forecast, direction, rows) if rows else ()),
        *_notes(canvas, forecast, direction, rows, len(every)),
        *canvas.head(forecast, f"Swing since {forecast.needs.baseline}" if rows else "Swing, area by area", sentence),
        *canvas.foot(forecast),
    ]
    return canvas.picture(forecast, layers, f"{sentence} {_say_rows(rows)}")


def _say_needs(forecast: Forecast, direction: Direction) -> str:
    swings = forecast.needs.swings
    to, off = (find_candidate(forecast, who).name for who in (direction.to, direction.off))
    if swings.needed is None:
        return f"{to} and {off} cannot be compared with the baseline: the swing needed is not known."
    overall = f"a swing of {abs(100.0 * swings.needed):.2f} points from {off}"
    overall += "" if forecast.seats is None else " for most votes"
    if swings.so_far is None:
        return f"Nothing has been declared yet. {to} needs {overall}."
    shown = sign(100.0 * direction.turn * swings.so_far, 2)
    if swings.rest is None:
        return f"{to} needed {overall}. In the areas declared it was {shown}."
    rest = sign(100.0 * direction.turn * swings.rest, 2)
    return f"{to} needs {overall}: {shown} so far, {rest} needed in what is left."


def _say_rows(rows: Sequence[Row]) -> str:
    return "; ".join(f"{row.name} {sign(row.swing)} {'declared' if row.seen else 'expected'}" for row in rows) + "."


def _canvas(rows: Sequence[Row]) -> Canvas:
    """As high as the rows need, and never lower than the other pictures."""
    deep = _row_height(rows) * (len(rows) + _groups(rows))
    high = max(HEIGHT, TOP + deep + BOTTOM)
    names = max((measure(row.name, 20, bold=False) for row in rows), default=0.0)
    left = min(max(LEFT, EDGE + 16 + ceil(names)), MOST_LEFT)
    return Canvas(high, top=TOP, bottom=min(high - TOP - deep, HEIGHT - TOP - 48), left=left, right=RIGHT)


def _groups(rows: Sequence[Row]) -> int:
    return len({row.seen for row in rows})


def _row_height(rows: Sequence[Row]) -> int:
    return min(48, max(25, (HEIGHT - TOP - BOTTOM) // max(len(rows) + _groups(rows), 1)))


def _plot(canvas: Canvas, forecast: Forecast, direction: Direction, rows: Sequence[Row]) -> list[Spec]:
    """The rows, each with its name and its number, over the lines of what is needed."""
    places = _place(rows, _row_height(rows))
    needed = _lines(forecast, direction)
    domain = _span(rows, [swing for swing, _, _ in needed])
    return [
        *_needed(canvas, needed, domain),
        *_marks(forecast, direction, rows, places),
        *_labels(canvas, rows, places),
    ]


def _place(rows: Sequence[Row], high: int) -> list[float]:
    """The middle of each row, in pixels from the top of the plot: a heading's height is left above each group."""
    headings = [1 + (row.seen and not rows[0].seen) for row in rows]
    return [(i + heading + 0.5) * high for i, heading in enumerate(headings)]


def _lines(forecast: Forecast, direction: Direction) -> list[tuple[float, str, list[int]]]:
    """What is needed, in points: overall, and in the rest where something of it has been seen."""
    swings = forecast.needs.swings
    lines = []
    if swings.needed is not None:
        lines.append((abs(100.0 * swings.needed), "needed overall", [1, 0]))
    if swings.rest is not None and swings.so_far is not None:
        lines.append((direction.turn * 100.0 * swings.rest, "needed in the rest", [8, 5]))
    return sorted(lines)


def _span(rows: Sequence[Row], needed: Sequence[float]) -> tuple[float, float]:
    """Ends of the axis: everything drawn, and room on the right for the words of the last line."""
    ends = [0.0, *needed, *(end for row in rows for end in (row.swing, *(row.most or ())))]
    low, high = min(ends), max(ends)
    low, high = low - 0.05 * (high - low + 1), high + 0.05 * (high - low + 1)
    last = max(needed, default=low)
    return round(low, 3), round(max(high, low + (last - low) / 0.86), 3)


def _needed(canvas: Canvas, needed: Sequence[tuple[float, str, list[int]]], domain: tuple[float, float]) -> list[Spec]:
    """Zero and the lines of what is needed; the first one's words stand on its left, the last one's on its right."""
    x = points_axis("swing", domain)
    layers: list[Spec] = [_upright(x, 0.0, 0, {"color": RULE, "strokeWidth": 1.5})]
    for i, (swing, words, dash) in enumerate(needed):
        left = i < len(needed) - 1
        here = canvas.left + canvas.inner_width * (swing - domain[0]) / (domain[1] - domain[0])
        layers.append(_upright(x, swing, -36, {"color": INK, "strokeWidth": 2.5, "strokeDash": dash}))
        style: Spec = {"align": "right" if left else "left", "fontWeight": "bold"}
        layers.append(canvas.say(f"{words} {sign(swing)}", here - 8 if left else here + 8, TOP - 20, **style))
    return layers


def _upright(x: Spec, swing: float, top: float, mark: Spec) -> Spec:
    encoding = {"x": x, "y": {"value": top}, "y2": {"value": "height"}}
    return {"data": {"values": [{"swing": swing}]}, "mark": {"type": "rule"} | mark, "encoding": encoding}


def _marks(forecast: Forecast, direction: Direction, rows: Sequence[Row], places: Sequence[float]) -> list[Spec]:
    """Declared areas as full dots; the others as hollow diamonds on their two intervals."""
    inks = {to: ink_of(forecast, direction.to if to else direction.off) for to in (True, False)}
    drawn = [
        {"area": row.name, "swing": row.swing, "y": y, "ink": inks[row.swing > 0]} | _ends(row)
        for row, y in zip(rows, places, strict=True)
    ]
    waiting = [row for row, given in zip(drawn, rows, strict=True) if not given.seen]
    seen = [row for row, given in zip(drawn, rows, strict=True) if given.seen]
    hollow = {"type": "point", "shape": "diamond", "filled": True, "fill": "#ffffff", "strokeWidth": 2.5}
    return [
        _mark(waiting, {"type": "rule", "strokeWidth": 3}, "low", "high"),
        _mark(waiting, {"type": "rule", "strokeWidth": 12, "opacity": 0.45}, "lower", "upper"),
        _mark(waiting, hollow | {"size": 320, "opacity": 1}, "swing", ink="stroke") | {"name": "expected"},
        _mark(seen, {"type": "circle", "size": 230, "opacity": 1}, "swing") | {"name": "seen"},
    ]


def _ends(row: Row) -> Spec:
    """The ends of both intervals; where they are not known, the middle."""
    half, most = row.half or (row.swing, row.swing), row.most or (row.swing, row.swing)
    return {"low": most[0], "lower": half[0], "upper": half[1], "high": most[1]}


def _mark(rows: Sequence[Spec], mark: Spec, start: str, end: str = "", ink: str = "color") -> Spec:
    encoding: Spec = {
        "x": {"field": start, "type": "quantitative"},
        "y": {"field": "y", "type": "quantitative", "scale": None, "axis": None},
        ink: {"field": "ink", "type": "nominal", "scale": None},
    }
    if end:
        encoding["x2"] = {"field": end}
    return {"data": {"values": list(rows)}, "mark": mark, "encoding": encoding}


def _labels(canvas: Canvas, rows: Sequence[Row], places: Sequence[float]) -> list[Spec]:
    """Names on the left, numbers on the right, and a heading over each group."""
    size, layers = 20 if _row_height(rows) >= 28 else 18, []
    for i, (row, y) in enumerate(zip(rows, places, strict=True)):
        here = TOP + y + 0.35 * size
        if i == 0 or row.seen != rows[i - 1].seen:
            words = "Declared, by swing" if row.seen else "Expected, most telling first"
            layers.append(canvas.say(words, EDGE, here - _row_height(rows), size=size, fontWeight="bold"))
        layers.append(canvas.say(row.name, EDGE, here, size=fit(row.name, size, canvas.left - EDGE - 12, bold=False)))
        weight = {"align": "right", "fontWeight": "bold" if row.seen else "normal"}
        layers.append(canvas.say(sign(row.swing), WIDTH - EDGE, here, size=size, **weight))
    return layers


def _notes(canvas: Canvas, forecast: Forecast, direction: Direction, rows: Sequence[Row], every: int) -> list[Spec]:
    """How to read it, and what is not there."""
    if not rows:
        return []
    read = f"In points; below zero the swing is to {find_candidate(forecast, direction.off).name}."
    if any(row.most for row in rows):
        read += " Dot: declared. Diamond: expected; thick bar half the time, thin 9 times in 10."
    elif not all(row.seen for row in rows):
        read += " Dot: declared. Diamond: expected."
    areas = forecast.moment.areas_total
    missing = f"{len(rows)} of {every} areas shown, the most telling. " if len(rows) < every else ""
    if every < areas:
        missing += f"{areas - every} of {areas} areas left out: no baseline for both, or votes not reported."
    y = canvas.height - 146
    return [canvas.line(words, y + 28 * i, color=QUIET) for i, words in enumerate((read, missing)) if words]
