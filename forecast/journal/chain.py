"""The chain of digests over the journal's entries: whatever is changed, removed or put in between shows.

An entry's digest is SHA-256 of the digest before it, a line feed, and the canonical JSON of the rest of the entry: keys
sorted, no spaces, ASCII, numbers as Python writes them. Anybody can check an exported journal with that alone.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from typing import Any

from forecast.errors import Defect
from forecast.journal.entry import GENESIS, Entry, EntryKind, read_time, write_time

__all__ = ["canonical", "check_chain", "digest_of", "find_breaks", "read_entry", "seal", "write_entry"]


def canonical(value: Any) -> str:
    """JSON in the one form that digests are made of.

    Raises
    ------
    ValueError, TypeError
        Where the value is not JSON: NaN and infinities are not.
    """
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)


def seal(
    after: int,
    previous: str,
    *,
    contest: str,
    kind: EntryKind,
    at: datetime,
    actor: str,
    body: Mapping[str, Any],
    idempotency_key: str = "",
) -> Entry:
    """The entry that follows another, given by its sequence and its digest, with its own digest."""
    unsealed = Entry(
        sequence=after + 1,
        contest=contest,
        kind=EntryKind(kind),
        at=read_time(write_time(at)),
        actor=actor,
        body=json.loads(canonical(body)),
        previous=previous,
        digest="",
        idempotency_key=idempotency_key,
    )
    return replace(unsealed, digest=digest_of(unsealed))


def digest_of(entry: Entry) -> str:
    """What an entry's digest must be, in hexadecimal."""
    rest = {key: value for key, value in write_entry(entry).items() if key not in {"previous", "digest"}}
    return sha256(f"{entry.previous}\n{canonical(rest)}".encode()).hexdigest()


def write_entry(entry: Entry) -> dict[str, Any]:
    """An entry as JSON: a line of the exported journal."""
    return {
        "sequence": entry.sequence,
        "contest": entry.contest,
        "kind": entry.kind.value,
        "at": write_time(entry.at),
        "actor": entry.actor,
        "body": dict(entry.body),
        "idempotency_key": entry.idempotency_key,
        "previous": entry.previous,
        "digest": entry.digest,
    }


def read_entry(fields: Mapping[str, Any]) -> Entry:
    """An entry from its JSON.

    Raises
    ------
    KeyError, TypeError, ValueError
        Where it is not an entry.
    """
    return Entry(
        sequence=int(fields["sequence"]),
        contest=str(fields["contest"]),
        kind=EntryKind(fields["kind"]),
        at=read_time(fields["at"]),
        actor=str(fields["actor"]),
        body=dict(fields["body"]),
        previous=str(fields["previous"]),
        digest=str(fields["digest"]),
        idempotency_key=str(fields.get("idempotency_key", "")),
    )


def check_chain(entries: Iterable[Entry]) -> tuple[Defect, ...]:
    """What is wrong with the chain of a whole journal: nothing, where nobody has touched it.

    Entries taken off the end leave a chain that is whole: only the last digest, kept elsewhere, shows that.

    Parameters
    ----------
    entries
        From the first on, in order.
    """
    return tuple(find_breaks(entries))


def find_breaks(entries: Iterable[Entry]) -> Iterator[Defect]:
    """Each place where the chain does not hold, as the entries come."""
    previous, place = GENESIS, 0
    for entry in entries:
        place += 1
        where = f"journal, entry {entry.sequence}"
        if entry.sequence != place:
            yield Defect(
                where, f"stands where entry {place} should: entries were removed, added or put in another order."
            )
        if entry.previous != previous:
            yield Defect(where, "does not follow the entry before it.", "One of the two was changed or removed.")
        if entry.digest != digest_of(entry):
            yield Defect(where, "is not what was appended: its digest differs.", "Compare it with a backup.")
        previous, place = entry.digest, entry.sequence
