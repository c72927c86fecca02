"""A whole night through `forecast serve` as it is installed: news in over HTTP, forecasts out, a restart in between."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

from forecast_serve import WM, alive, serving

from forecast.contests.catalogue import find_contest
from forecast.declaration import read_news
from forecast.journal.item_json import write_item

CONTEST = find_contest(WM)
SHIPPED = read_news(CONTEST.directory / "news.csv", CONTEST)[0]


def test_the_west_midlands_night_is_given_in_and_read_back_and_a_restart_changes_nothing(tmp_path: Path) -> None:
    with serving(tmp_path) as serve:
        last = [serve.give(write_item(each)) for each in SHIPPED][-1]
        serve.until_on_air(last)
        before, news = serve.latest(), serve.get(f"/v1/contests/{WM}/news")
        assert [each["area"] for each in news["items"]] == [each.area for each in SHIPPED]
        check_result(before["document"])
        workers = serve.children()
        assert workers
        serve.stop()
        serve.until(lambda: alive(workers) == [], 10)
        serve.start()
        after = serve.latest()
        assert (after["document"], after["number"]) == (before["document"], before["number"])
        assert serve.get(f"/v1/contests/{WM}/news") == news
        serve.until(lambda: serve.health()["state"] == "ready")


def check_result(document: dict[str, Any]) -> None:
    """What was published of the whole count is what the returning officer said."""
    with (CONTEST.directory / "news.csv").open(encoding="utf-8", newline="") as file:
        whole = next(row for row in csv.DictReader(file) if row["area"] == WM and row["parker"])
    moment = document["moment"]
    assert moment["areas_declared"] == moment["areas_total"] == 7
    assert (int(whole["parker"]), int(whole["street"])) == (225590, 224082)
    winner = max(document["candidates"], key=lambda each: each["win_probability"])
    assert (winner["id"], winner["win_probability"]) == ("parker", 1.0)
