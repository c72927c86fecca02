"""The keys of a contest's ``contest.toml``, and what each may hold."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from forecast.errors import did_you_mean
from forecast.rules import DIVISORS, RULES

__all__ = ["TABLES", "BaselineTable", "CandidateTable", "CompanionTable", "ContestToml", "OpeningTable", "TomlTable"]

# Columns of the night's and the polls' tables, whose other columns are candidates' ids.
RESERVED = {"area", "at", "ballots", "counted", "kind", "note", "other", "pollster", "published"}
RESERVED |= {"rejected", "sample", "source", "valid"}


def refusal(what: str, remedy: str = "") -> PydanticCustomError:
    """Return an error that carries our own sentences through pydantic."""
    return PydanticCustomError("ours", "{what}", {"what": what, "remedy": remedy})


def filled(text: str) -> str:
    """Refuse a text that says nothing."""
    if not text.strip():
        raise refusal("is empty.")
    return text


def slug(text: str) -> str:
    """Refuse an id that people could not type and files could not name."""
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", text):
        raise refusal(f'is "{text}", not small letters, digits and hyphens such as "harper-nunes".')
    return text


def candidate_id(text: str) -> str:
    """Refuse a candidate's id that is the name of another column."""
    if text in RESERVED:
        raise refusal(f'is "{text}", which is the name of a column.', "Choose another.")
    return slug(text)


def hexadecimal(text: str) -> str:
    """Refuse what is not a colour in hexadecimal."""
    if not re.fullmatch(r"#[0-9A-Fa-f]{6}", text):
        raise refusal(f'is "{text}", not a colour such as "#E4003B".')
    return text


def time_zone(text: str) -> str:
    """Refuse what is not the name of a time zone."""
    try:
        ZoneInfo(text)
    except (OSError, ValueError, KeyError) as error:
        raise refusal(f'is "{text}", not a time zone.', did_you_mean(text, available_timezones())) from error
    return text


def in_utc(time: datetime) -> datetime:
    """Return the time in UTC; refuse one without its offset."""
    if time.tzinfo is None:
        raise refusal(f"is {time.isoformat()}, not a time with its offset such as 2024-05-04T19:57:00+01:00.")
    try:
        return time.astimezone(UTC)
    except OverflowError as error:
        raise refusal(f"is {time.isoformat()}, out of range.") from error


def known_by(value: object) -> date | None:
    """Return a date, or None for "unknown"; refuse anything else."""
    if value == "unknown":
        return None
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    remedy = "The day by which its figures were published."
    raise refusal(f'is {value!r}, neither a date such as 2017-03-17 nor "unknown".', remedy)


def rule_name(text: str) -> str:
    """Refuse the name of a rule nobody knows."""
    return one_of(text, RULES)


def divisor_method(text: str) -> str:
    """Refuse the name of a divisor method nobody knows."""
    return one_of(text, DIVISORS)


def one_of(text: str, known: Sequence[str]) -> str:
    """Refuse what is none of the names there are."""
    if text not in known:
        raise refusal(f'is "{text}", not one of {", ".join(known)}.', did_you_mean(text, known))
    return text


def positive[N: (int, float)](number: N) -> N:
    """Refuse what is not above 0."""
    if not 0 < number < math.inf:
        raise refusal(f"is {number}, not above 0.")
    return number


def file_name(text: str) -> str:
    """Refuse a file outside the contest's own directory, or of another kind."""
    if not re.fullmatch(r"[^/\\.][^/\\]*\.csv", text):
        raise refusal(f'is "{text}", not the name of a CSV file in the same directory.')
    return text


Text = Annotated[str, AfterValidator(filled)]
Slug = Annotated[str, AfterValidator(slug)]
RuleName = Annotated[str, AfterValidator(rule_name)]
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Seats = Annotated[int, AfterValidator(positive)]
FileName = Annotated[str, AfterValidator(file_name)]
KnownBy = Annotated[date | None, BeforeValidator(known_by)]


class TomlTable(BaseModel):
    """A table of the file, whose every key is known."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class OpeningTable(TomlTable):
    """``opens``: the moment at which a past night opens."""

    through: Annotated[int, Field(ge=0)] | None = None
    at: Annotated[datetime, AfterValidator(in_utc)] | None = None


class RuleTable(TomlTable):
    """``[rule]``: who is elected, given the votes. Which keys a rule takes is said in `forecast.contests.rule`."""

    name: RuleName
    cannot_win: list[Text] = []
    majority: Annotated[float, AfterValidator(positive)] | None = None
    weights: str = ""
    transfers: dict[str, dict[str, Share]] = {}
    proposal: str = ""
    turnout: Share = 0.0
    approval: Share = 0.0
    double_majority: bool = False
    seats: Seats | None = None
    district_seats: dict[str, Seats] = {}
    districts: Literal["area", "group"] = "area"
    divisors: Annotated[str, AfterValidator(divisor_method)] = "dhondt"
    first_divisor: Annotated[float, AfterValidator(positive)] = 1.0
    threshold: Share = 0.0
    threshold_of: Literal["contest", "district"] = "contest"
    exempt: list[Text] = []


class BaselineTable(TomlTable):
    """``[baseline]`` and each of ``[[alternatives]]``: an earlier result."""

    id: Slug
    label: Text
    file: FileName
    polling_day: date
    rule: RuleName


class CandidateTable(TomlTable):
    """One of ``[[candidates]]``."""

    id: Annotated[str, AfterValidator(candidate_id)]
    name: Text
    party: str
    party_id: str = ""
    colour: Annotated[str, AfterValidator(hexadecimal)] = "#767676"
    baseline: list[Text] = []
    takes_from: dict[str, Share] = {}
    aliases: list[Text] = []


class CompanionTable(TomlTable):
    """One of ``[[companions]]``: another contest counted on the same day."""

    id: Slug
    label: Text
    file: FileName


class ContestToml(TomlTable):
    """The whole file."""

    schema_version: Literal[1] = Field(alias="schema")
    id: Slug
    election_id: Text
    title: Text
    office: Literal["mayor", "constituency", "parliament", "president", "referendum"]
    polling_day: date
    timezone: Annotated[str, AfterValidator(time_zone)]
    opens: OpeningTable = OpeningTable()
    order: Literal["declared", "unknown"] = "declared"
    slopes: list[Text] = []
    covariates: dict[str, KnownBy] = {}
    notes: list[Text] = []
    rule: RuleTable
    baseline: BaselineTable | None = None
    alternatives: list[BaselineTable] = []
    candidates: Annotated[list[CandidateTable], Field(min_length=2)]
    companions: list[CompanionTable] = []


TABLES: Mapping[str, type[TomlTable]] = {
    "opens": OpeningTable,
    "rule": RuleTable,
    "baseline": BaselineTable,
    "alternatives": BaselineTable,
    "candidates": CandidateTable,
    "companions": CompanionTable,
}
