"""One task of an evaluation: a night, an order, a model; and its rows of scores."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache
from typing import Protocol

import numpy as np

from forecast.contests.catalogue import shipped_contests
from forecast.contests.contest import Contest
from forecast.declaration import Declaration
from forecast.errors import ModelError
from forecast.evaluation.code_digest import digest_code
from forecast.evaluation.hindsight import Moment, stand_at
from forecast.evaluation.marks import MARKS, LeadInterval, mark, mark_interval
from forecast.evaluation.nights import PastNight
from forecast.evaluation.orders import Order, reorder
from forecast.evaluation.truth import Truth, find_truth
from forecast.posterior import Posterior
from forecast.simulation import simulate
from forecast.tally import Tally

__all__ = [
    "COLUMNS",
    "Contender",
    "Finished",
    "Row",
    "Task",
    "attempt",
    "attempt_all",
    "failed_rows",
    "key_of",
    "run_task",
]

type Row = dict[str, str | int | float]

COLUMNS = ("night", "family", "weight", "order", "order_number", "contender", "made_by", "areas", "declared", "status",
           "reason", "seconds", *MARKS)  # fmt: skip


class Contender(Protocol):
    """A model, or a peer that says of the lead alone."""

    def __call__(self, contest: Contest, tally: Tally, *, draws: int, seed: int) -> Posterior | LeadInterval:
        """What is expected given the tally."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Task:
    """A night in one order, forecast by one model at some checkpoints.

    Parameters
    ----------
    contender
        The model's name on the scoreboard.
    model
        A function that can be found by its module and name, so that another process can run it.
    checkpoints
        Numbers of areas declared.
    """

    night: PastNight
    order: Order
    contender: str
    model: Contender
    checkpoints: tuple[int, ...]
    draws: int
    seed: int

    @property
    def label(self) -> str:
        """What it is, in a few words."""
        number = f" {self.order.number}" if self.order.number else ""
        return f"{self.night.contest.id}, {self.contender}, {self.order.kind}{number}"

    @property
    def code(self) -> str:
        """The version of the code that its scores depend on."""
        return digest_code(type(self).__module__, self.model_name.partition(":")[0])

    @property
    def model_name(self) -> str:
        """The model's module and function."""
        function = getattr(self.model, "func", self.model)
        return f"{function.__module__}:{getattr(function, '__qualname__', '')}"


@dataclass(frozen=True, slots=True)
class Finished:
    """What came of a task: its rows or, where it failed, one line that says why."""

    key: str
    label: str
    rows: tuple[Row, ...]
    error: str = ""


def key_of(task: Task) -> str:
    """Name of a task's result: any change of data, code, parameters or seed makes another."""
    parts = (
        _digest_of(task.night), digest_learned(task.night.contest.polling_day), task.night.family, task.code,
        task.contender, task.model_name, task.order.kind,
        task.order.number, task.checkpoints, task.draws, task.seed,
    )  # fmt: skip
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:32]


@cache
def digest_learned(day: date) -> str:
    """The version of what had been learned of past contests by a day, which models may believe."""
    files = [each for each in sorted(shipped_contests().glob("priors/*.toml")) if each.stem <= day.isoformat()]
    return hashlib.sha256(b"".join(each.read_bytes() for each in files)).hexdigest()


@lru_cache(maxsize=1)
def _digest_of(night: PastNight) -> str:
    return night.digest


def attempt(task: Task, key: str) -> Finished:
    """Run a task; a failure is a result with its one-line reason, whatever it is."""
    try:
        return Finished(key, task.label, tuple(run_task(task)))
    except Exception as error:  # noqa: BLE001 - one failed task never loses the rest
        said = " ".join(str(error).split())
        return Finished(key, task.label, (), f"{type(error).__name__}: {said}"[:300])


def attempt_all(tasks: Mapping[str, Task]) -> tuple[Finished, ...]:
    """Run tasks by their keys, one after another: those of one night and order share what they all look at."""
    return tuple(attempt(task, key) for key, task in tasks.items())


def run_task(task: Task) -> Iterator[Row]:
    """A row for each checkpoint: its scores, or that the model has no answer there, and why."""
    for declared in task.checkpoints:
        yield _stop_at(task, _truth_of(task.night), declared)


# A night is one object among tasks that came together, so that its identity is a good name for what is kept of it.


@lru_cache(maxsize=1)
def _truth_of(night: PastNight) -> Truth:
    return find_truth(night.contest, night.items)


@lru_cache(maxsize=1)
def _items_in(night: PastNight, order: Order) -> tuple[Declaration, ...]:
    return reorder(night.contest, night.items, order)


@lru_cache(maxsize=16)
def _moment_of(night: PastNight, order: Order, declared: int) -> Moment:
    return stand_at(night.contest, _items_in(night, order), declared)


def failed_rows(task: Task, error: str) -> tuple[Row, ...]:
    """A row for each checkpoint of a task that failed: no score, and why."""
    return tuple(_blank(task, declared) | {"status": "failed", "reason": error} for declared in task.checkpoints)


def _blank(task: Task, declared: int) -> Row:
    """The row of a checkpoint before anything is scored."""
    night, contest = task.night, task.night.contest
    return {
        "night": contest.id, "family": night.family, "weight": night.weight, "order": task.order.kind,
        "order_number": task.order.number, "contender": task.contender, "made_by": "", "areas": len(contest.areas),
        "declared": declared, "status": "no answer", "reason": "", "seconds": np.nan, **dict.fromkeys(MARKS, np.nan),
    }  # fmt: skip


def _stop_at(task: Task, truth: Truth, declared: int) -> Row:
    row = _blank(task, declared)
    moment = _moment_of(task.night, task.order, declared)
    began = time.perf_counter()
    try:
        posterior = task.model(moment.contest, moment.tally, draws=task.draws, seed=task.seed)
    except ModelError as error:
        return row | {"reason": " ".join(str(error).split())}
    seconds = time.perf_counter() - began
    row |= {"made_by": posterior.model, "status": "scored", "seconds": seconds}
    if isinstance(posterior, LeadInterval):
        return row | mark_interval(posterior, truth)
    simulation = simulate(posterior, moment.tally, seed=task.seed)
    return row | mark(simulation, moment.tally, truth, np.random.default_rng([task.seed, declared]))
