"""Two engines' forecasts of the same moment side by side, and whether they say the same."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from forecast.bulletin.summary import LEVELS, Forecast, Spread
from forecast.errors import Defect, ModelError

__all__ = ["DEVIATIONS", "PROBABILITY", "Agreement", "Compared", "compare"]

PROBABILITY = 0.01  # how far two win probabilities may be apart
DEVIATIONS = 0.1  # how far two quantiles may be apart, in standard deviations
QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)


@dataclass(frozen=True, slots=True)
class Compared:
    """One number of both forecasts.

    Parameters
    ----------
    candidate, measure
        Whose, and what: ``win_probability``, ``share`` or ``lead_votes``; for a quantile ``level`` says which.
    first, second
        By the first engine and by the second.
    difference
        Second less first: a probability, or for a quantile in standard deviations.
    agree
        Whether that is within `PROBABILITY` or `DEVIATIONS`.
    """

    candidate: str
    measure: str
    level: float | None
    first: float
    second: float
    difference: float
    agree: bool


@dataclass(frozen=True, slots=True)
class Agreement:
    """Every number compared; the largest difference of either kind; whether all agree."""

    first: str
    second: str
    probability: float
    deviations: float
    agree: bool
    compared: tuple[Compared, ...]


def compare(first: Forecast, second: Forecast) -> Agreement:
    """Win probabilities, and the quantiles of each candidate's share and of the lead.

    A candidate is left out of quantiles whose share neither engine thinks uncertain.

    Raises
    ------
    ModelError
        Where they are not of the same news.
    """
    if first.provenance.news_digest != second.provenance.news_digest or first.contest != second.contest:
        raise ModelError(Defect("two forecasts", "are of different news, so that they cannot be compared."))
    compared = tuple(_compare_all(first, second))
    chances = [abs(row.difference) for row in compared if row.level is None]
    quantiles = [abs(row.difference) for row in compared if row.level is not None]
    return Agreement(
        first.provenance.model,
        second.provenance.model,
        max(chances),
        max(quantiles, default=0.0),
        all(row.agree for row in compared),
        compared,
    )


def _compare_all(first: Forecast, second: Forecast) -> Iterator[Compared]:
    for one, other in zip(first.candidates, second.candidates, strict=True):
        difference = round(other.win_probability - one.win_probability, 6)
        agree = abs(difference) <= PROBABILITY
        yield Compared(one.id, "win_probability", None, one.win_probability, other.win_probability, difference, agree)
    for one, other in zip(first.candidates, second.candidates, strict=True):
        yield from _compare_quantiles(one.id, "share", one.share, other.share)
    if (first.lead.of, first.lead.over) == (second.lead.of, second.lead.over):
        yield from _compare_quantiles(first.lead.of, "lead_votes", first.lead.votes, second.lead.votes)


def _compare_quantiles(candidate: str, measure: str, one: Spread, other: Spread) -> Iterator[Compared]:
    """Quantiles in units of the root mean square of the two standard deviations."""
    scale = ((one.sd**2 + other.sd**2) / 2) ** 0.5
    if scale == 0 and one.median == other.median:
        return
    for level in QUANTILES:
        a, b = one.quantiles[LEVELS.index(level)], other.quantiles[LEVELS.index(level)]
        difference = round((b - a) / scale, 4) if scale else float("inf")
        yield Compared(candidate, measure, level, a, b, difference, abs(difference) <= DEVIATIONS)
