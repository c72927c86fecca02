"""The journal as whoever is told by webhook is told of it: what an entry is to the world, and how far each has come.

A correction of what was on air is told where it was accepted or, under a hold, just before that is released.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from forecast.journal.entry import Entry, EntryKind
from forecast.journal.item_json import write_item
from forecast.journal.made import Head
from forecast.outlets.target import DeadLetter, UnservedError
from forecast.outlets.target import Event as AnyEvent
from forecast.service.corrections import Correction
from forecast.service.hub import Event, event_of
from forecast.service.live_desk import LiveDesk

if TYPE_CHECKING:
    from forecast.service.service import Service

__all__ = ["JournalOutbox"]

PAGE = 100  # entries read at a time, for each target
TOLD = {"forecast", "alarm", "decision", "correction"}


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
        """The next entries that the desks have taken in too, each named as the world knows it.

        Corrections are before the entry that lets them out, with the sequences of their own.
        """
        known = self.latest()
        return await asyncio.to_thread(lambda: list(self._read(after, known))) if known > after else []

    async def outward(self, event: AnyEvent) -> Event | None:
        """What an entry is to the world now; while a contest is held, of an alarm only that there is one.

        Nothing of a contest under embargo, nor what was there before an embargo or came under it, nor of a rehearsal
        that has ended.

        Raises
        ------
        UnservedError
            Where the contest is served or listed, and its desk is not here.
        """
        if event.kind not in TOLD:
            return None
        desks = self._service.desks
        await desks.catch_up()  # another process may have decided something
        desk = desks.desks.get(event.contest)
        if desk is None and (event.contest in desks.served or event.contest in desks.listed):
            raise UnservedError(event.contest)
        if desk is None or desk.state.is_rehearsed(event.sequence):
            return None
        at = datetime.fromisoformat(str(event.data["at"]))
        if desk.airing.is_barred(event.sequence, at, self._service.clock()):
            return None
        return await asyncio.to_thread(self._outward, desk, event)

    async def move(self, target: str, sequence: int) -> None:
        """Keep how far a target has been told."""
        await asyncio.to_thread(self._service.store.move_delivery, target, sequence)

    async def give_up(self, place: str, letter: DeadLetter) -> None:
        """Write into the journal that a target was not told of an event."""
        body = {"action": "given up", "webhook": place, "event": letter.id, "error": letter.error}
        append = self._service.store.append
        await asyncio.to_thread(append, letter.contest, EntryKind.SERVICE, "service", body)

    def _read(self, after: int, known: int) -> Iterator[Event]:
        corrections: dict[str, dict[int | None, list[Correction]]] = {}
        for entry in self._service.store.entries(after=after, limit=PAGE):
            if entry.sequence > known:
                return
            if (desk := self._service.desks.desks.get(entry.contest)) is not None:
                if desk.id not in corrections:
                    corrections[desk.id] = _by_letting_out(desk.corrections())
                yield from (self._tell(each, entry) for each in corrections[desk.id].get(entry.sequence, ()))
            yield replace(event_of(entry), kind=_name(entry))

    def _tell(self, correction: Correction, entry: Entry) -> Event:
        """A correction as it is told with an entry, its own or a later one."""
        if entry.sequence != correction.sequence:
            (entry,) = self._service.store.entries(entry.contest, after=correction.sequence - 1, limit=1)
        event = event_of(entry)
        item = {} if correction.undone else {"item": write_item(correction.of.item)}  # one confirmed is elsewhere
        return replace(event, kind="correction", data={**event.data, **item})

    def _outward(self, desk: LiveDesk, event: AnyEvent) -> Event | None:
        data = event.data
        if event.kind == "forecast":
            if (head := self._head(desk, int(data["forecast"]))) is None:
                return None
            data = _headline(data, head)
        elif event.kind == "alarm" and desk.state.hold is not None:
            data = {"at": data["at"], "actor": data["actor"], "held": True}
        return Event(event.sequence, event.contest, event.kind, data)

    def _head(self, desk: LiveDesk, number: int) -> Head | None:
        """What a forecast says in a line; None where it is of a rehearsal that has ended."""
        heads = desk.history(self._service.store, after=number - 1, limit=1)
        return next((head for head in heads if head.number == number), None)


def _name(entry: Entry) -> str:
    """What the world calls an entry; a decision about an item is told as a correction, if at all."""
    if entry.kind is EntryKind.PUBLICATION:
        return "forecast"
    return "news" if _is_about_item(entry) else entry.kind.value


def _by_letting_out(corrections: Iterable[Correction]) -> dict[int | None, list[Correction]]:
    found: dict[int | None, list[Correction]] = {}
    for each in corrections:
        found.setdefault(each.let_out, []).append(each)
    return found


def _is_about_item(entry: Entry) -> bool:
    action, keep = entry.body.get("action"), entry.body.get("keep")
    return entry.kind is EntryKind.DECISION and (action == "undo" or (action == "choose" and keep == "new"))


def _headline(data: Mapping[str, Any], head: Head) -> dict[str, Any]:
    keys = ("headline", "rating", "latest", "areas_declared", "areas_total", "win_probabilities", "displays")
    return {**data, "number": head.number, **{key: getattr(head, key) for key in keys}}
