"""The service itself: a real journal, real worker processes, a small model, and a clock that is set."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import time
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from service_state import BALLOTS, NIGHT, SANDWELL, Night, item, night

from forecast.contests.catalogue import find_contest
from forecast.declaration import Declaration, read_news
from forecast.errors import Conflict, ContestError, ForecastError, NewsError
from forecast.journal.access import Listing
from forecast.journal.entry import EntryKind
from forecast.service.cross_check import check_desk
from forecast.service.decision import Decision
from forecast.service.own_news import open_own_news, past_stages
from forecast.service.served import UnknownContest
from forecast.service.watch import look_after

ANN, BOB, EVE = "operator Ann (key 1)", "operator Bob (key 2)", "editor Eve (key 3)"
WM = "west-midlands"


async def first(running: Night) -> None:
    await running.until(lambda: running.store.latest(running.contest, False) is not None)
    await running.service.desks.catch_up()


async def document(running: Night) -> dict[str, Any]:
    shown = await running.service.on_air(running.contest)
    assert shown.document is not None
    found: dict[str, Any] = json.loads(shown.document)
    return found


def test_news_is_on_disk_when_it_is_acknowledged_and_on_air_soon_after(tmp_path: Path) -> None:
    async def play() -> None:
        async with night(tmp_path) as running:
            receipt = await running.service.take(WM, item(SANDWELL), ANN, "k1")
            assert receipt.status == "accepted"
            assert receipt.entry is not None
            assert running.store.entries(WM, kinds=[EntryKind.NEWS]) == [receipt.entry]
            await running.forecast_after(receipt.entry.sequence)
            shown = await running.service.on_air(WM)
            assert (shown.status, shown.reason) == ("live", "")
            said = await document(running)
            assert said["moment"]["areas_declared"] == 1
            assert running.service.health().state == "ready"
            again = await running.service.take(WM, item(SANDWELL), ANN, "k1")
            assert (again.status, again.entry) == ("repeated", receipt.entry)
            with pytest.raises(Conflict):
                await running.service.take(WM, item(BALLOTS), ANN, "k1")
            assert (await running.service.take(WM, item(SANDWELL), BOB)).status == "repeated"
            with pytest.raises(NewsError, match="more than"):
                await running.service.take(WM, item(BALLOTS, ballots=999_999), ANN)
            assert running.service.state(WM).refusals
            assert b'forecast_items_total{contest="west-midlands"} 1.0' in running.service.metrics_text()
            assert b'forecast_refusals_total{contest="west-midlands"} 1.0' in running.service.metrics_text()

    asyncio.run(play())


def test_a_restart_remembers_everything_and_doubles_nothing(tmp_path: Path) -> None:
    served = [{"contest": WM, "news": "own"}]

    async def before() -> tuple[Declaration, ...]:
        async with night(tmp_path, served) as running:
            await first(running)
            assert (await document(running))["moment"]["notice"].startswith("A past night")
            return running.service.state(WM).items

    async def after() -> tuple[Declaration, ...]:
        async with night(tmp_path, served) as running:
            await running.until(lambda: running.service.desks.desk(WM).tried)
            assert len(running.store.history(WM)) == 1  # the same again is not stored again
            return running.service.state(WM).items

    items = asyncio.run(before())
    assert len(items) == 13
    assert asyncio.run(after()) == items


def test_a_hold_keeps_the_last_one_on_air_and_its_release_publishes_the_newest(tmp_path: Path) -> None:
    async def play() -> None:
        async with night(tmp_path) as running:
            await first(running)
            number = (await running.service.on_air(WM)).number
            await running.service.decide(WM, Decision("hold", "look at Sandwell"), EVE)
            receipt = await running.service.take(WM, item(SANDWELL), ANN)
            assert receipt.entry is not None
            await running.forecast_after(receipt.entry.sequence)
            held = await running.service.on_air(WM)
            assert (held.status, held.number) == ("held", number)
            assert running.service.health().state == "held"
            await running.service.decide(WM, Decision("release"), EVE)
            await running.until(lambda: (now := running.store.latest(WM)) is not None and now.number > number)
            await running.service.desks.catch_up()
            assert (await running.service.on_air(WM)).status == "live"

    asyncio.run(play())


def test_an_embargo_hides_it_until_its_time_and_then_publishes(tmp_path: Path) -> None:
    async def play() -> None:
        served = [{"contest": WM, "embargo_until": (NIGHT + timedelta(minutes=5)).isoformat()}]
        async with night(tmp_path, served) as running:
            await first(running)
            assert (await running.service.on_air(WM)).document is None
            assert (await running.service.on_air(WM, editor=True)).document is not None
            assert running.store.latest(WM) is None
            running.clock.now += timedelta(minutes=6)
            await look_after(running.service)
            await running.until(lambda: running.store.latest(WM) is not None)
            await running.service.desks.catch_up()
            assert (await running.service.on_air(WM)).status == "live"

    asyncio.run(play())


def test_two_sources_that_disagree_change_nothing_until_a_person_chooses(tmp_path: Path) -> None:
    async def play() -> None:
        async with night(tmp_path) as running:
            service = running.service
            await service.take(WM, item(SANDWELL), ANN)
            other = item(SANDWELL, votes={"parker": 34961, "street": 18598}, source="agency")
            receipt = await service.take(WM, other, "feed agency", "a1")
            assert receipt.status == "conflict"
            assert receipt.entry is not None
            assert (await service.take(WM, other, "feed agency", "a1")).status == "repeated"
            (conflict,) = service.state(WM).conflicts
            assert len(service.state(WM).items) == 1
            await service.decide(WM, Decision("choose", entry=conflict.sequence, keep="new"), ANN)
            state = service.state(WM)
            assert state.conflicts == ()
            assert [each.kind for each in state.items] == ["declared", "corrected"]
            assert service.desks.desk(WM).tally().votes[3, 0] == 34961
            await service.undo(WM, state.taken[1].sequence, ANN, "the agency erred")
            assert service.desks.desk(WM).tally().votes[3, 0] == 31561
            with pytest.raises(ForecastError, match="undone already"):
                await service.undo(WM, state.taken[1].sequence, ANN, "again")

    asyncio.run(play())


def test_where_it_is_so_configured_a_second_person_confirms(tmp_path: Path) -> None:
    async def play() -> None:
        async with night(tmp_path, confirm=True) as running:
            service = running.service
            receipt = await service.take(WM, item(SANDWELL), ANN)
            assert receipt.status == "pending"
            assert receipt.entry is not None
            confirm = Decision("confirm", entry=receipt.entry.sequence)
            with pytest.raises(ForecastError, match="it was you"):
                await service.decide(WM, confirm, ANN)
            assert service.state(WM).items == ()
            await service.decide(WM, confirm, BOB)
            assert len(service.state(WM).items) == 1
            assert (await service.take(WM, item(BALLOTS), "feed council")).status == "accepted"

    asyncio.run(play())


@pytest.mark.parametrize(("engine", "reason"), [("regression", "no answer after Sandwell"), ("hierarchical", "died")])
def test_an_update_that_fails_keeps_the_last_good_one_on_air_as_stale(tmp_path: Path, engine: str, reason: str) -> None:
    async def play() -> None:
        served = [{"contest": WM, "engine": engine}, {"contest": WM, "id": "other"}]
        async with night(tmp_path, served) as running:
            service = running.service
            await first(running)
            receipt = await service.take(WM, item(SANDWELL), ANN)
            assert receipt.entry is not None
            await running.until(lambda: bool(service.state(WM).trouble))
            shown = await service.on_air(WM)
            assert shown.status == "stale"
            assert shown.document is not None
            assert reason in shown.reason
            health = service.health()
            assert health.state == "degraded"
            assert {each.contest: each.state for each in health.contests}[WM] == "degraded"
            other = await service.take("other", item(SANDWELL), ANN)
            assert other.entry is not None
            running.contest = "other"
            await running.forecast_after(other.entry.sequence)
            assert (await service.on_air("other")).status == "live"
            running.contest = WM
            await service.undo(WM, receipt.entry.sequence, ANN, "wrong")
            await running.until(lambda: not service.state(WM).trouble)
            assert (await service.on_air(WM)).status == "live"

    asyncio.run(play())


def test_a_worker_that_is_killed_is_replaced(tmp_path: Path) -> None:
    async def play() -> None:
        async with night(tmp_path) as running:
            await first(running)
            worker = running.service.workers.maker(WM)
            assert worker.pid is not None
            os.kill(worker.pid, signal.SIGKILL)
            receipt = await running.service.take(WM, item(SANDWELL), ANN)
            assert receipt.entry is not None
            await running.forecast_after(receipt.entry.sequence)
            assert worker.starts == 2

    asyncio.run(play())


def test_engines_that_disagree_beyond_monte_carlo_error_hold_publication(tmp_path: Path) -> None:
    async def play() -> None:
        async with night(tmp_path) as running:
            service, desk = running.service, running.service.desks.desk(WM)
            await first(running)
            check = partial(check_desk, desk, running.store, service.workers.checker, service.engine_named)
            same = await check(engines=("auto", "conditional"), draws=1000)
            assert same is not None
            assert same.agree
            await service.desks.catch_up()
            assert service.state(WM).hold is None
            desk.checked = -1
            apart = await check(engines=("auto", "uniform-swing"), draws=1000)
            assert apart is not None
            assert not apart.agree
            await service.desks.catch_up()
            hold = service.state(WM).hold
            assert hold is not None
            assert hold.actor == "cross-check"
            assert "beyond Monte Carlo error" in hold.reason
            assert await check() is None  # the same news is not checked twice

    asyncio.run(play())


def test_a_contest_that_does_not_load_stops_no_other(tmp_path: Path) -> None:
    async def play() -> None:
        async with night(tmp_path, [{"contest": WM}, {"contest": "nowhere"}]) as running:
            await first(running)
            health = running.service.health()
            assert health.state == "degraded"
            assert any('no contest "nowhere"' in reason for reason in health.reasons)
            assert (await running.service.on_air(WM)).status == "live"
            with pytest.raises(UnknownContest, match="does not load"):
                running.service.state("nowhere")
            with pytest.raises(UnknownContest, match="not served"):
                running.service.state("elsewhere")

    asyncio.run(play())


def test_a_service_of_nothing_but_a_contest_that_does_not_load_does_not_start(tmp_path: Path) -> None:
    async def play() -> None:
        async with night(tmp_path, [{"contest": "nowhere"}]):
            pytest.fail("it started")

    with pytest.raises(ContestError, match="nowhere"):
        asyncio.run(play())


def test_a_test_contest_says_so_everywhere_and_is_there_after_a_restart(tmp_path: Path) -> None:
    async def play() -> None:
        listing = Listing("rehearsal", WM, True, "auto", 1000, 1, NIGHT)
        async with night(tmp_path) as running:
            await running.service.add_contest(listing, EVE)
            assert (await running.service.add_contest(listing, EVE)).id == "rehearsal"
            running.contest = "rehearsal"
            await first(running)
            said = await document(running)
            shown = [said["title"], said["headline"], said["moment"]["notice"], said["moment"]["as_of_display"]]
            shown += [text for each in said["candidates"] for text in (each["win_display"], each["win_words"])]
            assert [text for text in shown if not text.startswith("TEST")] == []
            assert (await running.service.on_air("rehearsal")).status == "test"

    async def again() -> list[str]:
        async with night(tmp_path) as running:
            return [each.id for each in running.service.contests()]

    asyncio.run(play())
    assert asyncio.run(again()) == [WM, "rehearsal"]


def test_a_what_if_stores_nothing(tmp_path: Path) -> None:
    async def play() -> None:
        async with night(tmp_path) as running:
            await first(running)
            before = running.store.last_sequence()
            said = json.loads(await running.service.what_if(WM, ["sandwell.lead=15"]))
            assert said["moment"]["suppositions"]
            assert running.store.last_sequence() == before
            with pytest.raises(ForecastError, match="Did you mean"):
                await running.service.what_if(WM, ["sandwel.lead=15"])
            assert (await running.service.draws_parquet(WM))[:4] == b"PAR1"

    asyncio.run(play())


def test_a_clock_that_is_set_is_said_on_the_health_page(tmp_path: Path) -> None:
    async def play() -> None:
        async with night(tmp_path) as running:
            await look_after(running.service)
            running.clock.now += timedelta(hours=1)
            await look_after(running.service)
            assert any("clock was set by +3600 seconds" in reason for reason in running.service.health().reasons)

    asyncio.run(play())


def test_it_stops_within_five_seconds_and_its_processes_with_it(tmp_path: Path) -> None:
    async def play() -> float:
        async with night(tmp_path, workers=2) as running:
            await first(running)
            pids = [worker.pid for worker in running.service.workers.makers]
            began = time.monotonic()
        for pid in filter(None, pids):
            with pytest.raises(ProcessLookupError):
                os.kill(pid, 0)
        return time.monotonic() - began

    assert asyncio.run(play()) < 5


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


def test_a_feed_of_a_whole_general_election_is_taken_in_within_seconds(tmp_path: Path) -> None:
    contest = find_contest("general-election-2019")
    items = read_news(contest.directory / "news.csv", contest)[0]
    sent = [(each, f"feed: {n}") for n, each in enumerate(items)]

    async def run() -> None:
        async with night(tmp_path, [{"contest": "general-election-2019"}], debounce_seconds=1000) as running:
            started = time.process_time()
            outcomes = await running.service.take_many("general-election-2019", sent, "feed press")
            seconds = time.process_time() - started
            refused = [each for each in outcomes if isinstance(each, ForecastError)]
            assert len(outcomes) - len(refused) == len(running.service.state("general-election-2019").taken)
            assert len(refused) == 0
            again = await running.service.take_many("general-election-2019", sent, "feed press")
            assert {each.status for each in again if not isinstance(each, ForecastError)} == {"repeated"}
            assert running.store.check() == ()
            assert seconds < 10.0

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
