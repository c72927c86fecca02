"""News as a table: the format of a contest's own ``news.csv``."""

from __future__ import annotations

from forecast.contests.contest import Contest
from forecast.declaration import parse_news
from forecast.errors import NewsError
from forecast.feeds.reading import Reading, check_days, check_size, check_text, few

__all__ = ["read_csv_news"]


def read_csv_news(data: bytes, contest: Contest, *, name: str = "news.csv") -> Reading:
    """The items of a table of news, each line by itself: a bad one spoils no other.

    Parameters
    ----------
    data
        As `forecast.declaration.read_news` describes it.
    name
        What messages call it.
    """
    try:
        check_size(data, name)
        check_text(data, name)
    except NewsError as error:
        return Reading((), error.defects)
    return few(check_days(Reading(*parse_news(data, contest, name=name)), contest, name), name)
