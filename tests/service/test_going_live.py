"""From a rehearsal to the night: what was given in as a test is kept, marked, and counts for nothing any more."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path

import pytest
from service_state import BALLOTS, SANDWELL, Night, item, night

from forecast.declaration import Declaration
from forecast.journal.entry import EntryKind
from forecast.service.decision import Decision
from forecast.service.desk import DeskState

WM, TWIN = "west-midlands", "twin"
ANN, EVE = "operator Ann (key 1)", "editor Eve (key 3)"
SERVED: list[Mapping[str, object]] = [{"contest": WM, "test": True}, {"contest": WM, "id": TWIN}]


async def give(running: Night, contest: str, news: Declaration, key: str = "") -> int:
    """Give an item in and wait for its forecast; its entry."""
    receipt = await running.service.take(contest, news, ANN, key)
    assert receipt.entry is not None
    await seen(running, contest, receipt.entry.sequence)
    return receipt.entry.sequence


async def seen(running: Night, contest: str, entry: int) -> None:
    """Wait for a contest's forecast that has seen an entry."""
    running.contest = contest
    await running.forecast_after(entry)


def document(running: Night, contest: str) -> str:
    """What was last put on air; empty where nothing was."""
    made = running.store.latest(contest, without=running.service.state(contest).rehearsals)
    return "" if made is None else made.document


async def go_live(running: Night) -> int:
    """Decide that it is live, and wait for the forecast; the decision's entry."""
    decision = await running.service.decide(WM, Decision("live", "polls have closed"), EVE)
    await seen(running, WM, decision.sequence)
    return decision.sequence


def test_items_of_a_rehearsal_are_kept_and_never_counted_shown_or_forecast_once_it_is_live(tmp_path: Path) -> None:
    async def play() -> DeskState:
        async with night(tmp_path, SERVED) as running:
            service, store = running.service, running.store
            rehearsed = await give(running, WM, item(SANDWELL), "same key")
            assert (await service.on_air(WM)).status == "test"
            live = await go_live(running)
            shown = await service.on_air(WM)
            assert shown.document is not None
            assert (shown.status, json.loads(shown.document)["moment"]["areas_declared"]) == ("live", 0)
            await running.until(lambda: document(running, WM) == document(running, TWIN))  # which never was a test
            kept = store.entries(WM, kinds=[EntryKind.NEWS])
            assert [(each.sequence, each.body["test"]) for each in kept] == [(rehearsed, True)]
            heads = store.history(WM, without=service.state(WM).rehearsals)
            assert heads
            assert all(head.published is not None and head.published > live for head in heads)
            assert service.state(WM).items == ()
            await give(running, WM, item(SANDWELL), "same key")  # it is not known from the rehearsal
            await give(running, TWIN, item(SANDWELL))
            await running.until(lambda: document(running, WM) == document(running, TWIN))
            return service.state(WM)

    async def again(before: DeskState) -> None:
        async with night(tmp_path, SERVED) as running:  # replayed from the journal, still a test by its configuration
            state = running.service.state(WM)
            assert (state.taken, state.test, state.rehearsals) == (before.taken, False, before.rehearsals)

    asyncio.run(again(asyncio.run(play())))


def test_a_live_contest_is_after_a_test_what_it_was_before_it(tmp_path: Path) -> None:
    async def play() -> None:
        async with night(tmp_path, SERVED[1:]) as running:
            running.contest = TWIN
            service = running.service
            await give(running, TWIN, item(BALLOTS))
            await service.decide(TWIN, Decision("test", "to try the graphics"), EVE)
            await give(running, TWIN, item(SANDWELL))
            assert len(service.state(TWIN).items) == 2
            await service.decide(TWIN, Decision("live", "tried"), EVE)
            assert "TEST" not in document(running, TWIN)  # what was on air before it became one, at once
            assert len(service.state(TWIN).items) == 1

    asyncio.run(play())


def test_a_contest_taken_live_by_its_configuration_forgets_the_rehearsal_too(tmp_path: Path) -> None:
    async def play(test: bool) -> DeskState:
        async with night(tmp_path, [{"contest": WM, "test": test}]) as running:
            if test:
                await give(running, WM, item(SANDWELL))
            return running.service.state(WM)

    assert len(asyncio.run(play(True)).items) == 1
    state = asyncio.run(play(False))
    assert (state.test, state.items) == (False, ())
    assert asyncio.run(play(True)).test


@pytest.mark.parametrize("suffix", ["csv"])
def test_what_a_feed_still_gives_once_it_is_live_counts(tmp_path: Path, suffix: str) -> None:
    table = tmp_path / f"news.{suffix}"
    table.write_text("kind,area,ballots,source\nverified,sandwell,66296,council\n", encoding="utf-8")
    feed = {"id": "council", "kind": suffix, "path": str(table), "every_seconds": 0.1}

    async def play() -> None:
        async with night(tmp_path, [{"contest": WM, "test": True, "feeds": [feed]}]) as running:
            service = running.service
            await running.until(lambda: len(service.state(WM).items) == 1)
            live = await service.decide(WM, Decision("live", "polls have closed"), EVE)
            await running.until(lambda: len(service.state(WM).items) == 1)
            assert service.state(WM).taken[0].sequence > live.sequence

    asyncio.run(play())
