"""Pictures to take away: drawn once a forecast, in a thread, and kept a while."""

from __future__ import annotations

import asyncio
from itertools import pairwise
from typing import TYPE_CHECKING

from forecast.bulletin.summary import Forecast
from forecast.charts.drawing import draw_charts, render_svg
from forecast.web.security.refusal import Refusal

if TYPE_CHECKING:
    from forecast.web.pages.archive import Archive

__all__ = ["NAMES", "draw_picture"]

NAMES = ("margin", "course", "swing", "card")
KEPT = 64
COURSE = 60  # forecasts a course is drawn of

_drawn: dict[tuple[str, int, str], str] = {}
_drawing = asyncio.Semaphore(2)


async def draw_picture(archive: Archive, contest: str, number: int, name: str, forecast: Forecast) -> str:
    """A picture of a forecast as SVG.

    Parameters
    ----------
    number
        The forecast's number in the journal.
    name
        One of `NAMES`.

    Raises
    ------
    Refusal
        404, for another name.
    """
    if name not in NAMES:
        raise Refusal(404, f"There is no picture of this name: there are {', '.join(NAMES)}.")
    key = (contest, number, name)
    if key not in _drawn:
        history = await _course_of(archive, contest, number) if name == "course" else []
        async with _drawing:
            drawn = await asyncio.to_thread(_draw, forecast, history, name)
        while len(_drawn) >= KEPT:
            _drawn.pop(next(iter(_drawn)), None)
        _drawn[key] = drawn
    return _drawn[key]


async def _course_of(archive: Archive, contest: str, number: int) -> list[Forecast]:
    """The night up to a forecast: the last of each stretch between declarations, the latest sixty of those."""
    heads = await asyncio.to_thread(archive.heads, contest)
    upto = [head for head in heads if head.number < number]
    turns = [one.number for one, two in pairwise(upto) if two.areas_declared != one.areas_declared]
    found = [await archive.forecast(contest, each) for each in turns[-COURSE:]]
    return [forecast for forecast in found if forecast is not None]


def _draw(forecast: Forecast, history: list[Forecast], name: str) -> str:
    return render_svg(draw_charts(forecast, [*history, forecast])[name])
