"""Where a feed is fetched from, as its runner sees it."""

from __future__ import annotations

from typing import Protocol

from forecast.errors import ForecastError
from forecast.feeds.readers import Piece

__all__ = ["Source", "SourceError"]


class SourceError(ForecastError):
    """A source that cannot be fetched now; ``private`` is for operators alone, since it may name an address whole."""

    def __init__(self, *arguments: object, private: str = "") -> None:
        super().__init__(*arguments)  # type: ignore[arg-type]
        self.private = private


class Source(Protocol):
    """A place that news is fetched from."""

    @property
    def place(self) -> str:
        """What to call it before everybody: no credentials, no query."""
        ...

    async def fetch(self) -> tuple[Piece, ...]:
        """What is new since the last time; nothing where nothing is.

        Raises
        ------
        SourceError
            Where it cannot be reached.
        """
        ...

    def forget(self) -> None:
        """Hold nothing for known: the next `fetch` gives everything that is there."""
        ...

    async def wait(self, seconds: float) -> None:
        """Until it is time to look again: after so many seconds, or sooner where the place says that it has changed."""
        ...
