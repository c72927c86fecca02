"""Numbers as a producer says them: who leads by how much, between what and what."""

from __future__ import annotations

from collections.abc import Sequence

from forecast.bulletin.summary import CandidateForecast, Forecast, Interval, Spread
from forecast.wording import say_moment

__all__ = [
    "count_areas",
    "effective_draws",
    "interval_of",
    "party_names",
    "say_between",
    "say_item",
    "say_lead",
    "say_refused",
    "say_share",
    "say_signed",
    "say_state",
    "short_names",
]


def short_names(candidates: Sequence[CandidateForecast]) -> dict[str, str]:
    """Id to the word of the name that the id is made of (``parker``: ``Parker``), or a person's last name.

    The whole name is kept where nobody of a party is meant, as in a referendum, and where two have the same last name.
    """
    last = [each.name.split()[-1] for each in candidates if each.name]
    return {each.id: _short_name(each, last) for each in candidates}


def party_names(candidates: Sequence[CandidateForecast]) -> dict[str, str]:
    """Id to the shortest usual name: that of the party (``SNP``) where candidates are parties, else `short_names`."""
    if not any(each.party == each.name for each in candidates):
        return short_names(candidates)
    return {each.id: each.party or each.name for each in candidates}


def _short_name(candidate: CandidateForecast, last_names: Sequence[str]) -> str:
    words = candidate.name.split()
    if named := next((word for word in words if word.casefold() == candidate.id), None):
        return named
    person = candidate.party not in {"", candidate.name}
    return words[-1] if person and last_names.count(words[-1]) == 1 else candidate.name


def interval_of(spread: Spread, level: float) -> Interval:
    """The interval that holds this share of the draws: 0.5, 0.8, 0.9 or 0.95."""
    return next(interval for interval in spread.intervals if interval.level == level)


def say_lead(lead: float, of: str, over: str, places: int = 0) -> str:
    """A signed lead by the one ahead: ``"Street by 3,467"``."""
    said = f"{abs(lead):,.{places}f}"
    return "level" if not float(said.replace(",", "")) else f"{of if lead > 0 else over} by {said}"


def say_between(interval: Interval, of: str, over: str, places: int = 0, scale: float = 1.0) -> str:
    """An interval of a lead: ``"Parker by 856 to 7,190"``, ``"Street by 3,467 to Parker by 11,290"``."""
    lower, upper = interval.lower * scale, interval.upper * scale
    if lower == upper:
        return say_lead(lower, of, over, places)
    if lower > 0:
        return f"{of} by {lower:,.{places}f} to {upper:,.{places}f}"
    if upper < 0:
        return f"{over} by {-upper:,.{places}f} to {-lower:,.{places}f}"
    return f"{say_lead(lower, of, over, places)} to {say_lead(upper, of, over, places)}"


def say_share(spread: Spread) -> str:
    """A share in per cent with its 90% interval: ``"37.6% (36.9 to 38.3)"``."""
    low, high = f"{100 * interval_of(spread, 0.9).lower:.1f}", f"{100 * interval_of(spread, 0.9).upper:.1f}"
    middle = f"{100 * spread.median:.1f}"
    return f"{middle}%" if low == high == middle else f"{middle}% ({low} to {high})"


def say_signed(number: float, places: int = 1) -> str:
    """A number with its sign, and without one where it rounds to zero."""
    said = f"{number:+,.{places}f}"
    return said if float(said.replace(",", "")) else said[1:]


def say_state(forecast: Forecast) -> str:
    """When, how far the count has come, and the latest item of news."""
    moment = forecast.moment
    parts = [
        moment.as_of_display,
        f"{moment.areas_declared} of {moment.areas_total} areas declared",
        f"latest: {say_item(moment.latest, forecast)}",
    ]
    return " · ".join(part for part in parts if part != say_moment(None, ""))


def say_item(item: str, forecast: Forecast) -> str:
    """An item of news without the contest's title, which stands above."""
    return item.replace(forecast.title, "the whole contest")


def say_refused(count: int, *, listed: bool = True) -> str:
    """That news was refused, for the top of the screen; nothing where none was."""
    if not count:
        return ""
    return f"{count:,} line{'' if count == 1 else 's'} of news refused" + (": see the end." if listed else ".")


def count_areas(count: int, word: str = "") -> str:
    """A number of areas: ``"1 area"``, ``"12 more areas"``."""
    return f"{count:,}{word and ' ' + word} area{'' if count == 1 else 's'}"


def effective_draws(forecast: Forecast) -> float:
    """How many independent draws the forecast is worth: the fewer of its draws and of any effective sample size."""
    sizes = [v for k, v in forecast.diagnostics.items() if k.startswith("ess") and isinstance(v, float) and v > 0]
    return min([float(forecast.provenance.draws), *sizes])
