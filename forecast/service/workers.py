"""Worker processes: each contest has its own, which is warm, stopped when it takes too long, and started again."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from multiprocessing import get_context, parent_process
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any
from zlib import crc32

from forecast.errors import ContestError, Defect, ForecastError, ModelError, NewsError

__all__ = ["Worker", "WorkerLost", "Workers"]

# Each process forecasts one contest at a time: linear algebra that takes more threads would only fight over processors.
ONE_THREAD = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
RAISED: dict[str, type[ForecastError]] = {
    each.__name__: each for each in (ContestError, ForecastError, ModelError, NewsError)
}
MOST_WAITING = 20  # who ask at once: each takes a second or more
PATIENCE = 2.0  # seconds a process has to end when it is asked to
STARTING = threading.Lock()  # the environment belongs to the whole process


class WorkerLost(ModelError):  # noqa: N818 - what has happened, by its name
    """A worker that died or took too long; a new one has taken its place."""


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
                loop = asyncio.get_running_loop()
                answer = loop.run_in_executor(self._threads, self._ask, timeout, (function, args, kwargs))
                answer.add_done_callback(_look_at)  # nobody else does, where the caller has gone
                kind, value = await asyncio.shield(answer)
        finally:
            self._waiting -= 1
        if kind == "value":
            self.warm = True
            found: T = value
            return found
        raise RAISED.get(kind, ModelError)(value)

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
        with STARTING, _one_thread():
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


class Workers:
    """The workers that make forecasts, one that answers questions beside them, and one that cross-checks.

    Parameters
    ----------
    count
        Of those that make forecasts; a contest always goes to the same one, which remembers its last.
    """

    def __init__(self, count: int) -> None:
        self.makers = tuple(Worker(f"worker {number}") for number in range(1, count + 1))
        self.asked = Worker("worker for what-ifs")
        self.checker = Worker("worker for cross-checks")

    def maker(self, contest: str) -> Worker:
        """The worker of a contest."""
        return self.makers[crc32(contest.encode()) % len(self.makers)]

    async def start(self) -> None:
        """Start the processes that make forecasts, all at once."""
        await asyncio.gather(*(worker.call(60, _nothing) for worker in self.makers))

    async def stop(self) -> None:
        """End every process."""
        await asyncio.gather(*(asyncio.to_thread(each.stop) for each in (*self.makers, self.asked, self.checker)))

    async def answer[**P, T](self, timeout: float, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """What a function gives to somebody who asks, as `Worker.call`; refused where too many wait for theirs.

        Raises
        ------
        ModelError
            Where they do.
        """
        if self.asked.waiting >= MOST_WAITING:
            raise ModelError(Defect("what-if", "too many others wait for theirs.", "Ask again in a moment."))
        return await self.asked.call(timeout, function, *args, **kwargs)

    @property
    def queue(self) -> int:
        """Calls that run or wait."""
        return sum(worker.waiting for worker in (*self.makers, self.asked, self.checker))


def _look_at(answer: asyncio.Future[Any]) -> None:
    if not answer.cancelled():
        answer.exception()


def _nothing() -> None:
    """What a process does to be there before it is needed: this module's imports."""
    from forecast.service import task  # noqa: F401, PLC0415 - what is loaded now need not be loaded later


def _serve(connection: Connection) -> None:
    """A worker's life: it ends when the service does, however that ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # an interrupt from the keyboard goes to all; the service stops us
    threading.Thread(target=_end_with_service, name="end with the service", daemon=True).start()
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


@contextmanager
def _one_thread() -> Iterator[None]:
    """Processes started meanwhile use one thread each."""
    before = {name: os.environ.get(name) for name in ONE_THREAD}
    os.environ.update(ONE_THREAD)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
