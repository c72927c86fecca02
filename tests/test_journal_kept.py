"""Nothing is lost and nothing changed unseen: tampering, kills, full disks, databases that go away, backups."""

from __future__ import annotations

import io
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from kept_journal import APPEND_FOR_EVER, AT, NEWS, ROOT, fill
from sqlalchemy import event, text

from forecast.errors import StoreAway
from forecast.journal.chain import check_chain, read_entry, seal
from forecast.journal.entry import GENESIS, Entry
from forecast.journal.store import Made, Store, open_store

# Files may not grow beyond the limit: what a full disk looks like to whoever writes.
FILL_A_DISK = """
import resource, signal, sys
from forecast.errors import StoreAway
from forecast.journal.entry import EntryKind
from forecast.journal.store import open_store
store = open_store(sys.argv[1])
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, resource.RLIM_INFINITY))
taken = []
try:
    while True:
        taken.append(store.append("a", EntryKind.NEWS, "x", {"text": "x" * 5000}).entry.sequence)
except StoreAway as away:
    sys.stderr.write(str(away))
assert [entry.sequence for entry in store.entries()] == taken
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
taken.append(store.append("a", EntryKind.NEWS, "x", {}).entry.sequence)
assert [entry.sequence for entry in store.entries()] == taken and store.check() == ()
sys.stdout.write(str(len(taken)))
"""


def chain(length: int) -> list[Entry]:
    entries: list[Entry] = []
    for place in range(length):
        previous = entries[-1].digest if entries else GENESIS
        entries.append(seal(place, previous, contest="a", kind=NEWS, at=AT, actor="x", body={"place": place}))
    return entries


def test_a_store_that_nobody_touched_has_no_defects(store: Store) -> None:
    assert store.check() == ()
    fill(store)
    assert store.check() == ()


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE entries SET body = '{\"place\":9}' WHERE sequence = 3",
        "UPDATE entries SET body = '{\"place\": 2}' WHERE sequence = 3",
        "UPDATE entries SET body = 'no JSON' WHERE sequence = 3",
        "UPDATE entries SET body = '[]' WHERE sequence = 3",
        "UPDATE entries SET actor = 'somebody else' WHERE sequence = 5",
        "UPDATE entries SET contest = 'b' WHERE sequence = 1",
        "UPDATE entries SET kind = 'decision' WHERE sequence = 1",
        "UPDATE entries SET kind = 'nonsense' WHERE sequence = 1",
        "UPDATE entries SET at = '2024-05-04T18:57:00.000000Z' WHERE sequence = 2",
        "UPDATE entries SET at = 'yesterday' WHERE sequence = 2",
        "UPDATE entries SET idempotency_key = NULL WHERE sequence = 2",
        "UPDATE entries SET digest = previous WHERE sequence = 4",
        "UPDATE entries SET sequence = 99 WHERE sequence = 4",
        "DELETE FROM entries WHERE sequence = 1",
        "DELETE FROM entries WHERE sequence = 3",
        "DELETE FROM entries WHERE sequence = (SELECT max(sequence) FROM entries)",
        "DELETE FROM entries",
        "DELETE FROM ends",
        "UPDATE ends SET sequence = sequence - 1",
        "UPDATE forecasts SET document = document || document WHERE number = 1",
        "UPDATE forecasts SET digest = 'ff' WHERE number = 2",
        "UPDATE forecasts SET head = '{}' WHERE number = 1",
        "UPDATE forecasts SET through = 4 WHERE number = 1",
        "UPDATE forecasts SET model = 'other' WHERE number = 1",
        "UPDATE forecasts SET published = 6 WHERE number = 2",
        "UPDATE forecasts SET published = NULL WHERE number = 1",
        "DELETE FROM forecasts WHERE number = 1",
        "DELETE FROM forecasts",
        "UPDATE keys SET role = 'admin' WHERE id = 3",
        "UPDATE keys SET scopes = '[]' WHERE id = 3",
        "UPDATE keys SET digest = 'ff' WHERE id = 3",
        "UPDATE keys SET used_at = NULL WHERE id = 3",
        "UPDATE keys SET revoked_at = NULL WHERE id = 1",
        "UPDATE keys SET expires_at = '2099-01-01T00:00:00.000000Z' WHERE id = 2",
        "DELETE FROM keys WHERE id = 1",
        "UPDATE listings SET test = NOT test",
        "DELETE FROM listings",
    ],
)
def test_whatever_is_changed_behind_the_journals_back_is_found(store: Store, change: str) -> None:
    fill(store)
    with store.database.writing() as connection:
        if "||" in change and store.database.path:  # SQLite would make a text of them
            change = "UPDATE forecasts SET document = zeroblob(20) WHERE number = 1"
        assert connection.execute(text(change.replace(":", r"\:"))).rowcount
    assert store.check()


@given(st.integers(2, 8), st.data())
def test_a_chain_with_an_entry_changed_removed_or_moved_does_not_hold(length: int, data: st.DataObject) -> None:
    entries = chain(length)
    assert check_chain(entries) == ()
    place = data.draw(st.integers(0, length - 2))  # the last may be taken off unseen: see check_chain
    kind = data.draw(st.sampled_from(["changed", "removed", "moved"]))
    if kind == "changed":
        entries[place] = replace(entries[place], actor="y")
    elif kind == "removed":
        del entries[place]
    else:
        entries[place], entries[place + 1] = entries[place + 1], entries[place]
    assert check_chain(entries)


def test_the_exported_log_can_be_checked_without_the_database(store: Store) -> None:
    fill(store)
    out = io.StringIO()
    count = store.export(out)
    entries = [read_entry(json.loads(line)) for line in out.getvalue().splitlines()]
    assert (len(entries), check_chain(entries), entries) == (count, (), store.entries())


def test_what_was_acknowledged_outlives_a_kill_at_any_moment(store: Store, store_url: str) -> None:
    acknowledged = 0
    for pause in (0.02, 0.05, 0.11, 0.0, 0.07):
        process = subprocess.Popen(
            [sys.executable, "-c", APPEND_FOR_EVER, store_url], cwd=ROOT, stdout=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        first = process.stdout.readline()
        time.sleep(pause)
        process.send_signal(signal.SIGKILL)
        said = (first + process.stdout.read()).splitlines()
        process.wait()
        process.stdout.close()
        acknowledged = int(next(line for line in reversed(said) if line))
        assert store.last_sequence() >= acknowledged
        assert store.check() == ()
    assert store.append("a", NEWS, "x", {}).entry.sequence > acknowledged
    latest = store.latest("a")
    assert latest is None or store.forecast("a", latest.number) == latest


def test_a_full_disk_refuses_loses_nothing_and_is_forgotten_once_there_is_room(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'night.sqlite'}"
    command = [sys.executable, "-c", FILL_A_DISK, url]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 10
    assert str(tmp_path / "night.sqlite") in done.stderr


def test_a_database_without_room_says_so(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'night.sqlite'}")
    store.append("a", NEWS, "x", {})

    def limit(connection: sqlite3.Connection, *_: object) -> None:
        connection.execute("PRAGMA max_page_count = 40").close()

    event.listen(store.database.engine, "connect", limit)
    store.database.engine.dispose()
    with pytest.raises(StoreAway, match="has no room left on its disk"):
        store.save_forecast(Made("a", 1, json.dumps({"noise": os.urandom(200_000).hex()}), "m", 0.1), publish=True)
    assert (store.last_sequence(), store.latest("a", published=False), store.check()) == (1, None, ())
    event.remove(store.database.engine, "connect", limit)
    store.database.engine.dispose()
    assert store.append("a", NEWS, "x", {}).entry.sequence == 2
    store.close()


def test_a_file_that_is_taken_away_is_missed_and_taken_up_again_when_it_is_back(tmp_path: Path) -> None:
    path, aside = tmp_path / "night.sqlite", tmp_path / "aside"
    store = open_store(f"sqlite:///{path}")
    store.append("a", NEWS, "x", {})
    store.database.engine.dispose()  # so that the log beside it is in it
    path.rename(aside)
    for _ in range(2):
        with pytest.raises(StoreAway, match="is not there any more"):
            store.append("a", NEWS, "x", {})
    assert not path.exists()
    aside.rename(path)
    assert store.append("a", NEWS, "x", {}).entry.sequence == 2
    store.close()


def test_a_file_that_is_no_database_is_said_to_be_none(tmp_path: Path) -> None:
    path = tmp_path / "night.sqlite"
    path.write_bytes(b"nothing like a database" * 100)
    with pytest.raises(StoreAway, match="file is not a database"):
        open_store(f"sqlite:///{path}")


def test_a_database_that_somebody_else_holds_is_away_and_comes_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("forecast.journal.database.WAIT", 0.2)
    store = open_store(f"sqlite:///{tmp_path / 'night.sqlite'}")
    other = sqlite3.connect(tmp_path / "night.sqlite", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreAway, match="database is locked"):
        store.append("a", NEWS, "x", {})
    assert store.entries() == []
    other.execute("ROLLBACK")
    other.close()
    assert store.append("a", NEWS, "x", {}).entry.sequence == 1
    store.close()


def test_connections_that_a_server_cuts_are_made_again(postgresql: str) -> None:
    from postgresql import database_in

    with database_in(postgresql) as url:
        store = open_store(url)
        assert store.lead()
        store.append("a", NEWS, "x", {})
        with psycopg.connect(postgresql, autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'forecast'"
            )
        assert not store.lead()  # the lock went with its connection: another may lead by now
        assert store.append("a", NEWS, "x", {}).entry.sequence == 2
        assert store.lead()
        store.close()


def test_a_server_that_stops_is_away_and_taken_up_again_when_it_is_back() -> None:
    from postgresql import missing, started

    if (reason := missing()) or os.environ.get("FORECAST_TEST_POSTGRESQL"):
        pytest.skip(reason or "the server that FORECAST_TEST_POSTGRESQL names is not ours to stop")
    with started() as server:
        store = open_store(server.url)
        store.append("a", NEWS, "x", {})
        server.stop()
        for _ in range(2):
            with pytest.raises(StoreAway, match="cannot be used"):
                store.append("a", NEWS, "x", {})
        with pytest.raises(StoreAway):
            store.last_sequence()
        server.start()
        assert store.append("a", NEWS, "x", {}).entry.sequence == 2
        assert store.check() == ()
        store.close()


def test_the_program_on_the_page_checks_an_exported_log(store: Store, tmp_path: Path) -> None:
    fill(store)
    page = (ROOT / "docs" / "journal.md").read_text(encoding="utf-8")
    program = page.split("```python\n")[1].split("```")[0]
    log = tmp_path / "audit.jsonl"
    for change, code in (("", 0), ("operator Ann", 1)):
        with log.open("w", encoding="ascii") as out:
            store.export(out)
        if change:
            log.write_text(log.read_text(encoding="ascii").replace(change, "operator Bob", 1), encoding="ascii")
        assert (
            subprocess.run(
                [sys.executable, "-c", program], cwd=tmp_path, check=False, stderr=subprocess.DEVNULL
            ).returncode
            == code
        )
