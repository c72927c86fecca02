"""What the pictures share: their size, their letters and inks, and what each must say of itself."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from textwrap import wrap
from typing import Any

from forecast.bulletin.summary import CandidateForecast, Forecast

__all__ = [
    "EDGE",
    "HEIGHT",
    "INK",
    "PALE",
    "QUIET",
    "RULE",
    "WIDTH",
    "Canvas",
    "Spec",
    "early",
    "find_candidate",
    "fit",
    "fold",
    "ink_of",
    "measure",
    "sign",
    "spread_out",
]

type Spec = dict[str, Any]

WIDTH, HEIGHT, EDGE = 1200, 675, 56
INK, QUIET, RULE, PALE, PAPER, ALARM = "#1b1b1b", "#4d4d4d", "#8a8a8a", "#e9e9e9", "#ffffff", "#9c1c00"
# The renderer carries the first; the next two have the same widths where an SVG is opened without it.
FONT = "Liberation Sans, Arial, Helvetica, sans-serif"
SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"
# Widths of letters that are not like the others, as shares of the size; 0.05 more in bold.
WIDTHS = ((0.28, "fijltI.,:;!|/'’()[] ·\u00a0"), (0.35, "r-"), (0.51, "ckszvxyJ"), (0.9, "mwMW%@—…"))
SMALLER = 0.75  # of the size wished for, before a text goes over two lines
CONTRAST = 3.0  # least contrast of a graphical object with its ground: WCAG 2.2, 1.4.11
EARLY = "too early to say"


@dataclass(frozen=True, slots=True)
class Canvas:
    """A picture's height, and the margins around the rectangle its scales fill, in pixels.

    Everything placed with ``say`` counts from the picture's own top left corner.
    """

    height: int = HEIGHT
    top: int = 190
    bottom: int = 170
    left: int = EDGE
    right: int = EDGE

    @property
    def inner_width(self) -> int:
        """Width of the rectangle the scales fill."""
        return WIDTH - self.left - self.right

    @property
    def inner_height(self) -> int:
        """Height of the rectangle the scales fill."""
        return self.height - self.top - self.bottom

    def say(self, text: str | list[str], x: float, y: float, *, size: float = 20, **mark: object) -> Spec:
        """A layer with words whose base line begins (or ends, or is centred) at a place."""
        placed = {"x": round(x - self.left, 2), "y": round(y - self.top, 2), "align": "left", "baseline": "alphabetic"}
        letters = {"text": text, "fontSize": size, "color": INK, "lineHeight": round(size * 1.2, 1)}
        return {"data": {"values": [{}]}, "mark": {"type": "text", **placed, **letters, **mark}}

    def write(self, text: str, x: float, y: float, *, size: float, room: float, lines: int = 3, **mark: object) -> Spec:
        """A layer with a text that may be long: over some lines, and smaller where that is not enough."""
        folded = fold(text, size, room, lines)
        return self.say(folded, x, y, size=min(fit(line, size, room) for line in folded), **mark)

    def rise(self, text: str, x: float, y: float, *, size: float, room: float, **mark: object) -> Spec:
        """A layer with a name in bold, its last line at ``y``: a little smaller if need be, then over two lines."""
        fitting = fit(text, size, room)
        folded = [text] if fitting >= SMALLER * size else fold(text, SMALLER * size, room)
        fitting = min(fit(line, size if len(folded) == 1 else SMALLER * size, room) for line in folded)
        return self.say(folded, x, y - 1.2 * fitting * (len(folded) - 1), size=fitting, fontWeight="bold", **mark)

    def line(self, text: str, y: float, *, size: float = 20, **mark: object) -> Spec:
        """A layer with one line across the picture, smaller where it is too long for it."""
        return self.say(text, EDGE, y, size=fit(text, size, WIDTH - 2 * EDGE, "fontWeight" in mark), **mark)

    def head(self, forecast: Forecast, title: str, sentence: str) -> list[Spec]:
        """The lines at the top: the contest, what the picture shows, and what it says."""
        return [
            *self.top_line(forecast, ""),
            self.line(title, 92, size=36, fontWeight="bold"),
            self._sentence(sentence),
        ]

    def _sentence(self, text: str) -> Spec:
        """The sentence below the title: a little smaller if need be, then over two lines."""
        room = WIDTH - 2 * EDGE
        if fit(text, 24, room, bold=False) >= SMALLER * 24:
            return self.line(text, 130, size=24)
        return self.write(text, EDGE, 124, size=SMALLER * 24, room=room, lines=2)

    def top_line(self, forecast: Forecast, standing: str) -> list[Spec]:
        """The contest on the left and, on the right, what the picture's standing is: what it supposes, if anything."""
        supposed, room = forecast.moment.suppositions, WIDTH - 2 * EDGE
        said = f"HYPOTHETICAL: supposes {', '.join(supposed)}" if supposed else standing
        style: Spec = {"align": "right", "fontWeight": "bold", "color": ALARM if supposed else INK}
        right = [self.say(said, WIDTH - EDGE, 48, size=fit(said, 20, 0.55 * room), **style)] if said else []
        space = room * (0.43 if said else 1.0)
        return [self.say(forecast.title, EDGE, 48, size=fit(forecast.title, 20, space), color=QUIET), *right]

    def foot(self, forecast: Forecast) -> list[Spec]:
        """The lines at the bottom: what must be said with it, as of when, and where it comes from."""
        below = self.height - 24
        layers = [self.line(_source(forecast), below, size=18, color=QUIET), self.line(_as_of(forecast), below - 27)]
        if forecast.moment.notice:
            layers.append(self.line(_notice(forecast.moment.notice), below - 56, fontWeight="bold"))
        return layers

    def picture(self, forecast: Forecast, layers: list[Spec], description: str) -> Spec:
        """The whole specification: the layers, and words for those who cannot see them."""
        return {
            "$schema": SCHEMA,
            "description": f"{forecast.title}. {description} {_as_of(forecast)}.",
            "width": self.inner_width,
            "height": self.inner_height,
            "autosize": {"type": "none"},
            "padding": {"left": self.left, "top": self.top, "right": self.right, "bottom": self.bottom},
            "config": {
                "font": FONT,
                "background": PAPER,
                "view": {"stroke": None},
                "axis": {"labelFontSize": 20, "labelColor": INK, "titleFontSize": 20, "titleColor": INK}
                | {"titleFontWeight": "normal", "domainColor": RULE, "tickColor": RULE, "gridColor": PALE},
            },
            "layer": layers,
        }


def _notice(notice: str) -> str:
    """What must be said with it, without what tells how to type the command."""
    return re.sub(r"; --.*", ".", notice)


def _source(forecast: Forecast) -> str:
    made = forecast.provenance
    return (
        f"Source: count-night {made.software}, model {made.model}, seed {made.seed}, "
        f"news {made.news_digest[:8]}, contest {made.contest_digest[:8]}"
    )


def _as_of(forecast: Forecast) -> str:
    moment = forecast.moment
    display = moment.as_of_display
    when = display if not moment.as_of or display.startswith("after ") else f"as of {display}"
    declared = f"{moment.areas_declared} of {moment.areas_total} areas declared"
    finished = forecast.decided and moment.areas_declared == moment.areas_total
    return f"{when} · {declared} · {'the votes as declared' if finished else 'our model estimates'}"


def early(forecast: Forecast) -> bool:
    """Whether it is too early for a rating, so that nothing may be shaded by party."""
    return forecast.rating == EARLY


def find_candidate(forecast: Forecast, candidate: str) -> CandidateForecast:
    """The candidate of this id."""
    return next(found for found in forecast.candidates if found.id == candidate)


def ink_of(forecast: Forecast, candidate: str) -> str:
    """The party's colour, darkened until it stands out from white; no party's while it is too early to say."""
    colour = find_candidate(forecast, candidate).colour
    if early(forecast) or not re.fullmatch(r"#[0-9A-Fa-f]{6}", colour):
        return QUIET
    light = [int(colour[i : i + 2], 16) for i in (1, 3, 5)]
    while 1.05 / (_luminance(light) + 0.05) < CONTRAST:
        light = [round(0.95 * channel) for channel in light]
    return "#" + "".join(f"{channel:02x}" for channel in light)


def _luminance(channels: list[int]) -> float:
    """Relative luminance, 0-1, of a colour in sRGB (WCAG 2.2)."""
    linear = [c / 255 / 12.92 if c <= 10 else ((c / 255 + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def measure(text: str, size: float, bold: bool = True) -> float:
    """The width of a line in pixels, if anything a little more than it is: what fits this is not cut off."""
    widths = (next((wide for wide, letters in WIDTHS if c in letters), 0.74 if c.isupper() else 0.57) for c in text)
    return size * sum(widths) + (0.05 * size * len(text) if bold else 0.0)


def fit(text: str, size: float, room: float, bold: bool = True) -> float:
    """The size at which a line fits the room, in pixels: the one wished for, or less."""
    return round(min(size, size * room / max(measure(text, size, bold), 1.0)), 1)


def fold(text: str, size: float, room: float, lines: int = 2) -> list[str]:
    """A text over no more lines than it needs, of about equal length; chances such as ``5 in 6`` stay whole.

    None of it is lost: where it does not fit even so, ``fit`` makes it smaller.
    """
    whole = re.sub(r"(\d+) in (\d+)", "\\1\u00a0in\u00a0\\2", text)
    for count in range(1, lines + 1):
        folded = next(found for found in _wraps(whole) if len(found) <= count)
        if max(measure(line, size) for line in folded) <= room:
            break
    return folded


def _wraps(text: str) -> Iterator[list[str]]:
    """The text over ever fewer and longer lines."""
    return (wrap(text, width, break_long_words=False) or [""] for width in range(1, len(text) + 2))


def sign(points: float, digits: int = 1) -> str:
    """A number of points with its sign, a true minus among them: ``"−1.4"``."""
    return f"{points + 0.0:+.{digits}f}".replace("-", "−")


def spread_out(places: list[float], gap: float, low: float, high: float) -> list[float]:
    """Places moved as little as keeps them in order, apart and between two bounds, as labels need."""
    order = sorted(range(len(places)), key=lambda i: places[i])
    moved = list(places)
    for before, here in zip([None, *order], order, strict=False):
        moved[here] = max(moved[here], low if before is None else moved[before] + gap)
    for after, here in zip([None, *reversed(order)], reversed(order), strict=False):
        moved[here] = min(moved[here], high if after is None else moved[after] - gap)
    return moved
