"""How the service is: warming, ready, degraded or held, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["ContestHealth", "FeedHealth", "Health"]

State = Literal["warming", "ready", "degraded", "held"]


@dataclass(frozen=True, slots=True)
class FeedHealth:
    """One feed: seconds since it was last read well, the last error, items taken."""

    id: str
    contest: str
    age_seconds: float | None
    last_error: str = ""
    items: int = 0


@dataclass(frozen=True, slots=True)
class ContestHealth:
    """One contest: its state, why, and the age of its forecast."""

    contest: str
    state: State
    reason: str = ""
    forecast_age_seconds: float | None = None
    queue: int = 0
    conflicts: int = 0
    proposals: int = 0


@dataclass(frozen=True, slots=True)
class Health:
    """The whole service: the worst of its parts, with every reason."""

    state: State
    reasons: tuple[str, ...]
    contests: tuple[ContestHealth, ...]
    feeds: tuple[FeedHealth, ...]
    workers_warm: int
    workers: int
    clients: int
    sequence: int
