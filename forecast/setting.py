"""Figures somebody supposes, as they are typed: ``sandwell.lead=15``."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from forecast.contests.contest import Contest
from forecast.errors import Defect, ForecastError, did_you_mean

__all__ = ["Setting", "read_settings"]

NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)")


@dataclass(frozen=True, slots=True)
class Setting:
    """One figure supposed: of an area, ``lead`` in points, ``turnout`` 0-1, or a candidate's share 0-1 by its id."""

    area: str
    measure: str
    value: float
    text: str


def read_settings(texts: Iterable[str], contest: Contest) -> tuple[Setting, ...]:
    """Settings as somebody typed them: ``sandwell.lead=15``, ``coventry.turnout=0.3``, ``sandwell.street=0.4``.

    Parameters
    ----------
    texts
        ``area.measure=value``; an area by id, code or name, a candidate by id, name or alias.

    Raises
    ------
    ForecastError
        With every defect found.
    """
    defects: list[Defect] = []
    found = [setting for text in texts if (setting := _read(text, contest, defects)) is not None]
    if not found and not defects:
        defects.append(Defect("--set", "nothing is supposed.", "Give a setting such as --set sandwell.lead=15."))
    for i, setting in enumerate(found):
        if any((setting.area, setting.measure) == (other.area, other.measure) for other in found[:i]):
            defects.append(Defect(f"--set {setting.text}", f"{setting.area}.{setting.measure} is set twice."))
    if defects:
        raise ForecastError(defects)
    return tuple(found)


def _read(text: str, contest: Contest, defects: list[Defect]) -> Setting | None:
    where = f"--set {text}"
    name, equals, figure = text.partition("=")
    place, dot, measure = name.rpartition(".")
    if not (equals and dot):
        defects.append(Defect(where, "is not area.measure=value.", "Write it like sandwell.lead=15."))
        return None
    area, measure = _find_area(place, contest, where, defects), _find_measure(measure, contest, where, defects)
    if not NUMBER.fullmatch(figure.strip()):
        defects.append(Defect(where, f'"{figure}" is not a number.', "Write it like 15 or 0.3."))
        return None
    value = float(figure)
    if measure == "lead" and abs(value) > 100:
        defects.append(Defect(where, "a lead is in points, from -100 to 100."))
    elif measure not in {"", "lead"} and not 0 <= value <= 1:
        remedy = f"Write {value:g} per cent as {value / 100:g}." if 1 < value <= 100 else ""
        defects.append(Defect(where, f"a {'turnout' if measure == 'turnout' else 'share'} is from 0 to 1.", remedy))
    return Setting(area, measure, value, text) if area and measure else None


def _find_area(name: str, contest: Contest, where: str, defects: list[Defect]) -> str:
    try:
        return contest.areas[contest.area_index(name)].id
    except KeyError:
        remedy = did_you_mean(name, [word for area in contest.areas for word in (area.id, area.name)])
        known = f"{contest.id} has {', '.join(area.id for area in contest.areas[:12])}."
        defects.append(Defect(where, f'no area "{name}" in {contest.id}.', remedy or known))
        return ""


def _find_measure(name: str, contest: Contest, where: str, defects: list[Defect]) -> str:
    name = name.strip().casefold()
    if name in {"lead", "turnout"}:
        return name
    try:
        return contest.candidates[contest.candidate_index(name)].id
    except KeyError:
        choices = ["lead", "turnout", *(each.id for each in contest.candidates)]
        known = f"There are {', '.join(choices)}."
        defects.append(Defect(where, f'nothing called "{name}" can be set.', did_you_mean(name, choices, known)))
        return ""
