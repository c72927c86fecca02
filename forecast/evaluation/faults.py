"""Faults put into true declarations: what a slip of the ear, the hand or the page makes of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from forecast.declaration import Declaration, Kind

__all__ = ["KINDS", "UNFORESEEN", "Fault", "inject_faults", "votes_alone"]

SMALLEST = 1_000  # votes of a candidate whose figure is spoilt
LARGEST = 4  # candidates of an area whose figures are spoilt, most votes first

type Items = tuple[Declaration, ...]


@dataclass(frozen=True, slots=True)
class Fault:
    """A declaration, or two, as they would be given with a fault.

    Parameters
    ----------
    kind
        One of `KINDS`, or `UNFORESEEN`.
    items
        What is given; the first is of the area that is judged.
    """

    kind: str
    items: Items


def inject_faults(
    item: Declaration, others: Sequence[Declaration], known: Sequence[Declaration], rng: np.random.Generator
) -> Iterator[Fault]:
    """Each kind of fault once in a true declaration, where it can have that kind; `UNFORESEEN` last.

    Parameters
    ----------
    item
        A final declaration of an area.
    others
        True declarations of other areas that have not declared yet.
    known
        Declarations let in before.
    rng
        Chooses candidates, digits and areas; a child of it chooses whose votes are moved round.
    """
    large = largest(item)
    for kind, spoil in _SPOILT.items():
        if large and (votes := spoil(item, large, known, rng)) is not None:
            yield Fault(kind, (replace(item, votes=votes),))
    same = [other for other in others if set(other.votes) == set(item.votes)]
    if same:
        other = same[int(rng.integers(len(same)))]
        yield Fault(OTHER_AREA, (_as_area(item, other),))
        yield Fault(AREAS, (_as_area(item, other), _as_area(other, item)))
    if (moved := _move_round(item, large, rng.spawn(1)[0])) is not None:
        yield Fault(UNFORESEEN, (replace(item, votes=moved),))


def votes_alone(item: Declaration) -> Declaration:
    """The declaration as it is often read out: candidates' votes, without ballots, rejected papers or valid votes."""
    return replace(item, ballots=None, rejected=None, valid=None, kind=Kind.DECLARED)


def largest(item: Declaration) -> list[str]:
    """The candidates whose figures may be spoilt, most votes first."""
    ranked = sorted(item.votes, key=lambda name: -item.votes[name])[:LARGEST]
    return [name for name in ranked if item.votes[name] >= SMALLEST]


def _as_area(item: Declaration, figures: Declaration) -> Declaration:
    """One area's declaration with another area's figures."""
    return replace(
        item, ballots=figures.ballots, rejected=figures.rejected, valid=figures.valid, votes=dict(figures.votes)
    )


type Votes = dict[str, int]
type Spoil = Callable[[Declaration, list[str], Sequence[Declaration], np.random.Generator], Votes | None]


def _swap(item: Declaration, large: list[str], _: Sequence[Declaration], rng: np.random.Generator) -> Votes | None:
    if len(large) < 2:
        return None
    one, other = (large[place] for place in rng.choice(len(large), 2, replace=False))
    if item.votes[one] == item.votes[other]:
        return None
    return {**item.votes, one: item.votes[other], other: item.votes[one]}


def _move_round(item: Declaration, large: list[str], rng: np.random.Generator) -> Votes | None:
    """Three candidates' votes, no two of them the same, each given for the next."""
    if len(large) < 3:
        return None
    names = [large[place] for place in rng.choice(len(large), 3, replace=False)]
    votes = [item.votes[name] for name in names]
    moved = zip(names, np.roll(votes, 1).tolist(), strict=True)
    return {**item.votes, **dict(moved)} if len(set(votes)) == 3 else None


def _one(change: Callable[[str, np.random.Generator], str]) -> Spoil:
    """A spoilt figure of one candidate, whose digits are changed."""

    def spoil(item: Declaration, large: list[str], _: Sequence[Declaration], rng: np.random.Generator) -> Votes | None:
        name = large[int(rng.integers(len(large)))]
        number = int(change(str(item.votes[name]), rng))
        return None if number == item.votes[name] else {**item.votes, name: number}

    return spoil


def _wrong_digit(digits: str, rng: np.random.Generator) -> str:
    place = int(rng.integers(len(digits)))
    other = [digit for digit in "0123456789" if digit != digits[place] and (place or digit != "0")]
    return digits[:place] + other[int(rng.integers(len(other)))] + digits[place + 1 :]


def _digits_swapped(digits: str, rng: np.random.Generator) -> str:
    place = int(rng.integers(len(digits) - 1))
    return digits[:place] + digits[place + 1] + digits[place] + digits[place + 2 :]


def _missing_digit(digits: str, rng: np.random.Generator) -> str:
    place = int(rng.integers(len(digits)))
    return digits[:place] + digits[place + 1 :]


def _doubled_digit(digits: str, rng: np.random.Generator) -> str:
    place = int(rng.integers(len(digits)))
    return digits[: place + 1] + digits[place:]


def _thousands(digits: str, rng: np.random.Generator) -> str:
    return digits + "000" if rng.random() < 0.5 else str(round(int(digits) / 1000))


def _below_zero(digits: str, _: np.random.Generator) -> str:
    return f"-{digits}"


def _copied(
    item: Declaration, large: list[str], known: Sequence[Declaration], rng: np.random.Generator
) -> Votes | None:
    name = large[int(rng.integers(len(large)))]
    figures = [number for other in known for number in other.votes.values() if number >= SMALLEST]
    if not figures:
        return None
    number = figures[int(rng.integers(len(figures)))]
    return None if number == item.votes[name] else {**item.votes, name: number}


CANDIDATES, AREAS, OTHER_AREA = "two candidates' votes swapped", "two areas' figures swapped", "another area's figures"
UNFORESEEN = "three candidates' votes moved round"  # a kind that is none of those weighed
_SPOILT: dict[str, Spoil] = {
    CANDIDATES: _swap,
    "a wrong digit": _one(_wrong_digit),
    "two digits swapped": _one(_digits_swapped),
    "a digit missing": _one(_missing_digit),
    "a digit doubled": _one(_doubled_digit),
    "thousands and units confused": _one(_thousands),
    "a figure copied from elsewhere": _copied,
    "a figure below zero": _one(_below_zero),
}
KINDS = (CANDIDATES, AREAS, OTHER_AREA, *list(_SPOILT)[1:])
