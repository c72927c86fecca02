"""What if: the areas whose end may be supposed, what somebody supposed, and what follows beside what is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite

from forecast.bulletin.summary import CandidateForecast, Forecast
from forecast.errors import Defect, ForecastError
from forecast.screen.figures import interval_of

__all__ = ["Supposable", "read_settings", "suppose_rows", "supposed_rows"]

OFFERED = 12  # areas with a slider
SHOWN = 0.005


@dataclass(frozen=True, slots=True)
class Supposable:
    """An area outstanding: its lead expected and the ends of its slider, in points; ``value`` as somebody gave it."""

    id: str
    name: str
    expected: float
    low: int
    high: int
    value: str = ""


def suppose_rows(forecast: Forecast, given: Mapping[str, str] | None = None) -> tuple[Supposable, ...]:
    """The areas outstanding, the most telling first."""
    why = forecast.explanation
    telling = {each.area: place for place, each in enumerate(why.watch if why is not None else ())}
    waiting = [area for area in forecast.areas if area.status != "declared"]
    ordered = sorted(waiting, key=lambda area: telling.get(area.id, len(telling)))[:OFFERED]
    return tuple(
        Supposable(
            area.id,
            area.name,
            round(100 * area.lead.median, 1) + 0.0,
            max(-100, int(100 * interval_of(area.lead, 0.95).lower) - 10),
            min(100, int(100 * interval_of(area.lead, 0.95).upper) + 10),
            (given or {}).get(f"lead.{area.id}", ""),
        )
        for area in ordered
    )


def read_settings(form: Mapping[str, str], forecast: Forecast) -> tuple[str, ...]:
    """What a form supposes, as the engine reads it: ``"sandwell.lead=15"``.

    Raises
    ------
    ForecastError
        Where a number is none, or nothing is supposed.
    """
    defects, settings = list[Defect](), list[str]()
    for area in forecast.areas:
        text = form.get(f"lead.{area.id}", "").strip().replace("−", "-")
        if not text:
            continue
        try:
            lead = float(text)
        except ValueError:
            lead = float("nan")
        if not isfinite(lead) or abs(lead) > 100:
            defects.append(Defect(area.name, f'"{text[:40]}" is not a lead in points from -100 to 100.'))
        settings.append(f"{area.id}.lead={lead:g}")
    if not settings:
        defects.append(Defect("what if", "nothing is supposed.", "Give an area a lead."))
    if defects:
        raise ForecastError(defects)
    return tuple(settings)


def supposed_rows(now: Forecast, then: Forecast) -> tuple[tuple[CandidateForecast, CandidateForecast], ...]:
    """Candidates who may win now or if so, beside themselves."""
    pairs = zip(now.candidates, then.candidates, strict=True)
    return tuple(pair for pair in pairs if max(each.win_probability for each in pair) >= SHOWN)
