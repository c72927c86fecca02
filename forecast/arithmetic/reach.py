"""What is still arithmetically possible: whether the leader can be overtaken, and on what bound."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forecast.arithmetic.outstanding import bound_valid
from forecast.arithmetic.verdict import say_lead_safe, say_verdict
from forecast.rules import Plurality, Referendum, Rule
from forecast.tally import Status, Tally

__all__ = ["Reach", "find_reach"]


@dataclass(frozen=True, slots=True)
class Reach:
    """Whether a leader can still be overtaken, whatever the votes not yet reported turn out to be.

    Parameters
    ----------
    decided
        No vote to come can change what the rule says: because every vote is known, because a majority of seats is won,
        or because most votes elect and nobody can overtake the leader or draw level. A tie is decided as a tie.
    most
        The most further votes the chaser could still have; ``None`` where nothing bounds them.
    bound
        What bounds them, in words.
    rivals
        Ids of the candidates, other than the leader and the chaser, who can win and could still draw level with the
        leader.
    verdict
        What is decided, in a sentence; empty where nothing is.
    """

    decided: bool
    most: int | None
    bound: str
    rivals: tuple[str, ...]
    verdict: str = ""


def find_reach(tally: Tally, leader: int, chaser: int) -> Reach:
    """Whether the leader can still be overtaken, on ballots verified where they are, else on the electorate.

    The leader is given no further vote, every other candidate all that is left in every area. A provisional area
    is left open as a whole, since its votes may change. To draw level is to be in reach: a tie is settled by lot.

    Parameters
    ----------
    leader, chaser
        Positions of the candidates.
    """
    floor, further = _bound_votes(tally)
    in_reach = floor + further >= floor[leader]
    in_reach[[leader, *getattr(tally.contest.rule, "cannot_win", ())]] = False
    candidates = tally.contest.candidates
    rivals = tuple(c.id for i, c in enumerate(candidates) if in_reach[i] and i != chaser)
    verdict = say_verdict(tally) or _say_safe(tally, floor, further)
    most = int(further[chaser]) if np.isfinite(further[chaser]) else None
    return Reach(bool(verdict), most, _describe(tally, chaser), rivals, verdict)


def _say_safe(tally: Tally, floor: NDArray[np.float64], further: NDArray[np.float64]) -> str:
    """That nobody who can win can draw level with who has most votes, where most votes elect; else empty."""
    if not _elects_most(tally.contest.rule):
        return ""
    able = np.ones(len(floor), bool)
    able[list(getattr(tally.contest.rule, "cannot_win", ()))] = False
    leader = int(np.argmax(np.where(able, floor, -np.inf)))
    able[leader] = False
    return "" if (able & (floor + further >= floor[leader])).any() else say_lead_safe(tally, leader)


def _elects_most(rule: Rule) -> bool:
    """Whether the rule elects whoever has most votes, and asks nothing else."""
    if isinstance(rule, Referendum):
        return not (rule.turnout or rule.approval or rule.double_majority)
    return isinstance(rule, Plurality)


def _bound_votes(tally: Tally) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(candidate,) votes each is sure of, and the most further votes each could have."""
    open_whole = (tally.status < Status.PARTIAL) | (tally.status == Status.PROVISIONAL)
    votes = np.where(open_whole[:, None], np.nan, tally.votes)
    reported = np.nansum(votes, axis=1)
    counted = np.where(tally.status == Status.PARTIAL, np.fmax(tally.valid, reported), reported)
    # a candidate not reported may have any vote nobody is reported to have, one reported only those not yet counted
    used = np.where(np.isnan(votes), reported[:, None], counted[:, None])
    spare = np.maximum(bound_valid(tally)[:, None] - used, 0.0)
    closed = tally.declared[:, None] & np.isfinite(votes)
    further = np.where(closed | ~tally.contest.standing, 0.0, spare).sum(axis=0)
    floor = np.nansum(votes, axis=0)
    return _settle_by_whole(tally, floor, further)


def _settle_by_whole(
    tally: Tally, floor: NDArray[np.float64], further: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Replace what the areas allow by the whole contest's declared figures, where there are any."""
    whole = tally.whole_votes
    known = np.isfinite(whole)
    if not known.any():
        return floor, further
    total = np.nanmin([tally.whole_valid, tally.whole_ballots - tally.whole_rejected, tally.whole_ballots, np.inf])
    left = max(total - float(whole[known].sum()), 0.0)
    return np.where(known, whole, floor), np.where(known, 0.0, np.minimum(further, np.maximum(left - floor, 0.0)))


def _describe(tally: Tally, chaser: int) -> str:
    """What bounds the chaser's further votes, in words."""
    if np.isfinite(tally.whole_votes[chaser]):
        return "the whole contest's declared figures"
    verified = np.isfinite(tally.ballots) | np.isfinite(tally.valid)
    reported = tally.declared & np.isfinite(tally.votes[:, chaser]) | ~tally.contest.standing[:, chaser]
    bounded = np.array([area.electorate is not None for area in tally.contest.areas])
    kinds = (
        ("the ballots verified in", ~reported & verified),
        ("the electorate of", ~reported & ~verified & bounded),
        ("nothing known of", ~reported & ~verified & ~bounded),
    )
    parts = [f"{words} {_name_areas(tally, where)}" for words, where in kinds if where.any()]
    return " and ".join(parts) or "every area has declared"


def _name_areas(tally: Tally, where: NDArray[np.bool_]) -> str:
    names: Sequence[str] = [area.name for area, listed in zip(tally.contest.areas, where, strict=True) if listed]
    return f"{len(names)} areas" if len(names) > 3 else ", ".join(names)
