"""What graphics show: one small document of display strings and places, from the published document."""

from __future__ import annotations

from typing import Any

from forecast.service.test_mark import MARK
from forecast.web.pages.blocks import Distribution
from forecast.web.pages.dashboard import Contender, Dashboard
from forecast.web.pages.palette import QUIET, ink_on

__all__ = ["GRAPHICS", "PLATES", "write_show"]

GRAPHICS = ("lower-third", "margin", "course", "needs", "state")
PLATES = {"dark": "#10141a", "light": "#ffffff"}  # the grounds in static/overlay.js
CANDIDATES, LINES, AREAS, STAGES = 4, 6, 60, 60


def write_show(view: Dashboard) -> dict[str, Any]:
    """The document that ``overlay.js`` draws, whatever the graphic.

    Every word and every number on air is written here; the script only places them.
    """
    forecast, standing = view.forecast, view.standing
    moment = forecast.moment
    title = forecast.title.removeprefix(f"{MARK} ")
    return {
        "schema": 1,
        "contest": view.contest,
        "number": view.number,
        "test": standing.test,
        "status": standing.status,
        "status_word": standing.word,
        "reason": standing.reason,
        "title": f"{MARK} {title}" if standing.test else title,
        "subtitle": f"{moment.areas_declared} of {moment.areas_total} areas declared",
        "as_of": moment.as_of_display.removeprefix(f"{MARK} "),
        "headline": forecast.headline,
        "rating": view.rating,
        "aim": "Chance of a majority" if forecast.seats else "Chance of winning",
        "source": "Our model estimates; this is not a result" if not forecast.decided else "On the votes declared",
        "candidates": [_candidate(view, each) for each in view.contenders[:CANDIDATES]],
        "margin": _margin(view),
        "course": _course(view),
        "needs": _needs(view)[:LINES],
        "state": _state(view),
    }


def _colours(view: Dashboard, place: int) -> dict[str, str]:
    """A candidate's colour on each plate; grey while it is too early to shade by party."""
    colour = QUIET if view.early else view.forecast.candidates[place].colour
    return {theme: ink_on(plate, colour) for theme, plate in PLATES.items()}


def _candidate(view: Dashboard, each: Contender) -> dict[str, Any]:
    return {
        "name": each.candidate.name,
        "short": view.names[each.candidate.id],
        "party": each.candidate.party,
        "words": each.candidate.win_words.removeprefix(f"{MARK} "),
        "display": each.candidate.win_display.removeprefix(f"{MARK} "),
        "counted": each.counted,
        "share": each.share,
        "colour": _colours(view, each.place),
    }


def _margin(view: Dashboard) -> dict[str, Any]:
    if view.seats is not None:
        seats = view.seats
        colour = _colours(view, seats.leader_place)
        return {
            **_places(seats.distribution),
            "title": f"{seats.leader}: seats at the end",
            "left": {"name": "", "count": "", "colour": colour},
            "right": {"name": f"{seats.majority} or more", "count": f"{seats.above} of 50", "colour": colour},
            "lines": [["Middle", seats.middle], ["Half the time", seats.half], ["9 times in 10", seats.most]],
        }
    figure = view.figure
    assert figure is not None  # noqa: S101 - there is one or the other
    lines = [["Middle", figure.middle], ["Half the time", figure.half], ["9 times in 10", figure.most]]
    return {
        **_places(figure.distribution),
        "title": f"{figure.title}, in {figure.unit}",
        "left": {
            "name": f"{figure.left} ahead",
            "count": f"{figure.left_count} of 50",
            "colour": _colours(view, figure.left_place),
        },
        "right": {
            "name": f"{figure.right} ahead",
            "count": f"{figure.right_count} of 50",
            "colour": _colours(view, figure.right_place),
        },
        "lines": [line for line in lines if line[1]],
    }


def _side(view: Dashboard, name: str, count: int, place: int) -> dict[str, Any]:
    return {"name": f"{name} ahead", "count": f"{count} of 50", "colour": _colours(view, place)}


def _places(drawn: Distribution) -> dict[str, Any]:
    """Places in per cent across and in blocks' pixels up, as the pages have them."""
    return {
        "blocks": [[each.x, each.y, each.width, each.height, each.above] for each in drawn.blocks],
        "bands": [[each.level, each.x, each.width] for each in drawn.bands],
        "ticks": [[each.x, each.label] for each in drawn.ticks],
        "line": drawn.line,
        "base": drawn.base,
    }


def _course(view: Dashboard) -> dict[str, Any]:
    stages = view.course.stages[-STAGES:]
    return {
        "stages": [[stage.moment.areas_declared, stage.label.removeprefix(f"{MARK} ")] for stage in stages],
        "lines": [
            {
                "name": view.names[line.candidate],
                "display": stages[-1].moment.displays.get(line.candidate, "").removeprefix(f"{MARK} "),
                "colour": _colours(view, view.places[line.candidate]),
                "chances": [round(stage.moment.wins.get(line.candidate, 0.0), 4) for stage in stages],
            }
            for line in view.course.lines
        ],
    }


def _needs(view: Dashboard) -> list[str]:
    """The sentences of most use on air: who is ahead, and who must do what."""
    told = [line for line in view.needs if " must win " in line or " wins by one even if " in line]
    return [*view.needs[:1], *told, *(line for line in view.needs[1:] if line not in told)]


def _state(view: Dashboard) -> list[dict[str, Any]]:
    """The areas: declared ones with their result, others with how far they have come."""
    return [
        {
            "name": row.area.name,
            "status": row.status,
            "said": row.result if row.area.status == "declared" else row.chance,
            "declared": row.area.status == "declared",
            "colour": _colours(view, view.places.get(row.side, 0)),
        }
        for row in view.areas[:AREAS]
    ]
