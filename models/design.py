"""A contest as the swing model sees it: baseline shares, covariates and polls.

Pure reading of a contest into arrays; no randomness and no parameters. Both engines start here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from forecast.contests.contest import Contest, Poll
from models.link import LinkName, LogOdds, link_log_odds
from models.priors import Priors

__all__ = ["Design", "current_polls", "design_contest"]

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Design:
    """What does not change during a night.

    Parameters
    ----------
    baseline
        (area, candidate) shares at the baseline, 0 for entrants.
    departed
        (area,) share of options nobody stands for now.
    weight
        (area,) share of the contest's baseline vote.
    mean
        (candidate,) contest-wide shares at the baseline.
    expected
        (candidate,) contest-wide shares expected before the count: polls, or the baseline with an entrant's guess.
    polled
        Whether ``expected`` comes from polls.
    covariates
        (area, covariate) standardised.
    positions
        (area, dimension) covariates and baseline lead, standardised: what makes areas alike.
    same_group
        (area, area) 1 where two areas are of the same sub-region.
    log_size
        (area,) log of the electorate over its mean.
    entrants
        Positions of candidates without a baseline.
    top
        Positions of the two candidates expected to lead.
    lead
        (candidate,) weights of half the top two's lead: +1/2, -1/2.
    small
        (candidate,) 1 for candidates with a baseline outside the top two.
    takes
        (entrant, candidate) prior mean of whom an entrant takes from; sums to 1.
    squeezed
        Whether the voting system changed from one that counts preferences.
    link
        What swings are swings of, unless of shares.
    """

    contest: Contest
    priors: Priors
    baseline: Array
    departed: Array
    weight: Array
    mean: Array
    expected: Array
    polled: bool
    covariates: Array
    positions: Array
    same_group: Array
    log_size: Array
    entrants: tuple[int, ...]
    top: tuple[int, int]
    lead: Array
    small: Array
    takes: Array
    squeezed: bool
    link: LogOdds | None = None


def standardise(columns: Array) -> Array:
    """Columns with mean 0 and standard deviation 1; a constant column becomes 0."""
    centred = columns - columns.mean(axis=0)
    spread = centred.std(axis=0)
    return centred / np.where(spread > 0, spread, 1.0)


def average_polls(contest: Contest, filled: Array) -> Array | None:
    """Contest-wide shares by the polls published by polling day, (candidate,), or None without polls.

    Polls weigh by sample size and halve every fourteen days; candidates no poll names keep ``filled``.
    """
    polls = current_polls(contest)
    if not polls:
        return None
    weights = np.array([_poll_weight(poll.sample, poll.published, contest.polling_day) for poll in polls])
    shares = np.array([poll.shares for poll in polls])
    weight = np.where(np.isnan(shares), 0.0, weights[:, None])
    total = weight.sum(axis=0)
    average = np.where(total > 0, np.nansum(weight * np.nan_to_num(shares), axis=0) / np.maximum(total, 1e-12), filled)
    normalised: Array = average / average.sum()
    return normalised


def current_polls(contest: Contest) -> list[Poll]:
    """Polls published by polling day: a later one could not be known on the night."""
    return [poll for poll in contest.polls if poll.published <= contest.polling_day]


def _poll_weight(sample: int | None, published: date, polling_day: date) -> float:
    return float((sample or 1000) * 0.5 ** ((polling_day - published).days / 14))


def entrants_of(contest: Contest) -> tuple[int, ...]:
    """Positions of candidates whom the baseline knows nowhere."""
    unknown = np.isnan(contest.baseline.votes).all(axis=0)
    return tuple(int(c) for c in np.flatnonzero(unknown))


def design_contest(contest: Contest, priors: Priors, link: LinkName = "share") -> Design:
    """Read a contest into the arrays of the swing model."""
    valid = contest.baseline.valid
    votes = np.nan_to_num(contest.baseline.votes)
    baseline = votes / valid[:, None]
    weight = valid / valid.sum()
    mean = weight @ baseline
    entrants = entrants_of(contest)
    guess = mean.copy()
    guess[list(entrants)] = priors.entrant_share
    polled = average_polls(contest, guess)
    expected = guess / guess.sum() if polled is None else polled
    top = _top_two(expected)
    lead = np.zeros(len(contest.candidates))
    lead[list(top)] = 0.5, -0.5
    covariates = _covariates(contest)
    lead_then = (baseline @ lead)[:, None]
    groups = np.array([area.group or f"only {area.id}" for area in contest.areas])
    small = np.ones(len(contest.candidates))
    small[list(entrants)] = 0.0
    small[list(top)] = 0.0
    return Design(
        contest=contest,
        priors=priors,
        baseline=baseline,
        departed=contest.baseline.departed / valid,
        weight=weight,
        mean=mean,
        expected=expected,
        polled=polled is not None,
        covariates=covariates,
        positions=standardise(np.hstack([covariates, lead_then])),
        same_group=(groups[:, None] == groups[None, :]).astype(float),
        log_size=_log_size(contest, valid),
        entrants=entrants,
        top=top,
        lead=lead,
        small=small,
        takes=_takes(contest, entrants, mean),
        squeezed=contest.baseline.rule == "supplementary vote" and contest.rule.name == "plurality",
        link=None if link == "share" else link_log_odds(baseline, mean, expected, contest.standing, entrants),
    )


def _top_two(expected: Array) -> tuple[int, int]:
    order = np.argsort(-expected, kind="stable")
    return int(order[0]), int(order[1])


def _covariates(contest: Contest) -> Array:
    columns = [contest.covariates[name] for name in contest.slopes]
    return standardise(np.column_stack(columns)) if columns else np.zeros((len(contest.areas), 0))


def _log_size(contest: Contest, valid: Array) -> Array:
    size = np.array([area.electorate or np.nan for area in contest.areas], dtype=float)
    size = valid if np.isnan(size).any() else size
    relative: Array = np.log(size / size.mean())
    return relative


def _takes(contest: Contest, entrants: tuple[int, ...], mean: Array) -> Array:
    """(entrant, candidate): named sides first, the rest from everyone in proportion to the baseline."""
    takes = np.zeros((len(entrants), len(contest.candidates)))
    for row, entrant in enumerate(entrants):
        for name, share in contest.candidates[entrant].takes_from.items():
            takes[row, contest.candidate_index(name)] = share
        takes[row] += (1.0 - takes[row].sum()) * mean / mean.sum()
    return takes
