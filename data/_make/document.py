"""Writing a contest's directory: facts as TOML, tables as CSV, sources as Markdown."""

from __future__ import annotations

import csv
import json
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

Cell = str | int | float | None
Rows = Sequence[Mapping[str, Cell]]


@dataclass(frozen=True, slots=True)
class Party:
    """A candidate of the contest; ``baseline`` names the columns of the baseline's file."""

    id: str
    name: str
    party: str
    party_id: str = ""
    colour: str = "#767676"
    baseline: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Earlier:
    """The contest's baseline, always in ``baseline.csv``."""

    id: str
    label: str
    polling_day: str
    rule: str


def slug(name: str) -> str:
    """An area's id: its name in small letters, digits and hyphens."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().replace("'", "")
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")


def read_rows(path: Path) -> list[dict[str, str]]:
    """Rows of a CSV file, without space around their cells."""
    with path.open(encoding="utf-8", newline="") as file:
        return [{name: cell.strip() for name, cell in row.items()} for row in csv.DictReader(file)]


def write_rows(path: Path, rows: Rows) -> None:
    """Write a table; None is a blank cell."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def write_contest(
    directory: Path,
    facts: Mapping[str, str | Sequence[str]],
    rule: Mapping[str, str | int | Sequence[str]],
    parties: Iterable[Party],
    tables: Mapping[str, Rows],
    sources: str,
    earlier: Earlier | None = None,
    known: Mapping[str, str] | None = None,
) -> None:
    """Write a contest's directory, whatever was in its files before.

    Parameters
    ----------
    facts
        Keys of ``contest.toml`` before its first table; a key that ends in ``=`` holds TOML as it stands.
    tables
        Rows by the name of the file; a file without rows is not written.
    known
        Day by which each covariate was published, or ``unknown``, by its column.
    """
    directory.mkdir(parents=True, exist_ok=True)
    lines = ["schema = 1", *(entry(key, value) for key, value in facts.items())]
    if known:
        days = {name: day if day[0].isdigit() else f'"{day}"' for name, day in known.items()}
        lines += ["", "[covariates]", *(f"{name} = {day}" for name, day in days.items())]
    lines += ["", "[rule]", *(entry(key, value) for key, value in rule.items())]
    if earlier:
        lines += ["", "[baseline]", entry("id", earlier.id), entry("label", earlier.label), 'file = "baseline.csv"']
        lines += [f"polling_day = {earlier.polling_day}", entry("rule", earlier.rule)]
    for party in parties:
        lines += ["", "[[candidates]]", *party_entries(party)]
    (directory / "contest.toml").write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")
    for name, rows in tables.items():
        if rows:
            write_rows(directory / name, rows)
    (directory / "SOURCES.md").write_text(sources.strip() + "\n", encoding="utf-8", newline="\n")


def party_entries(party: Party) -> list[str]:
    """One candidate's keys, those that say nothing and are not required left out."""
    keys = {"id": party.id, "name": party.name, "party": party.party, "party_id": party.party_id}
    given = {key: value for key, value in keys.items() if value or key == "party"}
    lists = {"baseline": party.baseline, "aliases": party.aliases}
    return [
        *(entry(key, value) for key, value in given.items()),
        entry("colour", party.colour),
        *(entry(key, value) for key, value in lists.items() if value),
    ]


def entry(key: str, value: str | int | Sequence[str]) -> str:
    """One line of TOML, or one for each sentence of a list of them."""
    if key.endswith("="):
        return f"{key[:-1]} = {value}"
    if isinstance(value, str | int):
        return f"{key} = {json.dumps(value, ensure_ascii=False)}"
    texts = [json.dumps(each, ensure_ascii=False) for each in value]
    short = ", ".join(texts)
    return (
        f"{key} = [{short}]" if len(short) < 100 else "\n".join([f"{key} = [", *(f"  {each}," for each in texts), "]"])
    )
