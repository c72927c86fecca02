"""From a rehearsal to the night: what was given in as a test is kept, marked, and counts for nothing any more."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path

import pytest
from made_service import CONTEST
from made_service import running as serving
from service_state import BALLOTS, NIGHT, SANDWELL, Night, item, night

from forecast.declaration import Declaration
from forecast.errors import ForecastError
from forecast.journal.entry import EntryKind
from forecast.journal.item_json import write_item
from forecast.journal.made import Made
from forecast.journal.store import open_store
from forecast.service.cross_check import check_desk
from forecast.service.decision import Decision, write_decision
from forecast.service.desk import DeskState
from forecast.service.folding import add_entry
from forecast.web.api import feeds

WM, TWIN = "west-midlands", "twin"
HEAD, BALLOTS_LINE = "kind,area,ballots,source\n", "verified,sandwell,66296,council\n"
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
            assert "TEST" in document(running, TWIN)
            assert len(service.state(TWIN).items) == 2
            await service.decide(TWIN, Decision("live", "tried"), EVE)
            again = document(running, TWIN)  # what was on air before it became one, at once
            assert again
            assert "TEST" not in again
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


def fed(table: Path) -> list[Mapping[str, object]]:
    """The test contest with a feed of a file."""
    feed = {"id": "council", "kind": "csv", "path": str(table), "every_seconds": 0.1}
    return [{"contest": WM, "test": True, "feeds": [feed]}]


def test_what_a_feed_still_gives_once_it_is_live_counts(tmp_path: Path) -> None:
    table = tmp_path / "news.csv"
    table.write_text(HEAD + BALLOTS_LINE, encoding="utf-8")

    async def play() -> None:
        async with night(tmp_path, fed(table)) as running:
            service = running.service
            await running.until(lambda: len(service.state(WM).items) == 1)
            live = await service.decide(WM, Decision("live", "polls have closed"), EVE)
            await running.until(lambda: len(service.state(WM).items) == 1)
            assert service.state(WM).taken[0].sequence > live.sequence

    asyncio.run(play())


def test_what_a_feed_gave_before_it_was_live_and_took_out_is_not_taken_after_it(tmp_path: Path) -> None:
    table = tmp_path / "news.csv"

    async def play() -> None:
        async with night(tmp_path, fed(table)) as running:
            service, desk = running.service, running.service.desks.desk(WM)
            (runner,) = service.runners
            async with desk.lock:  # what is read waits for whoever decides
                table.write_text(HEAD + BALLOTS_LINE, encoding="utf-8")
                await running.until(lambda: bool(runner.waiting))
                table.write_text(HEAD, encoding="utf-8")
                running.store.append(WM, EntryKind.DECISION, EVE, write_decision(Decision("live", "it begins")))
                await service.desks.catch_up()
            await running.until(lambda: not runner.reader.test and not runner.waiting)
            assert service.state(WM).taken == ()
            with pytest.raises(ForecastError, match="no test now"):
                await service.take_many(WM, [(item(BALLOTS), "")], "feed council", test=True)

    asyncio.run(play())


def test_what_anybody_pulls_holds_nothing_of_the_rehearsal_once_it_is_live(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, pulled = f"/v1/contests/{WM}", f"/feeds/{WM}"
    with serving(tmp_path, contests=[{**CONTEST, "test": True}]) as found:
        found.wait(lambda: found.status() == "test")
        found.post(f"{here}/news", SANDWELL)
        found.wait(lambda: found.client.get(f"{pulled}/history.csv").text.count("\n") == 3)
        assert "Sandwell" in found.client.get(f"{pulled}/atom.xml").text
        found.post(f"{here}/decisions", {"action": "live", "reason": "it begins"}, "editor")
        found.wait(lambda: found.status() == "live")
        for name in ("history.csv", "probabilities.csv"):
            assert found.client.get(f"{pulled}/{name}").text.count("\n") == 2
        assert "Sandwell" not in found.client.get(f"{pulled}/atom.xml").text
        assert len(found.client.get(f"{here}/history").json()["data"]) == 1
        monkeypatch.setattr(feeds, "LONGEST", 1)  # of a longer course its end
        before = found.client.get(f"{pulled}/history.csv").text
        found.post(f"{here}/news", BALLOTS)
        found.wait(lambda: found.client.get(f"{here}/latest").json()["data"]["number"] == 4)
        after = found.client.get(f"{pulled}/history.csv").text
        assert after != before
        assert after.count("\n") == 2


def test_nobody_is_shown_the_rehearsal_as_live_at_the_moment_at_which_it_ends(tmp_path: Path) -> None:
    async def play() -> None:
        async with night(tmp_path, SERVED) as running:
            await give(running, WM, item(SANDWELL))
            desk, store = running.service.desks.desk(WM), running.store
            assert desk.shown(store, NIGHT, 600).status == "test"
            entry = store.append(WM, EntryKind.DECISION, EVE, write_decision(Decision("live", "it begins"))).entry
            desk.state = add_entry(desk.contest, desk.state, entry)  # the first that is done of taking it in
            shown = desk.shown(store, NIGHT, 600)
            assert (shown.test, shown.document) == (False, None)

    asyncio.run(play())


def test_a_cross_check_begun_in_the_rehearsal_neither_holds_nor_counts_once_it_is_live(tmp_path: Path) -> None:
    async def play() -> None:
        async with night(tmp_path, SERVED) as running:
            await give(running, WM, item(SANDWELL))
            service, desk, checker = running.service, running.service.desks.desk(WM), running.service.workers.checker
            engines = ("auto", "uniform-swing")  # which disagree
            given = check_desk(desk, running.store, checker, service.engine_named, engines=engines, draws=1000)
            checking = asyncio.create_task(given)
            await running.until(lambda: checker.waiting == 1)
            await service.decide(WM, Decision("live", "it begins"), EVE)
            assert not checking.done()
            assert await checking is None
            await service.desks.catch_up()
            assert service.state(WM).hold is None
            assert desk.checked != service.state(WM).changed

    asyncio.run(play())


def test_the_night_so_far_of_a_rehearsal_is_not_the_live_contest_s(tmp_path: Path) -> None:
    async def play() -> None:
        async with night(tmp_path, [{"contest": WM, "test": True, "news": "own"}]) as running:
            service, asked = running.service, running.service.workers.asked
            await running.until(lambda: asked.waiting == 1)
            await go_live(running)
            await asyncio.wait_for(service.parts.tasks[f"past {WM}"], 60)
            desk = service.desks.desk(WM)
            assert (desk.reserved, desk.past) == (6, 0)
            assert all(head.areas_declared == 0 for head in desk.history(running.store))

    asyncio.run(play())


def test_a_rehearsal_kept_by_a_version_that_did_not_say_so_is_one_and_a_night_that_was_live_is_not(
    tmp_path: Path,
) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'night.sqlite'}")
    for contest, status in ((WM, "test"), (TWIN, "live")):
        news = store.append(contest, EntryKind.NEWS, ANN, {"item": write_item(item(SANDWELL))}).entry
        store.save_forecast(Made(contest, news.sequence, "{}", "toy", 0.1), publish=True, status=status)
    store.close()
    tests = [{"contest": WM, "test": True}, {"contest": WM, "id": TWIN, "test": True}]

    async def play() -> None:
        async with night(tmp_path, tests) as running:
            assert [len(running.service.state(each).items) for each in (WM, TWIN)] == [1, 1]
            assert running.service.state(WM).test
            await go_live(running)
            await running.service.decide(TWIN, Decision("live", "it goes on"), EVE)
            assert [len(running.service.state(each).items) for each in (WM, TWIN)] == [0, 1]
            await running.until(lambda: "TEST" not in document(running, WM) != "")
            assert running.service.desks.desk(WM).history(running.store)[0].through >= running.service.state(WM).changed

    async def again() -> None:
        async with night(tmp_path, tests) as running:
            assert [running.service.state(each).test for each in (WM, TWIN)] == [False, False]
            assert [len(running.service.state(each).items) for each in (WM, TWIN)] == [0, 1]

    asyncio.run(play())
    asyncio.run(again())
