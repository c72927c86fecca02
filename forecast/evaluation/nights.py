"""The bank of nights: past contests with their whole news, by family, and where each is stopped to be scored."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from forecast.alarms.integrity import admit
from forecast.contests.catalogue import find_contest, list_contests, shipped_contests
from forecast.contests.contest import Contest
from forecast.declaration import Declaration
from forecast.errors import Defect, NewsError
from forecast.evaluation.past_votes import swiss_votes, with_past
from forecast.pseudo import pseudo_contests
from forecast.rules import AreaSeats
from forecast.scene import open_scene
from forecast.tally import fold

__all__ = [
    "FAMILIES",
    "Family",
    "PastNight",
    "checkpoints_for",
    "few_checkpoints_for",
    "find_nights",
    "past_night",
    "shipped_nights",
]

Family = Literal[
    "few areas", "west midlands", "650 seats", "presidents", "referendum", "swiss votes", "quick count", "own"
]
FAMILIES: tuple[Family, ...] = (
    "few areas", "west midlands", "650 seats", "presidents", "referendum", "swiss votes", "quick count", "own",
)  # fmt: skip

FEW, MANY = 14, 400
COUNTS = (0, 10, 50, 100, 200, 400)
FRACTIONS = (0.01, 0.05, 0.10, 0.25, 0.50, 0.75)
MADE: dict[str, Family] = {"pseudo-": "few areas", "swiss-": "swiss votes"}  # nights that are not contests shipped
MADE_OF = ("general-election-2015", "general-election-2017", "general-election-2019")  # pseudo-contests: model.md 4.1


@dataclass(frozen=True, slots=True, eq=False)
class PastNight:
    """A past contest and the news of its whole night, all of it admissible.

    Parameters
    ----------
    weight
        In what is averaged over families: a contest that did not take place counts half.
    """

    contest: Contest
    items: tuple[Declaration, ...]
    family: Family
    weight: float = 1.0

    @property
    def digest(self) -> str:
        """The version of the data: the contest's files and the news as admitted."""
        return hashlib.sha256(f"{self.contest.digest} {self.items!r}".encode()).hexdigest()


def checkpoints_for(contest: Contest) -> tuple[int, ...]:
    """How many areas have declared where a night is stopped: always before the first, never after the last.

    After every declaration of up to fourteen areas; after 10, 50, 100, 200 and 400 of the seats of a general election;
    elsewhere after 1, 5, 10, 25, 50 and 75% of the areas.
    """
    areas = len(contest.areas)
    if areas <= FEW:
        return tuple(range(areas))
    if areas > MANY and isinstance(contest.rule, AreaSeats):
        return tuple(count for count in COUNTS if count < areas)
    return tuple(sorted({0, *(max(1, round(share * areas)) for share in FRACTIONS)}))


def few_checkpoints_for(contest: Contest) -> tuple[int, ...]:
    """The checkpoints at which a night is stopped in an order that is one of many.

    After one area, two, half and all but one of up to fourteen; after 50 and 200 of the seats of a general election;
    elsewhere after 5, 10, 25, 50 and 75%, or 5, 25 and 75% beyond 400 areas. Before the first declaration every order
    is the same.
    """
    areas = len(contest.areas)
    if areas <= FEW:
        return tuple(sorted({1, 2, areas // 2, areas - 1} & set(range(1, areas))))
    every = checkpoints_for(contest)
    return every[2::2] if areas > MANY else every[2:]


def shipped_nights(families: Sequence[Family] = FAMILIES) -> Iterator[PastNight]:
    """Every night of the bank: the shipped contests, the contests made of three general elections, and Swiss votes."""
    shipped = [find_contest(str(entry.directory)) for entry in list_contests() if not entry.error]
    for contest in shipped:
        family = family_of(contest)
        if family in families:
            yield past_night(str(contest.directory))
        if contest.id in MADE_OF and "few areas" in families:
            whole = past_night(str(contest.directory))
            for made, news in pseudo_contests(whole.contest, whole.items):
                yield PastNight(made, news, "few areas", 0.5)
    if "swiss votes" in families:
        yield from (PastNight(made, news, "swiss votes", 0.5) for made, news in swiss_votes())


def _before(contest: Contest) -> list[Contest]:
    """Shipped contests of the same series: those that differ in the year alone."""
    series = re.sub(r"-[0-9]{4}$", "-[0-9][0-9][0-9][0-9]", contest.id)
    return [find_contest(str(each)) for each in sorted(shipped_contests().glob(series))] if "[" in series else []


def family_of(contest: Contest) -> Family:
    """The family under which a night is reported."""
    if contest.office == "referendum":
        return "referendum"
    if contest.office == "president":
        return "presidents" if isinstance(contest.rule, AreaSeats) else "quick count"
    if len(contest.areas) > MANY:
        return "650 seats"
    return "west midlands" if contest.id == "west-midlands" else "own"


def find_nights(names: Sequence[str]) -> list[PastNight]:
    """Nights by what somebody typed: those of the bank by their ids, anything else as a contest of the user's own.

    Raises
    ------
    ForecastError
        Where there is no such contest, or its news does not hold the result.
    """
    made: set[Family] = {family for start, family in MADE.items() if any(name.startswith(start) for name in names)}
    bank = {night.contest.id: night for night in (shipped_nights(tuple(made)) if made else ())}
    return [bank.get(name) or past_night(name) for name in names]


def past_night(name: str) -> PastNight:
    """One contest by name or path with its whole night.

    Raises
    ------
    ForecastError
        Where the contest does not load, or its news does not hold the result.
    """
    scene = open_scene(name, through="all")
    items = admit(scene.contest, scene.items).tally.items
    tally = fold(scene.contest, items)
    whole = bool((tally.whole_votes == tally.whole_votes).all())
    if not tally.declared.any() or not (whole or tally.complete.all()):
        missing = int((~tally.complete).sum())
        what = f"the news does not hold the result: {missing} of {len(scene.contest.areas)} areas are not complete."
        remedy = "Score a night that is over: every area declared, or the whole contest's votes."
        raise NewsError(Defect(scene.contest.id, what, remedy))
    contest = scene.contest
    if contest.directory.resolve().parent != shipped_contests().resolve():
        return PastNight(contest, items, "own")
    return PastNight(with_past(contest, _before(contest)), items, family_of(contest))
