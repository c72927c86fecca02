"""Valid votes in each area: declared exactly, verified less rejected, or drawn from the turnout so far.

    log(valid_i / baseline_i) = t + e_i,   t ~ N(0, turnout_sd^2),   e_i ~ N(0, s^2),   log s ~ N(log median, log_sd^2)

Where ballots are verified an area's valid votes are the ballots less a rejected share, Beta with the prior's mean and
SD. Given s the law of t and of every other area is Gaussian and exact; s is drawn from its prior and weighed by what
was verified. Turnout is taken as independent of the swing.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from forecast.outstanding import observe_rejects
from forecast.tally import Status, Tally
from models.design import Design

__all__ = ["draw_valid", "expected_valid", "sd_of_guess"]

Array = NDArray[np.float64]


def reject_rate(design: Design, tally: Tally) -> tuple[float, float]:
    """Mean and SD of the share of ballots rejected: the prior, or what the declared areas have shown."""
    priors = design.priors
    rate, areas = observe_rejects(tally)
    if areas == 0:
        return priors.reject_mean, priors.reject_sd
    if np.isinf(areas):
        return max(rate, 1e-6), 1e-6  # a Beta has no mean of nothing
    return (areas * rate + priors.reject_mean) / (areas + 1.0), priors.reject_sd


def stated_valid(tally: Tally) -> Array:
    """(area,) valid votes where given or, all candidates of a counted area being reported, their sum; else NaN."""
    standing = tally.contest.standing
    complete = ~(np.isnan(tally.votes) & standing).any(axis=1) & (tally.status >= Status.PROVISIONAL)
    summed = np.where(complete, np.where(standing, tally.votes, 0.0).sum(axis=1), np.nan)
    final = tally.status >= Status.PROVISIONAL
    stated: Array = np.where(final & np.isfinite(tally.valid), tally.valid, summed)
    return stated


def expected_valid(design: Design, tally: Tally) -> Array:
    """(area,) one expected figure for each area, for reading declared votes as shares."""
    rate, _ = reject_rate(design, tally)
    known = np.where(np.isfinite(stated_valid(tally)), stated_valid(tally), tally.ballots * (1.0 - rate))
    then = design.contest.baseline.valid
    seen = np.isfinite(known)
    change = np.log(known[seen] / then[seen]).mean() if seen.any() else 0.0
    expected = np.where(seen, known, then * np.exp(change))
    reported: Array = np.maximum(expected, np.nansum(tally.votes, axis=1))
    return reported


def sd_of_guess(design: Design, tally: Tally) -> Array:
    """(area,) SD of the log of `expected_valid` where it is last time's, changed as elsewhere; 0 where it is known."""
    priors = design.priors
    known = np.isfinite(stated_valid(tally)) | np.isfinite(tally.ballots)
    own = priors.turnout_area_median**2
    common = 1.0 / (1.0 / priors.turnout_sd**2 + known.sum() / own)
    sd: Array = np.where(known, 0.0, np.sqrt(own + common))
    return sd


def draw_valid(design: Design, tally: Tally, draws: int, rng: np.random.Generator) -> Array:
    """(draw, area) valid votes, each at least the votes reported and at most the ballots or the electorate."""
    areas = len(design.weight)
    normals = rng.standard_normal((draws, areas + 2))
    picks = rng.random(draws)
    rate, sd = reject_rate(design, tally)
    rejected = rng.beta(*beta_shape(rate, sd), draws)[:, None]
    known = np.where(np.isfinite(stated_valid(tally)), stated_valid(tally), tally.ballots * (1.0 - rejected))
    unknown = _unverified(design, np.log(known / design.contest.baseline.valid), normals, picks)
    valid = np.where(np.isfinite(known), known, unknown)
    electorate = np.array([area.electorate or np.inf for area in design.contest.areas])
    ceiling = np.where(np.isfinite(tally.ballots), tally.ballots, electorate)
    bounded: Array = np.rint(np.maximum(np.minimum(valid, ceiling), np.nansum(tally.votes, axis=1)))
    return bounded


def beta_shape(mean: float, sd: float) -> tuple[float, float]:
    """Shape parameters of the Beta with this mean and standard deviation."""
    strength = mean * (1.0 - mean) / sd**2 - 1.0
    return mean * strength, (1.0 - mean) * strength


def _unverified(design: Design, change: Array, normals: Array, picks: Array) -> Array:
    """(draw, area) valid votes of areas whose ballots are not verified, given the log changes of those that are."""
    priors = design.priors
    seen = np.isfinite(change).all(axis=0)
    count = int(seen.sum())
    scale = priors.turnout_area_median * np.exp(priors.turnout_area_log_sd * normals[:, -1])
    if count:
        scale = scale[_reweigh(change[:, seen], scale, priors.turnout_sd, picks)]
    precision = 1.0 / priors.turnout_sd**2 + count / scale**2
    mean = np.where(seen, change, 0.0).sum(axis=1) / scale**2 / precision
    common = mean + normals[:, -2] / np.sqrt(precision)
    logs = common[:, None] + scale[:, None] * normals[:, : len(seen)]
    then: Array = design.contest.baseline.valid * np.exp(logs)
    return then


def _reweigh(change: Array, scale: Array, swing: float, picks: Array) -> NDArray[np.intp]:
    """Members of ``scale`` resampled by the density of the changes seen (compound symmetric Gaussian)."""
    count = change.shape[1]
    mean = change.mean(axis=1)
    inside = ((change - mean[:, None]) ** 2).sum(axis=1)
    between = scale**2 + count * swing**2
    log_weight = -0.5 * (
        (count - 1) * np.log(scale**2) + np.log(between) + inside / scale**2 + count * mean**2 / between
    )
    cumulative = np.cumsum(np.exp(log_weight - log_weight.max()))
    chosen: NDArray[np.intp] = np.searchsorted(cumulative / cumulative[-1], picks).clip(0, len(scale) - 1)
    return chosen
