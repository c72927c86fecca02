"""The rule of a contest, made of its ``[rule]`` and of the areas' table, with every defect found at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forecast.contests.contest import Area
from forecast.contests.keys import ContestToml, RuleTable
from forecast.contests.toml import Lines
from forecast.errors import Defect, did_you_mean
from forecast.rules import (
    AreaSeats,
    ListProportional,
    Plurality,
    Referendum,
    Rule,
    SupplementaryVote,
    Transfers,
    TwoRound,
)

__all__ = ["read_rule"]

# Keys of [rule], other than its name, that each rule takes; those it cannot do without.
TAKES: Mapping[str, frozenset[str]] = {
    "plurality": frozenset({"cannot_win"}),
    "supplementary vote": frozenset({"transfers"}),
    "two rounds": frozenset(),
    "referendum": frozenset({"proposal", "turnout", "approval", "double_majority", "weights"}),
    "seats": frozenset({"majority", "cannot_win"}),
    "weighted areas": frozenset({"weights", "majority", "cannot_win"}),
    "list proportional": frozenset(
        {"seats", "district_seats", "districts", "divisors", "first_divisor", "threshold", "threshold_of"}
        | {"exempt", "cannot_win", "majority"}
    ),
}
NEEDS: Mapping[str, tuple[str, ...]] = {
    "referendum": ("proposal",),
    "weighted areas": ("weights",),
    "list proportional": ("divisors",),
}


@dataclass(frozen=True, slots=True)
class Given:
    """What a rule is made of.

    Parameters
    ----------
    table
        ``[rule]``.
    candidates
        Their ids, in the contest's order.
    columns
        Numbers of the areas' table, by column.
    """

    table: RuleTable
    candidates: tuple[str, ...]
    areas: Sequence[Area]
    columns: Mapping[str, NDArray[np.float64]]

    def positions(self, ids: Iterable[str]) -> tuple[int, ...]:
        """Positions of candidates."""
        return tuple(self.candidates.index(name) for name in ids)

    def weights(self) -> tuple[float, ...]:
        """(area,) weights; none where areas are equal."""
        return tuple(self.columns[self.table.weights].tolist()) if self.table.weights else ()

    def districts(self) -> tuple[str, ...]:
        """(area,) name of each area's district."""
        return tuple(area.group if self.table.districts == "group" else area.id for area in self.areas)


def read_rule(
    facts: ContestToml,
    areas: Sequence[Area],
    columns: Mapping[str, NDArray[np.float64]],
    lines: Lines,
    found: list[Defect],
) -> Rule:
    """The contest's rule; plurality, with defects in ``found``, where what is given makes no rule.

    Parameters
    ----------
    columns
        Name to (area,) numbers of the areas' table, of which one may be the areas' weights.
    """
    given = Given(facts.rule, tuple(each.id for each in facts.candidates), areas, columns)
    defects = [Defect(lines.where("rule", key), what, remedy) for key, what, remedy in rule_defects(given)]
    found.extend(defects)
    return Plurality() if defects or not areas else make_rule(given)


def make_rule(given: Given) -> Rule:
    """The rule, once nothing is wrong with what it is made of."""
    table = given.table
    cannot_win = given.positions(table.cannot_win)
    match table.name:
        case "supplementary vote":
            return SupplementaryVote(make_transfers(given))
        case "two rounds":
            return TwoRound()
        case "referendum":
            return make_referendum(given)
        case "seats" | "weighted areas":
            return AreaSeats(given.weights(), table.majority, cannot_win, table.name)
        case "list proportional":
            return make_lists(given)
    return Plurality(cannot_win)


def make_transfers(given: Given) -> Transfers:
    """The prior for transfers, with the shares that are said."""
    said = (
        (given.candidates.index(eliminated), given.candidates.index(finalist), share)
        for eliminated, shares in given.table.transfers.items()
        for finalist, share in shares.items()
    )
    return Transfers(shares=tuple(sorted(said)))


def make_referendum(given: Given) -> Referendum:
    """A referendum with its thresholds."""
    table = given.table
    return Referendum(
        proposal=given.candidates.index(table.proposal),
        electorate=float(sum(area.electorate or 0 for area in given.areas)) or None,
        turnout=table.turnout,
        approval=table.approval,
        double_majority=table.double_majority,
        weights=given.weights(),
    )


def make_lists(given: Given) -> ListProportional:
    """Lists in proportion, with their districts in the order in which their seats are given."""
    table = given.table
    names = list(table.district_seats)
    return ListProportional(
        seats=tuple(table.district_seats.values()) or (table.seats or 0,),
        districts=tuple(names.index(name) for name in given.districts()) if names else (),
        divisors=table.divisors,
        first_divisor=table.first_divisor,
        threshold=table.threshold,
        district_threshold=table.threshold_of == "district",
        exempt=given.positions(table.exempt),
        cannot_win=given.positions(table.cannot_win),
        majority=table.majority,
    )


def rule_defects(given: Given) -> Iterator[tuple[str, str, str]]:
    """Key, what is wrong with it, and what would mend it."""
    table = given.table
    takes = TAKES[table.name]
    for key in sorted(table.model_fields_set - {"name"} - takes):
        known = f"It takes {', '.join(sorted(takes))}." if takes else "It takes no keys."
        yield key, f'the rule "{table.name}" takes no key "{key}".', known
    for key in NEEDS.get(table.name, ()):
        if key not in table.model_fields_set:
            yield "name", f'the rule "{table.name}" needs the key "{key}".', ""
    yield from candidate_defects(given)
    yield from weight_defects(given)
    if table.name == "referendum":
        yield from referendum_defects(given)
    if table.name == "list proportional":
        yield from district_defects(given)


def candidate_defects(given: Given) -> Iterator[tuple[str, str, str]]:
    """Candidates that are none, or too many that cannot win."""
    table = given.table
    named = {
        "cannot_win": table.cannot_win,
        "exempt": table.exempt,
        "proposal": [table.proposal] if table.proposal else [],
        "transfers": [name for each, shares in table.transfers.items() for name in (each, *shares)],
    }
    for key, names in named.items():
        for name in dict.fromkeys(names):
            if name not in given.candidates:
                remedy = did_you_mean(name, given.candidates, f"Known: {', '.join(given.candidates)}.")
                yield key, f'rule.{key}: no candidate "{name}".', remedy
    if set(given.candidates) <= set(table.cannot_win):
        yield "cannot_win", "rule.cannot_win leaves nobody who can win.", ""
    for eliminated, shares in table.transfers.items():
        if sum(sorted(shares.values())[-2:]) > 1:
            what = f'rule.transfers: two of the shares of "{eliminated}" add up to more than 1.'
            yield "transfers", what, "What is left of 1 is ballots that transfer to nobody."


def weight_defects(given: Given) -> Iterator[tuple[str, str, str]]:
    """Weights that are no column, or are not there for every area."""
    name = given.table.weights
    if not name or not given.areas:
        return
    if name not in given.columns:
        known = f"Known: {', '.join(given.columns) or 'none'}."
        yield "weights", f'rule.weights: no column "{name}" in areas.csv.', did_you_mean(name, given.columns, known)
    elif not (given.columns[name] >= 0).all():
        yield "weights", f'rule.weights: column "{name}" is blank or below 0 for an area.', "Give every area's."
    elif not given.columns[name].any():
        yield "weights", f'rule.weights: column "{name}" is 0 for every area.', ""


def referendum_defects(given: Given) -> Iterator[tuple[str, str, str]]:
    """Not two answers, or a threshold without an electorate."""
    table = given.table
    if len(given.candidates) != 2:
        yield "name", f"a referendum has two answers, not {len(given.candidates)}.", ""
    unknown = [area.id for area in given.areas if area.electorate is None]
    for key in ("turnout", "approval"):
        if getattr(table, key) and unknown:
            what = f'rule.{key} is a share of the electorate, which is blank for area "{unknown[0]}" in areas.csv.'
            yield key, what, "Give every area's."


def district_defects(given: Given) -> Iterator[tuple[str, str, str]]:
    """Seats given twice or not at all, and districts that do not match the areas."""
    table = given.table
    if (table.seats is None) == (not table.district_seats):
        yield "name", 'the rule "list proportional" needs either seats or district_seats.', "Give one of them."
    if not table.district_seats or not given.areas:
        return
    known = dict.fromkeys(given.districts())
    for name in known:
        if name not in table.district_seats:
            yield "district_seats", f'rule.district_seats: no seats for the {table.districts} "{name}".', ""
    for name in table.district_seats:
        if name not in known:
            remedy = did_you_mean(name, known)
            yield "district_seats", f'rule.district_seats: no {table.districts} "{name}" in areas.csv.', remedy
