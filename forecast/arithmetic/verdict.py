"""What the rule makes of votes that are all known: decided, and in which words."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from forecast.errors import ModelError
from forecast.rules import AreaSeats, ListProportional, Outcome, Plurality
from forecast.rules.outcome import Votes
from forecast.tally import Tally

__all__ = ["say_lead_safe", "say_verdict"]


def say_verdict(tally: Tally) -> str:
    """What the rule says, in a sentence, where no vote to come can change it; empty where votes are wanting.

    A rule that hangs on what votes do not say, such as second preferences, decides nothing.
    """
    rule = tally.contest.rule
    if isinstance(rule, AreaSeats):
        return _say_areas(tally, rule)
    votes = _know_votes(tally)
    if votes is None:
        return ""
    try:
        outcome = rule.elect(votes)
    except ModelError:
        return ""
    if isinstance(rule, ListProportional) and outcome.seats is not None:
        total = float(sum(rule.seats))
        return _say_seats(tally, outcome, total, rule.majority or np.floor(total / 2) + 1, "votes counted")
    return _say_outcome(tally, outcome)


def say_lead_safe(tally: Tally, leader: int) -> str:
    """That nobody can overtake the candidate at this position."""
    return f"{tally.contest.candidates[leader].name} cannot be overtaken on the votes counted."


def _know_votes(tally: Tally) -> Votes | None:
    """(1, area, candidate) votes as the rule takes them, one area where areas are all one; None where one is wanting.

    A figure of the whole contest goes before what its areas add up to.
    """
    votes = np.nan_to_num(tally.votes)
    if tally.contest.rule.by_area:
        return votes[None] if tally.complete.all() else None
    whole = np.isfinite(tally.whole_votes)
    added = (np.isfinite(tally.votes) | ~tally.contest.standing).all(axis=0) & tally.declared.all()
    totals: Votes = np.where(whole, tally.whole_votes, votes.sum(axis=0))
    return totals[None, None] if (whole | added).all() else None


def _say_outcome(tally: Tally, outcome: Outcome) -> str:
    elected = np.flatnonzero(outcome.elected[0])
    if elected.size > 1:
        return f"{_name(tally, elected)} are level on the votes counted: a tie, which votes do not settle."
    if elected.size:
        only = int(elected[0])
        if isinstance(tally.contest.rule, Plurality):
            return say_lead_safe(tally, only)
        return f"{tally.contest.candidates[only].name} has won on the votes counted."
    through = np.flatnonzero(outcome.through[0]) if outcome.through is not None else elected
    if outcome.tied[0]:
        names = _name(tally, through)
        return f"Nobody has a majority on the votes counted, and places in the second round are tied: {names}."
    return f"Nobody has a majority on the votes counted: {_name(tally, through)} go through to a second round."


def _say_areas(tally: Tally, rule: AreaSeats) -> str:
    """What the areas declared decide: a majority already won, or everything, ties being left to lots."""
    votes, areas = np.nan_to_num(tally.votes), np.flatnonzero(tally.complete)
    total = float(rule.weigh(len(votes)).sum())
    line = float(rule.majority or np.floor(total / 2) + 1)
    sure = rule.count(votes[None], areas[~_find_ties(votes[areas], rule.cannot_win)])
    won = sure.seats >= line
    everything = rule.count(votes[None], areas)
    if won.any():
        return _say_seats(tally, Outcome(won, np.zeros(1, bool), everything.seats), total, line, "areas declared")
    if areas.size < len(votes):
        return ""
    return _say_seats(tally, rule.decide(everything), total, line, "areas declared")


def _find_ties(votes: Votes, cannot_win: tuple[int, ...]) -> NDArray[np.bool_]:
    """(area,) whether candidates who can win have equally many votes there, and most."""
    can = np.delete(votes, cannot_win, axis=1)
    tied: NDArray[np.bool_] = (can == can.max(axis=1, keepdims=True)).sum(axis=1) > 1
    return tied


def _say_seats(tally: Tally, outcome: Outcome, total: float, line: float, counted: str) -> str:
    if outcome.seats is None:
        return ""
    seats, elected = outcome.seats[0], np.flatnonzero(outcome.elected[0])
    won = f"{seats.max():,g} of {total:,g} seats"
    if elected.size and outcome.tied[0]:
        return f"A tie on the {counted}: whether {_name(tally, elected, 'or')} has a majority hangs on a lot."
    if elected.size:
        name = tally.contest.candidates[int(elected[0])].name
        return f"{name} has a majority on the {counted}: {seats[elected[0]]:,g} of {total:,g} seats."
    first = np.flatnonzero(seats == seats.max())
    most = f"{_name(tally, first)} {'has' if first.size == 1 else 'each have'} most, {won}"
    return f"Nobody has a majority on the {counted}: {most}, and {line:,g} are needed."


def _name(tally: Tally, positions: Iterable[int], word: str = "and") -> str:
    names = [tally.contest.candidates[position].name for position in positions]
    return ", ".join(names[:-1]) + (f" {word} " if len(names) > 1 else "") + names[-1]
