"""How likely a declaration is a fault: the figures' density as given against that of each slip that gives them.

With y the votes given, p the forecast's density of an area's votes and p_true that with local shocks
(`forecast.alarms.fault_density`),

    odds = P(fault) / P(true) · mean over kinds of [sum over y' of p(y') P(y | y', kind)] / p_true(y)

The kinds are taken to be equally likely, cases known being too few for rates: two candidates' votes swapped; a digit
wrong, missing, too many, or swapped with the next; thousands written as units or the reverse; one candidate's figure
lost, and a number that stands elsewhere, or any other, given for it; and whatever else, a density `BROADER` times as
wide. y' runs over every figure that one such slip turns into the one given. The three others are of whole areas:

    another's, or swapped with it    2 · mean over areas b outstanding of p_b(y)
    another's that has declared      1 / (areas declared) where its figures are these to the last digit

Every density is of whole votes, the size of the area among them, so that what a slip does to one figure and to the
sum is weighed together: a swap leaves the sum, a digit moves it by as much as the figure. What is merely improbable is
no fault: some slip must explain it better.

Candidates' votes swapped are weighed a second time as if `SWAPS` of all faults were that, which is nearer what sources
did: it is by this that a swap may be worth an amber alarm; red alarms hang on the odds above alone.

Where only some candidates are reported, and V is known from the valid votes or the ballots, y ends in the rest of V.

References
----------
Bayes factors against a prior of error: Box & Tiao 1968, doi:10.1093/biomet/55.1.119.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from forecast.alarms.alarm import Expected
from forecast.alarms.fault_density import Density, Elsewhere, Shocks, fit_expected
from forecast.alarms.slips import undo_slips
from forecast.tally import Status, Tally

__all__ = ["Suspicion", "log_true", "weigh_faults"]

Array = NDArray[np.float64]

FAULTS = 0.01  # of declarations as they reach a desk: two in the twenty tables of sources that were looked at
KINDS = 12  # of faults, equally likely
SWAPS = 0.4  # of faults, when swaps are weighed for an amber alarm: what desks and papers did most, in few cases known
BROADER = 3.0  # how much wider than the forecast whatever else goes wrong scatters
ORDINARY = 3.0  # nats below the most expected votes up to which no fault is likely enough to be looked for
LARGE = 1_000  # votes from which on a candidate's figure that stands in two places is compared
GRID = np.linspace(-4.0, 4.0, 65)  # standard deviations about its expectation where a figure that was lost may lie
REJECTED = 0.008  # share of the ballots, where only these are known


@dataclass(frozen=True, slots=True)
class Suspicion:
    """The log odds that a declaration is a fault, and the likeliest fault in words.

    Parameters
    ----------
    swapped
        Log odds that two candidates' votes are swapped, if `SWAPS` of all faults are that.
    log_true
        Log density of the votes if they are true; NaN where no fault was looked for.
    """

    log_odds: float
    likeliest: str
    swapped: float = -np.inf
    log_true: float = np.nan


def weigh_faults(tally: Tally, area: int, expected: Expected, elsewhere: Elsewhere | None = None) -> Suspicion | None:
    """The odds that an area's final votes are a fault; None where too little is reported to tell.

    That is unless every candidate's votes are, or at least two candidates' and the valid votes or the ballots.

    Parameters
    ----------
    area
        Position of the area.
    expected
        Draws for this area by a forecast that has not seen its votes.
    elsewhere
        What was expected of the areas outstanding before it; without it their figures are not looked for.
    """
    given = _given(tally, area)
    if given is None:
        return None
    prior = float(np.log(FAULTS / (1.0 - FAULTS)))
    density, rest = fit_expected(expected, given.reported, rest=given.partly), given.complete(given.votes)
    repeated = list(_repeated(tally, area, given))
    if not repeated and float(density.log(density.most_expected) - density.log(rest)) < ORDINARY:
        return Suspicion(prior, "")
    names = [tally.contest.candidates[candidate].name for candidate in given.reported]
    swaps, true = _swaps(density, given, names), density.log_true(rest)
    terms = [
        swaps,
        _changed(density, given, names, _slips(given.votes)),
        _changed(density, given, names, _lost(tally, area, given, expected)),
        *repeated,
        (float(density.log(rest, BROADER)), ""),
    ]
    others, logs = _of_others(tally, area, elsewhere, given)
    best = max([*terms, *_likeliest_other(tally, others, logs)], key=lambda term: term[0])
    every = float(np.logaddexp.reduce([*(log for log, _ in terms), *logs]))
    shift = prior - true
    return Suspicion(shift + every - float(np.log(KINDS)), best[1], shift + swaps[0] + float(np.log(SWAPS)), true)


def log_true(tally: Tally, area: int, expected: Expected, shocks: Shocks) -> float:
    """Log density of an area's votes if they are true, with other shocks than `weigh_faults` allows for.

    NaN where too little is reported.
    """
    given = _given(tally, area)
    if given is None:
        return float("nan")
    return fit_expected(expected, given.reported, rest=given.partly).log_true(given.complete(given.votes), shocks)


@dataclass(frozen=True, slots=True, eq=False)
class _Given:
    """The votes reported, (candidate,), whose they are, and all valid votes where somebody is missing, else NaN."""

    votes: Array
    reported: NDArray[np.intp]
    valid: float

    @property
    def partly(self) -> bool:
        """Whether somebody is missing."""
        return not np.isnan(self.valid)

    def complete(self, votes: Array) -> Array:
        """Votes (version, candidate) with the rest of the valid votes at their end, where somebody is missing."""
        if not self.partly:
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


type _Term = tuple[float, str]  # log density of the votes as given, by a kind of fault, and the fault in words


@dataclass(frozen=True, slots=True, eq=False)
class _Changes:
    """Ways in which one figure may have been changed.

    Parameters
    ----------
    places, figures, chances
        (way,) place of the candidate, the true figure, and the chance that it is given as it was.
    words
        What a way is called, with ``{name}`` for the candidate's and ``{true}`` for the true figure.
    """

    places: NDArray[np.intp]
    figures: Array
    chances: Array
    words: Callable[[int], str]


def _swaps(density: Density, given: _Given, names: list[str]) -> _Term:
    """Two candidates' votes swapped."""
    pairs = np.array(list(combinations(range(given.votes.size), 2)))
    versions, rows = np.tile(given.votes, (len(pairs), 1)), np.arange(len(pairs))[:, None]
    versions[rows, pairs] = given.votes[pairs[:, ::-1]]
    logs = _weigh(density, given, versions) - np.log(len(pairs))
    one, other = pairs[int(logs.argmax())]
    return float(np.logaddexp.reduce(logs)), f"the votes of {names[one]} and {names[other]} are swapped"


def _changed(density: Density, given: _Given, names: list[str], changes: _Changes) -> _Term:
    """One figure changed, in any of these ways."""
    versions = np.tile(given.votes, (len(changes.places), 1))
    versions[np.arange(len(versions)), changes.places] = changes.figures
    logs = _weigh(density, given, versions) + np.log(changes.chances)
    best = int(logs.argmax())
    said = changes.words(best).format(name=names[changes.places[best]], true=changes.figures[best])
    return float(np.logaddexp.reduce(logs)), said


def _weigh(density: Density, given: _Given, versions: Array) -> Array:
    """(version,) log densities of what may have been true; none where it comes to more than there are votes."""
    whole = given.complete(versions)
    return np.where((whole >= 0).all(axis=1), density.log(whole), -np.inf)


def _of_others(tally: Tally, area: int, elsewhere: Elsewhere | None, given: _Given) -> tuple[NDArray[np.intp], Array]:
    """The figures of another area that was outstanding, given for this one, whether or not this one's for that.

    (other,) positions of these areas, and (other,) log densities.
    """
    nothing = np.empty(0, np.intp), np.empty(0)
    if elsewhere is None:
        return nothing
    alike = np.flatnonzero(_alike(tally, area) & elsewhere.outstanding)  # fitted once for all areas that are alike
    other = alike != area
    if not other.any():
        return nothing
    logs = elsewhere.fit(alike, given.reported, rest=given.partly).log(given.complete(given.votes))[other]
    return alike[other], logs + np.log(2.0 / logs.size)


def _likeliest_other(tally: Tally, others: NDArray[np.intp], logs: Array) -> Iterator[_Term]:
    if others.size:
        best = int(logs.argmax())
        yield float(logs[best]), f"the votes are those of {tally.contest.areas[others[best]].name}"


def _repeated(tally: Tally, area: int, given: _Given) -> Iterator[_Term]:
    """The very figures that another area has given."""
    others = np.flatnonzero(_alike(tally, area) & tally.declared & (np.arange(len(tally.declared)) != area))
    same = (tally.votes[np.ix_(others, given.reported)] == given.votes).all(axis=1)
    for other in others[same].tolist():
        yield -float(np.log(others.size)), f"the votes are those of {tally.contest.areas[other].name}"


def _alike(tally: Tally, area: int) -> NDArray[np.bool_]:
    """(area,) the areas in which the same candidates stand, itself among them."""
    standing = tally.contest.standing
    alike: NDArray[np.bool_] = (standing == standing[area]).all(axis=1)
    return alike


def _slips(votes: Array) -> _Changes:
    """Every figure that one slip of the keyboard turns into the one given."""
    ways = [(place, slip) for place, number in enumerate(votes.tolist()) for slip in undo_slips(round(number))]
    places = np.array([place for place, _ in ways])

    def words(way: int) -> str:
        place, (_, _, what) = ways[way]
        return f"{votes[place]:,.0f} for {{name}} is {{true:,.0f}} with {what}"

    figures, chances = np.array([slip[:2] for _, slip in ways], np.float64).T
    return _Changes(places, figures, chances / votes.size, words)


def _lost(tally: Tally, area: int, given: _Given, expected: Expected) -> _Changes:
    """One candidate's figure lost, and another number, perhaps one that stands elsewhere, given for it."""
    elsewhere, votes = np.delete(tally.votes, area, axis=0), given.votes
    known, drawn = elsewhere[elsewhere >= LARGE], expected.share[:, given.reported] * expected.valid[:, None]
    repeats, spread = (known[:, None] == votes).sum(axis=0), drawn.std(axis=0)
    step = spread * (GRID[1] - GRID[0]) / votes.size
    chance = step / float(expected.valid.mean()) + step * repeats / max(known.size, 1)
    figures = drawn.mean(axis=0)[:, None] + GRID * spread[:, None]
    places, points = np.nonzero(figures >= 0.0)

    def words(way: int) -> str:
        what = "copied from elsewhere" if repeats[places[way]] else "another number altogether"
        return f"{votes[places[way]]:,.0f} for {{name}} is {what}"

    return _Changes(places, figures[places, points], chance[places], words)
