"""A night that ships, read and folded once."""

from __future__ import annotations

from functools import cache

from forecast.contests.catalogue import find_contest, shipped_contests
from forecast.contests.contest import Contest
from forecast.declaration import Declaration, read_news
from forecast.tally import Tally, fold


@cache
def night(name: str) -> tuple[Contest, tuple[Declaration, ...], Tally]:
    contest = find_contest(str(shipped_contests() / name))
    news, defects = read_news(contest.directory / "news.csv", contest)
    assert defects == ()
    return contest, news, fold(contest, news)
