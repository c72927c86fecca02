"""A file at an address: asked for only where it has changed, with a limit on its size, its time and our patience."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import httpx2
import stamina

from forecast.errors import Defect
from forecast.feeds.readers import Piece
from forecast.feeds.reading import MOST_BYTES
from forecast.feeds.source import SourceError

__all__ = ["AddressSource", "shown"]

TIMEOUT = 10.0  # seconds
LONGEST = 3.0  # times the timeout, for one response in all, however slowly it trickles
ATTEMPTS = 3


def shown(address: str) -> str:
    """An address as everybody may see it: without credentials and without its query."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.hostname or ''}{f':{parts.port}' if parts.port else ''}{parts.path}"


class _BusyError(Exception):
    """A response that may be better in a moment."""


@dataclass(slots=True)
class AddressSource:
    """One address, fetched by GET.

    Parameters
    ----------
    address
        http or https.
    client
        Ours to use, not to close; without one each look opens its own.
    headers
        Sent with each request, such as ``Authorization``.
    timeout_seconds
        How long it is waited for, to connect or to go on; three times as long in all.
    first_wait
        Seconds before the first retry; each further one waits about twice as long, with jitter.
    """

    address: str
    client: httpx2.AsyncClient | None = None
    headers: dict[str, str] = field(default_factory=dict)
    timeout_seconds: float = TIMEOUT
    first_wait: float = 0.5
    validators: dict[str, str] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        if urlsplit(self.address).scheme not in {"http", "https"}:
            raise SourceError(Defect(shown(self.address), "is not an address of the web.", "Write https://…"))

    @property
    def place(self) -> str:
        """The address without credentials and query."""
        return shown(self.address)

    async def fetch(self) -> tuple[Piece, ...]:
        """The body where it has changed; as in `Source`."""
        try:
            if self.client is not None:
                return await self._try(self.client)
            # Looks are seconds apart: a connection of its own for each leaves nothing open when the feed is cancelled.
            async with httpx2.AsyncClient(follow_redirects=True, max_redirects=5) as client:
                return await self._try(client)
        except (httpx2.HTTPError, httpx2.InvalidURL, httpx2.StreamError, TimeoutError, _BusyError) as error:
            what = f"could not be fetched: {_say(error)}."
            raise SourceError(Defect(self.place, what, "It is tried again."), private=repr(error)) from error

    async def _try(self, client: httpx2.AsyncClient) -> tuple[Piece, ...]:
        async for attempt in stamina.retry_context(
            on=(httpx2.TransportError, _BusyError),
            attempts=ATTEMPTS,
            timeout=LONGEST * self.timeout_seconds,
            wait_initial=self.first_wait,
            wait_jitter=self.first_wait,
        ):
            with attempt:
                async with asyncio.timeout(LONGEST * self.timeout_seconds):
                    return await self._get(client)
        return ()

    async def _get(self, client: httpx2.AsyncClient) -> tuple[Piece, ...]:
        headers = self.headers | self.validators
        async with client.stream("GET", self.address, headers=headers, timeout=self.timeout_seconds) as response:
            if response.status_code == 304:
                return ()
            if response.status_code in {429, 500, 502, 503, 504}:
                raise _BusyError(f"status {response.status_code}")
            if response.status_code != 200:
                what = f"answers with status {response.status_code}."
                raise SourceError(Defect(self.place, what, "Look at its address."))
            data = bytearray()
            async for chunk in response.aiter_bytes(65_536):
                data += chunk
                if len(data) > MOST_BYTES:
                    what = f"is larger than the {MOST_BYTES / 1e6:.0f} MB that are read of a feed."
                    raise SourceError(Defect(self.place, what, "Is it the right address?"))
            self._remember(response.headers)
        return (Piece(_name(self.address), bytes(data)),)

    def _remember(self, headers: httpx2.Headers) -> None:
        """What the next request is conditional on."""
        pairs = {"If-None-Match": headers.get("ETag"), "If-Modified-Since": headers.get("Last-Modified")}
        self.validators = {name: value for name, value in pairs.items() if value}

    def forget(self) -> None:
        """As in `Source`."""
        self.validators = {}

    async def wait(self, seconds: float) -> None:
        """As in `Source`."""
        await asyncio.sleep(seconds)


def _name(address: str) -> str:
    return urlsplit(address).path.rstrip("/").rpartition("/")[2] or urlsplit(address).hostname or "address"


def _say(error: Exception) -> str:
    """What went wrong in words of ours: the library's may hold the address whole."""
    if isinstance(error, _BusyError):
        return str(error)
    name = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", type(error).__name__).casefold()
    return "timed out" if "timeout" in name else name.removesuffix(" error")
