"""The published document: what the forecast says at one moment, as numbers and as words.

The document is a schema with a version: `SCHEMA_VERSION` changes when a key changes its meaning or goes. It holds
nothing that depends on the clock or the machine, so the same contest, news, model and seed give the same bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from forecast.alarms.integrity import Alarm
from forecast.arithmetic.needs import Needs
from forecast.bulletin.explain import Explanation
from forecast.call_ready import CallReady

__all__ = [
    "LEVELS",
    "SCHEMA_VERSION",
    "AreaForecast",
    "CandidateForecast",
    "CandidateSeats",
    "Close",
    "DecidingArea",
    "Forecast",
    "Interval",
    "LeadForecast",
    "Moment",
    "Provenance",
    "SeatsForecast",
    "Spread",
    "Without",
    "lay_out",
    "measure_rows",
    "read_quantiles",
    "spread",
]

SCHEMA_VERSION = "1"
LEVELS: tuple[float, ...] = tuple(round(0.01 * step, 2) for step in range(1, 100))
INTERVALS: tuple[float, ...] = (0.5, 0.8, 0.9, 0.95)
INTERVAL_LEVELS: tuple[float, ...] = (*(0.5 * (1.0 + sign * level) for level in INTERVALS for sign in (-1, 1)), 0.5)

Array = NDArray[np.float64]


PART = ConfigDict(frozen=True, extra="forbid", json_schema_serialization_defaults_required=True)


class Document(BaseModel):
    """A part of the document: frozen, and nothing in it that is not described."""

    model_config = PART


# The next two are plain data classes, not frozen, which takes three times as long to make: a document of hundreds of
# areas holds tens of thousands. Nothing changes them.


@dataclass(slots=True)
class Interval:
    """The central interval that holds this share of the draws."""

    __pydantic_config__ = PART

    level: Annotated[float, Field(description="Share of the draws inside, 0-1")]
    lower: float
    upper: float


@dataclass(slots=True)
class Spread:
    """How a number is distributed over the draws."""

    __pydantic_config__ = PART

    mean: float
    median: float
    sd: float
    intervals: Annotated[tuple[Interval, ...], Field(description="Central intervals at 50, 80, 90 and 95%")]
    quantiles: Annotated[tuple[float, ...], Field(description="At 1%, 2%, ... 99%; empty for numbers of one area")] = ()


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


class CandidateSeats(Document):
    """Seats, or electoral votes, of one candidate or list."""

    id: str
    declared: float | None = Field(description="Won in areas declared; null where seats are not won area by area")
    seats: Spread
    change: Spread | None = Field(description="Seats more than at the baseline; null without one")
    gains: Spread | None = Field(description="Of areas another held; null where seats are not won area by area")
    losses: Spread | None = Field(description="Of areas the candidate held")
    gains_declared: float | None
    losses_declared: float | None
    majority: float = Field(description="Probability of a majority: the candidate's `win_probability`")
    most_seats: float = Field(description="Probability of having the most; a tie is shared")


class DecidingArea(Document):
    """An area that may decide who has a majority."""

    id: str
    name: str
    pivotal: float = Field(description="Probability that it takes `leader` over the line, areas ordered by margin")
    win: float = Field(description="Probability that `leader` has most votes there")
    if_won: float | None = Field(description="Probability of `leader`'s majority if so; null where that never happens")
    if_lost: float | None = Field(description="The same if not")


class SeatsForecast(Document):
    """Who has how many seats, and what decides a majority."""

    words: str = Field(description="The rule in words")
    total: float
    majority: float = Field(description="Seats that are a majority")
    hung: float = Field(description="Probability that nobody has a majority")
    hung_display: str
    leader: str = Field(description="The candidate likeliest to have a majority, then expected to have most seats")
    weights: dict[str, float] = Field(description="Seats by area; empty where each has one, or a district has them")
    candidates: tuple[CandidateSeats, ...]
    deciding: tuple[DecidingArea, ...] = Field(description="Areas outstanding likeliest to be pivotal, ten at most")


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


class Without(Document):
    """The forecast without the areas that have a red alarm: published beside it until a person decides."""

    areas: tuple[str, ...] = Field(description="Ids of the areas left out")
    win_probability: dict[str, float] = Field(description="By candidate, as the document's own")
    hung: float = Field(description="Probability that nobody is elected, or has a majority")
    lead: LeadForecast = Field(description="Of the same two as the document's own")
    words: str


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
    seats: SeatsForecast | None = Field(default=None, description="Under rules that have seats or electoral votes")
    valid: Spread
    turnout: Spread | None
    areas: tuple[AreaForecast, ...]
    needs: Needs
    explanation: Explanation | None
    assumptions: tuple[str, ...]
    alarms: tuple[Alarm, ...]
    without: Without | None = Field(default=None, description="Where an area has a red alarm: the forecast without it")
    call_ready: CallReady | None = Field(default=None, description="What a call needs, and whether it is met")
    refusals: tuple[str, ...]
    diagnostics: dict[str, float | str]
    provenance: Provenance

    def to_json(self, indent: int | None = 2) -> str:
        """The document as JSON text, two spaces to a level or all in one line, ending in a newline."""
        return self.model_dump_json(indent=indent) + "\n"


def spread(values: Array, *, digits: int, quantiles: bool = True) -> Spread:
    """How ``values`` (draw,) are distributed, rounded to ``digits`` decimals.

    A constant gives itself exactly, so that what is declared is printed as it was declared.
    """
    (row,) = measure_rows(values[None], INTERVAL_LEVELS + LEVELS if quantiles else INTERVAL_LEVELS).tolist()
    return lay_out([round(row[0], digits), round(row[1], digits + 1), *(round(each, digits) for each in row[2:])])


def lay_out(row: Sequence[float]) -> Spread:
    """A spread of its mean, SD and quantiles: those of `INTERVAL_LEVELS`, then any others."""
    _, _, low50, high50, low80, high80, low90, high90, low95, high95, median, *quantiles = row
    intervals = (
        Interval(0.5, low50, high50),
        Interval(0.8, low80, high80),
        Interval(0.9, low90, high90),
        Interval(0.95, low95, high95),
    )
    return Spread(row[0], median, row[1], intervals, tuple(quantiles))


def measure_rows(rows: Array, levels: tuple[float, ...] = INTERVAL_LEVELS) -> Array:
    """(number, 2 + level) mean, SD and quantiles of each row of ``rows`` (number, draw)."""
    quantiles = read_quantiles(np.sort(rows, axis=1), levels)
    return np.column_stack([rows.mean(axis=1), rows.std(axis=1), quantiles])


def read_quantiles(ordered: NDArray[np.floating], levels: tuple[float, ...]) -> Array:
    """(number, level) as `numpy.quantile` of each row of (number, draw), put in order, which is quick for many rows."""
    place = np.array(levels) * (ordered.shape[1] - 1)
    below = np.floor(place).astype(np.intp)
    part, above = place - below, np.minimum(below + 1, ordered.shape[1] - 1)
    low, high = ordered[:, below].astype(np.float64), ordered[:, above].astype(np.float64)
    found: Array = np.where(part < 0.5, low + (high - low) * part, high - (high - low) * (1 - part))
    return found
