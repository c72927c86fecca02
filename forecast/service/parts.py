"""The parts that run while the service does, each its own task: one that fails stops no other."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog

__all__ = ["Parts"]

log = structlog.get_logger()


class Parts:
    """Tasks by name."""

    def __init__(self) -> None:
        self.tasks: dict[str, asyncio.Task[None]] = {}

    def run(self, name: str, part: Callable[[], Awaitable[None]]) -> None:
        """Run a part until it ends or everything is stopped; what it raises is logged and stops nothing else."""
        self.tasks[name] = asyncio.create_task(_run(name, part), name=name)

    async def stop(self) -> None:
        """Cancel every part, and give them two seconds to end."""
        for each in self.tasks.values():
            each.cancel()
        if self.tasks:
            await asyncio.wait(self.tasks.values(), timeout=2)
        self.tasks.clear()


async def _run(name: str, part: Callable[[], Awaitable[None]]) -> None:
    try:
        await part()
    except Exception:
        log.exception("a part of the service has ended", part=name)
