"""Forecasts one after the other: made while the one before is stored, in order, put on air without a second look."""

from __future__ import annotations

import asyncio
import threading
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from service_state import ANN, BALLOTS, EVE, NIGHT, SANDWELL, WEST_MIDLANDS, WM, document, first, item, night

from forecast.journal.access import Listing
from forecast.journal.entry import EntryKind
from forecast.journal.item_json import write_item
from forecast.journal.made import Made, Packed, pack_made
from forecast.journal.store import Store, open_store
from forecast.service import updates
from forecast.service.desk import DeskState
from forecast.service.live_desk import LiveDesk
from forecast.service.served import load_listing


def test_the_next_forecast_is_made_while_one_is_stored_and_they_are_kept_in_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    saving, go_on, save = threading.Event(), threading.Event(), Store.save_forecast

    def save_late(*given: Any, **named: Any) -> Any:  # noqa: ANN401 - as the store's own
        saving.set()
        go_on.wait(30)
        return save(*given, **named)

    async def play() -> None:
        async with night(tmp_path) as running:
            await first(running)
            monkeypatch.setattr(Store, "save_forecast", save_late)
            made, make = [], running.service.workers.make

            async def make_and_tell(*given: Any, **named: Any) -> Any:  # noqa: ANN401 - as the workers' own
                found = await make(*given, **named)
                made.append(found)
                return found

            running.service.workers.make = make_and_tell  # type: ignore[method-assign]
            await running.service.take(WM, item(BALLOTS), ANN)
            await running.until(saving.is_set)
            before = len(running.store.history(WM, published=False))
            body = {"item": write_item(item(SANDWELL))}
            news = running.store.append(WM, EntryKind.NEWS, ANN, body)  # by another process: here it would wait
            await running.service.desks.catch_up()
            await running.until(lambda: len(made) > 1)
            assert len(running.store.history(WM, published=False)) == before  # neither is stored yet
            go_on.set()
            await running.forecast_after(news.entry.sequence)
            heads = running.store.history(WM, published=False)
            assert heads[-1].areas_declared == 1
            assert sorted(head.through for head in heads) == [head.through for head in heads]

    asyncio.run(play())


def test_a_forecast_begun_before_the_service_stops_is_stored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    saving, save = threading.Event(), Store.save_forecast

    def save_slowly(*given: Any, **named: Any) -> Any:  # noqa: ANN401 - as the store's own
        saving.set()
        threading.Event().wait(0.5)
        return save(*given, **named)

    async def play() -> None:
        async with night(tmp_path) as running:
            await first(running)
            monkeypatch.setattr(Store, "save_forecast", save_slowly)
            await running.service.take(WM, item(SANDWELL), ANN)
            await running.until(saving.is_set)
            await running.service.stop()
            assert running.store.history(WM, published=False)[-1].areas_declared == 1

    asyncio.run(play())


def test_what_was_stored_here_goes_on_air_without_being_read_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def play() -> None:
        async with night(tmp_path) as running:
            await first(running)
            news = await running.service.take(WM, item(SANDWELL), ANN)
            assert news.entry is not None
            await running.forecast_after(news.entry.sequence)

            def refuse(*_: object, **__: object) -> None:
                raise AssertionError("it was read back")

            monkeypatch.setattr(Store, "latest", refuse)
            assert running.service.desks.desk(WM).at_hand
            assert (await document(running))["moment"]["areas_declared"] == 1

    asyncio.run(play())


def test_which_forecast_was_made_last_is_known_without_its_document(tmp_path: Path) -> None:
    async def play() -> None:
        async with night(tmp_path) as running:
            assert running.store.last_made("nobody's") is None
            await first(running)
            mark, made = running.store.last_made(WM), running.store.latest(WM, False)
            assert mark is not None
            assert made is not None
            assert (mark.number, mark.through, mark.digest) == (made.number, made.through, made.digest)
            assert mark.published == made.published

    asyncio.run(play())


def test_that_an_update_failed_is_said_still_once_the_one_before_it_is_stored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    packing, go_on = threading.Event(), threading.Event()

    def pack_late(made: Made) -> Packed:
        packing.set()
        go_on.wait(30)
        return pack_made(made)

    async def play() -> None:
        async with night(tmp_path, [{"contest": WM, "engine": "regression"}]) as running:
            await first(running)
            known = len(running.store.history(WM, published=False))
            monkeypatch.setattr(updates, "pack_made", pack_late)
            await running.service.take(WM, item(BALLOTS), ANN)
            await running.until(packing.is_set)
            await running.service.take(WM, item(SANDWELL), ANN)
            await running.until(lambda: bool(running.service.state(WM).trouble))
            go_on.set()
            await running.until(lambda: len(running.store.history(WM, published=False)) > known)
            await running.service.stop()
            said = [each.body["trouble"] for each in running.store.entries(WM) if "trouble" in each.body]
            assert len(said) == 1
            assert "no answer after Sandwell" in said[0]

    asyncio.run(play())


def test_what_was_stored_in_a_rehearsal_is_not_put_on_air_once_that_has_ended(tmp_path: Path) -> None:
    desk = LiveDesk(load_listing(Listing(WM, WM, False, "toy", 1000, 1, NIGHT)), WEST_MIDLANDS, DeskState(WM))
    with closing(open_store(f"sqlite:///{tmp_path / 'night.sqlite'}")) as store:
        store.append(WM, EntryKind.DECISION, EVE, {"action": "test", "reason": "A rehearsal."})
        saved = store.save_forecast(Made(WM, 1, "{}", "toy", 0.1), publish=True, status="test")
        for entry in store.changes(0):
            desk.absorb(entry)
        desk.keep(saved)
        assert desk.at_hand
        assert desk.on_air(store) == saved
        ended = store.append(WM, EntryKind.DECISION, EVE, {"action": "live", "reason": "The count has begun."})
        desk.absorb(ended.entry)  # by another process, before what was stored here is kept
        desk.keep(saved)
        assert desk.on_air(store) is None
