"""Past nights replayed for calls: where the model was sure, where a call had all it needs, and whether rightly."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from forecast.alarms.integrity import find_alarms
from forecast.arithmetic.needs import work_out_needs
from forecast.call_ready import READY, STRESSED, chances_of, find_call_ready
from forecast.errors import ModelError
from forecast.evaluation.hindsight import stand_at
from forecast.evaluation.nights import PastNight, checkpoints_for
from forecast.evaluation.orders import Order, reorder
from forecast.evaluation.truth import find_truth
from forecast.expectation import expected_elsewhere, expected_without
from forecast.night import reckon
from forecast.posterior import Model

__all__ = ["CallTask", "CallTrial", "try_calls", "write_calls"]


@dataclass(frozen=True, slots=True, eq=False)
class CallTask:
    """A night in one order, and the model that forecasts it."""

    night: PastNight
    order: Order
    model: Model
    seed: int
    draws: int = 4_000


@dataclass(frozen=True, slots=True)
class CallTrial:
    """One moment of a night.

    Parameters
    ----------
    chance, right
        Of the likeliest answer, and whether it came.
    ready
        Whether everything a call needs was met.
    lacking
        The conditions that were not met.
    day
        The polling day.
    """

    night: str
    family: str
    order: str
    declared: float
    chance: float
    right: bool
    ready: bool
    lacking: tuple[str, ...]
    day: str = ""


def try_calls(task: CallTask) -> list[CallTrial]:
    """The night at each of its checkpoints; moments of which the model says nothing are left out."""
    night = task.night
    items, truth = reorder(night.contest, night.items, task.order), find_truth(night.contest, night.items)
    found = []
    for count in checkpoints_for(night.contest):
        moment = stand_at(night.contest, items, count)
        try:
            made = reckon(moment.tally, task.model, draws=task.draws, seed=task.seed)
        except ModelError:
            continue
        chances = chances_of(moment.tally, made.simulation)
        sure = chances.max() >= READY
        alarms = find_alarms(moment.tally, expected_without(made), expected_elsewhere(made)) if sure else ()
        found_ready = find_call_ready(
            moment.tally,
            made.simulation,
            task.model,
            made.posterior.variants,
            seed=task.seed,
            alarms=alarms,
            decided=work_out_needs(moment.tally).reach.decided,
        )
        found.append(
            CallTrial(
                night=night.contest.id,
                family=night.family,
                order=task.order.kind,
                declared=round(count / len(night.contest.areas), 3),
                chance=round(float(chances.max()), 6),
                right=int(chances.argmax()) == truth.winner,
                ready=found_ready.ready,
                lacking=tuple(each.name for each in found_ready.conditions if not each.met),
                day=night.contest.polling_day.isoformat(),
            )
        )
    return found


def write_calls(trials: Sequence[CallTrial], command: str, day: str) -> str:
    """The page, as Markdown: how often calls would have been right, with the number of nights."""
    rows = [
        "| nights | | moments | sure (99.5%) | of them wrong | call-ready | of them wrong | nights ever call-ready |",
        "|---|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for family in (*sorted({each.family for each in trials}), "all"):
        some = [each for each in trials if family in {"all", each.family}]
        sure, ready = [e for e in some if e.chance >= READY], [e for e in some if e.ready]
        rows.append(
            f"| {family} | {len({e.night for e in some})} | {len(some):,} | {len(sure):,} "
            f"| {sum(not e.right for e in sure)} | {len(ready):,} | {sum(not e.right for e in ready)} "
            f"| {len({e.night for e in ready})} |"
        )
    orders = ", ".join(sorted({each.order for each in trials}))
    return f"""# Calls on past nights

Made by `{command}` on {day}.

Each night is replayed (orders: {orders}) and asked at each checkpoint before its end whether everything a call
needs is met: {READY:.1%} in the main model, {STRESSED:.0%} under every stress variant, coverage, ballots verified or
their bound, no red alarm. Two people's sign-off, which the live service asks for besides, is not among it.

{_say_wrong(trials)} Nights of one polling day, and orders and moments of one night, are not independent.

{chr(10).join(rows)}

Where the model was sure and the night was not call-ready, it lacked: {_say_lacking(trials)}.
"""


def _say_wrong(trials: Sequence[CallTrial]) -> str:
    """How many call-ready states were wrong, and what that says: by polling days that had any."""
    ready = [each for each in trials if each.ready]
    wrong = sum(not each.right for each in ready)
    days, nights = len({each.day for each in ready}), len({each.night for each in ready})
    said = f"**Wrong call-ready states: {wrong} of {len(ready)}, in {nights} nights of {days} polling days that had any"
    if wrong or not days:
        return f"{said}.**"
    return f"{said}, which bounds the rate of polling days with a wrong one at {min(3 / days, 1):.0%} and no lower.**"


def _say_lacking(trials: Sequence[CallTrial]) -> str:
    names = [name for each in trials if each.chance >= READY and not each.ready for name in each.lacking]
    said, counts = np.unique([name.partition(",")[0] for name in names], return_counts=True)
    unlooked = {"turnout", "variants", "most influential area dropped"}
    parts = [f"{name} {count} times" for name, count in zip(said, counts, strict=True) if name not in unlooked]
    return ", ".join(parts) or "nothing"
