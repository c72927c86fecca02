"""A worker process: it runs functions one at a time, is stopped when one takes too long, and started again."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from multiprocessing import get_context, parent_process
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any

from forecast.environment import ONE_THREAD, environment
from forecast.errors import ContestError, Defect, ForecastError, ModelError, NewsError, Unsuitable

__all__ = ["Worker", "WorkerLate", "WorkerLost", "load_all"]

RAISED: dict[str, type[ForecastError]] = {
    each.__name__: each for each in (ContestError, ForecastError, ModelError, NewsError, Unsuitable)
}
SELDOM = 50_000, 20, 20  # objects made until garbage is looked for: a document of many areas has tens of thousands
PATIENCE = 2.0  # seconds a process has to end when it is asked to
LOOK = 0.25  # seconds between looks at what a worker is doing
STARTING = threading.Lock()  # the environment belongs to the whole process


class WorkerLost(ModelError):  # noqa: N818 - what has happened, by its name
    """A worker that died or took too long; a new one has taken its place."""


class WorkerLate(ModelError):  # noqa: N818 - as above
    """A worker whose call takes far longer than such calls do: whoever waits for it may go elsewhere."""


class Worker:
    """One process that runs functions for us, one at a time."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.warm = False
        self.starts = 0
        self._turn = asyncio.Lock()
        self._threads = ThreadPoolExecutor(max_workers=1, thread_name_prefix=name)
        self._process: BaseProcess | None = None
        self._ours: Connection | None = None
        self._waiting = 0
        self.seconds = 0.0  # that the last call ran
        self._due: float | None = None  # when the call that runs should have ended, by the loop's time

    @property
    def late(self) -> bool:
        """Whether the call that runs takes far longer than such calls do."""
        return self._due is not None and asyncio.get_running_loop().time() > self._due

    @property
    def waiting(self) -> int:
        """Calls that run or wait their turn."""
        return self._waiting

    @property
    def pid(self) -> int | None:
        """The process's number, or None where it has not started."""
        return None if self._process is None else self._process.pid

    async def call[**P, T](self, timeout: float, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """What a function at the top of a module gives, run in the process.

        Parameters
        ----------
        timeout
            Seconds it may run, the wait for its turn not counted.

        Raises
        ------
        WorkerLost
            Where the process died or the time ran out; the next call starts another.
        ForecastError
            What the function raised; ModelError where it raised anything else.
        """
        self._waiting += 1
        try:
            async with self._turn:
                return await self._run(timeout, function, *args, **kwargs)
        finally:
            self._waiting -= 1

    async def call_in_time[**P, T](
        self, patience: float, timeout: float, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """As `call`, for one who goes elsewhere where the call before takes too long.

        Parameters
        ----------
        patience
            Seconds this call may take before those who wait for it go elsewhere.

        Raises
        ------
        WorkerLate
            Where the call before is late: nothing was run.
        """
        self._waiting += 1
        try:
            await self._take_turn()
            try:
                self._due = asyncio.get_running_loop().time() + patience
                return await self._run(timeout, function, *args, **kwargs)
            finally:
                self._due = None
                self._turn.release()
        finally:
            self._waiting -= 1

    def stop(self) -> None:
        """End the process: asked first, killed where it does not."""
        process, self._process, self.warm = self._process, None, False
        if self._ours is not None:
            with suppress(OSError):
                self._ours.close()
            self._ours = None
        if process is not None:
            process.terminate()
            process.join(PATIENCE)
            if process.is_alive():
                process.kill()
                process.join(PATIENCE)
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _take_turn(self) -> None:
        """Wait for our turn in the order of those who asked, for as long as nobody is late."""
        taking = asyncio.ensure_future(self._turn.acquire())
        try:
            while not taking.done() and not self.late:
                await asyncio.wait({taking}, timeout=LOOK)
        except asyncio.CancelledError:
            if not taking.cancel():
                self._turn.release()
            raise
        if not taking.done():
            taking.cancel()
            raise WorkerLate(Defect(self.name, "is busy with what takes too long."))

    async def _run[**P, T](self, timeout: float, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        loop = asyncio.get_running_loop()
        began = loop.time()
        answer = loop.run_in_executor(self._threads, self._ask, timeout, (function, args, kwargs))
        answer.add_done_callback(_look_at)  # nobody else does, where the caller has gone
        kind, value = await asyncio.shield(answer)
        self.seconds = loop.time() - began
        if kind == "value":
            self.warm = True
            found: T = value
            return found
        raise RAISED.get(kind, ModelError)(value)

    def _ask(self, timeout: float, call: tuple[Any, ...]) -> tuple[str, Any]:
        """Send a call and wait for its answer; runs in the worker's one thread."""
        connection = self._started()
        try:
            connection.send(call)
            if not connection.poll(timeout):
                self._discard()
                raise WorkerLost(Defect(self.name, f"took longer than {timeout:g} seconds and was stopped."))
            answer: tuple[str, Any] = connection.recv()
        except (EOFError, OSError) as error:
            self._discard()
            raise WorkerLost(Defect(self.name, "died while it made a forecast.", "Another has started.")) from error
        return answer

    def _started(self) -> Connection:
        if self._process is not None and self._process.is_alive() and self._ours is not None:
            return self._ours
        self._discard()
        context = get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(target=_serve, args=(theirs,), name=self.name, daemon=True)
        with STARTING, environment(ONE_THREAD):
            process.start()
        theirs.close()
        self._process, self._ours = process, ours
        self.starts += 1
        return ours

    def _discard(self) -> None:
        self.warm = False
        if self._process is not None:
            self._process.kill()
            self._process.join(PATIENCE)
        if self._ours is not None:
            self._ours.close()
        self._process = self._ours = None


def _look_at(answer: asyncio.Future[Any]) -> None:
    if not answer.cancelled():
        answer.exception()


def load_all() -> None:
    """What a process does to be there before it is needed: this module's imports."""
    from forecast.service import task  # noqa: F401, PLC0415 - what is loaded now need not be loaded later


def _serve(connection: Connection) -> None:
    """A worker's life: it ends when the service does, however that ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # an interrupt from the keyboard goes to all; the service stops us
    threading.Thread(target=_end_with_service, name="end with the service", daemon=True).start()
    gc.set_threshold(*SELDOM)
    while True:
        try:
            function, args, kwargs = connection.recv()
        except (EOFError, OSError):
            return
        try:
            answer: tuple[str, Any] = "value", function(*args, **kwargs)
        except ForecastError as error:
            answer = type(error).__name__, error.defects
        except Exception as error:  # noqa: BLE001 - a fault of a model must not end the night
            said = " ".join(f"{type(error).__name__}: {error}".split())[:300]
            answer = "ModelError", Defect("model", f"failed: {said}")
        try:
            connection.send(answer)
        except OSError:
            return


def _end_with_service() -> None:
    """Nobody is there for a forecast that is still being made: the processor is needed by the service that follows."""
    if (service := parent_process()) is not None:
        wait([service.sentinel])
        os._exit(1)
