"""A contest is a document: one question put to voters on one day, in areas that declare."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from forecast.errors import did_you_mean
from forecast.rules import Rule

__all__ = ["Area", "Baseline", "Candidate", "Companion", "Contest", "ExitPoll", "Opening", "Poll", "read_only"]

Votes = NDArray[np.float64]


def read_only[T: np.generic](array: NDArray[T]) -> NDArray[T]:
    """Return the array itself where nobody can write to it, else a copy that nobody can write to."""
    if array.flags.writeable:
        array = array.copy()
        array.flags.writeable = False
    return array


@dataclass(frozen=True, slots=True)
class Area:
    """The unit that declares.

    ``id`` is a slug people type (``sandwell``), ``code`` the official one (``E08000028``);
    ``group`` the sub-region it belongs to, ``""`` where the contest names none.
    """

    id: str
    code: str
    name: str
    electorate: int | None = None
    group: str = ""


@dataclass(frozen=True, slots=True)
class Candidate:
    """What a vote is cast for: a person, a party or an answer.

    ``baseline`` names the options of the earlier contest whose votes this one is compared with;
    empty makes the candidate an entrant. ``takes_from`` is, for an entrant, the prior mean of the shares of its
    vote that come from each other candidate's side; what is left of 1 comes from people who would not have voted.
    """

    id: str
    name: str
    party: str
    party_id: str = ""
    colour: str = "#767676"
    baseline: tuple[str, ...] = ()
    takes_from: Mapping[str, float] = field(default_factory=dict)
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Baseline:
    """The earlier result a contest is compared with, mapped to tonight's candidates.

    Parameters
    ----------
    votes
        (area, candidate) votes then; NaN for an entrant.
    departed
        (area,) votes then for options that nobody on tonight's ballot stands for.
    valid
        (area,) valid votes then: ``votes`` and ``departed`` together.
    provenance
        (area,) ``official``, ``derived`` or ``notional``; ``none`` where there is no earlier result.
    """

    id: str
    label: str
    polling_day: date
    rule: str
    votes: Votes
    departed: Votes
    valid: Votes
    provenance: tuple[str, ...]

    def __post_init__(self) -> None:
        for name in ("votes", "departed", "valid"):
            object.__setattr__(self, name, read_only(getattr(self, name)))

    @property
    def known(self) -> bool:
        """Whether there is an earlier result at all; where not, every figure is NaN."""
        return bool(self.id)


@dataclass(frozen=True, slots=True, eq=False)
class Poll:
    """A published poll: ``shares`` (candidate,) 0-1, NaN where the pollster reports none."""

    pollster: str
    published: date
    sample: int | None
    shares: Votes

    def __post_init__(self) -> None:
        object.__setattr__(self, "shares", read_only(self.shares))


@dataclass(frozen=True, slots=True, eq=False)
class ExitPoll:
    """Seats expected by a poll of people who had voted, published as the polls closed.

    ``seats`` (candidate,) areas each was expected to win, NaN where the poll names none; ``released_at`` aware, UTC.
    """

    released_at: datetime
    source: str
    seats: Votes

    def __post_init__(self) -> None:
        object.__setattr__(self, "seats", read_only(self.seats))


@dataclass(frozen=True, slots=True, eq=False)
class Companion:
    """Another contest counted on the same day in the same areas: evidence on how these areas move.

    ``votes`` (area, candidate) of tonight's candidates' parties there, NaN where not known; ``reported_at`` (area,),
    ``None`` where the time was not found: such a figure is never used, since nobody can say when it was known.
    """

    id: str
    label: str
    votes: Votes
    reported_at: tuple[datetime | None, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "votes", read_only(self.votes))


@dataclass(frozen=True, slots=True)
class Opening:
    """The moment at which a past night opens: after the Nth area declared, at a time, or with everything known."""

    through: int | None = None
    at: datetime | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Contest:
    """One question put to voters on one day, and all that is known before its count begins.

    Axes are (area, candidate), in the order of ``areas`` and ``candidates``.

    Parameters
    ----------
    office
        Kind of contest, which decides its prior: ``mayor``, ``constituency``, ``parliament``, ``president``,
        ``referendum``.
    covariates
        Name to (area,) values as given in the areas' table.
    slopes
        Names of the covariates along which swings may differ, chosen before the night.
    covariate_days
        Name of a covariate to the day by which its figures were published; None where that is not known.
    standing
        (area, candidate) whether the candidate is on the ballot there.
    baseline
        The earlier result; where there is none, not `Baseline.known`, every figure NaN.
    alternatives
        Other baselines a user may name, such as the final round of a supplementary vote.
    digest
        SHA-256 of the contest's files: the version of the data.
    order
        ``declared`` where the news stands in the order in which areas declared, ``unknown`` where that was not found.
    """

    id: str
    election_id: str
    title: str
    office: str
    polling_day: date
    timezone: str
    areas: tuple[Area, ...]
    candidates: tuple[Candidate, ...]
    rule: Rule
    baseline: Baseline
    standing: NDArray[np.bool_]
    covariates: Mapping[str, Votes]
    polls: tuple[Poll, ...]
    companions: tuple[Companion, ...]
    alternatives: tuple[Baseline, ...]
    opening: Opening
    directory: Path
    digest: str
    notes: tuple[str, ...] = ()
    slopes: tuple[str, ...] = ()
    exit_polls: tuple[ExitPoll, ...] = ()
    order: str = "declared"
    covariate_days: Mapping[str, date | None] = field(default_factory=dict)
    _areas: Mapping[str, int] = field(init=False, repr=False)
    _candidates: Mapping[str, int] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "standing", read_only(self.standing))
        object.__setattr__(self, "covariates", {name: read_only(each) for name, each in self.covariates.items()})
        areas = positions((area.id, area.code, area.name) for area in self.areas)
        object.__setattr__(self, "_areas", areas)
        candidates = positions((each.id, each.name, *each.aliases) for each in self.candidates)
        object.__setattr__(self, "_candidates", candidates)

    def area_index(self, name: str) -> int:
        """Position of an area by id, code or name, in capitals or not.

        Raises
        ------
        KeyError
            Where there is no such area; its argument says so in a sentence, with the nearest name.
        """
        if (position := self._areas.get(folded(name))) is None:
            remedy = did_you_mean(name, (area.name for area in self.areas))
            raise KeyError(f'no area "{name}" in {self.id}. {remedy}'.rstrip())
        return position

    def candidate_index(self, name: str) -> int:
        """Position of a candidate by id, name or alias, in capitals or not.

        Raises
        ------
        KeyError
            Where there is no such candidate; its argument says so in a sentence, with the nearest name.
        """
        if (position := self._candidates.get(folded(name))) is None:
            choices = [each.id for each in self.candidates]
            remedy = did_you_mean(name, choices, f"There are {', '.join(choices)}.")
            raise KeyError(f'no candidate "{name}" in {self.id}. {remedy}'.rstrip())
        return position


def folded(name: str) -> str:
    """Return the name as it is compared: without capitals, without space around it."""
    return name.strip().casefold()


def positions(names: Iterable[Iterable[str]]) -> dict[str, int]:
    """Position of the first thing by each of its names, folded; blanks name nothing."""
    found: dict[str, int] = {}
    for position, known in enumerate(names):
        for name in filter(None, map(folded, known)):
            found.setdefault(name, position)
    return found
