"""What an exit poll's seats say of the swing, beside what has been declared.

An exit poll is published as seats, the model's coefficients are swings. The sampler's states given the areas declared
are an ensemble; each simulates the seats once, and the ensemble is moved towards the seats by its own regression
of coefficients on seats, with errors e ~ N(0, 1):

    B <- B + cov(B, seats) [cov(seats) + sd^2 I]^-1 (exit + sd e - seats)

Early in the night the ensemble is wide and the exit poll decides; as areas declare it narrows and the exit poll can no
longer move it. One step is taken: in several, as for seats that bend as swings grow, each simulation's own luck would
count as news of its own, and the swing come out a fifth too certain. Seats are taken to err by nine for a party of any
size, as those of 2010 to 2024 have.

References
----------
Ensemble smoother: van Leeuwen & Evensen 1996, *Monthly Weather Review* 124, 2898.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from forecast.contests.contest import Contest, ExitPoll
from forecast.tally import Tally
from models.regressors import Regressors
from models.states import State, roots

__all__ = ["heed_exit_poll", "latest_exit_poll"]

Array = NDArray[np.float64]

TOGETHER = 32  # areas: few enough for the processor's cache to hold what every state expects of them


def latest_exit_poll(contest: Contest, tally: Tally) -> ExitPoll | None:
    """The last exit poll published by the moment of the tally; any, before the first item that has a time."""
    known = [poll for poll in contest.exit_polls if tally.as_of is None or poll.released_at <= tally.as_of]
    return max(known, key=lambda poll: poll.released_at, default=None)


def heed_exit_poll(
    block: Regressors,
    states: Sequence[State],
    poll: ExitPoll,
    winners: NDArray[np.intp],
    sd: float,
    rng: np.random.Generator,
) -> list[State]:
    """The states moved by an exit poll; as they are where it names fewer than two of the block's candidates.

    Parameters
    ----------
    winners
        (area,) position in the block of the candidate who has won, -1 where not declared.
    sd
        Error of an exit poll, in seats.
    """
    seats = poll.seats[block.candidates]
    named = np.flatnonzero(np.isfinite(seats) & (seats > 0))
    if named.size < 2 or (winners >= 0).all():
        return list(states)
    coefficients = np.array([state.coefficients for state in states])
    factors = roots(np.array([state.omega for state in states]))
    simulated = count_winners(block, states, coefficients, factors, winners, rng)[:, named]
    aim = seats[named] + sd * rng.standard_normal(simulated.shape)
    moved = _move(coefficients, simulated, aim, sd**2)
    return [State(each, state.omega, state.tail) for each, state in zip(moved, states, strict=True)]


def count_winners(
    block: Regressors,
    states: Sequence[State],
    coefficients: Array,
    factors: Array,
    winners: NDArray[np.intp],
    rng: np.random.Generator,
) -> Array:
    """(state, candidate) areas each candidate wins in one simulation of each state; declared ones as declared.

    Parameters
    ----------
    coefficients, factors
        (state, column, candidate) and (state, candidate, candidate): of the mean and of the covariance.
    """
    from models.ahead_kernels import count_ahead  # noqa: PLC0415 - compiled code takes long to load

    open_, size = winners < 0, len(block.scale)
    omegas = factors @ factors.transpose(0, 2, 1)
    variance = np.einsum("scc->sc", omegas)
    apart = variance[:, :, None] + variance[:, None] - 2.0 * omegas
    tails, counts = np.array([state.tail for state in states]), np.zeros((len(states), size))
    every = coefficients.transpose(1, 0, 2).reshape(coefficients.shape[1], -1).astype(np.float32)
    x, baseline = block.x.astype(np.float32), block.baseline.astype(np.float32)
    for areas in np.array_split(np.flatnonzero(open_), -(-np.count_nonzero(open_) // TOGETHER)):
        middle = (x[areas] @ every).reshape(len(areas), len(states), size)
        middle += baseline[areas, None]
        count_ahead(middle, block.standing[areas], tails, factors, apart, rng, counts)
    return counts + np.bincount(winners[~open_], minlength=size)


def _move(coefficients: Array, simulated: Array, aim: Array, variance: float) -> Array:
    """Each member moved by the ensemble's regression on what it simulated."""
    flat = coefficients.reshape(len(coefficients), -1)
    off, seats_off = flat - flat.mean(axis=0), simulated - simulated.mean(axis=0)
    across = off.T @ seats_off / (len(flat) - 1)
    within = seats_off.T @ seats_off / (len(flat) - 1) + variance * np.eye(simulated.shape[1])
    moved: Array = (flat + (aim - simulated) @ np.linalg.solve(within, across.T)).reshape(coefficients.shape)
    return moved
