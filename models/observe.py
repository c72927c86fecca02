"""What a tally says of area shares: linear observations, and the covariance of what blurs them.

    y_r = h_r' p_i + e_r,    cov(e) = s^2 4 (diag y - y y') + q^2 y y'    within an area

y are the shares of those reported. The first term is what a part of the papers, or a provisional figure, may differ by
from all of them; it sums to zero over all candidates, so that it matters not which of them is left out. The second is
an error in the valid votes they are shares of, where these are guessed: it moves all of them alike.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from forecast.contests.contest import Contest
from forecast.tally import Status, Tally
from models.design import Design
from models.link import LogOdds, bound, log_odds
from models.turnout import sd_of_guess

__all__ = ["Observation", "counted_fraction", "counted_votes", "observe"]

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Observation:
    """Linear observations of area shares: row r sees ``direction[r] @ share[area[r]]`` as ``value[r]``.

    ``noise`` (row, row) is the covariance of what blurs them, zero between areas; ``companion`` (row,) marks half-leads
    of the same day's other contest, which differ from this one's by an offset common to all of them.
    """

    area: NDArray[np.intp]
    direction: Array
    value: Array
    noise: Array
    companion: Array

    @property
    def size(self) -> int:
        """Number of observations."""
        return len(self.area)


def observe(design: Design, tally: Tally, valid: Array) -> Observation:
    """What the tally says of area shares, given each area's (expected) valid votes.

    Of an area whose candidates are all reported the last is left out: it says nothing the others do not.
    """
    guess = sd_of_guess(design, tally)
    counted = np.flatnonzero(tally.status >= Status.PARTIAL)
    areas = [_observe_area(design, tally, int(i), float(valid[i]), float(guess[i])) for i in counted]
    found = [*areas, *_observe_companions(design, tally)]
    if design.link is not None:
        found = [link_observation(design, design.link, each) for each in found if each.size]
    return _join(len(design.mean), found)


def link_observation(design: Design, link: LogOdds, seen: Observation) -> Observation:
    """One area's shares as another link has them, what blurs them by the delta method.

    Another contest is taken to move the top two's shares from their baseline by what it moves their half-lead.
    """
    area, places, unit = int(seen.area[0]), seen.area[:1], seen.direction
    if seen.companion.any():
        shares = design.baseline[area] + 2.0 * design.lead * (seen.value[0] - design.baseline[area] @ design.lead)
        return replace(seen, value=unit @ link.link_shares(shares[None, :, None], places)[0, :, 0])
    missing = link.standing[area] & ~unit.any(axis=0)
    shares = seen.value @ unit
    if missing.sum() > 1:
        slope = unit @ (link.scale / (bound(shares) * (1.0 - bound(shares))))
        value = unit @ (link.scale * log_odds(bound(shares)))
        return replace(seen, value=value, noise=slope[:, None] * seen.noise * slope)
    shares[missing] = 1.0 - seen.value.sum()
    moves = unit @ link.slope_of(shares, area) @ (unit.T - missing[:, None])
    return replace(
        seen, value=unit @ link.link_shares(shares[None, :, None], places)[0, :, 0], noise=moves @ seen.noise @ moves.T
    )


def _join(candidates: int, parts: Iterable[Observation]) -> Observation:
    """Observations one after another, independent of each other."""
    none = Observation(np.empty(0, np.intp), np.empty((0, candidates)), np.empty(0), np.empty((0, 0)), np.empty(0))
    found = [none, *parts]
    noise, start = np.zeros((sum(part.size for part in found),) * 2), 0
    for part in found:
        noise[start : start + part.size, start : start + part.size] = part.noise
        start += part.size
    area, direction, value, companion = (
        np.concatenate([getattr(part, name) for part in found]) for name in ("area", "direction", "value", "companion")
    )
    return Observation(area, direction, value, noise, companion)


def _observe_area(design: Design, tally: Tally, area: int, valid: float, guess: float) -> Observation:
    """Shares reported in one area; ``guess`` is the SD of the log of ``valid``."""
    votes, standing = tally.votes[area], design.contest.standing[area]
    total, blur = _counted_total(design, tally, area, valid)
    reported = np.flatnonzero(~np.isnan(votes) & standing) if total > 0 else np.empty(0, np.intp)
    if len(reported) == standing.sum():
        reported = reported[:-1]
    exact = tally.status[area] == Status.PARTIAL and _own_total(design.contest, tally, area) is not None
    share = votes[reported] / total if total > 0 else np.empty(0)
    both = np.outer(share, share)
    return Observation(
        area=np.full(len(reported), area, dtype=np.intp),
        direction=np.eye(len(votes))[reported],
        value=share,
        noise=blur * 4.0 * (np.diag(share) - both) + (0.0 if exact else guess**2) * both,
        companion=np.zeros(len(reported)),
    )


def _counted_total(design: Design, tally: Tally, area: int, valid: float) -> tuple[float, float]:
    """Valid votes behind the figures reported so far, and the variance of an even share about the final one."""
    if tally.status[area] == Status.DECLARED:
        return valid, 0.0
    if tally.status[area] == Status.PROVISIONAL:
        return valid, design.priors.recount_sd**2
    total = counted_votes(design.contest, tally, area, valid)
    fraction = _bounded(total / valid)
    return total, design.priors.batch_sd**2 * (1.0 - fraction) / fraction


def _bounded(fraction: float) -> float:
    return min(max(fraction, 1e-3), 0.999)


def counted_fraction(design: Design, tally: Tally, valid: Array) -> Array:
    """(area,) fraction of the valid votes counted: 0 before any, or where a part does not tell how large it is."""
    fraction = (tally.status >= Status.PROVISIONAL).astype(float)
    for area in np.flatnonzero(tally.status == Status.PARTIAL):
        total = counted_votes(design.contest, tally, int(area), float(valid[area]))
        fraction[area] = _bounded(total / valid[area]) if total > 0 else 0.0
    return fraction


def counted_votes(contest: Contest, tally: Tally, area: int, valid: float) -> float:
    """Valid votes counted so far in a partly counted area of ``valid`` in all; 0 where nothing tells."""
    total = _own_total(contest, tally, area)
    if total is None:
        total = 0.0 if np.isnan(tally.counted[area]) else float(tally.counted[area]) * valid
        return max(total, float(np.nansum(tally.votes[area]))) if total > 0 else 0.0
    return total


def _own_total(contest: Contest, tally: Tally, area: int) -> float | None:
    """The same as the figures themselves give it: the votes of everyone who stands, or the valid votes counted."""
    votes = tally.votes[area][contest.standing[area]]
    if not np.isnan(votes).any():
        return float(votes.sum())
    return None if np.isnan(tally.valid[area]) else float(max(tally.valid[area], np.nansum(votes)))


def _observe_companions(design: Design, tally: Tally) -> list[Observation]:
    """Half-leads of the top two in the same day's other contests, re-based on this contest's baseline.

    None once every area they come from has reported both: they then say nothing of the others.
    """
    found = list(_all_companions(design, tally))
    both = np.isfinite(tally.votes[:, list(design.top)]).all(axis=1) & (tally.status == Status.DECLARED)
    return found if any(not both[each.area[0]] for each in found) else []


def _all_companions(design: Design, tally: Tally) -> Iterator[Observation]:
    first, second = design.top
    pair = design.baseline[:, first] + design.baseline[:, second]
    noise = np.array([[design.priors.companion_area_sd**2]])
    for companion in design.contest.companions:
        for area, reported_at in enumerate(companion.reported_at):
            a, b = companion.votes[area, [first, second]]
            known = reported_at is not None and tally.as_of is not None and reported_at <= tally.as_of
            if not known or np.isnan(a + b):
                continue
            then = float(design.baseline[area] @ design.lead) / pair[area]
            change = (0.5 * (a - b) / (a + b) - then) * pair[area]
            value = float(design.baseline[area] @ design.lead + change)
            yield Observation(np.array([area]), design.lead[None], np.array([value]), noise, np.ones(1))
