"""The journal's tables, the same in SQLite and PostgreSQL: times and JSON are text, which both keep exactly."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

__all__ = ["BACKED_UP", "METADATA", "deliveries", "ends", "entries", "forecasts", "keys", "listings", "sessions"]

METADATA = MetaData()
WHEN = 27  # characters of a time

entries = Table(
    "entries",
    METADATA,
    Column("sequence", BigInteger, primary_key=True, autoincrement=False),
    Column("contest", Text, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("at", String(WHEN), nullable=False),
    Column("actor", Text, nullable=False),
    Column("body", Text, nullable=False),  # canonical JSON
    Column("idempotency_key", Text),  # null where there is none, so that it can be unique
    Column("previous", String(64), nullable=False),
    Column("digest", String(64), nullable=False),
    UniqueConstraint("contest", "idempotency_key", name="entries_once"),
    Index("entries_by_contest", "contest", "kind", "sequence"),
)

# One row: how long the journal is and how it ends, so that entries taken off the end are missed.
ends = Table(
    "ends",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("sequence", BigInteger, nullable=False),
    Column("digest", String(64), nullable=False),
)

forecasts = Table(
    "forecasts",
    METADATA,
    Column("contest", Text, primary_key=True),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("at", String(WHEN), nullable=False),
    Column("through", BigInteger, nullable=False),
    Column("model", Text, nullable=False),
    Column("seconds", Float(53), nullable=False),
    Column("digest", String(64), nullable=False),  # SHA-256 of the document
    Column("published", BigInteger),  # the latest entry that put it on air
    Column("head", Text, nullable=False),  # headline figures, JSON
    Column("document", LargeBinary, nullable=False),  # compressed: a night is tens of thousands of them
    Index("forecasts_on_air", "contest", "published"),
)

keys = Table(
    "keys",
    METADATA,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("name", Text, nullable=False),
    Column("role", String(16), nullable=False),
    Column("scopes", Text, nullable=False),  # JSON list
    Column("digest", String(64), nullable=False, unique=True),  # SHA-256 of the secret
    Column("once", Boolean, nullable=False),
    Column("made_at", String(WHEN), nullable=False),
    Column("expires_at", String(WHEN)),
    Column("used_at", String(WHEN)),
    Column("revoked_at", String(WHEN)),
)

sessions = Table(
    "sessions",
    METADATA,
    Column("digest", String(64), primary_key=True),  # SHA-256 of the token
    Column("key", BigInteger, nullable=False),
    Column("made_at", String(WHEN), nullable=False),
    Column("expires_at", String(WHEN), nullable=False),
)

listings = Table(
    "listings",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("contest", Text, nullable=False),
    Column("test", Boolean, nullable=False),
    Column("engine", Text, nullable=False),
    Column("draws", Integer, nullable=False),
    Column("seed", BigInteger, nullable=False),
    Column("made_at", String(WHEN), nullable=False),
)

# How far each webhook's target has been told of the entries.
deliveries = Table(
    "deliveries",
    METADATA,
    Column("target", String(64), primary_key=True),  # SHA-256 of "1 ADDRESS"; the address may hold a secret
    Column("sequence", BigInteger, nullable=False),
)

# What a backup holds: not sessions, so that nobody is signed in to a restored service.
BACKED_UP = (entries, ends, forecasts, keys, listings, deliveries)
