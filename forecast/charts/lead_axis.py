"""The axis of a lead in points: where it begins and ends, its zero, its intervals, and how they are said."""

from __future__ import annotations

from collections.abc import Sequence

from forecast.bulletin.summary import Forecast
from forecast.charts.canvas import INK, Spec, find_candidate, sign
from forecast.wording import say_points

__all__ = ["interval_of", "points_axis", "say_intervals", "say_middle", "settled", "span_leads", "zero_rule"]

NEAREST_EDGE = 0.28  # the zero line keeps this share of the width on either side, for the words that stand there


def span_leads(leads: Sequence[float]) -> tuple[float, float]:
    """Ends of an axis, in points, that holds all the leads and has room for words on both sides of zero."""
    low, high = min(*leads, -0.5), max(*leads, 0.5)
    low, high = low - 0.06 * (high - low), high + 0.06 * (high - low)
    beyond = NEAREST_EDGE / (1 - NEAREST_EDGE)
    return round(min(low, -beyond * high), 4), round(max(high, -beyond * low), 4)


def points_axis(field: str, domain: tuple[float, float]) -> Spec:
    """The horizontal axis of leads, in points with their sign."""
    axis = {"title": None, "grid": False, "tickCount": 9, "labelPadding": 8, "tickSize": 8}
    labels = {"labelExpr": "datum.value == 0 ? '0' : format(datum.value, '+~f')"}
    scale = {"domain": list(domain), "nice": False, "zero": False}
    return {"field": field, "type": "quantitative", "scale": scale, "axis": axis | labels}


def zero_rule(top: float, bottom: float) -> Spec:
    """The line at which neither leads."""
    encoding = {"x": {"field": "zero", "type": "quantitative"}, "y": {"value": top}, "y2": {"value": bottom}}
    mark = {"type": "rule", "color": INK, "strokeWidth": 2.5}
    return {"data": {"values": [{"zero": 0}]}, "mark": mark, "encoding": encoding}


def interval_of(forecast: Forecast, level: float) -> tuple[float, float]:
    """Ends of the central interval of the lead at a level, in points."""
    found = next(interval for interval in forecast.lead.share.intervals if interval.level == level)
    return round(100.0 * found.lower, 4), round(100.0 * found.upper, 4)


def settled(forecast: Forecast) -> bool:
    """Whether the lead is one number and nothing of it is left to expect."""
    return forecast.lead.votes.sd == 0.0


def say_middle(forecast: Forecast) -> str:
    """The lead in the middle of the draws: ``"Richard Parker by 4,046 votes, 0.7 points"``."""
    votes, share = forecast.lead.votes.median, forecast.lead.share.median
    if votes == 0:
        return "neither, by a single vote"
    name = find_candidate(forecast, forecast.lead.of if votes > 0 else forecast.lead.over).name
    return f"{name} by {abs(votes):,.0f} vote{'' if abs(votes) == 1 else 's'}, {say_points(abs(share))}"


def say_intervals(forecast: Forecast) -> tuple[str, str]:
    """The 50 and 90% intervals in words: ``"half the time, −1.0 to +2.3"``."""
    half, most = (" to ".join(sign(end) for end in interval_of(forecast, level)) for level in (0.5, 0.9))
    return f"half the time, {half}", f"9 times in 10, {most}"
