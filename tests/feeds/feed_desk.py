"""What tests of feeds share: a desk that takes what a feed gives, and a look at the feed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from forecast.contests.catalogue import find_contest
from forecast.declaration import Declaration
from forecast.feeds.health import FeedState
from forecast.feeds.readers import Reader
from forecast.feeds.runner import FeedRunner
from forecast.feeds.source import Source

CONTEST = find_contest("west-midlands")
NEWS = (CONTEST.directory / "news.csv").read_text(encoding="utf-8").splitlines(keepends=True)


class Desk:
    """Takes items as the service does: once for each key."""

    def __init__(self) -> None:
        self.items: dict[str, Declaration] = {}
        self.fault: Exception | None = None

    async def take(self, contest: str, item: Declaration, actor: str, key: str) -> object:
        if self.fault is not None:
            raise self.fault
        assert (contest, actor) == ("wm", "feed one")
        assert key not in self.items, "offered twice"
        self.items[key] = item
        return None

    @property
    def areas(self) -> list[str]:
        return [item.area for item in self.items.values()]


def runner(source: Source, desk: Desk, **more: Any) -> FeedRunner:  # noqa: ANN401 - what a runner takes
    return FeedRunner("one", "wm", source, Reader(CONTEST), desk.take, **more)


def look(feed: FeedRunner, times: int = 1) -> FeedState:
    async def looks() -> None:
        for _ in range(times):
            await feed.once()

    asyncio.run(looks())
    return feed.state


async def until(done: Callable[[], bool], seconds: float = 10.0) -> None:
    async with asyncio.timeout(seconds):
        while not done():
            await asyncio.sleep(0.01)
