"""Who is told of events by webhook, and what a message to them is."""

from __future__ import annotations

import base64
import ipaddress
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import urlsplit

from forecast.errors import Defect, ForecastError

__all__ = ["Event", "Target", "check_target", "message_of"]

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
    """The message's id, the same however often it is sent, and its body as JSON text."""
    body = {
        "type": f"contest.{event.kind}",
        "timestamp": event.data.get("at") or None,
        "data": {"contest": event.contest, "sequence": event.sequence, **event.data},
    }
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"), default=str)
    return f"msg_{event.contest}_{event.sequence}_{event.kind}", text
