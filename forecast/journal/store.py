"""The store: what the service calls to keep a night and to read it back.

Every method is synchronous and may be called from any thread. What a method returns is on disk. Where the database
cannot be reached or has no room, it raises StoreAway, nothing is half written, and the next call tries again.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO

from forecast.errors import Conflict, Defect, StoreAway
from forecast.journal import access_rows, delivery_rows
from forecast.journal.access import Key, Listing, Session
from forecast.journal.backup import restore, write_backup
from forecast.journal.chain import canonical, write_entry
from forecast.journal.database import Database, open_database
from forecast.journal.entry import Appended, Entry, EntryKind, Written
from forecast.journal.entry_rows import (
    append_entry,
    entry_of,
    last_end,
    read_entries,
    refuse_overtaken,
    walk_entries,
)
from forecast.journal.forecast_store import ForecastStore, check_texts
from forecast.journal.inspection import inspect_rows
from forecast.journal.leadership import Leadership
from forecast.journal.made import Head, Made, Stored
from forecast.journal.schema import migrate
from forecast.journal.signals import Signals, watch

__all__ = [
    "Appended",
    "Conflict",
    "Entry",
    "EntryKind",
    "Head",
    "Key",
    "Listing",
    "Made",
    "Session",
    "Store",
    "StoreAway",
    "Stored",
    "Written",
    "open_store",
    "restore",
    "watch",
]


def open_store(url: str, *, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> Store:
    """The store at an address, its tables made or brought up to date.

    Parameters
    ----------
    url
        ``sqlite:///PATH``, made where there is none, or ``postgresql://user@host/name``.
    now
        The clock: the time, aware.

    Raises
    ------
    ForecastError
        Where the address is wrong or the tables are a later version's.
    StoreAway
        Where the database cannot be reached.
    """
    database = open_database(url)
    try:
        migrate(database)
    except BaseException:
        database.close()
        raise
    return Store(database, now)


class Store(ForecastStore):
    """The journal, forecasts, keys, sessions and listings of one database."""

    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        super().__init__(database, now, Signals(self.last_sequence, database.address))
        self._leadership = Leadership(database)

    def append(
        self,
        contest: str,
        kind: EntryKind,
        actor: str,
        body: Mapping[str, Any],
        *,
        idempotency_key: str = "",
        at: datetime | None = None,
        seen: int | None = None,
    ) -> Appended:
        """Append an entry; with an idempotency key the contest has seen, give the entry it made.

        Parameters
        ----------
        seen
            The contest's last entry known to whoever decided this; None where it matters to nobody.

        Raises
        ------
        Overtaken
            Where news or a decision has followed that one.
        Conflict
            Where that key was used for another kind or body.
        """
        check_texts(contest, actor, idempotency_key)
        with self.database.writing() as connection:
            refuse_overtaken(connection, contest, seen)
            appended = append_entry(connection, contest, kind, at or self.now(), actor, body, idempotency_key)
        self.signals.tell(appended.entry.sequence)
        return appended

    def append_many(self, contest: str, given: Sequence[Written], *, seen: int | None = None) -> list[Appended]:
        """Append entries of one contest in their order, all of them or none: on disk together when this returns.

        Parameters
        ----------
        seen
            As of `append`.

        Raises
        ------
        Overtaken
            As of `append`.
        Conflict
            Where one's idempotency key was used for another kind or body: then none is appended.
        """
        for each in given:
            check_texts(contest, each.actor, each.idempotency_key)
        if not given:
            return []
        with self.database.writing() as connection:
            refuse_overtaken(connection, contest, seen)
            now = self.now()
            appended = [
                append_entry(connection, contest, each.kind, now, each.actor, each.body, each.idempotency_key)
                for each in given
            ]
        self.signals.tell(max(each.entry.sequence for each in appended))
        return appended

    def entries(
        self,
        contest: str | None = None,
        *,
        after: int = 0,
        until: datetime | None = None,
        kinds: Collection[EntryKind] = (),
        limit: int | None = None,
    ) -> list[Entry]:
        """Entries in order.

        Parameters
        ----------
        contest
            Only this contest's; None for all, empty for those of the whole service.
        after
            Only those with a higher sequence.
        until
            Only those made by this time.
        """
        with self.database.reading() as connection:
            return read_entries(connection, contest, after=after, until=until, kinds=kinds, limit=limit)

    def changes(self, after: int) -> list[Entry]:
        """Up to 1000 entries of any contest after one, for whoever polls."""
        return self.entries(after=after, limit=1000)

    def last_sequence(self) -> int:
        """Sequence of the last entry; 0 where there is none."""
        with self.database.reading() as connection:
            return last_end(connection)[0]

    def add_key(
        self,
        name: str,
        role: str,
        scopes: Sequence[str] = (),
        expires_at: datetime | None = None,
        *,
        once: bool = False,
        actor: str = "service",
    ) -> tuple[Key, str]:
        """Make a key: it, and the secret, which nobody can ask for again.

        Raises
        ------
        ForecastError
            Where there is no such role.
        """
        check_texts(name, actor, *scopes)
        with self.database.writing() as connection:
            return access_rows.insert_key(
                connection, self.now(), actor, name=name, role=role, scopes=scopes, expires_at=expires_at, once=once
            )

    def find_key(self, secret: str) -> Key | None:
        """The key of a secret, where it is good now: not revoked, not past its time, not spent."""
        with self.database.reading() as connection:
            return access_rows.live_key(connection, secret, self.now())

    def revoke_key(self, id: int, *, actor: str = "service") -> Key:  # noqa: A002 - the key's own word
        """Revoke a key and end its sessions.

        Raises
        ------
        ForecastError
            Where there is no such key.
        """
        with self.database.writing() as connection:
            return access_rows.revoke(connection, self.now(), actor, id)

    def keys(self) -> list[Key]:
        """Every key, revoked ones too."""
        with self.database.reading() as connection:
            return access_rows.read_keys(connection)

    def add_session(self, key: Key) -> tuple[Session, str]:
        """Sign somebody in for twelve hours: the session, and the token for their cookie.

        Raises
        ------
        ForecastError
            Where the key is revoked, past its time or, good for once, spent.
        """
        with self.database.writing() as connection:
            return access_rows.open_session(connection, self.now(), key)

    def find_session(self, token: str) -> Session | None:
        """The session of a token, where it and its key are good now."""
        with self.database.reading() as connection:
            return access_rows.live_session(connection, token, self.now())

    def end_session(self, token: str) -> None:
        """Sign somebody out."""
        with self.database.writing() as connection:
            access_rows.close_session(connection, token)

    def add_listing(self, listing: Listing, *, actor: str = "service") -> None:
        """Serve a contest that no configuration names; one listed before under the same id is replaced."""
        with self.database.writing() as connection:
            access_rows.insert_listing(connection, listing, actor, self.now())

    def listings(self) -> list[Listing]:
        """Contests listed at run time."""
        with self.database.reading() as connection:
            return access_rows.read_listings(connection)

    def begin_delivery(self, target: str, sequence: int) -> int:
        """The last entry that a webhook's target has been told of: the one given where nobody knows the target yet."""
        with self.database.writing() as connection:
            return delivery_rows.begin_delivery(connection, target, sequence)

    def move_delivery(self, target: str, sequence: int) -> None:
        """Note that a target has been told of the entries up to one; its place never moves back."""
        with self.database.writing() as connection:
            delivery_rows.move_delivery(connection, target, sequence)

    def lead(self) -> bool:
        """Whether this process makes the forecasts; it takes the lead where nobody has it."""
        return self._leadership.lead()

    def check(self) -> tuple[Defect, ...]:
        """What is not as it was put there: entries, documents, keys, listings. Nothing, where nobody touched them."""
        with self.database.reading() as connection:
            return tuple(inspect_rows(connection))

    def export(self, out: TextIO) -> int:
        """Write the audit log, an entry a line as JSON, and say how many there are."""
        with self.database.reading() as connection:
            lines = (canonical(write_entry(entry_of(row))) + "\n" for row in walk_entries(connection))
            return sum(1 for line in lines if out.write(line))

    def backup(self, path: Path) -> None:
        """Write everything but sessions to one file, while the service runs; `restore` reads it."""
        write_backup(self.database, path)

    def close(self) -> None:
        """Close what is open, and let another process lead."""
        self.signals.stop()
        self._leadership.leave()
        self.database.close()
