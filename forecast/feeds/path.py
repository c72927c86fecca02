"""A file that grows, is written anew or is rotated: read whole whenever it has changed."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from forecast.errors import Defect
from forecast.feeds.readers import Piece
from forecast.feeds.reading import MOST_BYTES
from forecast.feeds.source import SourceError

__all__ = ["PathSource", "read_at_most"]


def read_at_most(path: Path, most: int = MOST_BYTES) -> bytes:
    """A file's bytes, but never more than one over the most that is read.

    Raises
    ------
    SourceError
        Where it cannot be read.
    """
    try:
        with path.open("rb") as file:
            return file.read(most + 1)
    except OSError as error:
        remedy = "It is looked for again." if isinstance(error, FileNotFoundError) else ""
        raise SourceError(Defect(path.name, f"cannot be read: {error.strerror}.", remedy)) from error


@dataclass(slots=True)
class PathSource:
    """One file. It is read whole, however it came to be: what was taken of it before is known by its key."""

    path: Path
    digest: bytes = field(default=b"", init=False)

    @property
    def place(self) -> str:
        """The file's name."""
        return self.path.name

    async def fetch(self) -> tuple[Piece, ...]:
        """The file where it has changed; as in `Source`."""
        data = await asyncio.to_thread(read_at_most, self.path)
        if (digest := sha256(data).digest()) == self.digest:
            return ()
        self.digest = digest
        if len(data) > MOST_BYTES:
            what = f"is larger than the {MOST_BYTES / 1e6:.0f} MB that are read of a feed."
            return (Piece(self.path.name, b"", defect=Defect(self.path.name, what, "Is it the right file?")),)
        return (Piece(self.path.name, data, growing=True),)

    def forget(self) -> None:
        """As in `Source`."""
        self.digest = b""

    async def wait(self, seconds: float) -> None:
        """As in `Source`."""
        await asyncio.sleep(seconds)
