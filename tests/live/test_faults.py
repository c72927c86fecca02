"""What goes wrong on a night: each fault is said on the health page, mends itself, and touches no other contest."""

from __future__ import annotations

import asyncio
import os
import resource
import shutil
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from faulty_night import OTHER, WINDOW, check_other, check_whole, configured, listening, two_contests
from forecast_serve import QUICK, WM, partial, serving
from postgresql import Server

from forecast.contests.catalogue import find_contest
from forecast.journal.item_json import read_item
from forecast.journal.store import open_store


def test_a_disk_that_is_full_is_said_what_is_on_air_stays_and_it_goes_on_when_there_is_room(tmp_path: Path) -> None:
    with configured(tmp_path, two_contests()) as serve:
        serve.until_on_air(serve.give(partial(1)))
        check_other(serve)
        shown = serve.latest()
        assert serve.process is not None
        size = max(path.stat().st_size for path in tmp_path.glob("night.sqlite*"))
        resource.prlimit(serve.process.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
        refused = None
        for count in range(2, 400):  # there is room in the file for some
            refused = serve.post(f"/v1/contests/{WM}/news", partial(count))
            if refused.status_code != 201:
                break
        assert refused is not None
        assert refused.status_code == 503
        assert refused.json()["error"]["message"] == "The journal cannot be reached just now; nothing was stored."
        assert serve.latest()["number"] >= shown["number"]
        assert serve.latest(OTHER)["document"] is not None
        serve.until(lambda: "night.sqlite" in serve.reasons(), WINDOW)
        assert serve.health()["state"] == "degraded"
        resource.prlimit(serve.process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        serve.until(lambda: serve.health()["state"] == "ready", WINDOW)
        serve.until_on_air(serve.give(partial(500)))
        check_other(serve)
        check_whole(serve)


def test_a_worker_killed_in_the_middle_of_an_update_is_replaced(tmp_path: Path) -> None:
    environment = {**QUICK, "FORECAST_ENGINE": "auto", "FORECAST_DRAWS": "100000"}
    with configured(tmp_path, two_contests(), environment=environment) as serve:
        serve.until(lambda: serve.health()["state"] == "ready")
        entry = serve.give(partial(1))
        serve.until(lambda: serve.health()["queue"])
        for child in serve.children():
            os.kill(child, signal.SIGKILL)
        serve.until_on_air(entry)
        serve.until(lambda: serve.health()["state"] == "ready")
        assert "died" in serve.log.read_text(encoding="utf-8")
        check_other(serve)


def test_a_contest_that_does_not_load_is_said_and_the_one_beside_it_is_served(tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    shutil.copytree(find_contest(WM).directory, broken)
    (broken / "areas.csv").unlink()
    text = f'[[contests]]\ncontest = "{broken}"\n[[contests]]\ncontest = "{WM}"\nid = "{OTHER}"\n'
    with configured(tmp_path / "data", text) as serve:
        serve.until(lambda: serve.state_of(OTHER)["state"] == "ready")
        assert "areas.csv" in serve.state_of("broken")["reason"]
        assert serve.health()["state"] == "degraded"
        assert serve.client.get("/v1/contests/broken/latest").status_code == 503
        check_other(serve)


def test_a_clock_set_back_by_an_hour_is_said_and_the_schedule_goes_on(tmp_path: Path) -> None:
    import time_machine

    from forecast.config import Configuration
    from forecast.service.service import Service
    from forecast.service.watch import take_health

    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    from made_service import toy_named

    async def play() -> None:
        store = open_store(f"sqlite:///{tmp_path / 'night.sqlite'}")
        served = [{"contest": WM}, {"contest": WM, "id": OTHER}]
        settings: dict[str, Any] = {"contests": served, "workers": 1, "draws": 1000, "every_seconds": 0}
        service = Service(store, Configuration(data=tmp_path, **settings), toy_named)
        await service.start()
        await asyncio.sleep(1.5)  # it has looked at the clock
        back = datetime.now(UTC).timestamp() - 3600
        with time_machine.travel(datetime.fromtimestamp(back, UTC)):
            for _ in range(100):
                if any("clock was set by -3600" in reason for reason in take_health(service).reasons):
                    break
                await asyncio.sleep(0.1)
            else:
                pytest.fail("nobody said so")
            looked = service.vitals._before
            await asyncio.sleep(2.5)
            assert service.vitals._before != looked  # the schedule goes on
            shown = await service.on_air(WM)
            assert shown.age_seconds >= 0
            for name in (WM, OTHER):  # and news is forecast
                receipt = await service.take(name, read_item(partial(1), service.contest(name)), "operator Ann (key 1)")
                assert receipt.entry is not None
                while (made := store.latest(name)) is None or made.through < receipt.entry.sequence:
                    await asyncio.sleep(0.05)
        await service.stop()
        assert store.check() == ()
        store.close()

    asyncio.run(play())


def test_a_database_that_goes_away_is_said_and_the_night_goes_on_when_it_is_back(
    tmp_path: Path, server: Server
) -> None:
    with configured(tmp_path, two_contests(), database=server.url) as serve:
        serve.until_on_air(serve.give(partial(1)))
        check_other(serve)
        shown = serve.latest()
        server.stop()
        assert serve.latest(OTHER)["document"] is not None
        assert serve.latest()["document"] == shown["document"]  # viewers notice nothing
        assert serve.post(f"/v1/contests/{WM}/news", partial(2)).status_code in {401, 503}
        health = serve.client.get("/health").json()["data"]
        serve.until(lambda: serve.client.get("/health").json()["data"]["state"] == "degraded", WINDOW)
        assert health["contests"]
        server.start()
        serve.until(lambda: serve.client.get("/health").json()["data"]["state"] == "ready", 2 * WINDOW)
        serve.until_on_air(serve.give(partial(2)))
        check_other(serve)
        check_whole(serve)


def test_two_processes_share_one_database_and_the_second_takes_over(tmp_path: Path, server: Server) -> None:
    with (
        serving(tmp_path / "one", database=server.url) as one,
        serving(tmp_path / "two", database=server.url) as two,
    ):
        entry = one.give(partial(1))
        one.until_on_air(entry)
        two.until_on_air(entry)
        with listening(two, read=True) as heard:
            two.until(lambda: two.health()["clients"] == 1)
            entry = one.give(partial(2))
            two.until(
                lambda: f"id: {entry}\n".encode() in bytes(heard).replace(b"\r", b""), 5
            )  # within a second where nothing else runs
        assert "forecast made" not in two.log.read_text(encoding="utf-8")
        one.kill()
        entry = two.give(partial(3))
        two.until_on_air(entry)
        check_whole(two)
        one.start()  # it comes back, as the second
        one.until_on_air(one.give(partial(4)))
