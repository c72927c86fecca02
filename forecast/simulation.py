"""What will be counted: votes in every draw, area and candidate, with what is declared repeated exactly."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from forecast.posterior import Posterior
from forecast.rules import Outcome, Rule
from forecast.tally import Status, Tally

__all__ = ["Simulation", "decide", "settle_totals", "simulate", "win_probabilities"]

Array = NDArray[np.float64]

# Cells at a time: few enough for the processor's cache to hold.
BLOCK = 500_000
MANY = 5_000_000  # from which on compiled code is used


@dataclass(frozen=True, eq=False)
class Simulation:
    """Simulated counts.

    Parameters
    ----------
    votes
        (draw, area, candidate) whole votes, in single precision where the model's shares are: exact below 16 million.
        No areas where only the whole contest was asked for.
    totals
        (draw, candidate) votes in the whole contest; as declared for the whole contest once that is known.
    valid
        (draw,) valid votes in the whole contest.
    seed
        Of what the rule itself has to draw, such as second preferences: the same all night.
    """

    votes: Array
    totals: Array
    valid: Array
    seed: int = 0

    @cached_property
    def valid_by_area(self) -> Array:
        """(draw, area) valid votes."""
        # A product with ones: NumPy is slow along an axis as short as that of the candidates.
        valid: Array = self.votes @ np.ones(self.votes.shape[2], self.votes.dtype)
        return valid


def simulate(posterior: Posterior, tally: Tally, *, seed: int = 0, in_place: bool = False) -> Simulation:
    """Fill the areas outstanding from the posterior and add the declared ones as they are.

    Votes already counted in a partly counted area are never undone: only the rest of the area is drawn.

    Parameters
    ----------
    in_place
        Whether votes may take the place of the posterior's shares, which are then gone: half the memory.
    """
    votes = posterior.share if in_place else np.empty_like(posterior.share)
    totals = np.empty((len(votes), votes.shape[2]))
    fill = _fill_quickly if votes.size >= MANY else _fill_blocks
    fill(posterior, tally, votes, totals)
    totals = settle_totals(totals, tally)
    return Simulation(votes=votes, totals=totals, valid=totals.sum(axis=1), seed=seed)


def _fill_quickly(posterior: Posterior, tally: Tally, votes: Array, totals: Array) -> None:
    """As `_fill_blocks`, number for number, but compiled: loading that is worth while for many votes."""
    from forecast.kernels import fill_votes, in_parts  # noqa: PLC0415 - takes long to load

    known = np.where(tally.declared[:, None] & tally.contest.standing, tally.votes, np.nan)
    partial, counted = tally.status == Status.PARTIAL, np.nan_to_num(tally.votes)

    def fill(draws: slice) -> None:
        fill_votes(posterior.share[draws], posterior.valid[draws], known, partial, counted, votes[draws], totals[draws])

    in_parts(fill, len(votes))


def _fill_blocks(posterior: Posterior, tally: Tally, votes: Array, totals: Array) -> None:
    size = max(BLOCK // max(votes[0].size, 1), 1)
    for start in range(0, len(votes), size):
        draws = slice(start, start + size)
        votes[draws] = _fill(posterior.share[draws], posterior.valid[draws], tally)
        votes[draws].sum(axis=1, out=totals[draws], dtype=np.float64)


def settle_totals(totals: Array, tally: Tally) -> Array:
    """(draw, candidate) totals with those declared for the whole contest as declared; the others share what is left."""
    known = np.isfinite(tally.whole_votes)
    if not known.any():
        return totals
    settled = np.where(known, np.nan_to_num(tally.whole_votes), totals)
    if np.isfinite(tally.whole_valid) and not known.all():
        left = max(tally.whole_valid - float(np.nansum(tally.whole_votes)), 0.0)
        others = settled[:, ~known]
        settled[:, ~known] = np.rint(others * left / np.maximum(others.sum(axis=1, keepdims=True), 1.0))
    return settled


def _fill(share: Array, valid: Array, tally: Tally) -> Array:
    """(draw, area, candidate) whole votes of some draws."""
    votes = np.rint(share * valid[:, :, None].astype(np.float64))
    partial = np.flatnonzero(tally.status == Status.PARTIAL)
    if partial.size:
        votes[:, partial] = _finish_partial(share[:, partial], valid[:, partial], np.nan_to_num(tally.votes[partial]))
    known = tally.declared[:, None] & np.isfinite(tally.votes) & tally.contest.standing
    areas, candidates = np.nonzero(known)
    votes[:, areas, candidates] = tally.votes[areas, candidates]
    return votes


def _finish_partial(share: Array, valid: Array, counted: Array) -> Array:
    """(draw, area, candidate) whole votes that sum to the valid votes, nobody below what is counted.

    A model that heeds the count leaves nobody below it; where one does not, whoever is above gives up the difference.
    Running totals are rounded, not votes, so that the sum is exact.
    """
    final = share.astype(np.float64) * valid[:, :, None]
    rest = np.maximum(final - counted, 0.0)
    room = np.maximum(valid - counted.sum(axis=1), 0.0)[:, :, None]
    running = np.rint(np.cumsum(rest, axis=2) * room / np.maximum(rest.sum(axis=2, keepdims=True), 1e-300))
    finished: Array = counted + np.diff(running, axis=2, prepend=0.0)
    return finished


def decide(rule: Rule, simulation: Simulation) -> Outcome:
    """Who is elected in each draw.

    Where it does not matter to the rule in which areas votes are cast, the whole contest's totals decide, as declared
    once they are; elsewhere the areas do.
    """
    votes = simulation.votes if rule.by_area else simulation.totals[:, None]
    return rule.elect(votes, np.random.default_rng(simulation.seed))


def win_probabilities(outcome: Outcome) -> Array:
    """(candidate,) share of draws in which each is elected; who ties shares the draw, and nobody has a hung one."""
    elected = outcome.elected
    wins: Array = (elected / np.maximum(elected.sum(axis=1, keepdims=True), 1)).mean(axis=0)
    return wins
