"""Taking an item of news in: known by its key, refused, in disagreement, waiting for a second person, or accepted."""

from __future__ import annotations

from forecast.declaration import Declaration
from forecast.errors import Conflict, Defect, NewsError
from forecast.journal.entry import Entry, EntryKind
from forecast.journal.item_json import write_item
from forecast.journal.store import Store
from forecast.service.intake import Preview, Receipt, preview
from forecast.service.live_desk import LiveDesk

__all__ = ["take_item"]


def take_item(store: Store, desk: LiveDesk, item: Declaration, actor: str, key: str, waits: bool) -> Receipt:
    """Check an item and append what becomes of it to the journal; the caller sees to it that nobody does so beside us.

    Parameters
    ----------
    waits
        Whether a second person must confirm it.

    Raises
    ------
    NewsError, Conflict, StoreAway
        As `Service.take` says.
    """
    if key and key in desk.keys:
        return Receipt("repeated", _known(desk.keys[key], key, item))
    found = preview(desk.contest, desk.state, item, actor=actor, tally=desk.tally())
    if found.defects:
        refused = {"refused": [str(defect) for defect in found.defects], "item": write_item(item)}
        store.append(desk.id, EntryKind.ALARM, actor, refused)
        raise NewsError(found.defects)
    if not found.changes:
        return Receipt("repeated", None, found)
    if found.disagreements:
        return Receipt("conflict", _propose(store, desk, item, actor, key, found), found)
    if waits:
        return Receipt("pending", _propose(store, desk, item, actor, key, found), found)
    body = {"item": write_item(item)}
    return Receipt("accepted", store.append(desk.id, EntryKind.NEWS, actor, body, idempotency_key=key).entry, found)


def _known(entry: Entry, key: str, item: Declaration) -> Entry:
    if entry.body.get("item") != write_item(item):
        raise Conflict(Defect("idempotency key", f'"{key}" was used for another item.', "Use a new key."))
    return entry


def _propose(store: Store, desk: LiveDesk, item: Declaration, actor: str, key: str, found: Preview) -> Entry:
    """Let the item wait; the same one waiting already is not made to wait twice."""
    written = write_item(item)
    for waiting in (*desk.state.conflicts, *desk.state.proposals):
        if write_item(waiting.item) == written:
            return store.entries(desk.id, after=waiting.sequence - 1, limit=1)[0]
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
    body = {"item": written, "reason": reason, "disagreements": sides}
    return store.append(desk.id, EntryKind.PROPOSAL, actor, body, idempotency_key=key).entry
