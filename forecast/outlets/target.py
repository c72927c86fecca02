"""Who is told of events by webhook, where the events come from, and what a message is."""

from __future__ import annotations

import base64
import ipaddress
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol
from urllib.parse import urlsplit

from forecast.errors import Defect, ForecastError

__all__ = ["DeadLetter", "Event", "Outbox", "Target", "UnservedError", "check_target", "message_of"]

SHORTEST = 24  # bytes of a secret, as Standard Webhooks asks for


class Event(Protocol):
    """Something that happened to a contest."""

    @property
    def sequence(self) -> int:
        """Of its journal entry."""
        ...

    @property
    def contest(self) -> str:
        """The id under which it is served."""
        ...

    @property
    def kind(self) -> str:
        """What happened."""
        ...

    @property
    def data(self) -> Mapping[str, Any]:
        """More about it; JSON."""
        ...


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """An event that was given up."""

    id: str
    contest: str
    kind: str
    given_up_at: datetime
    error: str


class UnservedError(Exception):
    """Nobody can say what an event is to the world: its contest is not served here, and may be later."""


class Outbox(Protocol):
    """Events in their order, and how far each target has been told of them; StoreAway where it cannot be reached."""

    def leads(self) -> bool:
        """Whether this process tells: of several one does."""
        ...

    def latest(self) -> int:
        """The last event's sequence."""
        ...

    async def begin(self, target: str) -> int:
        """The last event that a target was told of; for a new one, the last there is."""
        ...

    async def read(self, after: int) -> Sequence[Event]:
        """The first events after one, named as they are told; none where there are none yet.

        Each entry is there in its place; what is told later than it happened is there once more, before another.
        """
        ...

    async def outward(self, event: Event) -> Event | None:
        """What an event is to the world now; None where it is nothing, UnservedError where that is not known yet."""
        ...

    async def move(self, target: str, sequence: int) -> None:
        """Keep how far a target has been told."""
        ...

    async def give_up(self, place: str, letter: DeadLetter) -> None:
        """Keep that a target was not told of an event."""
        ...


@dataclass(frozen=True, slots=True)
class Target:
    """Somebody who is told.

    Parameters
    ----------
    url, secret
        Where, and what it is signed with: ``whsec_`` and base64.
    contests, kinds
        Of what: everything where empty.
    """

    url: str
    secret: str = field(repr=False)
    contests: frozenset[str] = frozenset()
    kinds: frozenset[str] = frozenset()

    @property
    def place(self) -> str:
        """The address without credentials, path and query, which may be secrets of the target's."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.hostname or ''}{f':{parts.port}' if parts.port else ''}"

    def wants(self, event: Event) -> bool:
        """Whether it asked for such an event."""
        return (not self.contests or event.contest in self.contests) and (not self.kinds or event.kind in self.kinds)


def check_target(target: Target, *, plain: bool = False) -> None:
    """Raise ForecastError where a target is not https, or http on this machine, or its secret is no secret.

    Parameters
    ----------
    plain
        Whether http to other machines was allowed.
    """
    parts = urlsplit(target.url)
    if parts.scheme != "https" and not (parts.scheme == "http" and (plain or _is_loopback(parts.hostname or ""))):
        raise ForecastError(Defect(target.place, "a webhook goes by https, or by http to this machine.", "Use https."))
    try:
        secret = base64.b64decode(target.secret.removeprefix("whsec_") + "==", validate=False)
    except ValueError:
        secret = b""
    if len(secret) < SHORTEST:
        remedy = f"Write whsec_ and {SHORTEST} or more random bytes in base64."
        raise ForecastError(Defect(target.place, "its secret cannot be used.", remedy))


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def message_of(event: Event) -> tuple[str, str]:
    """The message's id, the same however often it is sent, and its body as JSON text.

    The time is in the id: the numbers after a backup that was restored come again, and are other events.
    """
    body = {
        "type": f"contest.{event.kind}",
        "timestamp": event.data.get("at") or None,
        "data": {"contest": event.contest, "sequence": event.sequence, **event.data},
    }
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"), default=str)
    time = "".join(filter(str.isdigit, str(event.data.get("at", ""))))
    return f"msg_{event.contest}_{event.sequence}_{event.kind}_{time}", text
