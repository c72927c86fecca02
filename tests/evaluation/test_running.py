"""Many tasks run, resumed, killed, and spread over a cluster."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
from small_night import ROOT, dying, failing, night, task, unanswering
from toy_model import toy

from forecast.errors import ForecastError
from forecast.evaluation.orders import Order
from forecast.evaluation.run import evaluate
from forecast.evaluation.store import Store
from forecast.evaluation.task import Finished, Task, attempt, run_task
from forecast.evaluation.workers import split_batches


def tasks_for(*models: object) -> list[Task]:
    return [task(model, Order("random", number), (3,)) for number in (1, 2, 3) for model in models]


def cut_after(count: int) -> object:
    def follow(batches: Iterable[tuple[Finished, ...]], total: int) -> Iterator[tuple[Finished, ...]]:
        for done, each in enumerate(batches, start=1):
            yield each
            if done == count:
                raise KeyboardInterrupt

    return follow


@pytest.mark.slow
def test_an_evaluation_cut_short_does_only_the_rest_when_it_is_run_again(tmp_path: Path) -> None:
    store = Store(tmp_path)
    with pytest.raises(KeyboardInterrupt):
        evaluate(tasks_for(toy, unanswering), store, follow=cut_after(4))  # type: ignore[arg-type]
    done = len(store.read())
    assert done >= 4
    with store.path.open("a") as file:
        file.write('{"key": "cut off while it was writ')
    again = evaluate(tasks_for(toy, unanswering), store)
    assert (again.made, again.kept) == (6 - done, done)
    assert len(again.table) == 6
    third = evaluate(tasks_for(toy, unanswering), store)
    assert (third.made, third.kept) == (0, 6)
    assert third.table.drop("seconds").equals(again.table.drop("seconds"), null_equal=True)


@pytest.mark.slow
def test_one_task_of_a_batch_that_kills_its_process_takes_no_other_with_it(tmp_path: Path) -> None:
    past = night()
    together = [replace(each, night=past) for each in tasks_for(toy, dying, unanswering)]
    assert len(split_batches({str(number): each for number, each in enumerate(together)})) == 1
    done = evaluate(together, Store(tmp_path), jobs=2)
    assert done.table["status"].to_list() == 3 * ["scored", "failed", "no answer"]
    alone = [row for each in together if each.model is toy for row in run_task(each)]
    kept = done.table.filter(pl.col("status") == "scored")
    assert kept["lead_crps"].to_list() == [row["lead_crps"] for row in alone]


@pytest.mark.slow
def test_a_model_that_fails_and_one_that_kills_its_process_stop_nothing(tmp_path: Path) -> None:
    done = evaluate(tasks_for(toy, failing, dying), Store(tmp_path), jobs=2)
    assert done.table["status"].to_list() == 3 * ["scored", "failed", "failed"]
    assert len(done.failures) == 6
    assert sum("divided by nothing" in each for each in done.failures) == 3
    assert sum("died" in each for each in done.failures) == 3
    again = evaluate(tasks_for(toy, failing), Store(tmp_path))
    assert (again.made, again.kept) == (3, 3)


def test_results_come_back_from_the_disk_as_they_went(tmp_path: Path) -> None:
    finished = attempt(task(), "a key")
    store = Store(tmp_path)
    store.append(finished)
    (back,) = store.read().values()
    assert repr(back) == repr(finished)


@pytest.mark.slow
def test_a_dask_cluster_gives_the_same_rows_as_this_machine(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    address = f"tcp://127.0.0.1:{port}"
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    here = f"import sys; sys.path[:0] = {[str(ROOT), str(ROOT / 'tests'), str(ROOT / 'tests' / 'evaluation')]!r}; "
    start = "from distributed.cli.dask_{0} import main; main()"
    options = {
        "scheduler": ["--host", "127.0.0.1", "--port", port, "--no-dashboard"],
        "worker": [address, "--nthreads", "1", "--no-dashboard", "--no-nanny", "--local-directory", str(tmp_path)],
    }
    processes = [
        subprocess.Popen([sys.executable, "-c", here + start.format(kind), *options[kind]], **quiet)  # type: ignore[call-overload]
        for kind in ("scheduler", "worker", "worker")
    ]
    try:
        there = evaluate(tasks_for(toy, unanswering, failing), Store(tmp_path / "there"), scheduler=address)
    finally:
        for process in reversed(processes):
            process.terminate()
            process.wait(20)
    here_done = evaluate(tasks_for(toy, unanswering, failing), Store(tmp_path / "here"), jobs=2)
    assert there.failures == here_done.failures
    assert there.table.drop("seconds").equals(here_done.table.drop("seconds"), null_equal=True)


def test_a_scheduler_that_does_not_answer_is_said_in_one_line(tmp_path: Path) -> None:
    pytest.importorskip("distributed")
    with pytest.raises(ForecastError, match="no Dask scheduler answers at nowhere"):
        evaluate([task()], Store(tmp_path), scheduler="nowhere://127.0.0.1:1")
