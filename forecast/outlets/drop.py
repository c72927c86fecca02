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

__all__ = ["Drop"]

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
        self, contest: str, files: Mapping[str, bytes], *, still: Callable[[], bool] = lambda: True, alone: bool = False
    ) -> bool:
        """Put an edition's files in the place of those before; blocks until they are on disk.

        Parameters
        ----------
        still
            Asked once they are, before anybody can find them: whether they may be found.
        alone
            Whether nothing but this may be found: those before go, also where this one cannot be written.

        Returns
        -------
        Whether they are in the place of those before.

        Raises
        ------
        ForecastError
            Where it cannot be written; unless ``alone``, what was there before is there still.
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
            self._prune(contest, link, 1 if alone else KEPT)
        except OSError as error:
            what = f"{self.path} cannot be written: {error.strerror}."
            left = self._clear(contest, link) if alone else "The edition before is still there."
            raise ForecastError(Defect("drop", what, left)) from error
        return True

    def holds(self, contest: str) -> bool:
        """Whether there is a link for a contest: to an edition of it, or to an index that says why there is none."""
        return (self.path / contest).is_symlink()

    def _clear(self, contest: str, link: Path) -> str:
        """Take a contest's link and editions away, which needs no room on the disk; what is left, in words."""
        try:
            link.unlink(missing_ok=True)
            for each in self._editions(contest):
                shutil.rmtree(each)
        except OSError:
            return "What was there before is there still: take it away by hand."
        return f"Nothing of {contest} is left there."

    def _editions(self, contest: str) -> list[Path]:
        """Those there are, the latest last."""
        return sorted((self.path / ".editions").glob(f"{contest}@*"), key=_number)

    def _write(self, contest: str, files: Mapping[str, bytes]) -> Path:
        """The new edition's directory, on disk."""
        whole = sha256(b"".join(name.encode() + b"\0" + data for name, data in files.items())).hexdigest()[:12]
        editions = self.path / ".editions"
        editions.mkdir(parents=True, exist_ok=True)
        number = 1 + max(map(_number, self._editions(contest)), default=0)
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
        for old in self._editions(contest)[:-kept]:
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
