"""An edition: one forecast as it is on air, and what every outlet says with it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from forecast.bulletin.summary import Forecast

__all__ = ["TEST", "Edition", "Point", "iso", "mark", "point_of", "read_edition", "show_probability"]

TEST = "TEST"
LEAST, MOST = 0.01, 0.99  # what is shown of a probability before it is decided


@dataclass(frozen=True, slots=True)
class Edition:
    """One forecast on air.

    Parameters
    ----------
    contest
        The id under which it is served.
    number, sequence, at
        The forecast's number, the journal entry that published it, and when that was (aware).
    status
        ``live``, ``test``, ``stale`` or ``held``.
    test
        Whether the contest is a test: every display string then says so.
    label
        What an editor has put beside it.
    """

    contest: str
    forecast: Forecast
    number: int = 0
    sequence: int = 0
    at: datetime | None = None
    status: str = "live"
    test: bool = False
    label: str = ""

    def say(self, text: str) -> str:
        """A display string, marked where the contest is a test."""
        return mark(text, self.test)


@dataclass(frozen=True, slots=True)
class Point:
    """The forecast at one moment of the night, as charts of its course need it.

    Parameters
    ----------
    at
        When it was made.
    probabilities
        Win probability by candidate, 0-1.
    """

    number: int
    at: datetime
    areas_declared: int
    latest: str
    rating: str
    probabilities: dict[str, float]

    @property
    def decided(self) -> bool:
        """Whether it was decided by arithmetic then: its rating says so, marked as a test or not."""
        return self.rating.endswith("decided")


def read_edition(
    document: str,
    contest: str,
    *,
    number: int = 0,
    sequence: int = 0,
    at: datetime | None = None,
    status: str = "live",
    test: bool = False,
    label: str = "",
) -> Edition:
    """An edition from the document's JSON text, as the journal keeps it."""
    return Edition(contest, Forecast.model_validate_json(document), number, sequence, at, status, test, label)


def point_of(edition: Edition, at: datetime | None = None) -> Point:
    """An edition as a point of the night's course."""
    forecast = edition.forecast
    made_at = at or edition.at or forecast.moment.as_of or datetime.fromtimestamp(0, UTC)
    wins = {each.id: each.win_probability for each in forecast.candidates}
    moment = forecast.moment
    return Point(edition.number, made_at, moment.areas_declared, moment.latest, forecast.rating, wins)


def mark(text: str, test: bool) -> str:
    """A display string, with TEST before it where it is of a test."""
    return f"{TEST} {text}" if test and not text.startswith(TEST) else text


def show_probability(probability: float, decided: bool) -> float:
    """A probability as a number that others will print: never below 1% or above 99% before it is decided."""
    return probability if decided else min(max(probability, LEAST), MOST)


def iso(at: datetime | None) -> str:
    """A time in UTC as ISO 8601 with Z; empty where there is none."""
    return "" if at is None else at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
