"""Where tasks run: processes of this machine, or an existing Dask cluster. Both give the same rows."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context

from forecast.environment import ONE_THREAD, environment
from forecast.errors import Defect, ForecastError
from forecast.evaluation.orders import Order
from forecast.evaluation.task import Finished, Task, attempt_all

__all__ = ["run_local", "run_on_cluster", "split_batches"]

type Batch = dict[str, Task]

AREAS_AT_ONCE = 100  # in one batch, an area counted once for each order
DIED = "the process that ran it died, perhaps for want of memory"

# The C library would hand large arrays back to the system and fetch them again for the next forecast.
KEEP_MEMORY = dict.fromkeys(("MALLOC_TRIM_THRESHOLD_", "MALLOC_MMAP_THRESHOLD_"), "1000000000")
SETTINGS = ONE_THREAD | KEEP_MEMORY


def split_batches(tasks: Mapping[str, Task]) -> list[Batch]:
    """Tasks by their keys in batches that a process takes at once: some orders of one night, each with all its models.

    A night is then sent and unpacked once for many forecasts, and what its models all look at is worked out once. The
    longest nights come first, so that no process is left with one at the end.
    """
    batches: dict[tuple[int, int], Batch] = {}
    orders: dict[int, dict[Order, int]] = {}
    for key, task in tasks.items():
        seen = orders.setdefault(id(task.night), {})
        place = seen.setdefault(task.order, len(seen))
        together = max(AREAS_AT_ONCE // len(task.night.contest.areas), 1)
        batches.setdefault((id(task.night), place // together), {})[key] = task
    return sorted(batches.values(), key=lambda batch: -len(next(iter(batch.values())).night.contest.areas))


def run_local(tasks: Mapping[str, Task], jobs: int) -> Iterator[tuple[Finished, ...]]:
    """Run tasks by their keys in processes of this machine, the results of each batch as soon as they are there.

    A process that dies takes with it only the task that killed it: the batches that ran beside it are run again alone,
    and the one that dies again is halved until the task to blame is found.
    """
    waiting = deque(split_batches(tasks))
    suspects: deque[Batch] = deque()
    while waiting or suspects:
        if not suspects:
            suspects += yield from _run_pool(waiting, jobs)
            continue
        batch = suspects.popleft()
        if not (yield from _run_pool(deque([batch]), 1)):
            continue
        if len(batch) == 1:
            yield tuple(Finished(key, task.label, (), DIED) for key, task in batch.items())
        else:
            items = list(batch.items())
            suspects.extendleft([dict(items[len(items) // 2 :]), dict(items[: len(items) // 2])])


def _run_pool(waiting: deque[Batch], jobs: int) -> Generator[tuple[Finished, ...], None, list[Batch]]:
    """Results as they come, until none waits or a process dies; what ran then is returned."""
    running: dict[Future[tuple[Finished, ...]], Batch] = {}
    with environment(SETTINGS), ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        try:
            while waiting or running:
                # Few at a time: a batch carries its night, and thousands of them would fill memory.
                while waiting and len(running) < 2 * jobs:
                    running[pool.submit(attempt_all, waiting[0])] = waiting[0]
                    waiting.popleft()
                for future in wait(running, return_when=FIRST_COMPLETED).done:
                    done = future.result()
                    del running[future]
                    yield done
        except BrokenProcessPool:
            return list(running.values())
        finally:
            pool.shutdown(cancel_futures=True)
    return []


def run_on_cluster(tasks: Mapping[str, Task], address: str) -> Iterator[tuple[Finished, ...]]:
    """Run tasks by their keys on the Dask cluster whose scheduler listens at an address.

    Its workers must have the same version of this software; each batch carries its data with it.

    Raises
    ------
    ForecastError
        Where Dask is not installed or nothing answers there.
    """
    try:
        from distributed import Client, as_completed
    except ImportError as error:
        what = "Dask is not installed."
        raise ForecastError(Defect("--scheduler", what, 'Install "count-night[dask]".')) from error
    try:
        client = Client(address, timeout=10, set_as_default=False)
    except (OSError, ValueError) as error:
        raise ForecastError(Defect("--scheduler", f"no Dask scheduler answers at {address}.")) from error
    with client:
        futures = {
            client.submit(_attempt_same, batch, _codes(batch), key=f"evaluate-{next(iter(batch))}", pure=False): batch
            for batch in split_batches(tasks)
        }
        for future in as_completed(list(futures), loop=client.loop):
            yield _result(future.result, futures.pop(future))
            future.release()


def _codes(batch: Batch) -> dict[str, str]:
    return {key: task.code for key, task in batch.items()}


def _attempt_same(batch: Batch, codes: Mapping[str, str]) -> tuple[Finished, ...]:
    """Run tasks on a worker, unless the worker's code is not the one asked for."""
    if _codes(batch) != codes:
        said = "the worker has another version of this software"
        return tuple(Finished(key, task.label, (), said) for key, task in batch.items())
    return attempt_all(batch)


def _result(result: Callable[[], tuple[Finished, ...]], batch: Batch) -> tuple[Finished, ...]:
    try:
        return result()
    except Exception as error:  # noqa: BLE001 - a worker that dies loses what it held alone
        said = f"{type(error).__name__}: {' '.join(str(error).split())}"[:300]
        return tuple(Finished(key, task.label, (), said) for key, task in batch.items())
