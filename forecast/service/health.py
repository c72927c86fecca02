"""How the service is: warming, ready, degraded or held, and why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from forecast.outlets.webhooks import Webhooks
from forecast.service.live_desk import LiveDesk
from forecast.service.on_air import OnAir
from forecast.service.served import Served

__all__ = [
    "ContestHealth",
    "DeadEvent",
    "FeedHealth",
    "Health",
    "HealthState",
    "TargetHealth",
    "contest_health",
    "sum_up",
    "targets_health",
    "unserved_health",
]

HealthState = Literal["warming", "ready", "degraded", "held"]
WORST = ("degraded", "warming", "held", "ready")
LISTED = 20  # events given up, of each target


@dataclass(frozen=True, slots=True)
class FeedHealth:
    """One feed: seconds since it was last read well (None: never), the last error, items taken."""

    id: str
    contest: str
    age_seconds: float | None
    last_error: str = ""
    items: int = 0


@dataclass(frozen=True, slots=True)
class DeadEvent:
    """An event that a webhook's target never took: which one, when it was given up, and why."""

    id: str
    contest: str
    kind: str
    given_up_at: datetime
    error: str


@dataclass(frozen=True, slots=True)
class TargetHealth:
    """One webhook's target: what arrived, what was given up (the last of it listed), the last error.

    ``waiting``: entries of the journal that it has not been told of; ``gone``: it answered that it wants no more.
    """

    place: str
    delivered: int
    waiting: int
    given_up: int
    last_error: str
    gone: bool
    dead: tuple[DeadEvent, ...]


@dataclass(frozen=True, slots=True)
class ContestHealth:
    """One contest: its state, why, and the age of its forecast; why it is never cross-checked, where that is so."""

    contest: str
    state: HealthState
    reason: str = ""
    forecast_age_seconds: float | None = None
    conflicts: int = 0
    proposals: int = 0
    unchecked: str = ""


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
    webhooks: tuple[TargetHealth, ...]
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
    waiting = len(desk.state.conflicts), len(desk.state.proposals)
    return ContestHealth(desk.id, state, reason, age, *waiting, desk.unchecked)


def unserved_health(served: Served) -> ContestHealth:
    """The health of a contest that does not load."""
    return ContestHealth(served.id, "degraded", f"Does not load: {served.error}")


def targets_health(webhooks: Webhooks | None) -> tuple[TargetHealth, ...]:
    """How each webhook's target is."""
    return tuple(
        TargetHealth(
            each.place,
            each.delivered,
            each.waiting,
            each.given_up,
            each.last_error,
            each.gone,
            tuple(DeadEvent(one.id, one.contest, one.kind, one.given_up_at, one.error) for one in each.dead[-LISTED:]),
        )
        for each in (webhooks.states if webhooks is not None else ())
    )


def target_reasons(targets: Iterable[TargetHealth]) -> Iterator[str]:
    """Events that were given up, whatever has arrived since: the target has not had them."""
    for each in targets:
        if each.given_up:
            plural = "event was" if each.given_up == 1 else "events were"
            yield f"webhook {each.place}: {each.given_up} {plural} given up."


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
    targets: Iterable[TargetHealth] = (),
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
    contests, feeds, troubles, targets = tuple(contests), tuple(feeds), tuple(troubles), tuple(targets)
    wrong = (*troubles, *feed_reasons(feeds), *target_reasons(targets))
    states: set[HealthState] = {each.state for each in contests} | ({"degraded"} if wrong else set())
    if warm < workers:
        states.add("warming")
        wrong = (*wrong, f"{warm} of {workers} workers are warm.")
    state: HealthState = next((each for each in WORST if each in states), "ready")
    reasons = (*wrong, *(f"{each.contest}: {each.reason}" for each in contests if each.state != "ready"))
    return Health(state, reasons, contests, feeds, targets, warm, workers, queue, clients, sequence)
