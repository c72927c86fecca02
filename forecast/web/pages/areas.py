"""Each area: what was expected of it, and what came."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from forecast.bulletin.summary import AreaForecast, Forecast
from forecast.screen.board import area_swings
from forecast.screen.figures import interval_of, say_lead, short_names
from forecast.wording import say_percent

__all__ = ["AreaRow", "Expected", "Strip", "area_rows", "expect_area"]

SAID = {"nothing": "no news yet", "verified": "verified", "partial": "part counted", "provisional": "provisional"}


@dataclass(frozen=True, slots=True)
class Expected:
    """What was expected of an area's lead before it declared, 0-1: ``lead.of`` over ``lead.over`` of that document."""

    of: str
    over: str
    median: float
    half: tuple[float, float]
    most: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Strip:
    """Places on an area's axis in per cent of its width: the line of zero, the expectation and the result."""

    zero: float
    most: tuple[float, float] | None
    half: tuple[float, float] | None
    middle: float | None
    result: float | None


@dataclass(frozen=True, slots=True)
class AreaRow:
    """One area in words and numbers, and its strip; ``side`` is the candidate ahead there, declared or expected."""

    area: AreaForecast
    status: str
    result: str
    expected: str
    surprise: str
    chance: str
    swing: str
    side: str
    strip: Strip
    words: str


def expect_area(forecast: Forecast, area: AreaForecast) -> Expected:
    """What a document expects of one area's lead."""
    half, most = interval_of(area.lead, 0.5), interval_of(area.lead, 0.9)
    lead = forecast.lead
    return Expected(lead.of, lead.over, area.lead.median, (half.lower, half.upper), (most.lower, most.upper))


def area_rows(
    forecast: Forecast, before: Mapping[str, Expected], only: Sequence[AreaForecast] | None = None
) -> tuple[AreaRow, ...]:
    """A row for each area, those still to come first as the count has got on, each group in the contest's order.

    Parameters
    ----------
    before
        What was expected of areas before they declared, by id; areas that are not there have nothing to compare with.
    only
        The areas wanted; by default all.
    """
    wanted = forecast.areas if only is None else only
    kept = {each.id: _turned(before.get(each.id), forecast) for each in wanted}
    reach = _reach(wanted, kept)
    _, swings = area_swings(forecast)
    ordered = sorted(wanted, key=lambda each: each.status == "declared")
    return tuple(_row(forecast, each, kept[each.id], swings.get(each.id, "–"), reach) for each in ordered)


def _row(forecast: Forecast, area: AreaForecast, before: Expected | None, swing: str, reach: float) -> AreaRow:
    names, lead = short_names(forecast.candidates), forecast.lead
    of, over = names.get(lead.of, lead.of), names.get(lead.over, lead.over)
    final = area.status == "declared"
    expected = before if final else expect_area(forecast, area)
    first = max(area.wins, key=lambda who: area.wins[who], default="")
    result = _result(area, lead.of, lead.over, names)
    said = "" if expected is None else _say_expected(expected, of, over)
    surprise = _surprise(area.lead.median, before) if final else ""
    words = f"{area.name}: {'result ' + result if final else 'not declared'}{'; expected ' + said if said else ''}."
    return AreaRow(
        area=area,
        status="declared" if final else SAID.get(area.status, area.status),
        result=result,
        expected=said,
        surprise=surprise,
        chance=_chance(area, first, names),
        swing=swing,
        side=first,
        strip=_strip(area, expected, reach, final=final),
        words=words,
    )


def _turned(before: Expected | None, forecast: Forecast) -> Expected | None:
    """An expectation as a lead of the document's own two; nothing where it was of other two."""
    lead = forecast.lead
    if before is None or (before.of, before.over) == (lead.of, lead.over):
        return before
    if (before.over, before.of) != (lead.of, lead.over):
        return None
    half, most = ((-upper, -lower) for lower, upper in (before.half, before.most))
    return Expected(lead.of, lead.over, -before.median, half, most)


def _reach(areas: Sequence[AreaForecast], before: Mapping[str, Expected | None]) -> float:
    """How far the axis goes to either side, 0-1."""
    ends = [abs(end) for area in areas for end in _ends(area)]
    ends += [abs(end) for each in before.values() if each is not None for end in each.most]
    return max(0.05, 1.04 * max(ends, default=0.0))


def _ends(area: AreaForecast) -> tuple[float, float]:
    interval = interval_of(area.lead, 0.9)
    return interval.lower, interval.upper


def _strip(area: AreaForecast, expected: Expected | None, reach: float, *, final: bool) -> Strip:
    def place(lead: float) -> float:
        return round(50.0 + 50.0 * max(-1.0, min(1.0, lead / reach)), 3)

    result = place(area.lead.median) if final else None
    if expected is None:
        return Strip(50.0, None, None, None, result)
    most, half = ((place(lower), place(upper)) for lower, upper in (expected.most, expected.half))
    return Strip(50.0, most, half, place(expected.median), result)


def _result(area: AreaForecast, of: str, over: str, names: Mapping[str, str]) -> str:
    if of not in area.counted or over not in area.counted:
        return f"{area.ballots:,} ballots" if area.ballots is not None and not area.counted else "–"
    return say_lead(area.counted[of] - area.counted[over], names[of], names[over])


def _say_expected(expected: Expected, of: str, over: str) -> str:
    low, high = expected.most
    return f"{_points(low, of, over)} to {_points(high, of, over)}"


def _points(lead: float, of: str, over: str) -> str:
    return say_lead(100.0 * lead, of, over, 1)


def _surprise(lead: float, before: Expected | None) -> str:
    if before is None:
        return ""
    if before.half[0] <= lead <= before.half[1]:
        return "as expected"
    return "within range" if before.most[0] <= lead <= before.most[1] else "outside range"


def _chance(area: AreaForecast, first: str, names: Mapping[str, str]) -> str:
    if not first:
        return "–"
    if area.status == "declared" and area.wins[first] == 1.0:
        return names[first]
    return f"{names[first]} {say_percent(area.wins[first])}"
