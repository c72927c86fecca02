"""The reference engine beside the night's: where they disagree beyond Monte Carlo error, publication is held."""

from __future__ import annotations

import asyncio

import structlog

from forecast.agreement import Agreement
from forecast.errors import Unsuitable
from forecast.journal.entry import EntryKind
from forecast.journal.store import Store
from forecast.service import task as tasks
from forecast.service.live_desk import LiveDesk
from forecast.service.task import EngineNamed
from forecast.service.updates import task_of
from forecast.service.worker import Worker

__all__ = ["ACTOR", "DRAWS", "ENGINES", "check_desk", "say_disagreement"]

log = structlog.get_logger()

ACTOR = "cross-check"
ENGINES = ("conditional-fine", "hierarchical")
DRAWS = 40_000  # so many that two engines that agree are within the bounds of `forecast.agreement`
SECONDS = 1800.0


async def check_desk(
    desk: LiveDesk,
    store: Store,
    worker: Worker,
    engine_named: EngineNamed,
    *,
    engines: tuple[str, str] = ENGINES,
    draws: int = DRAWS,
) -> Agreement | None:
    """Hold both engines' forecasts of the present news side by side; None where that was done, or cannot ever be.

    The outcome is journalled; a disagreement holds the contest until an editor releases it. What was found of a
    rehearsal that has ended meanwhile is nothing.

    Raises
    ------
    ForecastError
        Where it cannot be done; the next time it is tried again.
    """
    state = desk.state
    if desk.checked == state.changed or desk.unchecked:
        return None
    task = task_of(desk, engine_named)
    try:
        agreement = await worker.call(SECONDS, tasks.cross_check, task, engines, draws)
    except Unsuitable as error:  # nor does it suit the engines later
        desk.unchecked = str(error)
        log.warning("never cross-checked", contest=desk.id, reason=desk.unchecked)
        return None
    async with desk.lock:
        if desk.state.phase != state.phase:
            return None
        await asyncio.to_thread(_record, desk, store, agreement)
    desk.checked = state.changed
    return agreement


def say_disagreement(agreement: Agreement) -> str:
    """In one sentence by how much two engines differ."""
    worst = max((row for row in agreement.compared if not row.agree), key=lambda row: abs(row.difference))
    where = f"{worst.measure.replace('_', ' ')} of {worst.candidate}"
    level = "" if worst.level is None else f" at {worst.level:.0%}"
    return (
        f"{agreement.first} says {worst.first:.4g} and {agreement.second} {worst.second:.4g} for the {where}{level}: "
        "beyond Monte Carlo error."
    )


def _record(desk: LiveDesk, store: Store, agreement: Agreement) -> None:
    body = {"agree": agreement.agree, "probability": agreement.probability, "deviations": agreement.deviations}
    seen = desk.state.sequence
    store.append(desk.id, EntryKind.SERVICE, ACTOR, {"cross_check": body}, seen=seen)
    if not agreement.agree:
        decision = {"action": "hold", "reason": say_disagreement(agreement)}
        store.append(desk.id, EntryKind.DECISION, ACTOR, decision, seen=seen)
        log.error("cross-check disagrees", contest=desk.id, reason=decision["reason"])
