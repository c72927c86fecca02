"""The worker processes of a night: each contest's forecasts are made where none waits long for another's."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import suppress
from zlib import crc32

from forecast.errors import Defect, ModelError
from forecast.service.worker import Worker, WorkerLate, WorkerLost, load_all

__all__ = ["Workers"]

MOST_WAITING = 20  # who ask at once: each takes a second or more
TIMES, LEAST, FIRST = (
    4.0,
    1.5,
    5.0,
)  # times what is usual, and seconds, that others wait; seconds where that is not known
LOOK = 0.25  # seconds between looks for a free worker


class Workers:
    """The workers that make forecasts, one that answers questions beside them, and one that cross-checks.

    A contest has a worker that is its own and remembers its last forecast. While another contest's forecast takes far
    longer there than it does otherwise, those who wait go to another worker, or to a spare one, which is started when
    it is first needed. A contest whose forecast was stopped or took its process with it is tried again apart from all
    others, until it succeeds.

    Parameters
    ----------
    count
        Of those that make forecasts, and of the spare ones: at most ``2 * count + 3`` processes in all.
    """

    def __init__(self, count: int) -> None:
        self.makers = tuple(Worker(f"worker {number}") for number in range(1, count + 1))
        self.spares = tuple(Worker(f"spare worker {number}") for number in range(1, count + 1))
        self.apart = Worker("worker for contests that fail")
        self.asked = Worker("worker for what-ifs")
        self.checker = Worker("worker for cross-checks")
        self.failed: set[tuple[str, object]] = set()  # contests to be tried apart, and what is done
        self._usual: dict[tuple[str, object], float] = {}  # seconds, by contest and what is done
        self._starting: set[asyncio.Task[None]] = set()

    def maker(self, contest: str) -> Worker:
        """The worker that is a contest's own."""
        return self.makers[crc32(contest.encode()) % len(self.makers)]

    async def start(self) -> None:
        """Start the processes that make forecasts, all at once."""
        await asyncio.gather(*(worker.call(60, load_all) for worker in self.makers))

    async def stop(self) -> None:
        """End every process."""
        await asyncio.gather(*(asyncio.to_thread(each.stop) for each in self))

    async def make[**P, T](
        self,
        contest: str,
        timeouts: tuple[float, float],
        function: Callable[P, T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """What a function gives that makes a contest's forecast, as `Worker.call`.

        Parameters
        ----------
        timeouts
            Seconds it may run in a process that is warm, and in one that is not.
        """
        call = contest, function
        usual = self._usual.get(call)
        while True:
            if (worker := self._place(*call)) is None:
                await asyncio.sleep(LOOK)
                continue
            patience = FIRST if usual is None or not worker.warm else max(LEAST, TIMES * usual)
            try:
                found = await worker.call_in_time(patience, timeouts[not worker.warm], function, *args, **kwargs)
            except WorkerLate:
                continue
            except WorkerLost:
                self._set_apart(call, worker)
                raise
            self._usual[call] = worker.seconds if usual is None else (usual + worker.seconds) / 2
            self.failed.discard(call)
            return found

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
        return sum(worker.waiting for worker in self)

    def __iter__(self) -> Iterator[Worker]:
        yield from (*self.makers, *self.spares, self.apart, self.asked, self.checker)

    def _place(self, contest: str, function: object) -> Worker | None:
        """Where a contest's forecast is made now; None where every worker is late."""
        if (contest, function) in self.failed:
            return None if self.apart.late else self.apart
        own = self.maker(contest)
        if not own.late:
            return own
        for among in (self.makers, self.spares):
            in_time = [worker for worker in among if not worker.late]
            if in_time:
                return min(in_time, key=lambda worker: worker.waiting)
        return None

    def _set_apart(self, call: tuple[str, object], worker: Worker) -> None:
        """Try a contest apart from now on, and have the process that it has ended there again before it is needed."""
        self.failed.add(call)
        if worker is not self.apart:
            starting = asyncio.create_task(_start(worker))
            self._starting.add(starting)
            starting.add_done_callback(self._starting.discard)


async def _start(worker: Worker) -> None:
    with suppress(ModelError):  # it is started when it is called, else
        await worker.call(60, load_all)
