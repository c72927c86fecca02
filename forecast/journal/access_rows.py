"""Keys, sessions and listings in the database; of secrets only the digest."""

from __future__ import annotations

import hmac
import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, delete, func, insert, select, update

from forecast.errors import Defect, ForecastError, did_you_mean
from forecast.journal.access import (
    SESSION_LASTS,
    Key,
    Listing,
    Role,
    Session,
    digest_secret,
    make_secret,
    sign_form,
)
from forecast.journal.entry import LISTED, EntryKind, read_time, write_time
from forecast.journal.entry_rows import append_entry
from forecast.journal.tables import keys, listings, sessions

__all__ = [
    "close_session",
    "insert_key",
    "insert_listing",
    "key_of",
    "live_key",
    "live_session",
    "open_session",
    "read_keys",
    "read_listings",
    "revoke",
]


def insert_key(
    connection: Connection,
    now: datetime,
    actor: str,
    *,
    name: str,
    role: str,
    scopes: Sequence[str],
    expires_at: datetime | None,
    once: bool,
) -> tuple[Key, str]:
    """Make a key: it, and the secret that is shown once."""
    roles = [each.name.lower() for each in Role]
    if role not in roles:
        raise ForecastError(
            Defect("key", f'no role "{role}".', did_you_mean(role, roles, f"They are {', '.join(roles)}."))
        )
    secret = make_secret("fk")
    row = {
        "id": connection.execute(select(func.coalesce(func.max(keys.c.id), 0))).scalar_one() + 1,
        "name": name,
        "role": role,
        "scopes": json.dumps(list(scopes)),
        "digest": digest_secret(secret),
        "once": once,
        "made_at": write_time(now),
        "expires_at": None if expires_at is None else write_time(expires_at),
        "used_at": None,
        "revoked_at": None,
    }
    connection.execute(insert(keys).values(row))
    append_entry(connection, "", EntryKind.KEY, now, actor, {"action": "added"} | key_facts(row))
    return key_of(row), secret


def key_facts(row: RowMapping | dict[str, Any]) -> dict[str, Any]:
    """What the journal says of a key when it is made, so that a row changed later shows."""
    facts = {name: row[name] for name in ("name", "role", "once", "made_at", "expires_at")}
    # the digest's own digest: enough to tell keys apart, nothing to sign in with
    return facts | {"key": row["id"], "scopes": json.loads(row["scopes"]), "fingerprint": digest_secret(row["digest"])}


def revoke(connection: Connection, now: datetime, actor: str, number: int) -> Key:
    """Revoke a key and end its sessions."""
    row = connection.execute(select(keys).where(keys.c.id == number)).mappings().first()
    if row is None:
        raise ForecastError(Defect("key", f"there is no key {number}."))
    if row["revoked_at"] is None:
        connection.execute(update(keys).where(keys.c.id == number).values(revoked_at=write_time(now)))
        connection.execute(delete(sessions).where(sessions.c.key == number))
        append_entry(connection, "", EntryKind.KEY, now, actor, {"action": "revoked", "key": number})
        row = connection.execute(select(keys).where(keys.c.id == number)).mappings().one()
    return key_of(row)


def live_key(connection: Connection, secret: str, now: datetime) -> Key | None:
    """The key of a secret, where it is good now."""
    digest = digest_secret(secret)
    row = connection.execute(select(keys).where(keys.c.digest == digest)).mappings().first()
    if row is None or not hmac.compare_digest(row["digest"], digest):
        return None
    key = key_of(row)
    return key if key.valid(now) and not (key.once and key.used_at) else None


def read_keys(connection: Connection) -> list[Key]:
    """Every key, revoked ones too."""
    return [key_of(row) for row in connection.execute(select(keys).order_by(keys.c.id)).mappings()]


def open_session(connection: Connection, now: datetime, key: Key) -> tuple[Session, str]:
    """Sign somebody in: the session, and the token for their cookie."""
    unused = keys.c.used_at.is_(None) if key.once else keys.c.id == key.id
    good = (keys.c.id == key.id) & keys.c.revoked_at.is_(None) & unused
    if not key.valid(now) or connection.execute(update(keys).where(good).values(used_at=write_time(now))).rowcount != 1:
        raise ForecastError(Defect("key", f"key {key.id} does not open a session any more.", "Ask for a new one."))
    if key.once:
        append_entry(connection, "", EntryKind.KEY, now, key.actor, {"action": "used", "key": key.id})
    token, ends_at = make_secret("fs"), now + SESSION_LASTS
    connection.execute(delete(sessions).where(sessions.c.expires_at <= write_time(now)))
    row = {"digest": digest_secret(token), "key": key.id, "made_at": write_time(now), "expires_at": write_time(ends_at)}
    connection.execute(insert(sessions).values(row))
    return Session(key, now, ends_at, sign_form(token)), token


def live_session(connection: Connection, token: str, now: datetime) -> Session | None:
    """The session of a token, where it and its key are good now."""
    digest = digest_secret(token)
    row = connection.execute(select(sessions).where(sessions.c.digest == digest)).mappings().first()
    if row is None or not hmac.compare_digest(row["digest"], digest) or read_time(row["expires_at"]) <= now:
        return None
    key = key_of(connection.execute(select(keys).where(keys.c.id == row["key"])).mappings().one())
    made_at, expires_at = read_time(row["made_at"]), read_time(row["expires_at"])
    return Session(key, made_at, expires_at, sign_form(token)) if key.valid(now) else None


def close_session(connection: Connection, token: str) -> None:
    """Sign somebody out."""
    connection.execute(delete(sessions).where(sessions.c.digest == digest_secret(token)))


def insert_listing(connection: Connection, listing: Listing, actor: str, now: datetime) -> None:
    """List a contest; one listed before under the same id is replaced."""
    row = asdict(listing) | {"made_at": write_time(listing.made_at)}
    connection.execute(delete(listings).where(listings.c.id == listing.id))
    connection.execute(insert(listings).values(row))
    append_entry(connection, listing.id, EntryKind.SERVICE, now, actor, {"action": LISTED, "listing": row})


def read_listings(connection: Connection) -> list[Listing]:
    """Contests listed at run time, in the order in which they were."""
    rows = connection.execute(select(listings).order_by(listings.c.made_at, listings.c.id)).mappings()
    return [Listing(**{**row, "made_at": read_time(row["made_at"])}) for row in rows]


def key_of(row: RowMapping | dict[str, Any]) -> Key:
    """A key from its row."""
    times = {name: row[name] and read_time(row[name]) for name in ("made_at", "expires_at", "used_at", "revoked_at")}
    return Key(row["id"], row["name"], row["role"], tuple(json.loads(row["scopes"])), once=row["once"], **times)
