"""Tasks: a night, an order and a model, scored the same every time, kept under what they depend on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from small_night import failing, news, night, task, unanswering
from toy_model import toy

from forecast.evaluation.code_digest import digest_code
from forecast.evaluation.marks import MARKS
from forecast.evaluation.orders import Order
from forecast.evaluation.plan import Plan, plan_tasks
from forecast.evaluation.task import Task, attempt, key_of, run_task
from forecast.evaluation.workers import split_batches


def without_time(rows: Iterable[dict[str, str | int | float]]) -> str:
    return repr([{name: value for name, value in row.items() if name != "seconds"} for row in rows])


def test_a_task_gives_the_same_rows_every_time() -> None:
    once, again = without_time(run_task(task())), without_time(run_task(task()))
    assert once == again
    assert once != without_time(run_task(replace(task(), seed=2)))


def test_a_task_scores_every_checkpoint() -> None:
    rows = list(run_task(task()))
    assert [row["declared"] for row in rows] == [0, 3, 6]
    assert all(row["status"] == "scored" and np.isfinite(float(row["lead_crps"])) for row in rows)
    assert set(MARKS) <= set(rows[0])


def test_a_model_without_an_answer_says_so_in_its_rows() -> None:
    rows = list(run_task(task(unanswering)))
    assert {row["status"] for row in rows} == {"no answer"}
    assert "it never knows" in str(rows[0]["reason"])


def test_a_failure_is_one_line() -> None:
    finished = attempt(task(failing), "k")
    assert finished.error == "ZeroDivisionError: the model divided by nothing"
    assert finished.rows == ()


def test_the_key_changes_with_data_code_parameters_and_seed_and_with_nothing_else() -> None:
    base = task()
    other = (*news()[:-1], replace(news()[-1], votes={"parker": 1, "street": 2, "yakoob": 3}))
    different = [
        replace(base, seed=2), replace(base, draws=301), replace(base, checkpoints=(0, 3)),
        replace(base, model=failing),
        replace(base, order=Order("random", 1)), replace(base, night=replace(night(), items=other)),
    ]  # fmt: skip
    keys = {key_of(each) for each in (base, *different)}
    assert len(keys) == 1 + len(different)
    assert key_of(base) == key_of(task())


def test_the_code_s_version_depends_on_what_is_imported_and_on_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    package = tmp_path / "pack"
    package.mkdir()
    for name, text in (("__init__", ""), ("used", "A = 1"), ("unused", "B = 1"), ("model", "from pack.used import A")):
        (package / f"{name}.py").write_text(text)

    def version() -> str:
        digest_code.cache_clear()
        return digest_code("pack.model")

    before = version()
    (package / "unused.py").write_text("B = 2")
    assert version() == before
    (package / "used.py").write_text("A = 2")
    assert version() != before


def test_the_first_order_is_looked_at_most_closely_and_slow_peers_in_it_alone() -> None:
    tasks = list(plan_tasks([night()], ["auto", "elex-model"], lambda *_: toy, Plan(20, 2_000)))
    assert [(each.order.kind, each.checkpoints, each.draws) for each in tasks if each.contender == "elex-model"] == [
        ("real", (0, 1, 2, 3, 4, 5, 6), 10_000)
    ]
    others = {(each.checkpoints, each.draws) for each in tasks if each.order.kind != "real"}
    assert others == {((1, 2, 3, 6), 2_000)}


def test_a_batch_holds_whole_orders_of_one_night() -> None:
    tasks: dict[str, Task] = {}
    for past in (night(), night()):
        for each in plan_tasks([past], ["a", "b"], lambda *_: toy, Plan(20)):
            tasks[str(len(tasks))] = each
    batches = split_batches(tasks)
    assert sorted(key for batch in batches for key in batch) == sorted(tasks)
    for batch in batches:
        assert len({id(each.night) for each in batch.values()}) == 1
        assert {each.contender for each in batch.values()} == {"a", "b"}
    places = [(id(each.night), each.order) for batch in batches for each in batch.values()]
    assert len(set(places)) == len(places) / 2
