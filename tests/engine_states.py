"""Moments at which two engines are asked the same: the West Midlands' night, and contests made by rule."""

from __future__ import annotations

import numpy as np
from made_contest import declared, made_contest, made_result, news
from numpy.typing import NDArray

from forecast.contests.catalogue import find_contest
from forecast.declaration import Declaration, Kind, read_news
from forecast.moment import fold_through
from forecast.tally import Tally, fold

WEST_MIDLANDS = find_contest("west-midlands")
NEWS, _ = read_news(WEST_MIDLANDS.directory / "news.csv", WEST_MIDLANDS)
UNVERIFIED = tuple(item for item in NEWS if item.kind is not Kind.VERIFIED)


def west_midlands() -> dict[str, Tally]:
    """After none to six of the seven boroughs, and twice without the ballots verified."""
    after = {f"West Midlands, {count} declared": fold_through(WEST_MIDLANDS, NEWS, count) for count in range(7)}
    for count in (0, 4):
        after[f"West Midlands, {count} declared, no ballots"] = fold_through(WEST_MIDLANDS, UNVERIFIED, count)
    return after


def part_counted(tally: Tally, area: int, votes: NDArray[np.float64]) -> Declaration:
    """Two fifths of an area's votes, and its ballots."""
    counted = {each.id: int(0.4 * count) for each, count in zip(tally.contest.candidates, votes, strict=True)}
    return news(tally.contest, area, Kind.PARTIAL, votes=counted, ballots=int(votes.sum()) + 500, counted=0.4)


def ten_areas(seed: int, count: int, *, polled: bool, departed: bool, partial: bool = False) -> Tally:
    """Ten areas, three candidates and a covariate; the second area to declare reports two of them."""
    contest = made_contest(seed, 10, 3, polled=polled, departed=departed, slope=True)
    result = made_result(contest, seed)
    items = [declared(contest, area, result[area], (0, 1) if area == 1 else None) for area in range(count)]
    tally = fold(contest, items)
    return fold(contest, [part_counted(tally, count, result[count])], tally) if partial else tally


def five_areas(seed: int, count: int, *, polled: bool, departed: bool, partial: bool = False) -> Tally:
    """Five areas and four candidates, one an entrant, after a change from the supplementary vote."""
    contest = made_contest(seed, 5, 4, entrants=1, polled=polled, departed=departed, rule_then="supplementary vote")
    result = made_result(contest, seed)
    tally = fold(contest, [declared(contest, area, result[area]) for area in range(count)])
    return fold(contest, [part_counted(tally, count, result[count])], tally) if partial else tally


def all_states() -> dict[str, Tally]:
    """Every moment by its name."""
    return {
        **west_midlands(),
        "ten areas, 4 declared, 1 in part": ten_areas(6, 4, polled=True, departed=True, partial=True),
        "ten areas, no polls, 2 declared": ten_areas(6, 2, polled=False, departed=True),
        "ten areas, nobody departed, 7 declared": ten_areas(6, 7, polled=True, departed=False),
        "five areas, entrant, no polls, 0 declared": five_areas(2, 0, polled=False, departed=True),
        "five areas, entrant, 2 declared": five_areas(4, 2, polled=True, departed=False),
        "five areas, entrant, 3 declared, 1 in part": five_areas(4, 3, polled=False, departed=True, partial=True),
    }
