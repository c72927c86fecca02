"""How likely a declaration is a fault: its density as given against that of every figure a slip could have made it of.

With y the votes given, V their sum, and p the forecast's density of them,

    odds = [sum over kinds of P(kind) sum over y' of p(y') P(y | y', kind) + P(other) p_other(y)] / [P(true) p(y)]

y' runs over two candidates' votes swapped back, over every figure that one slip of a digit turns into the one given,
over thousands written as units, and over whatever one candidate's figure may have been where another number, or one
that stands elsewhere, was given for it; ``other`` is whatever else goes wrong, a density `BROADER` times as wide. p is
a Student-t in the shares and in the logarithm of V, so that an unusual true result is not lightly taken for a fault.
Where only some candidates are reported, and V is known from the valid votes or the ballots, y ends in the rest of V.

References
----------
Bayes factors against a prior of error: Box & Tiao 1968, doi:10.1093/biomet/55.1.119.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from forecast.alarm import Expected
from forecast.tally import Status, Tally

__all__ = ["Suspicion", "weigh_faults"]

Array = NDArray[np.float64]

FAULTS = 0.01  # of declarations as they reach a desk: two in the twenty tables of sources that were looked at
SWAPS = 0.4  # of the faults: figures given to the wrong candidate are what desks and papers did most
OTHER_KINDS = 7.0  # which share the rest equally: wrong, missing, extra digits, thousands, copies, any number, the rest
BROADER = 3.0  # how much wider than the forecast whatever else goes wrong scatters
ORDINARY = 3.0  # nats below the most expected votes up to which nothing makes a fault as likely as not
LARGE = 1_000  # votes from which on a number that stands in two places is compared
GRID = np.linspace(-4.0, 4.0, 65)  # standard deviations about its expectation where a figure that was lost may lie
FREEDOM = 8.0  # of the t, as in `forecast.surprise`
REJECTED = 0.008  # share of the ballots, where only these are known
FLOOR, VALID_FLOOR = 0.002, 0.005  # standard deviations that no forecast is better than, of a share and of log V


@dataclass(frozen=True, slots=True)
class Suspicion:
    """The log odds that a declaration is a fault, and the likeliest fault in words."""

    log_odds: float
    likeliest: str


@dataclass(frozen=True, slots=True, eq=False)
class _Density:
    """Log density of votes (version, candidate), up to a constant; see the module."""

    mean: Array
    inverse: Array
    log_valid: float
    valid_sd: float

    def log(self, votes: Array, wider: float = 1.0) -> Array:
        valid = np.maximum(votes.sum(axis=-1), 1.0)
        off = votes / valid[..., None] - self.mean
        size = len(self.mean)
        shares = _t_loss((off @ self.inverse * off).sum(axis=-1), size, wider)
        turnout = _t_loss(((np.log(valid) - self.log_valid) / self.valid_sd) ** 2, 1, wider)
        return np.asarray(-shares - turnout - size * np.log(wider) - size * np.log(valid))


def _t_loss(squared: Array, size: int, wider: float) -> Array:
    """Nats that a t of this size loses at squared distances, where it is so many times as wide."""
    return np.asarray((FREEDOM + size) / 2 * np.log1p(squared / wider**2 / (FREEDOM - 2)))


def weigh_faults(tally: Tally, area: int, expected: Expected) -> Suspicion | None:
    """The odds that an area's final votes are a fault; None where too little is reported to tell.

    That is unless every candidate's votes are, or at least two candidates' and the valid votes or the ballots.

    Parameters
    ----------
    area
        Position of the area.
    expected
        Draws for this area by a forecast that has not seen its votes.
    """
    given = _given(tally, area)
    if given is None:
        return None
    votes, reported = given.votes, given.reported
    density = _fit(expected, given)
    as_given = float(density.log(given.complete(votes)))
    if density.log(density.mean * np.exp(density.log_valid)) - as_given < ORDINARY:
        return Suspicion(float(np.log(FAULTS / (1.0 - FAULTS))), "")
    names = [tally.contest.candidates[candidate].name for candidate in reported]
    made = [*_versions(votes, names), *_lost(tally, area, votes, expected, reported)]
    versions, weights, words = zip(*made, strict=True)
    whole = given.complete(np.array(versions))
    prior = np.log(FAULTS * (1.0 - SWAPS) / OTHER_KINDS / (1.0 - FAULTS))
    terms = prior + np.log(np.array(weights)) + density.log(whole) - as_given
    terms[(whole < 0).any(axis=1)] = -np.inf  # more than there are votes
    other = prior + float(density.log(given.complete(votes), BROADER)) - as_given
    best = int(np.argmax(terms))
    likeliest = words[best] if terms[best] > other else ""
    return Suspicion(float(np.logaddexp.reduce([*terms.tolist(), other])), likeliest)


@dataclass(frozen=True, slots=True, eq=False)
class _Given:
    """The votes reported, (candidate,), whose they are, and all valid votes where somebody is missing, else NaN."""

    votes: Array
    reported: NDArray[np.intp]
    valid: float

    def complete(self, votes: Array) -> Array:
        """Votes (version, candidate) with the rest of the valid votes at their end, where somebody is missing."""
        if np.isnan(self.valid):
            return votes
        return np.concatenate([votes, self.valid - votes.sum(axis=-1, keepdims=True)], axis=-1)


def _given(tally: Tally, area: int) -> _Given | None:
    """What an area has reported, where that can be weighed."""
    standing = np.flatnonzero(tally.contest.standing[area])
    reported = standing[np.isfinite(tally.votes[area, standing])]
    votes = tally.votes[area, reported]
    if tally.status[area] < Status.PROVISIONAL or reported.size < 2 or votes.sum() <= 0:
        return None
    if reported.size == standing.size:
        return _Given(votes, reported, np.nan)
    stated, ballots = float(tally.valid[area]), float(tally.ballots[area])
    valid = max(ballots * (1.0 - REJECTED), float(votes.sum())) if np.isnan(stated) else stated
    return None if np.isnan(valid) else _Given(votes, reported, valid)


def _fit(expected: Expected, given: _Given) -> _Density:
    shares = expected.share[:, given.reported]
    if np.isnan(given.valid):
        shares = shares / shares.sum(axis=1, keepdims=True)
    else:
        shares = np.column_stack([shares, 1.0 - shares.sum(axis=1)])
    covariance = np.atleast_2d(np.cov(shares, rowvar=False)) + FLOOR**2 * np.eye(shares.shape[1])
    drawn = np.log(np.maximum(expected.valid, 1.0))
    return _Density(
        shares.mean(axis=0), np.linalg.inv(covariance), float(drawn.mean()), float(np.hypot(drawn.std(), VALID_FLOOR))
    )


def _versions(votes: Array, names: list[str]) -> Iterator[tuple[Array, float, str]]:
    """What the votes may have been, the chance that a slip of its kind then gives these, and the slip in words."""
    pairs = list(combinations(range(votes.size), 2))
    for one, other in pairs:
        swapped = votes.copy()
        swapped[[one, other]] = votes[[other, one]]
        chance = SWAPS / (1.0 - SWAPS) * OTHER_KINDS / len(pairs)
        yield swapped, chance, f"the votes of {names[one]} and {names[other]} are swapped"
    for candidate, name in enumerate(names):
        for number, chance, what in _unslipped(round(votes[candidate])):
            mended = votes.copy()
            mended[candidate] = number
            yield mended, chance / votes.size, f"{round(votes[candidate]):,} for {name} is {number:,} with {what}"


def _lost(
    tally: Tally, area: int, votes: Array, expected: Expected, standing: NDArray[np.intp]
) -> Iterator[tuple[Array, float, str]]:
    """Versions in which one candidate's figure is lost, and another number, perhaps one that is known, given for it."""
    elsewhere = np.delete(np.column_stack([tally.ballots, tally.votes]), area, axis=0)
    known = elsewhere[elsewhere >= LARGE]
    for place, candidate in enumerate(standing):
        drawn = expected.share[:, candidate] * expected.valid
        likely = np.maximum(drawn.mean() + GRID * drawn.std(), 0.0)
        step, name = float(drawn.std() * (GRID[1] - GRID[0])), tally.contest.candidates[candidate].name
        chance = step / votes.size / float(expected.valid.mean())
        words = f"{votes[place]:,.0f} for {name} is another number altogether"
        if repeats := int((known == votes[place]).sum()):
            chance += step / votes.size * repeats / known.size
            words = f"{votes[place]:,.0f} for {name} is copied from elsewhere"
        for number in likely:
            mended = votes.copy()
            mended[place] = number
            yield mended, chance, words


def _unslipped(number: int) -> Iterator[tuple[int, float, str]]:
    """Each number that one slip turns into this one, the chance that it does, and the slip's name."""
    digits = str(number)
    size = len(digits)
    for place in range(size):
        for digit in "0123456789":
            if digit != digits[place] and (place or digit != "0"):
                yield int(digits[:place] + digit + digits[place + 1 :]), 0.5 / (9 * size), "a wrong digit"
        if place + 1 < size and digits[place] != digits[place + 1]:
            swapped = digits[:place] + digits[place + 1] + digits[place] + digits[place + 2 :]
            yield int(swapped), 0.5 / (size - 1), "two digits swapped"
        if size > 1:
            chance = 1.0 / (size - 1) if place and digits[place] == digits[place - 1] else 0.1 / (10 * size)
            yield int(digits[:place] + digits[place + 1 :]), chance, "a digit too many"
    for place in range(size + 1):
        for digit in "0123456789":
            if place or digit != "0":
                yield int(digits[:place] + digit + digits[place:]), 1.0 / (size + 1), "a digit missing"
    yield number * 1000, 0.5 * 1000, "thousands written as units"  # a thousand numbers are rounded to each
    if number % 1000 == 0:
        yield number // 1000, 0.5, "units written as thousands"
