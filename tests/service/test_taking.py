"""News taken in: a past night's own, a whole general election at once, items together, items without a time."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from service_state import ANN, BALLOTS, NIGHT, SANDWELL, WM, item, night

from forecast.contests.catalogue import find_contest
from forecast.declaration import read_news
from forecast.errors import ForecastError, NewsError
from forecast.journal.entry import EntryKind
from forecast.service.own_news import open_own_news, past_stages


def test_the_night_so_far_of_a_past_contest_is_in_its_history_and_was_never_on_air(tmp_path: Path) -> None:
    own = [{"contest": "west-midlands", "news": "own", "draws": 1000}]

    async def run() -> None:
        async with night(tmp_path, own) as running:
            desk = running.service.desks.desk("west-midlands")
            await running.until(lambda: desk.past > 0)
            heads = running.store.history("west-midlands")
            assert [head.areas_declared for head in heads] == [0, 1, 2, 3, 4, 5, 6]
            assert [head.number for head in heads] == [1, 2, 3, 4, 5, 6, 7]
            assert [head.at for head in heads[:6]] == sorted(head.at for head in heads[:6])
            assert heads[0].at == datetime(2024, 5, 4, 12, 59, tzinfo=UTC)  # when the last ballots were verified
            assert heads[-1].at == running.clock.now
            assert [head.through for head in heads] == sorted({head.through for head in heads})
            assert (await running.service.on_air("west-midlands")).number == 7
            published = running.store.entries("west-midlands", kinds=[EntryKind.PUBLICATION])
            assert [entry.body["forecast"] for entry in published] == [7]
            assert running.store.check() == ()

    async def later() -> None:
        async with night(tmp_path, own) as again:
            await again.until(lambda: again.service.desks.desk("west-midlands").tried)
            assert [head.number for head in again.store.history("west-midlands")] == [1, 2, 3, 4, 5, 6, 7]

    asyncio.run(run())
    asyncio.run(later())


def test_the_night_so_far_of_many_areas_is_a_few_moments() -> None:
    contest = find_contest("general-election-2019")
    items = open_own_news(contest).items
    stages = past_stages(contest, items)
    assert len(stages) == 8
    assert stages[0] <= stages[1] < stages[-1] < len(items)


def test_a_feed_of_a_whole_general_election_is_taken_in_once(tmp_path: Path) -> None:
    contest = find_contest("general-election-2019")
    items = read_news(contest.directory / "news.csv", contest)[0]
    sent = [(each, f"feed: {n}") for n, each in enumerate(items)]

    async def run() -> None:
        async with night(tmp_path, [{"contest": "general-election-2019"}], debounce_seconds=1000) as running:
            outcomes = await running.service.take_many("general-election-2019", sent, "feed press")
            refused = [each for each in outcomes if isinstance(each, ForecastError)]
            assert len(outcomes) - len(refused) == len(running.service.state("general-election-2019").taken)
            assert len(refused) == 0
            again = await running.service.take_many("general-election-2019", sent, "feed press")
            assert {each.status for each in again if not isinstance(each, ForecastError)} == {"repeated"}
            assert running.store.check() == ()

    asyncio.run(run())


def test_items_taken_together_are_judged_each_after_those_before_it(tmp_path: Path) -> None:
    async def run() -> None:
        async with night(tmp_path) as running:
            same, other = item(SANDWELL), item(SANDWELL, source="other", votes={"parker": 31561, "street": 18590})
            sent = [(item(BALLOTS), "a"), (same, "b"), (same, "b"), (same, "c"), (other, "d")]
            sent.append((item(SANDWELL, votes={"parker": 999_999}), "e"))
            outcomes = await running.service.take_many(WM, sent, "feed press")
            said = ["refused" if isinstance(each, ForecastError) else each.status for each in outcomes]
            assert said == ["accepted", "accepted", "accepted", "repeated", "conflict", "refused"]
            assert len(running.service.state(WM).taken) == 2
            assert len(running.service.state(WM).conflicts) == 1
            with pytest.raises(NewsError, match="item 2"):
                await running.service.take_many(WM, [(item(BALLOTS, area="dudley"), ""), sent[-1]], ANN, whole=True)
            assert len(running.service.state(WM).taken) == 2

    asyncio.run(run())


def test_news_without_a_time_is_given_the_time_at_which_it_came_on_the_night_itself(tmp_path: Path) -> None:
    async def run() -> None:
        async with night(tmp_path) as running:
            running.clock.now = NIGHT + timedelta(hours=2)
            receipt = await running.service.take(WM, item(BALLOTS), ANN, "once")
            assert running.service.state(WM).items[0].at == running.clock.now
            running.clock.now += timedelta(minutes=5)
            assert (await running.service.take(WM, item(BALLOTS), ANN, "once")).status == "repeated"
            timed = item({**BALLOTS, "area": "dudley", "ballots": 76116, "at": "2024-05-04T13:00:00+01:00"})
            await running.service.take(WM, timed, ANN)
            assert running.service.state(WM).items[1].at == NIGHT
            running.clock.now = NIGHT + timedelta(days=700)
            await running.service.take(WM, item({**BALLOTS, "area": "walsall", "ballots": 59983}), ANN)
            assert running.service.state(WM).items[2].at is None
            assert receipt.entry is not None

    asyncio.run(run())
