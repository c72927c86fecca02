"""Contests shaped like mayoralties, made of a general election's seats by adding up constituencies to boroughs.

A mayor is counted in four to fourteen boroughs, and few such nights have an earlier result to compare with. These have:
the boroughs of six metropolitan counties and the fourteen constituencies of the London Assembly, each declared when the
last of its parts had. They are not elections that took place: parties stand for candidates, and a general election's
swings for a mayor's.
"""

from __future__ import annotations

import csv
import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from forecast.contests.catalogue import shipped_contests
from forecast.contests.contest import Area, Baseline, Contest, Opening
from forecast.declaration import Declaration, Kind
from forecast.errors import ContestError, Defect
from forecast.rules import AreaSeats, Plurality
from forecast.tally import Tally, fold

__all__ = ["County", "pseudo_contests", "read_counties"]

BOROUGHS = Path("_boroughs", "boroughs.csv")
NOTE = "Not an election that took place: constituencies of {title} added up to boroughs, as in data/_boroughs."

Votes = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class County:
    """A county and the codes of the constituencies in each of its boroughs."""

    name: str
    boroughs: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True, eq=False)
class _Parts:
    """A county's part of a general election: which seats are added up to which borough, and who stands there."""

    county: County
    seats: tuple[NDArray[np.intp], ...]
    candidates: NDArray[np.intp]

    def total(self, votes: Votes) -> Votes:
        """(borough, candidate) sums of (seat, candidate) votes, those not known left out; NaN where none is known."""
        sums = [_known_sum(votes[np.ix_(seats, self.candidates)]) for seats in self.seats]
        return np.array(sums)

    def sums(self, figures: Votes) -> Votes:
        """(borough,) sums of (seat,) figures."""
        return np.array([figures[seats].sum() for seats in self.seats])


def read_counties() -> tuple[County, ...]:
    """The six metropolitan counties and London, in boroughs, as shipped."""
    counties: dict[str, dict[str, list[str]]] = {}
    with (shipped_contests() / BOROUGHS).open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            counties.setdefault(row["county"], {}).setdefault(row["borough"], []).append(row["code"])
    return tuple(
        County(name, {borough: tuple(codes) for borough, codes in boroughs.items()})
        for name, boroughs in counties.items()
    )


def pseudo_contests(
    general_election: Contest, news: Sequence[Declaration]
) -> list[tuple[Contest, tuple[Declaration, ...]]]:
    """A general election as seven contests for mayor, each with its night.

    Parameters
    ----------
    general_election
        On the boundaries of 2010 to 2024, its areas' codes those of the constituencies.
    news
        The whole night, every seat declared.

    Returns
    -------
    For each county the contest, its areas boroughs and its candidates the parties that stood in it, under plurality,
    and its news in the order in which the last seats of the boroughs declared.

    Raises
    ------
    ContestError
        Where the contest lacks one of the constituencies.
    """
    tally = fold(general_election, news)
    declared_at = {item.area: item.at for item in news}
    return [_make(tally, declared_at, _find_parts(tally, county)) for county in read_counties()]


def _find_parts(tally: Tally, county: County) -> _Parts:
    contest = tally.contest
    by_code = {area.code: position for position, area in enumerate(contest.areas)}
    missing = [code for codes in county.boroughs.values() for code in codes if code not in by_code]
    if missing:
        what = f"has no constituency {missing[0]}, of which {county.name} is made."
        raise ContestError(Defect(contest.id, what, "Take a general election of 2010 to 2019."))
    seats = tuple(np.array([by_code[code] for code in codes]) for codes in county.boroughs.values())
    return _Parts(county, seats, np.flatnonzero(contest.standing[np.concatenate(seats)].any(axis=0)))


def _make(
    tally: Tally, declared_at: Mapping[str, datetime | None], parts: _Parts
) -> tuple[Contest, tuple[Declaration, ...]]:
    whole, name = tally.contest, _slug(parts.county.name)
    identity = f"pseudo-{name}-{whole.polling_day.year}"
    contest = replace(
        whole,
        id=identity,
        election_id=f"pseudo.{name}.{whole.polling_day}",
        title=f"{parts.county.name}, as if for mayor, {whole.polling_day.day} {whole.polling_day:%B %Y}",
        office="mayor",
        areas=_boroughs(whole, parts),
        candidates=tuple(whole.candidates[position] for position in parts.candidates),
        rule=Plurality(_cannot_win(whole, parts)),
        baseline=_baseline(whole.baseline, parts),
        standing=np.array([whole.standing[np.ix_(seats, parts.candidates)].any(axis=0) for seats in parts.seats]),
        covariates={name: _averages(whole, values, parts) for name, values in whole.covariates.items()},
        polls=(),
        companions=(),
        alternatives=(),
        exit_polls=(),
        opening=Opening(through=len(parts.seats) - 1),
        digest=hashlib.sha256(f"{whole.digest} {identity}".encode()).hexdigest(),
        notes=(NOTE.format(title=whole.title),),
    )
    return contest, _night(tally, contest, declared_at, parts)


def _slug(name: str) -> str:
    return re.sub(r"[^a-z]+", "-", name.lower())


def _boroughs(whole: Contest, parts: _Parts) -> tuple[Area, ...]:
    electorates = [[whole.areas[seat].electorate for seat in seats] for seats in parts.seats]
    return tuple(
        Area(_slug(name), "", name, None if None in each else sum(filter(None, each)))
        for name, each in zip(parts.county.boroughs, electorates, strict=True)
    )


def _cannot_win(whole: Contest, parts: _Parts) -> tuple[int, ...]:
    barred = whole.rule.cannot_win if isinstance(whole.rule, AreaSeats) else ()
    return tuple(new for new, old in enumerate(parts.candidates) if old in barred)


def _baseline(earlier: Baseline, parts: _Parts) -> Baseline:
    votes, valid = parts.total(earlier.votes), parts.sums(earlier.valid)
    worst = ("notional", "derived", "official", "none")
    kinds = [{earlier.provenance[seat] for seat in seats} for seats in parts.seats]
    return replace(
        earlier,
        rule="plurality",
        votes=votes,
        valid=valid,
        departed=valid - np.nansum(votes, axis=1),
        provenance=tuple(next(kind for kind in worst if kind in each) for each in kinds),
    )


def _known_sum(votes: Votes) -> Votes:
    """(candidate,) sum over seats of the votes that are known; NaN where none is."""
    return np.where(np.isnan(votes).all(axis=0), np.nan, np.nansum(votes, axis=0))


def _averages(whole: Contest, values: Votes, parts: _Parts) -> Votes:
    """(borough,) mean of a covariate, seats weighing by their electorate."""
    electorates = np.array([area.electorate or np.nan for area in whole.areas], dtype=float)
    return parts.sums(values * electorates) / parts.sums(electorates)


def _night(
    tally: Tally, contest: Contest, declared_at: Mapping[str, datetime | None], parts: _Parts
) -> tuple[Declaration, ...]:
    """The boroughs' declarations, the first to be complete first; those without a time last."""
    votes = parts.total(tally.votes)
    columns = [parts.sums(figures) for figures in (tally.ballots, tally.rejected, tally.valid)]
    items = [
        Declaration(
            area=area.id,
            kind=Kind.DECLARED,
            at=_last(declared_at.get(tally.contest.areas[seat].id) for seat in parts.seats[row]),
            source=f"added up from {tally.contest.id}",
            entered_by="",
            ballots=_count(columns[0][row]),
            rejected=_count(columns[1][row]),
            valid=_count(columns[2][row]),
            votes={
                candidate.id: int(votes[row, column])
                for column, candidate in enumerate(contest.candidates)
                if np.isfinite(votes[row, column])
            },
        )
        for row, area in enumerate(contest.areas)
    ]
    items.sort(key=lambda item: (item.at is None, item.at.timestamp() if item.at else 0.0, item.area))
    return tuple(replace(item, sequence=place, where=contest.id) for place, item in enumerate(items, start=1))


def _last(times: Iterable[datetime | None]) -> datetime | None:
    """The time by which all were known; None where one has none."""
    known = list(times)
    return None if None in known else max(time for time in known if time)


def _count(figure: float) -> int | None:
    return int(figure) if np.isfinite(figure) else None
