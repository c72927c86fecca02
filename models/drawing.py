"""Draws of many areas from the states of the regression's sampler: every state serves an equal part of them.

    z_i = baseline_i + B' x_i + root(omega) (e_i / w_i^(1/2) + strength (u + v_g / 2)),   e, u, v ~ N(0, I)

u is common to the areas outstanding and v to those of a region: what they share against those declared, as in
`models.forward`. Each state has a stream of its own and writes draws of its own, so that several are worked on at a
time and what comes out is the same however many.
"""

from __future__ import annotations

import math
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forecast.tally import Status
from models.priors import Priors
from models.regressors import Regressors
from models.states import State, root

__all__ = ["draw_normals", "draw_shares", "unlikeness"]

Array = NDArray[np.float64]
Single = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Outstanding:
    """The areas of a block that are drawn.

    Parameters
    ----------
    rows
        (area,) positions in the block.
    strength
        (area,) how strongly each heeds what areas outstanding share.
    floor
        How soft zero is, as a share.
    """

    block: Regressors
    rows: NDArray[np.intp]
    strength: Single
    floor: float


def draw_shares(
    block: Regressors,
    status: NDArray[np.int8],
    drawn: NDArray[np.bool_],
    states: list[State],
    priors: Priors,
    stream: np.random.SeedSequence,
    share: Array,
) -> None:
    """Write the shares of a block's areas that are drawn into ``share``, (draw, all areas, all candidates).

    Parameters
    ----------
    status, drawn
        (area,) of the block: how far its count has come, and whether it is drawn.
    """
    strength = priors.discrepancy * unlikeness(block, status) * (status[drawn] < Status.PROVISIONAL)
    areas = Outstanding(block, np.flatnonzero(drawn), strength.astype(np.float32), priors.floor)
    edges = (np.arange(len(states) + 1) * len(share) // len(states)).tolist()
    parts = zip(states, stream.spawn(len(states)), edges[:-1], edges[1:], strict=True)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        jobs = [
            pool.submit(_draw_state, areas, state, np.random.default_rng(own), share[start:end])
            for state, own, start, end in parts
            if end > start
        ]
    for job in jobs:
        job.result()


def _draw_state(areas: Outstanding, state: State, rng: np.random.Generator, share: Array) -> None:
    """One state's draws, in single precision: a draw's error is a hundred thousand times that of its last digit."""
    from models.kernels import divide_areas  # noqa: PLC0415 - compiled code takes long to load

    block, draws, count = areas.block, len(share), len(areas.rows)
    candidates = block.baseline.shape[1]
    weight = rng.standard_gamma(state.tail / 2.0, (draws, count), np.float32)
    weight *= np.float32(2.0 / state.tail)
    noise = draw_normals(rng, (draws, candidates, count))
    shift = np.float32(0.5) * rng.standard_normal((draws, candidates, int(block.group.max()) + 1), np.float32)
    shift += rng.standard_normal((draws, candidates, 1), np.float32)
    divide_areas(
        noise,
        weight,
        shift,
        block.group[areas.rows],
        areas.strength,
        (block.baseline + block.x @ state.coefficients)[areas.rows].T.astype(np.float32, order="C"),
        root(state.omega).astype(np.float32),
        block.standing[areas.rows].T.astype(np.float32, order="C"),
        areas.floor,
        block.areas[areas.rows],
        block.candidates,
        share,
    )


def draw_normals(rng: np.random.Generator, shape: tuple[int, ...]) -> Single:
    """Standard normals in single precision, in half the time of NumPy's own: two uniforms make two of them.

    References
    ----------
    Box & Muller 1958, doi:10.1214/aoms/1177706645. The largest is 5.8, once in a hundred million.
    """
    size = math.prod(shape)
    radius, angle = rng.random((2, (size + 1) // 2), np.float32)
    np.subtract(np.float32(1.0), radius, out=radius)  # above zero
    np.sqrt(np.float32(-2.0) * np.log(radius, out=radius), out=radius)
    angle *= np.float32(2.0 * np.pi)
    normals = np.empty((2, len(angle)), np.float32)
    np.cos(angle, out=normals[0])
    np.sin(angle, out=normals[1])
    normals *= radius
    return normals.ravel()[:size].reshape(shape)


def unlikeness(block: Regressors, status: NDArray[np.int8]) -> float:
    """The discrepancy's g, 1/4 to 1 with how unlike declared and outstanding areas are; 0 where either is empty."""
    counted = status >= Status.PROVISIONAL
    if not counted.any() or counted.all():
        return 0.0
    weight = block.weight
    inside = weight[counted] @ block.features[counted] / weight[counted].sum()
    outside = weight[~counted] @ block.features[~counted] / weight[~counted].sum()
    return 0.25 + 0.75 * min(1.0, float(np.sqrt(np.mean((inside - outside) ** 2))) / 2.0)
