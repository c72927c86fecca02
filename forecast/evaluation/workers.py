"""Where tasks run: processes of this machine, or an existing Dask cluster. Both give the same rows."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import get_context

from forecast.errors import Defect, ForecastError
from forecast.evaluation.task import Finished, Task, attempt

__all__ = ["run_local", "run_on_cluster"]

# A task is one thread's work: linear algebra that takes more would only fight over the processors.
ONE_THREAD = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")


def run_local(tasks: Mapping[str, Task], jobs: int) -> Iterator[Finished]:
    """Run tasks by their keys in processes of this machine, each result as soon as it is there.

    A process that dies takes with it only the task that killed it: those that waited or ran beside it are run again,
    one at a time until the one to blame is found.
    """
    waiting = dict(tasks)
    alone = False
    while waiting:
        some = dict(list(waiting.items())[: 1 if alone else None])
        died = False
        for finished in _run_pool(some, 1 if alone else jobs):
            if finished is None:
                died = True
                break
            del waiting[finished.key]
            yield finished
        if died and alone:
            key, task = next(iter(some.items()))
            del waiting[key]
            yield Finished(key, task.label, (), "the process that ran it died, perhaps for want of memory")
        alone = died and not alone


def _run_pool(tasks: Mapping[str, Task], jobs: int) -> Iterator[Finished | None]:
    """Results as they come; None, and the end, where a process died."""
    left = iter(tasks.items())
    with _one_thread(), ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        running: set[Future[Finished]] = set()
        try:
            while True:
                # Few at a time: a task carries its night, and thousands of them would fill memory.
                while len(running) < 2 * jobs and (following := next(left, None)) is not None:
                    running.add(pool.submit(attempt, following[1], following[0]))
                if not running:
                    return
                done, running = wait(running, return_when=FIRST_COMPLETED)
                for future in done:
                    yield future.result()
        except BrokenProcessPool:
            yield None
        finally:
            pool.shutdown(cancel_futures=True)


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


def run_on_cluster(tasks: Mapping[str, Task], address: str) -> Iterator[Finished]:
    """Run tasks by their keys on the Dask cluster whose scheduler listens at an address.

    Its workers must have the same version of this software; each task carries its data with it.

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
        code = {key: task.code for key, task in tasks.items()}
        futures = {
            client.submit(_attempt_same, task, key, code[key], key=f"evaluate-{key}", pure=False): key
            for key, task in tasks.items()
        }
        for future in as_completed(list(futures), loop=client.loop):
            key = futures.pop(future)
            yield _result(future.result, key, tasks[key].label)
            future.release()


def _attempt_same(task: Task, key: str, code: str) -> Finished:
    """Run a task on a worker, unless the worker's code is not the one asked for."""
    if task.code != code:
        return Finished(key, task.label, (), "the worker has another version of this software")
    return attempt(task, key)


def _result(result: Callable[[], Finished], key: str, label: str) -> Finished:
    try:
        return result()
    except Exception as error:  # noqa: BLE001 - a worker that dies loses its task alone
        return Finished(key, label, (), f"{type(error).__name__}: {' '.join(str(error).split())}"[:300])
