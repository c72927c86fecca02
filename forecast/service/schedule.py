"""What is done by the clock: forecasts without news, a look at the machine, the cross-check; none overlaps itself."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from apscheduler.schedulers.asyncio import AsyncIOScheduler

__all__ = ["Job", "start_schedule"]

Job = tuple[Callable[[], Awaitable[None]], float]  # what is done, and every how many seconds; 0 for never


def start_schedule(*jobs: Job) -> AsyncIOScheduler:
    """Start doing each job at its interval, on the running loop, until it is shut down.

    A run that is late or was missed is done once; one that still runs is not begun again.
    """
    scheduler = AsyncIOScheduler(
        timezone="UTC", job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
    )
    for job, seconds in jobs:
        if seconds > 0:
            scheduler.add_job(job, "interval", seconds=seconds)
    scheduler.start()
    return scheduler
