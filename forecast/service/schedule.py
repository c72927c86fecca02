"""What is done by the clock: forecasts without news, a look at the machine, the cross-check; none overlaps itself.

Seconds are those that pass, not those of the clock: a schedule kept by the time of day stands still for an hour where
the clock is set back by one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from forecast.errors import ForecastError
from forecast.service.metrics import Metrics

__all__ = ["Job", "Schedule"]

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Job:
    """What is done, and every how many seconds; 0 for never."""

    name: str
    act: Callable[[], Awaitable[None]]
    seconds: float


class Schedule:
    """Jobs, each done at its interval on the running loop until it is shut down.

    A run that is late is done once, and one that still runs is not begun again. What a job raises is said until the
    job has succeeded: what failed, when, and when it is tried again.

    Parameters
    ----------
    troubles
        Where it is said, by the job's name.
    """

    def __init__(self, *jobs: Job, troubles: dict[str, str], metrics: Metrics, clock: Callable[[], datetime]) -> None:
        self._troubles, self._metrics, self._clock = troubles, metrics, clock
        self._tasks = [asyncio.create_task(self._repeat(job)) for job in jobs if job.seconds > 0]

    def shutdown(self) -> None:
        """Do nothing more."""
        for task in self._tasks:
            task.cancel()

    async def _repeat(self, job: Job) -> None:
        failing = self._metrics.job_failing.labels(job.name)
        while True:
            await asyncio.sleep(job.seconds)
            try:
                await job.act()
            except Exception as error:
                log.exception("a job of the schedule failed", job=job.name)
                failing.set(1)
                self._metrics.job_failures.labels(job.name).inc()
                self._troubles[f"job {job.name}"] = self._say(job, error)
            else:
                failing.set(0)
                self._troubles.pop(f"job {job.name}", None)

    def _say(self, job: Job, error: Exception) -> str:
        why = " ".join(str(error).split()) if isinstance(error, ForecastError) else type(error).__name__
        now = self._clock()
        again = now + timedelta(seconds=job.seconds)
        return f"{job.name}: failed at {now:%H:%M:%S} UTC ({why}); it is tried again at {again:%H:%M:%S} UTC."
