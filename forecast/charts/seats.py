"""Seats in pictures: how many the likeliest leader may win, and the line of a majority."""

from __future__ import annotations

from math import ceil, log10

from forecast.bulletin.summary import Forecast, SeatsForecast, Spread
from forecast.charts.canvas import EDGE, QUIET, WIDTH, Canvas, Spec, early, find_candidate, ink_of
from forecast.charts.lead_axis import points_axis, span_leads, zero_rule
from forecast.charts.margin import BANDS, stack_dots

__all__ = ["seats_bars", "seats_chart"]

TICKS = 8  # on the axis, at most


def seats_chart(forecast: Forecast, seats: SeatsForecast) -> Spec:
    """The leader's seats as quantile dots: 50 dots, each 2 in 100, on either side of the line of a majority.

    Parameters
    ----------
    forecast, seats
        The document, and its seats.
    """
    canvas = Canvas(top=220, bottom=232)
    spread, name = _leader(seats), find_candidate(forecast, seats.leader).name
    beyond = [_beyond(seats, quantile) for quantile in spread.quantiles[::2]]
    domain = span_leads(beyond)
    y = canvas.height - canvas.bottom + 64
    title = "Who has a majority, and how many seats"
    layers = [
        *([] if spread.sd == 0.0 else _bands(seats, spread, domain)),
        _dots(canvas, forecast, seats, beyond, domain),
        zero_rule(-66, canvas.inner_height),
        *_sides(canvas, forecast, seats, domain, 182, sum(each > 0 for each in beyond), len(beyond)),
        canvas.line(f"Seats of {name}; {seats.majority:,g} are a majority. Each dot is 2 chances in 100.", y),
        canvas.line(_say(spread), y + 28),
        canvas.line(_say_others(forecast, seats), y + 56, color=QUIET),
        *canvas.head(forecast, title, forecast.headline),
        *canvas.foot(forecast),
    ]
    return canvas.picture(forecast, layers, f"{forecast.headline} Seats of {name}: {_say(spread)}")


def seats_bars(canvas: Canvas, forecast: Forecast, seats: SeatsForecast, bars: float) -> list[Spec]:
    """The leader's seats as two bars, on either side of the line of a majority, and the same in words.

    Parameters
    ----------
    bars
        Where they are, in pixels from the top of the rectangle the scales fill.
    """
    spread = _leader(seats)
    ends = {each.level: (_beyond(seats, each.lower), _beyond(seats, each.upper)) for each in spread.intervals}
    (low, high), (lower, upper) = ends[0.9], ends[0.5]
    domain, middle = span_leads([low, high]), _beyond(seats, spread.median)
    row = {"low": low, "high": high, "lower": lower, "upper": upper, "middle": middle}
    ink = ink_of(forecast, seats.leader) if middle > 0 else QUIET
    mark: Spec = {"type": "point", "shape": "diamond", "filled": True, "fill": ink, "stroke": "#ffffff", "size": 520}
    diamond = {"x": {"field": "middle", "type": "quantitative"}, "y": {"value": bars}}
    y, name = canvas.height - canvas.bottom + 64, find_candidate(forecast, seats.leader).name
    return [
        *(_bar(seats, row, *each, domain, bars) for each in (("low", "high", 5), ("lower", "upper", 18))),
        zero_rule(0, canvas.inner_height),
        {"data": {"values": [row]}, "mark": mark | {"strokeWidth": 2, "opacity": 1}, "encoding": diamond},
        *_sides(canvas, forecast, seats, domain, canvas.top + 20),
        canvas.line(f"Seats of {name}; {seats.majority:,g} are a majority. {_say(spread)}", y),
        canvas.line(_say_others(forecast, seats), y + 28, color=QUIET),
    ]


def _leader(seats: SeatsForecast) -> Spread:
    return next(each.seats for each in seats.candidates if each.id == seats.leader)


def _beyond(seats: SeatsForecast, count: float) -> float:
    """Seats beyond the line, which runs half a seat below a majority: above zero is one."""
    return round(count - seats.majority + 0.5, 2)


def _axis(seats: SeatsForecast, field: str, domain: tuple[float, float]) -> Spec:
    """The horizontal axis of seats, with whole numbers on it."""
    shift = seats.majority - 0.5
    step = _step((domain[1] - domain[0]) / TICKS)
    first = ceil((domain[0] + shift) / step)
    last = int((domain[1] + shift) // step)
    places = [round(step * i - shift, 2) for i in range(max(first, 0), last + 1)]
    axis = points_axis(field, domain)
    axis["axis"] |= {"values": places, "labelExpr": f"format(datum.value + {shift}, ',')"}
    return axis


def _step(least: float) -> int:
    """The smallest of 1, 2, 5, 10, 20, 50, ... that is no smaller."""
    power: int = 10 ** int(log10(max(least, 1.0)))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= least)


def _dots(
    canvas: Canvas, forecast: Forecast, seats: SeatsForecast, beyond: list[float], domain: tuple[float, float]
) -> Spec:
    size, places = stack_dots(beyond, canvas.inner_width / (domain[1] - domain[0]), canvas.inner_height)
    rows = [
        {
            "seats": centre,
            "y": round(canvas.inner_height - (level + 0.5) * size, 2),
            "ink": ink_of(forecast, seats.leader) if each > 0 else QUIET,
        }
        for each, (centre, level) in zip(beyond, places, strict=True)
    ]
    return {
        "name": "dots",
        "data": {"values": rows},
        "mark": {"type": "circle", "size": round(0.785 * (0.92 * size) ** 2, 1), "opacity": 1},
        "encoding": {
            "x": _axis(seats, "seats", domain),
            "y": {"field": "y", "type": "quantitative", "scale": None, "axis": None},
            "color": {"field": "ink", "type": "nominal", "scale": None},
        },
    }


def _bands(seats: SeatsForecast, spread: Spread, domain: tuple[float, float]) -> list[Spec]:
    ends = {each.level: (_beyond(seats, each.lower), _beyond(seats, each.upper)) for each in spread.intervals}
    return [
        {
            "data": {"values": [{"lower": ends[level][0], "upper": ends[level][1]}]},
            "mark": {"type": "rect", "color": grey},
            "encoding": {"x": _axis(seats, "lower", domain), "x2": {"field": "upper"}},
        }
        for level, grey in BANDS
    ]


def _bar(
    seats: SeatsForecast, row: Spec, start: str, end: str, thick: int, domain: tuple[float, float], y: float
) -> Spec:
    encoding = {"x": _axis(seats, start, domain), "x2": {"field": end}, "y": {"value": y}}
    return {"data": {"values": [row]}, "mark": {"type": "rule", "strokeWidth": thick, "color": QUIET}} | {
        "encoding": encoding
    }


def _sides(
    canvas: Canvas,
    forecast: Forecast,
    seats: SeatsForecast,
    domain: tuple[float, float],
    y: float,
    ahead: int = 0,
    dots: int = 0,
) -> list[Spec]:
    """What each side of the line means, and how many dots are there."""
    line = EDGE + canvas.inner_width * -domain[0] / (domain[1] - domain[0])
    name, layers = find_candidate(forecast, seats.leader).name, []
    inks = (QUIET, QUIET if early(forecast) else ink_of(forecast, seats.leader))
    for text, count, side, ink in (
        ("← short of a majority", dots - ahead, -1, inks[0]),
        (f"majority for {name} →", ahead, 1, inks[1]),
    ):
        room = (line if side < 0 else WIDTH - line) - EDGE - 14
        x, align = line + 14 * side, "right" if side < 0 else "left"
        layers.append(canvas.rise(text, x, y, size=24, room=room, align=align, color=ink))
        if dots:
            layers.append(canvas.say(f"{count} of {dots} dots", x, y + 26, align=align, color=QUIET))
    return layers


def _say(spread: Spread) -> str:
    if spread.sd == 0.0:
        return f"On the votes declared: {spread.median:,g}."
    half, most = (f"{each.lower:,.0f} to {each.upper:,.0f}" for each in spread.intervals if each.level in {0.5, 0.9})
    return f"In the middle: {spread.median:,.0f}. Half the time, {half}; 9 times in 10, {most}."


def _say_others(forecast: Forecast, seats: SeatsForecast) -> str:
    """The next three by seats, and how likely it is that nobody has a majority."""
    others = sorted((each for each in seats.candidates if each.id != seats.leader), key=lambda each: -each.seats.mean)
    told = [f"{find_candidate(forecast, each.id).name} {each.seats.median:,.0f}" for each in others[:3]]
    return f"Expected besides: {', '.join(told)}. Nobody has a majority: {seats.hung_display}."
