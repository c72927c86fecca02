"""A table of other people's ids: which of our areas and candidates theirs are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path

import structlog

from forecast.contests.contest import Contest
from forecast.errors import Defect, NewsError, did_you_mean
from forecast.table import Columns, read_table

__all__ = ["Ids", "Match", "find_area", "find_candidate", "read_ids"]

KINDS = ("area", "candidate", "party", "election")
COLUMNS = Columns(("kind", "theirs", "ours"), ("note",))
LIKENESS = 0.85

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Ids:
    """Their ids to ours. ``elections`` are the ids of elections that are this contest's; none: any of its day."""

    areas: Mapping[str, str] = field(default_factory=dict)
    candidates: Mapping[str, str] = field(default_factory=dict)
    parties: Mapping[str, str] = field(default_factory=dict)
    elections: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Match:
    """What one of their names is here; ``guess`` says so where it was only a likeness, ``listed`` if in the table."""

    id: str
    listed: bool = False
    guess: str = ""


def read_ids(path: Path, contest: Contest) -> Ids:
    """The table of ids of a feed.

    Parameters
    ----------
    path
        CSV with the columns ``kind, theirs, ours``: an ``area``'s number or code, a ``candidate``'s or ``party``'s id
        there, and our id (the contest's own for a figure of the whole contest); or an ``election``'s id there.

    Raises
    ------
    NewsError
        With every row that names nothing here.
    """
    found: list[Defect] = []
    table = read_table(path, COLUMNS, found)
    maps: dict[str, dict[str, str]] = {kind: {} for kind in KINDS}
    for row in table.rows if table else ():
        try:
            ours = _ours(row["kind"], row["ours"], contest)
        except KeyError as error:
            found.append(Defect(row.where, str(error.args[0])))
            continue
        if maps[row["kind"]].setdefault(row["theirs"], ours) != ours:
            found.append(Defect(row.where, f'the {row["kind"]} "{row["theirs"]}" is there twice.', "Keep one."))
    if found:
        raise NewsError(found)
    return Ids(maps["area"], maps["candidate"], maps["party"], frozenset(maps["election"]))


def _ours(kind: str, name: str, contest: Contest) -> str:
    if kind not in KINDS:
        known = f"There are {', '.join(KINDS)}."
        raise KeyError(f'no kind of id "{kind}". {did_you_mean(kind, KINDS, known)}')
    if kind == "election":
        return contest.id
    if kind == "area":
        return contest.id if name == contest.id else contest.areas[contest.area_index(name)].id
    return contest.candidates[contest.candidate_index(name)].id


def find_area(ids: Ids, contest: Contest, codes: tuple[str, ...], names: tuple[str, ...]) -> Match | None:
    """Our area by their codes in the table, then by its own id, code or name, then, logged, by a name like it.

    Parameters
    ----------
    names
        What may be one of our own ids, codes or names; a likeness is looked for to the last of them.
    """
    if listed := next((ids.areas[code] for code in codes if code in ids.areas), None):
        return Match(listed, listed=True)

    def exactly(name: str) -> str:
        whole = {contest.id, contest.election_id, contest.title.casefold()}
        if name.casefold() in whole or name.casefold().replace(" ", "-") == contest.id:
            return contest.id
        return contest.areas[contest.area_index(name)].id

    return _by_name(exactly, {area.name: area.id for area in contest.areas}, names)


def find_candidate(
    ids: Ids, contest: Contest, codes: tuple[str, ...], parties: tuple[str, ...], names: tuple[str, ...]
) -> Match | None:
    """Our candidate by their id or their party's in the table, then by name or alias, then, logged, by a name like it.

    A party's name is only a candidate's where the candidate is the party, as in a contest for seats: two people may
    stand without a party. The table's party ``*`` stands for everybody whom nothing else names.
    """
    listed = next((ids.candidates[code] for code in codes if code in ids.candidates), None)
    if listed := listed or next((ids.parties[code] for code in parties if code in ids.parties), None):
        return Match(listed, listed=True)
    are_parties = {each.id for each in contest.candidates if each.party and each.party in each.name}

    def exactly(name: str) -> str:
        return contest.candidates[contest.candidate_index(name)].id

    found = _by_name(exactly, {}, tuple(name for name in parties if name))
    if found is not None and found.id in are_parties:
        return found
    people = {each.name: each.id for each in contest.candidates if each.id not in are_parties}
    found = _by_name(exactly, people, names)
    return found or (Match(ids.parties["*"], listed=True) if "*" in ids.parties else None)


def _by_name(exactly: Callable[[str], str], choices: Mapping[str, str], names: tuple[str, ...]) -> Match | None:
    for name in filter(None, names):
        try:
            return Match(exactly(name))
        except KeyError:
            continue
    name = names[-1][:200] if names else ""
    if close := get_close_matches(name, choices, n=1, cutoff=LIKENESS):
        log.warning("name matched by likeness", theirs=name, ours=choices[close[0]])
        return Match(choices[close[0]], guess=f'"{name}" was taken for "{close[0]}"')
    return None
