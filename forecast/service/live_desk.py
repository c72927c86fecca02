"""One contest while the service runs: its folded state, the tally of its items, and what has been published."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING

from forecast.alarms.hard_checks import accept
from forecast.contests.contest import Contest
from forecast.journal.entry import PAST, RESERVED, Entry, EntryKind
from forecast.service.airing import Airing
from forecast.service.call import unmet_conditions
from forecast.service.corrections import Correction, find_corrections
from forecast.service.desk import DeskState, Taken
from forecast.service.folding import add_entry
from forecast.service.intake import tally_of
from forecast.service.on_air import OnAir, put_on_air
from forecast.service.served import Served
from forecast.tally import Sheet, Tally

if TYPE_CHECKING:
    from forecast.journal.store import Head, Store, Stored

__all__ = ["REFUSED", "LiveDesk"]

REFUSED = ":refused:"  # between the key of a feed's item and the digest of why it was refused
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
    keys, refused
        Idempotency key to the entry it made, and of an item of a feed to that which first said that it was refused.
    published, published_in
        The forecast last put on air, read when it is first asked for, and in which phase.
    saved
        The forecast last stored by this process.
    away
        Why the journal could not be written, where that has just happened.
    checked, unchecked
        `DeskState.changed` of the news that was cross-checked last, and why it cannot be, whatever the news.
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
    airing
        When it was on air, held or under embargo.
    """

    served: Served
    contest: Contest
    state: DeskState
    notice: str = ""
    reserved: int = 0
    past: int = 0
    keys: dict[str, Entry] = field(default_factory=dict)
    refused: dict[str, int] = field(default_factory=dict)
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    woken: asyncio.Event = field(default_factory=asyncio.Event)
    published: Stored | None = None
    saved: Stored | None = None
    published_known: bool = False
    published_in: tuple[bool, int] = (False, 0)
    look_closer: bool = False
    tried: bool = False
    failures: int = 0
    away: str = ""
    checked: int = -1
    unchecked: str = ""
    alarms: tuple[int, dict[str, int]] | None = None
    conditions: tuple[int, tuple[tuple[str, str], ...]] | None = None
    embargo_ended: datetime | None = None
    _tally: tuple[tuple[Taken, ...], Tally] | None = None  # of which items: threads ask for it while others come
    _publication: int = 0  # the last entry taken in that put a forecast on air
    _reading: threading.Lock = field(default_factory=threading.Lock)
    _corrections: tuple[tuple[Taken, ...], object, tuple[Correction, ...]] | None = None  # and what they are made of
    airing: Airing = field(init=False)

    def __post_init__(self) -> None:
        self.airing = Airing(self.served.embargo_until)

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
        self.airing.follow(entry)
        if entry.idempotency_key:
            self.keys[entry.idempotency_key] = entry
            key, again, _ = entry.idempotency_key.rpartition(REFUSED)
            if again:
                self.refused.setdefault(key, entry.sequence)
        if entry.kind is EntryKind.PUBLICATION:
            self.published_known, self._publication = False, entry.sequence
            self._put_on_air()
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

    def corrections(self) -> tuple[Correction, ...]:
        """Everything that puts figures right, and since when the world is told of it."""
        state, known = self.state, self._corrections
        facts = state.rehearsals, self.airing.sequence
        if known is None or known[0] is not state.taken or known[1] != facts:
            known = self._corrections = state.taken, facts, find_corrections(state, self.airing)
        return known[2]

    def on_air(self, store: Store, state: DeskState | None = None) -> Stored | None:
        """The forecast last published, as of a state or now; reads the journal where it may have changed."""
        state = self.state if state is None else state
        with self._reading:  # of two who read, the one that began earlier must not have the last word
            if not self.published_known or self.published_in != state.phase:
                self.published_known = True  # before it is read: what is published meanwhile is read again
                try:
                    self.published = store.latest(self.id, without=state.rehearsals)
                    self.published_in = state.phase
                except BaseException:
                    self.published_known = False
                    raise
            return self.published

    @property
    def at_hand(self) -> bool:
        """Whether what viewers see can be said without a look at the journal, or at the whole document."""
        known = self.published_known and self.published_in == self.state.phase and not self._reading.locked()
        return known and not self.state.signed_off

    def draft(self, store: Store, state: DeskState | None = None) -> Stored | None:
        """The forecast last made, on air or not; none of a rehearsal that has ended."""
        made, state = store.latest(self.id, False), self.state if state is None else state
        return None if made is None or state.is_rehearsed(made.through) else made

    def history(self, store: Store, *, after: int = 0, limit: int = 500, newest: bool = False) -> list[Head]:
        """Forecasts that were on air, as of `Store.history`; none of a rehearsal that has ended."""
        return store.history(self.id, after=after, limit=limit, newest=newest, without=self.state.rehearsals)

    def shown(self, store: Store, now: datetime, stale_seconds: float, *, editor: bool = False) -> OnAir:
        """What a viewer, or an editor, sees now; reads the journal where it has changed."""
        state = self.state  # the journal goes on meanwhile
        latest = self.draft(store, state) if editor and not state.publishes(now) else None
        published = self.on_air(store, state)
        state = replace(state, trouble=self.away) if self.away else state
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
        if (published := self.published) is None:
            return ()
        if (known := self.conditions) is None or known[0] != published.number:
            known = self.conditions = published.number, unmet_conditions(published.document)
        return known[1]

    def keep(self, saved: Stored) -> None:
        """Remember what was stored here, before its entry is taken in or after."""
        self.saved = saved
        self._put_on_air()

    def _put_on_air(self) -> None:
        """Where the last forecast published is that stored here, it need not be read when it is first asked for."""
        if self.saved is None or self.saved.published != self._publication:
            return
        if self.state.is_rehearsed(self._publication) or not self._reading.acquire(blocking=False):
            return
        self.published, self.published_in, self.published_known = self.saved, self.state.phase, True
        self._reading.release()

    def _follow(self, before: DeskState) -> None:
        """Bring the tally up to date where one item was added; else it is made again when it is asked for."""
        added, known = self.state.taken[len(before.taken) :], self._tally
        if known is None or known[0] is not before.taken or len(added) != 1 or self.state.taken[:-1] != before.taken:
            self._tally = None
            return
        sheet = Sheet(self.contest, known[1])
        accept(sheet, added[0].item)
        self._tally = self.state.taken, sheet.frozen()
