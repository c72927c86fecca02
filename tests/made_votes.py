"""Votes made up for tests of rules, and the seats that a rule gives."""

from __future__ import annotations

import numpy as np

from forecast.rules import Rule


def draws(*votes: list[int]) -> np.ndarray:
    """(draw, area, candidate) of one area."""
    return np.array(votes, dtype=float)[:, None]


def areas(*votes: list[int]) -> np.ndarray:
    """(draw, area, candidate) of one draw."""
    return np.array(votes, dtype=float)[None]


def seats_of(rule: Rule, votes: np.ndarray) -> list[list[float]]:
    seats = rule.elect(votes).seats
    assert seats is not None
    return [[float(each) for each in row] for row in seats]
