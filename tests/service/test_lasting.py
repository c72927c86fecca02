"""What goes wrong in one place: it is said, it stops nothing else, and what stopped goes on."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from service_state import SANDWELL, WEST_MIDLANDS, entries, item, night

from forecast.declaration import Declaration
from forecast.errors import Defect, ForecastError, ModelError, Overtaken, StoreAway
from forecast.feeds.readers import Reader
from forecast.feeds.runner import make_feed
from forecast.journal.access import Listing
from forecast.journal.entry import Entry, EntryKind
from forecast.journal.item_json import write_item
from forecast.journal.made import Made
from forecast.journal.store import Store, open_store
from forecast.service.decision import Decision
from forecast.service.desk import DeskState
from forecast.service.desks import Desks
from forecast.service.hub import Event, Hub
from forecast.service.live_desk import LiveDesk
from forecast.service.parts import Parts
from forecast.service.served import Served
from forecast.service.taking import take_items
from forecast.service.workers import MOST_WAITING, Workers

ANN, BOB, EVE = "operator Ann (key 1)", "operator Bob (key 2)", "editor Eve (key 3)"
WM = "west-midlands"
WRONG = {**write_item(item(SANDWELL)), "area": "atlantis"}


def served(name: str) -> Served:
    """West Midlands under an id."""
    made_at = entries((EntryKind.NEWS, ANN, {}))[0].at
    return Served(Listing(name, WM, False, "toy", 1000, 1, made_at), WEST_MIDLANDS)


def desks_of(store: Store, *names: str) -> Desks:
    """Desks opened from a journal."""
    found = Desks(store, Hub())
    found.sequence = store.last_sequence()
    found.open([served(name) for name in names])
    return found


def test_a_part_that_fails_is_said_begins_again_and_is_well_once_it_ends() -> None:
    async def play() -> tuple[int, bool, dict[str, str]]:
        troubles, runs, said = dict[str, str](), 0, False
        parts = Parts(troubles, soonest=0.01)

        async def part() -> None:
            nonlocal runs, said
            runs, said = runs + 1, said or "webhooks" in troubles
            if runs < 3:
                raise StoreAway(Defect("database", "is away."))

        parts.run("webhooks", part)
        await asyncio.wait_for(parts.tasks["webhooks"], 5)
        return runs, said, troubles

    assert asyncio.run(play()) == (3, True, {})


def test_a_part_that_runs_already_is_not_run_twice() -> None:
    async def play() -> int:
        parts, runs = Parts({}), 0

        async def part() -> None:
            nonlocal runs
            runs += 1
            await asyncio.sleep(0)

        parts.run("desk", part)
        parts.run("desk", part)
        await asyncio.sleep(0.01)
        parts.run("desk", part)  # it has ended
        await parts.tasks["desk"]
        return runs

    assert asyncio.run(play()) == 2


def test_a_journal_that_does_not_fit_its_contest_any_more_stops_no_other(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'night.sqlite'}")
    store.append("one", EntryKind.NEWS, ANN, {"item": WRONG})
    store.append("two", EntryKind.NEWS, ANN, {"item": write_item(item(SANDWELL))})
    found = desks_of(store, "one", "two")
    assert list(found.desks) == ["two"]
    assert "atlantis" in found.served["one"].error
    store.close()


def test_an_entry_that_cannot_be_taken_in_is_said_and_holds_up_nobody_else_s(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'night.sqlite'}")
    found = desks_of(store, "one", "two")
    store.append("one", EntryKind.NEWS, ANN, {"item": WRONG})
    store.append("two", EntryKind.NEWS, ANN, {"item": write_item(item(SANDWELL))})
    asyncio.run(found.catch_up())
    assert len(found.desk("two").state.items) == 1
    assert "one" in found.troubles["entry 1"]
    store.close()


def test_an_item_judged_by_what_another_process_has_changed_since_is_judged_again(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'night.sqlite'}")
    ours, theirs = desks_of(store, "wm"), desks_of(store, "wm")
    other = item(SANDWELL, votes={"parker": 31562, "street": 18598}, source="agency")
    take_items(store, theirs.desk("wm"), [(item(SANDWELL), "")], ANN, False)
    with pytest.raises(Overtaken):  # by what it knows, nothing stands against it
        take_items(store, ours.desk("wm"), [(other, "")], BOB, False)
    (receipt,) = asyncio.run(ours.as_it_stands(take_items, store, ours.desk("wm"), [(other, "")], BOB, False))
    assert not isinstance(receipt, Exception)
    assert receipt.status == "conflict"
    assert len(ours.desk("wm").state.items) == 1
    store.close()


def test_nothing_goes_on_air_by_a_decision_that_another_has_overtaken(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'night.sqlite'}")
    seen = store.append("wm", EntryKind.NEWS, ANN, {"item": write_item(item(SANDWELL))}).entry.sequence
    made = Made("wm", seen, "{}", "toy", 0.1)
    first = store.save_forecast(made, publish=False, seen=seen)
    store.append("wm", EntryKind.DECISION, EVE, {"action": "hold", "reason": "look"})
    with pytest.raises(Overtaken):
        store.save_forecast(made, publish=True, seen=seen)
    with pytest.raises(Overtaken):
        store.publish("wm", first.number, "service", {"status": "live"}, seen=seen)
    assert store.latest("wm") is None
    assert store.save_forecast(made, publish=False, seen=seen).number == 2  # kept, and not on air
    store.close()


@pytest.mark.parametrize("action", ["hold", "undo", "test"])
def test_a_forecast_begun_before_a_decision_is_not_put_on_air_against_it(tmp_path: Path, action: str) -> None:
    async def play() -> None:
        async with night(tmp_path) as running:
            await running.until(lambda: running.store.latest(WM) is not None)
            made, decided = asyncio.Event(), asyncio.Event()
            answer_late(running.service.workers, made, decided)
            news = await running.service.take(WM, item(SANDWELL), ANN)
            assert news.entry is not None
            await made.wait()
            entry = news.entry.sequence if action == "undo" else 0
            decision = await running.service.decide(WM, Decision(action, "look", entry=entry), EVE)
            decided.set()
            await running.forecast_after(news.entry.sequence if action == "hold" else decision.sequence)
            published = running.store.entries(WM, after=news.entry.sequence, kinds=[EntryKind.PUBLICATION])
            assert bool(published) == (action != "hold")
            assert all(each.body["through"] >= decision.sequence for each in published)

    asyncio.run(play())


def answer_late(workers: Workers, made: asyncio.Event, decided: asyncio.Event) -> None:
    """Have workers' answers wait until something was decided."""
    make = workers.make

    async def late(*given: Any, **named: Any) -> Any:  # noqa: ANN401 - as the workers' own
        found = await make(*given, **named)
        made.set()
        await decided.wait()
        return found

    workers.make = late  # type: ignore[method-assign]


def test_an_update_that_fails_again_and_again_is_attempted_once_at_a_time(tmp_path: Path) -> None:
    async def play() -> int:
        async with night(tmp_path, [{"contest": WM, "engine": "regression"}]) as running:
            await running.service.take(WM, item(SANDWELL), ANN)
            desk = running.service.desks.desk(WM)
            await running.until(lambda: desk.failures > 0)
            loop = asyncio.get_running_loop()
            for _ in range(20):  # as the schedule does, a night long
                more = desk.failures + 1
                desk.woken.set()
                while desk.failures < more:
                    await asyncio.sleep(0.01)
            waiting = [each for each in loop._scheduled if not each.cancelled()]  # type: ignore[attr-defined]
            return sum(each._callback == desk.woken.set for each in waiting)

    assert asyncio.run(play()) == 1


def test_one_who_comes_back_after_a_whole_night_is_given_it_so_many_at_a_time() -> None:
    given = entries(*[(EntryKind.DECISION, EVE, {"action": "hold"})] * 9)
    asked = list[int]()

    def replay(_contest: str | None, after: int) -> Sequence[Entry]:
        asked.append(after)
        return given[after : after + 4]

    async def play() -> list[int]:
        hub, found = Hub(replay), list[int]()
        async for each in hub.subscribe("wm", 0):
            found.append(each.sequence)
            if len(found) == 9:
                hub.publish(Event(10, "wm", "decision", {}))
                hub.close()
        return found

    assert asyncio.run(play()) == [*range(1, 11)]
    assert asked == [0, 4, 8, 9]


def test_a_tally_asked_for_while_news_comes_is_never_kept_for_later_news() -> None:
    first, second = entries(
        (EntryKind.NEWS, ANN, {"item": write_item(item(SANDWELL))}),
        (EntryKind.NEWS, ANN, {"item": write_item(item({"kind": "verified", "area": "dudley", "ballots": 60_000}))}),
    )
    desk = LiveDesk(served("wm"), WEST_MIDLANDS, DeskState("wm"))
    desk.absorb(first)
    before, early = desk.state, desk.tally()
    desk.absorb(second)
    desk._tally = before.taken, early  # as a thread leaves it that began before the second came
    dudley = WEST_MIDLANDS.area_index("dudley")
    assert desk.tally().ballots[dudley] == 60_000


def test_what_another_process_was_told_to_serve_is_served_here_with_its_news(tmp_path: Path) -> None:
    async def play() -> None:
        async with night(tmp_path) as running:
            rehearsal = served("rehearsal").listing
            running.store.add_listing(replace(rehearsal, test=True, engine="auto"), actor="another process")
            running.store.append("rehearsal", EntryKind.NEWS, ANN, {"item": write_item(item(SANDWELL))})
            await running.until(lambda: "rehearsal" in running.service.desks.desks, 10)
            assert len(running.service.state("rehearsal").items) == 1
            await running.until(lambda: running.store.latest("rehearsal") is not None)

    asyncio.run(play())


def test_where_a_second_person_confirms_nobody_chooses_their_own_figures(tmp_path: Path) -> None:
    async def play() -> None:
        async with night(tmp_path, confirm=True) as running:
            service = running.service
            await service.take(WM, item(SANDWELL), "feed council", confirm=False)
            other = item(SANDWELL, votes={"parker": 31562, "street": 18598}, source="agency")
            waiting = await service.take(WM, other, ANN)
            assert waiting.entry is not None
            assert waiting.status == "conflict"
            choice = Decision("choose", entry=waiting.entry.sequence, keep="new")
            with pytest.raises(ForecastError, match="Somebody else must choose"):
                await service.decide(WM, choice, "operator ANN (key 9)")
            await service.decide(WM, choice, BOB)
            assert not service.state(WM).conflicts

    asyncio.run(play())


def test_so_many_who_ask_are_answered_and_the_next_is_told_to_come_back() -> None:
    async def play() -> None:
        workers = Workers(1)
        workers.asked._waiting = MOST_WAITING
        with pytest.raises(ModelError, match="too many others wait"):
            await workers.answer(1, len, "")

    asyncio.run(play())


def test_a_feed_that_could_not_read_what_it_fetched_reads_it_once_that_is_mended(tmp_path: Path) -> None:
    table = tmp_path / "news.csv"
    table.write_text("kind,area,ballots,source\nverified,sandwell,66296,council\n", encoding="utf-8")
    taken = list[str]()

    async def take(_contest: str, news: Declaration, _actor: str, _key: str) -> None:
        taken.append(news.area)

    feed = make_feed("csv", WM, WEST_MIDLANDS, "csv", take, path=table)
    reader, feed.reader = feed.reader, Reader(None)  # type: ignore[arg-type]  # one that fails
    asyncio.run(feed.once())
    assert feed.state.last_error == "failed: see the log."
    feed.reader = reader
    asyncio.run(feed.once())
    assert (taken, feed.state.last_error) == (["sandwell"], "")
