"""Taking news in: known by its key, refused, in disagreement, waiting for a second person, or accepted.

Items that come together are judged one after the other, each as if those before it were in, and are appended together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from hashlib import sha256

from forecast.contests.contest import Contest
from forecast.declaration import Declaration
from forecast.errors import Conflict, Defect, ForecastError, NewsError
from forecast.feeds.refused import PASSING, overtakes
from forecast.journal.entry import Entry, EntryKind, Written
from forecast.journal.item_json import read_item, write_item
from forecast.journal.store import Store
from forecast.service.desk import DeskState, Proposal
from forecast.service.folding import add_entry
from forecast.service.intake import Preview, Receipt, Status, from_feed, preview
from forecast.service.live_desk import REFUSED, LiveDesk
from forecast.tally import Tally, add

__all__ = ["Keyed", "Outcome", "stamp", "take_items"]

LATEST = timedelta(days=7)  # after polling day: counts and recounts are over

type Keyed = tuple[Declaration, str]  # an item and its idempotency key, empty without
type Outcome = Receipt | ForecastError


@dataclass(slots=True)
class _Plan:
    """What is to be appended, and how everything would stand then.

    Parameters
    ----------
    outcomes
        Of each item: a receipt or an error, or the place in ``written`` of its entry with its status and preview.
    known
        Keys of items of this plan.
    """

    desk: LiveDesk
    state: DeskState
    tally: Tally
    written: list[Written] = field(default_factory=list)
    outcomes: list[Outcome | tuple[int, Status, Preview]] = field(default_factory=list)
    known: dict[str, tuple[int, Declaration]] = field(default_factory=dict)

    def append(self, written: Written, at: Entry) -> int:
        self.written.append(written)
        self.state = add_entry(self.desk.contest, self.state, at)
        return len(self.written) - 1


def take_items(
    store: Store,
    desk: LiveDesk,
    given: Sequence[Keyed],
    actor: str,
    waits: bool,
    *,
    whole: bool = False,
    look: bool = False,
    test: bool | None = None,
) -> list[Outcome]:
    """Check items in their order and append what becomes of them together: what each has come to, or why it has not.

    The caller sees to it that nobody does so beside us.

    Parameters
    ----------
    waits
        Whether a second person must confirm them.
    whole
        Whether nothing is taken where one of them is refused.
    look
        Whether receipts hold the alarms that items would raise.
    test
        Whether the contest was a test when they were read, where that matters.

    Raises
    ------
    ForecastError
        Where it is not as ``test`` says any more: they are to be read anew.
    NewsError
        Where ``whole`` and one of them is refused: with all that is wrong, which is journalled.
    Overtaken
        Where the contest is not as it was when they were judged: none is taken.
    StoreAway
        Where they cannot be kept just now: none is.
    """
    state = desk.state
    if test is not None and state.test != test:
        raise ForecastError(Defect(desk.id, f"is {'' if state.test else 'no '}test now: this was read before."))
    plan = _Plan(desk, state, desk.tally())
    for item, key in given:
        _add(plan, store, item, actor, key, waits, look)
    if whole:
        _refuse_whole(plan, store, given, actor)
    entries = [appended.entry for appended in store.append_many(desk.id, plan.written, seen=state.sequence)]
    return [Receipt(each[1], entries[each[0]], each[2]) if isinstance(each, tuple) else each for each in plan.outcomes]


def stamp(item: Declaration, contest: Contest, now: datetime) -> Declaration:
    """An item of a night under way, with the time at which it came where it has none.

    News of a night long past, played again or read in, keeps what is known of its times: now is not one of them.
    """
    if item.at is not None or now.date() > contest.polling_day + LATEST:
        return item
    return replace(item, at=now)


def _add(plan: _Plan, store: Store, item: Declaration, actor: str, key: str, waits: bool, look: bool) -> None:
    """Judge one more item as if those before it were in."""
    desk, key = plan.desk, plan.desk.state.key(key)
    if key and key in desk.keys:
        plan.outcomes.append(_known(desk.keys[key], key, item))
        return
    if key and key in plan.known:
        place, first = plan.known[key]
        again = plan.outcomes[place] if write_item(first) == write_item(item) else _used(key)
        plan.outcomes.append(again)
        return
    plan.known |= {key: (len(plan.outcomes), item)} if key else {}
    if from_feed(actor) and _is_past(desk, item, key, actor):
        defect = Defect(
            item.where, "was refused when it came, and is of what was then.", "Enter it by hand if it holds."
        )
        plan.outcomes.append(NewsError(defect))
        return
    item = stamp(item, desk.contest, store.now())
    found = preview(desk.contest, plan.state, item, actor=actor, tally=plan.tally, look=look)
    plan.outcomes.append(_judge(plan, store, item, actor, key, waits, found))


def _judge(
    plan: _Plan, store: Store, item: Declaration, actor: str, key: str, waits: bool, found: Preview
) -> Outcome | tuple[int, Status, Preview]:
    body = write_item(item)
    mark = {"test": True} if plan.state.test else {}
    if found.defects:
        words = [str(defect) for defect in found.defects]
        once = _once(actor, key, words)
        if once not in plan.desk.keys:
            _append(plan, store, Written(EntryKind.ALARM, actor, {"refused": words, "item": body, **mark}, once))
        return NewsError(found.defects)
    if not found.changes:
        return Receipt("repeated", None, found)
    if found.disagreements or waits:
        status: Status = "conflict" if found.disagreements else "pending"
        waiting = _waiting(plan.state, item)
        if waiting is not None and waiting.sequence <= plan.desk.state.sequence:
            return Receipt(status, store.entries(plan.desk.id, after=waiting.sequence - 1, limit=1)[0], found)
        return (
            _append(plan, store, Written(EntryKind.PROPOSAL, actor, _proposal(body, found) | mark, key)),
            status,
            found,
        )
    place = _append(plan, store, Written(EntryKind.NEWS, actor, {"item": body, **mark}, key))
    plan.tally = add(plan.tally, plan.state.taken[-1].item)
    return place, "accepted", found


def _is_past(desk: LiveDesk, item: Declaration, key: str, actor: str) -> bool:
    """Whether what was refused of a feed is of a moment that is past: a withdrawal, or what it gave anew since."""
    if (refused := desk.refused.get(key)) is None:
        return False
    return item.kind in PASSING or any(
        each.actor == actor
        and each.kind in {EntryKind.NEWS, EntryKind.PROPOSAL}
        and desk.refused.get(known, each.sequence) > refused
        and not desk.state.is_rehearsed(each.sequence)
        and overtakes(read_item(each.body["item"], desk.contest), item)
        for known, each in desk.keys.items()
    )


def _once(actor: str, key: str, words: Sequence[str]) -> str:
    """What a refusal is known by: a feed that is read anew after a restart raises no second alarm in the same words."""
    digest = sha256("\n".join(words).encode()).hexdigest()[:16]
    return f"{key}{REFUSED}{digest}" if key and from_feed(actor) else ""


def _append(plan: _Plan, store: Store, written: Written) -> int:
    """Plan an entry; its sequence is only known once it is on disk."""
    sequence = plan.state.sequence + 1
    entry = Entry(
        sequence, plan.desk.id, written.kind, store.now(), written.actor, written.body, "", "", written.idempotency_key
    )
    return plan.append(written, entry)


def _refuse_whole(plan: _Plan, store: Store, given: Sequence[Keyed], actor: str) -> None:
    defects = [
        replace(defect, where=f"item {place}, {defect.where}" if defect.where else f"item {place}")
        for place, outcome in enumerate(plan.outcomes, start=1)
        if isinstance(outcome, ForecastError)
        for defect in outcome.defects
    ]
    if not defects:
        return
    refused = {"refused": [str(defect) for defect in defects], "items": len(given)}
    store.append(plan.desk.id, EntryKind.ALARM, actor, refused)
    raise NewsError(defects)


def _known(entry: Entry, key: str, item: Declaration) -> Outcome:
    return Receipt("repeated", entry) if _same(entry.body.get("item", {}), item) else _used(key)


def _used(key: str) -> Conflict:
    return Conflict(Defect("idempotency key", f'"{key}" was used for another item.', "Use a new key."))


def _waiting(state: DeskState, item: Declaration) -> Proposal | None:
    """The same item where it waits already: it is not made to wait twice."""
    waiting = (*state.conflicts, *state.proposals)
    return next((each for each in waiting if _same(write_item(each.item), replace(item, at=None))), None)


def _same(written: Mapping[str, object], item: Declaration) -> bool:
    """Whether an item is the one that was written, which was given its time where it came without."""
    return write_item(item) == (written if item.at is not None else {**written, "at": None})


def _proposal(item: dict[str, object], found: Preview) -> dict[str, object]:
    sides = [
        {
            "area": each.area,
            "figure": each.figure,
            "standing": each.standing,
            "given": each.given,
            "standing_source": each.standing_source,
            "given_source": each.given_source,
        }
        for each in found.disagreements
    ]
    reason = "Two sources disagree." if sides else "Waits for a second person."
    return {"item": item, "reason": reason, "disagreements": sides}
