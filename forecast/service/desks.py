"""Every contest served, kept in step with the journal: each entry is folded once, and told to everybody who listens."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from forecast.errors import Defect
from forecast.journal.entry import Entry
from forecast.journal.store import Store
from forecast.service.desk import DeskState
from forecast.service.hub import Hub, event_of
from forecast.service.live_desk import LiveDesk
from forecast.service.served import Served, UnknownContest, unknown

__all__ = ["Desks"]

PAUSE = 25  # entries taken in at a time


@dataclass(eq=False, slots=True)
class Desks:
    """The desks of all contests that load, by id.

    Parameters
    ----------
    served
        Every contest, those that do not load too.
    sequence
        The last entry of the journal taken in.
    """

    store: Store
    hub: Hub
    told: Callable[[Entry], None] = lambda _entry: None
    served: dict[str, Served] = field(default_factory=dict)
    desks: dict[str, LiveDesk] = field(default_factory=dict)
    sequence: int = 0
    _reading: asyncio.Lock = field(default_factory=asyncio.Lock)

    def open(self, contests: Iterable[Served]) -> None:
        """Serve contests, each folded from its entries up to the last taken in; reads the journal."""
        for served in contests:
            self.served[served.id] = served
            if served.contest is None:
                continue
            start = DeskState(served.id, test=served.listing.test, embargo_until=served.embargo_until)
            desk = LiveDesk(served, served.contest, start)
            for entry in self.store.entries(served.id):
                if entry.sequence <= self.sequence:
                    desk.absorb(entry)
            desk.woken.set()
            self.desks[served.id] = desk

    def desk(self, contest: str) -> LiveDesk:
        """One desk by its listing's id.

        Raises
        ------
        UnknownContest
            Where there is none, or it does not load.
        """
        if contest in self.desks:
            return self.desks[contest]
        if contest in self.served:
            raise UnknownContest(self._broken(contest))
        raise unknown(contest, self.desks)

    async def catch_up(self) -> None:
        """Take in what was appended since: by us, or by another process."""
        async with self._reading:
            while entries := await asyncio.to_thread(self.store.changes, self.sequence):
                for place, entry in enumerate(entries, start=1):
                    self._absorb(entry)
                    if place % PAUSE == 0:
                        await asyncio.sleep(0)  # many came together: whoever else waits has a turn

    def _absorb(self, entry: Entry) -> None:
        self.sequence = entry.sequence
        if entry.contest in self.desks:
            self.desks[entry.contest].absorb(entry)
        self.hub.publish(event_of(entry))
        self.told(entry)

    def _broken(self, contest: str) -> Iterable[Defect]:
        return (Defect(contest, "does not load:", line) for line in self.served[contest].error.splitlines())
