"""Forecasts in the database: every one made, and which entry put it on air."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, func, insert, select, update

from forecast.errors import Defect, ForecastError
from forecast.journal.entry import PAST, Entry, EntryKind, read_time, write_time
from forecast.journal.entry_rows import append_entry
from forecast.journal.made import Head, Mark, Packed, Stored, unpack
from forecast.journal.tables import entries, forecasts

__all__ = [
    "find_forecast",
    "find_mark",
    "forecast_on_air",
    "insert_forecast",
    "insert_past",
    "publish_forecast",
    "read_history",
    "stored_of",
]

LIGHT = [column for column in forecasts.c if column.name != "document"]


def insert_forecast(connection: Connection, made: Packed, at: datetime, first: int = 1) -> Stored:
    """Store a forecast under the contest's next number, or the ``first`` where it has none."""
    last = connection.execute(
        select(func.coalesce(func.max(forecasts.c.number), first - 1)).where(forecasts.c.contest == made.contest)
    ).scalar_one()
    return _insert(connection, made, at, last + 1)


def insert_past(
    connection: Connection, contest: str, past: Sequence[tuple[Packed, datetime]], at: datetime, actor: str
) -> Entry:
    """Store forecasts of the past under the numbers from 1, and the entry that lists them."""
    taken = connection.execute(
        select(func.count()).where(forecasts.c.contest == contest, forecasts.c.number <= len(past))
    ).scalar_one()
    if taken:
        raise ForecastError(Defect(contest, "has forecasts under the numbers that are its past's."))
    stored = [_insert(connection, made, when, number) for number, (made, when) in enumerate(past, start=1)]
    body = {"action": PAST, "forecasts": [_facts(each) for each in stored]}
    entry = append_entry(connection, contest, EntryKind.SERVICE, at, actor, body).entry
    these = (forecasts.c.contest == contest) & (forecasts.c.number <= len(past))
    connection.execute(update(forecasts).where(these).values(published=entry.sequence))
    return entry


def _insert(connection: Connection, made: Packed, at: datetime, number: int) -> Stored:
    row = {
        "contest": made.contest,
        "number": number,
        "at": write_time(at),
        "through": made.through,
        "model": made.model,
        "seconds": float(made.seconds),
        "digest": made.digest,
        "published": None,
        "head": made.head,
        "document": made.packed,
    }
    connection.execute(insert(forecasts).values(row))
    return Stored(
        contest=made.contest,
        through=made.through,
        document=made.document,
        model=made.model,
        seconds=float(made.seconds),
        number=number,
        at=read_time(write_time(at)),
        digest=made.digest,
        published=None,
    )


def publish_forecast(connection: Connection, stored: Stored, at: datetime, actor: str, body: dict[str, Any]) -> Entry:
    """Append the entry that puts a forecast on air: which one it is stands in it whatever else is said."""
    appended = append_entry(connection, stored.contest, EntryKind.PUBLICATION, at, actor, body | _facts(stored))
    this = _is(stored.contest, stored.number)
    connection.execute(update(forecasts).where(this).values(published=appended.entry.sequence))
    return appended.entry


def find_forecast(connection: Connection, contest: str, number: int | None = None) -> Stored | None:
    """A forecast by its number, or the latest made."""
    query = select(forecasts).where(forecasts.c.contest == contest)
    query = query.order_by(forecasts.c.number.desc()).limit(1) if number is None else query.where(_is(contest, number))
    row = connection.execute(query).mappings().first()
    return None if row is None else stored_of(row)


def find_mark(connection: Connection, contest: str) -> Mark | None:
    """Which forecast was made last; its document is not read."""
    facts = forecasts.c.number, forecasts.c.through, forecasts.c.digest, forecasts.c.published
    query = select(*facts).where(forecasts.c.contest == contest).order_by(forecasts.c.number.desc()).limit(1)
    row = connection.execute(query).first()
    return None if row is None else Mark(*row)


def forecast_on_air(
    connection: Connection, contest: str, at: datetime | None = None, *, without: Sequence[tuple[int, int]] = ()
) -> Stored | None:
    """The forecast last put on air, by a time where one is given; ``published`` is the entry that did it.

    What was put on air from one entry to before another, for each pair in ``without``, is left out.
    """
    query = select(entries.c.sequence, entries.c.body).where(
        entries.c.contest == contest, entries.c.kind == EntryKind.PUBLICATION.value
    )
    query = query.where(*(_outside(entries.c.sequence, each) for each in without))
    if at is not None:
        query = query.where(entries.c.at <= write_time(at))
    found = connection.execute(query.order_by(entries.c.sequence.desc()).limit(1)).first()
    if found is None:
        return None
    row = (
        connection.execute(select(forecasts).where(_is(contest, json.loads(found.body)["forecast"]))).mappings().first()
    )
    return None if row is None else stored_of({**row, "published": found.sequence})


def read_history(
    connection: Connection,
    contest: str,
    *,
    after: int,
    limit: int,
    published: bool,
    newest: bool = False,
    without: Sequence[tuple[int, int]] = (),
) -> list[Head]:
    """Forecasts without their documents, in the order of their numbers: the first of them, or the newest."""
    query = select(*LIGHT).where(forecasts.c.contest == contest, forecasts.c.number > after)
    if published:
        query = query.where(forecasts.c.published.is_not(None))
    query = query.where(
        *(_outside(func.coalesce(forecasts.c.published, forecasts.c.through), each) for each in without)
    )
    order = forecasts.c.number.desc() if newest else forecasts.c.number
    heads = [_head_of(row) for row in connection.execute(query.order_by(order).limit(limit)).mappings()]
    return heads[::-1] if newest else heads


def stored_of(row: RowMapping | dict[str, Any]) -> Stored:
    """A forecast from its row.

    Raises
    ------
    ForecastError
        Where the document cannot be read any more.
    """
    try:
        document = unpack(row["document"])
    except ValueError as error:
        where = f"journal, forecast {row['number']} of {row['contest']}"
        raise ForecastError(Defect(where, "its document cannot be read.", "Restore a backup.")) from error
    return Stored(
        contest=row["contest"],
        through=row["through"],
        document=document,
        model=row["model"],
        seconds=row["seconds"],
        number=row["number"],
        at=read_time(row["at"]),
        digest=row["digest"],
        published=row["published"],
    )


def _facts(stored: Stored) -> dict[str, Any]:
    """Which forecast it is, as entries name it."""
    facts = {"forecast": stored.number, "digest": stored.digest, "through": stored.through, "model": stored.model}
    return facts | {"made_at": write_time(stored.at)}


def _head_of(row: RowMapping) -> Head:
    head = json.loads(row["head"])
    return Head(
        number=row["number"], at=read_time(row["at"]), through=row["through"], published=row["published"], **head
    )


def _outside(sequence: ColumnElement[int], entries_of: tuple[int, int]) -> ColumnElement[bool]:
    begun, ended = entries_of
    return (sequence < begun) | (sequence >= ended)


def _is(contest: str, number: int) -> ColumnElement[bool]:
    return (forecasts.c.contest == contest) & (forecasts.c.number == number)
