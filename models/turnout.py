"""Valid votes in each area: declared exactly, verified less rejected, or drawn from the turnout so far.

    log(valid_i / baseline_i) = t + e_i,   t ~ N(0, turnout_sd^2),   e_i ~ N(0, s^2),   log s ~ N(log median, log_sd^2)

Where ballots are verified an area's valid votes are the ballots less a rejected share, Beta with the prior's mean and
SD. Given s the law of t and of every other area is Gaussian and exact; s is drawn from its prior and weighed by what
was verified. Turnout is taken as independent of the swing.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from forecast.arithmetic.outstanding import observe_rejects
from forecast.tally import Status, Tally
from models.design import Design
from models.small_matrices import first

__all__ = ["draw_valid", "expected_valid", "forget_votes", "sd_of_guess", "stated_valid"]

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


def forget_votes(tally: Tally, area: int, *, ballots_too: bool = False) -> Tally:
    """The tally had an area, by its position, given no votes: of its figures only ballots that came apart are kept.

    Parameters
    ----------
    ballots_too
        Whether not even these are.
    """
    contest, status, ballots = tally.contest, tally.status.copy(), tally.ballots.copy()
    votes, valid, rejected = tally.votes.copy(), tally.valid.copy(), tally.rejected.copy()
    apart = [
        item.ballots
        for item in tally.items
        if item.ballots is not None
        and not item.votes
        and item.area != contest.id
        and contest.area_index(item.area) == area
    ]
    status[area], ballots[area] = Status.VERIFIED, apart[-1] if apart else np.nan
    if ballots_too:
        status[area], ballots[area] = Status.NOTHING, np.nan
    votes[area] = valid[area] = rejected[area] = np.nan
    return replace(tally, status=status, ballots=ballots, votes=votes, valid=valid, rejected=rejected)


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


def draw_valid(
    design: Design, tally: Tally, draws: int, rng: np.random.Generator, *, normals: Array | None = None
) -> Array:
    """(draw, area) valid votes, each at least the votes reported and at most the ballots or the electorate.

    Parameters
    ----------
    normals
        (area + 2, draw) standard normals where these are at hand: of each area, of what they have in common, of its SD.
    """
    normals = rng.standard_normal((len(design.weight) + 2, draws)) if normals is None else normals
    picks = rng.random(draws)
    valid = np.repeat(stated_valid(tally)[:, None], draws, axis=1)
    verified = np.flatnonzero(np.isnan(valid[:, 0]) & np.isfinite(tally.ballots))
    if verified.size:
        rejected = rng.beta(*beta_shape(*reject_rate(design, tally)), draws)
        valid[verified] = tally.ballots[verified, None] * (1.0 - rejected)
    seen = np.isfinite(valid[:, 0])
    if not seen.all():
        valid[~seen] = _unverified(design, valid, seen, normals, picks)
    electorate = np.array([area.electorate or np.inf for area in design.contest.areas])
    ceiling = np.where(np.isfinite(tally.ballots), tally.ballots, electorate)
    np.clip(valid, None, ceiling[:, None], out=valid)
    np.maximum(valid, np.nansum(tally.votes, axis=1)[:, None], out=valid)
    return first(np.rint(valid, out=valid))


def beta_shape(mean: float, sd: float) -> tuple[float, float]:
    """Shape parameters of the Beta with this mean and standard deviation."""
    strength = mean * (1.0 - mean) / sd**2 - 1.0
    return mean * strength, (1.0 - mean) * strength


def _unverified(design: Design, valid: Array, seen: NDArray[np.bool_], normals: Array, picks: Array) -> Array:
    """(area, draw) valid votes of areas whose ballots are not verified, given those (area, draw) of areas seen."""
    priors, then, count = design.priors, design.contest.baseline.valid, int(seen.sum())
    change = np.log(valid[seen] / then[seen, None])
    scale = priors.turnout_area_median * np.exp(priors.turnout_area_log_sd * normals[-1])
    if count:
        scale = scale[_reweigh(change, scale, priors.turnout_sd, picks)]
    precision = 1.0 / priors.turnout_sd**2 + count / scale**2
    common = change.sum(axis=0) / scale**2 / precision + normals[-2] / np.sqrt(precision)
    drawn: Array = then[~seen, None] * np.exp(common + scale * normals[:-2][~seen])
    return drawn


def _reweigh(change: Array, scale: Array, swing: float, picks: Array) -> NDArray[np.intp]:
    """Members of ``scale`` resampled by the density of the changes seen (compound symmetric Gaussian), in their order.

    Members are alike, so that which draw gets which says nothing; in order they are found in a fifth of the time.
    """
    count = len(change)
    mean = change.mean(axis=0)
    inside = ((change - mean) ** 2).sum(axis=0)
    between = scale**2 + count * swing**2
    log_weight = -0.5 * (
        (count - 1) * np.log(scale**2) + np.log(between) + inside / scale**2 + count * mean**2 / between
    )
    cumulative = np.cumsum(np.exp(log_weight - log_weight.max()))
    chosen: NDArray[np.intp] = np.searchsorted(cumulative / cumulative[-1], np.sort(picks)).clip(0, len(scale) - 1)
    return chosen
