"""The journal as whoever is told by webhook is told of it: what an entry is to the world, and how far each has come."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from forecast.declaration import Kind
from forecast.journal.entry import EntryKind
from forecast.journal.item_json import write_item
from forecast.journal.made import Head
from forecast.outlets.target import DeadLetter
from forecast.outlets.target import Event as AnyEvent
from forecast.service.hub import Event, event_of

if TYPE_CHECKING:
    from forecast.service.service import Service

__all__ = ["JournalOutbox", "outward"]

PAGE = 100  # entries read at a time, for each target


class JournalOutbox:
    """An `Outbox`; a target that is new begins where the journal ended when this was made."""

    def __init__(self, service: Service) -> None:
        self._service, self._present = service, service.desks.sequence

    def leads(self) -> bool:
        """Whether this process makes the forecasts, and tells of them."""
        return self._service.leads

    def latest(self) -> int:
        """The last entry taken in."""
        return self._service.desks.sequence

    async def begin(self, target: str) -> int:
        """The last entry that a target was told of."""
        return await asyncio.to_thread(self._service.store.begin_delivery, target, self._present)

    async def read(self, after: int) -> list[Event]:
        """The next entries that the desks have taken in too."""
        known = self.latest()
        if known <= after:
            return []
        entries = await asyncio.to_thread(lambda: self._service.store.entries(after=after, limit=PAGE))
        return [event_of(entry) for entry in entries if entry.sequence <= known]

    async def outward(self, event: AnyEvent) -> Event | None:
        """What an entry is to the world now."""
        return await outward(self._service, event)

    async def move(self, target: str, sequence: int) -> None:
        """Keep how far a target has been told."""
        await asyncio.to_thread(self._service.store.move_delivery, target, sequence)

    async def give_up(self, place: str, letter: DeadLetter) -> None:
        """Write into the journal that a target was not told of an event."""
        body = {"action": "given up", "webhook": place, "event": letter.id, "error": letter.error}
        append = self._service.store.append
        await asyncio.to_thread(append, letter.contest, EntryKind.SERVICE, "service", body)


async def outward(service: Service, event: AnyEvent) -> Event | None:
    """What an event is to the world: a forecast with its headline figures, an alarm, a decision, a correction.

    Nothing of a contest that is under embargo now, nor of a rehearsal that has ended.
    """
    desk = service.desks.desks.get(event.contest)
    if desk is None or desk.state.is_embargoed(service.clock()) or desk.state.is_rehearsed(event.sequence):
        return None
    if event.kind == EntryKind.PUBLICATION:
        number = int(event.data["forecast"])
        heads = await asyncio.to_thread(service.store.history, event.contest, after=number - 1, limit=1)
        return Event(event.sequence, event.contest, "forecast", _headline(event, heads))
    taken = next((each for each in reversed(desk.state.taken) if each.sequence == event.sequence), None)
    backward = taken is not None and taken.item.kind in {Kind.CORRECTED, Kind.WITHDRAWN}
    if backward or event.data.get("action") == "undo" or (taken and event.data.get("action") == "choose"):
        item = {"item": write_item(taken.item)} if taken else {}  # one that was confirmed is in another entry
        return Event(event.sequence, event.contest, "correction", {**event.data, **item})
    if event.kind in {EntryKind.ALARM, EntryKind.DECISION}:
        return Event(event.sequence, event.contest, event.kind, event.data)
    return None


def _headline(event: AnyEvent, heads: list[Head]) -> dict[str, Any]:
    if not heads:
        return dict(event.data)
    head = heads[0]
    keys = ("headline", "rating", "latest", "areas_declared", "areas_total", "win_probabilities", "displays")
    return {**event.data, "number": head.number, **{key: getattr(head, key) for key in keys}}
