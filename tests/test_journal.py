"""The journal, the same in SQLite and in PostgreSQL: appended once, in order, kept exactly, and read back."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text

from forecast.errors import Conflict, ForecastError
from forecast.journal.access import Listing
from forecast.journal.chain import check_chain
from forecast.journal.entry import EntryKind, Written
from forecast.journal.store import Made, Store, open_store, watch
from forecast.journal.tables import METADATA

NEWS, DECISION = EntryKind.NEWS, EntryKind.DECISION
ROOT = Path(__file__).resolve().parent.parent
DOCUMENT = (
    '{"headline": "H", "rating": "leans",'
    ' "moment": {"latest": "Dudley declared", "areas_declared": 1, "areas_total": 7},'
    ' "candidates": [{"id": "a", "win_probability": 0.75, "win_display": "75%"}]}'
)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)

APPEND_MANY = """
import sys
from forecast.journal.entry import EntryKind, Written
from forecast.journal.store import open_store
store = open_store(sys.argv[1])
for place in range(int(sys.argv[3])):
    store.append("a", EntryKind.NEWS, sys.argv[2], {"place": place})
store.close()
"""


def made(through: int = 0, document: str = DOCUMENT) -> Made:
    return Made("a", through, document, "conditional", 0.25)


def test_the_tables_that_migrations_make_are_the_ones_used(store: Store) -> None:
    with store.database.reading() as connection:
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []


def test_an_entry_is_read_back_as_it_was_appended_and_outlives_the_process(store: Store, store_url: str) -> None:
    at = datetime(2024, 5, 4, 18, 57, 0, 123456, tzinfo=UTC)
    entry = store.append(
        "a", NEWS, "operator Ann (key 3)", {"votes": {"x": 0.1}, "né": [None, "\x00\ud800"]}, at=at
    ).entry
    assert (entry.sequence, entry.at, entry.previous) == (1, at, "0" * 64)
    store.close()
    again = open_store(store_url)
    assert again.entries() == [entry]
    again.close()


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=st.dictionaries(st.text(), JSON, max_size=4))
def test_any_json_is_kept_exactly(store: Store, body: dict[str, object]) -> None:
    entry = store.append("a", NEWS, "x", body).entry
    assert entry.body == body
    assert store.entries(after=entry.sequence - 1) == [entry]


def test_what_is_no_json_is_not_appended(store: Store) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        store.append("a", NEWS, "x", {"share": float("nan")})
    with pytest.raises(ForecastError, match="cannot be kept"):
        store.append("a", NEWS, "x\x00", {})
    assert store.last_sequence() == 0


def test_entries_are_chosen_by_contest_kind_time_and_place(store: Store) -> None:
    at = datetime(2024, 5, 4, 18, tzinfo=UTC)
    for place, (contest, kind) in enumerate([("a", NEWS), ("b", NEWS), ("a", DECISION), ("", EntryKind.SERVICE)]):
        store.append(contest, kind, "x", {}, at=at + timedelta(minutes=place))
    assert [entry.sequence for entry in store.entries()] == [1, 2, 3, 4]
    assert [entry.sequence for entry in store.entries("a")] == [1, 3]
    assert [entry.sequence for entry in store.entries("")] == [4]
    assert [entry.sequence for entry in store.entries(kinds=[NEWS])] == [1, 2]
    assert [entry.sequence for entry in store.entries(until=at + timedelta(minutes=1))] == [1, 2]
    assert [entry.sequence for entry in store.entries(after=1, limit=2)] == [2, 3]
    assert [entry.sequence for entry in store.changes(3)] == [4]


def test_a_request_sent_twice_is_taken_once_and_a_key_used_for_another_is_refused(store: Store) -> None:
    first = store.append("a", NEWS, "x", {"n": 1}, idempotency_key="k")
    again = store.append("a", NEWS, "y", {"n": 1}, idempotency_key="k")
    assert (first.repeated, again.repeated, again.entry) == (False, True, first.entry)
    with pytest.raises(Conflict, match='the key "k" was used for another request, entry 1'):
        store.append("a", NEWS, "x", {"n": 2}, idempotency_key="k")
    assert not store.append("b", NEWS, "x", {"n": 2}, idempotency_key="k").repeated
    assert store.last_sequence() == 2


def test_requests_sent_twice_at_once_are_taken_once(store: Store) -> None:
    with ThreadPoolExecutor(8) as threads:
        done = list(
            threads.map(lambda n: store.append("a", NEWS, "x", {"n": n % 5}, idempotency_key=str(n % 5)), range(40))
        )
    assert sorted(each.entry.sequence for each in done if not each.repeated) == [1, 2, 3, 4, 5]


def test_threads_and_processes_that_append_at_once_leave_no_holes_and_a_whole_chain(
    store: Store, store_url: str
) -> None:
    command = [sys.executable, "-c", APPEND_MANY, store_url]
    others = [subprocess.Popen([*command, f"process {n}", "60"], cwd=ROOT) for n in range(2)]
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda n: store.append("a", NEWS, "threads", {"n": n}), range(200)))
    assert [other.wait(timeout=60) for other in others] == [0, 0]
    entries = store.entries()
    assert [entry.sequence for entry in entries] == list(range(1, 321))
    assert check_chain(entries) == ()
    for actor in ("process 0", "process 1"):
        assert [entry.body["place"] for entry in entries if entry.actor == actor] == list(range(60))


def test_a_forecast_on_air_is_kept_with_the_entry_that_put_it_there(store: Store) -> None:
    store.append("a", NEWS, "x", {})
    stored = store.save_forecast(made(1), publish=True, status="test")
    assert (stored.number, stored.published, stored.document) == (1, 2, DOCUMENT)
    (entry,) = store.entries("a", kinds=[EntryKind.PUBLICATION])
    assert {"forecast": 1, "digest": stored.digest, "status": "test", "through": 1}.items() <= entry.body.items()
    assert store.latest("a") == stored


def test_a_forecast_held_back_is_not_on_air_until_somebody_releases_it(store: Store) -> None:
    first = store.save_forecast(made(), publish=True)
    held = store.save_forecast(made(1, DOCUMENT + " "), publish=False)
    assert store.last_sequence() == 1
    assert (store.latest("a"), store.latest("a", published=False)) == (first, held)
    assert [head.number for head in store.history("a")] == [1]
    entry = store.publish("a", 2, "editor Bea (key 2)", {"status": "live", "reason": "checked"})
    assert (entry.sequence, entry.body["forecast"], entry.body["reason"]) == (2, 2, "checked")
    latest = store.latest("a")
    assert latest is not None
    assert (latest.number, latest.published) == (2, 2)
    assert store.forecast("a", 2) == latest
    with pytest.raises(ForecastError, match="a has no forecast 9"):
        store.publish("a", 9, "x", {})


def test_what_was_on_air_at_a_time_is_known_and_what_is_listed_is_light(store_url: str) -> None:
    times = [datetime(2024, 5, 4, hour, tzinfo=UTC) for hour in (18, 19, 20)]
    clock = iter(times)
    store = open_store(store_url, now=lambda: next(clock))
    for _ in times:
        store.save_forecast(made(), publish=True)
    assert store.forecast_at("a", times[0] - timedelta(seconds=1)) is None
    found = [store.forecast_at("a", at + timedelta(minutes=59)) for at in times]
    assert [stored and stored.number for stored in found] == [1, 2, 3]
    (head,) = store.history("a", after=1, limit=1)
    assert (head.number, head.at, head.displays, head.win_probabilities) == (2, times[1], {"a": "75%"}, {"a": 0.75})
    assert (head.rating, head.latest, head.areas_declared) == ("leans", "Dudley declared", 1)
    store.close()


def test_a_key_is_found_by_its_secret_until_it_is_revoked_or_past_its_time(store_url: str) -> None:
    now = [datetime(2024, 5, 4, 18, tzinfo=UTC)]
    store = open_store(store_url, now=lambda: now[0])
    key, secret = store.add_key("Ann", "operator", ["a"], expires_at=now[0] + timedelta(hours=1))
    other, other_secret = store.add_key("Bea", "admin")
    assert (store.find_key(secret), store.find_key(other_secret), store.find_key("fk_no")) == (key, other, None)
    assert (key.actor, key.scopes) == ("operator Ann (key 1)", ("a",))
    now[0] += timedelta(hours=1)
    assert (store.find_key(secret), store.find_key(other_secret)) == (None, other)
    store.revoke_key(other.id, actor="admin Cy (key 3)")
    assert store.find_key(other_secret) is None
    assert [entry.body["action"] for entry in store.entries("", kinds=[EntryKind.KEY])] == ["added", "added", "revoked"]
    with pytest.raises(ForecastError, match=r'no role "edtor"\. Did you mean "editor"'):
        store.add_key("Dee", "edtor")
    store.close()


def test_a_key_good_for_once_opens_one_session(store: Store) -> None:
    key, secret = store.add_key("first", "admin", once=True)
    assert store.find_key(secret) == key
    session, token = store.add_session(key)
    assert store.find_key(secret) is None
    with pytest.raises(ForecastError, match="does not open a session any more"):
        store.add_session(key)
    found = store.find_session(token)
    assert found is not None
    assert (found.key.id, found.csrf) == (key.id, session.csrf)


def test_a_session_ends_when_it_is_ended_after_twelve_hours_or_with_its_key(store_url: str) -> None:
    now = [datetime(2024, 5, 4, 18, tzinfo=UTC)]
    store = open_store(store_url, now=lambda: now[0])
    key, _ = store.add_key("Ann", "operator")
    tokens = [store.add_session(key)[1] for _ in range(3)]
    store.end_session(tokens[0])
    assert [store.find_session(token) is not None for token in tokens] == [False, True, True]
    now[0] += timedelta(hours=12)
    assert store.find_session(tokens[1]) is None
    _, late = store.add_session(key)
    assert store.find_session(late) is not None
    store.revoke_key(key.id)
    assert store.find_session(late) is None
    store.close()


def test_no_secret_is_kept_in_clear(store: Store, tmp_path: Path) -> None:
    key, secret = store.add_key("Ann", "operator")
    session, token = store.add_session(key)
    kept = []
    with store.database.reading() as connection:
        for table in METADATA.sorted_tables:
            kept += [str(tuple(row)) for row in connection.execute(select(table))]
    store.backup(tmp_path / "backup")
    everything = "".join(kept) + (tmp_path / "backup").read_bytes().decode("latin-1") + repr((key, session))
    assert len(kept) >= 4
    assert not [each for each in (secret, token, secret[3:], token[3:]) if each in everything]


def test_a_rehearsal_is_listed_and_can_be_listed_anew(store: Store) -> None:
    at = datetime(2024, 5, 4, 18, tzinfo=UTC)
    listing = Listing("rehearsal", "west-midlands", test=True, engine="auto", draws=1000, seed=7, made_at=at)
    store.add_listing(listing)
    store.add_listing(Listing("rehearsal", "walsall", test=True, engine="auto", draws=1000, seed=7, made_at=at))
    assert [each.contest for each in store.listings()] == ["walsall"]
    assert store.check() == ()


def test_whoever_watches_hears_of_what_others_append(store: Store, store_url: str) -> None:
    async def listen() -> list[int]:
        heard: list[int] = []
        other = await asyncio.to_thread(open_store, store_url)
        async with asyncio.timeout(20):
            words = watch(store)
            for source in (store, other, store):
                task = asyncio.ensure_future(anext(words))
                await asyncio.sleep(0.2)
                entry = (await asyncio.to_thread(source.append, "a", NEWS, "x", {})).entry
                heard.append(await task - entry.sequence)
            await words.aclose()
        other.close()
        return heard

    assert asyncio.run(listen()) == [0, 0, 0]


def test_one_of_two_leads_and_the_other_follows_when_it_leaves(store: Store, store_url: str) -> None:
    other = open_store(store_url)
    assert [store.lead(), store.lead(), other.lead(), store.lead()] == [True, True, False, True]
    store.close()
    assert other.lead()
    other.close()


def test_how_far_a_target_was_told_is_kept_and_never_moves_back(store: Store, store_url: str) -> None:
    assert store.begin_delivery("one", 5) == 5
    store.move_delivery("one", 9)
    store.move_delivery("one", 7)
    other = open_store(store_url)
    assert (other.begin_delivery("one", 12), other.begin_delivery("two", 12)) == (9, 12)
    other.close()


def test_tables_of_the_version_before_are_brought_up_to_date_with_what_is_in_them(store: Store, store_url: str) -> None:
    store.append("a", NEWS, "x", {"n": 1})
    with store.database.writing() as connection:
        connection.execute(text("DROP TABLE deliveries"))
        connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    later = open_store(store_url)
    assert [each.body for each in later.entries()] == [{"n": 1}]
    assert later.begin_delivery("one", later.last_sequence()) == 1
    assert later.check() == ()
    later.close()


def test_tables_of_a_later_version_are_left_alone(store: Store, store_url: str) -> None:
    with store.database.writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(ForecastError, match="made by a later version of this software"):
        open_store(store_url)


@pytest.mark.parametrize(
    "url", ["night.sqlite", "sqlite://", "sqlite:///:memory:", "mysql://h/n", "postgresql+psycopg://u:hunter2@"]
)
def test_an_address_that_is_none_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(ForecastError) as raised:
        open_store(url)
    assert "hunter2" not in str(raised.value)


def test_many_entries_are_appended_together_or_not_at_all(store: Store) -> None:
    written = [Written(EntryKind.NEWS, "feed", {"n": n}, f"k{n}") for n in range(5)]
    assert [each.entry.sequence for each in store.append_many("a", written)] == [1, 2, 3, 4, 5]
    assert all(each.repeated for each in store.append_many("a", written))
    assert store.last_sequence() == 5
    with pytest.raises(Conflict):
        store.append_many("a", [Written(EntryKind.NEWS, "feed", {}, "new"), Written(EntryKind.NEWS, "feed", {}, "k0")])
    assert store.last_sequence() == 5
    assert store.append_many("a", []) == []
    assert store.check() == ()


def test_forecasts_of_the_past_keep_the_numbers_before_the_first_on_air(store: Store) -> None:
    store.append("a", EntryKind.SERVICE, "service", {"action": "reserved", "forecasts": 2})
    first = store.save_forecast(made(1), publish=True, first=3)
    assert first.number == 3
    assert store.check() == ()
    then = datetime(2024, 5, 4, tzinfo=UTC)
    entry = store.save_past("a", [(made(0), then), (made(1), then)])
    assert [head.number for head in store.history("a")] == [1, 2, 3]
    assert store.history("a")[0].published == entry.sequence
    on_air = store.latest("a")
    assert on_air is not None
    assert on_air.number == 3
    assert store.forecast_at("a", then) is None
    with pytest.raises(ForecastError, match="past"):
        store.save_past("a", [(made(0), then)])
    assert store.save_forecast(made(2), publish=True, first=3).number == 4
    assert store.check() == ()
