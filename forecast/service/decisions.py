"""Whether a decision can be carried out as things stand, and the journal entry that carries it out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from forecast.alarms.integrity import refusal
from forecast.errors import Defect, ForecastError, NewsError
from forecast.journal.entry import Entry, EntryKind
from forecast.journal.item_json import write_item
from forecast.service.actors import same_person
from forecast.service.call import refuse_early
from forecast.service.decision import TARGETS, Decision, write_decision
from forecast.service.desk import Proposal
from forecast.service.intake import as_entered
from forecast.service.live_desk import LiveDesk

if TYPE_CHECKING:
    from forecast.journal.store import Store, Stored

__all__ = ["append_configured", "append_decision", "entry_of_decision"]

CONFIGURATION = "configuration"


def append_decision(store: Store, desk: LiveDesk, decision: Decision, actor: str, second: bool = False) -> Entry:
    """Carry a decision out as things stand: its entry, which is on disk.

    Parameters
    ----------
    second
        Whether nobody lets their own item in, where it disagrees with another source either.

    Raises
    ------
    ForecastError
        As of `entry_of_decision`.
    Overtaken
        Where what it is about is not as it was when that was looked at; a hold or the like is about nothing.
    """
    judged = decision.action in TARGETS or decision.action == "sign-off"
    seen = desk.state.sequence if judged else None
    kind, body = entry_of_decision(desk, decision, actor, desk.on_air(store))
    if second and decision.action == "choose" and decision.keep == "new":
        _refuse_own(_find(desk.state.conflicts, decision.entry, "disagreement"), "choose", actor)
    return store.append(desk.id, kind, actor, body, seen=seen).entry


def append_configured(store: Store, desk: LiveDesk) -> None:
    """Journal whether a contest is a test where the configuration says otherwise than when it was last heeded.

    So the journal alone says at which of its entries the contest was a test, and what an editor has decided since
    stays until the configuration is changed. A rehearsal begun by a version that did not say so is one as a ``whole``.
    """
    test = desk.served.listing.test
    if test != desk.state.configured_test:
        body = write_decision(Decision("test" if test else "live", "As configured.")) | {"configured": True}
        body |= {"whole": True} if test and not _was_real(store, desk) else {}
        store.append(desk.id, EntryKind.DECISION, CONFIGURATION, body)


def _was_real(store: Store, desk: LiveDesk) -> bool:
    """Whether a contest was on air as live, or it was ever decided whether it is a test."""
    entries = store.entries(desk.id, kinds=[EntryKind.DECISION, EntryKind.PUBLICATION])
    return any(each.body.get("status") == "live" or each.body.get("action") in {"test", "live"} for each in entries)


def entry_of_decision(
    desk: LiveDesk, decision: Decision, actor: str, published: Stored | None = None
) -> tuple[EntryKind, dict[str, Any]]:
    """The kind and body of the entry to append.

    Parameters
    ----------
    published
        The forecast on air, which a sign-off is of.

    Raises
    ------
    ForecastError
        Where what it is about is not there, or it may not be done by this person.
    """
    match decision.action:
        case "confirm":
            return _confirm(desk, decision, actor)
        case "reject":
            proposal = _find((*desk.state.proposals, *desk.state.conflicts), decision.entry, "item that waits")
            return EntryKind.REJECTED, {"proposal": proposal.sequence, "reason": decision.reason}
        case "choose":
            return EntryKind.DECISION, _choose(desk, decision)
        case "undo":
            _refuse_undo(desk, decision.entry)
        case "release" if desk.state.hold is None:
            raise ForecastError(Defect("release", f"{desk.id} is not held."))
        case "sign-off":
            number = refuse_early(desk.state, published)
            return EntryKind.DECISION, write_decision(decision) | {"forecast": number}
        case "withdraw-sign-off" if not any(same_person(actor, each.actor) for each in desk.state.sign_offs):
            raise ForecastError(Defect("withdraw-sign-off", f"{actor} has not signed off."))
    return EntryKind.DECISION, write_decision(decision)


def _confirm(desk: LiveDesk, decision: Decision, actor: str) -> tuple[EntryKind, dict[str, Any]]:
    proposal = _find(desk.state.proposals, decision.entry, "item that waits for a second person")
    _refuse_own(proposal, "confirm", actor)
    defect = refusal(desk.tally(), proposal.item)
    if defect is not None:
        raise NewsError(defect)
    return EntryKind.CONFIRMED, {"proposal": proposal.sequence}


def _choose(desk: LiveDesk, decision: Decision) -> dict[str, Any]:
    conflict = _find(desk.state.conflicts, decision.entry, "disagreement")
    body = write_decision(decision)
    if decision.keep == "standing":
        return body
    item = as_entered(desk.tally(), conflict.item)
    defect = refusal(desk.tally(), item)
    if defect is not None:
        raise NewsError(defect)
    return body | {"item": write_item(item)}


def _refuse_own(proposal: Proposal, action: str, actor: str) -> None:
    if same_person(proposal.actor, actor):
        raise ForecastError(Defect(action, "it was you who entered it.", f"Somebody else must {action} it."))


def _find(waiting: Sequence[Proposal], number: int, what: str) -> Proposal:
    found = next((each for each in waiting if each.sequence == number), None)
    if found is None:
        known = ", ".join(str(each.sequence) for each in waiting) or "none"
        raise ForecastError(Defect(f"entry {number}", f"is no {what}.", f"There are: {known}."))
    return found


def _refuse_undo(desk: LiveDesk, number: int) -> None:
    taken = next((each for each in desk.state.taken if each.sequence == number), None)
    if taken is None:
        raise ForecastError(Defect(f"entry {number}", f"let no item of news into {desk.id}."))
    if taken.undone:
        raise ForecastError(Defect(f"entry {number}", "was undone already."))
