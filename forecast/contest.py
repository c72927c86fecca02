"""A contest is a document: one question put to voters on one day, in areas that declare."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from forecast.rules import Rule

__all__ = ["Area", "Baseline", "Candidate", "Contest", "Companion", "Opening", "Poll"]

Votes = NDArray[np.float64]


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
        (area,) ``official``, ``derived`` or ``notional``.
    """

    id: str
    label: str
    polling_day: date
    rule: str
    votes: Votes
    departed: Votes
    valid: Votes
    provenance: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Poll:
    """A published poll: ``shares`` (candidate,) 0-1, NaN where the pollster reports none."""

    pollster: str
    published: date
    sample: int | None
    shares: Votes


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
        Kind of contest, which decides its prior: ``mayor``, ``constituency``, ``referendum``.
    covariates
        Name to (area,) values as given in the areas' table.
    standing
        (area, candidate) whether the candidate is on the ballot there.
    alternatives
        Other baselines a user may name, such as the final round of a supplementary vote.
    digest
        SHA-256 of the contest's files: the version of the data.
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

    def area_index(self, name: str) -> int:
        """Position of an area by id, code or name; KeyError where there is none."""
        raise NotImplementedError

    def candidate_index(self, name: str) -> int:
        """Position of a candidate by id, name or alias; KeyError where there is none."""
        raise NotImplementedError
