"""How many valid votes there are in each area, how many are still to come, and how that is known."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite

import numpy as np
from numpy.typing import NDArray

from forecast.errors import Defect, ForecastError
from forecast.tally import Status, Tally

__all__ = ["REJECT_RATE", "ValidVotes", "bound_valid", "describe_valid", "estimate_valid", "observe_rejects"]

REJECT_RATE = 0.008  # of ballots: between 0.37% (general election, 2019) and 1.90% (supplementary vote, 2021)


@dataclass(frozen=True, slots=True, eq=False)
class ValidVotes:
    """Valid votes of each area, given or assumed.

    Parameters
    ----------
    valid
        (area,) all valid votes, counted or not; NaN where nothing tells.
    uncounted
        (area,) those still to be counted.
    sources
        (area,) where ``valid`` comes from, in words.
    reject_rate
        Share of ballots taken to be rejected where it is not given, 0-1.
    reject_source
        Where that rate comes from, in words.
    """

    valid: NDArray[np.float64]
    uncounted: NDArray[np.float64]
    sources: tuple[str, ...]
    reject_rate: float
    reject_source: str


def estimate_valid(
    tally: Tally, *, reject_rate: float = REJECT_RATE, valid_outstanding: float | None = None
) -> ValidVotes:
    """Valid votes by area: as given, else from the votes of every candidate, else from ballots, else as last time.

    Parameters
    ----------
    reject_rate
        Used where neither the whole contest nor any area tells what share of ballots was rejected.
    valid_outstanding
        Valid votes still to be counted in all, as somebody supposes; shared between the areas outstanding in
        proportion to what is otherwise assumed of them.

    Raises
    ------
    ForecastError
        ``valid_outstanding`` or ``reject_rate`` is not possible.
    """
    _check(reject_rate, valid_outstanding)
    rate, reject_source = _find_reject_rate(tally, reject_rate)
    rejected, declared = _fully(tally, tally.rejected).tolist(), _fully(tally, tally.valid).tolist()
    found = [_find_valid(tally, area, rate, rejected[area], declared[area]) for area in range(len(tally.contest.areas))]
    valid = np.array([votes for votes, _ in found])
    sources = tuple(source for _, source in found)
    estimate = ValidVotes(valid, _find_uncounted(tally, valid), sources, rate, reject_source)
    return estimate if valid_outstanding is None else _suppose(tally, estimate, valid_outstanding)


def bound_valid(tally: Tally) -> NDArray[np.float64]:
    """(area,) the most valid votes there can be: as given, else ballots, else the electorate, else no bound."""
    bound = np.array([np.inf if area.electorate is None else area.electorate for area in tally.contest.areas], float)
    # what a partial count has rejected is rejected; what it has found valid is only part
    for figure in (tally.ballots, tally.ballots - tally.rejected, _fully(tally, tally.valid)):
        bound = np.where(np.isnan(figure), bound, figure)
    return bound


def describe_valid(tally: Tally, estimate: ValidVotes, where: NDArray[np.bool_]) -> str:
    """Where the valid votes of some areas taken together come from, in words; empty for no area.

    Parameters
    ----------
    where
        (area,) the areas meant.
    """
    grouped: dict[str, list[int]] = {}
    for area in np.flatnonzero(where):
        basis = estimate.sources[area].lstrip("0123456789,")  # a count of ballots is added up, not listed
        grouped.setdefault(basis, []).append(int(area))
    parts = []
    for basis, areas in grouped.items():
        count = f"{tally.ballots[areas].sum():,.0f}" if basis.startswith(" ballots verified") else ""
        names = ", ".join(tally.contest.areas[area].name for area in areas)
        parts.append(estimate.sources[areas[0]] if not count else count + basis)
        if len(grouped) > 1:
            parts[-1] += f" ({names if len(areas) <= 3 else f'{len(areas)} areas'})"
    return "; ".join(parts)


def _check(reject_rate: float, valid_outstanding: float | None) -> None:
    if not 0 <= reject_rate < 1:
        raise ForecastError(Defect("reject rate", f"{reject_rate:g} is not a share, 0-1.", "Give 0.008 for 0.8%."))
    if valid_outstanding is not None and not 0 <= valid_outstanding < np.inf:
        raise ForecastError(Defect("valid votes outstanding", f"{valid_outstanding:g} is not a number of votes."))


def _fully(tally: Tally, figure: NDArray[np.float64]) -> NDArray[np.float64]:
    """A figure where it is the whole area's; NaN where the area is partly counted and it is of the part."""
    return np.where(tally.status == Status.PARTIAL, np.nan, figure)


def observe_rejects(tally: Tally) -> tuple[float, float]:
    """Share of ballots rejected, 0-1, and how many areas tell it.

    They are infinitely many once the whole contest tells it; where none does the share is NaN. What a partial count has
    rejected so far says nothing of all the ballots.
    """
    for whole in (tally.whole_rejected, tally.whole_ballots - tally.whole_valid):
        if np.isfinite(whole) and tally.whole_ballots > 0:
            return float(whole / tally.whole_ballots), np.inf
    rejected = _fully(tally, np.where(np.isnan(tally.rejected), tally.ballots - tally.valid, tally.rejected))
    known = np.isfinite(rejected) & (tally.ballots > 0)
    if not known.any():
        return np.nan, 0.0
    return float(rejected[known].sum() / tally.ballots[known].sum()), float(known.sum())


def _find_reject_rate(tally: Tally, supposed: float) -> tuple[float, str]:
    rate, areas = observe_rejects(tally)
    if areas == 0:
        return supposed, "supposed"
    return rate, "rejected in the whole contest" if np.isinf(areas) else "rejected where that was given"


def _find_valid(tally: Tally, area: int, rate: float, rejected: float, valid: float) -> tuple[float, str]:
    """Valid votes of an area and where the figure comes from; NaN where nothing tells.

    Parameters
    ----------
    rejected, valid
        As given for the whole area; NaN where they are not.
    """
    ballots, reported = float(tally.ballots[area]), tally.votes[area]
    everyone = reported[tally.contest.standing[area]]
    if isfinite(valid):
        return valid, "declared"
    if isfinite(ballots - rejected):
        return ballots - rejected, f"{ballots:,.0f} ballots verified less {rejected:,.0f} rejected"
    if tally.status[area] >= Status.PROVISIONAL and np.isfinite(everyone).all():
        return float(everyone.sum()), "the votes of all the candidates"
    if isfinite(ballots):
        return ballots * (1 - rate), f"{ballots:,.0f} ballots verified less {rate:.1%} rejected"
    baseline = tally.contest.baseline
    if isfinite(baseline.valid[area]):
        votes = max(float(baseline.valid[area]), float(np.nansum(reported)))
        return votes, f"turnout of valid votes in {baseline.polling_day.year}"
    return np.nan, "not known"


def _find_uncounted(tally: Tally, valid: NDArray[np.float64]) -> NDArray[np.float64]:
    reported = np.where(np.isnan(tally.valid), np.nansum(tally.votes, axis=1), tally.valid)
    by_share = np.where(np.isnan(tally.valid), valid * (1 - tally.counted), np.nan)
    rest = np.where(np.isnan(by_share), np.maximum(valid - reported, 0), by_share)
    partly = np.where(tally.status == Status.PARTIAL, rest, valid)
    return np.where(tally.status >= Status.PROVISIONAL, 0.0, partly)


def _suppose(tally: Tally, estimate: ValidVotes, total: float) -> ValidVotes:
    """The same, with the votes still to be counted made to sum to a total somebody supposes."""
    coming = tally.status < Status.PROVISIONAL
    if not coming.any():
        return estimate
    weight = np.where(coming, estimate.uncounted, 0.0)
    if not (np.isfinite(weight).all() and weight.sum() > 0):
        weight = coming.astype(np.float64)
    uncounted = total * weight / weight.sum()
    counted = np.where(tally.status == Status.PARTIAL, estimate.valid - estimate.uncounted, 0.0)
    counted = np.where(np.isnan(counted), np.nansum(tally.votes, axis=1), counted)
    valid = np.where(coming, counted + uncounted, estimate.valid)
    sources = tuple(
        "supposed by the user" if now else source for now, source in zip(coming, estimate.sources, strict=True)
    )
    return ValidVotes(valid, uncounted, sources, estimate.reject_rate, estimate.reject_source)
