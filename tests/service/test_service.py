"""The service itself: a real journal, real worker processes, a small model, and a clock that is set."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from service_state import ANN, BALLOTS, BOB, EVE, NIGHT, SANDWELL, WM, document, first, item, night

from forecast.declaration import Declaration
from forecast.errors import Conflict, ContestError, ForecastError, NewsError
from forecast.journal.access import Listing
from forecast.journal.entry import EntryKind
from forecast.service.cross_check import check_desk
from forecast.service.served import UnknownContest
from forecast.service.watch import look_after


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


def test_it_stops_and_its_processes_with_it(tmp_path: Path) -> None:
    async def play() -> None:
        async with night(tmp_path, workers=2) as running:
            await first(running)
            pids = [worker.pid for worker in running.service.workers.makers]
        for pid in filter(None, pids):
            with pytest.raises(ProcessLookupError):
                os.kill(pid, 0)

    asyncio.run(play())
