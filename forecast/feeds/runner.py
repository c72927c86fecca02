"""One loop for each feed: fetch, read, hand on what is new, and never stop for anything that is fetched or read."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import batched
from pathlib import Path
from typing import Literal

import structlog

from forecast.contests.contest import Contest
from forecast.declaration import Declaration
from forecast.errors import Defect, ForecastError, NewsError
from forecast.feeds.address import AddressSource
from forecast.feeds.folder import FolderSource
from forecast.feeds.health import FeedState
from forecast.feeds.ids import Ids, read_ids
from forecast.feeds.path import PathSource
from forecast.feeds.readers import Format, Reader
from forecast.feeds.reading import Reading
from forecast.feeds.refused import Refusals, item_keys
from forecast.feeds.source import Source, SourceError

__all__ = ["FeedRunner", "Judge", "Take", "TakeMany", "make_feed"]

MOST_SHOWN = 50
TOGETHER = 1000  # items handed on at a time
SLOWEST = 60.0  # seconds between tries of a feed that fails
AGAIN = 5.0  # seconds at least between looks at what was refused

TakeMany = Callable[[str, Sequence[tuple[Declaration, str]], str], Awaitable[Sequence[object]]]
Take = Callable[[str, Declaration, str, str], Awaitable[object]]  # contest, item, actor, idempotency key
Judge = Callable[[Sequence[Declaration]], Awaitable[Sequence[tuple[Defect, ...]]]]
FeedKind = Literal["csv", "json", "folder", "press", "nist"]

log = structlog.get_logger(__name__)


def _now() -> datetime:
    return datetime.now(UTC)


def make_feed(
    feed: str,
    served: str,
    contest: Contest,
    kind: FeedKind,
    take: Take,
    *,
    path: Path | None = None,
    address: str = "",
    ids: Path | None = None,
    every_seconds: float = 5.0,
    timeout_seconds: float = 10.0,
    headers: Mapping[str, str] | None = None,
    test: bool = False,
) -> FeedRunner:
    """A feed as its configuration describes it, ready to run.

    Parameters
    ----------
    feed, served
        The feed's id, and the id under which its contest is served.
    path, address
        One of the two. A path that is a directory is a folder of such files; of kind ``folder``, of any.
    ids
        A table of their ids: `forecast.feeds.ids.read_ids`.
    timeout_seconds, headers
        For an address: how long it is waited for, and what is sent with each request.
    test
        Whether the contest is one, and may read press messages marked so.

    Raises
    ------
    ForecastError
        Where neither or both are given, or the table of ids cannot be read.
    """
    if bool(address) == (path is not None):
        raise ForecastError(Defect(feed, "a feed has a path or an address, and not both.", "Write one of them."))
    source: Source
    if path is None:
        source = AddressSource(address, headers=dict(headers or {}), timeout_seconds=timeout_seconds)
    else:
        source = FolderSource(path) if kind == "folder" or path.is_dir() else PathSource(path)
    table = Ids() if ids is None else read_ids(ids, contest)
    form: Format = "any" if kind == "folder" else kind
    return FeedRunner(feed, served, source, Reader(contest, form, table, test), take, every_seconds)


@dataclass(slots=True)
class FeedRunner:
    """One feed, running.

    Parameters
    ----------
    take
        Given each new item, as ``take(contest, item, actor, key)``. NewsError refuses the item; any other exception
        keeps it, to be offered again: an item is let go only when it was taken.
    take_many
        The same of items that came together, as ``take_many(contest, items and keys, actor)``: of each a receipt or the
        ForecastError that refuses it.
    judge, moved, again_seconds
        What would be wrong with items now, nothing done; the last entry that changed what is known; and how often at
        most what was refused is looked at again, once that has changed.
    is_test
        Whether the contest is a test now; it may be switched while the feed runs.
    report
        Told of every change between well and not, with the state after it.
    """

    id: str
    contest: str
    source: Source
    reader: Reader
    take: Take
    every_seconds: float = 5.0
    now: Callable[[], datetime] = _now
    take_many: TakeMany | None = None
    judge: Judge | None = None
    moved: Callable[[], int] = int
    again_seconds: float = AGAIN
    is_test: Callable[[], bool] | None = None
    report: Callable[[FeedState], Awaitable[object]] | None = None
    state: FeedState = field(init=False)
    waiting: dict[str, Declaration] = field(default_factory=dict, init=False)
    offered: set[str] = field(default_factory=set, init=False)
    unread: dict[str, tuple[Defect, ...]] = field(default_factory=dict, init=False)
    refusals: Refusals = field(default_factory=Refusals, init=False)
    keys: dict[str, frozenset[str]] = field(default_factory=dict, init=False)  # of what each piece held last
    judged: tuple[int, float] = field(default=(0, 0.0), init=False)  # what was known then, and when that was

    def __post_init__(self) -> None:
        self.state = FeedState(self.id, self.contest, self.source.place)

    async def run(self) -> None:
        """Read the feed again and again, until cancelled."""
        while True:
            await self.once()
            try:
                await self.source.wait(self.pause)
            except Exception:  # a folder that cannot be watched is looked at all the same
                log.exception("feed not watched", feed=self.id)
                await asyncio.sleep(self.pause)

    @property
    def pause(self) -> float:
        """Seconds until the next look: longer and longer while it fails."""
        return min(self.every_seconds * 2.0 ** min(self.state.failures, 6), max(self.every_seconds, SLOWEST))

    async def once(self) -> None:
        """One look: fetch what is new, read it, and hand on every item that was not."""
        before, away = self.state.last_error, None
        if self.is_test is not None and self.is_test() != self.reader.test:
            self._switch(test=not self.reader.test)
        self.state = replace(self.state, tried_at=self.now())
        try:
            try:
                await self._fetch()
            except SourceError as error:
                away = error  # what it gave before is looked at all the same
            await self._look_again()
            stuck = await self._hand_on()
            if away is None:
                self._well(stuck)
            else:
                self._fail(str(away.defects[0]), away.private)
        except Exception as error:
            # The loop outlives every fault of ours too: a feed that stops in silence is worse.
            log.exception("feed failed", feed=self.id)
            self.source.forget()  # what was fetched was not all read: once more
            self._fail("failed: see the log.", repr(error))
        if self.report is not None and bool(before) != bool(self.state.last_error):
            await self._tell(self.report)

    def _switch(self, *, test: bool) -> None:
        """Read everything anew, as a test or as live: what was taken before as the same is known by its key."""
        self.reader = replace(self.reader, test=test, revisions={}, last={})
        self.offered = set()
        self.waiting, self.unread, self.refusals, self.keys = {}, {}, Refusals(), {}
        self.source.forget()

    async def _tell(self, report: Callable[[FeedState], Awaitable[object]]) -> None:
        try:
            await report(self.state)
        except ForecastError as error:
            log.warning("feed state not recorded", feed=self.id, error=str(error))

    async def _fetch(self) -> None:
        pieces = await self.source.fetch()
        if pieces:
            readings, self.reader = await asyncio.to_thread(self.reader.read, pieces)
            for piece, reading in zip(pieces, readings, strict=True):
                self._keep(piece.name, reading)
        self.state = replace(self.state, read_at=self.now())

    def _keep(self, name: str, reading: Reading) -> None:
        self.unread.pop(name, None)
        if reading.defects:
            self.unread[name] = reading.defects
        items = [replace(item, source=item.source or self.id) for item in reading.items]
        given = dict(zip(item_keys(self.id, items), items, strict=True))
        self._miss(name, reading, frozenset(given))
        for key, item in given.items():
            if key not in self.offered and key not in self.waiting:
                self.refusals.come(item)
                self.waiting[key] = item

    def _miss(self, name: str, reading: Reading, keys: frozenset[str]) -> None:
        """Let go of what was refused and has been taken out since; of a file begun anew nothing was."""
        before = self.keys.get(name, frozenset())
        if reading.whole:
            self.offered -= self.refusals.drop(before - keys if before & keys else ())
            self.keys[name] = keys

    async def _look_again(self) -> None:
        """Have what was refused wait once more, before what is new, where what is known lets it in by now."""
        moved, again = self.moved(), dict[str, Declaration]()
        if self.judge is None or moved == self.judged[0] or time.monotonic() < self.judged[1] + self.again_seconds:
            return
        for asked in batched(self.refusals.hopeful.items(), TOGETHER):
            found = await self.judge([item for _, item in asked])
            for (key, item), defects in zip(asked, found, strict=True):
                if defects:
                    self.refusals.say(key, defects)
                else:
                    again[key] = item
        self.judged = moved, time.monotonic()
        self.waiting = again | self.waiting

    async def _hand_on(self) -> str:
        """Offer every item that waits, in their order; what went wrong, where items had to stay."""
        if self.take_many is not None and len(self.waiting) > 1:
            return await self._hand_on_together(self.take_many)
        stuck = ""
        for key, item in list(self.waiting.items()):
            try:
                receipt = await self.take(self.contest, item, f"feed {self.id}", key)
            except NewsError as error:
                self._refuse(key, item, error)
            except ForecastError as error:
                return f"{len(self.waiting)} items wait: {error}"
            except Exception:
                log.exception("item not taken", feed=self.id, item=item.where)
                stuck = "an item could not be handed on: see the log."
                continue  # it waits, and holds up no other
            else:
                self._count(key, item, receipt)
            self._let_go(key)
        return stuck

    async def _hand_on_together(self, take_many: TakeMany) -> str:
        """Offer items so many at a time."""
        while some := list(self.waiting.items())[:TOGETHER]:
            try:
                outcomes = await take_many(self.contest, [(item, key) for key, item in some], f"feed {self.id}")
            except ForecastError as error:
                return f"{len(self.waiting)} items wait: {error}"
            for (key, item), outcome in zip(some, outcomes, strict=True):
                if isinstance(outcome, ForecastError):
                    self._refuse(key, item, outcome)
                else:
                    self._count(key, item, outcome)
                self._let_go(key)
        return ""

    def _refuse(self, key: str, item: Declaration, error: ForecastError) -> None:
        new = self.refusals.refuse(key, item, error.defects)
        self.state = replace(self.state, refused=self.state.refused + new)

    def _let_go(self, key: str) -> None:
        del self.waiting[key]
        self.offered.add(key)

    def _count(self, key: str, item: Declaration, receipt: object) -> None:
        self.refusals.take(key, item)
        if getattr(receipt, "status", "accepted") == "repeated":
            self.state = replace(self.state, repeated=self.state.repeated + 1)
        else:
            self.state = replace(self.state, taken=self.state.taken + 1, item_at=self.now())

    def _well(self, stuck: str) -> None:
        listed = [each for defects in (*self.unread.values(), self.refusals.defects) for each in defects]
        first = str(listed[-1]) if listed else ""
        more = f" And {len(listed) - 1:,} more." if len(listed) > 1 else ""
        self.state = replace(
            self.state,
            last_error=stuck or first + more,
            private_error="",
            defects=tuple(listed[-MOST_SHOWN:]),
            failures=self.state.failures + 1 if stuck else 0,
        )

    def _fail(self, what: str, private: str) -> None:
        self.state = replace(self.state, last_error=what, private_error=private, failures=self.state.failures + 1)
