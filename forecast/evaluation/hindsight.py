"""What a night's forecaster could not know at a moment, left out: later news, later polls, later counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np

from forecast.contests.contest import Companion, Contest
from forecast.contests.covariates import leave_out_late
from forecast.declaration import Declaration
from forecast.moment import news_through
from forecast.tally import Tally, fold

__all__ = ["Moment", "leave_out_future", "stand_at"]


@dataclass(frozen=True, slots=True, eq=False)
class Moment:
    """A night as it was known just after a number of areas had declared."""

    contest: Contest
    tally: Tally


def stand_at(contest: Contest, items: Sequence[Declaration], declared: int) -> Moment:
    """The contest and the tally as they were known just after a number of areas had declared.

    Parameters
    ----------
    items
        The news of the whole night, all of it admissible.
    """
    known = news_through(contest, items, declared)
    then = leave_out_future(contest, _clock(contest, items, len(known)))
    return Moment(then, fold(then, known))


def _clock(contest: Contest, items: Sequence[Declaration], known: int) -> datetime:
    """The latest time at which the moment can have been.

    That of the latest item known that has one; before any, just before the first that has one; else the day's end.
    """
    past = [item.at for item in items[:known] if item.at is not None]
    coming = [item.at for item in items[known:] if item.at is not None]
    if past:
        return max(past)
    if coming:
        return coming[0] - timedelta(microseconds=1)
    end = datetime.combine(contest.polling_day, time(23, 59, 59), ZoneInfo(contest.timezone))
    return end.astimezone(UTC)


def leave_out_future(contest: Contest, at: datetime) -> Contest:
    """The contest with only the evidence that was out by a time.

    A poll counts from the day it was published, and never if that was after polling day; an exit poll from its release;
    another count's figure from its report; a covariate where it was known before polling day. Where files lie and what
    its editors noted afterwards is taken away too: a model could read the result there. A covariate whose date is not
    known stays: its author answers for it, and the forecast says so.

    Parameters
    ----------
    at
        A moment (aware).
    """
    day = min(at.astimezone(ZoneInfo(contest.timezone)).date(), contest.polling_day)
    return replace(
        leave_out_late(contest),
        polls=tuple(poll for poll in contest.polls if poll.published <= day),
        exit_polls=tuple(poll for poll in contest.exit_polls if poll.released_at <= at),
        companions=tuple(_companion_by(companion, at) for companion in contest.companions),
        alternatives=(),
        directory=Path(),
        notes=(),
    )


def _companion_by(companion: Companion, at: datetime) -> Companion:
    known = np.array([reported is not None and reported <= at for reported in companion.reported_at])
    votes = np.where(known[:, None], companion.votes, np.nan)
    times = tuple(reported if out else None for reported, out in zip(companion.reported_at, known, strict=True))
    return replace(companion, votes=votes, reported_at=times)
