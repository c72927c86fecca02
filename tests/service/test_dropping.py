"""The drop folder is what viewers may see at every moment: it changes with decisions and the clock too."""

from __future__ import annotations

import asyncio
import json
import resource
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from service_state import NIGHT, SANDWELL, Night, item, night

from forecast.errors import ForecastError
from forecast.journal.entry import EntryKind
from forecast.journal.item_json import write_item
from forecast.journal.store import open_store
from forecast.outlets.drop import Drop
from forecast.service.decision import Decision

ANN, EVE, WM = "operator Ann (key 1)", "editor Eve (key 3)", "west-midlands"
FORECAST = {"forecast.json", "rows.json", "atom.xml", "nist.json"}


def index(out: Path) -> dict[str, Any]:
    """What the folder says that it holds."""
    path = out / WM / "index.json"
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return found


def names(out: Path) -> set[str]:
    return {path.name for path in (out / WM).iterdir()}


async def until(running: Night, out: Path, **said: object) -> dict[str, Any]:
    """Wait until the folder says so; what it says."""
    await running.until(lambda: said.items() <= index(out).items())
    return index(out)


def played(tmp_path: Path, play: Callable[[Night, Path], Any], **settings: Any) -> None:  # noqa: ANN401 - configuration
    async def whole() -> None:
        out = tmp_path / "out"
        async with night(tmp_path / "data", drop={"path": out}, **settings) as running:
            await play(running, out)

    (tmp_path / "data").mkdir(exist_ok=True)
    asyncio.run(whole())


def test_a_hold_a_label_and_a_test_are_in_the_folder_without_a_new_forecast(tmp_path: Path) -> None:
    async def play(running: Night, out: Path) -> None:
        decide = running.service.decide
        first = await until(running, out, status="live", test=False, label="")
        await decide(WM, Decision("label", text="Recount in Dudley"), EVE)
        await until(running, out, label="Recount in Dudley")
        await decide(WM, Decision("hold", "look"), EVE)
        held = await until(running, out, status="held")
        rows = json.loads((out / WM / "rows.json").read_text(encoding="utf-8"))
        assert {row["status"] for row in rows} == {"held"}
        assert held["number"] == first["number"]
        await decide(WM, Decision("release"), EVE)
        await until(running, out, status="live")
        await decide(WM, Decision("test"), EVE)
        await until(running, out, status="test", test=True)
        await decide(WM, Decision("live"), EVE)
        await until(running, out, status="live", test=False)

    played(tmp_path, play)


def test_what_comes_under_a_hold_is_not_in_the_folder_until_it_is_released(tmp_path: Path) -> None:
    async def play(running: Night, out: Path) -> None:
        await until(running, out, status="live")
        await running.service.decide(WM, Decision("hold", "look"), EVE)
        receipt = await running.service.take(WM, item(SANDWELL), ANN)
        assert receipt.entry is not None
        await running.forecast_after(receipt.entry.sequence)
        await running.service.decide(WM, Decision("label", text="Later"), EVE)
        await until(running, out, status="held", label="Later")  # it was written once more, after the news
        for path in (out / WM).iterdir():
            assert b"31561" not in path.read_bytes().replace(b",", b"")
        await running.service.decide(WM, Decision("release"), EVE)
        await running.until(lambda: b"31561" in (out / WM / "rows.csv").read_bytes())
        assert b"Sandwell: declared" in (out / WM / "atom.xml").read_bytes()

    played(tmp_path, play)


def test_under_an_embargo_the_folder_holds_nothing_and_all_of_it_when_that_ends(tmp_path: Path) -> None:
    async def play(running: Night, out: Path) -> None:
        shown = await until(running, out, status="live")
        until_then = running.clock.now + timedelta(minutes=5)
        await running.service.decide(WM, Decision("embargo", until=until_then), EVE)
        said = await until(running, out, status="embargoed", number=0)
        assert said["files"] == {}
        assert names(out) == {"index.json"}
        await running.until(lambda: len(list((out / ".editions").iterdir())) == 1)  # those before are gone
        assert not any(path.name in FORECAST for path in out.rglob("*"))
        running.clock.now = until_then
        await until(running, out, status="live", number=shown["number"])
        assert names(out) >= FORECAST

    played(tmp_path, play)


def test_a_forecast_that_grows_stale_is_said_in_the_folder(tmp_path: Path) -> None:
    async def play(running: Night, out: Path) -> None:
        await until(running, out, status="live")
        body = {"trouble": "The last update failed."}
        running.store.append(WM, EntryKind.SERVICE, "service", body)
        await until(running, out, status="stale")
        running.store.append(WM, EntryKind.SERVICE, "service", {"trouble": ""})
        await until(running, out, status="live")

    played(tmp_path, play)


def test_a_folder_that_cannot_be_written_is_said_and_written_once_it_can_be(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file where the folder should be", encoding="utf-8")

    async def play(running: Night, out: Path) -> None:
        await running.until(lambda: "drop folder" in running.service.troubles)
        out.unlink()
        await until(running, out, status="live")
        await running.until(lambda: "drop folder" not in running.service.troubles)

    played(tmp_path, play)


def test_what_may_not_be_seen_any_more_once_it_is_written_is_not_put_in_place(tmp_path: Path) -> None:
    drop = Drop(tmp_path)
    assert drop.write("wm", {"a": b"1"})
    assert not drop.write("wm", {"a": b"2"}, still=lambda: False)
    assert (tmp_path / "wm" / "a").read_bytes() == b"1"
    assert [path.read_bytes() for path in tmp_path.rglob("a") if path.parent.name != "wm"] == [b"1"]
    assert drop.write("wm", {"b": b"3"}, alone=True)
    assert len(list((tmp_path / ".editions").iterdir())) == 1


@contextmanager
def without_room() -> Iterator[None]:
    """No file may grow, as on a disk that is full."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_on_a_full_disk_what_may_not_be_seen_goes_all_the_same(tmp_path: Path) -> None:
    drop = Drop(tmp_path)
    for contest in ("wm", "wm", "other"):
        assert drop.write(contest, {"a": b"1"})
    with without_room(), pytest.raises(ForecastError, match="The edition before is still there"):
        drop.write("wm", {"index.json": b"held"})
    assert (tmp_path / "wm" / "a").exists()
    with without_room(), pytest.raises(ForecastError, match="Nothing of wm is left there"):
        drop.write("wm", {"index.json": b"embargoed"}, alone=True)
    assert not (tmp_path / "wm").is_symlink()
    assert [path.parent.name[:6] for path in tmp_path.rglob("a") if "@" in path.parent.name] == ["other@"]
    assert drop.write("wm", {"index.json": b"embargoed"}, alone=True)
    assert (tmp_path / "wm" / "index.json").read_bytes() == b"embargoed"


def test_a_contest_that_cannot_be_rendered_is_said_and_stops_no_other(tmp_path: Path) -> None:
    broken = {"contest": WM, "id": "broken"}

    async def play(running: Night, out: Path) -> None:
        await until(running, out, status="live")
        desk = running.service.desks.desk("broken")
        await running.until(lambda: (out / "broken").exists() and desk.published is not None)
        assert desk.published is not None
        desk.published = replace(desk.published, number=desk.published.number + 1, document='{"schema": 0}')
        await running.until(lambda: "broken cannot be written" in running.service.troubles.get("drop folder", ""))
        await running.service.decide(WM, Decision("hold", "look"), EVE)
        await until(running, out, status="held")
        assert any("broken cannot be written" in reason for reason in running.service.health().reasons)

    played(tmp_path, play, contests=[broken, {"contest": WM}])


def test_an_embargo_that_ends_before_any_forecast_is_not_said_any_more(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    store = open_store(f"sqlite:///{tmp_path / 'data' / 'night.sqlite'}")
    store.append(WM, EntryKind.NEWS, ANN, {"item": write_item(item(SANDWELL))})
    store.close()
    ends = NIGHT + timedelta(minutes=5)

    async def play(running: Night, out: Path) -> None:
        await until(running, out, status="embargoed")
        running.clock.now = ends
        await until(running, out, status="none", number=0)
        assert names(out) == {"index.json"}

    played(tmp_path, play, contests=[{"contest": WM, "engine": "regression", "embargo_until": ends}])


def test_the_night_so_far_is_in_the_folder_once_it_was_made_without_another_forecast(tmp_path: Path) -> None:
    async def play(running: Night, out: Path) -> None:
        first = await until(running, out, status="live")
        await running.until(lambda: running.service.desks.desk(WM).past > 0)
        await running.until(lambda: (out / WM / "history.csv").read_text(encoding="utf-8").count("\n") == 8)
        assert index(out)["number"] == first["number"] == 7

    played(tmp_path, play, contests=[{"contest": WM, "news": "own", "draws": 1000}])
