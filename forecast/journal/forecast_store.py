"""The store's forecasts: made, put on air, and read back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from forecast.errors import Defect, ForecastError
from forecast.journal import forecast_rows
from forecast.journal.database import Database
from forecast.journal.entry import Entry
from forecast.journal.entry_rows import refuse_overtaken
from forecast.journal.made import Head, Made, Mark, Stored, pack_made
from forecast.journal.signals import Signals

__all__ = ["ForecastStore", "check_texts"]


class ForecastStore:
    """The forecasts of one database."""

    def __init__(self, database: Database, now: Callable[[], datetime], signals: Signals) -> None:
        self.database = database
        self.now = now
        self.signals = signals

    def save_forecast(
        self,
        made: Made,
        *,
        publish: bool,
        actor: str = "service",
        status: str = "live",
        first: int = 1,
        seen: int | None = None,
    ) -> Stored:
        """Store a forecast and, where it is published, the entry that says so, together or not at all.

        Parameters
        ----------
        status
            What the entry says it is: ``"live"`` or ``"test"``.
        first
            Number of the contest's first forecast: those before it are kept for `save_past`.
        seen
            The contest's last entry known to whoever decided whether it is published; None for no matter which.

        Raises
        ------
        Overtaken
            Where it is to be published, and news or a decision has followed that entry.
        """
        packed = pack_made(made)  # before others wait to write
        with self.database.writing() as connection:
            refuse_overtaken(connection, made.contest, seen if publish else None)
            now = self.now()
            stored = forecast_rows.insert_forecast(connection, packed, now, first)
            if publish:
                entry = forecast_rows.publish_forecast(connection, stored, now, actor, {"status": status})
                stored = replace(stored, published=entry.sequence)
        if stored.published:
            self.signals.tell(stored.published)
        return stored

    def save_past(self, contest: str, past: Sequence[tuple[Made, datetime]], actor: str = "service") -> Entry:
        """Store forecasts of moments before the contest was served, in order, numbered from 1: all or none.

        They are in its history and were never on air: the entry that lists them is no publication.

        Parameters
        ----------
        past
            Each with the time of its news.

        Raises
        ------
        ForecastError
            Where the contest's numbers from 1 are taken.
        """
        packed = [(pack_made(made), at) for made, at in past]
        with self.database.writing() as connection:
            entry = forecast_rows.insert_past(connection, contest, packed, self.now(), actor)
        self.signals.tell(entry.sequence)
        return entry

    def publish(
        self, contest: str, number: int, actor: str, body: Mapping[str, Any], *, seen: int | None = None
    ) -> Entry:
        """Put a forecast made earlier on air; ``seen`` is as of `save_forecast`.

        Raises
        ------
        Overtaken
            As of `save_forecast`.
        ForecastError
            Where the contest has no such forecast.
        """
        check_texts(contest, actor)
        with self.database.writing() as connection:
            refuse_overtaken(connection, contest, seen)
            stored = forecast_rows.find_forecast(connection, contest, number)
            if stored is None:
                raise ForecastError(Defect("forecast", f"{contest} has no forecast {number}."))
            entry = forecast_rows.publish_forecast(connection, stored, self.now(), actor, dict(body))
        self.signals.tell(entry.sequence)
        return entry

    def latest(self, contest: str, published: bool = True, *, without: Sequence[tuple[int, int]] = ()) -> Stored | None:
        """The forecast last put on air, or where ``published`` is false the last made.

        Parameters
        ----------
        without
            What was put on air from one entry to before another, for each such pair, is left out.
        """
        with self.database.reading() as connection:
            if published:
                return forecast_rows.forecast_on_air(connection, contest, without=without)
            return forecast_rows.find_forecast(connection, contest)

    def last_made(self, contest: str) -> Mark | None:
        """Which forecast was made last, on air or not."""
        with self.database.reading() as connection:
            return forecast_rows.find_mark(connection, contest)

    def forecast(self, contest: str, number: int) -> Stored | None:
        """A forecast by its number, on air or not."""
        with self.database.reading() as connection:
            return forecast_rows.find_forecast(connection, contest, number)

    def forecast_at(self, contest: str, time: datetime, *, without: Sequence[tuple[int, int]] = ()) -> Stored | None:
        """The forecast that was on air at a time; ``without`` is as of `latest`."""
        with self.database.reading() as connection:
            return forecast_rows.forecast_on_air(connection, contest, time, without=without)

    def history(
        self,
        contest: str,
        *,
        after: int = 0,
        limit: int = 500,
        published: bool = True,
        newest: bool = False,
        without: Sequence[tuple[int, int]] = (),
    ) -> list[Head]:
        """Forecasts without their documents, in the order of their numbers; only those once on air unless asked.

        Of more than the limit the first, or where ``newest`` the last; ``without`` is as of `latest`.
        """
        with self.database.reading() as connection:
            return forecast_rows.read_history(
                connection, contest, after=after, limit=limit, published=published, newest=newest, without=without
            )


def check_texts(*texts: str) -> None:
    """What neither database can keep is refused by name."""
    for each in texts:
        if "\x00" in each or each != each.encode("utf-8", "replace").decode():
            raise ForecastError(Defect("journal", f"{each[:40]!r} holds a character that cannot be kept."))
