"""Finding a contest by name: the user's directories, then the shipped ones."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from pathlib import Path

from forecast.contests.contest import Contest
from forecast.contests.files import read_contest
from forecast.errors import ContestError, Defect, did_you_mean

__all__ = ["Entry", "find_contest", "list_contests", "refuse_occupied", "shipped_contests", "write_skeleton"]

VARIABLE = "FORECAST_CONTESTS"
FACTS = "contest.toml"
SKELETON = "_skeleton"


@dataclass(frozen=True, slots=True)
class Entry:
    """A contest in the catalogue; ``error`` says why it does not load, and is empty where it does."""

    id: str
    election_id: str
    title: str
    polling_day: date | None
    areas: int
    directory: Path
    error: str = ""


def find_contest(name: str, baseline: str | None = None) -> Contest:
    """Read a contest by its id, its election id or the path to its directory.

    Parameters
    ----------
    name
        What somebody typed. A word is looked for in the directories of ``FORECAST_CONTESTS``, then among the shipped
        contests, then as a directory here; what holds a slash is a path.
    baseline
        Id of the baseline to compare with, where it is one of the contest's alternatives.

    Raises
    ------
    ContestError
        Where there is no such contest, or it does not load.
    """
    path = Path(name).expanduser()
    if path.name == FACTS:
        path = path.parent
    if "/" in name or os.sep in name or name in {".", "..", FACTS}:
        return read_contest(path, baseline)
    known = [(directory, names_of(directory)) for directory in contest_directories()]
    for directory, names in known:
        if name.casefold() in (each.casefold() for each in names):
            return read_contest(directory, baseline)
    if (path / FACTS).is_file() or path.is_file():
        return read_contest(path, baseline)
    remedy = did_you_mean(
        name, [each for _, names in known for each in names], '"forecast contests" lists what there is.'
    )
    missing = (Defect(VARIABLE, f"no directory {each}.") for each in user_directories() if not each.is_dir())
    raise ContestError([Defect("--contest", f'no contest "{name}".', remedy), *missing])


def list_contests() -> tuple[Entry, ...]:
    """Every contest that can be named, the user's before the shipped ones; those that do not load too."""
    return tuple(as_entry(directory) for directory in contest_directories())


def as_entry(directory: Path) -> Entry:
    """One contest's entry."""
    try:
        contest = read_contest(directory)
    except ContestError as error:
        known, election_id = names_of(directory)
        return Entry(known, election_id, "", None, 0, directory, str(error))
    return Entry(contest.id, contest.election_id, contest.title, contest.polling_day, len(contest.areas), directory)


def write_skeleton(directory: Path, name: str) -> Path:
    """Write a small made-up contest, every key explained, for somebody to change into their own.

    Parameters
    ----------
    directory
        Where; made if it is not there.
    name
        The contest's id.

    Returns
    -------
    The directory.

    Raises
    ------
    ContestError
        Where the name cannot be an id, or the directory already holds something: nothing is ever overwritten.
    """
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name):
        what = (
            f'"{name}" cannot be a contest\'s id, which is small letters, digits and hyphens such as "west-midlands".'
        )
        raise ContestError(Defect("name", what))
    refuse_occupied(directory)
    texts = {each.name: each.read_text(encoding="utf-8") for each in (shipped_contests() / SKELETON).iterdir()}
    directory.mkdir(parents=True, exist_ok=True)
    for file, text in sorted(texts.items()):
        named = text.replace("skeleton", name).replace("Skeleton", name.replace("-", " ").title())
        (directory / file).write_text(named, encoding="utf-8", newline="\n")
    return directory


def refuse_occupied(directory: Path) -> None:
    """ContestError where there is a file, or a directory that holds something: nothing is ever overwritten."""
    if directory.exists() and not (directory.is_dir() and not any(directory.iterdir())):
        raise ContestError(Defect(str(directory), "is already there, and is left as it is.", "Choose another."))


def shipped_contests() -> Path:
    """The directory of the contests that come with the forecast: inside the wheel, or a checkout's ``data``."""
    package = Path(str(files("forecast")))
    return next((each for each in (package / "data", package.parent / "data") if each.is_dir()), package / "data")


def user_directories() -> list[Path]:
    """The directories that the environment names."""
    return [Path(each).expanduser() for each in os.environ.get(VARIABLE, "").split(os.pathsep) if each]


def contest_directories() -> Iterator[Path]:
    """Directory of every contest, in the order in which they are looked for."""
    for directory in [*user_directories(), shipped_contests()]:
        if (directory / FACTS).is_file():
            yield directory
        elif directory.is_dir():
            found = (path.parent for path in directory.glob(f"*/{FACTS}"))
            yield from sorted(path for path in found if not path.name.startswith(("_", ".")))


def names_of(directory: Path) -> tuple[str, str]:
    """A contest's id and election id, or its directory's name where they cannot be read."""
    try:
        facts = tomllib.loads((directory / FACTS).read_text(encoding="utf-8-sig"))
    except (OSError, ValueError):
        facts = {}
    return str(facts.get("id", directory.name)), str(facts.get("election_id", ""))
