"""The desk's lists in words: areas and how far each has come, checks, what waits, what was taken."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from forecast.contests.contest import Contest
from forecast.declaration import Declaration
from forecast.service.actors import same_person
from forecast.service.desk import Disagreement, Proposal, Taken
from forecast.service.intake import Preview
from forecast.tally import Status, Tally

__all__ = ["item_rows", "list_areas", "name_area", "name_figure", "proposal_rows", "say_figures", "say_preview"]

FIGURES = {
    "ballots": "Ballots",
    "rejected": "Rejected",
    "valid": "Valid",
    "status": "Status",
    "counted": "Share counted",
    "checked": "Checked",
}
SUMS = (
    ("votes", "Votes typed and known, together"),
    ("valid", "Valid"),
    ("rejected", "Rejected"),
    ("ballots", "Ballots verified"),
    ("electorate", "Electorate"),
    ("unaccounted", "Ballots not accounted for"),
)


def list_areas(contest: Contest, tally: Tally) -> list[dict[str, str]]:
    """Every area with its status, in the contest's order."""
    return [
        {"id": area.id, "name": area.name, "status": Status(status).name.lower()}
        for area, status in zip(contest.areas, np.asarray(tally.status), strict=True)
    ]


def say_preview(found: Preview, contest: Contest) -> dict[str, Any]:
    """What an item would do, in words."""
    totals = found.totals
    sums = [(name, getattr(totals, key)) for key, name in SUMS] if totals is not None else []
    return {
        "defects": tuple(map(str, found.defects)),
        "alarms": found.alarms,
        "changes": tuple(
            (name_figure(contest, each.figure), _say(each.before), _say(each.after)) for each in found.changes
        ),
        "sums": tuple((name, f"{number:,}") for name, number in sums if number is not None),
        "disagreements": tuple(
            f"{name_figure(contest, each.figure)}: {each.standing:,} by {each.standing_source or 'an earlier item'}, "
            f"{each.given:,} by {each.given_source or 'this one'}."
            for each in found.disagreements
        ),
    }


def proposal_rows(contest: Contest, proposals: Iterable[Proposal], actor: str) -> list[dict[str, Any]]:
    """What waits for a person; nobody confirms what they gave themselves."""
    return [
        {
            "sequence": each.sequence,
            "kind": each.item.kind.value,
            "area": name_area(contest, each.item.area),
            "figures": say_figures(contest, each.item),
            "actor": each.actor,
            "at": each.at,
            "reason": each.reason,
            "own": same_person(each.actor, actor),
            "disagreements": [_say_disagreement(contest, one) for one in each.disagreements],
        }
        for each in proposals
    ]


def _say_disagreement(contest: Contest, one: Disagreement) -> tuple[str, str, str, str, str]:
    """The figure, what stands and by whom, what is new and by whom."""
    name = name_figure(contest, one.figure)
    return name, f"{one.standing:,}", one.standing_source, f"{one.given:,}", one.given_source


def item_rows(contest: Contest, taken: Iterable[Taken]) -> list[dict[str, Any]]:
    """What was taken, by whom and when."""
    return [
        {
            "sequence": each.sequence,
            "number": each.item.sequence,
            "kind": each.item.kind.value,
            "area_id": each.item.area,
            "area": name_area(contest, each.item.area),
            "figures": say_figures(contest, each.item),
            "actor": each.actor,
            "at": each.at,
            "source": each.item.source,
            "note": each.item.note,
            "undone": each.undone,
        }
        for each in taken
    ]


def name_area(contest: Contest, area: str) -> str:
    """An area's name, or the whole contest."""
    return "The whole contest" if area == contest.id else contest.areas[contest.area_index(area)].name


def name_figure(contest: Contest, figure: str) -> str:
    """A figure as the form calls it."""
    if figure in FIGURES:
        return FIGURES[figure]
    return contest.candidates[contest.candidate_index(figure)].name


def say_figures(contest: Contest, item: Declaration) -> str:
    """An item's figures in a line."""
    figures = [("ballots", item.ballots), ("rejected", item.rejected), ("valid", item.valid), *item.votes.items()]
    return " · ".join(f"{name_figure(contest, name)} {number:,}" for name, number in figures if number is not None)


def _say(value: float | str | None) -> str:
    if value is None:
        return "–"
    return f"{value:,}" if isinstance(value, int) else f"{value:.1%}" if isinstance(value, float) else value
