"""What will be counted: votes in every draw, area and candidate, with what is declared repeated exactly."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forecast.posterior import Posterior
from forecast.rules import Outcome, Rule
from forecast.tally import Status, Tally

__all__ = ["Simulation", "decide", "simulate", "win_probabilities"]

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Simulation:
    """Simulated counts.

    Parameters
    ----------
    votes
        (draw, area, candidate) whole votes.
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


def simulate(posterior: Posterior, tally: Tally, *, seed: int = 0) -> Simulation:
    """Fill the areas outstanding from the posterior and add the declared ones as they are.

    Votes already counted in a partly counted area are never undone: only the rest of the area is drawn.
    """
    standing = tally.contest.standing
    votes = np.rint(posterior.share * posterior.valid[:, :, None])
    partial = np.flatnonzero(tally.status == Status.PARTIAL)
    votes[:, partial] = _finish_partial(votes[:, partial], np.nan_to_num(tally.votes[partial]))
    known = tally.declared[:, None] & np.isfinite(tally.votes) & standing
    votes = np.where(known, np.nan_to_num(tally.votes), votes)
    totals = votes.sum(axis=1)
    valid = totals.sum(axis=1)
    if np.isfinite(tally.whole_votes).all():
        totals = np.broadcast_to(tally.whole_votes, totals.shape)
        valid = np.broadcast_to(np.nansum(tally.whole_votes), valid.shape)
    return Simulation(votes=votes, totals=totals, valid=valid, seed=seed)


def _finish_partial(final: Array, counted: Array) -> Array:
    """(draw, area, candidate) final votes with the same total and nobody below what is counted."""
    rest = np.maximum(final - counted, 0.0)
    room = np.maximum(final.sum(axis=2, keepdims=True) - counted.sum(axis=1)[:, None], 0.0)
    finished: Array = counted + np.rint(rest * room / np.maximum(rest.sum(axis=2, keepdims=True), 1.0))
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
