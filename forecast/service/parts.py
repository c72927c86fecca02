"""The parts that run while the service does, each its own task: one that fails stops no other, and begins again."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog

__all__ = ["Parts"]

log = structlog.get_logger()

SOONEST, LATEST = 1.0, 60.0  # seconds until a part that has failed begins again
WELL = 300.0  # seconds after which one that has begun again is well


class Parts:
    """Tasks by name.

    Parameters
    ----------
    troubles
        Where what has failed is said, by the part's name.
    soonest
        Seconds until a part that has failed begins again; each time twice as many.
    """

    def __init__(self, troubles: dict[str, str], soonest: float = SOONEST) -> None:
        self.tasks: dict[str, asyncio.Task[None]] = {}
        self.troubles, self.soonest = troubles, soonest

    def run(self, name: str, part: Callable[[], Awaitable[None]]) -> None:
        """Run a part until it ends or everything is stopped; where it raises, that is said, and it begins again.

        One of that name that runs already runs on alone.
        """
        if name in self.tasks and not self.tasks[name].done():
            return
        self.tasks[name] = asyncio.create_task(self._run(name, part), name=name)

    async def stop(self) -> None:
        """Cancel every part, and give them two seconds to end."""
        for each in self.tasks.values():
            each.cancel()
        if self.tasks:
            await asyncio.wait(self.tasks.values(), timeout=2)
        self.tasks.clear()

    async def _run(self, name: str, part: Callable[[], Awaitable[None]]) -> None:
        wait = self.soonest
        while True:
            began = asyncio.get_running_loop().time()
            try:
                await self._once(name, part)
            except Exception as error:
                log.exception("a part of the service has failed", part=name)
                self.troubles[name] = f"{name}: has failed ({type(error).__name__}), and begins again."
            else:
                return
            if asyncio.get_running_loop().time() - began > WELL:
                wait = self.soonest
            await asyncio.sleep(wait)
            wait = min(2 * wait, LATEST)

    async def _once(self, name: str, part: Callable[[], Awaitable[None]]) -> None:
        """Run a part; once it has gone on for long enough, nothing is said of its failures any more."""
        well = asyncio.get_running_loop().call_later(WELL, self.troubles.pop, name, None)
        try:
            await part()
        finally:
            well.cancel()
        self.troubles.pop(name, None)
