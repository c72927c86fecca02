"""The course of the night: each candidate's win probability, in steps at the declarations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from forecast.bulletin.summary import Forecast
from forecast.charts.canvas import (
    EDGE,
    HEIGHT,
    INK,
    PALE,
    QUIET,
    RULE,
    WIDTH,
    Canvas,
    Spec,
    early,
    find_candidate,
    fit,
    ink_of,
    spread_out,
)

__all__ = ["course_chart"]

EVER = 0.01  # a candidate is drawn who was ever likelier than this
DASHES = ([1, 0], [10, 5], [3, 4], [14, 4, 3, 4], [6, 3], [2, 2])
SHAPES = ("circle", "square", "triangle-up", "diamond", "cross", "triangle-down")
LEFT, RIGHT = EDGE + 64, 290
MOST_NAMES, MOST_FIGURES, LONGEST = 60, 12, 24
HIGH = 0.88  # from here a number stands under its line, not on that of 100%


@dataclass(frozen=True, slots=True)
class Stage:
    """A stretch of the night between declarations: what ended the one before it, and what was forecast in it."""

    label: str
    forecast: Forecast


def course_chart(history: Sequence[Forecast]) -> Spec:
    """Win probability over the night, one step a declaration, of every candidate who was ever above 1%.

    Parameters
    ----------
    history
        The night's documents in order, the latest last. Of those between two declarations the last is drawn.
    """
    stages = split_stages(history)
    latest = stages[-1].forecast
    names = _thin([stage.label for stage in stages])
    canvas = _canvas(names)
    drawn = [who.id for who in latest.candidates if max(_wins(stages, who.id)) > EVER]
    aim = "winning" if latest.seats is None else "a majority"
    layers = [
        *_too_early(canvas, stages),
        _grid(stages),
        *[layer for place, who in enumerate(drawn) for layer in _line(stages, who, place)],
        *_names(canvas, names),
        *_figures(stages),
        *_ends(canvas, stages, drawn),
        *canvas.head(latest, f"The night so far: the chance of {aim} after each declaration", latest.headline),
        *canvas.foot(latest),
    ]
    course = "; ".join(f"{stage.label}: {_say_wins(stage.forecast, drawn)}" for stage in stages)
    return canvas.picture(latest, layers, f"Chance of {aim}. {course}.")


def split_stages(history: Sequence[Forecast]) -> list[Stage]:
    """The night cut at its declarations: for every set of areas declared in turn, the last document made of it."""
    stages: list[Stage] = []
    before: frozenset[str] = frozenset()
    for forecast in history:
        declared = frozenset(area.id for area in forecast.areas if area.status == "declared")
        if stages and declared == before:
            stages[-1] = Stage(stages[-1].label, forecast)
            continue
        stages.append(Stage(_say_change(forecast, before, declared), forecast))
        before = declared
    return stages


def _say_change(forecast: Forecast, before: frozenset[str], declared: frozenset[str]) -> str:
    new = [area.name for area in forecast.areas if area.id in declared - before]
    gone = [area.name for area in forecast.areas if area.id in before - declared]
    if not declared and not gone:
        return "before"
    named = new or [f"{name} taken back" for name in gone]
    return named[0] if len(named) == 1 else f"{named[0]} and {len(named) - 1} more"


def _wins(stages: Sequence[Stage], candidate: str) -> list[float]:
    return [find_candidate(stage.forecast, candidate).win_probability for stage in stages]


def _say_wins(forecast: Forecast, candidates: Sequence[str]) -> str:
    return ", ".join(f"{who.name} {who.win_display}" for who in forecast.candidates if who.id in candidates)


def _thin(names: list[str]) -> list[str]:
    """The names, or where there is no room for all of them every second, third, ... and the last."""
    every = -(-len(names) // MOST_NAMES)
    last = len(names) - 1
    return [shorten(name) if (last - i) % every == 0 else "" for i, name in enumerate(names)]


def shorten(name: str) -> str:
    """An area's name for an axis; what is left out of a long one leaves a mark."""
    return name if len(name) <= LONGEST else f"{name[: LONGEST - 1].rstrip()}…"


def _slant(names: Sequence[str]) -> tuple[int, int]:
    """Size and angle of the names below the axis: level where there is room."""
    room = (WIDTH - LEFT - RIGHT) / len(names)
    if 0.52 * 20 * max(map(len, names)) < room - 8:
        return 20, 0
    if room > 36:
        return 20 if room > 60 else 18, -34
    return (16, -90) if room > 18 else (12, -90)


def _canvas(names: Sequence[str]) -> Canvas:
    size, angle = _slant(names)
    long = 0.52 * size * max(map(len, names))
    deep = round({0: 34, -34: 30 + 0.56 * long, -90: 20 + long}[angle])
    return Canvas(height=HEIGHT + max(0, deep - 110), top=180, bottom=100 + deep, left=LEFT, right=RIGHT)


def _names(canvas: Canvas, names: Sequence[str]) -> list[Spec]:
    """Under each step, the area whose declaration began it."""
    size, angle = _slant(names)
    style = {"angle": angle % 360, "align": "right" if angle else "center", "baseline": "middle" if angle else "top"}
    wide, y = canvas.inner_width / len(names), canvas.height - canvas.bottom + 14
    return [canvas.say(name, LEFT + (i + 0.5) * wide, y, size=size, **style) for i, name in enumerate(names) if name]


def _grid(stages: Sequence[Stage]) -> Spec:
    """Both axes: the chance with its lines, the stages without theirs."""
    labels = {"values": [0, 0.25, 0.5, 0.75, 1], "format": ".0%", "title": None, "domain": False, "ticks": False}
    x: Spec = _at()["x"] | {"scale": {"domain": [0, len(stages)], "nice": False}}
    y: Spec = _at()["y"] | {"axis": labels | {"gridColor": "#d0d0d0", "labelPadding": 10}, "scale": {"domain": [0, 1]}}
    rows = [{"stage": 0, "to": len(stages), "win": 0.5}]
    half = {"data": {"values": rows}, "encoding": {"x": x, "x2": {"field": "to"}, "y": y}}
    return half | {"mark": {"type": "rule", "color": RULE, "strokeWidth": 1.5}}


def _line(stages: Sequence[Stage], candidate: str, place: int) -> list[Spec]:
    """One candidate's steps: a level for every stage, a rise or fall at every declaration, a mark of their own."""
    wins = _wins(stages, candidate)
    inks = [ink_of(stage.forecast, candidate) for stage in stages]
    steps = [{"stage": i, "to": i + 1, "win": win, "ink": inks[i]} for i, win in enumerate(wins)]
    jumps = [{"stage": i + 1, "win": a, "after": b, "ink": inks[i + 1]} for i, (a, b) in enumerate(pairwise(wins))]
    marks = [{"stage": i + 0.5, "win": win, "ink": inks[i]} for i, win in enumerate(wins)]
    rule = {"type": "rule", "strokeWidth": 4, "strokeDash": DASHES[place % len(DASHES)]}
    shape: Spec = {"type": "point", "shape": SHAPES[place % len(SHAPES)], "filled": True, "opacity": 1}
    shape["size"] = 130 if len(stages) <= 24 else 50
    return [
        {"name": f"steps {candidate}", "data": {"values": steps}, "mark": rule, "encoding": _at("x2", "to")},
        {"data": {"values": jumps}, "mark": rule | {"strokeWidth": 2}, "encoding": _at("y2", "after")},
        {"data": {"values": marks}, "mark": shape, "encoding": _at()},
    ]


def _at(end: str = "", field: str = "") -> Spec:
    """Encodings of a stage and a chance, to which an end may be added."""
    place: Spec = {axis: {"field": name, "type": "quantitative"} for axis, name in (("x", "stage"), ("y", "win"))}
    place["x"]["axis"] = None
    ink = {"color": {"field": "ink", "type": "nominal", "scale": None}}
    return place | ink | ({end: {"field": field}} if end else {})


def _figures(stages: Sequence[Stage]) -> list[Spec]:
    """The chance of whoever is likeliest, by their line, where there is room for numbers."""
    if len(stages) > MOST_FIGURES:
        return []
    ahead = [max(stage.forecast.candidates, key=lambda who: who.win_probability) for stage in stages]
    rows: list[Spec] = [
        {"stage": i + 0.5, "win": who.win_probability, "said": who.win_display} for i, who in enumerate(ahead)
    ]
    encoding = {axis: _at()[axis] for axis in "xy"} | {"text": {"field": "said"}}
    mark = {"type": "text", "fontSize": 20, "fontWeight": "bold", "color": INK}
    low = {"data": {"values": [row for row in rows if row["win"] < HIGH]}, "mark": mark | {"dy": -19}}
    high = {"data": {"values": [row for row in rows if row["win"] >= HIGH]}, "mark": mark | {"dy": 22}}
    return [layer | {"encoding": encoding} for layer in (low, high)]


def _too_early(canvas: Canvas, stages: Sequence[Stage]) -> list[Spec]:
    """The ground of the stages before a rating is given, and why they have no party's colour."""
    rated = [i for i, stage in enumerate(stages) if not early(stage.forecast)]
    until = rated[0] if rated else len(stages)
    if not until:
        return []
    encoding = {"x": _at()["x"], "x2": {"field": "to"}}
    ground = {"data": {"values": [{"stage": 0, "to": until}]}, "mark": {"type": "rect", "color": PALE, "opacity": 0.7}}
    room = canvas.inner_width * until / len(stages)
    words = "too early to say"
    said = canvas.say(words, LEFT, canvas.top - 12, size=fit(words, 20, max(room, 130)), color=QUIET)
    return [ground | {"encoding": encoding}, said]


def _ends(canvas: Canvas, stages: Sequence[Stage], candidates: Sequence[str]) -> list[Spec]:
    """Each line's name and its latest chance at its end, moved apart and joined to it."""
    latest = stages[-1].forecast
    chosen = [find_candidate(latest, candidate) for candidate in candidates]
    true = [canvas.top + canvas.inner_height * (1 - who.win_probability) for who in chosen]
    gap = min(60.0, canvas.inner_height / max(len(chosen) - 1, 1))
    places = spread_out(true, gap, canvas.top + 4, canvas.top + canvas.inner_height - 4)
    x = WIDTH - RIGHT
    layers: list[Spec] = []
    for who, end, y in zip(chosen, true, places, strict=True):
        joint = {"x": x - LEFT + 2, "x2": x - LEFT + 26, "y": end - canvas.top, "y2": y - canvas.top}
        encoding = {channel: {"value": round(value, 2)} for channel, value in joint.items()}
        layers.append({"data": {"values": [{}]}, "mark": {"type": "rule", "color": RULE}, "encoding": encoding})
        layers.append(canvas.rise(who.name, x + 32, y - 3, size=22, room=RIGHT - 44))
        style = {"fontWeight": "bold", "color": ink_of(latest, who.id)}
        layers.append(canvas.say(who.win_display, x + 32, y + 23, size=24, **style))
    return layers
