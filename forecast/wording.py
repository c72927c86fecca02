"""How a probability is said on air: natural frequencies, never certain before the arithmetic is, never "called"."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

__all__ = [
    "GATE_AREAS",
    "GATE_SHARE",
    "rate_probability",
    "say_chance",
    "say_moment",
    "say_percent",
    "say_points",
    "say_probability",
]

GATE_AREAS = 2  # no rating until so many areas have declared
GATE_SHARE = 0.15  # ... with this share of the votes expected

_RATINGS = (
    (0.99, "almost certain"),
    (0.95, "very likely"),
    (0.85, "likely"),
    (0.65, "leans"),
    (0.0, "too close to say"),
)
_FREQUENCIES = (
    (0.99, "more than 99 in 100"),
    (0.965, "about 49 in 50"),
    (0.93, "about 19 in 20"),
    (0.875, "about 9 in 10"),
    (0.825, "about 5 in 6"),
    (0.775, "about 4 in 5"),
    (0.71, "about 3 in 4"),
    (0.635, "about 2 in 3"),
    (0.55, "about 3 in 5"),
    (0.45, "about 1 in 2"),
    (0.365, "about 2 in 5"),
    (0.29, "about 1 in 3"),
    (0.225, "about 1 in 4"),
    (0.18, "about 1 in 5"),
    (0.13, "about 1 in 6"),
    (0.075, "about 1 in 10"),
    (0.035, "about 1 in 20"),
    (0.01, "about 1 in 50"),
    (0.0, "less than 1 in 100"),
)


def say_probability(probability: float, decided: bool = False) -> str:
    """A probability as a natural frequency: ``"about 2 in 3"``; certain only where it is decided arithmetically."""
    if decided and probability in (0.0, 1.0):
        return "decided" if probability == 1.0 else "out of reach"
    return next(words for least, words in _FREQUENCIES if probability >= least)


def say_chance(probability: float) -> str:
    """A probability as a noun: ``"about a 2 in 3 chance"``, ``"about an even chance"``."""
    words = say_probability(probability)
    if words == "about 1 in 2":
        return "about an even chance"
    quantifier, number, _, of = words.rsplit(" ", 3)
    return f"{quantifier} a {number} in {of} chance"


def say_percent(probability: float, decided: bool = False) -> str:
    """A probability to the whole per cent, never ``0%`` or ``100%`` unless it is decided arithmetically."""
    if decided and probability in (0.0, 1.0):
        return f"{probability:.0%}"
    if probability < 0.01:
        return "<1%"
    return ">99%" if probability > 0.99 else f"{probability:.0%}"


def rate_probability(probability: float, *, declared: int, counted: float, decided: bool = False) -> str:
    """The rating of the likeliest candidate, from ``too close to say`` to ``almost certain``.

    Parameters
    ----------
    declared
        Areas that have declared.
    counted
        Share of the votes expected that they hold.

    Notes
    -----
    Before two areas and 15% of the votes there is ``too early to say``, whatever the probability.
    """
    if decided:
        return "decided"
    if declared < GATE_AREAS or counted < GATE_SHARE:
        return "too early to say"
    return next(words for least, words in _RATINGS if probability >= least)


def say_points(share: float, signed: bool = False) -> str:
    """A share as points, one decimal: ``"2.2 points"``."""
    return f"{share * 100:{'+' if signed else ''}.1f} point{'' if abs(round(share * 100, 1)) == 1.0 else 's'}"


def say_moment(at: datetime | None, timezone: str, *, latest: bool = True) -> str:
    """A time in the contest's own zone: ``"19:57 BST, 4 May 2024"``; ``"time not known"`` where there is none.

    Parameters
    ----------
    latest
        Whether it is the time of the latest item; otherwise that item is later, and its own time is not known.
    """
    if at is None:
        return "time not known"
    local = at.astimezone(ZoneInfo(timezone) if timezone else UTC)
    said = f"{local:%H:%M %Z}, {local.day} {local:%B %Y}"
    return said if latest else f"after {said} (time of the latest not known)"
