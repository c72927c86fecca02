"""Faults and calls over the bank of nights, on all cores; and their pages."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from forecast.contests.contest import Contest
from forecast.errors import Defect, ForecastError
from forecast.evaluation.call_trials import CallTask, CallTrial, try_calls
from forecast.evaluation.fault_trials import FaultTask, Trial, try_night
from forecast.evaluation.nights import PastNight
from forecast.evaluation.orders import orders_for
from forecast.evaluation.workers import SETTINGS
from forecast.posterior import Model

__all__ = ["CALLED", "SPOILT", "run_calls", "run_faults", "write_page"]

SPOILT = ("few areas", "650 seats", "presidents", "referendum")  # families; the West Midlands are tuned on by nothing
CALLED = (*SPOILT, "west midlands")

type Engine = Callable[[Contest], Model]


def run_faults(nights: Iterable[PastNight], engine: Engine, seed: int, jobs: int) -> list[Trial]:
    """Every trial of the nights of families that faults are put into."""
    tasks = [FaultTask(each, engine(each.contest), seed) for each in nights if each.family in SPOILT]
    return [trial for trials in _spread(try_night, tasks, jobs) for trial in trials]


def run_calls(nights: Iterable[PastNight], engine: Engine, seed: int, jobs: int) -> list[CallTrial]:
    """Every night in its own order where that is known, a random one, and those that mislead."""
    chosen = [each for each in nights if each.family in CALLED or each.family == "own"]
    tasks = [
        CallTask(each, order, engine(each.contest), seed)
        for each in chosen
        for order in orders_for(each.contest, each.items, 1)
    ]
    return [trial for trials in _spread(try_calls, tasks, jobs) for trial in trials]


def write_page(said: str, page: Path) -> None:
    """Write a page.

    Raises
    ------
    ForecastError
        Where it cannot be written.
    """
    try:
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text(said, encoding="utf-8", newline="\n")
    except OSError as error:
        raise ForecastError(Defect(str(error.filename or page), f"cannot be written: {error.strerror}.")) from error


def _spread[T, R](work: Callable[[T], R], tasks: Sequence[T], jobs: int) -> Iterator[R]:
    """The results of tasks, in their order, from as many processes."""
    if jobs == 1 or len(tasks) <= 1:
        yield from map(work, tasks)
        return
    os.environ.update(SETTINGS)
    with ProcessPoolExecutor(min(jobs, len(tasks)), mp_context=get_context("spawn")) as pool:
        yield from pool.map(work, tasks)
