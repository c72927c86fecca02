"""A folder that always holds one whole edition: written beside it, then put in its place at once."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from forecast.errors import Defect, ForecastError

__all__ = ["KEPT", "Drop"]

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,120}")
KEPT = 3  # editions kept, so that a reader in the midst of one can finish


@dataclass(frozen=True, slots=True)
class Drop:
    """A directory in which each contest has a link to its latest edition.

    ``PATH/west-midlands/rows.json`` is a file in whichever edition is the latest; the editions themselves are in
    ``PATH/.editions``. The link is replaced by renaming, which a reader sees wholly or not at all.
    """

    path: Path

    def write(
        self, contest: str, files: Mapping[str, bytes], *, still: Callable[[], bool] = lambda: True, kept: int = KEPT
    ) -> bool:
        """Put an edition's files in the place of those before; blocks until they are on disk.

        Parameters
        ----------
        still
            Asked once they are, before anybody can find them: whether they may be found.
        kept
            How many editions are kept, this one among them.

        Returns
        -------
        Whether they are in the place of those before.

        Raises
        ------
        ForecastError
            Where it cannot be written; what was there before is there still.
        """
        if wrong := [name for name in (contest, *files) if not NAME.fullmatch(name)]:
            raise ForecastError(Defect("drop", f'"{wrong[0]}" cannot be the name of a file.'))
        link = self.path / contest
        if link.exists() and not link.is_symlink():
            what = f"{link} is a directory of somebody else's."
            raise ForecastError(Defect("drop", what, "Move it away, or name another folder."))
        try:
            directory = self._write(contest, files)
            if not still():
                shutil.rmtree(directory, ignore_errors=True)
                return False
            self._replace(link, directory)
            self._prune(contest, link, kept)
        except OSError as error:
            what = f"{self.path} cannot be written: {error.strerror}."
            raise ForecastError(Defect("drop", what, "The edition before is still there.")) from error
        return True

    def _write(self, contest: str, files: Mapping[str, bytes]) -> Path:
        """The new edition's directory, on disk."""
        whole = sha256(b"".join(name.encode() + b"\0" + data for name, data in files.items())).hexdigest()[:12]
        editions = self.path / ".editions"
        editions.mkdir(parents=True, exist_ok=True)
        number = 1 + max((_number(each) for each in editions.glob(f"{contest}@*")), default=0)
        directory = editions / f"{contest}@{number:08d}-{whole}"
        directory.mkdir()
        try:
            for name, data in files.items():
                _write_through(directory / name, data)
        except OSError:
            shutil.rmtree(directory, ignore_errors=True)
            raise
        return directory

    def _replace(self, link: Path, directory: Path) -> None:
        fresh = self.path / f".{link.name}.{directory.name.rpartition('@')[2]}"
        with contextlib.suppress(FileNotFoundError):
            fresh.unlink()
        fresh.symlink_to(Path(".editions") / directory.name, target_is_directory=True)
        fresh.replace(link)

    def _prune(self, contest: str, link: Path, kept: int) -> None:
        current = link.resolve()
        editions = sorted((self.path / ".editions").glob(f"{contest}@*"), key=_number)
        for old in editions[:-kept]:
            if old.resolve() != current:
                shutil.rmtree(old, ignore_errors=True)


def _number(directory: Path) -> int:
    number = directory.name.rpartition("@")[2].partition("-")[0]
    return int(number) if number.isdecimal() else 0


def _write_through(path: Path, data: bytes) -> None:
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
