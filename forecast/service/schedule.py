"""What is done by the clock: forecasts without news, a look at the machine, the cross-check; none overlaps itself.

Seconds are those that pass, not those of the clock: a schedule kept by the time of day stands still for an hour where
the clock is set back by one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog

__all__ = ["Job", "Schedule", "start_schedule"]

log = structlog.get_logger()

Job = tuple[Callable[[], Awaitable[None]], float]  # what is done, and every how many seconds; 0 for never


class Schedule:
    """Jobs that are done until it is shut down."""

    def __init__(self, jobs: tuple[Job, ...]) -> None:
        self._tasks = [asyncio.create_task(_repeat(job, seconds)) for job, seconds in jobs if seconds > 0]

    def shutdown(self) -> None:
        """Do nothing more."""
        for task in self._tasks:
            task.cancel()


def start_schedule(*jobs: Job) -> Schedule:
    """Start doing each job at its interval, on the running loop.

    A run that is late is done once, and one that still runs is not begun again; what a job raises is logged.
    """
    return Schedule(jobs)


async def _repeat(job: Callable[[], Awaitable[None]], seconds: float) -> None:
    while True:
        await asyncio.sleep(seconds)
        try:
            await job()
        except Exception:
            log.exception("a job of the schedule failed")
