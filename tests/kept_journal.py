"""What tests of a kept journal share: one with something of every kind in it, and a process that appends for ever."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from forecast.journal.access import Listing
from forecast.journal.entry import EntryKind
from forecast.journal.store import Made, Store

NEWS = EntryKind.NEWS
ROOT = Path(__file__).resolve().parent.parent
AT = datetime(2024, 5, 4, 18, 57, tzinfo=UTC)
DOCUMENT = '{"headline": "H", "rating": "leans", "moment": {}, "candidates": []}'
# Says each sequence once it is acknowledged, until it is killed.
APPEND_FOR_EVER = """
import sys
from forecast.journal.entry import EntryKind
from forecast.journal.store import Made, open_store
store = open_store(sys.argv[1])
while True:
    entry = store.append("a", EntryKind.NEWS, "x", {"text": "x" * 200}).entry
    sys.stdout.write(f"{entry.sequence}\\n")
    sys.stdout.flush()
    if entry.sequence % 5 == 0:
        stored = store.save_forecast(Made("a", entry.sequence, "{}", "m", 0.1), publish=True)
        sys.stdout.write(f"{stored.published}\\n")
        sys.stdout.flush()
"""


def fill(store: Store) -> None:
    """A little of everything."""
    for place in range(5):
        store.append("a", NEWS, "operator Ann (key 1)", {"place": place}, idempotency_key=str(place))
    store.save_forecast(Made("a", 5, DOCUMENT, "conditional", 0.25), publish=True)
    store.save_forecast(Made("a", 5, DOCUMENT, "conditional", 0.25), publish=False)
    for role in ("admin", "editor"):
        store.revoke_key(store.add_key("Bea", role)[0].id)
    store.add_session(store.add_key("Ann", "operator", ["a"], once=True)[0])
    store.add_listing(Listing("r", "walsall", test=True, engine="auto", draws=1000, seed=7, made_at=AT))
    store.begin_delivery("target", 3)
