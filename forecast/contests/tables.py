"""The tables of a contest: areas, earlier results, polls, other counts of the same day, and who stands where."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from forecast.contests.contest import Area, Baseline, Companion, ExitPoll, Poll, folded, positions
from forecast.contests.keys import BaselineTable, CandidateTable, CompanionTable
from forecast.errors import Defect, did_you_mean
from forecast.table import Columns, Row, Table, choice, day, moment, number, read_table, whole

__all__ = [
    "AREA_COLUMNS",
    "BASELINE_COLUMNS",
    "COMPANION_COLUMNS",
    "EXIT_POLL_COLUMNS",
    "POLL_COLUMNS",
    "STANDING_COLUMNS",
    "Axes",
    "area_positions",
    "no_baseline",
    "read_areas",
    "read_baseline",
    "read_companion",
    "read_exit_polls",
    "read_polls",
    "read_standing",
]

AREA_COLUMNS = Columns(("id", "name"), ("code", "electorate", "group"), others=True)
BASELINE_COLUMNS = Columns(("area",), ("provenance",), others=True)
POLL_COLUMNS = Columns(("pollster", "published"), ("fieldwork_start", "fieldwork_end", "sample", "other"))
EXIT_POLL_COLUMNS = Columns(("released_at", "source"), ("other",))
COMPANION_COLUMNS = Columns(("area", "reported_at"))
STANDING_COLUMNS = Columns(("area",))
PROVENANCE = ("official", "derived", "notional")

Votes = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Axes:
    """What the tables' rows and columns may name."""

    areas: tuple[Area, ...]
    candidates: tuple[str, ...]
    contest: str
    positions: Mapping[str, int]

    @property
    def shape(self) -> tuple[int, int]:
        """Numbers of areas and candidates."""
        return len(self.areas), len(self.candidates)

    def columns(self, columns: Columns) -> Columns:
        """Return the columns with one more for each candidate."""
        return Columns(columns.required, columns.optional + self.candidates)

    def place(self, row: Row, found: list[Defect]) -> int | None:
        """Position of a row's area; None, with a defect in ``found``, where there is none."""
        name = row["area"]
        position = self.positions.get(folded(name))
        if position is None and self.areas:
            remedy = did_you_mean(name, (known for area in self.areas for known in (area.id, area.name)))
            what = f'no area "{name}" in {self.contest}.' if name else "area is empty."
            found.append(Defect(row.where, what, remedy))
        return position


def area_positions(areas: Sequence[Area]) -> dict[str, int]:
    """Position of each area by its id, code and name."""
    return positions((area.id, area.code, area.name) for area in areas)


def read_areas(path: Path, found: list[Defect]) -> tuple[tuple[Area, ...], dict[str, Votes]]:
    """Areas in the table's order, and the numbers of every further column, by its name."""
    table = read_table(path, AREA_COLUMNS, found)
    if table is None:
        return (), {}
    if not table.rows:
        found.append(Defect(path.name, "no areas."))
    areas = tuple(as_area(row, found) for row in table.rows)
    check_areas(table.rows, areas, found)
    others = [name for name in table.columns if name not in AREA_COLUMNS.known]
    return areas, {name: np.array([number(row, name, found) for row in table.rows]) for name in others}


def as_area(row: Row, found: list[Defect]) -> Area:
    """One row of the areas' table."""
    if row.ragged:
        return Area(row["id"], "", row["id"])
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", row["id"]):
        what = f'id is "{row["id"]}", not small letters, digits and hyphens such as "west-bromwich".'
        found.append(Defect(row.where, what))
    if not row["name"]:
        found.append(Defect(row.where, "name is empty."))
    return Area(row["id"], row["code"], row["name"], whole(row, "electorate", found), row["group"])


def check_areas(rows: Sequence[Row], areas: Sequence[Area], found: list[Defect]) -> None:
    """Refuse two areas that the same word would name."""
    first: dict[str, tuple[int, str]] = {}
    for row, (position, area) in zip(rows, enumerate(areas), strict=True):
        for name in dict.fromkeys(folded(each) for each in (area.id, area.code, area.name) if each):
            earlier, line = first.setdefault(name, (position, row.where.rpartition(" ")[2]))
            if earlier != position:
                found.append(Defect(row.where, f'a second area is known as "{name}"; the first is on line {line}.'))
                break


def placed(table: Table, axes: Axes, found: list[Defect]) -> Iterator[tuple[int, Row]]:
    """Position and row of each area that a table can be read for; an area given again is a defect."""
    first: dict[int, str] = {}
    for row in table.rows:
        position = axes.place(row, found)
        if position is None:
            continue
        line = first.setdefault(position, row.where)
        if line != row.where:
            found.append(
                Defect(row.where, f'area "{row["area"]}" again; the first is on line {line.rpartition(" ")[2]}.')
            )
        elif not row.ragged:
            yield position, row


def require_all(table: Table, axes: Axes, found: list[Defect]) -> None:
    """Refuse a table that leaves out an area."""
    given = {axes.positions.get(folded(row["area"])) for row in table.rows}
    for position, area in enumerate(axes.areas):
        if position not in given and axes.positions.get(folded(area.id)) == position:
            found.append(Defect(table.name, f'no row for area "{area.id}".', "Every area needs one."))


def count(row: Row, column: str, found: list[Defect]) -> float:
    """Number of votes in a cell; NaN where it is blank or refused."""
    votes = whole(row, column, found)
    return np.nan if votes is None else float(votes)


def read_baseline(
    path: Path, facts: BaselineTable, candidates: Sequence[CandidateTable], axes: Axes, found: list[Defect]
) -> tuple[Baseline, tuple[str, ...]]:
    """An earlier result, mapped to tonight's candidates, and the options its file has columns for.

    A blank is an option that was not on the ballot there. A candidate none of whose options has a column is NaN.
    """
    table = read_table(path, BASELINE_COLUMNS, found)
    options = tuple(name for name in table.columns if name not in BASELINE_COLUMNS.known) if table else ()
    votes = np.full((len(axes.areas), len(options)), np.nan)
    provenance = ["official"] * len(axes.areas)
    if table:
        require_all(table, axes, found)
        for position, row in placed(table, axes, found):
            given = len(found)
            votes[position] = [count(row, option, found) for option in options]
            if len(found) == given and not np.nansum(votes[position]) > 0:
                found.append(Defect(row.where, "no votes at all."))
            if "provenance" in table.columns:
                provenance[position] = choice(row, "provenance", PROVENANCE, found) or "official"
    mapped = np.full(axes.shape, np.nan)
    for column, candidate in enumerate(candidates):
        chosen = [options.index(option) for option in candidate.baseline if option in options]
        if chosen:
            mapped[:, column] = total(votes[:, chosen])
    valid = np.nansum(votes, axis=1)
    departed = valid - np.nansum(mapped, axis=1)
    baseline = Baseline(
        facts.id, facts.label, facts.polling_day, facts.rule, mapped, departed, valid, tuple(provenance)
    )
    return baseline, options


def no_baseline(axes: Axes) -> Baseline:
    """What stands for the earlier result of a contest that has none: nothing is known of it."""
    areas, candidates = axes.shape
    unknown = np.full(areas, np.nan)
    votes = np.full((areas, candidates), np.nan)
    return Baseline("", "no earlier result", date.min, "", votes, unknown, unknown, ("none",) * areas)


def total(votes: Votes) -> Votes:
    """(area,) sum over options of those that are known; NaN where none is."""
    return np.where(np.isnan(votes).all(axis=1), np.nan, np.nansum(votes, axis=1))


def read_polls(path: Path, polling_day: date, axes: Axes, found: list[Defect]) -> tuple[Poll, ...]:
    """Polls in the table's order; none where there is no such file."""
    table = read_table(path, axes.columns(POLL_COLUMNS), found) if path.exists() else None
    rows = (row for row in table.rows if not row.ragged) if table else ()
    return tuple(as_poll(row, polling_day, axes, found) for row in rows)


def as_poll(row: Row, polling_day: date, axes: Axes, found: list[Defect]) -> Poll:
    """One row of the polls' table."""
    given = len(found)
    started, ended = day(row, "fieldwork_start", found), day(row, "fieldwork_end", found)
    published = day(row, "published", found) or ended
    percent = np.array([number(row, column, found) for column in (*axes.candidates, "other")])
    sample = whole(row, "sample", found)
    if len(found) == given:
        found.extend(Defect(row.where, what) for what in poll_defects(row, (started, ended, published), percent))
        if published and published > polling_day:
            found.append(Defect(row.where, f"published on {published}, after polling day."))
    return Poll(row["pollster"], published or date.min, sample, percent[:-1] / 100)


def poll_defects(row: Row, days: tuple[date | None, date | None, date | None], percent: Votes) -> Iterator[str]:
    """What is wrong with a poll whose every cell can be read."""
    started, ended, published = days
    if not row["pollster"]:
        yield "pollster is empty."
    if published is None:
        yield "neither published nor fieldwork_end is given: nobody can say when it was known."
    if started and ended and started > ended:
        yield f"fieldwork_start {started} is after fieldwork_end {ended}."
    if ended and published and ended > published:
        yield f"fieldwork_end {ended} is after published {published}."
    if np.isnan(percent[:-1]).all():
        yield "no candidate's percentage is given."
    if (percent < 0).any() or (percent > 100).any():
        yield "a percentage is not between 0 and 100."
    elif np.nansum(percent) > 100 + len(percent) / 2:  # each may have been rounded up by half a point
        yield f"the percentages add up to {np.nansum(percent):g}."


def read_exit_polls(path: Path, axes: Axes, found: list[Defect]) -> tuple[ExitPoll, ...]:
    """Exit polls in the table's order; none where there is no such file."""
    table = read_table(path, axes.columns(EXIT_POLL_COLUMNS), found) if path.exists() else None
    rows = (row for row in table.rows if not row.ragged) if table else ()
    return tuple(as_exit_poll(row, axes, found) for row in rows)


def as_exit_poll(row: Row, axes: Axes, found: list[Defect]) -> ExitPoll:
    """One row of the exit polls' table: seats, not shares."""
    given = len(found)
    released = moment(row, "released_at", found)
    seats = np.array([count(row, column, found) for column in (*axes.candidates, "other")])
    if len(found) == given:
        found.extend(Defect(row.where, what) for what in exit_poll_defects(released, seats, len(axes.areas)))
    return ExitPoll(released or datetime.min.replace(tzinfo=UTC), row["source"], seats[:-1])


def exit_poll_defects(released: datetime | None, seats: Votes, areas: int) -> Iterator[str]:
    """What is wrong with an exit poll whose every cell can be read."""
    if released is None:
        yield "released_at is empty: nobody can say when it was known."
    if np.isnan(seats[:-1]).all():
        yield "no candidate's seats are given."
    if areas and np.nansum(seats) > areas * 1.01:  # a broadcaster counts the seat whose poll was put off, too
        yield f"the seats add up to {np.nansum(seats):g}, of {areas} areas."


def read_companion(path: Path, facts: CompanionTable, axes: Axes, found: list[Defect]) -> Companion:
    """Another contest of the same day; areas and candidates that its file leaves out are NaN."""
    table = read_table(path, axes.columns(COMPANION_COLUMNS), found)
    votes = np.full(axes.shape, np.nan)
    reported: list[datetime | None] = [None] * len(axes.areas)
    for position, row in placed(table, axes, found) if table else ():
        votes[position] = [count(row, candidate, found) for candidate in axes.candidates]
        reported[position] = moment(row, "reported_at", found)
    return Companion(facts.id, facts.label, votes, tuple(reported))


def read_standing(path: Path, axes: Axes, found: list[Defect]) -> NDArray[np.bool_]:
    """(area, candidate) who stands where: everyone everywhere, but for what the file says, if there is one."""
    standing = np.ones(axes.shape, dtype=bool)
    table = read_table(path, axes.columns(STANDING_COLUMNS), found) if path.exists() else None
    if table is None:
        return standing
    require_all(table, axes, found)
    for position, row in placed(table, axes, found):
        for column, candidate in enumerate(axes.candidates):
            if candidate in table.columns:
                standing[position, column] = choice(row, candidate, ("0", "1"), found) == "1"
        if not standing[position].any():
            found.append(Defect(row.where, "nobody stands."))
    return standing
