"""What an item of news would do before it is let in: the checks, what would change, whether two sources disagree."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from forecast.alarms.integrity import Alarm, find_alarms, fold_admitted, refusal
from forecast.contests.contest import Contest
from forecast.declaration import Declaration, Kind
from forecast.errors import Defect, NewsError
from forecast.journal.entry import Entry
from forecast.service.desk import DeskState, Disagreement
from forecast.tally import Status as Stage
from forecast.tally import Tally, add

__all__ = [
    "Change",
    "Preview",
    "Receipt",
    "Status",
    "Totals",
    "as_entered",
    "find_disagreements",
    "from_feed",
    "preview",
    "tally_of",
]

COMPARED = {Kind.VERIFIED, Kind.PROVISIONAL, Kind.DECLARED}
OWN_NEWS = "the contest's own news"
Status = Literal["accepted", "pending", "repeated", "conflict"]


@dataclass(frozen=True, slots=True)
class Change:
    """A figure of an area (its id, or the contest's) that an item would change; None is not known."""

    area: str
    figure: str
    before: int | float | str | None
    after: int | float | str | None


@dataclass(frozen=True, slots=True)
class Totals:
    """An area's sums as they would stand: what is typed adds up to what, and how many papers are unaccounted for."""

    votes: int | None
    valid: int | None
    rejected: int | None
    ballots: int | None
    electorate: int | None
    unaccounted: int | None


@dataclass(frozen=True, slots=True)
class Preview:
    """What an item would do; nothing has been done.

    Parameters
    ----------
    defects
        Why it would be refused; empty where it would not.
    alarms
        What to look at before it goes on air; they refuse nothing.
    changes
        Every figure it would change; none where it only repeats what is known.
    totals
        The area's sums with it, or None where it is refused.
    disagreements
        Figures that another source gave differently: a person must choose.
    """

    item: Declaration
    defects: tuple[Defect, ...]
    alarms: tuple[Alarm, ...]
    changes: tuple[Change, ...]
    totals: Totals | None
    disagreements: tuple[Disagreement, ...] = ()


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of an item that was given in, and the entry that is on disk.

    ``accepted``: part of the night. ``pending``: waits for a second person. ``conflict``: waits for a choice
    between two sources. ``repeated``: known already, by its key or because it changes nothing (then without an entry).
    """

    status: Status
    entry: Entry | None
    preview: Preview | None = None


def tally_of(contest: Contest, state: DeskState) -> Tally:
    """What is known after the items that count."""
    return fold_admitted(contest, state.items)[0]


def preview(
    contest: Contest,
    state: DeskState,
    item: Declaration,
    *,
    actor: str = "",
    tally: Tally | None = None,
    look: bool = True,
) -> Preview:
    """What an item would do to a contest as it stands.

    Parameters
    ----------
    actor
        Who gives it; a correction that a feed gives does not settle a disagreement, a person's does.
    tally
        Of the state's items, where it is at hand.
    look
        Whether alarms are looked for, which takes as long as there are areas.
    """
    before = tally_of(contest, state) if tally is None else tally
    found = tuple(find_disagreements(contest, state, before, item, actor))
    defect = refusal(before, as_entered(before, item) if found else item)
    if defect is not None:
        return Preview(item, (defect,), (), (), None, ())
    after = add(before, item)
    known = set(find_alarms(before)) if look else set()
    alarms = tuple(alarm for alarm in find_alarms(after) if alarm not in known) if look else ()
    return Preview(item, (), alarms, tuple(_changes(before, after, item.area)), _totals(after, item.area), found)


def as_entered(tally: Tally, item: Declaration) -> Declaration:
    """The item itself where it may follow what is known, else as the correction that a person has made of it."""
    if refusal(tally, item) is None or item.kind not in COMPARED:
        return item
    return replace(item, kind=Kind.CORRECTED)


def from_feed(actor: str) -> bool:
    """Whether an actor is a feed and not a person."""
    return actor.startswith("feed ")


def find_disagreements(
    contest: Contest, state: DeskState, tally: Tally, item: Declaration, actor: str = ""
) -> Iterator[Disagreement]:
    """Figures that an item gives differently from what another source gave of the same thing.

    Figures that follow one another are not in disagreement: part of a count and the whole of it, a provisional result
    and its declaration. Nor is a person's correction, which is a choice; a feed's is one only of its own figures.
    """
    compared = COMPARED | ({Kind.CORRECTED} if from_feed(actor) else set())
    if item.kind not in compared or not _is_known(contest, item):
        return
    source, status = item.source or actor, _status(tally, item.area)
    final = Stage.PROVISIONAL if item.kind is Kind.PROVISIONAL else Stage.DECLARED
    for figure, given in _figures(item).items():
        standing = _standing(tally, item.area, figure)
        if np.isnan(standing) or standing == given or (figure != "ballots" and status < final):
            continue
        earlier = _source_of(state, item.area, figure)
        if earlier != source:
            yield Disagreement(item.area, figure, int(standing), given, earlier, source)


def refuse(item_preview: Preview) -> None:
    """Raise where an item would be refused."""
    if item_preview.defects:
        raise NewsError(item_preview.defects)


def _is_known(contest: Contest, item: Declaration) -> bool:
    """Whether area and candidates are the contest's; the hard checks say what is wrong where they are not."""
    try:
        _ = item.area == contest.id or contest.area_index(item.area)
        return all(contest.candidate_index(name) >= 0 for name in item.votes)
    except KeyError:
        return False


def _figures(item: Declaration) -> dict[str, int]:
    given = {"ballots": item.ballots, "rejected": item.rejected, "valid": item.valid, **item.votes}
    return {figure: number for figure, number in given.items() if number is not None}


def _standing(tally: Tally, area: str, figure: str) -> float:
    """A figure as it is known, NaN where it is not."""
    whole = area == tally.contest.id
    place = -1 if whole else tally.contest.area_index(area)
    if figure in {"ballots", "rejected", "valid"}:
        return float(getattr(tally, f"whole_{figure}") if whole else getattr(tally, figure)[place])
    candidate = tally.contest.candidate_index(figure)
    return float(tally.whole_votes[candidate] if whole else tally.votes[place, candidate])


def _status(tally: Tally, area: str) -> Stage:
    if area != tally.contest.id:
        return Stage(tally.status[tally.contest.area_index(area)])
    declared = np.isfinite(tally.whole_votes).any() or np.isfinite([tally.whole_valid, tally.whole_rejected]).any()
    return Stage.DECLARED if declared else Stage.NOTHING


def _source_of(state: DeskState, area: str, figure: str) -> str:
    """Who gave the figure that stands."""
    return next(
        (
            taken.item.source or taken.actor
            for taken in reversed(state.taken)
            if not taken.undone and taken.item.area == area and figure in _figures(taken.item)
        ),
        "",
    )


def _changes(before: Tally, after: Tally, area: str) -> Iterator[Change]:
    """Every figure of the area that is not as it was."""
    was, now = _status(before, area), _status(after, area)
    if was != now:
        yield Change(area, "status", was.name.lower(), now.name.lower())
    for figure in ("ballots", "rejected", "valid", *(each.id for each in after.contest.candidates)):
        old, new = _whole(_standing(before, area, figure)), _whole(_standing(after, area, figure))
        if old != new:
            yield Change(area, figure, old, new)
    if area != after.contest.id:
        place = after.contest.area_index(area)
        if before.checked[place] != after.checked[place]:
            yield Change(area, "checked", *("yes" if each.checked[place] else "no" for each in (before, after)))
        counted = [None if np.isnan(each.counted[place]) else float(each.counted[place]) for each in (before, after)]
        if counted[0] != counted[1]:
            yield Change(area, "counted", counted[0], counted[1])


def _totals(tally: Tally, area: str) -> Totals:
    whole = area == tally.contest.id
    place = -1 if whole else tally.contest.area_index(area)
    votes = tally.whole_votes if whole else tally.votes[place]
    added = None if np.isnan(votes).all() else int(np.nansum(votes))
    valid, rejected, ballots = (_whole(_standing(tally, area, name)) for name in ("valid", "rejected", "ballots"))
    counted = added if valid is None else valid
    left = None if ballots is None or counted is None else ballots - counted - (rejected or 0)
    electorates = [each.electorate for each in tally.contest.areas]
    known = sum(filter(None, electorates)) if None not in electorates else None
    return Totals(added, valid, rejected, ballots, known if whole else electorates[place], left)


def _whole(number: float) -> int | None:
    return None if np.isnan(number) else int(number)
