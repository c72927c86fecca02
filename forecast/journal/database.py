"""The database under the journal: transactions that are on disk when they end, and one sentence when it is away."""

from __future__ import annotations

import os
import shutil
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, QueuePool, create_engine, event, make_url, text
from sqlalchemy.exc import (
    ArgumentError,
    DataError,
    DBAPIError,
    IntegrityError,
    ProgrammingError,
)
from sqlalchemy.exc import (
    TimeoutError as PoolEmpty,
)

from forecast.errors import Defect, ForecastError, StoreAway

__all__ = ["Database", "open_database"]

NO_ROOM = 2**16  # bytes: less than a forecast takes
WAIT = 10  # seconds for another's transaction to end
APPENDING = 0x636E_6967_6874  # PostgreSQL's advisory lock of who appends: "cnight"
POSTGRESQL = {
    "connect_timeout": 3,
    "keepalives_idle": 10,
    "keepalives_interval": 3,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
    "application_name": "forecast",
    "options": f"-c lock_timeout={WAIT}s -c statement_timeout=60s -c idle_in_transaction_session_timeout=60s "
    # The server's own: a machine that lost its power must not keep the lead, or its turn to append, for two hours.
    "-c tcp_keepalives_idle=5 -c tcp_keepalives_interval=3 -c tcp_keepalives_count=3",
}
OURS = (IntegrityError, ProgrammingError, DataError)  # faults of the program, not of the disk


class Database:
    """Transactions over one engine, SQLite's or PostgreSQL's.

    Parameters
    ----------
    engine
        With connections that open no transaction by themselves.
    path
        SQLite's file; None for PostgreSQL.
    """

    def __init__(self, engine: Engine, path: Path | None) -> None:
        self.engine = engine
        self.path = path
        self.name = str(path) if path else engine.url.render_as_string(hide_password=True)
        server = engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
        self.address = None if path else server  # as PostgreSQL's own library reads it
        self._file = _identity(path)
        self._turn = threading.Lock()  # within the process; SQLite's own lock is waited for by sleeping

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that nobody else writes beside; on disk when the block ends, undone where it raises."""
        if not self._turn.acquire(timeout=2 * WAIT):
            raise self._away("is busy: it has not taken anything for 20 seconds.")
        try:
            with self._transaction(writes=True) as connection:
                if self.path is None:
                    connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": APPENDING})
                yield connection
        finally:
            self._turn.release()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that sees the journal as it was at one moment."""
        with self._transaction(writes=False) as connection:
            yield connection

    def close(self) -> None:
        """Close what is open."""
        self.engine.dispose()

    @contextmanager
    def _transaction(self, *, writes: bool) -> Iterator[Connection]:
        self._look_for_file()
        options: dict[str, Any] = {"writes": writes}
        if self.path is None and not writes:
            options |= {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        try:
            with self.engine.connect().execution_options(**options) as connection, connection.begin():
                yield connection
        except PoolEmpty as error:
            raise self._away("is busy: every connection is in use.") from error
        except DBAPIError as error:
            if isinstance(error, OURS) and not error.connection_invalidated:
                raise
            raise self._unusable(error.orig) from error
        if writes:
            self._look_for_file()

    def _look_for_file(self) -> None:
        """SQLite would go on writing to a file that was removed or replaced, where nobody finds it again."""
        if self.path is None or (now := _identity(self.path)) == self._file:
            return
        self.engine.dispose()
        if now is None:
            raise self._away("is not there any more.", "Put it back, or restore a backup.")
        self._file = now

    def _unusable(self, error: BaseException | None) -> StoreAway:
        """What the driver says, in one line; SQLite does not always say that it is the disk that is full."""
        said = " ".join(str(error).split()).rstrip(".")
        if _is_full(error) or (self.path is not None and shutil.disk_usage(self.path.parent).free < NO_ROOM):
            remedy = (
                "Nothing was written, and what was acknowledged is kept: make room there, and it goes on by itself."
            )
            return self._away(f"has no room left on its disk ({said}).", remedy)
        return self._away(f"cannot be used: {said}.")

    def _away(self, what: str, remedy: str = "Nothing was written; try again.") -> StoreAway:
        return StoreAway(Defect(f"database {self.name}", what, remedy))


def open_database(url: str) -> Database:
    """The database at an address, made where SQLite has none yet.

    Parameters
    ----------
    url
        ``sqlite:///PATH`` or ``postgresql://user@host/name``.

    Raises
    ------
    ForecastError
        Where the address is neither.
    StoreAway
        Where there is nothing to be opened there now.
    """
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise ForecastError(_no_address()) from error
    kind = parsed.drivername.split("+")[0]
    if kind == "sqlite" and parsed.database and parsed.database != ":memory:":
        return _open_sqlite(Path(parsed.database).absolute())
    if kind in {"postgresql", "postgres"}:
        return _open_postgresql(parsed)
    raise ForecastError(_no_address())


def _no_address() -> Defect:
    # the address itself is not repeated: it may hold a password
    return Defect(
        "database", "is no address of a database.", 'Write "sqlite:///PATH" or "postgresql://user@host/name".'
    )


def _open_sqlite(path: Path) -> Database:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))  # keys' digests are in it
    except OSError as error:
        raise StoreAway(Defect(f"database {path}", f"cannot be opened: {error.strerror}.")) from error

    def connect() -> sqlite3.Connection:
        # mode=rw: a file that has gone is not quietly begun again
        return sqlite3.connect(
            f"{path.as_uri()}?mode=rw", uri=True, timeout=WAIT, check_same_thread=False, isolation_level=None
        )

    engine = create_engine(
        "sqlite+pysqlite://", creator=connect, poolclass=QueuePool, pool_size=8, max_overflow=40, pool_timeout=WAIT
    )
    event.listen(engine, "connect", _set_pragmas)
    event.listen(engine, "begin", _begin)
    return Database(engine, path)


def _set_pragmas(connection: sqlite3.Connection, _record: object) -> None:
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "trusted_schema=OFF"):
        connection.execute(f"PRAGMA {pragma}").close()


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE" if connection.get_execution_options().get("writes") else "BEGIN")


def _open_postgresql(parsed: URL) -> Database:
    try:
        engine = create_engine(
            parsed.set(drivername="postgresql+psycopg"),
            connect_args=POSTGRESQL,
            pool_size=8,
            max_overflow=24,
            pool_timeout=WAIT,
            pool_pre_ping=True,
        )
    except ModuleNotFoundError as error:
        remedy = 'Install it: pip install "count-night[postgresql]".'
        raise ForecastError(Defect("database", "PostgreSQL's driver, psycopg, is not installed.", remedy)) from error
    event.listen(engine, "connect", _keep_commits)
    return Database(engine, None)


def _keep_commits(connection: Any, _record: object) -> None:
    """A server may be set to acknowledge before it has written; the journal may not."""
    with connection.cursor() as cursor:
        if cursor.execute("SHOW synchronous_commit").fetchone()[0] == "off":
            cursor.execute("SET synchronous_commit TO on")
    connection.commit()


def _identity(path: Path | None) -> tuple[int, int] | None:
    try:
        found = None if path is None else path.stat()
    except OSError:
        return None
    return None if found is None else (found.st_dev, found.st_ino)


def _is_full(error: BaseException | None) -> bool:
    return (
        getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL or getattr(error, "sqlstate", None) == "53100"
    )
