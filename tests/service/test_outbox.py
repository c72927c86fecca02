"""What the world is told of the journal by webhook: where it goes on, and what it is not told yet, or never."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from service_state import BALLOTS, NIGHT, SANDWELL, Night, entries, item, night

from forecast.errors import NewsError
from forecast.journal.entry import Entry, EntryKind
from forecast.outlets.target import UnservedError
from forecast.service.airing import Airing
from forecast.service.decision import Decision
from forecast.service.hub import Event
from forecast.service.outbox import JournalOutbox

ANN, BOB, EVE = "operator Ann (key 1)", "operator Bob (key 2)", "editor Eve (key 3)"
WM = "west-midlands"
RIGHT = {"parker": 31562, "street": 18598}


async def told(running: Night, after: int = 0) -> list[Event]:
    """What a service that has just begun tells of what followed an entry."""
    outbox = JournalOutbox(running.service)
    found = [await outbox.outward(each) for each in await outbox.read(after)]
    return [each for each in found if each is not None]


def played(tmp_path: Path, play: Callable[[Night], Awaitable[None]], **settings: Any) -> None:  # noqa: ANN401 - configuration
    async def whole() -> None:
        async with night(tmp_path, **settings) as running:
            await running.until(lambda: running.store.latest(WM, False) is not None)
            await running.service.desks.catch_up()
            await play(running)

    asyncio.run(whole())


async def published_after(running: Night, entry: int) -> None:
    """Wait until a forecast that has seen an entry is on air."""
    await running.until(lambda: (shown := running.store.latest(WM)) is not None and shown.through >= entry)
    await running.service.desks.catch_up()


async def taken(running: Night, actor: str = ANN, **news: object) -> int:
    """Take Sandwell's result in, and wait for the forecast made of it, on air or not."""
    receipt = await running.service.take(WM, item(SANDWELL, **news), actor)
    assert receipt.entry is not None
    await running.forecast_after(receipt.entry.sequence)
    return receipt.entry.sequence


def test_whoever_tells_the_world_goes_on_from_the_place_that_is_kept_and_a_new_one_from_the_present(
    tmp_path: Path,
) -> None:
    async def play(running: Night) -> None:
        service = running.service
        first = await service.decide(WM, Decision("label", text="a"), EVE)
        outbox = JournalOutbox(service)
        second = await service.decide(WM, Decision("label", text="b"), EVE)
        assert first.sequence <= await outbox.begin("old") < second.sequence
        await outbox.move("old", second.sequence)
        later = JournalOutbox(service)
        assert await later.begin("old") == await later.begin("new") == second.sequence
        await outbox.move("old", first.sequence)  # one who has lost the lead and does not know yet
        assert await later.begin("old") == second.sequence
        assert await later.read(service.desks.sequence) == []
        third = await service.decide(WM, Decision("label", text="c"), EVE)
        assert (await later.read(third.sequence - 1))[0].sequence == third.sequence

    played(tmp_path, play)


@pytest.mark.parametrize("ended", ["by the clock", "by an editor"])
def test_what_an_embargo_came_before_is_never_told_once_it_has_ended_either(tmp_path: Path, ended: str) -> None:
    async def play(running: Night) -> None:
        decide, ends = running.service.decide, running.clock.now + timedelta(minutes=5)
        await published_after(running, 0)
        assert [each.kind for each in await told(running)] == ["forecast"]
        await decide(WM, Decision("embargo", until=ends), EVE)
        running.clock.now += timedelta(minutes=1)
        under = await decide(WM, Decision("label", text="Recount"), EVE)
        assert await told(running) == []
        if ended == "by the clock":
            running.clock.now = ends
        else:
            await decide(WM, Decision("embargo"), EVE)
        after = await decide(WM, Decision("label", text=""), EVE)
        found = await told(running)
        assert all(each.sequence > under.sequence for each in found)
        assert after.sequence in {each.sequence for each in found}

    played(tmp_path, play)


def test_what_came_under_an_embargo_that_was_configured_is_never_told(tmp_path: Path) -> None:
    ends = NIGHT + timedelta(minutes=5)

    async def play(running: Night) -> None:
        await running.service.decide(WM, Decision("label", text="Recount"), EVE)
        running.clock.now = ends
        await published_after(running, 0)
        assert [each.kind for each in await told(running)] == ["forecast"]

    played(tmp_path, play, contests=[{"contest": WM, "embargo_until": ends}])


def embargoes(*until: int | None) -> list[Entry]:
    """Entries a second apart, each with an embargo until so many seconds after the night began."""
    times = [None if each is None else (NIGHT + timedelta(seconds=each)).isoformat() for each in until]
    return entries(*((EntryKind.DECISION, EVE, {"action": "embargo", "until": each}) for each in times))


@pytest.mark.parametrize(
    ("until", "barred"),
    [
        ((), -1),
        ((0,), -1),  # it had ended before it was decided
        ((5,), 4),
        ((5, 3), 2),  # one that is shortened
        ((9, None), 1),  # one that an editor ends: the entry that ended it is told
        ((2, None, 0), 1),
        ((4, 0, 0, 0, 0), 1),
    ],
)
def test_of_any_embargoes_all_before_their_ends_is_barred_and_nothing_after(
    until: tuple[int | None, ...], barred: int
) -> None:
    airing = Airing()
    for entry in embargoes(*until):
        airing.follow(entry)
    late = NIGHT + timedelta(hours=1)
    found = [n for n in range(10) if airing.is_barred(n, NIGHT + timedelta(seconds=n), late)]
    assert found == list(range(barred + 1))


def kinds(found: list[Event]) -> list[tuple[str, int]]:
    return [(each.kind, each.sequence) for each in found]


def test_a_correction_is_told_at_once_and_not_again_with_its_forecast(tmp_path: Path) -> None:
    async def play(running: Night) -> None:
        declared = await taken(running)
        await published_after(running, declared)
        assert "correction" not in {each.kind for each in await told(running)}
        put_right = await taken(running, kind="corrected", votes=RIGHT)
        await published_after(running, put_right)
        found = await told(running, put_right - 1)
        assert kinds(found)[0] == ("correction", put_right)
        assert {each.kind for each in found[1:]} == {"forecast"}
        assert found[0].data["item"]["votes"]["parker"] == 31562
        undone = await running.service.undo(WM, put_right, ANN, "it was right")
        await published_after(running, undone.sequence)
        again = await told(running, undone.sequence - 1)
        assert kinds(again)[0] == ("correction", undone.sequence)
        assert {each.kind for each in again[1:]} == {"forecast"}

    played(tmp_path, play)


@pytest.mark.parametrize("held", [False, True])
def test_a_correction_waits_for_no_forecast_but_for_a_hold_to_be_released(tmp_path: Path, held: bool) -> None:
    async def play(running: Night) -> None:
        service, desk = running.service, running.service.desks.desk(WM)
        wrong = await service.take(WM, item(BALLOTS, area="dudley", ballots=60_000), ANN)
        assert wrong.entry is not None
        await published_after(running, wrong.entry.sequence)
        await service.take(WM, item(SANDWELL), ANN)
        await running.until(lambda: bool(desk.state.trouble))  # no forecast succeeds any more
        hold = await service.decide(WM, Decision("hold", "look"), EVE) if held else None
        put_right = await service.take(WM, item(BALLOTS, kind="corrected", area="dudley", ballots=61_000), ANN)
        assert put_right.entry is not None
        sequence = put_right.entry.sequence
        if hold is not None:
            assert kinds(await told(running, hold.sequence)) == []
            release = await service.decide(WM, Decision("release"), EVE)
            assert kinds(await told(running, hold.sequence)) == [
                ("correction", sequence), ("decision", release.sequence),
            ]  # fmt: skip
        else:
            assert kinds(await told(running, sequence - 1)) == [("correction", sequence)]

    played(tmp_path, play, contests=[{"contest": WM, "engine": "regression"}])


def test_what_was_wrong_and_put_right_under_a_hold_was_never_on_air_and_is_no_correction(tmp_path: Path) -> None:
    async def play(running: Night) -> None:
        await published_after(running, 0)
        hold = await running.service.decide(WM, Decision("hold", "look"), EVE)
        await taken(running)
        put_right = await taken(running, kind="corrected", votes=RIGHT)
        wrong = await running.service.take(WM, item(BALLOTS, area="dudley", ballots=60_000), ANN)
        assert wrong.entry is not None
        await running.service.undo(WM, wrong.entry.sequence, ANN, "another's")
        await running.service.decide(WM, Decision("release"), EVE)
        await published_after(running, put_right)
        assert "correction" not in {each.kind for each in await told(running, hold.sequence)}
        again = await running.service.decide(WM, Decision("hold", "look"), EVE)
        withdrawn = await taken(running, kind="withdrawn", votes={})
        await running.service.undo(WM, withdrawn, ANN, "it stands")
        release = await running.service.decide(WM, Decision("release"), EVE)
        await published_after(running, release.sequence - 1)
        assert "correction" not in {each.kind for each in await told(running, again.sequence)}

    played(tmp_path, play)


def test_of_an_alarm_under_a_hold_only_that_there_is_one_is_told(tmp_path: Path) -> None:
    async def play(running: Night) -> None:
        async def alarm() -> Event:
            (found,) = [each for each in await told(running) if each.kind == "alarm"]
            return found

        await running.service.decide(WM, Decision("hold", "look"), EVE)
        with pytest.raises(NewsError):
            await running.service.take(WM, item(BALLOTS, ballots=999_999), ANN)
        held = await alarm()
        assert held.data == {"at": held.data["at"], "actor": ANN, "held": True}
        await running.service.decide(WM, Decision("release"), EVE)
        assert (await alarm()).data["item"]["ballots"] == 999_999

    played(tmp_path, play)


def test_a_correction_that_a_second_person_confirmed_and_a_choice_are_told_as_corrections(tmp_path: Path) -> None:
    async def play(running: Night) -> None:
        service = running.service
        first = await service.take(WM, item(SANDWELL), "feed council", confirm=False)
        assert first.entry is not None
        await published_after(running, first.entry.sequence)
        waiting = await service.take(WM, item(SANDWELL, kind="corrected", votes=RIGHT), ANN)
        assert waiting.entry is not None
        confirmed = await service.decide(WM, Decision("confirm", entry=waiting.entry.sequence), BOB)
        await published_after(running, confirmed.sequence)
        other = await service.take(WM, item(SANDWELL, source="agency"), "feed agency", confirm=False)
        assert other.entry is not None
        chosen = await service.decide(WM, Decision("choose", entry=other.entry.sequence, keep="new"), BOB)
        await published_after(running, chosen.sequence)
        found = [each for each in await told(running) if each.kind == "correction"]
        assert [each.sequence for each in found] == [confirmed.sequence, chosen.sequence]
        assert [each.data["item"]["votes"]["parker"] for each in found] == [31562, 31561]

    played(tmp_path, play, confirm=True)


def test_only_of_what_is_neither_served_nor_listed_nothing_is_ever_told(tmp_path: Path) -> None:
    async def play(running: Night) -> None:
        desks, outbox = running.service.desks, JournalOutbox(running.service)
        desks.served["broken"] = replace(desks.served[WM], contest=None, error="does not load")
        (published,) = await told(running)
        assert await outbox.outward(replace(published, contest="of another night")) is None
        assert await outbox.outward(replace(published, contest="broken", kind="news")) is None
        desks.listed.add("listed")
        for contest in ("broken", "listed"):
            with pytest.raises(UnservedError):
                await outbox.outward(replace(published, contest=contest))
        desks.listed.clear()

    played(tmp_path, play)


def test_nothing_of_a_rehearsal_is_told_by_its_forecast_s_number_either(tmp_path: Path) -> None:
    async def play(running: Night) -> None:
        await published_after(running, 0)
        rehearsed = running.store.latest(WM)
        assert rehearsed is not None
        live = await running.service.decide(WM, Decision("live"), EVE)
        await published_after(running, live.sequence)
        outbox = JournalOutbox(running.service)
        (published,) = [each for each in await outbox.read(live.sequence) if each.kind == "forecast"]
        assert await outbox.outward(published) is not None
        of_rehearsal = replace(published, data={**published.data, "forecast": rehearsed.number})
        assert await outbox.outward(of_rehearsal) is None

    played(tmp_path, play, contests=[{"contest": WM, "test": True}])
