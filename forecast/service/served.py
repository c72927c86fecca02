"""Which contests are served tonight, each loaded, or why it does not load."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from forecast.config import Configuration, ContestSettings
from forecast.contests.catalogue import find_contest
from forecast.contests.contest import Contest
from forecast.errors import ContestError, Defect, ForecastError
from forecast.journal.access import Listing
from forecast.night import DRAWS

__all__ = [
    "Served",
    "UnknownContest",
    "load_all",
    "load_configured",
    "load_listing",
    "refuse_none",
    "unknown",
    "usual_draws",
]

LARGE, DRAWS_OF_LARGE = (
    100,
    1_000,
)  # areas beyond which fewer are drawn: states of the sampler count for more (make seeds)


class UnknownContest(ForecastError):  # noqa: N818 - it is what the API answers with
    """A contest that is not served here."""


@dataclass(frozen=True, slots=True, eq=False)
class Served:
    """One contest of the night.

    Parameters
    ----------
    listing
        Under which id, and with which engine, draws and seed.
    contest
        None where it does not load.
    error
        Why it does not load; empty where it does.
    baseline
        Where it is not the contest's own.
    own_news
        Whether the contest's own news is read in, up to its opening moment.
    embargo_until
        As configured; an editor may decide otherwise.
    """

    listing: Listing
    contest: Contest | None
    error: str = ""
    baseline: str | None = None
    own_news: bool = False
    embargo_until: datetime | None = None

    @property
    def id(self) -> str:
        """What it is served as."""
        return self.listing.id


def load_listing(
    listing: Listing, *, baseline: str | None = None, own_news: bool = False, embargo_until: datetime | None = None
) -> Served:
    """A listing with its contest, or with why that does not load: nothing is raised.

    A listing of no draws has as many as are usual for its contest.
    """
    try:
        contest, error = find_contest(listing.contest, baseline), ""
    except ForecastError as wrong:
        contest, error = None, str(wrong)
    listing = replace(listing, draws=listing.draws or usual_draws(contest))
    return Served(listing, contest, error, baseline, own_news and contest is not None, embargo_until)


def usual_draws(contest: Contest | None) -> int:
    """How many draws a forecast has where nobody says: of a large contest fewer, so that it follows the news."""
    large = contest is not None and len(contest.areas) > LARGE
    return DRAWS_OF_LARGE if large else DRAWS


def load_all(configured: Iterable[Served], listed: Iterable[Listing]) -> dict[str, Served]:
    """Contests by id: those configured, then those listed at run time; the first of an id is kept."""
    found: dict[str, Served] = {}
    for served in configured:
        found.setdefault(served.id, served)
    for listing in listed:
        if listing.id not in found:
            found[listing.id] = load_listing(listing)
    return found


def load_configured(configuration: Configuration, now: datetime) -> tuple[Served, ...]:
    """Every contest the configuration names."""
    return tuple(_configured(each, now) for each in configuration.contests)


def refuse_none(served: Iterable[Served]) -> None:
    """Raise where contests are to be served and none of them loads."""
    found = list(served)
    if found and all(each.contest is None for each in found):
        raise ContestError(Defect(each.id, each.error.replace("\n", " ")) for each in found)


def _configured(settings: ContestSettings, now: datetime) -> Served:
    listing = Listing(
        settings.id,
        settings.contest,
        settings.test,
        settings.engine,
        settings.draws or 0,
        settings.seed or 0,
        now,
    )
    return load_listing(
        listing,
        baseline=settings.baseline or None,
        own_news=settings.news == "own",
        embargo_until=settings.embargo_until,
    )


def unknown(name: str, known: Iterable[str]) -> UnknownContest:
    """The error for a contest that is not served."""
    served = ", ".join(sorted(known)) or "none"
    return UnknownContest(Defect("contest", f'"{name}" is not served here.', f"Served are: {served}."))
