"""Everything known so far, as arrays: a fold over the items of news."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forecast.contests.contest import Contest
from forecast.declaration import Declaration, Kind

__all__ = ["Sheet", "Status", "Tally", "add", "empty_tally", "fold"]


type Figures = NDArray[np.float64]
type Columns = tuple[NDArray[np.int8], Figures, Figures, Figures, Figures, Figures, NDArray[np.bool_]]


class Status(IntEnum):
    """How far an area's count has come."""

    NOTHING = 0
    VERIFIED = 1
    PARTIAL = 2
    PROVISIONAL = 3
    DECLARED = 4


@dataclass(frozen=True, slots=True, eq=False)
class Tally:
    """What is known at one moment of the night. Arrays are read-only; NaN means not known, never zero.

    Parameters
    ----------
    status
        (area,) of `Status`.
    ballots, rejected, valid
        (area,) papers verified, papers rejected, valid votes, where given. While an area is partly counted,
        ``rejected``, ``valid`` and ``votes`` are what has been counted so far; ``ballots`` is always all of them.
    counted
        (area,) share of the area's votes counted so far where it is partly counted and said.
    votes
        (area, candidate) votes reported.
    checked
        (area,) whether the votes and ballots that stand were read back to the count and are right.
    whole_votes, whole_valid, whole_rejected, whole_ballots
        (candidate,) and scalars: the whole contest's declared figures, NaN until declared.
    items
        Every accepted item, in the order of arrival.
    order
        Positions of areas in the order in which they (first) declared, those still declared.
    as_of
        Time of the latest item that has one.
    """

    contest: Contest
    status: NDArray[np.int8]
    ballots: NDArray[np.float64]
    rejected: NDArray[np.float64]
    valid: NDArray[np.float64]
    counted: NDArray[np.float64]
    votes: NDArray[np.float64]
    checked: NDArray[np.bool_]
    whole_votes: NDArray[np.float64]
    whole_valid: float
    whole_rejected: float
    whole_ballots: float
    items: tuple[Declaration, ...]
    order: tuple[int, ...]
    as_of: datetime | None

    @property
    def declared(self) -> NDArray[np.bool_]:
        """(area,) whether the area's votes are final: never drawn, repeated exactly."""
        return np.asarray(self.status == Status.DECLARED, dtype=np.bool_)

    @property
    def outstanding(self) -> NDArray[np.bool_]:
        """(area,) whether the area has still to declare."""
        return ~self.declared

    @property
    def reported(self) -> NDArray[np.float64]:
        """(area,) votes reported for candidates who were named, added up; NaN where none was."""
        return np.where(np.isnan(self.votes).all(axis=1), np.nan, np.nansum(self.votes, axis=1))

    @property
    def complete(self) -> NDArray[np.bool_]:
        """(area,) whether it has declared and the votes of every candidate standing there are known."""
        unknown: NDArray[np.bool_] = (np.isnan(self.votes) & self.contest.standing).any(axis=1)
        return self.declared & ~unknown


def empty_tally(contest: Contest) -> Tally:
    """What is known before the first item of news: nothing."""
    return Sheet(contest).frozen()


def add(tally: Tally, item: Declaration) -> Tally:
    """The tally with one more item of news; the tally given is not touched.

    Trusts the item: what must be refused is refused in `forecast.alarms.integrity`. What each kind of item does:

    - *verified* gives the ballots.
    - *partial* replaces what was counted so far: a partial count is cumulative.
    - *provisional* gives all the votes, not yet final; without votes it makes them a recount's, kept but not final.
    - *declared* gives the final votes, and replaces what was counted before; a second one adds what the first left out.
    - *corrected* replaces the figures it gives, keeps the others, and makes the area declared. One that gives no votes,
      or is about a partial count, puts the figures right and leaves the count where it is.
    - *withdrawn* takes back everything but the ballots.
    - *checked* says that the votes or ballots it gives, which are those that stand, are right: until one of them
      changes, another comes or the count goes back.

    An item about the whole contest does the same to the whole contest's figures, which hold only what is final.
    """
    return fold(tally.contest, (item,), tally)


def fold(contest: Contest, items: Iterable[Declaration], start: Tally | None = None) -> Tally:
    """The tally of items of news, in their order, from ``start`` or from nothing."""
    sheet = Sheet(contest, start)
    for item in items:
        sheet.enter(item)
    return sheet.frozen()


class Sheet:
    """A tally being written: the one place where what an item of news does is said. It has a tally's attributes."""

    def __init__(self, contest: Contest, start: Tally | None = None) -> None:
        areas, candidates = len(contest.areas), len(contest.candidates)
        self.contest = contest
        if start is None:
            self.status = np.zeros(areas, np.int8)
            self.ballots, self.rejected, self.valid, self.counted = np.full((4, areas), np.nan)
            self.votes, self.checked = np.full((areas, candidates), np.nan), np.zeros(areas, np.bool_)
            self.whole_votes = np.full(candidates, np.nan)
            self.whole_valid = self.whole_rejected = self.whole_ballots = np.nan
            self.items, self.order = list[Declaration](), dict[int, int]()  # area's position to when it declared
            self.as_of: datetime | None = None
            return
        self.status, self.votes, self.whole_votes = start.status.copy(), start.votes.copy(), start.whole_votes.copy()
        self.ballots, self.rejected = start.ballots.copy(), start.rejected.copy()
        self.valid, self.counted, self.checked = start.valid.copy(), start.counted.copy(), start.checked.copy()
        self.whole_valid, self.whole_rejected = start.whole_valid, start.whole_rejected
        self.whole_ballots = start.whole_ballots
        self.order = {area: place for place, area in enumerate(start.order)}
        self.items, self.as_of = list(start.items), start.as_of

    def frozen(self) -> Tally:
        """The tally written; nothing more can be entered."""
        for array in (*self._columns, self.whole_votes):
            array.flags.writeable = False
        return Tally(
            self.contest,
            *self._columns,
            self.whole_votes,
            float(self.whole_valid),
            float(self.whole_rejected),
            float(self.whole_ballots),
            tuple(self.items),
            tuple(sorted(self.order, key=lambda area: self.order[area])),
            self.as_of,
        )

    @property
    def _columns(self) -> Columns:
        """What is known of areas, in a tally's order."""
        return self.status, self.ballots, self.rejected, self.valid, self.counted, self.votes, self.checked

    def undo(self, area: str) -> Callable[[], None]:
        """Return what takes back the next item that is entered, which is about this area or the whole contest."""
        items, as_of, whole = len(self.items), self.as_of, self.whole_votes.copy()
        figures = self.whole_valid, self.whole_rejected, self.whole_ballots
        i = None if area == self.contest.id else self.contest.area_index(area)
        columns: tuple[NDArray[Any], ...] = self._columns
        row = () if i is None else self._row(i)
        place = None if i is None else self.order.get(i)

        def take_back() -> None:
            del self.items[items:]
            self.as_of, self.whole_votes = as_of, whole
            self.whole_valid, self.whole_rejected, self.whole_ballots = figures
            for column, known in zip(columns, row, strict=False):
                column[i] = known
            if i is not None:
                self.order.pop(i, None)
                self.order |= {} if place is None else {i: place}

        return take_back

    def _row(self, i: int) -> tuple[NDArray[Any], ...]:
        return tuple(column[i].copy() for column in self._columns)

    def enter(self, item: Declaration) -> None:
        """Do what an item of news does."""
        if item.area == self.contest.id:
            self._enter_whole(item)
        else:
            self._enter_area(self.contest.area_index(item.area), item)
        self.items.append(item)
        if item.at is not None:
            self.as_of = item.at if self.as_of is None else max(self.as_of, item.at)

    def _enter_area(self, i: int, item: Declaration) -> None:
        before, known = Status(self.status[i]), (self.ballots[i], *self.votes[i])
        self.status[i] = after = _status_after(before, item, ballots_known=not np.isnan(self.ballots[i]))
        if _replaces(before, item):
            self.rejected[i] = self.valid[i] = np.nan
            self.votes[i] = np.nan
        if after is not Status.PARTIAL or item.kind is Kind.PARTIAL:
            self.counted[i] = np.nan
        for figures, given in (
            (self.ballots, item.ballots),
            (self.rejected, item.rejected),
            (self.valid, item.valid),
            (self.counted, item.counted if after is Status.PARTIAL else None),
        ):
            if given is not None:
                figures[i] = given
        for name, votes in item.votes.items():
            self.votes[i, self.contest.candidate_index(name)] = votes
        same = after >= before and np.array_equal(known, (self.ballots[i], *self.votes[i]), equal_nan=True)
        self.checked[i] = item.kind is Kind.CHECKED or (self.checked[i] and same)
        if after is Status.DECLARED:
            self.order.setdefault(i, len(self.items))
        else:
            self.order.pop(i, None)

    def _enter_whole(self, item: Declaration) -> None:
        if item.ballots is not None:
            self.whole_ballots = item.ballots
        if item.kind is Kind.WITHDRAWN:
            self.whole_votes[:] = np.nan
            self.whole_valid = self.whole_rejected = np.nan
        if item.kind not in {Kind.DECLARED, Kind.CORRECTED}:
            return
        if item.valid is not None:
            self.whole_valid = item.valid
        if item.rejected is not None:
            self.whole_rejected = item.rejected
        for name, votes in item.votes.items():
            self.whole_votes[self.contest.candidate_index(name)] = votes


def _status_after(before: Status, item: Declaration, *, ballots_known: bool) -> Status:
    """How far an area's count has come once an item is entered."""
    match item.kind:
        case Kind.PARTIAL:
            return Status.PARTIAL
        case Kind.PROVISIONAL:
            return Status.PROVISIONAL
        case Kind.WITHDRAWN:
            return Status.VERIFIED if ballots_known else Status.NOTHING
        case Kind.DECLARED:
            return Status.DECLARED
        case Kind.CORRECTED if item.votes and before is not Status.PARTIAL:
            return Status.DECLARED
    # Ballots by themselves declare nothing, and a part of a count is not made the whole of it by being put right.
    return before if item.ballots is None else max(before, Status.VERIFIED)


def _replaces(before: Status, item: Declaration) -> bool:
    """Whether what was counted before gives way to the item's figures, those it leaves out included."""
    match item.kind:
        case Kind.PARTIAL | Kind.WITHDRAWN:
            return True
        case Kind.PROVISIONAL:
            return bool(item.votes)
        case Kind.DECLARED:
            return bool(item.votes) and before is not Status.DECLARED
        case _:
            return False
