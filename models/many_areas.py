"""What models of many areas share: declared shares, valid votes, and how many draws fit in memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import NDArray

from forecast.contests.contest import Contest, ExitPoll
from forecast.contests.covariates import say_undated
from forecast.tally import Status, Tally
from forecast.wording import say_moment
from models.drawing import draw_normals
from models.observe import counted_votes
from models.priors import Priors
from models.regressors import expected_size
from models.remainder import add_counted
from models.turnout import forget_votes, stated_valid

__all__ = [
    "Turnout",
    "count_rest",
    "describe_run",
    "draw_area_valid",
    "draw_many_valid",
    "known_shares",
    "most_draws",
    "read_turnout",
]

Array = NDArray[np.float64]

MOST_CELLS = 60_000_000  # draws x areas x candidates held at once: 240 MB in single precision


def most_draws(contest: Contest, draws: int) -> int:
    """As many of the draws asked for as fit in memory, at least 200."""
    cells = len(contest.areas) * len(contest.candidates)
    return max(min(draws, MOST_CELLS // cells), min(draws, 200))


def known_shares(tally: Tally) -> Array:
    """(area, candidate) shares in areas whose votes are all counted and reported, else NaN."""
    valid = stated_valid(tally)
    counted = (tally.status >= Status.PROVISIONAL)[:, None]
    shares: Array = np.where(counted, tally.votes / valid[:, None], np.nan)
    return shares


def count_rest(tally: Tally, share: Array, valid: Array) -> None:
    """Make, in place, partly counted areas' shares those of the votes counted and of a rest as forecast."""
    for area in np.flatnonzero(tally.status == Status.PARTIAL):
        total = counted_votes(tally.contest, tally, int(area), float(valid[:, area].mean()))
        if total > 0:
            votes = np.where(tally.contest.standing[area], tally.votes[area], 0.0)
            share[:, area] = add_counted(votes, total, share[:, area], valid[:, area])


@dataclass(frozen=True, slots=True, eq=False)
class Turnout:
    """What is known of areas' valid votes, and what those not known are expected to be.

    Parameters
    ----------
    seen, known
        (area,) whether they are declared or verified, and how many they are.
    centre, sd, spread
        Of the log of the change of turnout: what areas have in common, how sure that is, and an area's own SD.
    mean
        (area,) valid votes expected at the turnout expected.
    electorate
        (area,) people registered, infinite where not known.
    """

    seen: NDArray[np.bool_]
    known: Array
    centre: float
    sd: float
    spread: float
    mean: Array
    electorate: Array


def read_turnout(contest: Contest, tally: Tally, priors: Priors) -> Turnout:
    """The change of turnout since the baseline: mean and spread those seen so far, shrunk to the prior's."""
    size = expected_size(contest)
    known = np.where(np.isfinite(stated_valid(tally)), stated_valid(tally), tally.ballots * (1.0 - priors.reject_mean))
    seen = np.isfinite(known)
    change = np.log(known[seen] / size[seen])
    count = len(change)
    spread = priors.turnout_area_median
    if count:
        spread = float(np.sqrt((5.0 * spread**2 + ((change - change.mean()) ** 2).sum()) / (5.0 + count)))
    precision = 1.0 / priors.turnout_sd**2 + count / spread**2
    centre = float(change.sum() / spread**2 / precision)
    return Turnout(
        seen=seen,
        known=known,
        centre=centre,
        sd=float(precision**-0.5),
        spread=spread,
        mean=size * np.exp(centre + 0.5 * spread**2),
        electorate=np.array([area.electorate or np.inf for area in contest.areas]),
    )


def draw_many_valid(contest: Contest, tally: Tally, priors: Priors, draws: int, rng: np.random.Generator) -> Array:
    """(draw, area) valid votes: declared or verified exactly, else the baseline's times a change of turnout.

    In single precision, which is exact below 16 million.
    """
    turnout, size = read_turnout(contest, tally, priors), expected_size(contest)
    seen, least = turnout.seen, np.nansum(tally.votes, axis=1)
    common = turnout.centre + rng.standard_normal((draws, 1)) * turnout.sd
    made = draw_normals(rng, (draws, int((~seen).sum())))
    made *= np.float32(turnout.spread)
    made += common.astype(np.float32)
    np.exp(made, out=made)
    made *= size[~seen].astype(np.float32)
    most = np.maximum(turnout.electorate, least)
    np.clip(made, least[~seen].astype(np.float32), most[~seen].astype(np.float32), out=made)
    valid = np.empty((draws, len(size)), np.float32)
    valid[:, seen] = np.maximum(turnout.known, least)[seen]
    valid[:, ~seen] = made
    return cast("Array", np.rint(valid, out=valid))


def draw_area_valid(
    tally: Tally, area: int, priors: Priors, draws: int, rng: np.random.Generator, *, ballots_too: bool = False
) -> Array:
    """(draw,) valid votes of one area, by its position, as `draw_many_valid` would have them had it given no votes.

    Parameters
    ----------
    ballots_too
        Whether it had not given its ballots either.
    """
    contest, less = tally.contest, forget_votes(tally, area, ballots_too=ballots_too)
    turnout, size = read_turnout(contest, less, priors), float(expected_size(contest)[area])
    if turnout.seen[area]:
        return np.full(draws, np.rint(turnout.known[area]))
    change = turnout.centre + np.hypot(turnout.sd, turnout.spread) * rng.standard_normal(draws)
    drawn: Array = np.rint(np.minimum(size * np.exp(change), turnout.electorate[area]))
    return drawn


def describe_run(
    contest: Contest, tally: Tally, blocks: list[NDArray[np.intp]], poll: ExitPoll | None, priors: Priors
) -> tuple[str, ...]:
    """What is supposed, in sentences; nothing once every vote of every area is declared.

    Parameters
    ----------
    poll
        The exit poll that is heeded, if any.
    """
    return () if tally.complete.all() else tuple(_sentences(contest, tally, blocks, poll, priors))


def _sentences(
    contest: Contest, tally: Tally, blocks: list[NDArray[np.intp]], poll: ExitPoll | None, priors: Priors
) -> Iterator[str]:
    if contest.baseline.known:
        yield "Changes since the baseline are regressed on the baseline, who holds the area, and region."
    else:
        yield "There is no earlier result to measure changes from: levels are regressed on region."
    if contest.slopes:
        yield f"Covariates: {', '.join(name.replace('_', ' ') for name in contest.slopes)}."
    yield from say_undated(contest)
    if poll is not None:
        when = say_moment(poll.released_at, contest.timezone)
        error = f"its seats are taken to err by {priors.exit_poll_sd:g}, for a party of any size"
        yield f"The exit poll of {when} is heeded ({poll.source}): {error}."
    if len(blocks) > 1:
        yield f"{len(blocks)} groups of regions with candidates of their own are modelled apart."
    if (tally.status == Status.PARTIAL).any():
        yield "Areas partly counted enter when all their votes are counted."
