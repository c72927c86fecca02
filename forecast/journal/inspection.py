"""Whether everything in the database is what was put there: the chain, the documents, and what it says of the rest."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, RowMapping, select

from forecast.errors import Defect, ForecastError
from forecast.journal.access_rows import key_facts
from forecast.journal.chain import canonical, find_breaks
from forecast.journal.entry import PAST, RESERVED, Entry, EntryKind, write_time
from forecast.journal.entry_rows import RESTORE, entry_of, last_end, walk_entries
from forecast.journal.made import digest_document, unpack, write_head
from forecast.journal.tables import forecasts, keys, listings

__all__ = ["inspect_rows"]


@dataclass(slots=True)
class _Said:
    """What the entries say of the rows of other tables."""

    last: tuple[int, str] | None = None
    published: dict[tuple[str, int], tuple[int, Mapping[str, Any]]] = field(default_factory=dict)
    reserved: dict[str, int] = field(default_factory=dict)
    keys: dict[int, Mapping[str, Any]] = field(default_factory=dict)
    revoked: dict[int, str] = field(default_factory=dict)
    used: set[int] = field(default_factory=set)
    listed: dict[str, Mapping[str, Any]] = field(default_factory=dict)

    def hear(self, entry: Entry) -> None:
        """Remember what an entry says."""
        self.last, body = (entry.sequence, entry.digest), entry.body
        if entry.kind == EntryKind.PUBLICATION and "forecast" in body:
            self.published[entry.contest, body["forecast"]] = entry.sequence, body
        elif entry.kind == EntryKind.SERVICE and body.get("action") == PAST:
            self.published |= {(entry.contest, each["forecast"]): (entry.sequence, each) for each in body["forecasts"]}
        elif entry.kind == EntryKind.SERVICE and body.get("action") == RESERVED:
            self.reserved[entry.contest] = body["forecasts"]
        elif entry.kind == EntryKind.KEY:
            self._hear_key(entry, body)
        elif entry.kind == EntryKind.SERVICE and body.get("action") == "listed":
            self.listed[entry.contest] = body["listing"]

    def _hear_key(self, entry: Entry, body: Mapping[str, Any]) -> None:
        if body.get("action") == "added":
            self.keys[body["key"]] = {name: value for name, value in body.items() if name != "action"}
        elif body.get("action") == "revoked":
            self.revoked[body["key"]] = write_time(entry.at)
        elif body.get("action") == "used":
            self.used.add(body["key"])


def inspect_rows(connection: Connection) -> Iterator[Defect]:
    """Every defect of the database, within a transaction that sees one moment of it."""
    said, faults = _Said(), list[Defect]()
    yield from find_breaks(_heard(connection, said, faults))
    yield from faults
    if last_end(connection) != (said.last or last_end(connection)) or (said.last is None and last_end(connection)[0]):
        yield Defect("journal, its end", "is not where the last entry is: entries were taken off or put on.", RESTORE)
    yield from _inspect_forecasts(connection, said)
    yield from _inspect_keys(connection, said)
    yield from _inspect_listings(connection, said)


def _heard(connection: Connection, said: _Said, faults: list[Defect]) -> Iterator[Entry]:
    for row in walk_entries(connection):
        where = f"journal, entry {row['sequence']}"
        try:
            entry = entry_of(row)
            exact = canonical(entry.body) == row["body"] and write_time(entry.at) == row["at"]
            if not exact:
                faults.append(Defect(where, "is not written as the journal writes.", RESTORE))
            said.hear(entry)
            yield entry
        except ForecastError as error:
            faults.extend(error.defects)
        except (ValueError, TypeError, KeyError, AttributeError):
            faults.append(Defect(where, "does not say what its kind says.", RESTORE))


def _inspect_forecasts(connection: Connection, said: _Said) -> Iterator[Defect]:
    found: dict[str, int] = {}
    query = select(forecasts).order_by(forecasts.c.contest, forecasts.c.number)
    for row in connection.execution_options(yield_per=20).execute(query).mappings():
        contest, number = row["contest"], row["number"]
        where = f"journal, forecast {number} of {contest}"
        before = said.reserved.get(contest, 0) if contest not in found else found[contest]
        if number != before + 1 and not (number == 1 and contest not in found):
            yield Defect(where, f"follows forecast {found.get(contest, 0)}: some were removed.", RESTORE)
        found[contest] = number
        yield from (Defect(where, what, RESTORE) for what in _faults_of(row, said.published.get((contest, number))))
    for contest, number in said.published:
        if number > found.get(contest, 0):
            yield Defect(f"journal, forecast {number} of {contest}", "was on air and is not there.", RESTORE)


def _faults_of(row: RowMapping, publication: tuple[int, Mapping[str, Any]] | None) -> Iterator[str]:
    try:
        document = unpack(row["document"])
        if digest_document(document) != row["digest"]:
            yield "is not the document that was stored: its digest differs."
        if json.loads(row["head"]) != write_head(document):
            yield "has headline figures that are not its document's."
    except (ValueError, TypeError, KeyError, AttributeError):
        yield "has a document that cannot be read."
    if row["published"] != (publication and publication[0]):
        yield "is marked as on air by another entry than the one that put it there."
    facts = {"forecast": "number", "digest": "digest", "through": "through", "model": "model", "made_at": "at"}
    if publication and any(publication[1].get(name) != row[column] for name, column in facts.items()):
        yield "is not the forecast that went on air."


def _inspect_keys(connection: Connection, said: _Said) -> Iterator[Defect]:
    rows = {row["id"]: row for row in connection.execute(select(keys)).mappings()}
    for number in sorted({*rows, *said.keys}):
        row, where = rows.get(number), f"journal, key {number}"
        if row is None or number not in said.keys:
            yield Defect(where, "is gone." if row is None else "was made by nobody the journal knows.", RESTORE)
        elif key_facts(row) != said.keys[number]:
            yield Defect(where, "is not the key that was made.", RESTORE)
        elif row["revoked_at"] != said.revoked.get(number) or _spent(row) != (number in said.used):
            yield Defect(where, "is revoked or used otherwise than the journal says.", RESTORE)


def _spent(row: RowMapping) -> bool:
    return bool(row["once"] and row["used_at"])


def _inspect_listings(connection: Connection, said: _Said) -> Iterator[Defect]:
    rows = {row["id"]: dict(row) for row in connection.execute(select(listings)).mappings()}
    for name in sorted({*rows, *said.listed}):
        if rows.get(name) != said.listed.get(name):
            yield Defect(f"journal, contest {name}", "is not listed as the journal says.", RESTORE)
