"""The areas that each candidate wins in simulations of a state, counted without drawing what cannot matter."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from monte_carlo import runs_agree, weighted_mean
from numpy.typing import NDArray

from forecast.scene import open_scene
from models.exit_poll import count_winners, heed_exit_poll
from models.priors import priors_for
from models.regressors import read_regressors, separate_blocks
from models.states import State, roots

Array = NDArray[np.float64]

CONTEST = open_scene("general-election-2019", through=1).contest
BLOCK = max(
    (read_regressors(CONTEST, priors_for(CONTEST), areas) for areas in separate_blocks(CONTEST)),
    key=lambda block: len(block.areas),
)
SIZE = len(BLOCK.scale)
OMEGA = np.outer(BLOCK.scale, BLOCK.scale) * (0.04**2 * (1.3 * np.eye(SIZE) - 0.3 / SIZE))
STATE = State(np.zeros((BLOCK.x.shape[1], SIZE)), OMEGA, 4.0)
TIMES = 400
OPEN = np.full(len(BLOCK.areas), -1)


def counted(state: State, winners: NDArray[np.intp] = OPEN, seed: int = 1) -> Array:
    """(simulation, candidate) areas won in as many simulations of one state."""
    coefficients = np.repeat(state.coefficients[None], TIMES, axis=0)
    factors = np.repeat(roots(state.omega)[None], TIMES, axis=0)
    return count_winners(BLOCK, [state] * TIMES, coefficients, factors, winners, np.random.default_rng(seed))


def simulated(state: State, seed: int) -> Array:
    """The same with every area's votes drawn."""
    rng = np.random.default_rng(seed)
    middle = BLOCK.baseline + BLOCK.x @ state.coefficients
    found = np.zeros((TIMES, SIZE))
    for row in found:
        weight = rng.standard_gamma(state.tail / 2.0, len(middle)) * (2.0 / state.tail)
        share = middle + rng.standard_normal(middle.shape) @ roots(state.omega).T / np.sqrt(weight)[:, None]
        row[:] = np.bincount(np.where(BLOCK.standing, share, -np.inf).argmax(axis=1), minlength=SIZE)
    return found


def test_areas_won_are_those_of_a_simulation_in_which_every_candidate_is_drawn() -> None:
    found, straight = counted(STATE), simulated(STATE, 2)
    assert runs_agree(found, straight)
    squared = [(each - straight.mean(axis=0)) ** 2 for each in (found, straight)]
    assert runs_agree(*squared)


def test_areas_twice_as_unlike_are_told_apart() -> None:
    assert not runs_agree(counted(replace(STATE, omega=4.0 * OMEGA)), simulated(STATE, 2))


def test_areas_declared_are_won_as_declared_and_every_area_by_somebody_who_stands() -> None:
    winners = OPEN.copy()
    winners[:300] = BLOCK.standing[:300].argmax(axis=1)
    found = counted(STATE, winners)
    assert (found.sum(axis=1) == len(winners)).all()
    assert (found >= np.bincount(winners[:300], minlength=SIZE)).all()
    assert (found <= BLOCK.standing.sum(axis=0)).all()


# How far the seats published move an ensemble: as far as weighting each state by how near it came to them

MORE, SD = 30.0, 9.0  # seats more for the first candidate than was expected, and what an exit poll errs by


def swinging(seed: int, states: int) -> list[State]:
    """States in which the first candidate gains on the second by 3 points more or less."""
    normals = np.random.default_rng(seed).standard_normal((states, 1))
    moved = np.zeros((states, *STATE.coefficients.shape))
    moved[:, 0, :2] = 0.03 * normals * [0.5, -0.5]
    return [replace(STATE, coefficients=each) for each in moved]


def seats_of(states: list[State], seed: int) -> Array:
    """(state, the first two) seats that states simulate."""
    coefficients, factors = np.array([state.coefficients for state in states]), roots(np.array([OMEGA] * len(states)))
    return count_winners(BLOCK, states, coefficients, factors, OPEN, np.random.default_rng(seed))[:, :2]


def swings_of(states: list[State]) -> Array:
    """(state,) gain of the first candidate on the second."""
    return np.array([state.coefficients[0, 0] - state.coefficients[0, 1] for state in states])


PUBLISHED = seats_of(swinging(3, 4_000), 4).mean(axis=0) + np.array([MORE, -MORE])


def heeded(seed: int, sd: float) -> tuple[float, float]:
    """Mean of the swing and of its square after an exit poll."""
    seats = np.full(len(CONTEST.candidates), np.nan)
    seats[BLOCK.candidates[:2]] = PUBLISHED
    poll = replace(CONTEST.exit_polls[0], seats=seats)
    swings = swings_of(heed_exit_poll(BLOCK, swinging(seed, TIMES), poll, OPEN, sd, np.random.default_rng(seed)))
    return swings.mean(), (swings**2).mean()


def weighted(seed: int) -> tuple[float, float]:
    """The same of states weighted by how likely the exit poll is, had theirs been the seats."""
    states = swinging(seed, 4_000)
    log_weight = -0.5 * ((seats_of(states, seed) - PUBLISHED) ** 2).sum(axis=1) / SD**2
    swings = swings_of(states)
    (mean, square), _ = weighted_mean(np.column_stack([swings, swings**2]), log_weight)
    return mean, square


def test_an_exit_poll_moves_states_as_far_as_it_says_and_leaves_them_as_wide() -> None:
    exact = np.array([weighted(seed) for seed in range(100, 108)])
    assert runs_agree(np.array([heeded(seed, SD) for seed in range(200, 208)]), exact)
    assert not runs_agree(np.array([heeded(seed, SD / 2.0) for seed in range(200, 208)]), exact)
