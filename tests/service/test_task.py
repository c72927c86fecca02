"""What a worker does with several items at once, and when it looks at everything that a call needs."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from service_state import NIGHT, WM_ITEMS, night, sure_named
from service_state import Night as Served

from forecast.call_ready import NOT_LOOKED, NOT_YET
from forecast.contests.catalogue import find_contest
from forecast.contests.contest import Contest
from forecast.declaration import Declaration, Kind
from forecast.journal.access import Listing
from forecast.night import Night
from forecast.posterior import Posterior
from forecast.service import task as tasks
from forecast.service.intake import Receipt
from forecast.service.served import DRAWS_OF_LARGE, load_listing
from forecast.service.task import Task
from forecast.tally import Tally, fold
from models.gibbs import STATES


def task_of(count: int, name: str) -> Task:
    """A task after so many items; workers remember by name."""
    items = WM_ITEMS[:count]
    return Task(name, "west-midlands", None, "auto", 1000, 1, sure_named, items)


async def after(running: Served, receipt: Receipt, following: Declaration | None = None) -> Receipt:
    """Wait for the forecast of an item, then give in another."""
    assert receipt.entry is not None
    await running.forecast_after(receipt.entry.sequence)
    return receipt if following is None else await running.service.take(running.contest, following, "operator Ann")


def whys(document: str) -> list[str]:
    return [each["why"] for each in json.loads(document)["call_ready"]["conditions"]]


def test_items_that_come_together_are_held_against_the_reckoning_before_all_of_them() -> None:
    tasks.update(task_of(3, "together"))
    said = json.loads(tasks.update(task_of(8, "together")).document)["explanation"]["moved"]
    model = sure_named("auto", find_contest("west-midlands"))
    alone = Night(find_contest("west-midlands"), model, 1000, 1)
    first, last = (alone.reckon_items(WM_ITEMS[:count]) for count in (3, 8))
    assert " and 4 items before it" in said["item"]
    contest = alone.contest
    won = [each.simulation.totals.argmax(axis=1) for each in (first, last)]
    who = contest.candidate_index(said["candidate"])
    assert (said["before"], said["after"]) == pytest.approx([float(np.mean(each == who)) for each in won], abs=1e-6)


def test_the_reckoning_before_is_made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    contest = find_contest("west-midlands")
    model = sure_named("auto", contest)

    def counting(contest: Contest, tally: Tally, *, draws: int, seed: int) -> Posterior:
        asked.append(len(tally.items))
        return model(contest, tally, draws=draws, seed=seed)

    known = Night(contest, counting, 500)
    before = known.reckon_items(WM_ITEMS[:2])
    known.update(WM_ITEMS[:6], before=before, stress=False)
    assert asked == [2, 6]
    known.update(WM_ITEMS[:6], before=replace(before, tally=fold(contest, WM_ITEMS[1:3])), stress=False)
    assert asked[2:].count(5) == 1  # that was none of the moments before


def test_what_a_call_needs_is_looked_at_only_when_that_is_asked_for() -> None:
    task = task_of(len(WM_ITEMS), "closely")
    plain = tasks.update(task)
    assert plain.waiting
    assert NOT_YET in whys(plain.document)
    closer = tasks.look_closer(task)
    assert not closer.waiting
    assert not {NOT_YET, NOT_LOOKED} & set(whys(closer.document))
    assert tasks.update(task).document == closer.document  # not forgotten where nothing is new
    contest = find_contest("west-midlands")
    whole = Night(contest, sure_named("auto", contest), 1000, 1).update(WM_ITEMS)
    assert whole.forecast.to_json(indent=None) == closer.document


def test_a_quiet_spell_follows_and_everything_is_looked_at(tmp_path: Path) -> None:
    async def play() -> None:
        async with night(tmp_path, engine="past-votes") as running:
            taken = [
                await running.service.take(running.contest, each, "operator Ann (key 1)") for each in WM_ITEMS[:-1]
            ]
            await after(running, await after(running, taken[-1], WM_ITEMS[-1]))

            def latest() -> str:
                made = running.store.latest(running.contest)
                return "" if made is None else made.document

            assert NOT_YET in whys(latest())
            await running.until(lambda: NOT_YET not in whys(latest()), 20)
            assert NOT_LOOKED not in whys(latest())

    asyncio.run(play())


def test_a_large_contest_has_fewer_draws_unless_somebody_says() -> None:
    def draws(contest: str, said: int) -> int:
        return load_listing(Listing("x", contest, False, "auto", said, 1, NIGHT)).listing.draws

    assert draws("general-election-2019", 0) == DRAWS_OF_LARGE
    assert draws("general-election-2019", 9_000) == 9_000
    assert draws("west-midlands", 0) == 10_000
    assert DRAWS_OF_LARGE >= 2 * STATES  # of the sampler: more draws of each hardly help


def test_the_news_of_these_tests_ends_with_ballots() -> None:
    assert WM_ITEMS[-1].kind is Kind.VERIFIED
