"""Hard checks: what an item of news must be before it enters a tally."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forecast.contests.contest import Contest
from forecast.declaration import Declaration, Kind
from forecast.errors import Defect, did_you_mean
from forecast.tally import Sheet, Status, Tally

__all__ = ["accept", "refusal"]

Problem = tuple[str, str]  # what is wrong, and what would mend it
COUNTED = {Kind.PARTIAL, Kind.PROVISIONAL, Kind.DECLARED, Kind.CORRECTED}


def refusal(tally: Tally, item: Declaration) -> Defect | None:
    """Why an item of news cannot enter the tally, or None where it can.

    The checks, in order: area and candidates are known and the candidates stand there; figures are whole numbers of
    zero or more; the kind of news comes with the figures it needs; it agrees with what is declared, and nothing falls
    without a correction; votes, rejected papers, ballots and electorate fit one another exactly, together with what is
    already known; the areas do not add up to more than the whole contest.
    """
    return accept(Sheet(tally.contest, tally), item)


def accept(sheet: Sheet, item: Declaration) -> Defect | None:
    """Enter an item of news where it passes the hard checks and changes anything that is known of its area.

    Returns
    -------
    Why it was refused, as in `refusal`; the sheet is then as it was.
    """
    problem = next(_problems_before(sheet, item), None)
    if problem is None:
        before, take_back = _count(sheet, item.area), sheet.undo(item.area)
        sheet.enter(item)
        problem = next(_problems_after(sheet, item), None)
        if problem or np.array_equal(before.figures(), _count(sheet, item.area).figures(), equal_nan=True):
            take_back()
    return Defect(item.where or f"item {item.sequence}", *problem) if problem else None


@dataclass(frozen=True, slots=True, eq=False)
class _Count:
    """What is known of the count in one area, or in the whole contest."""

    name: str
    status: Status
    electorate: float
    ballots: float
    rejected: float
    valid: float
    counted: float
    votes: NDArray[np.float64]
    standing: NDArray[np.bool_]
    checked: bool = False

    def figures(self) -> list[float]:
        known = [self.status, self.ballots, self.rejected, self.valid, self.counted, self.checked]
        return [*known, *self.votes.tolist()]


def _count(tally: Sheet, area: str) -> _Count:
    contest = tally.contest
    if area == contest.id:
        return _whole(tally)
    i = contest.area_index(area)
    return _Count(
        name=contest.areas[i].name,
        status=Status(tally.status[i]),
        electorate=_known(contest.areas[i].electorate),
        ballots=float(tally.ballots[i]),
        rejected=float(tally.rejected[i]),
        valid=float(tally.valid[i]),
        counted=float(tally.counted[i]),
        votes=tally.votes[i].copy(),
        standing=contest.standing[i],
        checked=bool(tally.checked[i]),
    )


def _whole(tally: Sheet) -> _Count:
    declared = not np.isnan([*tally.whole_votes, tally.whole_valid, tally.whole_rejected]).all()
    verified = Status.NOTHING if np.isnan(tally.whole_ballots) else Status.VERIFIED
    return _Count(
        name="the whole contest",
        status=Status.DECLARED if declared else verified,
        electorate=sum(_known(area.electorate) for area in tally.contest.areas),
        ballots=tally.whole_ballots,
        rejected=tally.whole_rejected,
        valid=tally.whole_valid,
        counted=np.nan,
        votes=tally.whole_votes.copy(),
        standing=tally.contest.standing.any(axis=0),
    )


def _known(number: int | None) -> float:
    return np.nan if number is None else float(number)


def _problems_before(sheet: Sheet, item: Declaration) -> Iterator[Problem]:
    """What is wrong with an item, seen before it is entered; each check may rely on those before it."""
    yield from _unknown_names(sheet.contest, item)
    yield from _not_numbers(item)
    before = _count(sheet, item.area)
    yield from _not_standing(sheet.contest, before, item)
    yield from _wrong_contents(sheet.contest, before, item)
    yield from _percentages(before, item)
    yield from _disagreements(sheet.contest, before, item)
    yield from _falls(sheet.contest, before, item)


def _problems_after(sheet: Sheet, item: Declaration) -> Iterator[Problem]:
    """What does not fit once an item is entered."""
    yield from _sums(_count(sheet, item.area))
    yield from _more_than_whole(sheet)


def _unknown_names(contest: Contest, item: Declaration) -> Iterator[Problem]:
    try:
        _ = item.area == contest.id or contest.area_index(item.area)
    except KeyError:
        choices = [word for area in contest.areas for word in (area.id, area.name)]
        yield f'no area "{item.area}" in {contest.id}.', did_you_mean(item.area, choices, "Look at areas.csv.")
    for name in item.votes:
        try:
            contest.candidate_index(name)
        except KeyError:
            choices = [candidate.id for candidate in contest.candidates]
            yield f'no candidate "{name}" in {contest.id}.', did_you_mean(name, choices, f"There are {choices}.")


def _figures(item: Declaration) -> dict[str, int]:
    """What an item gives, by what it is called."""
    given = {"ballots": item.ballots, "rejected papers": item.rejected, "valid votes": item.valid}
    votes = {f"votes for {name}": number for name, number in item.votes.items()}
    return {name: number for name, number in given.items() if number is not None} | votes


def _not_numbers(item: Declaration) -> Iterator[Problem]:
    for name, number in _figures(item).items():
        # A feed is not bound by our annotations: whatever it sent is looked at.
        if isinstance(number, bool) or not isinstance(number, int | np.integer):
            yield f"{name}: {number!r} is not a whole number.", "Give the number of papers."
        elif number < 0:
            yield f"{name}: {number:,} is below zero.", "Give what was counted; take votes back with a correction."
    if item.counted is not None and not 0 <= item.counted <= 1:
        yield f"counted: {item.counted} is not a share between 0 and 1.", "Write 85 per cent as 0.85."


def _not_standing(contest: Contest, before: _Count, item: Declaration) -> Iterator[Problem]:
    positions = [contest.candidate_index(name) for name in item.votes]
    for position in positions:
        if not before.standing[position]:
            name = contest.candidates[position].name
            yield f"{name} does not stand in {before.name}.", "Leave the votes blank."
        if positions.count(position) > 1:
            yield f"votes for {contest.candidates[position].name} are given twice.", "Give them once."


def _wrong_contents(contest: Contest, before: _Count, item: Declaration) -> Iterator[Problem]:
    """A kind of news without the figures it needs, or with figures it cannot have."""
    whole, figures = item.area == contest.id, _figures(item)
    if whole and item.kind in {Kind.PARTIAL, Kind.PROVISIONAL}:
        yield (
            f"{item.kind} figures of the whole contest are not used.",
            "Give them by area, or wait for the declaration.",
        )
    if item.kind is Kind.VERIFIED and (item.ballots is None or len(figures) > 1):
        yield "a verification gives the ballots and nothing else.", "Give votes as partial, provisional or declared."
    if item.kind is Kind.WITHDRAWN and figures:
        yield "a withdrawal gives no figures.", "Leave them blank: it takes back all but the ballots."
    if item.kind is Kind.WITHDRAWN and before.status <= Status.VERIFIED:
        yield f"{before.name} has reported no votes that could be withdrawn.", "Correct the ballots with a correction."
    if item.kind is Kind.CHECKED:
        yield from _checked(contest, before, item)
    if (
        item.kind in COUNTED
        and not figures
        and not (item.kind is Kind.PROVISIONAL and before.status >= Status.PROVISIONAL)
    ):
        yield f"it is {item.kind} but gives no figures.", "Give the votes."
    elif (
        item.kind in COUNTED - {Kind.CORRECTED} and not item.votes and before.status < Status.PROVISIONAL and not whole
    ):
        yield f"it is {item.kind} but gives no votes.", "Give the votes, or enter it as verified."


def _checked(contest: Contest, before: _Count, item: Declaration) -> Iterator[Problem]:
    """Figures read back to the count that are not those that stand, or not all of them."""
    if item.area == contest.id or before.status is Status.NOTHING:
        yield f"{before.name} has no figures of its own that could be checked.", "Name an area that has reported."
    for name, was, now in _compared(contest, before, item):
        if was != now:
            yield f"{was:,.0f} {name} stand in {before.name}, not {now:,}.", "Correct what is wrong; check what stands."
    stand = {contest.candidates[c].id for c in np.flatnonzero(~np.isnan(before.votes))}
    if set(item.votes) != stand or (not stand and item.ballots is None):
        what = "every candidate's votes that stand" if stand else "the ballots that stand"
        yield f"what was checked gives {what} in {before.name}, and no others.", "Give what was read back to the count."
    papers = (before.ballots, item.ballots), (before.rejected, item.rejected), (before.valid, item.valid)
    if item.counted is not None or any(now is not None and np.isnan(was) for was, now in papers):
        yield "a check gives no figure that is new.", "Give it as provisional, declared or corrected."


def _percentages(before: _Count, item: Declaration) -> Iterator[Problem]:
    votes = item.votes.values()
    if len(votes) < 2 or not 99 <= sum(votes) <= 101 or item.kind is Kind.PARTIAL:
        return
    if np.nanmax([before.ballots, before.electorate, item.ballots or 0, item.valid or 0]) > 1000:
        yield "the votes add up to about 100: they look like percentages.", "Give votes."


def _compared(contest: Contest, before: _Count, item: Declaration) -> Iterator[tuple[str, float, int]]:
    """Each figure given that was known before: its name, what it was, and what is given now."""
    earlier = (before.ballots, before.rejected, before.valid)
    given = (item.ballots, item.rejected, item.valid)
    yield from (
        (name, was, now)
        for name, was, now in zip(("ballots", "rejected papers", "valid votes"), earlier, given, strict=True)
        if now is not None and not np.isnan(was)
    )
    for name, now in item.votes.items():
        position = contest.candidate_index(name)
        if not np.isnan(was := before.votes[position]):
            yield f"votes for {contest.candidates[position].name}", was, now


def _disagreements(contest: Contest, before: _Count, item: Declaration) -> Iterator[Problem]:
    """News that contradicts a declaration without being a correction."""
    if item.kind is Kind.PARTIAL and before.status >= Status.PROVISIONAL:
        yield f"{before.name} has counted all its votes: a partial count cannot follow.", "Enter a withdrawal first."
    if item.kind is not Kind.DECLARED or before.status != Status.DECLARED:
        return
    for name, was, now in _compared(contest, before, item):
        if was != now:
            remedy = "Enter it as corrected if it puts the declaration right."
            yield f"{before.name} has already declared {was:,.0f} {name}, not {now:,}.", remedy


def _falls(contest: Contest, before: _Count, item: Declaration) -> Iterator[Problem]:
    """A partial count or ballots that fall without a correction."""
    if item.kind is Kind.CORRECTED:
        return
    for name, was, now in _compared(contest, before, item):
        if now < was and (name == "ballots" or before.status == Status.PARTIAL):
            remedy = "If the lower figure is right, enter it as corrected first."
            yield f"{name} in {before.name} would fall from {was:,.0f} to {now:,}.", remedy


def _sums(count: _Count) -> Iterator[Problem]:
    """Votes, valid votes, rejected papers, ballots and electorate that do not fit; NaN fits anything."""
    votes, valid, rejected, ballots = np.nansum(count.votes), count.valid, count.rejected, count.ballots
    known = not np.isnan(count.votes[count.standing]).any()
    remedy = f"What was reported of {count.name} before counts too: give every figure that has changed."
    if votes > valid:
        yield f"the votes add up to {votes:,.0f}, more than the {valid:,.0f} valid votes.", remedy
    if known and votes < valid:
        yield f"the votes of all candidates add up to {votes:,.0f}, not to the {valid:,.0f} valid votes.", remedy
    if count.status >= Status.PROVISIONAL and abs(valid + rejected - ballots) > 0:
        both = f"{valid:,.0f} valid votes and {rejected:,.0f} rejected papers make {valid + rejected:,.0f}"
        yield f"{both}, not the {ballots:,.0f} ballots.", remedy
    papers = np.nanmax([votes, valid]) + np.nan_to_num(rejected)
    if papers > ballots:
        yield f"votes and rejected papers come to {papers:,.0f}, more than the {ballots:,.0f} ballots.", remedy
    if np.nanmax([papers, ballots]) > count.electorate:
        papers = np.nanmax([papers, ballots])
        what = f"{papers:,.0f} ballots are more than the electorate of {count.electorate:,.0f} in {count.name}."
        yield what, "Read the figures again; the electorate is in areas.csv."


def _more_than_whole(after: Sheet) -> Iterator[Problem]:
    """Areas that add up to more than the whole contest."""
    whole = [after.whole_ballots, after.whole_rejected, after.whole_valid, *after.whole_votes]
    if np.isnan(whole).all():
        return
    names = [
        "ballots",
        "rejected papers",
        "valid votes",
        *(f"votes for {each.name}" for each in after.contest.candidates),
    ]
    areas = np.nansum(np.column_stack([after.ballots, after.rejected, after.valid, after.votes]), axis=0)
    for name, declared, reported in zip(names, whole, areas, strict=True):
        if reported > declared:
            what = f"the areas add up to {reported:,.0f} {name}, more than the {declared:,.0f} of the whole contest."
            yield what, "One of them is wrong: correct that one first."
