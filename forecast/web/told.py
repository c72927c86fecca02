"""Why a forecast is not live, as everybody is told: who holds it, why, and what failed are the desk's."""

from __future__ import annotations

from forecast.service.on_air import OnAir

__all__ = ["TOLD", "UNLOADED", "tell_reason"]

UNLOADED = "It does not load: the status page says why to those who work here."

TOLD = {
    "held": "Held: nothing new goes on air until somebody has looked at it.",
    "embargoed": "Not to be seen yet.",
    "stale": "News waits for its forecast.",
    "warming": "The first forecast is being made.",
    "none": "No forecast yet.",
}


def tell_reason(on_air: OnAir, *, desk: bool = False) -> str:
    """Why it is not live, in a sentence: the same for everybody, or in full for whoever works at the desk."""
    return on_air.reason if desk else TOLD.get(on_air.status, "")
