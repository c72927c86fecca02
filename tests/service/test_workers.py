"""A contest whose forecast hangs holds up no other: they go elsewhere, it is stopped, and is tried again apart."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest
from service_state import SANDWELL, WM_ITEMS, Night, item, night

from forecast.service.rounds import wake_all
from forecast.service.worker import Worker, WorkerLate, WorkerLost
from forecast.service.workers import Workers

ANN = "operator Ann (key 1)"
HANGING, OTHER, THIRD = "hanging", "other", "third"
SERVED = [
    {"contest": "west-midlands", "id": HANGING, "engine": "conditional-fine"},
    {"contest": "west-midlands", "id": OTHER},
    {"contest": "west-midlands", "id": THIRD},
]


async def give(running: Night, contest: str, area: str = "sandwell") -> int:
    """Give a result in; its entry."""
    receipt = await running.service.take(contest, item(SANDWELL, area=area), ANN)
    assert receipt.entry is not None
    return receipt.entry.sequence


async def begun(running: Night) -> None:
    """Wait until every contest has a forecast."""
    for name in (HANGING, OTHER, THIRD):
        await running.until(lambda name=name: running.store.latest(name) is not None)  # type: ignore[misc]


async def seen(running: Night, contest: str, entry: int) -> None:
    """Wait for a contest's forecast that has seen an entry."""
    running.contest = contest
    await running.forecast_after(entry)


def test_while_one_contest_hangs_the_others_on_its_worker_are_forecast(tmp_path: Path) -> None:
    async def play() -> None:
        async with night(tmp_path, SERVED, timeout_seconds=3600) as running:
            await begun(running)
            own = running.service.workers.maker(HANGING)
            process = own.pid
            await give(running, HANGING)
            await running.until(lambda: own.waiting == 1)
            for name in (OTHER, THIRD):  # there is one worker, and it hangs
                await seen(running, name, await give(running, name))
            assert own.late
            assert (own.pid, own.starts) == (process, 1)  # it hangs still
            assert len([each for each in running.service.workers if each.pid]) == 2

    asyncio.run(play())


def test_a_contest_that_hangs_is_stopped_said_and_tried_again_apart_until_it_is_mended(tmp_path: Path) -> None:
    async def play() -> None:
        async with night(tmp_path, SERVED, timeout_seconds=10) as running:
            service = running.service
            await begun(running)
            wrong = await give(running, HANGING)
            await running.until(lambda: "was stopped" in service.state(HANGING).trouble)
            assert (await service.on_air(HANGING)).status == "stale"
            assert {each.contest: each.state for each in service.health().contests}[HANGING] == "degraded"
            await running.until(lambda: service.workers.apart.waiting == 1)  # again, where it holds up nobody
            await seen(running, OTHER, await give(running, OTHER))
            assert service.workers.apart.waiting == 1  # it hangs still
            await service.undo(HANGING, wrong, ANN, "wrong")
            service.workers.apart._process.kill()  # type: ignore[union-attr]  # rather than to wait for its timeout
            await running.until(lambda: not service.state(HANGING).trouble)
            assert not service.workers.failed

    asyncio.run(play())


def test_with_every_worker_late_a_contest_waits_and_no_more_processes_start() -> None:
    async def play() -> None:
        workers = Workers(1)
        for each in (*workers.makers, *workers.spares):
            each._due = 0.0
        waiting = asyncio.create_task(workers.make("one", (60, 60), len, "four"))
        await asyncio.sleep(0.6)
        assert not [each for each in workers if each.pid]
        workers.makers[0]._due = None
        assert await asyncio.wait_for(waiting, 60) == 4
        assert len(list(workers)) == 2 * 1 + 3
        await workers.stop()

    asyncio.run(play())


def test_whoever_waits_behind_a_late_call_leaves_and_the_turn_stays_whole() -> None:
    async def play() -> None:
        worker = Worker("worker")
        late = asyncio.create_task(worker.call_in_time(0.0, 3.0, time.sleep, 60))
        await asyncio.sleep(0.1)
        with pytest.raises(WorkerLate):
            await worker.call_in_time(1.0, 60, len, "four")
        with pytest.raises(WorkerLost):
            await late
        assert await worker.call_in_time(1.0, 60, len, "four") == 4
        worker.stop()

    asyncio.run(play())


def test_what_fails_of_a_contest_is_tried_apart_and_what_does_not_stays_where_it_was() -> None:
    async def play() -> None:
        workers = Workers(1)
        for apart in (False, True):
            with pytest.raises(WorkerLost):
                await workers.make("one", (0.1, 0.1), time.sleep, 60)
            assert (workers.apart.starts > 0) == apart
        assert await workers.make("one", (60, 60), len, "four") == 4
        assert (workers.makers[0].warm, workers.apart.warm) == (True, False)
        await workers.stop()

    asyncio.run(play())


def test_a_closer_look_that_never_ends_is_put_off_and_the_forecast_stays_live(tmp_path: Path) -> None:
    async def play() -> None:
        async with night(tmp_path, engine="log-odds", timeout_seconds=2) as running:
            service, contest = running.service, running.contest
            for few in (WM_ITEMS[:-1], WM_ITEMS[-1:]):
                for each in few:
                    await service.take(contest, each, ANN)
                await running.forecast_after(service.state(contest).changed)
            await running.until(lambda: bool(service.workers.failed))
            own = service.workers.maker(contest)
            await running.until(lambda: own.warm)  # it was stopped, and has forecast again
            for _ in range(2):
                await wake_all(service)  # by the clock, everything is to be looked at
                await asyncio.sleep(0.5)
            assert (own.starts, service.workers.apart.starts) == (2, 0)
            troubles = [each.body for each in running.store.entries(contest) if "trouble" in each.body]
            assert troubles == []
            assert (await service.on_air(contest)).status == "live"

    asyncio.run(play())
