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
from models.states import State, roots

__all__ = ["draw_normals", "draw_shares", "unlikeness"]

Array = NDArray[np.float64]
Single = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Outstanding:
    """The areas of a block that are drawn.

    Parameters
    ----------
    areas, candidates
        Positions in the contest.
    baseline, x
        (area, candidate) shares changes are measured from, and (area, column) what they depend on.
    standing
        (candidate, area) 1 or 0.
    group, groups
        (area,) position of the area's group, and how many the block has.
    strength
        (area,) how strongly each heeds what areas outstanding share.
    floor
        How soft zero is, as a share.
    """

    areas: NDArray[np.intp]
    candidates: NDArray[np.intp]
    baseline: Array
    x: Array
    standing: Single
    group: NDArray[np.intp]
    groups: int
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
    if not drawn.any():
        return
    areas = _read_outstanding(block, status, drawn, priors)
    factors = roots(np.array([state.omega for state in states])).astype(np.float32)
    edges = (np.arange(len(states) + 1) * len(share) // len(states)).tolist()
    parts = list(zip(states, factors, stream.spawn(len(states)), edges[:-1], edges[1:], strict=True))
    workers = os.cpu_count() or 1

    def draw(first: int) -> None:
        for state, factor, own, start, end in parts[first::workers]:
            if end > start:
                _draw_state(areas, state, factor, np.random.default_rng(own), share[start:end])

    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(draw, range(workers)))


def _read_outstanding(
    block: Regressors, status: NDArray[np.int8], drawn: NDArray[np.bool_], priors: Priors
) -> Outstanding:
    strength = priors.discrepancy * unlikeness(block, status) * (status[drawn] < Status.PROVISIONAL)
    return Outstanding(
        areas=block.areas[drawn],
        candidates=block.candidates,
        baseline=block.baseline[drawn],
        x=block.x[drawn],
        standing=block.standing[drawn].T.astype(np.float32, order="C"),
        group=block.group[drawn],
        groups=int(block.group.max()) + 1,
        strength=strength.astype(np.float32),
        floor=priors.floor,
    )


def _draw_state(areas: Outstanding, state: State, factor: Single, rng: np.random.Generator, share: Array) -> None:
    """One state's draws, in single precision: a draw's error is a hundred thousand times that of its last digit."""
    from models.kernels import divide_areas  # noqa: PLC0415 - compiled code takes long to load

    draws, (candidates, count) = len(share), areas.standing.shape
    weight = rng.standard_gamma(state.tail / 2.0, (draws, count), np.float32)
    weight *= np.float32(2.0 / state.tail)
    noise = draw_normals(rng, (draws, candidates, count))
    shift = np.float32(0.5) * rng.standard_normal((draws, candidates, areas.groups), np.float32)
    shift += rng.standard_normal((draws, candidates, 1), np.float32)
    divide_areas(
        noise,
        weight,
        shift,
        areas.group,
        areas.strength,
        (areas.baseline + areas.x @ state.coefficients).T.astype(np.float32, order="C"),
        factor,
        areas.standing,
        areas.floor,
        areas.areas,
        areas.candidates,
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
