"""One target of webhooks: how far it has been told of the journal, what waits aside, and how it goes."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime

from forecast.outlets.target import DeadLetter, Event, Target

__all__ = ["Line", "TargetState"]

DEAD_LETTERS = 100


@dataclass(frozen=True, slots=True)
class TargetState:
    """One target: what arrived, what waits, what was given up, and what went wrong last (empty: nothing is).

    ``waiting`` are entries of the journal that it has not been told of. ``dead`` are the last events given up since the
    service started, ``given_up`` is how many there were in all.
    """

    place: str
    delivered: int = 0
    waiting: int = 0
    delivered_at: datetime | None = None
    last_error: str = ""
    dead: tuple[DeadLetter, ...] = ()
    gone: bool = False
    given_up: int = 0


@dataclass(slots=True, eq=False)
class Line:
    """A target, how far it has been told of the journal, and how it goes.

    Parameters
    ----------
    told, kept
        The last entry it has been told of (None: not known yet), and the last that is kept as such.
    leading
        Whether this process told it when it was last looked at.
    unserved
        Since when events wait for contests that are not served, by contest; seconds.
    aside
        These events, each after the entry up to which the target had been told of all before it.
    """

    target: Target
    key: str
    dead: deque[DeadLetter] = field(default_factory=lambda: deque(maxlen=DEAD_LETTERS))
    told: int | None = None
    kept: int = 0
    leading: bool = False
    unserved: dict[str, float] = field(default_factory=dict)
    aside: dict[str, deque[tuple[int, Event]]] = field(default_factory=dict)
    delivered: int = 0
    delivered_at: datetime | None = None
    last_error: str = ""
    gone: bool = False
    given_up: int = 0

    def state(self, latest: int) -> TargetState:
        """The target as it is where the journal is so long."""
        waits = self.leading and self.told is not None and not self.gone
        return TargetState(
            self.target.place,
            self.delivered,
            max(latest - (self.told or 0), 0) if waits else 0,
            self.delivered_at,
            self.last_error or "; ".join(f"{contest} is not served: its events wait" for contest in self.aside),
            tuple(self.dead),
            self.gone,
            self.given_up,
        )

    def begin(self, told: int) -> None:
        """Go on from an entry: another process has told the target meanwhile."""
        self.told = self.kept = told
        self.unserved.clear()
        self.aside.clear()

    def set_aside(self, event: Event) -> None:
        """Leave an event for when its contest is served."""
        self.unserved.setdefault(event.contest, time.monotonic())
        self.aside.setdefault(event.contest, deque()).append((self.told or 0, event))

    @property
    def done(self) -> int:
        """The last entry up to which the target has been told of everything."""
        return min([self.told or 0, *(events[0][0] for events in self.aside.values() if events)])
