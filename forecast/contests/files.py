"""Reading a contest from its directory, with every defect found at once."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from forecast.contests.contest import Area, Baseline, Candidate, Contest, Opening, folded
from forecast.contests.covariates import day_defects, leave_out_late
from forecast.contests.keys import CandidateTable, ContestToml
from forecast.contests.rule import read_rule
from forecast.contests.tables import (
    Axes,
    area_positions,
    no_baseline,
    read_areas,
    read_baseline,
    read_companion,
    read_exit_polls,
    read_polls,
    read_standing,
)
from forecast.contests.toml import Lines, read_toml
from forecast.errors import ContestError, Defect, did_you_mean

__all__ = ["digest", "read_contest"]


def read_contest(directory: Path, baseline: str | None = None) -> Contest:
    """Read a contest.

    Parameters
    ----------
    directory
        Holds ``contest.toml``, ``areas.csv`` and the tables they name.
    baseline
        Id of the baseline to compare with, where it is one of the alternatives.

    Raises
    ------
    ContestError
        With every defect of every file, ordered by file and line.
    """
    directory = Path(directory)
    if not directory.is_dir():
        raise ContestError(say_no_directory(directory))
    return leave_out_late(read_files(directory, baseline))


def read_files(directory: Path, baseline: str | None) -> Contest:
    """The contest as its files have it, whenever their figures were known."""
    found: list[Defect] = []
    areas, covariates = read_areas(directory / "areas.csv", found)
    facts, lines = read_facts(directory / "contest.toml", areas, covariates, found)
    axes = Axes(areas, tuple(each.id for each in facts.candidates), facts.id, area_positions(areas))
    baselines = read_baselines(directory, facts, axes, lines, found)
    polls = read_polls(directory / "polls.csv", facts.polling_day, axes, found)
    exit_polls = read_exit_polls(directory / "exit_poll.csv", axes, found)
    companions = tuple(read_companion(directory / each.file, each, axes, found) for each in facts.companions)
    standing = read_standing(directory / "standing.csv", axes, found)
    chosen = chosen_baseline(baselines, baseline, found)
    rule = read_rule(facts, areas, covariates, lines, found)
    if found:
        raise ContestError(in_order(found))
    return Contest(
        id=facts.id,
        election_id=facts.election_id,
        title=facts.title,
        office=facts.office,
        polling_day=facts.polling_day,
        timezone=facts.timezone,
        areas=areas,
        candidates=tuple(as_candidate(each) for each in facts.candidates),
        rule=rule,
        baseline=chosen,
        standing=standing,
        covariates=covariates,
        polls=polls,
        companions=companions,
        alternatives=tuple(each for each in baselines if each is not chosen),
        opening=Opening(facts.opens.through, facts.opens.at),
        directory=directory,
        digest=digest(directory),
        notes=tuple(facts.notes),
        slopes=tuple(facts.slopes),
        exit_polls=exit_polls,
        order=facts.order,
        covariate_days=facts.covariates,
    )


def say_no_directory(path: Path) -> Defect:
    """What is wrong with a path that is not a directory."""
    if path.is_file():
        return Defect(str(path), "is a file, not a folder.", "Name the folder of contest.toml.")
    return Defect(str(path), "no such directory.")


def read_facts(
    path: Path, areas: Sequence[Area], covariates: Mapping[str, NDArray[np.float64]], found: list[Defect]
) -> tuple[ContestToml, Lines]:
    """Facts good enough to read the tables by; ContestError where they are not."""
    facts, lines = read_toml(path, found)
    if facts is None:
        raise ContestError(in_order(found))
    found.extend(facts_defects(facts, areas, lines))
    if areas:
        found.extend((*slope_defects(facts, covariates, lines), *day_defects(facts, covariates, lines)))
    ids = [each.id for each in facts.candidates]
    if len(set(ids)) < len(ids):
        raise ContestError(in_order(found))
    return facts, lines


def digest(directory: Path) -> str:
    """SHA-256 of a contest's files, ``contest.toml`` and every CSV: the version of the data."""
    version = hashlib.sha256()
    names = {path.name for path in directory.glob("*.csv") if not path.name.startswith(".")} | {"contest.toml"}
    for name in sorted(names):
        data = (directory / name).read_bytes()
        version.update(f"{name}\n{len(data)}\n".encode() + data)
    return version.hexdigest()


def in_order(found: Iterable[Defect]) -> list[Defect]:
    """Defects by file, ``contest.toml`` first, and by line; each on one line, whatever was given."""
    lines = (Defect(each.where, " ".join(each.what.split()), each.remedy) for each in found)
    defects = list(dict.fromkeys(lines))
    files = list(dict.fromkeys(["contest.toml", *(defect.where.partition(",")[0] for defect in defects)]))

    def place(defect: Defect) -> tuple[int, int]:
        name, _, line = defect.where.partition(", line ")
        return files.index(name), int(line or 0)

    return sorted(defects, key=place)


def read_baselines(
    directory: Path, facts: ContestToml, axes: Axes, lines: Lines, found: list[Defect]
) -> tuple[Baseline, ...]:
    """The baseline and its alternatives; every option a candidate names must be a column of the baseline's own file."""
    if facts.baseline is None:
        return (no_baseline(axes),)
    read = [
        read_baseline(directory / each.file, each, facts.candidates, axes, found)
        for each in (facts.baseline, *facts.alternatives)
    ]
    options = read[0][1]
    for position, candidate in enumerate(facts.candidates):
        for option in candidate.baseline if options else ():
            if option not in options:
                what = f'no column "{option}" in {facts.baseline.file}.'
                remedy = did_you_mean(option, options, f"Known: {', '.join(options)}.")
                found.append(Defect(lines.where("candidates", position, "baseline"), what, remedy))
    return tuple(baseline for baseline, _ in read)


def chosen_baseline(baselines: tuple[Baseline, ...], wanted: str | None, found: list[Defect]) -> Baseline:
    """The first baseline, or the one whose id is wanted."""
    by_id = {baseline.id: baseline for baseline in reversed(baselines)}
    if wanted is None or wanted in by_id:
        return by_id[wanted] if wanted else baselines[0]
    remedy = did_you_mean(wanted, by_id, f"Known: {', '.join(reversed(by_id))}.")
    found.append(Defect("--baseline", f'no baseline "{wanted}".', remedy))
    return baselines[0]


def as_candidate(facts: CandidateTable) -> Candidate:
    """One of ``[[candidates]]`` as the contest's own."""
    values = facts.model_dump()
    return Candidate(**values | {"baseline": tuple(facts.baseline), "aliases": tuple(facts.aliases)})


def facts_defects(facts: ContestToml, areas: Sequence[Area], lines: Lines) -> Iterator[Defect]:
    """What is wrong between keys that are each right."""
    yield from naming_defects(facts, lines)
    for position, candidate in enumerate(facts.candidates):
        for what, remedy in entrant_defects(candidate, [each.id for each in facts.candidates]):
            yield Defect(lines.where("candidates", position, "takes_from"), what, remedy)
    tables = [("baseline",), *(("alternatives", position) for position in range(len(facts.alternatives)))]
    if facts.baseline is None:
        yield from without_baseline(facts, lines)
    for location, each in zip(tables, (facts.baseline, *facts.alternatives), strict=True):
        if each is not None and each.polling_day >= facts.polling_day:
            what = f"polling_day {each.polling_day} is not before the contest's own, {facts.polling_day}."
            yield Defect(lines.where(*location, "polling_day"), what)
    if facts.opens.through is not None and facts.opens.at is not None:
        yield Defect(lines.where("opens"), "opens gives both through and at.", "Leave one out.")
    if areas and (facts.opens.through or 0) > len(areas):
        what = f"opens.through is {facts.opens.through}, but the contest has {len(areas)} areas."
        yield Defect(lines.where("opens", "through"), what)
    if folded(facts.id) in area_positions(areas):
        yield Defect("areas.csv", f'an area is known by the contest\'s own id, "{facts.id}".', "Rename one.")


def without_baseline(facts: ContestToml, lines: Lines) -> Iterator[Defect]:
    """What only makes sense beside a baseline, where there is none."""
    remedy = "Add [baseline], or leave it out."
    for position, candidate in enumerate(facts.candidates):
        if candidate.baseline:
            what = f'candidate "{candidate.id}" has a baseline, but the contest has none.'
            yield Defect(lines.where("candidates", position, "baseline"), what, remedy)
    if facts.alternatives:
        yield Defect(lines.where("alternatives", 0), "alternatives to a baseline that is not there.", remedy)


def slope_defects(facts: ContestToml, covariates: Mapping[str, NDArray[np.float64]], lines: Lines) -> Iterator[Defect]:
    """Slopes that are no covariate of the areas' table, or lack a figure somewhere."""
    for name in facts.slopes:
        if name not in covariates:
            known = ", ".join(covariates) or "none"
            remedy = did_you_mean(name, covariates, f"Known: {known}.")
            yield Defect(lines.where("slopes"), f'slopes: no covariate "{name}" in areas.csv.', remedy)
        elif np.isnan(covariates[name]).any():
            what = f'slopes: covariate "{name}" is blank for an area.'
            yield Defect(lines.where("slopes"), what, "Give every area's.")


def naming_defects(facts: ContestToml, lines: Lines) -> Iterator[Defect]:
    """Names and options that two things share."""
    first: dict[tuple[str, str], int] = {}
    for position, candidate in enumerate(facts.candidates):
        named = [("name", folded(each)) for each in (candidate.id, candidate.name, *candidate.aliases)]
        for kind, name in dict.fromkeys([*named, *(("baseline", option) for option in candidate.baseline)]):
            other = facts.candidates[first.setdefault((kind, name), position)]
            if other.id == candidate.id and other is not candidate:
                what = f'a second candidate has the id "{candidate.id}".'
                yield Defect(lines.where("candidates", position, "id"), what)
                break
            if other is not candidate:
                what = f'candidate "{candidate.id}" shares the {kind} "{name}" with "{other.id}".'
                yield Defect(lines.where("candidates", position), what)
    listed = {
        "alternatives": ([facts.baseline.id] if facts.baseline else [], [each.id for each in facts.alternatives]),
        "companions": ([], [each.id for each in facts.companions]),
    }
    for kind, (taken, ids) in listed.items():
        for position, each in enumerate(ids):
            if each in taken + ids[:position]:
                yield Defect(lines.where(kind, position, "id"), f'the id "{each}" is given twice.')


def entrant_defects(candidate: CandidateTable, known: Sequence[str]) -> Iterator[tuple[str, str]]:
    """What is wrong with where a candidate's votes are supposed to come from, and what would mend it."""
    takes_from = candidate.takes_from
    for name in takes_from:
        if name not in known:
            yield f'takes_from: no candidate "{name}".', did_you_mean(name, known, f"Known: {', '.join(known)}.")
        elif name == candidate.id:
            yield f'takes_from: "{name}" cannot take from itself.', ""
    if sum(takes_from.values()) > 1 + 1e-9:
        yield f"takes_from adds up to {sum(takes_from.values()):g}, more than 1.", "What is left of 1 is non-voters."
    if takes_from and candidate.baseline:
        yield f'takes_from is for entrants, but "{candidate.id}" has a baseline.', "Leave one out."
