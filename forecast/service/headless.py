"""The service without pages: it runs until it is told to stop."""

from __future__ import annotations

import asyncio
import signal
from contextlib import suppress

from forecast.config import Configuration
from forecast.journal.store import Store
from forecast.service.service import Service
from forecast.service.task import EngineNamed

__all__ = ["run_headless"]


def run_headless(store: Store, configuration: Configuration, engine_named: EngineNamed) -> None:
    """Run the service until SIGTERM or an interrupt.

    Raises
    ------
    ContestError
        Where none of the contests loads.
    """
    asyncio.run(_run(Service(store, configuration, engine_named)))


async def _run(service: Service) -> None:
    told, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        with suppress(NotImplementedError):  # not on every system; an interrupt then ends the loop by itself
            loop.add_signal_handler(number, told.set)
    try:
        await service.start()
        await told.wait()
    finally:
        await service.stop()
