"""Who may do what: keys, the sessions opened with them, and contests listed while the service runs."""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum
from hashlib import sha256

__all__ = ["SESSION_LASTS", "Key", "Listing", "Role", "Session", "digest_secret", "make_secret", "sign_form"]

SESSION_LASTS = timedelta(hours=12)


class Role(IntEnum):
    """What a key may do; each may do what those before it may."""

    VIEWER = 1
    OPERATOR = 2
    EDITOR = 3
    ADMIN = 4


@dataclass(frozen=True, slots=True)
class Key:
    """A key, without its secret, which is shown once and kept by nobody.

    Parameters
    ----------
    role
        ``viewer``, ``operator``, ``editor`` or ``admin``.
    scopes
        Ids of the contests it is for; empty for all.
    once
        Whether it opens one session and no other, and is no use without one.
    """

    id: int
    name: str
    role: str
    scopes: tuple[str, ...]
    made_at: datetime
    expires_at: datetime | None = None
    once: bool = False
    used_at: datetime | None = None
    revoked_at: datetime | None = None

    @property
    def actor(self) -> str:
        """What entries name it by: ``"operator Ann (key 3)"``."""
        return f"{self.role} {self.name} (key {self.id})"

    def valid(self, now: datetime) -> bool:
        """Whether it is neither revoked nor past its time."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody signed in at a browser.

    Parameters
    ----------
    csrf
        What a form must hold to be taken as theirs.
    """

    key: Key
    made_at: datetime
    expires_at: datetime
    csrf: str


@dataclass(frozen=True, slots=True)
class Listing:
    """A contest served though no configuration names it: a rehearsal.

    Parameters
    ----------
    id
        What it is served as.
    contest
        Name or path of the contest.
    test
        Whether everything shown of it says that it is a test.
    draws
        Of each forecast; 0 for as many as are usual for the contest.
    """

    id: str
    contest: str
    test: bool
    engine: str
    draws: int
    seed: int
    made_at: datetime


def make_secret(prefix: str) -> str:
    """256 random bits as text that says what it is, so that scanners of leaks find it."""
    return f"{prefix}_{secrets.token_urlsafe(32)}"


def digest_secret(secret: str) -> str:
    """What is kept of a secret: SHA-256, enough where 256 bits are random."""
    return sha256(secret.encode("utf-8", "replace")).hexdigest()


def sign_form(token: str) -> str:
    """What forms of a session hold: known to whoever has the token, and telling nothing of it."""
    return hmac.new(token.encode("utf-8", "replace"), b"form", sha256).hexdigest()
