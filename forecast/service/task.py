"""What a worker process does: one contest's forecast after the items of news it is given, a what-if, its draws.

A worker keeps the last update of each contest, so that the next one need not make again what was before the news since:
of several items that came together it says what they have done together. What a call needs under harder assumptions,
and of many areas the forecast without those in doubt, is looked at only where that is asked for: it takes several times
as long as the forecast.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from forecast.agreement import Agreement, compare
from forecast.alarms.integrity import admit
from forecast.bulletin.summary import Forecast
from forecast.contests.catalogue import find_contest
from forecast.contests.contest import Contest
from forecast.declaration import Declaration
from forecast.night import Night, Update
from forecast.posterior import Model
from forecast.service.test_mark import mark_test
from forecast.setting import read_settings
from forecast.what_if import suppose

__all__ = [
    "EngineNamed",
    "Finished",
    "Task",
    "cross_check",
    "draws_of",
    "forget",
    "look_closer",
    "past",
    "remake",
    "update",
    "warm",
    "what_if",
]

EngineNamed = Callable[[Any, Contest], Model]


@dataclass(frozen=True, slots=True)
class Task:
    """Everything a forecast is made of; it travels to another process.

    Parameters
    ----------
    id
        Under which the contest is served.
    contest, baseline
        Name or directory of the contest, and the baseline where it is not the contest's own.
    engine_named
        The models, by a function at the top of a module.
    items
        All the news so far.
    notice
        What must be said with the forecast.
    test
        Whether everything shown is marked as a test.
    """

    id: str
    contest: str
    baseline: str | None
    engine: str
    draws: int
    seed: int
    engine_named: EngineNamed
    items: tuple[Declaration, ...] = ()
    notice: str = ""
    test: bool = False


@dataclass(frozen=True, slots=True)
class Finished:
    """A document as JSON text, which engine made it and how long that took.

    Parameters
    ----------
    waiting
        Whether something has still to be looked at, as of `Update`.
    """

    document: str
    model: str
    seconds: float
    waiting: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class _Last:
    items: tuple[Declaration, ...]
    notice: str
    test: bool
    update: Update


_nights: dict[str, tuple[object, Night]] = {}  # by listing; a worker process forecasts one contest at a time
_last: dict[str, _Last] = {}


def warm(task: Task) -> Finished:
    """Load everything a contest needs and make its first forecast."""
    return update(task)


def update(task: Task) -> Finished:
    """The forecast after the task's items."""
    started = time.perf_counter()
    return _finished(task, _updated(task), started)


def look_closer(task: Task) -> Finished:
    """The same with everything looked at that was left for later."""
    started = time.perf_counter()
    made = _updated(task)
    if made.waiting:
        made = _night(task).look_closer(made)
        _last[task.id] = replace(_last[task.id], update=made)
    return _finished(task, made, started)


def remake(task: Task) -> Finished:
    """The same, made again by what is warm now."""
    _last.pop(task.id, None)
    return update(task)


def what_if(task: Task, settings: Sequence[str]) -> str:
    """The document that would follow if settings such as ``sandwell.lead=15`` came true."""
    night = _night(task)
    present = _updated(task)
    supposed = suppose(night, task.items, present, read_settings(settings, night.contest))
    return _document(task, supposed.forecast)


def past(task: Task, known: int, before: int) -> Finished:
    """The forecast after the first ``known`` of the task's items, explained against that after ``before`` of them."""
    started = time.perf_counter()
    night = _night(task)
    reckoning = night.reckon_items(admit(night.contest, task.items[:before]).tally.items) if known else None
    return _finished(task, night.update(task.items[:known], before=reckoning), started)


def draws_of(task: Task) -> bytes:
    """The draws of the present moment as a Parquet file."""
    from forecast.outlets.draws import write_draws  # noqa: PLC0415 - polars is loaded only where draws are asked for

    return write_draws(_updated(task).reckoning.simulation, _night(task).contest)


def cross_check(task: Task, engines: tuple[str, str], draws: int) -> Agreement:
    """Two engines' forecasts of the task's items side by side."""
    contest = find_contest(task.contest, task.baseline)
    nights = [Night(contest, task.engine_named(engine, contest), draws, task.seed) for engine in engines]
    first, second = (night.update(task.items, explain=False, stress=False).forecast for night in nights)
    return compare(first, second)


def forget(contest: str) -> None:
    """Give back the memory of a contest that is served no more."""
    _nights.pop(contest, None)
    _last.pop(contest, None)


def _night(task: Task) -> Night:
    facts = (task.contest, task.baseline, task.engine, task.draws, task.seed)
    known = _nights.get(task.id)
    if known is None or known[0] != facts:
        contest = find_contest(task.contest, task.baseline)
        known = facts, Night(contest, task.engine_named(task.engine, contest), task.draws, task.seed)
        forget(task.id)
        _nights[task.id] = known
    return known[1]


def _updated(task: Task) -> Update:
    night, last = _night(task), _last.get(task.id)
    if last is not None and last.test != task.test:
        last = None  # nothing is explained by what was before a rehearsal, or in it
    if last is not None and last.items == task.items and last.notice == task.notice:
        return last.update
    made = night.update(task.items, last=None if last is None else last.update, stress=False, notice=task.notice)
    _last[task.id] = _Last(task.items, task.notice, task.test, made)
    return made


def _finished(task: Task, made: Update, started: float) -> Finished:
    document = _document(task, made.forecast)
    return Finished(document, made.forecast.provenance.model, time.perf_counter() - started, made.waiting)


def _document(task: Task, forecast: Forecast) -> str:
    return (mark_test(forecast) if task.test else forecast).to_json(indent=None)
