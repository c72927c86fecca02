"""A contest made of a general election written down as a directory, to be read, checked, run and scored like any."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np

from forecast.contests.catalogue import refuse_occupied
from forecast.contests.contest import Contest
from forecast.declaration import Declaration
from forecast.rules import Plurality

__all__ = ["write_pseudo"]

SOURCES = """# {title}: where the numbers come from

Not an election that took place. Everything here is added up from the constituencies of `{whole}`, whose sources are in
its own `SOURCES.md`, to boroughs as in `_boroughs/boroughs.csv` beside it; made by `forecast contests pseudo`.

| file | what | source and check |
|---|---|---|
| `areas.csv` | electorates; covariates averaged by electorate | `{whole}` |
| `baseline.csv` | the election before, as far as its boundaries are known | `{whole}` |
| `news.csv` | each borough's votes, at the time at which its last constituency declared | `{whole}` |
"""

type Rows = Iterable[Sequence[object]]


def write_pseudo(contest: Contest, items: Sequence[Declaration], whole: str, directory: Path) -> Path:
    """Write a contest under plurality with its night.

    Parameters
    ----------
    contest, items
        One of `forecast.pseudo.pseudo_contests`.
    whole
        Id of the general election that it is made of.
    directory
        Where; made if it is not there, its parents too.

    Returns
    -------
    The directory.

    Raises
    ------
    ContestError
        Where the directory already holds something: nothing is ever overwritten.
    """
    refuse_occupied(directory)
    directory.mkdir(parents=True, exist_ok=True)
    tables = {
        "areas": _areas(contest), "baseline": _baseline(contest), "standing": _standing(contest),
        "news": _news(contest, items),
    }  # fmt: skip
    for name, rows in tables.items():
        with (directory / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows(rows)
    texts = {"contest.toml": _facts(contest), "SOURCES.md": SOURCES.format(title=contest.title, whole=whole)}
    for name, text in texts.items():
        (directory / name).write_text(text, encoding="utf-8", newline="\n")
    return directory


def _facts(contest: Contest) -> str:
    """``contest.toml``."""
    barred = contest.rule.cannot_win if isinstance(contest.rule, Plurality) else ()
    options = [contest.candidates[column].id for column in _compared(contest)]
    then = contest.baseline
    tables = [
        _table("", schema=1, id=contest.id, election_id=contest.election_id, title=contest.title, office=contest.office,
               polling_day=contest.polling_day, timezone=contest.timezone, slopes=list(contest.slopes),
               notes=list(contest.notes)),
        _table("[covariates]", **{_key(name): day or "unknown" for name, day in contest.covariate_days.items()}),
        _table("[opens]", through=contest.opening.through),
        _table("[rule]", name="plurality", cannot_win=[contest.candidates[each].id for each in barred]),
        _table("[baseline]", id=then.id, label=then.label, file="baseline.csv", polling_day=then.polling_day,
               rule=then.rule),
        *(
            _table("[[candidates]]", id=each.id, name=each.name, party=each.party, party_id=each.party_id,
                   colour=each.colour, baseline=[each.id] if each.id in options else [],
                   takes_from=dict(each.takes_from), aliases=list(each.aliases))
            for each in contest.candidates
        ),
    ]  # fmt: skip
    return "\n".join(tables)


def _table(head: str, **values: object) -> str:
    """A TOML table; what is empty is left out, but a party, which may be none."""
    lines = [head] if head else []
    lines += [f"{name} = {_value(value)}" for name, value in values.items() if value or value == 0 or name == "party"]
    return "\n".join(lines) + "\n"


def _key(name: str) -> str:
    """A TOML key, in quotation marks where it needs them."""
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else json.dumps(name, ensure_ascii=False)


def _value(value: object) -> str:
    """A TOML value: texts and lists are written as in JSON, numbers and dates as they are."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_value(name)} = {_value(each)}" for name, each in value.items()) + "}"
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str | list) else str(value)


def _areas(contest: Contest) -> Rows:
    yield ["id", "name", "electorate", *contest.covariates]
    for row, area in enumerate(contest.areas):
        yield [area.id, area.name, area.electorate, *(values[row] for values in contest.covariates.values())]


def _compared(contest: Contest) -> list[int]:
    """Positions of the candidates of whom something is known at the baseline."""
    return [int(each) for each in np.flatnonzero(np.isfinite(contest.baseline.votes).any(axis=0))]


def _baseline(contest: Contest) -> Rows:
    then, columns = contest.baseline, _compared(contest)
    yield ["area", *(contest.candidates[column].id for column in columns), "departed", "provenance"]
    for row, area in enumerate(contest.areas):
        votes = [_whole(then.votes[row, column]) for column in columns]
        yield [area.id, *votes, _whole(then.departed[row]), then.provenance[row]]


def _standing(contest: Contest) -> Rows:
    yield ["area", *(each.id for each in contest.candidates)]
    for row, area in enumerate(contest.areas):
        yield [area.id, *(int(each) for each in contest.standing[row])]


def _news(contest: Contest, items: Sequence[Declaration]) -> Rows:
    ids = [each.id for each in contest.candidates]
    zone = ZoneInfo(contest.timezone)
    yield ["at", "kind", "area", "ballots", "rejected", "valid", *ids, "source"]
    for item in items:
        at = item.at.astimezone(zone).isoformat(timespec="minutes") if item.at else ""
        figures = [item.ballots, item.rejected, item.valid, *(item.votes.get(each) for each in ids)]
        yield [at, str(item.kind), item.area, *("" if each is None else each for each in figures), item.source]


def _whole(votes: float) -> int | str:
    return round(votes) if np.isfinite(votes) else ""
