"""A folder that files are dropped into: each is read once it is whole, once, and stays where it is."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from watchfiles import awatch

from forecast.errors import Defect
from forecast.feeds.path import read_at_most
from forecast.feeds.readers import Piece
from forecast.feeds.reading import MOST_BYTES
from forecast.feeds.source import SourceError

__all__ = ["FolderSource"]

SUFFIXES = {".csv", ".json", ".jsonl", ".xml"}
Look = tuple[int, int]  # size and time of change, in ns


@dataclass(slots=True)
class FolderSource:
    """One folder, without those inside it.

    A file is whole when two looks in a row, ``settle`` seconds apart, find the same size and time of change. It is read
    once by its contents: the same file under another name is not read again, and a file written anew is.
    """

    folder: Path
    settle: float = 0.3
    looks: dict[str, Look] = field(default_factory=dict, init=False)
    done: dict[str, Look] = field(default_factory=dict, init=False)
    digests: set[bytes] = field(default_factory=set, init=False)

    @property
    def place(self) -> str:
        """The folder's name."""
        return self.folder.name

    async def fetch(self) -> tuple[Piece, ...]:
        """The files that are new and whole, oldest first; as in `Source`."""
        return await asyncio.to_thread(self._fetch)

    def _fetch(self) -> tuple[Piece, ...]:
        found = self._list()
        ripe = [name for name, look in found.items() if self.looks.get(name) == look and self.done.get(name) != look]
        self.looks = found
        pieces = []
        for name in sorted(ripe, key=lambda each: (found[each][1], each)):
            self.done[name] = found[name]
            if (piece := self._read(name)) is not None:
                pieces.append(piece)
        return tuple(pieces)

    def _list(self) -> dict[str, Look]:
        found = {}
        try:
            for path in self.folder.iterdir():
                if path.suffix.casefold() not in SUFFIXES or path.name.startswith((".", "~")):
                    continue
                with contextlib.suppress(FileNotFoundError):  # gone since it was listed
                    status = path.stat()
                    found[path.name] = (status.st_size, status.st_mtime_ns)
        except OSError as error:
            what = f"the folder cannot be read: {error.strerror}."
            raise SourceError(Defect(self.place, what, "It is looked for again.")) from error
        return found

    def _read(self, name: str) -> Piece | None:
        try:
            data = read_at_most(self.folder / name)
        except SourceError as error:
            return Piece(name, b"", defect=error.defects[0])
        if (digest := sha256(data).digest()) in self.digests:
            return None
        self.digests.add(digest)
        if len(data) > MOST_BYTES:
            what = f"is larger than the {MOST_BYTES / 1e6:.0f} MB that are read of a feed."
            return Piece(name, b"", defect=Defect(name, what, "Is it the right file?"))
        return Piece(name, data, growing=name.casefold().endswith((".csv", ".jsonl")))

    def forget(self) -> None:
        """As in `Source`."""
        self.done, self.digests = {}, set()

    @property
    def settling(self) -> bool:
        """Whether a file was seen that may not be whole yet."""
        return any(self.done.get(name) != look for name, look in self.looks.items())

    async def wait(self, seconds: float) -> None:
        """Until something changes in the folder, a file seen may be whole, or the time is up; as in `Source`."""
        if self.settling or not self.folder.is_dir():
            await asyncio.sleep(min(self.settle, seconds) if self.settling else seconds)
            return
        with contextlib.suppress(TimeoutError, FileNotFoundError):
            async with asyncio.timeout(seconds):
                async for _ in awatch(self.folder, recursive=False, debounce=50, step=25, rust_timeout=500):
                    return
