"""The night so far: the win probability after every declaration, as steps and as a table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import ceil

__all__ = ["Course", "Line", "Moment", "Stage", "draw_course", "split_stages"]

EVER = 0.01  # a candidate is drawn who was ever likelier than this
MOST_LABELS = 12
MOST_LINES = 5


@dataclass(frozen=True, slots=True)
class Moment:
    """What the journal keeps of one forecast: ``wins`` and ``displays`` by candidate."""

    number: int
    at: datetime | None
    areas_declared: int
    latest: str
    wins: Mapping[str, float]
    displays: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Stage:
    """A stretch of the night between declarations: the last forecast made in it, and what began it."""

    label: str
    moment: Moment


@dataclass(frozen=True, slots=True)
class Line:
    """One candidate's steps: ``path`` in a box as wide as there are stages and 100 high."""

    candidate: str
    path: str
    end: float


@dataclass(frozen=True, slots=True)
class Course:
    """The picture: its lines, likeliest last first, and the stages with (place in per cent, label)."""

    stages: tuple[Stage, ...]
    lines: tuple[Line, ...]
    labels: tuple[tuple[float, str], ...]


def split_stages(moments: Iterable[Moment]) -> tuple[Stage, ...]:
    """The night cut where the number of areas declared changes; of each stretch the last forecast."""
    stages: list[Stage] = []
    for moment in moments:
        if stages and stages[-1].moment.areas_declared == moment.areas_declared:
            stages[-1] = Stage(stages[-1].label, moment)
        else:
            begins = moment.latest if moment.areas_declared or stages else "Before any declaration"
            stages.append(Stage(begins[:1].upper() + begins[1:], moment))
    return tuple(stages)


def draw_course(stages: Sequence[Stage]) -> Course:
    """The steps of every candidate who was ever above 1%, five at most."""
    candidates = {candidate for stage in stages for candidate in stage.moment.wins}
    best = {who: max(stage.moment.wins.get(who, 0.0) for stage in stages) for who in candidates}
    latest = stages[-1].moment.wins if stages else {}
    drawn = sorted((who for who in best if best[who] > EVER), key=lambda who: (-latest.get(who, 0.0), -best[who], who))
    every = max(1, ceil(len(stages) / MOST_LABELS))
    labels = [
        (round(100.0 * (i + 0.5) / len(stages), 3), f"{stage.moment.areas_declared}")
        for i, stage in enumerate(stages)
        if (len(stages) - 1 - i) % every == 0
    ]
    lines = [Line(who, _steps(stages, who), latest.get(who, 0.0)) for who in drawn[:MOST_LINES]]
    return Course(tuple(stages), tuple(lines), tuple(labels))


def _steps(stages: Sequence[Stage], candidate: str) -> str:
    heights = [round(100.0 - 100.0 * stage.moment.wins.get(candidate, 0.0), 2) for stage in stages]
    return f"M0 {heights[0]}H1" + "".join(f"V{height}H{i}" for i, height in enumerate(heights[1:], start=2))
