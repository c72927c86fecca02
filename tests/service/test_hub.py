"""Events: everybody in order, the slow let go, those who come back given what they missed."""

from __future__ import annotations

import asyncio

from service_state import entries

from forecast.journal.entry import EntryKind
from forecast.service.hub import Event, Hub

GIVEN = entries(*[(EntryKind.DECISION, "editor Eve (key 1)", {"action": "hold"})] * 5)


def event(sequence: int, contest: str = "wm") -> Event:
    return Event(sequence, contest, "decision", {})


async def listen(hub: Hub, found: list[int], after: int | None = None, contest: str | None = "wm") -> None:
    async for each in hub.subscribe(contest, after):
        found.append(each.sequence)  # noqa: PERF401 - what was heard so far is looked at meanwhile


def test_a_listener_hears_its_contest_in_order_until_the_hub_closes() -> None:
    async def play() -> list[int]:
        hub, found = Hub(), list[int]()
        listening = asyncio.create_task(listen(hub, found))
        await asyncio.sleep(0)
        for sequence, contest in ((1, "wm"), (2, "other"), (3, "wm")):
            hub.publish(event(sequence, contest))
        await asyncio.sleep(0)
        hub.close()
        hub_left = len(hub.listeners)
        await asyncio.wait_for(listening, 1)
        assert hub_left == 0
        return found

    assert asyncio.run(play()) == [1, 3]


def test_one_that_comes_back_is_given_what_it_missed_and_nothing_twice() -> None:
    async def play() -> list[int]:
        hub, found = Hub(lambda _contest, after: GIVEN[after:]), list[int]()
        listening = asyncio.create_task(listen(hub, found, after=2))
        while len(found) < 3:
            await asyncio.sleep(0.01)
        hub.publish(event(5))
        hub.publish(event(6))
        while len(found) < 4:
            await asyncio.sleep(0.01)
        listening.cancel()
        return found

    assert asyncio.run(play()) == [3, 4, 5, 6]


def test_a_slow_one_is_let_go_and_holds_nobody_up() -> None:
    async def play() -> tuple[int, int]:
        hub = Hub(capacity=3)
        slow = hub.subscribe("wm", None)
        waiting = asyncio.ensure_future(anext(slow))
        await asyncio.sleep(0)
        hub.publish(event(1))
        assert (await waiting).sequence == 1
        for sequence in range(2, 10):
            hub.publish(event(sequence))
        rest = [each.sequence async for each in slow]
        return len(rest), hub.dropped

    assert asyncio.run(play()) == (0, 1)
