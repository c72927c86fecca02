"""Events to everybody who listens: bounded queues, and a slow listener is let go to catch up from the journal."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from forecast.journal.entry import Entry

__all__ = ["REPLAYED", "Event", "Hub", "Subscription", "event_of"]

QUEUE = 256  # events a listener may fall behind before it is let go
REPLAYED = 250  # entries read at a time for one who comes back: a whole night at once is more than many may keep


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a contest: ``sequence`` and ``kind`` are its journal entry's, ``data`` its body."""

    sequence: int
    contest: str
    kind: str
    data: Mapping[str, Any]


def event_of(entry: Entry) -> Event:
    """The event that an entry of the journal is to those who listen."""
    at = entry.at.isoformat().replace("+00:00", "Z")
    return Event(entry.sequence, entry.contest, entry.kind.value, {"at": at, "actor": entry.actor, **entry.body})


@dataclass(eq=False, slots=True)
class Subscription:
    """One listener: iterate over it; it ends where the listener fell behind, or the hub closed."""

    contest: str | None
    queue: asyncio.Queue[Event | None]
    after: int = 0
    dropped: bool = False

    async def __aiter__(self) -> AsyncIterator[Event]:
        while (event := await self.queue.get()) is not None:
            yield event


@dataclass(eq=False, slots=True)
class Hub:
    """Who listens now. `publish` never waits for anybody.

    Parameters
    ----------
    replay
        Entries of a contest (or of all, None) after a sequence number, for listeners who reconnect: the first of them,
        none where there are no more; may block.
    """

    replay: Callable[[str | None, int], Sequence[Entry]] = lambda _contest, _after: ()
    capacity: int = QUEUE
    listeners: set[Subscription] = field(default_factory=set)
    closed: bool = False
    dropped: int = 0

    def publish(self, event: Event) -> None:
        """Give an event to every listener of its contest; one whose queue is full is let go."""
        for listener in [each for each in self.listeners if each.contest in {None, event.contest}]:
            if event.sequence <= listener.after:
                continue
            try:
                listener.queue.put_nowait(event)
                listener.after = event.sequence
            except asyncio.QueueFull:
                self.dropped += 1
                self._let_go(listener)

    async def subscribe(self, contest: str | None = None, after: int | None = None) -> AsyncIterator[Event]:
        """Events of a contest (or of all) as they happen, those after a sequence number first.

        Ends where the listener is too slow, or the service stops: they reconnect with the last sequence they saw.
        """
        listener = Subscription(contest, asyncio.Queue(self.capacity))
        self.listeners.add(listener)
        if self.closed:
            self._let_go(listener)
        try:
            seen = after or 0
            while after is not None and (missed := await asyncio.to_thread(self.replay, contest, seen)):
                for entry in missed:
                    seen = entry.sequence
                    yield event_of(entry)
                if listener.dropped:
                    return  # it is too slow: it comes back with what it has seen
            async for event in listener:
                if event.sequence > seen:
                    yield event
        finally:
            self.listeners.discard(listener)

    def close(self) -> None:
        """Let everybody go, after what waits for them."""
        self.closed = True
        for listener in list(self.listeners):
            if listener.queue.full():
                self._let_go(listener)
            else:
                self.listeners.discard(listener)
                listener.queue.put_nowait(None)

    def _let_go(self, listener: Subscription) -> None:
        """End a listener's events at once: what waits for it is in the journal."""
        self.listeners.discard(listener)
        listener.dropped = True
        while not listener.queue.empty():
            listener.queue.get_nowait()
        listener.queue.put_nowait(None)
