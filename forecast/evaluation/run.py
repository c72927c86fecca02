"""An evaluation from its tasks to its scoreboard: only what is not there yet is run, and each result kept at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from forecast.charts.drawing import write_chart
from forecast.errors import Defect, ForecastError
from forecast.evaluation.page import Making, write_page
from forecast.evaluation.pictures import draw_pictures
from forecast.evaluation.store import Store, as_table, write_table
from forecast.evaluation.task import Finished, Task, failed_rows, key_of
from forecast.evaluation.workers import run_local, run_on_cluster

if TYPE_CHECKING:
    import polars as pl

__all__ = ["Evaluation", "evaluate", "write_scoreboard"]

type Batches = Iterable[tuple[Finished, ...]]
type Follow = Callable[[Batches, int], Batches]


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What an evaluation came to.

    Parameters
    ----------
    table
        A row for each forecast asked for.
    failures
        One line for each task that failed.
    made, kept
        How many tasks were run now, and how many had been before.
    """

    table: pl.DataFrame
    failures: tuple[str, ...]
    made: int
    kept: int


def evaluate(
    tasks: Iterable[Task], store: Store, *, jobs: int = 1, scheduler: str = "", follow: Follow | None = None
) -> Evaluation:
    """Run the tasks whose results the store does not hold, keeping each as soon as it is there.

    A task that failed before is tried again. What was done under other data, code or parameters stays in the store and
    is not looked at.

    Parameters
    ----------
    jobs
        Processes of this machine.
    scheduler
        Address of a Dask scheduler to run on instead.
    follow
        Shows progress: handed batches of results as they come, and how many results there will be.
    """
    wanted = {key_of(task): task for task in tasks}
    before = {key: each for key, each in store.read().items() if key in wanted and not each.error}
    waiting = {key: task for key, task in wanted.items() if key not in before}
    running = run_on_cluster(waiting, scheduler) if scheduler and waiting else run_local(waiting, jobs)
    found: dict[str, Finished] = dict(before)
    for results in follow(running, len(waiting)) if follow else running:
        store.append(*results)
        found |= {finished.key: finished for finished in results}
    inorder = [found[key] for key in wanted]
    failures = tuple(f"{each.label}: {each.error}" for each in inorder if each.error)
    rows = (replace(each, rows=failed_rows(wanted[each.key], each.error)) if each.error else each for each in inorder)
    return Evaluation(as_table(rows), failures, len(waiting), len(before))


def write_scoreboard(evaluation: Evaluation, directory: Path, page: Path, making: Making) -> Mapping[str, Path]:
    """Write ``scores.parquet`` into the directory, and the page with its pictures beside it.

    Returns
    -------
    What was written, by name.
    """
    pictures = page.parent / "pictures"
    try:
        pictures.mkdir(parents=True, exist_ok=True)
        write_table(evaluation.table, directory / "scores.parquet")
        drawn = draw_pictures(evaluation.table)
        for name, spec in drawn.items():
            write_chart(spec, pictures / f"{name}.svg")
        shown = [(f"pictures/{name}.svg", str(spec["title"]["text"])) for name, spec in drawn.items()]
        page.write_text(write_page(evaluation.table, making, shown), encoding="utf-8", newline="\n")
    except OSError as error:
        raise ForecastError(Defect(str(error.filename or page), f"cannot be written: {error.strerror}.")) from error
    return {"scores": directory / "scores.parquet", "page": page, "pictures": pictures}
