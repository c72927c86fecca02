"""What people decide: holds and releases, embargoes, whom to believe, a second person."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest
from service_state import ANN, BALLOTS, BOB, EVE, NIGHT, SANDWELL, WM, first, item, night

from forecast.errors import ForecastError
from forecast.service.decision import Decision
from forecast.service.watch import look_after


def test_a_hold_keeps_the_last_one_on_air_and_its_release_publishes_the_newest(tmp_path: Path) -> None:
    async def play() -> None:
        async with night(tmp_path) as running:
            await first(running)
            number = (await running.service.on_air(WM)).number
            await running.service.decide(WM, Decision("hold", "look at Sandwell"), EVE)
            receipt = await running.service.take(WM, item(SANDWELL), ANN)
            assert receipt.entry is not None
            await running.forecast_after(receipt.entry.sequence)
            held = await running.service.on_air(WM)
            assert (held.status, held.number) == ("held", number)
            assert running.service.health().state == "held"
            await running.service.decide(WM, Decision("release"), EVE)
            await running.until(lambda: (now := running.store.latest(WM)) is not None and now.number > number)
            await running.service.desks.catch_up()
            assert (await running.service.on_air(WM)).status == "live"

    asyncio.run(play())


def test_an_embargo_hides_it_until_its_time_and_then_publishes(tmp_path: Path) -> None:
    async def play() -> None:
        served = [{"contest": WM, "embargo_until": (NIGHT + timedelta(minutes=5)).isoformat()}]
        async with night(tmp_path, served) as running:
            await first(running)
            assert (await running.service.on_air(WM)).document is None
            assert (await running.service.on_air(WM, editor=True)).document is not None
            assert running.store.latest(WM) is None
            running.clock.now += timedelta(minutes=6)
            await look_after(running.service)
            await running.until(lambda: running.store.latest(WM) is not None)
            await running.service.desks.catch_up()
            assert (await running.service.on_air(WM)).status == "live"

    asyncio.run(play())


def test_two_sources_that_disagree_change_nothing_until_a_person_chooses(tmp_path: Path) -> None:
    async def play() -> None:
        async with night(tmp_path) as running:
            service = running.service
            await service.take(WM, item(SANDWELL), ANN)
            other = item(SANDWELL, votes={"parker": 34961, "street": 18598}, source="agency")
            receipt = await service.take(WM, other, "feed agency", "a1")
            assert receipt.status == "conflict"
            assert receipt.entry is not None
            assert (await service.take(WM, other, "feed agency", "a1")).status == "repeated"
            (conflict,) = service.state(WM).conflicts
            assert len(service.state(WM).items) == 1
            await service.decide(WM, Decision("choose", entry=conflict.sequence, keep="new"), ANN)
            state = service.state(WM)
            assert state.conflicts == ()
            assert [each.kind for each in state.items] == ["declared", "corrected"]
            assert service.desks.desk(WM).tally().votes[3, 0] == 34961
            await service.undo(WM, state.taken[1].sequence, ANN, "the agency erred")
            assert service.desks.desk(WM).tally().votes[3, 0] == 31561
            with pytest.raises(ForecastError, match="undone already"):
                await service.undo(WM, state.taken[1].sequence, ANN, "again")

    asyncio.run(play())


def test_where_it_is_so_configured_a_second_person_confirms(tmp_path: Path) -> None:
    async def play() -> None:
        async with night(tmp_path, confirm=True) as running:
            service = running.service
            receipt = await service.take(WM, item(SANDWELL), ANN)
            assert receipt.status == "pending"
            assert receipt.entry is not None
            confirm = Decision("confirm", entry=receipt.entry.sequence)
            with pytest.raises(ForecastError, match="it was you"):
                await service.decide(WM, confirm, ANN)
            assert service.state(WM).items == ()
            await service.decide(WM, confirm, BOB)
            assert len(service.state(WM).items) == 1
            assert (await service.take(WM, item(BALLOTS), "feed council")).status == "accepted"

    asyncio.run(play())


@pytest.mark.parametrize(("engine", "reason"), [("regression", "no answer after Sandwell"), ("hierarchical", "died")])
def test_an_update_that_fails_keeps_the_last_good_one_on_air_as_stale(tmp_path: Path, engine: str, reason: str) -> None:
    async def play() -> None:
        served = [{"contest": WM, "engine": engine}, {"contest": WM, "id": "other"}]
        async with night(tmp_path, served) as running:
            service = running.service
            await first(running)
            receipt = await service.take(WM, item(SANDWELL), ANN)
            assert receipt.entry is not None
            await running.until(lambda: bool(service.state(WM).trouble))
            shown = await service.on_air(WM)
            assert shown.status == "stale"
            assert shown.document is not None
            assert reason in shown.reason
            health = service.health()
            assert health.state == "degraded"
            assert {each.contest: each.state for each in health.contests}[WM] == "degraded"
            other = await service.take("other", item(SANDWELL), ANN)
            assert other.entry is not None
            running.contest = "other"
            await running.forecast_after(other.entry.sequence)
            assert (await service.on_air("other")).status == "live"
            running.contest = WM
            await service.undo(WM, receipt.entry.sequence, ANN, "wrong")
            await running.until(lambda: not service.state(WM).trouble)
            assert (await service.on_air(WM)).status == "live"

    asyncio.run(play())
