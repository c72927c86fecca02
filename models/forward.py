"""From Gaussian shares to a posterior: what both engines do alike once the swings are drawn.

Areas outstanding get a common extra shift against those declared, N(0, (discrepancy g area)^2 omega) and half of it by
sub-region, with g = 1/4 + 3/4 imbalance: what has declared is never a fair sample of what has not. Shares then pass a
soft floor, z -> f log(1 + exp(z / f)), and are scaled to sum to one; what declared areas have reported stays as it is,
and what others have is never floored: `models.remainder`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from forecast.tally import Status, Tally
from models.design import Design
from models.gaussian import psd_root
from models.observe import counted_fraction, counted_votes
from models.remainder import add_counted, keep_reported, share_remainder
from models.single import log1p_exp_single
from models.small_matrices import first, last
from models.turnout import expected_valid

__all__ = [
    "count_groups",
    "declared_votes",
    "group_of",
    "imbalance",
    "outstanding_shift",
    "repeat_reported",
    "settle_shares",
    "shift_strength",
]

Array = NDArray[np.float64]


def imbalance(design: Design, tally: Tally) -> float:
    """How unlike the declared areas the outstanding ones are, 0-1: standardised differences over two."""
    counted = tally.status >= Status.PROVISIONAL
    if not counted.any() or counted.all():
        return 0.0
    weight = design.weight
    features = np.column_stack([design.positions, design.log_size])
    spread = np.sqrt(weight @ (features - weight @ features) ** 2)
    inside = weight[counted] @ features[counted] / weight[counted].sum()
    outside = weight[~counted] @ features[~counted] / weight[~counted].sum()
    differences = np.abs(inside - outside) / np.where(spread > 0, spread, 1.0)
    return float(min(1.0, np.sqrt(np.mean(differences**2)) / 2.0))


def count_groups(design: Design) -> int:
    """Number of sub-regions."""
    return len(np.unique(np.argmax(design.same_group > 0, axis=1)))


def group_of(design: Design) -> NDArray[np.intp]:
    """(area,) the place of its sub-region among them."""
    group: NDArray[np.intp] = np.unique(np.argmax(design.same_group > 0, axis=1), return_inverse=True)[1]
    return group


def shift_strength(design: Design, tally: Tally) -> Array:
    """(area,) SD of the shift that areas outstanding share and those declared do not, in SDs of an area's swing.

    Of a partly counted area only the votes still to be counted are shifted.
    """
    if not (tally.status >= Status.PROVISIONAL).any():
        return np.zeros(len(design.weight))
    strength = design.priors.discrepancy * (0.25 + 0.75 * imbalance(design, tally))
    return strength * (1.0 - counted_fraction(design, tally, expected_valid(design, tally)))


def outstanding_shift(design: Design, tally: Tally, area_sd: Array, omega: Array, rng: np.random.Generator) -> Array:
    """(draw, area, candidate) the shift that areas outstanding share and those declared do not.

    Parameters
    ----------
    area_sd
        (draw,) SD of an area's swing.
    omega
        (draw, candidate, candidate) its covariance across candidates.
    """
    normals = rng.standard_normal((1 + count_groups(design), len(design.mean), len(area_sd)))
    units, strength = first(normals[0] + 0.5 * normals[1:][group_of(design)]), shift_strength(design, tally)
    if not strength.any():
        return np.zeros(units.shape)
    shift: Array = (strength[:, None] * area_sd[:, None, None] * units) @ psd_root(omega).transpose(0, 2, 1)
    return shift


def settle_shares(design: Design, tally: Tally, shares: Array, valid: Array, *, heeded: bool = True) -> Array:
    """(draw, area, candidate) shares above zero that sum to one and repeat what declared areas have reported.

    Parameters
    ----------
    shares
        (draw, area, candidate) Gaussian draws; of another link, the shares they stand for.
    valid
        (draw, area) valid votes.
    heeded
        Whether ``shares`` heed the votes that areas have reported without declaring. If not, provisional votes are
        repeated like declared ones, and partly counted areas count the rest as they would have counted all.
    """
    standing, floor = design.contest.standing, design.priors.floor
    reported = declared_votes(tally, Status.DECLARED if heeded else Status.PROVISIONAL)
    drawn = (np.isnan(reported) & standing).any(axis=1)
    settled = np.empty((*standing.shape, len(shares)))
    for area, all_of_it in enumerate(~drawn):  # one at a time, which the processor's cache holds
        here = slice(area, area + 1)
        if all_of_it:
            settled[area] = np.nan_to_num(reported[area])[:, None] / np.maximum(valid[:, area], 1.0)
        else:
            asked = np.isnan(reported[area]) & standing[area]  # what is reported is repeated, not drawn
            positive = np.zeros_like(settled[here])
            positive[0, asked] = last(shares)[area, asked]
            if design.link is None:
                positive[0, asked] = soften(positive[0, asked], floor)
            settled[here] = last(repeat_reported(reported[here], first(positive), valid[:, here]))
    whole = first(settled)
    for place in np.flatnonzero(heeded & (tally.status == Status.PROVISIONAL)):
        kept = np.isfinite(tally.votes[place]) & standing[place]
        whole[:, place] = keep_reported(kept, shares[:, place], whole[:, place])
    finish_counts(design, tally, shares if heeded else None, whole, valid)
    return whole


def soften(shares: Array, floor: float) -> Array:
    """The floor f log(1 + exp(z / f)) of shares z, written so that nothing overflows.

    What is added to max(z, 0) is known within 1e-7 of a floor.
    """
    raised = np.abs(shares)
    raised *= -1.0 / floor
    softened: Array = np.maximum(shares, 0.0)
    softened += floor * log1p_exp_single(raised)
    return softened


def finish_counts(design: Design, tally: Tally, shares: Array | None, settled: Array, valid: Array) -> None:
    """Make, in place, the shares of partly counted areas those of the votes counted and of a remainder."""
    expected = expected_valid(design, tally)
    fraction = counted_fraction(design, tally, expected)
    for area in np.flatnonzero((tally.status == Status.PARTIAL) & (fraction > 0.0)):
        votes = np.where(design.contest.standing[area], tally.votes[area], 0.0)
        total = counted_votes(design.contest, tally, int(area), float(expected[area]))
        rest = settled[:, area]
        if shares is not None:
            rest = share_remainder(votes / total, float(fraction[area]), shares[:, area], rest)
        settled[:, area] = add_counted(votes, total, rest, valid[:, area])


def declared_votes(tally: Tally, least: Status = Status.DECLARED) -> Array:
    """(area, candidate) votes reported where an area has declared, or come as far as ``least``, else NaN."""
    votes: Array = np.where((tally.status >= least)[:, None] & tally.contest.standing, tally.votes, np.nan)
    return votes


def repeat_reported(reported: Array, share: Array, valid: Array) -> Array:
    """(draw, area, candidate) shares that repeat the votes reported; the others share what those leave.

    Parameters
    ----------
    reported
        (area, candidate) votes, NaN where they are to be drawn.
    share
        (draw, area, candidate) shares, none negative.
    valid
        (draw, area) valid votes.
    """
    fixed = np.isfinite(reported)
    some = np.flatnonzero(fixed.any(axis=1))
    settled = last(share).copy(order="K")
    settled[fixed] = 0.0
    known = np.nan_to_num(reported)[some][:, :, None] / np.maximum(last(valid)[some], 1.0)[:, None]
    total = np.maximum(settled.sum(axis=1), np.finfo(share.dtype).tiny)
    rest = np.ones_like(total)
    rest[some] = np.maximum(1.0 - known.sum(axis=1), 0.0)
    settled *= (rest / total)[:, None]
    settled[some] += known
    return first(settled)
