"""Every contest served, kept in step with the journal: each entry is folded once, and told to everybody who listens."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field, replace

import structlog

from forecast.errors import Defect, ForecastError, Overtaken, StoreAway
from forecast.journal.entry import LISTED, Entry, EntryKind
from forecast.journal.store import Store
from forecast.service.desk import DeskState
from forecast.service.hub import Hub, event_of
from forecast.service.live_desk import LiveDesk
from forecast.service.served import Served, UnknownContest, unknown

__all__ = ["Desks"]

log = structlog.get_logger()

PAUSE = 25  # entries taken in at a time
TRIES = 5  # of what another process may overtake


@dataclass(eq=False, slots=True)
class Desks:
    """The desks of all contests that load, by id.

    Parameters
    ----------
    served
        Every contest, those that do not load too.
    sequence
        The last entry of the journal taken in.
    troubles
        Where it is said that an entry could not be taken in.
    listed
        Ids that were listed, by another process perhaps, and are not served here yet.
    """

    store: Store
    hub: Hub
    told: Callable[[Entry], None] = lambda _entry: None
    served: dict[str, Served] = field(default_factory=dict)
    desks: dict[str, LiveDesk] = field(default_factory=dict)
    sequence: int = 0
    troubles: dict[str, str] = field(default_factory=dict)
    listed: set[str] = field(default_factory=set)
    _reading: asyncio.Lock = field(default_factory=asyncio.Lock)

    def open(self, contests: Iterable[Served]) -> None:
        """Serve contests, each folded from its entries up to the last taken in; reads the journal."""
        for served in contests:
            self.served[served.id] = served
            if served.contest is None:
                continue
            start = DeskState(served.id, embargo_until=served.embargo_until)
            desk = LiveDesk(served, served.contest, start)
            try:
                for entry in self.store.entries(served.id):
                    if entry.sequence <= self.sequence:
                        desk.absorb(entry)
            except StoreAway:
                raise
            except ForecastError as error:  # its areas are others than they were, perhaps: the other contests go on
                said = f"its journal cannot be read any more: {error}"
                self.served[served.id] = replace(served, contest=None, error=said)
                continue
            desk.woken.set()
            self.desks[served.id] = desk

    async def open_more(self, served: Served) -> None:
        """Serve one more contest while entries are taken in."""
        await self.catch_up()
        async with self._reading:  # none is taken in between those that it is folded from and those to come
            await asyncio.to_thread(self.open, [served])

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

    async def as_it_stands[**P, T](self, act: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """What a function gives that looks at a contest and writes, in a thread: again where another was quicker.

        Raises
        ------
        Overtaken
            Where another process was each time.
        """
        for _ in range(TRIES - 1):
            await self.catch_up()
            with suppress(Overtaken):
                return await asyncio.to_thread(act, *args, **kwargs)
        await self.catch_up()
        return await asyncio.to_thread(act, *args, **kwargs)

    def _absorb(self, entry: Entry) -> None:
        self.sequence = entry.sequence
        if entry.contest in self.desks:
            try:
                self.desks[entry.contest].absorb(entry)
            except Exception:  # whoever takes in another contest's news has nothing to do with it
                log.exception("an entry of the journal was not taken in", contest=entry.contest, entry=entry.sequence)
                self.troubles[f"entry {entry.sequence}"] = f"{entry.contest}: entry {entry.sequence} was not taken in."
        elif entry.kind is EntryKind.SERVICE and entry.body.get("action") == LISTED:
            self.listed.add(entry.contest)
        self.hub.publish(event_of(entry))
        self.told(entry)

    def _broken(self, contest: str) -> Iterable[Defect]:
        return (Defect(contest, "does not load:", line) for line in self.served[contest].error.splitlines())
