"""Hundreds of areas as a regression sees them: a baseline to change from, and what the change may depend on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forecast.contests.contest import Contest
from models.design import average_polls, standardise
from models.priors import Priors

__all__ = ["Regressors", "expected_size", "read_regressors", "separate_blocks"]

Array = NDArray[np.float64]

MAIN = 5  # candidates whose baseline share is a regressor
HOLDERS = 3  # candidates for whom holding the area is one
LEAST_SHARE = 0.004  # b(1 - b) a candidate's scale never falls below
OWN_SCALE = {"Scotland", "Wales", "London", "Northern Ireland"}  # regions that have gone their own way


@dataclass(frozen=True, slots=True, eq=False)
class Regressors:
    """Areas and candidates of one block, and the prior of what moves them.

    Parameters
    ----------
    areas, candidates
        Positions in the contest.
    baseline
        (area, candidate) shares changes are measured from.
    standing
        (area, candidate) whether the candidate is on the ballot.
    x
        (area, column) regressors, the first the intercept.
    x_sd
        (column,) prior SD of each coefficient, as a swing.
    mean
        (column, candidate) prior mean of the coefficients: the polls' average less the baseline in the intercept.
    area_sd
        SD of an area's own change, as a swing, before anything is seen.
    scale
        (candidate,) SD of a candidate's change for one unit of swing.
    features
        (area, feature) what makes declared areas unlike outstanding ones.
    group
        (area,) position of the area's group.
    weight
        (area,) share of the block's vote expected.
    tails
        Prior probabilities of the degrees of freedom of an area's deviation.
    """

    areas: NDArray[np.intp]
    candidates: NDArray[np.intp]
    baseline: Array
    standing: NDArray[np.bool_]
    x: Array
    x_sd: Array
    mean: Array
    area_sd: float
    scale: Array
    features: Array
    group: NDArray[np.intp]
    weight: Array
    tails: tuple[float, ...]


def separate_blocks(contest: Contest) -> list[NDArray[np.intp]]:
    """Groups of areas that share no candidate worth the name: each has a politics of its own.

    Groups (regions) are joined while they have two candidates in common with at least 2% in both.
    """
    names = np.array([area.group for area in contest.areas])
    shares = start_shares(contest)
    groups = list(dict.fromkeys(names.tolist()))
    main = {group: set(np.flatnonzero(shares[names == group].mean(axis=0) >= 0.02).tolist()) for group in groups}
    joined: list[set[str]] = []
    for group in groups:
        near = [each for each in joined if any(len(main[group] & main[other]) >= 2 for other in each)]
        joined = [each for each in joined if each not in near] + [set().union({group}, *near)]
    return [np.flatnonzero(np.isin(names, list(each))) for each in joined]


def start_shares(contest: Contest) -> Array:
    """(area, candidate) baseline shares; even ones among those standing where there is no baseline."""
    standing = contest.standing
    even = standing / np.maximum(standing.sum(axis=1, keepdims=True), 1)
    if not contest.baseline.known:
        return even
    shares: Array = np.nan_to_num(contest.baseline.votes) / contest.baseline.valid[:, None]
    return shares


def expected_size(contest: Contest) -> Array:
    """(area,) the votes an area counts for before anything is known: the baseline's, else 60% of its electorate.

    An area of unknown electorate counts as the average one.
    """
    if contest.baseline.known:
        return contest.baseline.valid
    electorate = np.array([area.electorate or np.nan for area in contest.areas])
    if np.isnan(electorate).all():
        return np.ones(len(electorate))
    size: Array = 0.6 * np.where(np.isnan(electorate), np.nanmean(electorate), electorate)
    return size


def read_regressors(contest: Contest, priors: Priors, areas: NDArray[np.intp]) -> Regressors:
    """The regressors of one block of areas."""
    standing = contest.standing[areas]
    candidates = np.flatnonzero(standing.any(axis=0))
    baseline = start_shares(contest)[np.ix_(areas, candidates)]
    size = expected_size(contest)[areas]
    weight = size / size.sum()
    columns = list(_columns(contest, priors, areas, baseline))
    groups = np.array([contest.areas[area].group for area in areas])
    lead = baseline @ _lead_weights(baseline, weight)
    x = np.column_stack([column for column, _ in columns])
    mean = np.zeros((x.shape[1], len(candidates)))
    mean[0] = _poll_level(contest, areas, candidates, baseline, weight)
    features = np.column_stack([lead, np.log(size), *_slopes(contest, areas).T])
    return Regressors(
        areas=areas,
        candidates=candidates,
        baseline=baseline,
        standing=standing[:, candidates],
        x=x,
        x_sd=np.array([sd for _, sd in columns]),
        mean=mean,
        area_sd=priors.area_median if contest.baseline.known else priors.level_area_median,
        scale=_scale(baseline, standing[:, candidates], weight),
        features=standardise(features),
        group=np.unique(groups, return_inverse=True)[1],
        weight=weight,
        tails=priors.many_tails,
    )


def _columns(
    contest: Contest, priors: Priors, areas: NDArray[np.intp], baseline: Array
) -> Iterator[tuple[Array, float]]:
    """Each regressor with the prior SD of its coefficient."""
    known = contest.baseline.known
    yield np.ones(len(areas)), (priors.level_sd if not known else priors.swing_sd)
    if known:
        for candidate in np.argsort(-baseline.mean(axis=0), kind="stable")[:MAIN]:
            yield standardise(baseline[:, candidate, None])[:, 0], priors.own_share_sd
        holder = baseline.argmax(axis=1)
        held = np.bincount(holder, minlength=baseline.shape[1])
        for candidate in np.argsort(-held, kind="stable")[:HOLDERS]:
            if 0 < held[candidate] < len(areas):
                yield (holder == candidate).astype(float), priors.holder_sd
    for slope in _slopes(contest, areas).T:
        yield slope, (priors.slope_sd if known else priors.level_slope_sd)
    groups = np.array([contest.areas[area].group for area in areas])
    if len(set(groups.tolist())) > 1:
        for group in np.unique(groups):
            yield (groups == group).astype(float), _region_sd(priors, str(group), known)


def _region_sd(priors: Priors, group: str, known: bool) -> float:
    if not known:
        return priors.level_region_sd
    return priors.own_region_sd if group in OWN_SCALE else priors.region_sd


def _slopes(contest: Contest, areas: NDArray[np.intp]) -> Array:
    """(area, covariate) the contest's chosen covariates, standardised over the block."""
    columns = [contest.covariates[name][areas] for name in contest.slopes]
    return standardise(np.column_stack(columns)) if columns else np.zeros((len(areas), 0))


def _lead_weights(baseline: Array, weight: Array) -> Array:
    """(candidate,) half the lead of the two largest: +1/2, -1/2."""
    first, second = np.argsort(-(weight @ baseline), kind="stable")[:2]
    lead = np.zeros(baseline.shape[1])
    lead[first], lead[second] = 0.5, -0.5
    return lead


def _scale(baseline: Array, standing: NDArray[np.bool_], weight: Array) -> Array:
    """(candidate,) SD of a change for a unit of swing: by b(1 - b) where the candidate stands, top two's lead at 1."""
    present = standing * weight[:, None]
    mean = (present * baseline).sum(axis=0) / np.maximum(present.sum(axis=0), 1e-12)
    scale = np.sqrt(np.maximum(mean * (1.0 - mean), LEAST_SHARE))
    first, second = np.argsort(-(weight @ baseline), kind="stable")[:2]
    scaled: Array = scale / (0.5 * np.hypot(scale[first], scale[second]))
    return scaled


def _poll_level(
    contest: Contest, areas: NDArray[np.intp], candidates: NDArray[np.intp], baseline: Array, weight: Array
) -> Array:
    """(candidate,) what the polls say the change is; zero without polls, or in one of several blocks."""
    polled = average_polls(contest, np.nan_to_num(weight @ baseline)) if len(areas) == len(contest.areas) else None
    if polled is None:
        return np.zeros(len(candidates))
    level: Array = polled[candidates] - weight @ baseline
    return level
