"""How surprising a declaration is under a forecast that has not seen it, and whether a swap would explain it.

The votes y of the candidates reported in an area are held against the predictive draws of those votes, fitted by a
Student-t with mean m and covariance S of the draws and 8 degrees of freedom:

    z_c = (y_c - m_c) / sd_c,   D² = (y - m)ᵀ S⁻¹ (y - m),   log p(y) = const - (8 + k)/2 · log(1 + D²/6)

The tail of D² is counted among the draws; beyond their 99 per cent point it falls as that of the t. Candidates who are
not reported are left out, not taken for zero. Where the area's valid votes are known, the draws' shares are of those.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from forecast.alarms.alarm import Alarm, Expected, Severity
from forecast.tally import Status, Tally

__all__ = ["Surprise", "surprise_in", "surprising_turnout", "surprising_votes", "swapped_areas", "swapped_candidates"]

AMBER, RED = 3.0, 4.5  # standard deviations
RED_TAIL = 1e-5
NATS, RED_NATS = 6.0, 12.0  # gain in log density from which a swap is flagged amber, and red
SURPRISED_NATS = 2.0  # the same where the votes are surprising in themselves: a swap is then the likeliest slip
FREEDOM = 8.0  # of the t fitted to the draws; also what residuals of British constituencies show
FLOOR = 0.002  # standard deviation of a share that no forecast is better than; keeps the covariance invertible
TURNOUT_FLOOR = 0.005  # the same for the logarithm of the valid votes
MOST_REJECTED = 0.025  # share of the ballots; the supplementary vote had 1.9 per cent

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Surprise:
    """How far an area's votes are from what was expected of it.

    Parameters
    ----------
    candidate
        Position of the candidate whose votes are furthest out.
    z
        Standard deviations by which they are above (or below) expectation.
    expected
        The votes expected for that candidate.
    tail
        Probability of votes at least as far out, all reported candidates together.
    """

    candidate: int
    z: float
    expected: float
    tail: float


@dataclass(frozen=True, slots=True, eq=False)
class _Fit:
    """A Student-t fitted to draws of some candidates' votes: ``draws`` (draw, candidate)."""

    draws: Array
    mean: Array
    covariance: Array

    def part(self, places: NDArray[np.intp]) -> _Fit:
        """The fit to some of the candidates."""
        return _Fit(self.draws[:, places], self.mean[places], self.covariance[np.ix_(places, places)])

    def distance(self, votes: Array) -> Array:
        """D² of votes (…, candidate)."""
        off = votes - self.mean
        return np.asarray((off @ np.linalg.inv(self.covariance) * off).sum(axis=-1))

    def loss(self, votes: Array) -> Array:
        """Nats of log density by which votes (…, candidate) fall short of the most expected ones."""
        return np.asarray((FREEDOM + self.mean.size) / 2 * np.log1p(self.distance(votes) / (FREEDOM - 2)))

    def tail(self, votes: Array) -> float:
        distance, drawn = float(self.distance(votes)), self.distance(self.draws)
        far = float(np.quantile(drawn, 0.99))
        if distance <= far:
            return float(np.mean(drawn >= distance))
        return float(0.01 * (far / distance) ** (FREEDOM / 2))


def surprise_in(tally: Tally, area: int, expected: Expected) -> Surprise | None:
    """How surprising an area's final votes are; None where none are reported.

    Parameters
    ----------
    area
        Position of the area.
    expected
        Draws for this area by a forecast that has not seen its votes.
    """
    candidates = _reported(tally, area)
    if not candidates.size:
        return None
    fit = _fit(expected, candidates, _valid(tally, area))
    votes = tally.votes[area, candidates]
    z = (votes - fit.mean) / np.sqrt(np.diag(fit.covariance))
    worst = int(np.argmax(np.abs(z)))
    return Surprise(int(candidates[worst]), float(z[worst]), float(fit.mean[worst]), fit.tail(votes))


def surprising_votes(tally: Tally, area: int, expected: Expected) -> tuple[Alarm, ...]:
    """Amber from 3 standard deviations; red from 4.5, or where the tail is below 1 in 100,000.

    Where two candidates' votes, swapped, would be 2 nats better expected and not surprising, the remedy names the two.
    """
    found = surprise_in(tally, area, expected)
    if found is None or (abs(found.z) < AMBER and found.tail >= RED_TAIL):
        return ()
    contest = tally.contest
    red = abs(found.z) >= RED or found.tail < RED_TAIL
    what = (
        f"{tally.votes[area, found.candidate]:,.0f} votes for {contest.candidates[found.candidate].name} in "
        f"{contest.areas[area].name} are {abs(found.z):.1f} standard deviations {_side(found.z)} the expected "
        f"{found.expected:,.0f}."
    )
    if found.tail < RED_TAIL:
        what += " The candidates' votes together would be so far out less than once in 100,000 times."
    remedy = _advise_swap(tally, area, expected) + _advice(red=red)
    return (Alarm("red" if red else "amber", contest.areas[area].id, "surprise", what, remedy),)


def surprising_turnout(tally: Tally, area: int, expected: Expected) -> tuple[Alarm, ...]:
    """Valid votes, or else ballots, far from what was expected: amber from 3 standard deviations, red from 4.5."""
    valid, ballots = _valid(tally, area), float(tally.ballots[area])
    low, high = (ballots * (1 - MOST_REJECTED), ballots) if np.isnan(valid) else (valid, valid)
    if not low > 0:
        return ()
    drawn = np.log(np.maximum(expected.valid, 1.0))
    mean = float(drawn.mean())
    off = float(np.clip(mean, np.log(low), np.log(high))) - mean
    z = off / np.hypot(float(drawn.std()), TURNOUT_FLOOR)
    if abs(z) < AMBER:
        return ()
    figure = f"{ballots:,.0f} ballots" if np.isnan(valid) else f"{valid:,.0f} valid votes"
    what = (
        f"{figure} in {tally.contest.areas[area].name} are {abs(z):.1f} standard deviations {_side(z)} the expected "
        f"{np.exp(mean):,.0f} valid votes."
    )
    red = bool(abs(z) >= RED)
    return (Alarm("red" if red else "amber", tally.contest.areas[area].id, "turnout", what, _advice(red=red)),)


def swapped_candidates(tally: Tally, area: int, expected: Expected) -> tuple[Alarm, ...]:
    """The pair of candidates whose votes, swapped, would be more than 6 nats better expected; red from 12."""
    best = _best_swap(tally, area, expected)
    if best is None or best.gain <= NATS:
        return ()
    where = tally.contest.areas[area]
    what = f"the votes of {best.names} in {where.name} would be far better expected if they were swapped."
    severity: Severity = "red" if best.gain > RED_NATS else "amber"
    return (Alarm(severity, where.id, "swapped candidates", what, "Check who has which figure."),)


@dataclass(frozen=True, slots=True)
class _Swap:
    """Two candidates' names, the nats by which swapping their votes is better, and the largest deviation then left."""

    names: str
    gain: float
    z: float


def _best_swap(tally: Tally, area: int, expected: Expected) -> _Swap | None:
    """The swap of two candidates' votes after which they are best expected; None where fewer than two are reported."""
    candidates = _reported(tally, area)
    if candidates.size < 2:
        return None
    fit = _fit(expected, candidates, _valid(tally, area))
    votes = tally.votes[area, candidates]
    pairs = list(combinations(range(candidates.size), 2))
    swapped = np.array([_swapped(votes, pair) for pair in pairs])
    gains = fit.loss(votes) - fit.loss(swapped)
    best = int(np.argmax(gains))
    off = np.abs(swapped[best] - fit.mean) / np.sqrt(np.diag(fit.covariance))
    names = " and ".join(tally.contest.candidates[candidates[place]].name for place in pairs[best])
    return _Swap(names, float(gains[best]), float(off.max()))


def _advise_swap(tally: Tally, area: int, expected: Expected) -> str:
    """What swap would explain votes that are surprising; empty where none would."""
    best = _best_swap(tally, area, expected)
    if best is None or best.gain <= SURPRISED_NATS or best.z >= AMBER:
        return ""
    return f"Swapping {best.names} would make it expected. "


def swapped_areas(tally: Tally, expected: Mapping[int, Expected]) -> tuple[Alarm, ...]:
    """Pairs of areas whose votes, swapped, would be more than 6 nats better expected; red from 12.

    Parameters
    ----------
    expected
        Position of an area to draws for it by a forecast that has not seen its votes; other areas are not tested.
    """
    alarms = []
    reported = {i: known for i in expected if (known := frozenset(_reported(tally, i).tolist()))}
    shared = {one & other for one, other in combinations(reported.values(), 2)} - {frozenset()}
    fits = {i: _fit(expected[i], np.array(sorted(known))) for i, known in reported.items()} if shared else {}
    for both in sorted(shared, key=sorted):
        candidates, areas = np.array(sorted(both)), [i for i in reported if reported[i] >= both]
        votes = tally.votes[np.ix_(areas, candidates)]
        parts = [fits[i].part(np.searchsorted(sorted(reported[i]), candidates)) for i in areas]
        loss = np.array([part.loss(votes) for part in parts])  # (forecast for, votes of)
        as_given = np.diag(loss)
        gain = as_given[:, None] + as_given - loss - loss.T
        for one, other in np.argwhere(np.triu(gain > NATS, k=1)):
            i, j = areas[one], areas[other]
            if reported[i] & reported[j] == both:
                alarms.append(_swap_of_areas(tally, i, j, red=bool(gain[one, other] > RED_NATS)))
    return tuple(alarms)


def _swap_of_areas(tally: Tally, i: int, j: int, *, red: bool) -> Alarm:
    first, second = tally.contest.areas[i], tally.contest.areas[j]
    what = f"the votes of {first.name} and {second.name} would be far better expected if they were swapped."
    severity: Severity = "red" if red else "amber"
    return Alarm(severity, second.id, "swapped areas", what, "Check which area each was read out for.")


def _fit(expected: Expected, candidates: NDArray[np.intp], valid: float = np.nan) -> _Fit:
    """The fit to draws of these candidates' votes, of ``valid`` votes where that is known."""
    return _fit_once(expected, tuple(candidates.tolist()), valid)


@lru_cache(maxsize=4)  # several checks of one area ask for the same
def _fit_once(expected: Expected, chosen: tuple[int, ...], valid: float) -> _Fit:
    candidates = np.array(chosen)
    votes = expected.valid if np.isnan(valid) else np.full_like(expected.valid, valid)
    draws = expected.share[:, candidates] * votes[:, None]
    floor = (FLOOR * votes.mean()) ** 2 * np.eye(candidates.size)
    return _Fit(draws, draws.mean(axis=0), np.atleast_2d(np.cov(draws, rowvar=False)) + floor)


def _reported(tally: Tally, area: int) -> NDArray[np.intp]:
    """Positions of the candidates whose final votes in an area are reported."""
    final = tally.status[area] >= Status.PROVISIONAL
    return np.flatnonzero(~np.isnan(tally.votes[area]) & tally.contest.standing[area] & final)


def _valid(tally: Tally, area: int) -> float:
    """Valid votes of a final count: given, or the sum where every candidate is reported; else NaN."""
    if tally.status[area] < Status.PROVISIONAL:
        return np.nan
    given = float(tally.valid[area])
    return float(tally.votes[area, tally.contest.standing[area]].sum()) if np.isnan(given) else given


def _swapped(votes: Array, pair: tuple[int, int]) -> Array:
    swapped = votes.copy()
    swapped[list(pair)] = votes[list(reversed(pair))]
    return swapped


def _side(z: float) -> str:
    return "above" if z > 0 else "below"


def _advice(*, red: bool) -> str:
    return "Check with the count before it goes on air." if red else "Unusual: see whether there is a reason."
