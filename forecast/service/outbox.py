"""The journal as whoever is told by webhook is told of it: what an entry is to the world, and how far each has come.

A correction is told with the forecast that first had it on air, just before it: while a contest is held, not at all.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from forecast.declaration import Kind
from forecast.journal.entry import Entry, EntryKind
from forecast.journal.item_json import write_item
from forecast.journal.made import Head
from forecast.outlets.target import DeadLetter, UnservedError
from forecast.outlets.target import Event as AnyEvent
from forecast.service.airing import FOLDED, Airing
from forecast.service.desk import Taken
from forecast.service.hub import Event, event_of
from forecast.service.live_desk import LiveDesk

if TYPE_CHECKING:
    from forecast.service.service import Service

__all__ = ["JournalOutbox"]

PAGE = 100  # entries read at a time, for each target
TOLD = {"forecast", "alarm", "decision", "correction"}
CORRECTING = (EntryKind.NEWS, EntryKind.CONFIRMED, EntryKind.DECISION)


class JournalOutbox:
    """An `Outbox`; a target that is new begins where the journal ended when this was made."""

    def __init__(self, service: Service) -> None:
        self._service, self._present = service, service.desks.sequence
        self._airings = dict[str, Airing]()
        self._following = threading.Lock()

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

        Corrections are before the forecast that first had them on air, with the sequences of their own entries.
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
        desk = desks.desks.get(event.contest)
        if desk is None and (event.contest in desks.served or event.contest in desks.listed):
            raise UnservedError(event.contest)
        if desk is None or desk.state.is_rehearsed(event.sequence):
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
        for entry in self._service.store.entries(after=after, limit=PAGE):
            if entry.sequence > known:
                return
            desk = self._service.desks.desks.get(entry.contest)
            if desk is not None and entry.kind is EntryKind.PUBLICATION:
                yield from self._corrections(desk, entry)
            yield replace(event_of(entry), kind=_name(entry))

    def _corrections(self, desk: LiveDesk, publication: Entry) -> Iterator[Event]:
        """What a publication put right of what had been on air before it."""
        since, through = self._airing(desk).seen_before(publication.sequence, desk.state.rehearsals), 0
        if since is None or (through := int(publication.body["through"])) <= since:
            return
        taken = {each.sequence: each for each in desk.state.taken if since < each.sequence <= through}
        entries = self._service.store.entries(desk.id, after=since, kinds=CORRECTING, limit=through - since)
        for entry in entries:
            found = taken.get(entry.sequence)
            if entry.sequence <= through and _corrects(entry, found):
                event = event_of(entry)
                item = {} if found is None else {"item": write_item(found.item)}  # one confirmed is in another entry
                yield replace(event, kind="correction", data={**event.data, **item})

    def _outward(self, desk: LiveDesk, event: AnyEvent) -> Event | None:
        at = datetime.fromisoformat(str(event.data["at"]))
        if self._airing(desk).is_barred(event.sequence, at, self._service.clock()):
            return None
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

    def _airing(self, desk: LiveDesk) -> Airing:
        with self._following:
            airing = self._airings.setdefault(desk.id, Airing(desk.served.embargo_until))
            airing.follow(self._service.store.entries(desk.id, after=airing.sequence, kinds=FOLDED))
            return airing


def _name(entry: Entry) -> str:
    """What the world calls an entry; a decision about an item is told as the correction that it is, in its place."""
    if entry.kind is EntryKind.PUBLICATION:
        return "forecast"
    return "news" if _is_about_item(entry) else entry.kind.value


def _corrects(entry: Entry, taken: Taken | None) -> bool:
    return _is_about_item(entry) or (taken is not None and taken.item.kind in {Kind.CORRECTED, Kind.WITHDRAWN})


def _is_about_item(entry: Entry) -> bool:
    action, keep = entry.body.get("action"), entry.body.get("keep")
    return entry.kind is EntryKind.DECISION and (action == "undo" or (action == "choose" and keep == "new"))


def _headline(data: Mapping[str, Any], head: Head) -> dict[str, Any]:
    keys = ("headline", "rating", "latest", "areas_declared", "areas_total", "win_probabilities", "displays")
    return {**data, "number": head.number, **{key: getattr(head, key) for key in keys}}
