"""A contest's state after each entry of its journal: a pure fold, made again wherever it is needed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from forecast.contests.contest import Contest
from forecast.declaration import Declaration, Kind
from forecast.journal.entry import Entry, EntryKind
from forecast.journal.item_json import read_item
from forecast.service.actors import same_person
from forecast.service.desk import DeskState, Disagreement, Hold, Proposal, SignOff, Taken

__all__ = ["add_entry", "fold_entries"]

REMEMBERED = 50  # refusals shown


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


def _numbered(state: DeskState, item: Declaration) -> Declaration:
    """An item as it enters: numbered among all that were ever accepted, so that undoing one renumbers no other."""
    number = len(state.taken) + 1
    return replace(item, sequence=number, where=f"item {number}")


def _enter(state: DeskState, entry: Entry, item: Declaration, actor: str) -> DeskState:
    item = _numbered(state, item)
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
    item = _numbered(state, read_item(entry.body["item"], contest))
    proposal = Proposal(entry.sequence, item, entry.actor, entry.at, str(entry.body.get("reason", "")), found)
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
    if state.test:
        return state
    real, since = (None, 0) if entry.body.get("whole") else (state, entry.sequence)
    return replace(state, test=True, test_since=since, before_test=real, sign_offs=())


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
