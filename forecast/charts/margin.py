"""The margin: how far ahead each of the two may finish, as fifty dots of equal probability."""

from __future__ import annotations

from collections.abc import Sequence
from math import floor

from forecast.bulletin.summary import Forecast
from forecast.charts.canvas import EDGE, QUIET, WIDTH, Canvas, Spec, find_candidate, ink_of
from forecast.charts.lead_axis import (
    interval_of,
    points_axis,
    say_intervals,
    say_middle,
    settled,
    span_leads,
    zero_rule,
)

__all__ = ["margin_chart"]

LARGEST_DOT = 40.0  # pixels
BANDS = ((0.9, "#efefef"), (0.5, "#d8d8d8"))


def margin_chart(forecast: Forecast) -> Spec:
    """The final lead of one candidate over the other as quantile dots: 50 dots, each 2 in 100.

    Parameters
    ----------
    forecast
        The document. Its quantiles at 1, 3, ..., 99% are the dots' values, in points.

    References
    ----------
    Kay, Kola, Hullman and Munson 2016, doi:10.1145/2858036.2858558.
    """
    canvas = Canvas(top=220, bottom=232)
    of, over = (find_candidate(forecast, who).name for who in (forecast.lead.of, forecast.lead.over))
    leads = [round(100.0 * share, 4) for share in forecast.lead.share.quantiles[::2]]
    domain = span_leads(leads)
    layers = [
        *_bands(forecast, domain),
        _dots(canvas, forecast, leads, domain),
        zero_rule(-66, canvas.inner_height),
        *_sides(canvas, forecast, leads, domain),
        *_spike(forecast),
        *_legend(canvas, forecast, f"Lead of {of} over {over}, in points. Each dot is 2 chances in 100."),
        *canvas.head(forecast, "Who wins, and by how much", forecast.headline),
        *canvas.foot(forecast),
    ]
    said = f"{forecast.headline} Lead of {of} over {over}: {', '.join(say_intervals(forecast))} points."
    return canvas.picture(forecast, layers, said)


def stack_dots(leads: Sequence[float], per_point: float, height: float) -> tuple[float, list[tuple[float, int]]]:
    """The largest dots whose tallest stack fits, and each one's place: centre of its bin in points, and level.

    Bins are as wide as a dot and begin at zero, so that no stack stands on both sides of it. One
    number is one stack, in its place.
    """
    smallest = height / len(leads)
    if max(leads) - min(leads) < smallest / per_point:
        return smallest, [(leads[len(leads) // 2], level) for level in range(len(leads))]
    size = LARGEST_DOT
    while size * _tallest(leads, size / per_point) > height and size > smallest:
        size -= 0.25
    width = size / per_point
    bins = [floor(lead / width) for lead in leads]
    return size, [(round((bin_ + 0.5) * width, 4), bins[:i].count(bin_)) for i, bin_ in enumerate(bins)]


def _tallest(leads: Sequence[float], width: float) -> int:
    bins = [floor(lead / width) for lead in leads]
    return max(bins.count(bin_) for bin_ in set(bins))


def _dots(canvas: Canvas, forecast: Forecast, leads: Sequence[float], domain: tuple[float, float]) -> Spec:
    per_point = canvas.inner_width / (domain[1] - domain[0])
    size, places = stack_dots(leads, per_point, canvas.inner_height)
    rows = [
        {
            "lead": lead,
            "x": centre,
            "y": round(canvas.inner_height - (level + 0.5) * size, 2),
            "ink": ink_of(forecast, forecast.lead.of if lead > 0 else forecast.lead.over),
        }
        for lead, (centre, level) in zip(leads, places, strict=True)
    ]
    return {
        "name": "dots",
        "data": {"values": rows},
        "mark": {"type": "circle", "size": round(0.785 * (0.92 * size) ** 2, 1), "opacity": 1},
        "encoding": {
            "x": points_axis("x", domain),
            "y": {"field": "y", "type": "quantitative", "scale": None, "axis": None},
            "color": {"field": "ink", "type": "nominal", "scale": None},
        },
    }


def _bands(forecast: Forecast, domain: tuple[float, float]) -> list[Spec]:
    layers: list[Spec] = []
    for level, grey in () if settled(forecast) else BANDS:
        lower, upper = interval_of(forecast, level)
        ends = {"x": points_axis("lower", domain), "x2": {"field": "upper"}}
        rows = [{"lower": lower, "upper": upper}]
        layers.append({"data": {"values": rows}, "mark": {"type": "rect", "color": grey}, "encoding": ends})
    return layers


def _sides(canvas: Canvas, forecast: Forecast, leads: Sequence[float], domain: tuple[float, float]) -> list[Spec]:
    """Who wins on which side of zero, above the dots, and how many dots that is."""
    zero = EDGE + canvas.inner_width * -domain[0] / (domain[1] - domain[0])
    ahead = sum(lead > 0 for lead in leads)
    does = "wins" if _decides(forecast, ahead / len(leads)) else "ahead"
    layers = []
    for who, dots, side in ((forecast.lead.over, len(leads) - ahead, -1), (forecast.lead.of, ahead, 1)):
        name = find_candidate(forecast, who).name
        text = f"← {name} {does}" if side < 0 else f"{name} {does} →"
        room = (zero if side < 0 else WIDTH - zero) - EDGE - 14
        x, align = zero + 14 * side, "right" if side < 0 else "left"
        layers.append(canvas.rise(text, x, 182, size=26, room=room, align=align, color=ink_of(forecast, who)))
        layers.append(canvas.say(f"{dots} of {len(leads)} dots", x, 208, align=align, color=QUIET))
    return layers


def _decides(forecast: Forecast, ahead: float) -> bool:
    """Whether to be ahead of the other is to win: not where a third may win, or the rule transfers votes."""
    wins = [find_candidate(forecast, who).win_probability for who in (forecast.lead.of, forecast.lead.over)]
    return abs(wins[0] - ahead) < 0.03 and abs(wins[1] - (1.0 - ahead)) < 0.03


def _spike(forecast: Forecast) -> list[Spec]:
    """The lead's votes, beside the dots, where they are one number."""
    if not settled(forecast):
        return []
    votes, share = forecast.lead.votes.median, forecast.lead.share.median
    row = {"lead": 100.0 * share, "said": f"{abs(votes):,.0f} votes"}
    outwards = {"dx": 14, "align": "left"} if share > 0 else {"dx": -14, "align": "right"}
    mark = {"type": "text", "fontSize": 26, "fontWeight": "bold"} | outwards
    encoding = {"x": {"field": "lead", "type": "quantitative"}, "y": {"value": 110}, "text": {"field": "said"}}
    return [{"data": {"values": [row]}, "mark": mark, "encoding": encoding}]


def _legend(canvas: Canvas, forecast: Forecast, axis: str) -> list[Spec]:
    """What the axis, the dots and the shading are; the two candidates' intervals as numbers."""
    y = canvas.height - canvas.bottom + 64
    middle = say_middle(forecast)
    if settled(forecast):
        return [canvas.line(axis, y), canvas.line(f"On the votes declared: {middle}.", y + 28, fontWeight="bold")]
    half, most = say_intervals(forecast)
    return [
        canvas.line(axis, y),
        canvas.line(f"In the middle: {middle}.", y + 28),
        canvas.line(f"Dark band: {half}. Light band: {most}.", y + 56),
    ]
