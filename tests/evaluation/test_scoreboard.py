"""What many scores come to: models compared night by night, and the page made of them."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from small_night import ROOT, night, unanswering
from toy_model import toy

from forecast.errors import NewsError
from forecast.evaluation.nights import find_nights, past_night
from forecast.evaluation.page import Making
from forecast.evaluation.pictures import corp, uniform_band
from forecast.evaluation.plan import Plan, plan_tasks
from forecast.evaluation.run import evaluate, write_scoreboard
from forecast.evaluation.standings import compare, pooled
from forecast.evaluation.store import Store
from forecast.evaluation.task import attempt, key_of


def rows_of(scores: dict[str, dict[str, float]]) -> pl.DataFrame:
    return pl.DataFrame(
        [
            {"night": name, "order": "real", "order_number": 0, "declared": 1, "contender": model, "lead_crps": value}
            for name, each in scores.items()
            for model, value in each.items()
        ]
    )


def test_differences_are_paired_night_by_night() -> None:
    rows = rows_of({f"n{k}": {"ours": 1.0 + k, "uniform-swing": 2.0 + k} for k in range(4)} | {"n9": {"ours": 99.0}})
    found = compare(rows, "lead_crps", "ours")
    assert found is not None
    assert (found.nights, found.difference, found.low, found.high) == (4, -1.0, -1.0, -1.0)
    assert pooled(rows.filter(pl.col("night") != "n9"), "lead_crps") == pytest.approx((2.5 + 3.5) / 2)


def test_two_nights_have_no_interval() -> None:
    rows = rows_of({f"n{k}": {"ours": float(k), "uniform-swing": 2.0} for k in range(2)})
    found = compare(rows, "lead_crps", "ours")
    assert found is not None
    assert np.isnan(found.low)


def test_reliability_is_the_isotonic_regression() -> None:
    given_, came = np.array([0.1, 0.2, 0.2, 0.6, 0.7]), np.array([0.0, 1.0, 0.0, 0.0, 1.0])
    np.testing.assert_allclose(corp(given_, came), [0.0, 1 / 3, 1 / 3, 1 / 3, 1.0])


def test_the_band_holds_95_in_100_of_uniform_samples() -> None:
    places, low, high = uniform_band(30)
    drawn = np.random.default_rng(11).random((2_000, 30))
    reached = (drawn[:, :, None] <= places).mean(axis=1)
    inside = ((reached >= low - 1e-12) & (reached <= high + 1e-12)).all(axis=1).mean()
    assert inside == pytest.approx(0.95, abs=0.03)  # of 30 values, no band holds exactly 95%


def test_a_page_is_written_of_every_night_and_model(tmp_path: Path) -> None:
    store = Store(tmp_path)
    plan = Plan(orders=1, draws=200, quick=True)
    models = {"auto": toy, "uniform-swing": toy, "mute": unanswering}
    tasks = list(plan_tasks([night()], list(models), lambda name, _: models[name], plan))
    for each in tasks:
        store.append(attempt(each, key_of(each)))
    done = evaluate(tasks, store)
    assert done.made == 0
    written = write_scoreboard(
        done, tmp_path, tmp_path / "page.md", Making("forecast evaluate", "1 May 2024", "", ("x: y",))
    )
    page = written["page"].read_text()
    assert "| mute | no answer |" in page
    assert "1 night in 2 orders" in page
    assert "- x: y" in page
    assert pl.read_parquet(written["scores"]).height == len(tasks) * 7
    assert {each.name for each in written["pictures"].iterdir()} == {
        f"scoreboard-{name}.svg" for name in ("error", "reliability", "pit")
    }


def test_the_page_names_no_place_on_the_machine_that_made_it() -> None:
    from commands.evaluate import say_command

    for given_ in (["--elex", "/a/python"], ["--elex=/a/python"]):
        said = say_command(["evaluate", *given_, "--orders", "20"], "/a/python")
        assert said.replace("=", " ") == "forecast evaluate --elex PYTHON --orders 20"


def test_a_night_that_is_not_over_cannot_be_scored(tmp_path: Path) -> None:
    from forecast.contests.catalogue import write_skeleton

    directory = write_skeleton(tmp_path / "my-town", "my-town")
    with pytest.raises(NewsError, match="does not hold the result"):
        past_night(str(directory))


def test_a_night_of_one_s_own_is_found_by_its_path(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "data" / "west-midlands", tmp_path / "mine")
    (found,) = find_nights([str(tmp_path / "mine")])
    assert (found.contest.id, found.family) == ("west-midlands", "own")
    (shipped,) = find_nights(["west-midlands"])
    assert shipped.family == "west midlands"
    (named,) = find_nights(["pseudo-merseyside-2017"])
    assert named.family == "few areas"
