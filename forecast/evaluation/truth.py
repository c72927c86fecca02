"""What came: the final result of a night, as the scores need it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forecast.contests.contest import Contest
from forecast.declaration import Declaration
from forecast.evaluation.orders import rank_pair
from forecast.rules import AreaSeats
from forecast.tally import fold

__all__ = ["Truth", "area_winners", "find_truth", "largest_by_seats"]

Array = NDArray[np.float64]

MOST_PARTIES = 6  # whose seat totals are scored


@dataclass(frozen=True, slots=True, eq=False)
class Truth:
    """The result.

    Parameters
    ----------
    pair
        Positions of the two candidates whose lead is scored.
    winner
        Class that came: a candidate's position, or the number of candidates where nobody is elected.
    lead
        Of the pair's first over its second, share of all valid votes, signed.
    shares
        (candidate,) of all valid votes.
    area_lead
        (area,) the pair's lead in each area, NaN where not both stand or their votes are not known.
    area_winner
        (area,) position of who won each area, -1 where that is not known.
    seats
        (candidate,) seats, under rules that have them.
    parties
        Positions of the candidates with most seats at the baseline, at most six: whose seat totals are scored.
    """

    pair: tuple[int, int]
    winner: int
    lead: float
    shares: Array
    area_lead: Array
    area_winner: NDArray[np.intp]
    seats: Array | None
    parties: NDArray[np.intp]


def find_truth(contest: Contest, items: Sequence[Declaration]) -> Truth:
    """The result that all the news of a night adds up to.

    Raises
    ------
    ValueError
        Where the night is not over: neither every area nor the whole contest is declared.
    """
    tally = fold(contest, items)
    first, second = pair = rank_pair(contest)
    whole = np.isfinite(tally.whole_votes).all()
    if not (whole or tally.complete.all()):
        raise ValueError(f"{contest.id}: the news does not hold the result, so nothing can be scored")
    votes = np.where(contest.standing, np.nan_to_num(tally.votes), 0.0)
    totals = tally.whole_votes if whole else votes.sum(axis=0)
    # An area that gives ballots alone is taken to reject what the whole contest rejected.
    accepted = tally.ballots * tally.whole_valid / tally.whole_ballots
    valid = np.where(np.isfinite(tally.valid), tally.valid, np.where(tally.complete, votes.sum(axis=1), accepted))
    both = contest.standing[:, first] & contest.standing[:, second]
    outcome = contest.rule.elect(
        votes[None] if contest.rule.by_area else totals[None, None], np.random.default_rng(contest.polling_day.year)
    )
    elected = outcome.elected[0]
    return Truth(
        pair=pair,
        winner=int(elected.argmax()) if elected.any() else len(elected),
        lead=float((totals[first] - totals[second]) / totals.sum()),
        shares=totals / totals.sum(),
        area_lead=np.where(both, (tally.votes[:, first] - tally.votes[:, second]) / valid, np.nan),
        area_winner=np.where(tally.complete, area_winners(contest, votes[None])[0], -1),
        seats=None if outcome.seats is None else outcome.seats[0],
        parties=largest_by_seats(contest),
    )


def area_winners(contest: Contest, votes: Array) -> NDArray[np.intp]:
    """(draw, area) position of who has most votes in each area, never one who cannot win."""
    barred = list(contest.rule.cannot_win) if isinstance(contest.rule, AreaSeats) else []
    can = np.delete(np.arange(votes.shape[2]), barred)
    winners: NDArray[np.intp] = can[votes[:, :, can].argmax(axis=2)]
    return winners


def largest_by_seats(contest: Contest) -> NDArray[np.intp]:
    """Positions of the candidates with most seats at the baseline, largest first: at most six, none without a seat."""
    if not isinstance(contest.rule, AreaSeats) or not contest.baseline.known:
        return np.empty(0, np.intp)
    weights = np.array(contest.rule.weights or (1.0,) * len(contest.areas))
    holders = area_winners(contest, np.nan_to_num(contest.baseline.votes)[None])[0]
    seats = np.bincount(holders, weights, len(contest.candidates))
    order = np.argsort(-seats, kind="stable")
    return order[seats[order] > 0][:MOST_PARTIES]
