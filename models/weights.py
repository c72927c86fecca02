"""Weights of a bank's members: how many they are worth, and members drawn by them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["effective_size", "resample"]

Array = NDArray[np.float64]


def effective_size(log_weight: Array) -> float:
    """Kish's effective number of members: squared sum over sum of squares of the weights."""
    weight = np.exp(log_weight - log_weight.max())
    return float(weight.sum() ** 2 / (weight**2).sum())


def resample(log_weight: Array, draws: int) -> NDArray[np.intp]:
    """(draw,) members by systematic resampling, without randomness: the mid-points of equal parts of the weight."""
    cumulative = np.cumsum(np.exp(log_weight - log_weight.max()))
    points = (np.arange(draws) + 0.5) / draws
    chosen: NDArray[np.intp] = np.searchsorted(cumulative / cumulative[-1], points).clip(0, len(log_weight) - 1)
    return chosen
