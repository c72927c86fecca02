"""What a command works on: a contest, its news, and the moment that was asked for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from forecast.contests.catalogue import find_contest
from forecast.contests.contest import Contest
from forecast.declaration import Declaration, read_news
from forecast.errors import Defect, NewsError
from forecast.opening import Through, open_night

__all__ = ["Scene", "open_scene"]


@dataclass(frozen=True, slots=True)
class Scene:
    """A contest and the news of one moment of its count.

    Parameters
    ----------
    items
        The news up to that moment.
    notice
        What must be said with it.
    defects
        Lines of news that could not be read.
    """

    contest: Contest
    items: tuple[Declaration, ...]
    notice: str
    defects: tuple[Defect, ...]


def open_scene(
    name: str,
    *,
    baseline: str | None = None,
    news: Path | None = None,
    through: Through | None = None,
    at: datetime | None = None,
    past: bool = True,
) -> Scene:
    """Read a contest and its news, and go to a moment.

    Parameters
    ----------
    name
        The contest's id, election id or directory.
    news
        A log of news to read instead of the contest's own; it is taken to its end unless a moment is given.
    through, at, past
        As in `open_night`.

    Raises
    ------
    ForecastError
        Where the contest does not load, nothing in the log named can be read, or there is no such moment. Lines of news
        that cannot be read stop nothing while others can.
    """
    contest = find_contest(name, baseline)
    own = contest.directory / "news.csv"
    if news is not None:
        _look_at(news)
    path = own if news is None else news
    items, defects = read_news(path, contest) if news is not None or own.exists() else ((), ())
    if news is not None and defects and not items:
        raise NewsError(defects)
    opened = open_night(contest, items, through=through, at=at, past=past and news is None)
    return Scene(contest, opened.items, opened.notice, defects)


def _look_at(path: Path) -> None:
    """Raise where a log that somebody named is not there to be read."""
    try:
        path.open("rb").close()
    except OSError as error:
        raise NewsError(Defect("--news", f"{path} cannot be read: {error.strerror}.")) from error
