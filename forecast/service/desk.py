"""The desk's state of one contest: a pure fold over its entries in the journal, made again wherever it is needed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from forecast.contest import Contest
from forecast.declaration import Declaration, Kind
from forecast.journal.entry import Entry, EntryKind
from forecast.journal.item_json import read_item
from forecast.service.actors import person_of, same_person

__all__ = ["DeskState", "Disagreement", "Hold", "Proposal", "SignOff", "Taken", "add_entry", "fold_entries"]

SIGN_OFFS = 2  # different editors before a contest is call-ready
REMEMBERED = 50  # refusals shown


@dataclass(frozen=True, slots=True)
class Taken:
    """An item of news that was accepted: by which entry, by whom, when, and whether it was taken back since."""

    sequence: int
    item: Declaration
    actor: str
    at: datetime
    undone: bool = False


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A figure that two sources give differently: ``standing`` is what the tally holds, ``given`` what came since."""

    area: str
    figure: str
    standing: int
    given: int
    standing_source: str
    given_source: str


@dataclass(frozen=True, slots=True)
class Proposal:
    """An item that waits for a person: for a second one to confirm it, or to choose where ``disagreements`` are.

    ``sequence`` is the entry's, and its name in decisions.
    """

    sequence: int
    item: Declaration
    actor: str
    at: datetime
    reason: str = ""
    disagreements: tuple[Disagreement, ...] = ()


@dataclass(frozen=True, slots=True)
class Hold:
    """Why nothing new goes on air, who said so and when."""

    reason: str
    actor: str
    at: datetime


@dataclass(frozen=True, slots=True)
class SignOff:
    """One editor's word that a contest is ready to be called."""

    actor: str
    at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class DeskState:
    """What people and the service have decided about one contest so far.

    Parameters
    ----------
    contest
        The listing's id.
    sequence
        The last entry folded in.
    taken
        Every item accepted, in order; those taken back are marked.
    changed, changed_at
        The last entry that changed the items, and when: a forecast of an earlier one is behind the news.
    proposals
        Items waiting for a second person.
    conflicts
        Items waiting because two sources disagree.
    hold, embargo_until, test, label
        As decided by editors (or by the cross-check, for a hold).
    test_since, before_test
        The decision that made it a test, and the state to whose news it goes back when it is live again.
    rehearsals
        The decisions that began and ended each time that it was a test and is no more.
    configured_test
        Whether it was a test by the configuration last heeded.
    sign_offs
        Editors' words that it is call-ready; taken back by any correction, withdrawal or undo that follows.
    trouble
        Why the last update failed; empty where it did not.
    refusals
        The last items refused, in words.
    """

    contest: str
    sequence: int = 0
    taken: tuple[Taken, ...] = ()
    changed: int = 0
    changed_at: datetime | None = None
    proposals: tuple[Proposal, ...] = ()
    conflicts: tuple[Proposal, ...] = ()
    hold: Hold | None = None
    embargo_until: datetime | None = None
    test: bool = False
    test_since: int = 0
    before_test: DeskState | None = None
    rehearsals: tuple[tuple[int, int], ...] = ()
    configured_test: bool = False
    label: str = ""
    sign_offs: tuple[SignOff, ...] = ()
    trouble: str = ""
    refusals: tuple[str, ...] = ()

    @property
    def items(self) -> tuple[Declaration, ...]:
        """The news that counts, in order: what a forecast is made of."""
        return tuple(taken.item for taken in self.taken if not taken.undone)

    @property
    def signed_off(self) -> bool:
        """Whether two different editors have said that it is call-ready."""
        return len({person_of(each.actor) for each in self.sign_offs}) >= SIGN_OFFS

    def key(self, given: str) -> str:
        """An idempotency key as the journal keeps it: one of a rehearsal is good for that rehearsal alone."""
        return f"test {self.test_since}: {given}" if given and self.test else given

    def is_rehearsed(self, sequence: int) -> bool:
        """Whether an entry is of a rehearsal that has ended: nothing of it counts or is shown any more."""
        return any(begun <= sequence < ended for begun, ended in self.rehearsals)

    def is_embargoed(self, now: datetime) -> bool:
        """Whether viewers may see nothing yet."""
        return self.embargo_until is not None and now < self.embargo_until


def fold_entries(contest: Contest, entries: Iterable[Entry], start: DeskState) -> DeskState:
    """The state after these entries of one contest, in their order."""
    for entry in entries:
        start = add_entry(contest, start, entry)
    return start


def add_entry(contest: Contest, state: DeskState, entry: Entry) -> DeskState:
    """The state after one more entry; one that was folded in before changes nothing."""
    if entry.sequence <= state.sequence:
        return state
    if entry.kind is EntryKind.NEWS:
        return _enter(state, entry, read_item(entry.body["item"], contest), entry.actor)
    state = replace(state, sequence=entry.sequence)
    match entry.kind:
        case EntryKind.PROPOSAL:
            return _propose(contest, state, entry)
        case EntryKind.CONFIRMED:
            return _confirm(state, entry)
        case EntryKind.REJECTED:
            return _drop(state, int(entry.body["proposal"]))
        case EntryKind.DECISION:
            return _decide(contest, state, entry)
        case EntryKind.ALARM if "refused" in entry.body:
            refused = (*state.refusals, *map(str, entry.body["refused"]))
            return replace(state, refusals=refused[-REMEMBERED:])
        case EntryKind.SERVICE if "trouble" in entry.body:
            return replace(state, trouble=str(entry.body["trouble"]))
    return state


def _item(contest: Contest, state: DeskState, body: Mapping[str, Any]) -> Declaration:
    """An item as it enters: numbered among all that were ever accepted, so that undoing one renumbers no other."""
    number = len(state.taken) + 1
    return replace(read_item(body, contest), sequence=number, where=f"item {number}")


def _enter(state: DeskState, entry: Entry, item: Declaration, actor: str) -> DeskState:
    number = len(state.taken) + 1
    item = replace(item, sequence=number, where=f"item {number}")
    backward = item.kind in {Kind.CORRECTED, Kind.WITHDRAWN}
    return replace(
        state,
        sequence=entry.sequence,
        taken=(*state.taken, Taken(entry.sequence, item, actor, entry.at)),
        changed=entry.sequence,
        changed_at=entry.at,
        sign_offs=() if backward else state.sign_offs,
    )


def _propose(contest: Contest, state: DeskState, entry: Entry) -> DeskState:
    found = tuple(Disagreement(**each) for each in entry.body.get("disagreements", ()))
    item, reason = _item(contest, state, entry.body["item"]), str(entry.body.get("reason", ""))
    proposal = Proposal(entry.sequence, item, entry.actor, entry.at, reason, found)
    if found:
        return replace(state, conflicts=(*state.conflicts, proposal))
    return replace(state, proposals=(*state.proposals, proposal))


def _confirm(state: DeskState, entry: Entry) -> DeskState:
    number = int(entry.body["proposal"])
    proposal = next((each for each in state.proposals if each.sequence == number), None)
    if proposal is None:
        return state
    return _enter(_drop(state, number), entry, proposal.item, f"{proposal.actor}, confirmed by {entry.actor}")


def _drop(state: DeskState, number: int) -> DeskState:
    return replace(
        state,
        proposals=tuple(each for each in state.proposals if each.sequence != number),
        conflicts=tuple(each for each in state.conflicts if each.sequence != number),
    )


def _decide(contest: Contest, state: DeskState, entry: Entry) -> DeskState:
    body = entry.body
    reason = str(body.get("reason", ""))
    match body.get("action"):
        case "hold":
            return replace(state, hold=Hold(reason, entry.actor, entry.at))
        case "release":
            return replace(state, hold=None)
        case "embargo":
            until = body.get("until")
            return replace(state, embargo_until=None if until is None else datetime.fromisoformat(str(until)))
        case "test" | "live" as action:
            configured = action == "test" if body.get("configured") else state.configured_test
            change = _begin_test if action == "test" else _end_test
            return change(replace(state, configured_test=configured), entry)
        case "label":
            return replace(state, label=str(body.get("text", "")))
        case "sign-off":
            others = _others(state, entry.actor)
            return replace(state, sign_offs=(*others, SignOff(entry.actor, entry.at, reason)))
        case "withdraw-sign-off":
            return replace(state, sign_offs=_others(state, entry.actor))
        case "choose":
            return _choose(contest, state, entry)
        case "undo":
            return _undo(state, entry)
    return state


def _begin_test(state: DeskState, entry: Entry) -> DeskState:
    begun = replace(state, test=True, test_since=entry.sequence, before_test=state, sign_offs=())
    return state if state.test else begun


def _end_test(state: DeskState, entry: Entry) -> DeskState:
    """Live: its news is as if nothing had been given in or decided of it since it became a test."""
    if not state.test:
        return state
    real = state.before_test or DeskState(state.contest)
    return replace(
        state,
        taken=real.taken,
        proposals=real.proposals,
        conflicts=real.conflicts,
        refusals=real.refusals,
        sign_offs=(),
        changed=entry.sequence,
        changed_at=entry.at,
        test=False,
        before_test=None,
        rehearsals=(*state.rehearsals, (state.test_since, entry.sequence)),
    )


def _others(state: DeskState, actor: str) -> tuple[SignOff, ...]:
    """The sign-offs of everybody else."""
    return tuple(each for each in state.sign_offs if not same_person(each.actor, actor))


def _choose(contest: Contest, state: DeskState, entry: Entry) -> DeskState:
    """Keep what stands, or let the other source's item in as the correction that it is."""
    state = _drop(state, int(entry.body["conflict"]))
    if entry.body.get("keep") != "new":
        return state
    return replace(_enter(state, entry, read_item(entry.body["item"], contest), entry.actor), sign_offs=())


def _undo(state: DeskState, entry: Entry) -> DeskState:
    undone = int(entry.body["entry"])
    taken = tuple(replace(each, undone=True) if each.sequence == undone else each for each in state.taken)
    return replace(state, taken=taken, changed=entry.sequence, changed_at=entry.at, sign_offs=())
