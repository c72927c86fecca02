"""The published document: what the forecast says at one moment, as numbers and as words.

The document is a schema with a version: `SCHEMA_VERSION` changes when a key changes its meaning or goes. It holds
nothing that depends on the clock or the machine, so the same contest, news, model and seed give the same bytes.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from forecast.explain import Explanation
from forecast.integrity import Alarm
from forecast.needs import Needs

__all__ = [
    "LEVELS",
    "SCHEMA_VERSION",
    "AreaForecast",
    "CandidateForecast",
    "Close",
    "Forecast",
    "Interval",
    "LeadForecast",
    "Moment",
    "Provenance",
    "Spread",
    "spread",
]

SCHEMA_VERSION = "1"
LEVELS: tuple[float, ...] = tuple(round(0.01 * step, 2) for step in range(1, 100))
INTERVALS: tuple[float, ...] = (0.5, 0.8, 0.9, 0.95)

Array = NDArray[np.float64]


class Document(BaseModel):
    """A part of the document: frozen, and nothing in it that is not described."""

    model_config = ConfigDict(frozen=True, extra="forbid", json_schema_serialization_defaults_required=True)


class Interval(Document):
    """The central interval that holds this share of the draws."""

    level: float = Field(description="Share of the draws inside, 0-1")
    lower: float
    upper: float


class Spread(Document):
    """How a number is distributed over the draws."""

    mean: float
    median: float
    sd: float
    intervals: tuple[Interval, ...] = Field(description="Central intervals at 50, 80, 90 and 95%")
    quantiles: tuple[float, ...] = Field(default=(), description="At 1%, 2%, ... 99%; empty for numbers of one area")


class CandidateForecast(Document):
    """What is expected of one candidate in the whole contest."""

    id: str
    name: str
    party: str
    colour: str
    counted: float = Field(description="Votes reported so far")
    win_probability: float = Field(description="Share of draws in which the rule elects the candidate; a tie is shared")
    win_display: str = Field(description="The same for the screen: never 0% or 100% before it is decided")
    win_words: str = Field(description="The same as a natural frequency")
    votes: Spread
    share: Spread = Field(description="Of all valid votes, 0-1")


class LeadForecast(Document):
    """The final lead of one candidate over another; negative where the other is ahead."""

    of: str
    over: str
    votes: Spread
    share: Spread = Field(description="Of all valid votes, 0-1")


class Close(Document):
    """How close it may be: probabilities over the draws."""

    tie: float = Field(description="Who is elected, or with how many seats, hangs on a lot")
    within_tenth_percent: float = Field(description="Margin below 0.1% of valid votes")
    within_quarter_percent: float = Field(description="Margin below 0.25% of valid votes")
    within_500_votes: float = Field(description="Majority below 500 votes")


class AreaForecast(Document):
    """What is known and expected of one area; a declared one has nothing left to expect of its reported votes."""

    id: str
    code: str
    name: str
    status: str
    electorate: int | None
    ballots: int | None
    counted: dict[str, int] = Field(description="Votes reported by candidate; one who is missing is not reported")
    valid: Spread
    turnout: Spread | None = Field(description="Valid votes over the electorate, 0-1")
    share: dict[str, Spread]
    lead: Spread = Field(description="Lead of the contest's `lead.of` over `lead.over`, of valid votes, 0-1")
    lead_votes: Spread
    wins: dict[str, float] = Field(description="Probability that the candidate has most votes there")


class Moment(Document):
    """The moment the forecast is made of."""

    as_of: datetime | None = Field(description="Time of the latest item of news that has one, UTC")
    as_of_display: str
    areas_declared: int
    areas_total: int
    items: int = Field(description="Items of news accepted")
    latest: str = Field(description="The latest item, in words")
    counted: float = Field(description="Declared areas' share of the valid votes expected, 0-1")
    notice: str = Field(default="", description="What must be said with it: a past night opened midway, a test")
    suppositions: tuple[str, ...] = Field(default=(), description="What a what-if supposes; never published")


class Provenance(Document):
    """Everything needed to make the document again."""

    software: str
    contest_digest: str
    news_digest: str
    model: str
    seed: int
    draws: int


class Forecast(Document):
    """One forecast of one contest at one moment."""

    schema_version: Literal["1"] = "1"
    contest: str
    election_id: str
    title: str
    polling_day: date
    rule: str
    moment: Moment
    headline: str
    rating: str
    decided: bool = Field(description="Decided by arithmetic, whatever is still to be counted; never a call")
    candidates: tuple[CandidateForecast, ...]
    lead: LeadForecast
    margin: LeadForecast = Field(description="Winner less runner-up, whoever they are")
    close: Close
    valid: Spread
    turnout: Spread | None
    areas: tuple[AreaForecast, ...]
    needs: Needs
    explanation: Explanation | None
    assumptions: tuple[str, ...]
    alarms: tuple[Alarm, ...]
    refusals: tuple[str, ...]
    diagnostics: dict[str, float | str]
    provenance: Provenance

    def to_json(self) -> str:
        """The document as JSON text, two spaces to a level, ending in a newline."""
        return self.model_dump_json(indent=2) + "\n"


def spread(values: Array, *, digits: int, quantiles: bool = True) -> Spread:
    """How ``values`` (draw,) are distributed, rounded to ``digits`` decimals.

    A constant gives itself exactly, so that what is declared is printed as it was declared.
    """
    edges = [0.5 * (1.0 + sign * level) for level in INTERVALS for sign in (-1, 1)]
    levels = (*edges, 0.5, *(LEVELS if quantiles else ()))
    found = [round(float(q), digits) for q in np.quantile(values, levels)]
    intervals = tuple(
        Interval(level=level, lower=found[2 * i], upper=found[2 * i + 1]) for i, level in enumerate(INTERVALS)
    )
    return Spread(
        mean=round(float(values.mean()), digits),
        median=found[2 * len(INTERVALS)],
        sd=round(float(values.std()), digits + 1),
        intervals=intervals,
        quantiles=tuple(found[2 * len(INTERVALS) + 1 :]),
    )
