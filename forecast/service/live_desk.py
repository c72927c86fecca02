"""One contest while the service runs: its folded state, the tally of its items, and what has been published."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING

from forecast.contest import Contest
from forecast.hard_checks import accept
from forecast.journal.entry import PAST, RESERVED, Entry, EntryKind
from forecast.service.call import unmet_conditions
from forecast.service.desk import DeskState, Taken, add_entry
from forecast.service.intake import tally_of
from forecast.service.on_air import OnAir, put_on_air
from forecast.service.served import Served
from forecast.tally import Sheet, Tally

if TYPE_CHECKING:
    from forecast.journal.store import Store, Stored

__all__ = ["LiveDesk"]

WAKES = {"release", "embargo", "test", "live", "choose", "undo"}


@dataclass(eq=False, slots=True)
class LiveDesk:
    """What the service keeps of one contest in memory; all of it can be made again from the journal.

    Parameters
    ----------
    notice
        What must be said with every forecast.
    reserved, past
        Numbers kept for forecasts of moments before the contest was served, and how many of these there are.
    keys
        Idempotency key to the entry it made.
    published
        The forecast last put on air, read when it is first asked for.
    away
        Why the journal could not be written, where that has just happened.
    checked
        `DeskState.changed` of the news that was cross-checked last.
    alarms
        Number of a forecast, and its alarms by severity.
    conditions
        Number of a forecast, and the conditions of being call-ready that it does not meet.
    embargo_ended
        The embargo that was seen to end.
    look_closer
        Whether the next forecast is to say everything that a call needs, however long that takes.
    tried
        Whether a forecast has been attempted since the service started.
    """

    served: Served
    contest: Contest
    state: DeskState
    notice: str = ""
    reserved: int = 0
    past: int = 0
    keys: dict[str, Entry] = field(default_factory=dict)
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    woken: asyncio.Event = field(default_factory=asyncio.Event)
    published: Stored | None = None
    published_known: bool = False
    look_closer: bool = False
    tried: bool = False
    failures: int = 0
    away: str = ""
    checked: int = -1
    alarms: tuple[int, dict[str, int]] | None = None
    conditions: tuple[int, tuple[tuple[str, str], ...]] | None = None
    embargo_ended: datetime | None = None
    _tally: tuple[tuple[Taken, ...], Tally] | None = None  # of which items: threads ask for it while others come
    _reading: threading.Lock = field(default_factory=threading.Lock)

    @property
    def id(self) -> str:
        """What the contest is served as."""
        return self.served.id

    def absorb(self, entry: Entry) -> None:
        """Take one more entry of the journal in; one known already changes nothing."""
        if entry.sequence <= self.state.sequence:
            return
        before = self.state
        self.state = add_entry(self.contest, before, entry)
        if entry.idempotency_key:
            self.keys[entry.idempotency_key] = entry
        if entry.kind is EntryKind.PUBLICATION or self.state.test != before.test:
            self.published_known = False
        if entry.kind is EntryKind.SERVICE and entry.body.get("action") == RESERVED:
            self.reserved = int(entry.body["forecasts"])
        if entry.kind is EntryKind.SERVICE and entry.body.get("action") == PAST:
            self.past = len(entry.body["forecasts"])
        if self.state.changed != before.changed:
            self._follow(before)
        if self.state.changed != before.changed or entry.body.get("action") in WAKES:
            self.woken.set()

    def tally(self) -> Tally:
        """What is known after the items that count."""
        state, known = self.state, self._tally
        if known is None or known[0] is not state.taken:
            known = self._tally = state.taken, tally_of(self.contest, state)
        return known[1]

    def on_air(self, store: Store) -> Stored | None:
        """The forecast last published; reads the journal where it may have changed."""
        with self._reading:  # of two who read, the one that began earlier must not have the last word
            if not self.published_known:
                self.published_known = True  # before it is read: what is published meanwhile is read again
                try:
                    self.published = store.latest(self.id, without=self.state.rehearsals)
                except BaseException:
                    self.published_known = False
                    raise
            return self.published

    def draft(self, store: Store) -> Stored | None:
        """The forecast last made, on air or not; none of a rehearsal that has ended."""
        made = store.latest(self.id, False)
        return None if made is None or self.state.is_rehearsed(made.through) else made

    def shown(self, store: Store, now: datetime, stale_seconds: float, *, editor: bool = False) -> OnAir:
        """What a viewer, or an editor, sees now; reads the journal where it has changed."""
        hidden = editor and not self.publishes(now)
        latest = self.draft(store) if hidden else None
        state = self.state if not self.away else replace(self.state, trouble=self.away)
        published = self.on_air(store)
        return put_on_air(
            state,
            published,
            latest,
            now,
            editor=editor,
            warming=not self.tried,
            stale_seconds=stale_seconds,
            unmet=state.signed_off and bool(self.unmet()),
        )

    def unmet(self) -> tuple[tuple[str, str], ...]:
        """The conditions of being call-ready that the forecast on air does not meet; read once for each."""
        if self.published is None:
            return ()
        if self.conditions is None or self.conditions[0] != self.published.number:
            self.conditions = self.published.number, unmet_conditions(self.published.document)
        return self.conditions[1]

    def publishes(self, now: datetime) -> bool:
        """Whether a forecast made now goes on air."""
        return self.state.hold is None and not self.state.is_embargoed(now)

    def _follow(self, before: DeskState) -> None:
        """Bring the tally up to date where one item was added; else it is made again when it is asked for."""
        added, known = self.state.taken[len(before.taken) :], self._tally
        if known is None or known[0] is not before.taken or len(added) != 1 or self.state.taken[:-1] != before.taken:
            self._tally = None
            return
        sheet = Sheet(self.contest, known[1])
        accept(sheet, added[0].item)
        self._tally = self.state.taken, sheet.frozen()
