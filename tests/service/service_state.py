"""What tests of the service share: entries made by hand, a service on SQLite with the toy model, a clock to be set."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from toy_model import toy

from forecast.config import Configuration
from forecast.contests.catalogue import find_contest
from forecast.contests.contest import Contest
from forecast.declaration import Declaration
from forecast.errors import Defect, ModelError, Unsuitable
from forecast.journal.entry import Entry, EntryKind
from forecast.journal.item_json import read_item
from forecast.journal.store import Store, open_store
from forecast.posterior import Model, Posterior
from forecast.scene import open_scene
from forecast.service.service import Service
from forecast.tally import Tally

NIGHT = datetime(2024, 5, 4, 12, tzinfo=UTC)
WEST_MIDLANDS = find_contest("west-midlands")
THREE = open_scene("west-midlands", through=3).items
LATE = next(each for each in THREE if each.area not in {known.area for known in THREE if known.votes})
WM_ITEMS = (*(each for each in THREE if each is not LATE), LATE)  # three areas declared, then one's ballots
SANDWELL: dict[str, object] = {
    "kind": "declared",
    "area": "sandwell",
    "votes": {"parker": 31561, "street": 18598},
    "source": "council",
}
BALLOTS: dict[str, object] = {"kind": "verified", "area": "sandwell", "ballots": 66296, "source": "council"}
ANN, BOB, EVE = "operator Ann (key 1)", "operator Bob (key 2)", "editor Eve (key 3)"
WM = "west-midlands"


def item(fields: dict[str, object], **others: object) -> Declaration:
    """An item of West Midlands news."""
    return read_item({**fields, **others}, WEST_MIDLANDS)


def entries(*given: tuple[EntryKind, str, dict[str, Any]]) -> list[Entry]:
    """Entries of one contest, a second apart."""
    return [
        Entry(n, "wm", kind, NIGHT + timedelta(seconds=n), actor, body, "", "")
        for n, (kind, actor, body) in enumerate(given, start=1)
    ]


def toy_named(engine: object, contest: Contest) -> Model:
    """The toy model, or one that fails, dies, hangs, swings further or suits no contest, by its name."""
    named: dict[str, Model] = {
        "regression": failing,
        "hierarchical": dying,
        "conditional-fine": hanging,
        "uniform-swing": leaning,
        "past-votes": sure,
        "log-odds": hard,
        "unsuitable": unsuitable,
    }
    return named.get(str(engine), toy)


def sure_named(engine: object, contest: Contest) -> Model:
    """A model that is sure, whatever it is called."""
    return sure


def sure(contest: Contest, tally: Tally, *, draws: int, seed: int) -> Posterior:
    """Sure that Street wins, and of little else: nothing that is declared is odd to it. Its variant is itself."""
    rng = np.random.default_rng(seed)
    share = rng.dirichlet(
        np.where([c.id == "street" for c in contest.candidates], 20.0, 1.0), (draws, len(contest.areas))
    )
    wide = np.rint(rng.uniform(30_000, 120_000, (draws, len(contest.areas))))
    valid = np.where(np.isfinite(tally.ballots), np.rint(0.99 * np.nan_to_num(tally.ballots)), wide)
    return Posterior(share, valid, "sure", {}, variants={"itself": sure})


def hard(contest: Contest, tally: Tally, *, draws: int, seed: int) -> Posterior:
    """As `sure`, but its variant never ends."""
    return replace(sure(contest, tally, draws=draws, seed=seed), variants={"endless": endless})


def endless(contest: Contest, tally: Tally, *, draws: int, seed: int) -> Posterior:
    """Never ends."""
    while True:
        time.sleep(1)


def unsuitable(contest: Contest, tally: Tally, *, draws: int, seed: int) -> Posterior:
    """Suits no contest."""
    raise Unsuitable(Defect("--engine", f"does not suit {contest.id}."))


def failing(contest: Contest, tally: Tally, *, draws: int, seed: int) -> Posterior:
    """Fails once Sandwell has declared."""
    if tally.declared[contest.area_index("sandwell")]:
        raise ModelError(Defect("toy", "has no answer after Sandwell."))
    found: Posterior = toy(contest, tally, draws=draws, seed=seed)
    return found


def dying(contest: Contest, tally: Tally, *, draws: int, seed: int) -> Posterior:
    """Takes its process with it once Sandwell has declared."""
    if tally.declared[contest.area_index("sandwell")]:
        import os

        os._exit(9)
    found: Posterior = toy(contest, tally, draws=draws, seed=seed)
    return found


def hanging(contest: Contest, tally: Tally, *, draws: int, seed: int) -> Posterior:
    """Never ends once Sandwell has declared."""
    while tally.declared[contest.area_index("sandwell")]:
        time.sleep(1)
    found: Posterior = toy(contest, tally, draws=draws, seed=seed)
    return found


def leaning(contest: Contest, tally: Tally, *, draws: int, seed: int) -> Posterior:
    """The toy model, ten points better for the first candidate everywhere."""
    made = toy(contest, tally, draws=draws, seed=seed)
    lean = np.zeros(made.share.shape[2])
    lean[0], lean[1] = 0.1, -0.1
    outstanding = ~tally.declared[None, :, None]
    share = np.maximum(made.share + np.where(outstanding, lean, 0.0), 0.0)
    return Posterior(share / share.sum(axis=2, keepdims=True), made.valid, "leaning", {})


@dataclass(slots=True)
class Clock:
    """The time, as it is set."""

    now: datetime = NIGHT

    def __call__(self) -> datetime:
        return self.now


@dataclass(slots=True)
class Night:
    """A service that runs in a test."""

    service: Service
    store: Store
    clock: Clock
    contest: str = "west-midlands"
    seen: list[str] = field(default_factory=list)

    async def until(self, done: Callable[[], bool], seconds: float = 60.0) -> None:
        """Wait until something is so."""
        end = time.monotonic() + seconds
        while not done():
            assert time.monotonic() < end, "it has not come to be so"
            await asyncio.sleep(0.01)

    async def forecast_after(self, entry: int) -> None:
        """Wait for a forecast that has seen an entry."""
        await self.until(lambda: (made := self.store.latest(self.contest, False)) is not None and made.through >= entry)
        await self.service.desks.catch_up()


@asynccontextmanager
async def night(
    directory: Path,
    contests: Iterable[Mapping[str, object]] = (),
    **settings: Any,  # noqa: ANN401 - keys of the configuration
) -> AsyncIterator[Night]:
    """A running service of one contest, its journal in a directory, its clock standing until it is set."""
    clock = Clock()
    store = open_store(f"sqlite:///{directory / 'night.sqlite'}", now=clock)
    given: dict[str, Any] = {"workers": 1, "every_seconds": 0, "debounce_seconds": 0.01, "draws": 1000}
    served = list(contests) or [{"contest": "west-midlands"}]
    engines = {key: settings.pop(key) for key in ("cross_check_engines", "cross_check_draws") if key in settings}
    configuration = Configuration(data=directory, **(given | {"contests": served} | settings))
    service = Service(store, configuration, toy_named, clock=clock, **engines)
    try:
        await service.start()
        yield Night(service, store, clock)
    finally:
        await service.stop()
        await asyncio.get_running_loop().shutdown_default_executor()  # what threads still read, they have read
        store.close()


async def first(running: Night) -> None:
    await running.until(lambda: running.store.latest(running.contest, False) is not None)
    await running.service.desks.catch_up()


async def document(running: Night) -> dict[str, Any]:
    shown = await running.service.on_air(running.contest)
    assert shown.document is not None
    found: dict[str, Any] = json.loads(shown.document)
    return found
