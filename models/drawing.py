"""Draws of many areas from states of the regression's sampler, each of which serves as equal a part as it can.

    z_i = baseline_i + B' x_i + root(omega) (e_i / w_i^(1/2) + strength (u + v_g / 2)),   e, u, v ~ N(0, I)

u is common to the areas outstanding and v to those of a region: what they share against those declared, as in
`models.forward`. Of an area only those who stand are drawn, by their part of omega. Several states at a time have a
stream of their own and write draws of their own, so that several threads work and what comes out is the same however
many.
"""

from __future__ import annotations

import math
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from forecast.tally import Status
from models.priors import Priors
from models.regressors import Regressors
from models.states import State

__all__ = ["draw_gammas", "draw_normals", "draw_shares", "unlikeness"]

Array = NDArray[np.float64]
Single = NDArray[np.float32]
Index = NDArray[np.intp]


CELLS = 120_000  # drawn at a time: few enough for the processor's cache to hold


@dataclass(frozen=True, slots=True, eq=False)
class Outstanding:
    """The areas of a block that are drawn, in the order of the patterns of who stands in them.

    Parameters
    ----------
    places
        (cell,) positions among all areas' candidates of the contest.
    baseline, x
        (area, candidate) shares changes are measured from, and (area, column) what they depend on.
    ends, sizes, members
        (pattern,) the area after its last and how many candidates stand there, and (pattern, candidate) positions of
        these, first.
    where, who
        (cell,) the area and the candidate of each cell: pattern by pattern, candidate by candidate, areas last.
    group, groups
        (area,) position of the area's group, and how many the block has.
    strength
        (area,) how strongly each heeds what areas outstanding share.
    floor
        How soft zero is, as a share.
    """

    places: Index
    baseline: Array
    x: Array
    ends: Index
    sizes: Index
    members: Index
    where: Index
    who: Index
    group: Index
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

    Of who does not stand nothing is drawn, and nothing written.

    Parameters
    ----------
    status, drawn
        (area,) of the block: how far its count has come, and whether it is drawn.
    """
    if not drawn.any():
        return
    areas = _read_outstanding(block, status, drawn, priors, share.shape[2])
    edges = np.arange(len(states) + 1) * len(share) // len(states)
    together = max(CELLS * len(states) // max(len(areas.who) * len(share), 1), 1)
    parts = list(range(0, len(states), together))
    streams, workers = stream.spawn(len(parts)), os.cpu_count() or 1

    def draw(start: int) -> None:
        for first, own in list(zip(parts, streams, strict=True))[start::workers]:
            last = min(first + together, len(states))
            counts = np.diff(edges[first : last + 1])
            here = share[edges[first] : edges[last]]
            if len(here):
                _draw_part(areas, states[first:last], counts, np.random.default_rng(own), here)

    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(draw, range(workers)))


def _read_outstanding(
    block: Regressors, status: NDArray[np.int8], drawn: NDArray[np.bool_], priors: Priors, candidates: int
) -> Outstanding:
    """The areas drawn of a block; ``candidates`` of the whole contest."""
    patterns, which = np.unique(block.standing[drawn], axis=0, return_inverse=True)
    order = np.argsort(which.reshape(-1), kind="stable")
    rows, sizes = np.flatnonzero(drawn)[order], patterns.sum(axis=1)
    ends = np.cumsum(np.bincount(which.reshape(-1), minlength=len(patterns)))
    members = np.argsort(~patterns, axis=1, kind="stable")  # who stands first
    ranges = [np.arange(start, end) for start, end in pairwise([0, *ends])]
    where = np.concatenate([np.tile(each, size) for each, size in zip(ranges, sizes, strict=True)])
    who = [np.repeat(each[:size], len(area)) for area, each, size in zip(ranges, members, sizes, strict=True)]
    strength = priors.discrepancy * unlikeness(block, status) * (status[rows] < Status.PROVISIONAL)
    return Outstanding(
        places=block.areas[rows][where] * candidates + block.candidates[np.concatenate(who)],
        baseline=block.baseline[rows],
        x=block.x[rows],
        ends=ends,
        sizes=sizes,
        members=members,
        where=where,
        who=np.concatenate(who),
        group=block.group[rows],
        groups=int(block.group.max()) + 1,
        strength=strength.astype(np.float32),
        floor=priors.floor,
    )


def _draw_part(areas: Outstanding, states: list[State], counts: Index, rng: np.random.Generator, share: Array) -> None:
    """The draws of some states, in single precision: a draw's error is a hundred thousand times that of its last digit.

    Parameters
    ----------
    counts
        (state,) draws of each.
    """
    from models.kernels import divide_areas  # noqa: PLC0415 - compiled code takes long to load

    state, (size, (count, columns)) = np.repeat(np.arange(len(states)), counts), (len(share), areas.baseline.shape)
    weight = np.empty((size, count), np.float32)
    tails = np.array([each.tail for each in states])[state]
    for tail in np.unique(tails):
        drawn = tails == tail
        weight[drawn] = draw_gammas(rng, round(tail / 2.0), (int(drawn.sum()), count)) * np.float32(2.0 / tail)
    shift = np.float32(0.5) * rng.standard_normal((size, columns, areas.groups), np.float32)
    shift += rng.standard_normal((size, columns, 1), np.float32)
    middle = np.array([areas.baseline + areas.x @ each.coefficients for each in states])
    divide_areas(
        draw_normals(rng, (size, len(areas.who))),
        weight,
        shift,
        state,
        middle[:, areas.where, areas.who].astype(np.float32, order="C"),
        np.array([each.omega for each in states]),
        areas.group,
        areas.strength,
        areas.ends,
        areas.sizes,
        areas.members,
        areas.floor,
        areas.places,
        share.reshape(size, -1),
    )


def draw_gammas(rng: np.random.Generator, whole: int, shape: tuple[int, ...]) -> Single:
    """Gamma variates of a whole number in single precision, sums of so many exponentials: minus the log of a product.

    Quicker than NumPy's own for the few that tails here need.
    """
    product = np.float32(1.0) - rng.random(shape, np.float32)  # above zero
    for _ in range(whole - 1):
        product *= np.float32(1.0) - rng.random(shape, np.float32)
    return np.maximum(-np.log(product, out=product), np.float32(1e-7))


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
