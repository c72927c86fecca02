"""Parties' colours on a page: made to stand out from its ground by day and by night, as one style sheet a contest."""

from __future__ import annotations

import re
from collections.abc import Sequence

from forecast.bulletin.summary import CandidateForecast
from forecast.contests.contest import Candidate

__all__ = ["DARK", "LIGHT", "QUIET", "contrast", "ink_on", "style_sheet"]

LIGHT, DARK = "#ffffff", "#14171a"  # the pages' grounds, as in static/pages.css
QUIET = "#6b7075"
CONTRAST = 3.2  # least contrast of a graphical object with its ground: WCAG 2.2, 1.4.11, and a little


def style_sheet(candidates: Sequence[Candidate | CandidateForecast]) -> str:
    """Classes ``who-0``, ``who-1``, ... in the contest's order, each giving the property ``--who``."""
    by_day = "".join(f".who-{i}{{--who:{ink_on(LIGHT, each.colour)}}}" for i, each in enumerate(candidates))
    by_night = "".join(f".who-{i}{{--who:{ink_on(DARK, each.colour)}}}" for i, each in enumerate(candidates))
    return f"{by_day}\n@media screen and (prefers-color-scheme:dark){{{by_night}}}\n"


def ink_on(ground: str, colour: str) -> str:
    """A party's colour moved away from a ground until it stands out from it; grey where it is no colour.

    Parameters
    ----------
    ground, colour
        As ``#rrggbb``.
    """
    if not re.fullmatch(r"#[0-9A-Fa-f]{6}", colour):
        return ink_on(ground, QUIET)
    channels, target = _channels(colour), 0.0 if luminance(_channels(ground)) > 0.5 else 255.0
    while contrast(ground, _written(channels)) < CONTRAST:
        channels = [channel + 0.06 * (target - channel) for channel in channels]
    return _written(channels)


def contrast(one: str, other: str) -> float:
    """The ratio of two colours' luminances, 1-21 (WCAG 2.2)."""
    bright, dim = sorted((luminance(_channels(one)), luminance(_channels(other))), reverse=True)
    return (bright + 0.05) / (dim + 0.05)


def luminance(channels: Sequence[float]) -> float:
    """Relative luminance, 0-1, of a colour in sRGB (WCAG 2.2)."""
    linear = [c / 255 / 12.92 if c <= 10 else ((c / 255 + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _channels(colour: str) -> list[float]:
    return [float(int(colour[i : i + 2], 16)) for i in (1, 3, 5)]


def _written(channels: Sequence[float]) -> str:
    return "#" + "".join(f"{round(channel):02x}" for channel in channels)
