"""What the pages read of the journal: parsed once for all who look, and only what they may see."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING

from forecast.bulletin.summary import Forecast
from forecast.journal.made import Head
from forecast.service.on_air import OnAir
from forecast.web.pages.areas import Expected, expect_area
from forecast.web.pages.stages import Moment

if TYPE_CHECKING:
    from forecast.service.service import Service

__all__ = ["Archive", "Seen"]

PARSED = 24  # documents kept parsed
REMEMBERED = 60  # declarations whose expectation is looked up again after a start, where there are many areas
SMALL = 50  # areas up to which all are


@dataclass(frozen=True, slots=True)
class Seen:
    """What somebody sees of a contest now; ``forecast`` is ``None`` where there is nothing to be seen."""

    on_air: OnAir
    forecast: Forecast | None
    history: tuple[Moment, ...] = ()
    before: Mapping[str, Expected] = field(default_factory=dict)


@dataclass(slots=True)
class _Night:
    """One contest's night as far as it has been read."""

    past: tuple[int, int] = (0, 0)  # how many forecasts of the past there are, and rehearsals that have ended
    heads: list[Head] = field(default_factory=list)
    before: dict[str, Expected] = field(default_factory=dict)
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class Archive:
    """Reads the journal for the pages."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self._parsed: dict[tuple[str, int], Forecast] = {}
        self._nights: dict[str, _Night] = {}

    async def see(self, contest: str, *, editor: bool, history: bool = True) -> Seen:
        """What is on air of a contest, for an editor or for anybody.

        Parameters
        ----------
        history
            Whether the night so far is wanted too.
        """
        on_air = await self.service.on_air(contest, editor=editor)
        if on_air.document is None:
            return Seen(on_air, None)
        forecast = await asyncio.to_thread(self._parse, contest, on_air.number, on_air.document)
        if not history:
            return Seen(on_air, forecast)
        night = self._nights.setdefault(contest, _Night())
        async with night.lock:
            await asyncio.to_thread(self._catch_up, contest, night, len(forecast.areas))
        heads = [head for head in night.heads if head.number <= on_air.number]
        return Seen(on_air, forecast, tuple(map(_moment, heads)), dict(night.before))

    def heads(self, contest: str) -> tuple[Head, ...]:
        """What has been published of a contest, in order."""
        return tuple(_pages(self._history(contest), 0))

    async def forecast(self, contest: str, number: int) -> Forecast | None:
        """A forecast of the past, where it was ever published."""
        stored = await asyncio.to_thread(self.service.store.forecast, contest, number)
        if stored is None or stored.published is None or self.service.state(contest).is_rehearsed(stored.published):
            return None
        return await asyncio.to_thread(self._parse, contest, number, stored.document)

    def _history(self, contest: str) -> Callable[..., Sequence[Head]]:
        return partial(self.service.desks.desk(contest).history, self.service.store)

    def _parse(self, contest: str, number: int, document: str) -> Forecast:
        key = (contest, number)
        if key not in self._parsed:
            parsed = Forecast.model_validate_json(document)
            while len(self._parsed) >= PARSED:
                self._parsed.pop(next(iter(self._parsed)), None)
            self._parsed[key] = parsed
        return self._parsed[key]

    def _catch_up(self, contest: str, night: _Night, areas: int) -> None:
        """Read what has been published since, and what it expected of areas that declared next."""
        desk = self.service.desks.desk(contest)
        if (past := (desk.past, len(desk.state.rehearsals))) != night.past:
            night.past, night.heads, night.before = past, [], {}  # what is known is not what there is any more
        last = night.heads[-1:]
        new = list(_pages(self._history(contest), last[0].number if last else 0))
        if not new:
            return
        turns = [one.number for one, two in pairwise([*last, *new]) if two.areas_declared > one.areas_declared]
        for number in turns if areas <= SMALL else turns[-REMEMBERED:]:
            stored = self.service.store.forecast(contest, number)
            if stored is not None:
                night.before |= _expected(self._parse(contest, number, stored.document))
        night.heads += new


def _pages(history: Callable[..., Sequence[Head]], after: int) -> Iterator[Head]:
    """Every head after a number, five hundred at a time."""
    while heads := history(after=after, limit=500):
        yield from heads
        after = heads[-1].number


def _expected(forecast: Forecast) -> dict[str, Expected]:
    return {area.id: expect_area(forecast, area) for area in forecast.areas if area.status != "declared"}


def _moment(head: Head) -> Moment:
    return Moment(head.number, head.at, head.areas_declared, head.latest, head.win_probabilities, head.displays)
