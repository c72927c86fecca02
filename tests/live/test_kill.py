"""Killed with SIGKILL at any moment under load, it comes back with every acknowledged item and nothing half done.

`make kill` does it 200 times; KILLS in the environment says how often otherwise.
"""

from __future__ import annotations

import json
import os
import random
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

import httpx2
import pytest
from forecast_serve import WM, Serve, alive, partial, serving

from forecast.journal.store import open_store

KILLS = int(os.environ.get("KILLS", "10"))
LONGEST = 1.5  # seconds of load before a kill
SLACK = 30.0  # seconds to come back on a machine that does much else: five are promised, and what it took is reported
AREAS = ("birmingham", "sandwell", "walsall", "dudley")


class Load:
    """Somebody at each of several areas who gives items in as fast as they are acknowledged, until it is dead."""

    def __init__(self, serve: Serve) -> None:
        self.serve = serve
        self.acknowledged: dict[tuple[str, int], int] = {}  # area and count to the entry that was answered
        self.given = dict.fromkeys(AREAS, 0)  # the last count given, acknowledged or not
        self.repeated = 0

    def run(self, seconds: float) -> None:
        """Load it for so long, then kill it."""
        threads = [threading.Thread(target=self._give_on, args=(area,)) for area in AREAS]
        for each in threads:
            each.start()
        time.sleep(seconds)
        self.serve.kill()
        for each in threads:
            each.join()

    def give_again(self) -> None:
        """What was cut off is given again under its key: it is taken once, whether or not it had been."""
        for area, count in self.given.items():
            if count and (area, count) not in self.acknowledged:
                self._give(area, count)

    def _give_on(self, area: str) -> None:
        while True:
            self.given[area] += 1
            try:
                self._give(area, self.given[area])
            except httpx2.HTTPError:
                return

    def _give(self, area: str, count: int) -> None:
        answer = self.serve.post(f"/v1/contests/{WM}/news", partial(count, area), key=f"{area} {count}")
        assert answer.status_code in {200, 201}, answer.text
        self.repeated += answer.status_code == 200
        self.acknowledged[area, count] = answer.json()["data"]["entry"]


def check_files(serve: Serve, load: Load, after: int = 0) -> int:
    """What is on disk is whole: every acknowledged item where it was said to be, the chain and every document.

    After an entry only what was acknowledged since is looked for, which takes no longer as the night grows.
    """
    store = open_store(serve.database)
    try:
        items = {each.sequence: each.body["item"] for each in store.entries(WM, after=after) if "item" in each.body}
        for (area, count), entry in load.acknowledged.items():
            assert entry <= after or (items[entry]["area"], items[entry]["source"]) == (area, str(count))
        if after:
            return len(items)
        assert store.check() == ()
        kept = [(each["area"], each["source"]) for each in items.values()]
        assert len(kept) == len(set(kept))  # none twice
        for head in store.history(WM, limit=100_000):
            assert head.published is not None
        return len(kept)
    finally:
        store.close()


def check_service(serve: Serve, load: Load, *, whole: bool) -> None:
    """What it says once it is back: a whole forecast and, where everything is looked at, every acknowledged item."""
    shown = serve.latest()
    assert shown["document"] is None or shown["document"]["contest"] == WM
    if not whole:
        return
    said = {each["entry"]: each for each in serve.get(f"/v1/contests/{WM}/news")["items"]}
    for (area, count), entry in load.acknowledged.items():
        assert (said[entry]["area"], said[entry]["votes"]["parker"]) == (area, 1000 + count)


def wait_for_end(serve: Serve, workers: tuple[int, ...]) -> None:
    """Wait until no worker is left of a service that was killed."""
    serve.until(lambda: alive(workers) == [], 10)


def kills(serve: Serve, rng: random.Random, number: int) -> Iterator[dict[str, Any]]:
    """Kill it again and again; what each restart took."""
    load, seen = Load(serve), 0
    for kill in range(number):
        workers = serve.children()
        load.run(rng.uniform(0.0, LONGEST))
        began = time.monotonic()
        wait_for_end(serve, workers)
        ended = time.monotonic() - began
        whole = number <= 10 or kill % 20 == 0 or kill == number - 1
        check_files(serve, load, 0 if whole else seen)
        seconds = serve.start()
        check_service(serve, load, whole=whole)
        seen = max(load.acknowledged.values(), default=0)
        load.give_again()
        yield {"restart": seconds, "workers": ended, "items": len(load.acknowledged), "repeated": load.repeated}


@pytest.mark.slow
def test_killed_at_any_moment_under_load_it_loses_nothing(tmp_path: Path) -> None:
    with serving(tmp_path) as serve:
        taken = list(kills(serve, random.Random(20240502), KILLS))
        restarts = sorted(each["restart"] for each in taken)
        last = serve.get(f"/v1/contests/{WM}/news")["items"][-1]["entry"]
        serve.until_on_air(last)  # and it goes on making forecasts
    report = {
        "kills": KILLS,
        "items": taken[-1]["items"],
        "on disk before they were acknowledged": taken[-1]["repeated"],
        "restart median": round(median(restarts), 2),
        "restart longest": round(restarts[-1], 2),
        "workers gone within": round(max(each["workers"] for each in taken), 2),
        "load": round(os.getloadavg()[0], 1),
    }
    print(f"\n{json.dumps(report)}")  # noqa: T201 - what `make kill` is run for
    assert restarts[-1] < SLACK


@pytest.mark.slow
def test_no_worker_outlives_a_service_that_is_killed_while_it_forecasts(tmp_path: Path) -> None:
    environment = {**slow_model(), "FORECAST_WORKERS": "2"}
    with serving(tmp_path, environment=environment) as serve:
        serve.until(lambda: serve.health()["workers_warm"] == 2)
        workers = serve.children()
        assert len(workers) >= 2
        serve.give(partial(1))
        time.sleep(0.3)  # it is being forecast
        serve.kill()
        wait_for_end(serve, workers)


def slow_model() -> dict[str, str]:
    """An engine and draws that take a while."""
    from forecast_serve import QUICK

    return {**QUICK, "FORECAST_ENGINE": "conditional-fine", "FORECAST_DRAWS": "200000"}
