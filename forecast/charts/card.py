"""The card: one moment of the forecast for those who will see nothing else of it."""

from __future__ import annotations

from forecast.bulletin.summary import Forecast, SeatsForecast
from forecast.charts.canvas import EDGE, QUIET, WIDTH, Canvas, Spec, find_candidate, fit, ink_of
from forecast.charts.lead_axis import (
    interval_of,
    points_axis,
    say_intervals,
    say_middle,
    settled,
    span_leads,
    zero_rule,
)
from forecast.charts.seats import seats_bars
from forecast.wording import say_points

__all__ = ["card_chart"]

BAR = 418  # from the top, in pixels


def card_chart(forecast: Forecast) -> Spec:
    """A card of 1200 by 675: the headline, the chance as a natural frequency, the count, and the lead's intervals.

    Parameters
    ----------
    forecast
        The document.
    """
    canvas = Canvas(top=BAR - 46, bottom=675 - BAR - 46)
    layers = [
        *_head(canvas, forecast),
        *_facts(canvas, forecast),
        *(_lead(canvas, forecast) if forecast.seats is None else seats_bars(canvas, forecast, forecast.seats, 58)),
        *canvas.foot(forecast),
    ]
    return canvas.picture(forecast, layers, f"{forecast.headline} {_say_status(forecast)}")


def _head(canvas: Canvas, forecast: Forecast) -> list[Spec]:
    return [
        *canvas.top_line(forecast, _say_status(forecast)),
        canvas.write(forecast.headline, EDGE, 112, size=38, room=WIDTH - 2 * EDGE, lines=2, fontWeight="bold"),
    ]


def _say_status(forecast: Forecast) -> str:
    if not forecast.decided:
        return "A forecast, not a result"
    if forecast.moment.areas_declared == forecast.moment.areas_total:
        return "As declared; not an official result"
    return "Decided by arithmetic, not yet declared"


def _facts(canvas: Canvas, forecast: Forecast) -> list[Spec]:
    """Three numbers, each with what it is a number of."""
    wide = (WIDTH - 2 * EDGE) / 3
    layers = []
    for i, (figure, words) in enumerate((_chance(forecast), _votes(forecast), _coverage(forecast))):
        x = EDGE + i * wide
        layers.append(canvas.say(figure, x, 244, size=fit(figure, 42, wide - 24), fontWeight="bold"))
        layers.append(canvas.write(words, x, 276, size=20, room=wide - 24, color=QUIET))
    return layers


def _chance(forecast: Forecast) -> tuple[str, str]:
    ahead = max(forecast.candidates, key=lambda who: who.win_probability)
    aim = "winning" if forecast.seats is None else "a majority"
    words = f"{ahead.name}’s chance of {aim}, our model estimates"
    return ahead.win_words, f"{ahead.name}, on the votes counted" if forecast.decided else words


def _votes(forecast: Forecast) -> tuple[str, str]:
    if forecast.seats is not None and any(each.declared for each in forecast.seats.candidates):
        return _seats(forecast, forecast.seats)
    lead, ahead, behind = forecast.needs.lead, forecast.needs.leader, forecast.needs.chaser
    if not forecast.moment.areas_declared or lead.votes is None:
        return "no votes yet", "nothing has been declared"
    if lead.votes < 0:
        ahead, behind = behind, ahead
    share = "" if lead.share is None else f", by {say_points(abs(lead.share))}"
    return f"{abs(lead.votes):,} votes", f"{ahead.name} ahead of {behind.name} in the votes counted{share}"


def _seats(forecast: Forecast, seats: SeatsForecast) -> tuple[str, str]:
    first, second = sorted(seats.candidates, key=lambda each: -(each.declared or 0.0))[:2]
    names = [find_candidate(forecast, each.id).name for each in (first, second)]
    return f"{first.declared:,g} – {second.declared:,g} seats", f"won so far: {names[0]} and {names[1]}"


def _coverage(forecast: Forecast) -> tuple[str, str]:
    moment = forecast.moment
    counted = f"{moment.counted:.0%}"
    return counted, f"of the votes expected are counted: {moment.areas_declared} of {moment.areas_total} areas"


def _lead(canvas: Canvas, forecast: Forecast) -> list[Spec]:
    """The lead's two intervals as bars on its axis, with zero between the two candidates."""
    (low, high), (lower, upper) = (interval_of(forecast, level) for level in (0.9, 0.5))
    middle = round(100.0 * forecast.lead.share.median, 4)
    domain = span_leads([low, high])
    ink = ink_of(forecast, forecast.lead.of if middle > 0 else forecast.lead.over)
    row = {"low": low, "high": high, "lower": lower, "upper": upper, "middle": middle}
    bars = [_bar(row, "low", "high", 5, domain), _bar(row, "lower", "upper", 18, domain)]
    return [*bars, zero_rule(0, 92), _middle(row, ink), *_sides(canvas, forecast, domain), *_words(canvas, forecast)]


def _bar(row: Spec, start: str, end: str, thick: int, domain: tuple[float, float]) -> Spec:
    encoding = {"x": points_axis(start, domain), "x2": {"field": end}, "y": {"value": 58}}
    mark = {"type": "rule", "strokeWidth": thick, "color": QUIET}
    return {"data": {"values": [row]}, "mark": mark, "encoding": encoding}


def _middle(row: Spec, ink: str) -> Spec:
    mark = {"type": "point", "shape": "diamond", "filled": True, "fill": ink, "stroke": "#ffffff", "size": 520}
    encoding = {"x": {"field": "middle", "type": "quantitative"}, "y": {"value": 58}}
    return {"data": {"values": [row]}, "mark": mark | {"strokeWidth": 2, "opacity": 1}, "encoding": encoding}


def _sides(canvas: Canvas, forecast: Forecast, domain: tuple[float, float]) -> list[Spec]:
    zero = EDGE + canvas.inner_width * -domain[0] / (domain[1] - domain[0])
    layers = []
    for who, side in ((forecast.lead.over, -1), (forecast.lead.of, 1)):
        name = find_candidate(forecast, who).name
        text = f"← {name} ahead" if side < 0 else f"{name} ahead →"
        room = (zero if side < 0 else WIDTH - zero) - EDGE - 14
        style: Spec = {"align": "right" if side < 0 else "left", "color": ink_of(forecast, who)}
        layers.append(canvas.rise(text, zero + 14 * side, canvas.top + 20, size=22, room=room, **style))
    return layers


def _words(canvas: Canvas, forecast: Forecast) -> list[Spec]:
    y, middle = canvas.height - canvas.bottom + 64, say_middle(forecast)
    if settled(forecast):
        return [canvas.line(f"Lead on the votes declared, in points: {middle}.", y)]
    half, most = say_intervals(forecast)
    return [
        canvas.line(f"Final lead, in points. Diamond, the middle: {middle}.", y),
        canvas.line(f"Thick bar: {half}. Thin bar: {most}.", y + 28),
    ]
