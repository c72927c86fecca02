"""Backups: taken while news comes in, put back into either kind of database, whole or not at all."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from kept_journal import APPEND_FOR_EVER, NEWS, ROOT, fill
from sqlalchemy import text

from forecast.errors import ForecastError
from forecast.journal.store import Store, open_store, restore


@pytest.mark.parametrize("into", ["sqlite", "postgresql"])
def test_a_backup_goes_back_into_either_kind_of_database(
    store: Store, into: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    fill(store)
    store.backup(tmp_path / "kept" / "backup")
    store.append("a", NEWS, "x", {"after": "the backup"})
    if into == "sqlite":
        check_restored(store, tmp_path / "kept" / "backup", f"sqlite:///{tmp_path / 'restored' / 'night.sqlite'}")
        return
    from postgresql import database_in

    with database_in(request.getfixturevalue("postgresql")) as url:
        check_restored(store, tmp_path / "kept" / "backup", url)


def check_restored(store: Store, backup: Path, url: str) -> None:
    assert [path.name for path in backup.parent.iterdir()] == [backup.name]
    assert backup.stat().st_mode & 0o077 == 0
    assert restore(backup, url) == store.last_sequence() - 1
    again = open_store(url)
    assert again.entries() == store.entries()[:-1]
    assert (again.keys(), again.listings(), again.history("a")) == (store.keys(), store.listings(), store.history("a"))
    assert again.latest("a") == store.latest("a")
    assert again.check() == ()
    assert again.begin_delivery("target", 0) == 3
    assert again.append("a", NEWS, "x", {"after": "the backup"}).entry.sequence == store.last_sequence()
    again.close()
    with pytest.raises(ForecastError, match="holds a journal already"):
        restore(backup, url)


def test_a_backup_of_the_version_before_goes_back_into_a_database_of_this_one(store: Store, tmp_path: Path) -> None:
    fill(store)
    url, backup = f"sqlite:///{tmp_path / 'restored' / 'night.sqlite'}", tmp_path / "backup"
    store.backup(backup)
    if backup.read_bytes().startswith(b"SQLite"):
        with closing(sqlite3.connect(backup)) as file:
            file.execute("DROP TABLE deliveries")
            file.execute("UPDATE alembic_version SET version_num = '0001'")
            file.commit()
    else:
        header, *lines = backup.read_text().splitlines(keepends=True)
        kept = [line for line in lines[:-1] if '"table":"deliveries"' not in line]
        backup.write_text("".join([header.replace("0002", "0001"), *kept, json.dumps({"rows": len(kept)}) + "\n"]))
    assert restore(backup, url) == store.last_sequence()


def test_a_backup_is_taken_while_news_comes_in(store: Store, store_url: str, tmp_path: Path) -> None:
    process = subprocess.Popen([sys.executable, "-c", APPEND_FOR_EVER, store_url], cwd=ROOT, stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.readline()
    store.backup(tmp_path / "backup")
    process.kill()
    process.wait()
    process.stdout.close()
    assert restore(tmp_path / "backup", f"sqlite:///{tmp_path / 'restored.sqlite'}") >= 1


@pytest.mark.parametrize("damage", ["cut", "changed", "empty", "missing"])
def test_a_damaged_backup_restores_nothing(store: Store, damage: str, tmp_path: Path) -> None:
    fill(store)
    backup, url = tmp_path / "backup", f"sqlite:///{tmp_path / 'restored.sqlite'}"
    if damage == "changed":
        with store.database.writing() as connection:
            connection.execute(text("UPDATE entries SET actor = 'somebody else' WHERE sequence = 3"))
    store.backup(backup)
    if damage in {"cut", "empty"}:
        backup.write_bytes(backup.read_bytes()[: 0 if damage == "empty" else -3000])
    elif damage == "missing":
        backup.unlink()
    with pytest.raises(ForecastError):
        restore(backup, url)
    assert open_and_count(url) == 0
    if damage == "changed":
        assert restore(backup, url, check=False) == store.last_sequence()


def open_and_count(url: str) -> int:
    store = open_store(url)
    count = store.last_sequence()
    store.close()
    return count


def test_a_backup_that_cannot_be_written_leaves_the_one_before(store: Store, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ForecastError, match="cannot be written"):
        store.backup(tmp_path / "file" / "backup")
