"""Many contests at a glance, the most open first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from forecast.bulletin.summary import CandidateForecast, Forecast
from forecast.web.pages.dashboard import RATINGS
from forecast.web.pages.standing import Standing

__all__ = ["Glance", "glance", "sort_by_openness"]


@dataclass(frozen=True, slots=True)
class Glance:
    """One contest in a line; ``openness`` is the probability that the likeliest end does not come, 0-1."""

    contest: str
    title: str
    forecast: Forecast | None
    standing: Standing
    openness: float
    leading: tuple[CandidateForecast, ...] = ()
    rating: str = ""


def glance(contest: str, title: str, forecast: Forecast | None, standing: Standing) -> Glance:
    """A contest as the list shows it.

    Parameters
    ----------
    contest
        The id under which it is served.
    """
    if forecast is None:
        return Glance(contest, title, None, standing, -1.0)
    ranked = sorted(forecast.candidates, key=lambda each: -each.win_probability)
    ends = [each.win_probability for each in ranked] + ([forecast.seats.hung] if forecast.seats else [])
    rating = RATINGS.get(forecast.rating, forecast.rating).format(ranked[0].name)
    return Glance(contest, title, forecast, standing, 1.0 - max(ends), tuple(ranked[:2]), rating)


def sort_by_openness(contests: Iterable[Glance]) -> tuple[Glance, ...]:
    """The most open first; those decided follow, then those without a forecast."""

    def place(each: Glance) -> tuple[int, float, str]:
        closed = 2 if each.forecast is None else int(each.forecast.decided)
        return closed, -each.openness, each.title

    return tuple(sorted(contests, key=place))
