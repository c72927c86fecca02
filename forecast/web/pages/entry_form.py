"""The form of the declaration desk: what was typed as an item of news, and an item as what stands in the form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from forecast.contests.contest import Contest
from forecast.declaration import Declaration
from forecast.errors import Defect, NewsError
from forecast.journal.item_json import read_item

__all__ = ["FIGURES", "KINDS", "Typed", "fill_from", "read_form", "typed_from"]

KINDS = (
    ("verified", "Verified", "Ballots counted at verification; no votes yet."),
    ("partial", "Part counted", "Part of the votes."),
    ("provisional", "Provisional", "All counted and not declared, or being recounted."),
    ("declared", "Declared", "Read out by the returning officer."),
    ("corrected", "Corrected", "A declaration put right. Say in the note what was wrong."),
    ("withdrawn", "Withdrawn", "The votes taken back; ballots verified stay."),
    ("checked", "Checked", "The figures that stand were read back to the count and are right: it ends red alarms."),
)
FIGURES = ("ballots", "rejected", "valid")
TEXTS = ("source", "note")
LONGEST = 500


@dataclass(frozen=True, slots=True)
class Typed:
    """What stands in the form's fields, as text."""

    kind: str = "declared"
    area: str = ""
    figures: Mapping[str, str] = field(default_factory=dict)
    counted: str = ""
    votes: Mapping[str, str] = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict)


def typed_from(form: Mapping[str, Any], contest: Contest) -> Typed:
    """What was sent, as it was typed."""
    sent = {key: value.strip()[:LONGEST] for key, value in form.items() if isinstance(value, str)}
    return Typed(
        kind=sent.get("kind", "declared"),
        area=sent.get("area", ""),
        figures={name: sent.get(name, "") for name in FIGURES},
        counted=sent.get("counted", ""),
        votes={each.id: sent.get(f"votes.{each.id}", "") for each in contest.candidates},
        texts={name: sent.get(name, "") for name in TEXTS},
    )


def fill_from(item: Declaration, kind: str) -> Typed:
    """The form filled with an item's figures, to put it right or to read them back; a withdrawal gives none."""
    if kind == "withdrawn":
        return Typed(kind=kind, area=item.area)
    figures = {"ballots": item.ballots, "rejected": item.rejected, "valid": item.valid}
    return Typed(
        kind=kind,
        area=item.area,
        figures={name: "" if number is None else str(number) for name, number in figures.items()},
        votes={candidate: str(number) for candidate, number in item.votes.items()},
        texts={"source": item.source},
    )


def read_form(typed: Typed, contest: Contest, entered_by: str) -> Declaration:
    """The item of news that was typed.

    Raises
    ------
    NewsError
        With every defect found.
    """
    defects: list[Defect] = []
    names = {each.id: each.name for each in contest.candidates}
    fields: dict[str, Any] = {"kind": typed.kind, "area": typed.area, "entered_by": entered_by}
    fields |= {name: text for name, text in typed.texts.items() if text}
    fields |= _numbers(typed.figures, {}, defects)
    if typed.counted and typed.kind == "partial":
        fields["counted"] = _share(typed.counted, defects)
    if typed.kind not in {"verified", "withdrawn"}:
        fields["votes"] = _numbers(typed.votes, names, defects)
    if defects:
        raise NewsError(defects)
    return read_item(fields, contest, where="entry")


def _numbers(typed: Mapping[str, str], names: Mapping[str, str], defects: list[Defect]) -> dict[str, int]:
    """What is a whole number, spaces and commas between thousands allowed; what is blank is not given."""
    found: dict[str, int] = {}
    for key, text in typed.items():
        plain = text.replace(",", "").replace(" ", "").replace("\u00a0", "")
        if not plain:
            continue
        if plain.isascii() and plain.isdigit() and len(plain) <= 12:
            found[key] = int(plain)
        else:
            defects.append(Defect(names.get(key, key), f'"{text[:40]}" is not a whole number.'))
    return found


def _share(text: str, defects: list[Defect]) -> float | None:
    try:
        share = float(text.rstrip("% ")) / 100.0
    except ValueError:
        share = -1.0
    if not 0.0 <= share <= 1.0:
        defects.append(Defect("counted", f'"{text[:40]}" is not a share in per cent.'))
        return None
    return share
