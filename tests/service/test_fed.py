"""Feeds of a service that runs: what was refused comes in once the count lets it, without anybody touching the file."""

from __future__ import annotations

import asyncio
from pathlib import Path

from service_state import BALLOTS, SANDWELL, Night, item, night

from forecast.journal.entry import EntryKind

ANN, WM = "operator Ann (key 1)", "west-midlands"
HEAD = "kind,area,ballots,parker,street,source\n"


def feeds(*paths: Path) -> list[dict[str, object]]:
    """The contest with a feed of each file."""
    listed = [{"id": path.stem, "kind": "csv", "path": str(path), "every_seconds": 1} for path in paths]
    return [{"contest": WM, "feeds": listed}]


def refused(running: Night) -> list[str]:
    """What the journal says was refused."""
    alarms = running.store.entries(WM, kinds=[EntryKind.ALARM])
    return [word for each in alarms for word in each.body.get("refused", ())]


def said(running: Night) -> dict[str, str]:
    return {feed.id: feed.last_error for feed in running.service.feeds()}


def test_a_correction_refused_before_its_declaration_came_from_another_feed_is_taken_after_it(tmp_path: Path) -> None:
    press, council = tmp_path / "press.csv", tmp_path / "council.csv"
    wrong = "declared,dudley,,900000,1,council\n"

    async def first() -> None:
        council.write_text(HEAD + wrong, encoding="utf-8")
        press.write_text(HEAD + "declared,sandwell,,31561,18598,press agency\n", encoding="utf-8")
        async with night(tmp_path, feeds(press, council)) as running:
            for runner in running.service.runners:
                runner.again_seconds = 0.0
            await running.service.take(WM, item(BALLOTS, ballots=40_000), ANN)
            await running.until(lambda: len(refused(running)) == 2)
            await running.until(lambda: all(said(running).values()))
            assert "40,000 ballots" in said(running)["press"]
            await running.service.take(WM, item(BALLOTS, kind="corrected"), ANN)
            await running.until(lambda: said(running)["press"] == "")
            assert [each.votes.get("parker") for each in running.service.state(WM).items][-1] == 31_561
            assert "900,00" in said(running)["council"]
            assert len(refused(running)) == 2

    async def again() -> None:  # it reads the files again
        async with night(tmp_path, feeds(press, council)) as running:
            await running.until(lambda: "900,00" in said(running)["council"])
            await running.until(lambda: running.service.runners[0].state.repeated == 1)
            assert len(refused(running)) == 2
            council.write_text(HEAD + "declared,dudley,,30000,40000,council\n", encoding="utf-8")
            await running.until(lambda: said(running)["council"] == "")

    asyncio.run(first())
    asyncio.run(again())


def test_a_refusal_in_other_words_is_in_the_journal_and_one_that_a_person_meets_is_each_time(tmp_path: Path) -> None:
    async def play() -> None:
        async with night(tmp_path) as running:
            many = item(SANDWELL, votes={"parker": 900_000})
            for actor in ("feed council", ANN):
                for _ in range(2):
                    await running.service.take_many(WM, [(many, "k")], actor)
            assert len(refused(running)) == 3
            await running.service.take(WM, item(BALLOTS), ANN)
            await running.service.take_many(WM, [(many, "k")], "feed council")
            assert len(refused(running)) == 4
            assert running.store.check() == ()

    asyncio.run(play())


def test_a_withdrawal_that_was_refused_takes_nothing_back_that_was_entered_since_after_a_restart_either(
    tmp_path: Path,
) -> None:
    council = tmp_path / "council.csv"
    council.write_text(HEAD + "withdrawn,sandwell,,,,council\n", encoding="utf-8")

    async def first() -> None:
        async with night(tmp_path, feeds(council)) as running:
            await running.until(lambda: len(refused(running)) == 1)
            await running.service.take(WM, item(SANDWELL), ANN)

    async def again() -> None:
        async with night(tmp_path, feeds(council)) as running:
            await running.until(lambda: running.service.runners[0].state.refused == 1)
            assert "was refused when it came" in said(running)["council"]
            assert [each.votes.get("parker") for each in running.service.state(WM).items] == [31_561]
            assert len(refused(running)) == 1

    asyncio.run(first())
    asyncio.run(again())


def test_figures_that_were_refused_are_not_taken_after_a_restart_in_place_of_those_given_since(tmp_path: Path) -> None:
    council = tmp_path / "council.csv"
    lines = ["verified,sandwell,50200,,,council", "declared,sandwell,,31561,18598,council"]
    more = ["corrected,sandwell,,31700,18598,council", "corrected,sandwell,,31570,18598,council", ""]  # first too many
    council.write_text(HEAD + "\n".join([*lines, *more]), encoding="utf-8")

    async def first() -> None:
        async with night(tmp_path, feeds(council)) as running:
            await running.until(lambda: running.service.runners[0].state.taken == 3)
            assert len(refused(running)) == 1
            await running.service.take(WM, item(BALLOTS, kind="corrected"), ANN)

    async def again() -> None:
        async with night(tmp_path, feeds(council)) as running:
            await running.until(lambda: running.service.runners[0].state.repeated == 3)
            assert running.service.runners[0].state.last_error == ""
            figures = [each.votes.get("parker") for each in running.service.state(WM).items if each.votes]
            assert figures == [31_561, 31_570]
            assert len(refused(running)) == 1

    asyncio.run(first())
    asyncio.run(again())


def test_a_declaration_and_its_correction_both_refused_are_taken_after_a_restart_too(tmp_path: Path) -> None:
    council = tmp_path / "council.csv"
    lines = ["verified,sandwell,40000,,,council", "declared,sandwell,,31561,18598,council"]
    council.write_text(HEAD + "\n".join([*lines, "corrected,sandwell,,31562,18598,council", ""]), encoding="utf-8")

    async def first() -> None:
        async with night(tmp_path, feeds(council)) as running:
            await running.until(lambda: len(refused(running)) == 2)

    async def between() -> None:
        async with night(tmp_path) as running:
            await running.service.take(WM, item(BALLOTS, kind="corrected"), ANN)

    async def again() -> None:
        async with night(tmp_path, feeds(council)) as running:
            await running.until(lambda: running.service.runners[0].state.taken == 2)
            figures = [each.votes.get("parker") for each in running.service.state(WM).items if each.votes]
            assert figures == [31_561, 31_562]

    asyncio.run(first())
    asyncio.run(between())
    asyncio.run(again())
