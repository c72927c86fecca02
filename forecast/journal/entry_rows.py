"""Entries in the database: appended one after another, read in order."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, insert, select, text, update

from forecast.errors import Conflict, Defect, ForecastError, Overtaken
from forecast.journal.chain import canonical, read_entry, seal, write_entry
from forecast.journal.entry import GENESIS, Appended, Entry, EntryKind, write_time
from forecast.journal.tables import ends, entries

__all__ = [
    "CHANNEL",
    "RESTORE",
    "append_entry",
    "entry_of",
    "last_end",
    "read_entries",
    "refuse_overtaken",
    "walk_entries",
]

CHANNEL = "forecast_journal"  # where PostgreSQL tells the other processes
PAGE = 1000
# After these a contest is not as it was.
MOVES = [
    kind.value
    for kind in (EntryKind.NEWS, EntryKind.PROPOSAL, EntryKind.CONFIRMED, EntryKind.REJECTED, EntryKind.DECISION)
]
RESTORE = "Compare it with a backup."


def append_entry(
    connection: Connection,
    contest: str,
    kind: EntryKind,
    at: datetime,
    actor: str,
    body: Mapping[str, Any],
    idempotency_key: str = "",
) -> Appended:
    """Append within a transaction that nobody else writes beside.

    Raises
    ------
    Conflict
        Where the idempotency key was used for something else.
    """
    if idempotency_key and (found := _find(connection, contest, idempotency_key)):
        if found.kind == kind and canonical(found.body) == canonical(body):
            return Appended(found, repeated=True)
        what = f'the key "{idempotency_key}" was used for another request, entry {found.sequence}.'
        raise Conflict(Defect("idempotency key", what, "Send a new key with a new request."))
    sequence, digest = last_end(connection)
    entry = seal(
        sequence, digest, contest=contest, kind=kind, at=at, actor=actor, body=body, idempotency_key=idempotency_key
    )
    connection.execute(insert(entries).values(_row(entry)))
    if entry.sequence == 1:
        connection.execute(insert(ends).values(id=1, sequence=1, digest=entry.digest))
    else:
        connection.execute(update(ends).values(sequence=entry.sequence, digest=entry.digest))
    if connection.dialect.name == "postgresql":
        connection.execute(
            text("SELECT pg_notify(:channel, :sequence)"), {"channel": CHANNEL, "sequence": str(entry.sequence)}
        )
    return Appended(entry)


def refuse_overtaken(connection: Connection, contest: str, seen: int | None) -> None:
    """Raise where a contest is not as it was, within a transaction that nobody else writes beside.

    Parameters
    ----------
    seen
        The last of its entries that was known to whoever decided what is to be written; None for no matter which.
    """
    if seen is None:
        return
    later = (entries.c.contest == contest) & entries.c.kind.in_(MOVES) & (entries.c.sequence > seen)
    if (found := connection.execute(select(entries.c.sequence).where(later).limit(1)).scalar()) is not None:
        raise Overtaken(Defect(contest, f"entry {found} was written meanwhile.", "Look at it and try again."))


def last_end(connection: Connection) -> tuple[int, str]:
    """Sequence and digest of the last entry; 0 and the digest that the first follows where there is none."""
    row = connection.execute(select(ends.c.sequence, ends.c.digest)).first()
    return (0, GENESIS) if row is None else (row.sequence, row.digest)


def read_entries(
    connection: Connection,
    contest: str | None = None,
    *,
    after: int = 0,
    until: datetime | None = None,
    kinds: Collection[EntryKind] = (),
    limit: int | None = None,
) -> list[Entry]:
    """Entries in order; see ``Store.entries``."""
    query = select(entries).where(entries.c.sequence > after).order_by(entries.c.sequence).limit(limit)
    if contest is not None:
        query = query.where(entries.c.contest == contest)
    if until is not None:
        query = query.where(entries.c.at <= write_time(until))
    if kinds:
        query = query.where(entries.c.kind.in_([EntryKind(kind).value for kind in kinds]))
    return [entry_of(row) for row in connection.execute(query).mappings()]


def walk_entries(connection: Connection) -> Iterator[RowMapping]:
    """Every row as it stands, in order, a page at a time."""
    after: int | None = None
    while True:
        query = select(entries).order_by(entries.c.sequence).limit(PAGE)
        rows = connection.execute(query if after is None else query.where(entries.c.sequence > after)).mappings().all()
        yield from rows
        if len(rows) < PAGE:
            return
        after = rows[-1]["sequence"]


def entry_of(row: RowMapping) -> Entry:
    """An entry from its row.

    Raises
    ------
    ForecastError
        Where what stands in the row was never an entry.
    """
    try:
        return read_entry({**row, "body": json.loads(row["body"]), "idempotency_key": row["idempotency_key"] or ""})
    except (ValueError, TypeError) as error:
        where = f"journal, entry {row['sequence']}"
        raise ForecastError(Defect(where, "cannot be read: it is not what was appended.", RESTORE)) from error


def _row(entry: Entry) -> dict[str, Any]:
    kept = {"body": canonical(entry.body), "idempotency_key": entry.idempotency_key or None}
    return write_entry(entry) | kept


def _find(connection: Connection, contest: str, idempotency_key: str) -> Entry | None:
    query = select(entries).where(entries.c.contest == contest, entries.c.idempotency_key == idempotency_key)
    row = connection.execute(query).mappings().first()
    return None if row is None else entry_of(row)
