"""The whole journal in one file, taken while the service runs, and back from it into an empty database.

From SQLite the file is a database of its own; from PostgreSQL it is JSON lines. Either goes back into either.
"""

from __future__ import annotations

import base64
import json
import os
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

from sqlalchemy import Boolean, LargeBinary, Table, func, insert, select

from forecast.errors import Defect, ForecastError
from forecast.journal.chain import canonical
from forecast.journal.database import Database, open_database
from forecast.journal.inspection import inspect_rows
from forecast.journal.schema import LATEST, migrate
from forecast.journal.tables import BACKED_UP, deliveries, entries, keys

__all__ = ["restore", "write_backup"]

BATCH = 200
SQLITE = b"SQLite format 3\x00"
HEADER = "count-night journal"
FIRST = "0001"  # tables without deliveries

type Row = tuple[Table, dict[str, Any]]


def write_backup(database: Database, path: Path) -> None:
    """Write everything but sessions to a file, which replaces what is there only once it is whole and on disk.

    Raises
    ------
    ForecastError
        Where the file cannot be written.
    StoreAway
        Where the database cannot be read.
    """
    part = path.with_name(f".{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.unlink(missing_ok=True)
        os.close(os.open(part, os.O_CREAT | os.O_WRONLY, 0o600))
        write: Callable[[Database, Path], None] = _write_lines if database.path is None else _copy_file
        write(database, part)
        with part.open("rb") as file:
            os.fsync(file.fileno())
        part.replace(path)
    except (OSError, sqlite3.Error) as error:
        raise ForecastError(Defect(f"backup {path}", f"cannot be written: {error}.")) from error
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


def restore(path: Path, url: str, *, check: bool = True) -> int:
    """Fill an empty database from a backup: all of it or, where anything is wrong, nothing.

    Parameters
    ----------
    check
        Whether the restored journal must be whole.

    Returns
    -------
    How many entries there are.

    Raises
    ------
    ForecastError
        Where the file is no backup, the database is not empty, or the journal in it is not whole.
    """
    database = open_database(url)
    try:
        migrate(database)
        with database.writing() as connection:
            if any(connection.execute(select(func.count()).select_from(table)).scalar_one() for table in BACKED_UP):
                what = "holds a journal already."
                raise ForecastError(Defect(f"database {database.name}", what, "Restore into a new, empty database."))
            for table, rows in _batches(_read(path)):
                connection.execute(insert(table), rows)
            if check and (defects := tuple(inspect_rows(connection))):
                raise ForecastError(defects)
            return connection.execute(select(func.count()).select_from(entries)).scalar_one()
    finally:
        database.close()


def _copy_file(database: Database, part: Path) -> None:
    with (
        closing(sqlite3.connect(f"{Path(database.name).as_uri()}?mode=ro", uri=True, timeout=10)) as source,
        closing(sqlite3.connect(part)) as target,
    ):
        source.backup(target)  # in one step: appends go on meanwhile, and are not in it
        target.execute("PRAGMA journal_mode=DELETE")  # one file, nothing beside it
        target.execute("DELETE FROM sessions")
        target.commit()
        target.execute("VACUUM")  # what was deleted is not in the file either


def _write_lines(database: Database, part: Path) -> None:
    with database.reading() as connection, part.open("w", encoding="ascii", newline="\n") as file:
        file.write(canonical({"backup": HEADER, "tables": LATEST}) + "\n")
        count = 0
        for table in BACKED_UP:
            rows = connection.execution_options(yield_per=BATCH).execute(select(table).order_by(*table.primary_key))
            for row in rows.mappings():
                file.write(canonical({"table": table.name, "row": _to_json(row)}) + "\n")
                count += 1
        file.write(canonical({"rows": count}) + "\n")  # without which the file is not whole


def _to_json(row: Mapping[Any, Any]) -> dict[str, Any]:
    return {
        name: base64.b64encode(value).decode() if isinstance(value, bytes | memoryview) else value
        for name, value in row.items()
    }


def _read(path: Path) -> Iterator[Row]:
    try:
        with path.open("rb") as file:
            is_file_database = file.read(len(SQLITE)) == SQLITE
        yield from _read_file(path) if is_file_database else _read_lines(path)
    except OSError as error:
        raise ForecastError(Defect(f"backup {path}", f"cannot be read: {error.strerror}.")) from error
    except (sqlite3.Error, ValueError, KeyError, TypeError) as error:
        raise ForecastError(Defect(f"backup {path}", f"is no whole backup of a journal ({error}).")) from error


def _read_file(path: Path) -> Iterator[Row]:
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as source:
        source.row_factory = sqlite3.Row
        pages, size = (source.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "page_size"))
        if pages * size != path.stat().st_size or source.execute("PRAGMA quick_check").fetchone()[0] != "ok":
            raise ValueError("it is damaged")
        for table in _tables_of(source.execute("SELECT version_num FROM alembic_version").fetchone()[0]):
            for row in source.execute(f"SELECT * FROM {table.name}"):  # noqa: S608 - our own tables' names
                yield table, _typed(table, dict(row))


def _read_lines(path: Path) -> Iterator[Row]:
    count = 0
    with path.open(encoding="ascii") as file:
        header = json.loads(file.readline())
        if header["backup"] != HEADER:
            raise ValueError("it begins otherwise")
        tables = {table.name: table for table in _tables_of(header["tables"])}
        for line in file:
            found = json.loads(line)
            if "rows" in found:
                if found["rows"] == count:
                    return
                break
            table = tables[found["table"]]
            yield table, _typed(table, found["row"])
            count += 1
    raise ValueError("its end is missing")


def _tables_of(revision: str) -> tuple[Table, ...]:
    """What a backup of this version's tables holds, or of the version's before."""
    if revision not in {FIRST, LATEST}:
        raise ValueError(f"its tables are version {revision}, here they are {LATEST}")
    return tuple(table for table in BACKED_UP if revision == LATEST or table is not deliveries)


def _typed(table: Table, row: dict[str, Any]) -> dict[str, Any]:
    """The row with what the file could not say: what is true or false, and what is bytes."""
    for column in table.columns:
        if isinstance(column.type, Boolean):
            row[column.name] = bool(row[column.name])
        elif isinstance(column.type, LargeBinary) and isinstance(row[column.name], str):
            row[column.name] = base64.b64decode(row[column.name], validate=True)
    return row


def _batches(rows: Iterator[Row]) -> Iterator[tuple[Table, list[dict[str, Any]]]]:
    """Rows of one table together, not too many at once."""
    table, batch = keys, list[dict[str, Any]]()
    for of, row in rows:
        if batch and (of is not table or len(batch) == BATCH):
            yield table, batch
            batch = []
        table = of
        batch.append(row)
    if batch:
        yield table, batch
