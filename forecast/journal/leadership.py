"""Which of several processes on one database makes the forecasts: whoever holds a lock that ends with its holder."""

from __future__ import annotations

import threading
from contextlib import suppress
from typing import IO

from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError

from forecast.journal.database import Database

__all__ = ["Leadership"]

LEADING = 0x6E_6967_6874  # PostgreSQL's advisory lock of who forecasts: "night"


class Leadership:
    """Asks for the lock, and knows whether it is still held."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._turn = threading.Lock()
        self._connection: Connection | None = None
        self._file: IO[bytes] | None = None

    def lead(self) -> bool:
        """Whether this process leads now; it takes the lead where nobody has it."""
        with self._turn:
            return self._lead_by_file() if self._database.path else self._lead_by_server()

    def leave(self) -> None:
        """Let another lead."""
        with self._turn:
            if self._file:
                self._file.close()
            if self._connection:
                self._drop(self._connection)
            self._file = None

    def _lead_by_file(self) -> bool:
        if self._file or self._database.path is None:
            return True
        try:
            file = self._database.path.with_name(f"{self._database.path.name}.lead").open("ab")
        except OSError:
            return False  # its folder has gone
        if _lock(file):
            self._file = file
            return True
        file.close()
        return False

    def _lead_by_server(self) -> bool:
        """The lock belongs to a connection: where that is lost, so is the lead."""
        connection = self._connection
        try:
            if connection is not None:
                connection.execute(text("SELECT 1"))
                return True
            connection = self._database.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
            if connection.execute(text("SELECT pg_try_advisory_lock(:lock)"), {"lock": LEADING}).scalar():
                self._connection = connection
                return True
            connection.close()
        except SQLAlchemyError:
            if connection is not None:
                self._drop(connection)
        return False

    def _drop(self, connection: Connection) -> None:
        self._connection = None
        with suppress(SQLAlchemyError):
            connection.invalidate()  # back in the pool it would keep the lock
            connection.close()


def _lock(file: IO[bytes]) -> bool:
    try:
        import fcntl  # noqa: PLC0415 - not on every system
    except ImportError:
        return True  # where there is no such lock there is one process
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
