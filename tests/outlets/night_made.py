"""Editions of the West Midlands night, made once, with the simplest model."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache

from forecast.bulletin.explain import Reckoning
from forecast.declaration import Declaration
from forecast.night import Night
from forecast.outlets.edition import Edition, Point, point_of, read_edition
from forecast.replay import checkpoints
from forecast.scene import Scene, open_scene
from models.uniform_swing import uniform_swing

AT = datetime(2024, 5, 4, 19, 0, tzinfo=UTC)


@cache
def scene() -> Scene:
    """The contest with all its news."""
    return open_scene("west-midlands", through="all")


def items() -> tuple[Declaration, ...]:
    return scene().items


@cache
def updated(known: int) -> tuple[str, Reckoning]:
    """The document and the reckoning after so many items of news."""
    night = Night(scene().contest, uniform_swing, draws=500, seed=1)
    update = night.update(items()[:known], explain=False)
    return update.forecast.to_json(), update.reckoning


def edition(known: int, *, test: bool = False, status: str = "live") -> Edition:
    """What is on air after so many items: 13 leave Sandwell outstanding, 15 are all."""
    document, _ = updated(known)
    return read_edition(document, "west-midlands", number=known, sequence=10 + known, at=AT, status=status, test=test)


@cache
def course() -> tuple[Point, ...]:
    """The night so far at each declaration."""
    return tuple(point_of(edition(known)) for known in checkpoints(scene().contest, items(), "declaration"))
