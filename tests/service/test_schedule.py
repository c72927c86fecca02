"""A job of the schedule that fails: what, when and when again is on the health page and measured, until it succeeds."""

from __future__ import annotations

import asyncio
from pathlib import Path

from service_state import SANDWELL, Clock, item, night

from forecast.errors import Defect, ForecastError
from forecast.service.metrics import Metrics
from forecast.service.rounds import cross_check_all
from forecast.service.schedule import Job, Schedule

WM = "west-midlands"


def test_a_contest_that_suits_no_engine_is_said_once_and_harms_nothing(tmp_path: Path) -> None:
    async def play() -> None:
        engines = ("auto", "unsuitable")
        async with night(
            tmp_path, cross_check_engines=engines, cross_check_draws=1000, cross_check_minutes=0.005
        ) as running:
            service, desk = running.service, running.service.desks.desk(WM)
            await running.until(lambda: bool(desk.unchecked))
            await service.take(WM, item(SANDWELL), "operator Ann (key 1)")
            await cross_check_all(service)
            assert not service.workers.checker.waiting
            assert "does not suit" in desk.unchecked
            assert b'forecast_job_failing{job="cross-check"} 0.0' in service.metrics_text()
            assert not service.troubles
            await running.until(lambda: service.health().contests[0].state != "warming")
            (told,) = service.health().contests
            assert (told.state, told.unchecked) == ("ready", desk.unchecked)

    asyncio.run(play())


def test_a_job_that_fails_is_said_and_measured_until_it_succeeds() -> None:
    async def play() -> None:
        troubles, metrics, runs = dict[str, str](), Metrics(), 0

        async def act() -> None:
            nonlocal runs
            runs += 1
            if runs == 1:
                raise ForecastError(Defect("the disk", "is full."))
            await asyncio.Event().wait() if runs == 3 else None

        schedule = Schedule(Job("backup", act, 0.01), troubles=troubles, metrics=metrics, clock=Clock())
        while not troubles:
            await asyncio.sleep(0)
        said = "backup: failed at 12:00:00 UTC (the disk: is full.); it is tried again at 12:00:00 UTC."
        assert troubles == {"job backup": said}
        assert b'forecast_job_failing{job="backup"} 1.0' in metrics.write()
        while runs < 3:
            await asyncio.sleep(0.01)
        assert troubles == {}
        assert b'forecast_job_failing{job="backup"} 0.0' in metrics.write()
        assert b'forecast_job_failures_total{job="backup"} 1.0' in metrics.write()
        schedule.shutdown()

    asyncio.run(play())


def test_a_cross_check_that_cannot_be_done_is_on_the_health_page_and_is_tried_again(tmp_path: Path) -> None:
    async def play() -> None:
        engines = ("auto", "hierarchical")  # the second takes its process with it
        served = [{"contest": WM}, {"contest": WM, "id": "other"}]
        settings = {"cross_check_engines": engines, "cross_check_draws": 1000, "cross_check_minutes": 0.02}
        async with night(tmp_path, served, **settings) as running:
            service = running.service
            await service.take(WM, item(SANDWELL), "operator Ann (key 1)")
            said = f"cross-check: failed at 12:00:00 UTC ({WM}: worker for cross-checks: died"
            await running.until(lambda: any(said in reason for reason in service.health().reasons))
            assert service.health().state == "degraded"
            assert b'forecast_job_failing{job="cross-check"} 1.0' in service.metrics_text()
            assert service.desks.desk("other").checked == 0  # no harm to it
            assert service.desks.desk(WM).checked != service.state(WM).changed
            starts = service.workers.checker.starts
            await running.until(lambda: service.workers.checker.starts > starts)

    asyncio.run(play())
