"""What tests of readers share: the shipped night, and what a reading gave."""

from __future__ import annotations

from typing import Any

from forecast.contests.catalogue import find_contest
from forecast.declaration import read_news
from forecast.feeds.reading import Reading
from forecast.journal.item_json import write_item

CONTEST = find_contest("west-midlands")
NEWS = CONTEST.directory / "news.csv"
ITEMS, _ = read_news(NEWS, CONTEST)
SHIPPED = [write_item(item) for item in ITEMS]


def given_by(reading: Reading) -> list[dict[str, Any]]:
    assert reading.defects == ()
    return [write_item(item) for item in reading.items]


def only(reading: Reading) -> str:
    assert reading.items == ()
    assert len(reading.defects) == 1, reading.defects
    return str(reading.defects[0])
