"""How the service is: warming, ready, degraded or held, and why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from forecast.service.live_desk import LiveDesk
from forecast.service.on_air import OnAir
from forecast.service.served import Served

__all__ = ["ContestHealth", "FeedHealth", "Health", "HealthState", "contest_health", "sum_up", "unserved_health"]

HealthState = Literal["warming", "ready", "degraded", "held"]
WORST = ("degraded", "warming", "held", "ready")


@dataclass(frozen=True, slots=True)
class FeedHealth:
    """One feed: seconds since it was last read well (None: never), the last error, items taken."""

    id: str
    contest: str
    age_seconds: float | None
    last_error: str = ""
    items: int = 0


@dataclass(frozen=True, slots=True)
class ContestHealth:
    """One contest: its state, why, and the age of its forecast."""

    contest: str
    state: HealthState
    reason: str = ""
    forecast_age_seconds: float | None = None
    conflicts: int = 0
    proposals: int = 0


@dataclass(frozen=True, slots=True)
class Health:
    """The whole service: the worst of its parts, with every reason.

    Parameters
    ----------
    queue
        Forecasts being made or waiting at the workers.
    clients
        Listeners to events.
    sequence
        Last entry of the journal taken in.
    """

    state: HealthState
    reasons: tuple[str, ...]
    contests: tuple[ContestHealth, ...]
    feeds: tuple[FeedHealth, ...]
    workers_warm: int
    workers: int
    queue: int
    clients: int
    sequence: int


def contest_health(desk: LiveDesk, shown: OnAir, now: datetime) -> ContestHealth:
    """One contest's health from what is on air of it."""
    state: HealthState = "ready"
    reason = shown.reason
    if desk.away:
        state, reason = "degraded", desk.away
    elif desk.state.trouble:
        state, reason = "degraded", desk.state.trouble
    elif shown.status == "stale":
        state = "degraded"
    elif desk.state.hold is not None:
        state, reason = "held", f"Held by {desk.state.hold.actor}: {desk.state.hold.reason}"
    elif not desk.tried and desk.published is None:
        state, reason = "warming", "The first forecast is being made."
    age = None if desk.published is None else max((now - desk.published.at).total_seconds(), 0.0)
    return ContestHealth(desk.id, state, reason, age, len(desk.state.conflicts), len(desk.state.proposals))


def unserved_health(served: Served) -> ContestHealth:
    """The health of a contest that does not load."""
    return ContestHealth(served.id, "degraded", f"Does not load: {served.error}")


def feed_reasons(feeds: Iterable[FeedHealth]) -> Iterator[str]:
    """What is wrong with feeds."""
    for feed in feeds:
        if feed.last_error:
            yield f"feed {feed.id} of {feed.contest}: {feed.last_error}"


def sum_up(
    contests: Iterable[ContestHealth],
    feeds: Iterable[FeedHealth],
    troubles: Iterable[str],
    *,
    warm: int,
    workers: int,
    queue: int,
    clients: int,
    sequence: int,
) -> Health:
    """The service's health from that of its parts.

    Parameters
    ----------
    troubles
        What is wrong with the service itself: the journal, the disk, the clock.
    """
    contests, feeds, troubles = tuple(contests), tuple(feeds), tuple(troubles)
    wrong = (*troubles, *feed_reasons(feeds))
    states: set[HealthState] = {each.state for each in contests} | ({"degraded"} if wrong else set())
    if warm < workers:
        states.add("warming")
        wrong = (*wrong, f"{warm} of {workers} workers are warm.")
    state: HealthState = next((each for each in WORST if each in states), "ready")
    reasons = (*wrong, *(f"{each.contest}: {each.reason}" for each in contests if each.state != "ready"))
    return Health(state, reasons, contests, feeds, warm, workers, queue, clients, sequence)
