"""What is believed of a night before it begins: the hyper-priors, with the reason for each.

Swings are shares (0.01 is a point); a swing is half the change in the lead of the top two. The reasons are the
replays described in docs/model.md; where nothing was measured the number says so by being wide.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from typing import Any

import numpy as np

from forecast.contests.catalogue import shipped_contests
from forecast.contests.contest import Contest

__all__ = ["CONSTITUENCY", "VAGUE", "Priors", "learned_before", "priors_for"]


@dataclass(frozen=True, slots=True)
class Priors:
    """Hyper-priors of the swing model for one kind of contest."""

    swing_sd: float = 0.045  # contest swing without polls: SD 4.3 points over 14 pairs of general elections
    swing_tail: float = 4.0  # degrees of freedom of the contest swing without polls
    poll_swing_sd: float = 0.04  # contest swing around the polls, a local contest
    area_median: float = 0.019  # area swing SD: median of 21 contests of 4 to 14 boroughs
    area_log_sd: float = 0.35
    tail_shape: float = 2.0  # degrees of freedom are 2 + Gamma(shape, rate): fits ran from 3 to 33
    tail_rate: float = 0.25
    many_tails: tuple[float, float, float] = (0.25, 0.5, 0.25)  # of 4, 8 and 30 degrees of freedom, many areas
    size_exponent: tuple[float, float] = (2.0, 3.0)  # Beta: boroughs vary less than seats, more than independence says
    correlated: tuple[float, float] = (2.0, 4.0)  # Beta: share of area variance that neighbours have in common
    length_median: float = 1.0  # in standard deviations of the covariates, per dimension
    length_log_sd: float = 0.5
    option_df: float = 8.0  # Wishart degrees of freedom beyond the number of candidates
    own_slope_sd: float = 0.12  # slope of a party's change on its own baseline share: +0.08, -0.11, +0.05 seen
    own_slope_tail: float = 3.0
    own_share_sd: float = 0.015  # of a change per standard deviation of a candidate's baseline share, many areas
    holder_sd: float = 0.02  # ... where a candidate holds the area
    slope_sd: float = 0.02  # ... per standard deviation of a covariate, many areas
    region_sd: float = 0.015  # a region's own swing: 0.5 to 1.9 points seen
    own_region_sd: float = 0.03  # ... of a nation or capital: 1.8 to 4.0
    level_sd: float = 0.10  # a contest without a baseline: half the lead, before anything is counted
    level_slope_sd: float = 0.04  # ... per standard deviation of a covariate
    level_area_median: float = 0.05  # ... and an area's own
    level_region_sd: float = 0.10  # ... and a region's
    exit_poll_sd: float = 9.0  # seats an exit poll errs by, for a party of any size: 15, 7, 2, 10, 10, 9 seen
    covariate_sd: float = 0.01  # a point of swing per standard deviation of a covariate
    entrant_share: float = 0.03  # an entrant no poll names
    entrant_level_sd: float = 0.6  # of the logit of its contest-wide share
    entrant_slope_sd: float = 1.0  # of the logit per standard deviation of a covariate
    entrant_area_sd: float = 0.6  # scale of the half-normal for an area's deviation from that logit
    entrant_tail: float = 4.0
    takes_concentration: float = 8.0  # Dirichlet: whom an entrant takes its votes from
    departed_concentration: float = 4.0  # Dirichlet: where the votes of an option that is gone went
    squeeze_mean: float = 0.10  # loss of small options when preferences are no longer counted
    squeeze_sd: float = 0.15
    companion_offset_sd: float = 0.10  # how far another contest's swing may differ from this one's, everywhere
    companion_slope_sd: float = 0.30  # ... and in proportion to the baseline lead (a personal vote)
    companion_area_sd: float = 0.025  # ... and in one area alone
    batch_sd: float = 0.03  # counted and uncounted papers of one area at half counted
    recount_sd: float = 0.001  # a provisional figure against the final one
    discrepancy: float = 0.5  # declared against outstanding, in area SDs
    turnout_sd: float = 0.15  # of the log of contest turnout against the baseline's
    turnout_area_median: float = 0.021
    turnout_area_log_sd: float = 0.5
    reject_mean: float = 0.008  # between 0.37% (general election, 2019) and 1.90% (supplementary vote, 2021)
    reject_sd: float = 0.003
    floor: float = 0.01  # softness of the floor that keeps forecast shares above zero


VAGUE = Priors()
CONSTITUENCY = Priors(area_median=0.026, area_log_sd=0.40, poll_swing_sd=0.03, turnout_area_median=0.05)
PERSONAL = 0.024 / 0.019  # areas differ more where votes are personal or somebody new stands
PERSONAL_LOG_SD = 0.20
KINDS = {"mayor": "mayor", "constituency": "constituency", "parliament": "constituency", "president": "president"}
LEARNED = "priors"  # the folder of what `forecast learn` wrote, beside the shipped contests


def priors_for(contest: Contest) -> Priors:
    """The hyper-priors for a kind of contest: by office, whether someone stands without a baseline, and the day.

    What `forecast learn` found in contests before polling day goes before what was believed without them; nothing that
    was learned of later contests, or of this one, is used.
    """
    kind = KINDS.get(contest.office, "")
    before = VAGUE if kind in {"mayor", ""} else CONSTITUENCY
    found = replace(before, **learned_before(contest.polling_day, kind))
    if kind in {"mayor", ""} and np.isnan(contest.baseline.votes).all(axis=0).any():
        spread = float(np.hypot(found.area_log_sd, PERSONAL_LOG_SD))
        return replace(found, area_median=found.area_median * PERSONAL, area_log_sd=spread)
    return found


@cache
def learned_before(day: date, kind: str) -> Mapping[str, Any]:
    """Fields learned of a kind of contest from those polled before a day; none where nothing was."""
    files = sorted((shipped_contests() / LEARNED).glob("*.toml"))
    past = [file for file in files if date.fromisoformat(file.stem) <= day]
    fields = tomllib.loads(past[-1].read_text(encoding="utf-8")).get(kind, {}) if past else {}
    return {name: tuple(value) if isinstance(value, list) else value for name, value in fields.items()}
