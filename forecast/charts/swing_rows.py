"""The rows of the picture of the swing: each area's swing, seen or expected, and which of them to draw."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from forecast.arithmetic.area_needs import AreaNeeds
from forecast.bulletin.summary import AreaForecast, Forecast

__all__ = ["MOST_ROWS", "MOST_SEATS", "Direction", "Row", "choose_rows", "find_direction", "work_out_rows"]

MOST_ROWS, MOST_SEATS = 60, 30  # the second where seats decide, area by area


@dataclass(frozen=True, slots=True)
class Direction:
    """Which way a swing counts as positive: to the one who was behind at the baseline, all night.

    ``turn`` is -1 where the desk's arithmetic counts it the other way.
    """

    to: str
    off: str
    turn: int


@dataclass(frozen=True, slots=True)
class Row:
    """One area's swing, in points: seen, or expected with its 50 and 90% intervals where they are known."""

    name: str
    swing: float
    seen: bool
    telling: float
    half: tuple[float, float] | None = None
    most: tuple[float, float] | None = None


def find_direction(forecast: Forecast) -> Direction:
    """To whom swings are counted, so that the swing needed overall is never negative."""
    needs = forecast.needs
    if (needs.swings.needed or 0.0) < 0.0:
        return Direction(needs.leader.id, needs.chaser.id, -1)
    return Direction(needs.chaser.id, needs.leader.id, 1)


def work_out_rows(forecast: Forecast, direction: Direction) -> list[Row]:
    """Every area whose swing is known or can be expected: those to come first, then by what they tell."""
    told = forecast.explanation.watch if forecast.explanation else ()
    telling = {watch.area: watch.information for watch in told}
    if forecast.seats is not None:  # where seats decide, the closest areas tell most
        telling = {area.id: 1.0 - max(area.wins.values()) for area in forecast.areas}
    areas = {area.id: area for area in forecast.areas}
    found = [
        _row(forecast, direction, needs, areas[needs.id], telling.get(needs.id, 0.0)) for needs in forecast.needs.areas
    ]
    rows = [row for row in found if row is not None]
    return sorted(rows, key=lambda row: (row.seen, -row.swing if row.seen else -row.telling, row.name))


def _row(
    forecast: Forecast, direction: Direction, needs: AreaNeeds, area: AreaForecast, information: float
) -> Row | None:
    """One area's row; a declared one tells by its votes and by how far its swing is from what is needed."""
    turn, base = direction.turn, needs.baseline_lead.share
    if needs.swing is not None:
        away = abs(turn * needs.swing - abs(forecast.needs.swings.needed or 0.0))
        return Row(area.name, _points(turn * needs.swing), seen=True, telling=away * (needs.valid or 0.0))
    if base is None or forecast.needs.method != "butler":
        return None
    chaser, leader = forecast.needs.chaser.id, forecast.needs.leader.id
    if {chaser, leader} != {forecast.lead.of, forecast.lead.over}:
        return _row_without_intervals(forecast, direction, area, base, information)
    way = 1 if chaser == forecast.lead.of else -1
    ends = {
        interval.level: sorted(_points(0.5 * turn * (way * lead - base)) for lead in (interval.lower, interval.upper))
        for interval in area.lead.intervals
    }
    middle = _points(0.5 * turn * (way * area.lead.median - base))
    half, most = ((ends[level][0], ends[level][1]) for level in (0.5, 0.9))
    return Row(area.name, middle, seen=False, telling=information, half=half, most=most)


def _row_without_intervals(
    forecast: Forecast, direction: Direction, area: AreaForecast, base: float, information: float
) -> Row | None:
    """The swing expected between two who are not those of the document's lead: its middle alone is known."""
    chaser, leader = (area.share.get(who) for who in (forecast.needs.chaser.id, forecast.needs.leader.id))
    if chaser is None or leader is None:
        return None
    middle = _points(0.5 * direction.turn * (chaser.mean - leader.mean - base))
    return Row(area.name, middle, seen=False, telling=information)


def _points(share: float) -> float:
    return round(100.0 * share, 3)


def choose_rows(rows: Sequence[Row], most: int = MOST_ROWS) -> list[Row]:
    """The rows there is room for, the most telling of those to come and of those seen, in the order given."""
    waiting, seen = ([row for row in rows if row.seen is known] for known in (False, True))
    room = max(most // 2, most - len(seen))
    waiting = waiting[:room]
    best = sorted(seen, key=lambda row: -row.telling)[: most - len(waiting)]
    return [*waiting, *(row for row in seen if row in best)]
