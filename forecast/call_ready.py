"""Call-ready: whether every condition is met under which people may call a contest. The machine never calls one.

A probability is not enough: common-mode errors made calls of 99.5% fail. So the answer must also hold under every
stress variant of the model, with turnout other than expected, and without the area that matters most; no alarm may be
open, and enough must have declared. Two people sign off elsewhere; whoever holds a contest always has the last word.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from forecast.alarms.alarm import Alarm
from forecast.declaration import Kind
from forecast.errors import ModelError
from forecast.posterior import Model
from forecast.rules import Outcome
from forecast.simulation import Simulation, decide, simulate, win_probabilities
from forecast.tally import Tally, fold
from forecast.wording import GATE_AREAS, GATE_SHARE

__all__ = [
    "NOT_LOOKED",
    "NOT_YET",
    "READY",
    "STRESSED",
    "CallReady",
    "Condition",
    "chances_in",
    "chances_of",
    "find_call_ready",
    "without_areas",
]

Array = NDArray[np.float64]

READY = 0.995  # probability under the main model
STRESSED = 0.99  # ... and under every variant
STRESS_DRAWS = 4_000  # under each variant: the error of 99% is then 0.16 points
TURNOUT = 0.10  # by which the votes still to come may differ from those expected
REGION_SHARE = 0.03  # of each region's votes, declared, in a contest of many areas
MANY_AREAS = 100
NOT_LOOKED = "not looked at, because another condition is not met"
NOT_YET = "not looked at yet: it is once no news has come for a few seconds"


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition of being call-ready.

    Parameters
    ----------
    name
        Which condition.
    met
        Whether it is; a condition that was not looked at is not met.
    why
        Why, or why not, in words.
    probability
        Of who would be called, where the condition is about that.
    """

    name: str
    met: bool
    why: str
    probability: float | None = None


@dataclass(frozen=True, slots=True)
class CallReady:
    """Whether people may call the contest.

    Parameters
    ----------
    ready
        Every condition is met, or the contest is decided by arithmetic and no red alarm is open.
    candidate
        Who would be called, by id; empty where it would be called that nobody has a majority.
    conditions
        Each condition. That two people sign off is none of them: the live service sees to that.
    """

    ready: bool
    candidate: str
    conditions: tuple[Condition, ...]

    @property
    def waiting(self) -> bool:
        """Whether conditions were left for later."""
        return any(each.why == NOT_YET for each in self.conditions)


def find_call_ready(
    tally: Tally,
    simulation: Simulation,
    model: Model,
    variants: Mapping[str, Model],
    *,
    seed: int,
    alarms: Sequence[Alarm] = (),
    decided: bool = False,
    stress: bool = True,
    outcome: Outcome | None = None,
) -> CallReady:
    """Every condition under which a contest may be called, and whether it is met.

    What needs the count worked out again, the ballots and stress variants, is looked at only where every condition
    before it is met, so that it costs nothing until then.

    Parameters
    ----------
    simulation, model
        The main model's, and the model itself.
    variants
        Its stress variants, by what each assumes.
    alarms
        Those open, of which red ones matter.
    decided
        By arithmetic, whatever is still to be counted.
    stress
        Whether that is done now; otherwise it is said not to have been looked at yet.
    outcome
        Who is elected in each draw, where that is at hand.
    """
    chances = chances_of(tally, simulation) if outcome is None else chances_in(outcome)
    event = int(chances.argmax())
    candidates = tally.contest.candidates
    name = candidates[event].id if event < len(candidates) else ""
    alarm = _no_red_alarm(alarms)
    if decided:
        sure = Condition("decided by arithmetic", True, "no vote still to come can change it.")
        return CallReady(alarm.met, name, (sure, alarm))
    first = [_probable(float(chances[event])), alarm, _gate(tally, simulation)]
    few = _few_draws(simulation)
    looked = all(each.met for each in first)
    why = NOT_LOOKED if stress or not looked else NOT_YET
    first.append(_ballots(tally, few, event) if looked and stress else Condition("ballots verified", False, why))
    harder = [Condition(what, False, why) for what in ("turnout", "most influential area dropped", "variants")]
    if all(each.met for each in first):
        harder = [
            *_other_turnout(tally, few, event),
            *_other_models(tally, simulation, model, variants, event, seed),
        ]
    conditions = (*first, *harder)
    return CallReady(all(each.met for each in conditions), name, conditions)


def _few_draws(simulation: Simulation) -> Simulation:
    """At most as many draws as each stress variant is asked for, from all of them: a model's lie in its own order."""
    step = -(-len(simulation.totals) // STRESS_DRAWS)
    votes, totals, valid = (each[::step] for each in (simulation.votes, simulation.totals, simulation.valid))
    return Simulation(votes, totals, valid, simulation.seed)


def chances_of(tally: Tally, simulation: Simulation) -> Array:
    """(candidate + 1,) the probability that each is elected and, last, that nobody is."""
    return chances_in(decide(tally.contest.rule, simulation))


def chances_in(outcome: Outcome) -> Array:
    """The same of who is elected in each draw."""
    wins = win_probabilities(outcome)
    return np.append(wins, max(0.0, 1.0 - float(wins.sum())))


def _probable(chance: float) -> Condition:
    return _judge("main model", chance, READY)


def _judge(name: str, chance: float, least: float) -> Condition:
    """Whether a probability is high enough."""
    met = chance >= least
    said = "more than 99.9%" if chance > 0.999 else f"{chance:.1%}" if chance > 0.9 else f"{chance:.0%}"
    return Condition(name, met, f"{said}, {least:.1%} being needed.", round(chance, 6))


def _no_red_alarm(alarms: Sequence[Alarm]) -> Condition:
    red = sorted({alarm.area for alarm in alarms if alarm.severity == "red"})
    return Condition("no red alarm open", not red, f"red: {', '.join(red)}." if red else "none is.")


def _gate(tally: Tally, simulation: Simulation) -> Condition:
    """Enough areas with enough votes have declared and, of a contest of many areas, enough of every region's."""
    valid = simulation.valid_by_area.mean(axis=0, dtype=np.float64)
    declared, share = int(tally.declared.sum()), float(valid[tally.declared].sum() / valid.sum())
    why = f"{declared} areas with {share:.0%} of the votes expected have declared"
    if declared < min(GATE_AREAS, len(valid)) or share < GATE_SHARE:
        return Condition("coverage", False, f"{why}; {GATE_AREAS} with {GATE_SHARE:.0%} are needed.")
    thin = _thin_regions(tally, valid) if len(valid) > MANY_AREAS else []
    if thin:
        return Condition("coverage", False, f"{why}, but below {REGION_SHARE:.0%} of {', '.join(thin)}.")
    return Condition("coverage", True, f"{why}.")


def _thin_regions(tally: Tally, valid: Array) -> list[str]:
    """Regions of which too little has declared."""
    groups = np.array([area.group for area in tally.contest.areas])
    thin = []
    for group in sorted(set(groups.tolist()) - {""}):
        inside = groups == group
        if valid[inside & tally.declared].sum() < REGION_SHARE * valid[inside].sum():
            thin.append(str(group))
    return thin


def _ballots(tally: Tally, simulation: Simulation, event: int) -> Condition:
    """Ballots are verified where votes are still to come, or it holds though everybody registered had voted."""
    waiting = tally.outstanding & np.isnan(tally.ballots) & np.isnan(tally.valid)
    if not waiting.any():
        return Condition("ballots verified", True, "everywhere that votes are still to come from.")
    electorate = np.array([area.electorate or np.nan for area in tally.contest.areas])
    count = f"ballots are not verified in {int(waiting.sum())} areas"
    if np.isnan(electorate[waiting]).any():
        return Condition("ballots verified", False, f"{count}, where no electorate bounds them.")
    valid = np.maximum(simulation.valid_by_area.mean(axis=0, dtype=np.float64), 1.0)
    most = _scaled(tally, simulation, np.where(waiting, np.maximum(electorate / valid, 1.0), 1.0))
    chance = float(chances_of(tally, most)[event])
    worst = _judge("ballots verified", chance, STRESSED)
    return replace(worst, why=f"{count}; had everybody registered voted there: {worst.why}")


def _scaled(tally: Tally, simulation: Simulation, times: Array) -> Simulation:
    """The simulation with so many times as many votes still to be counted in each area (area,)."""
    moved = np.flatnonzero(~tally.declared & (np.broadcast_to(times, tally.declared.shape) != 1.0))
    changed = simulation.votes.astype(np.float64)
    rest = changed[:, moved]  # in place from here: of hundreds of areas each copy is hundreds of megabytes
    rest -= np.nan_to_num(tally.votes[moved])
    np.maximum(rest, 0.0, out=rest)
    rest *= (np.broadcast_to(times, tally.declared.shape)[moved] - 1.0)[:, None]
    np.rint(rest, out=rest)
    changed[:, moved] += rest
    totals = np.where(np.isfinite(tally.whole_votes), simulation.totals, changed.sum(axis=1))
    return Simulation(changed, totals, totals.sum(axis=1), simulation.seed)


def _other_turnout(tally: Tally, simulation: Simulation, event: int) -> Iterator[Condition]:
    known = np.isfinite(tally.ballots) | np.isfinite(tally.valid)
    for words, times in (("fewer", 1.0 - TURNOUT), ("more", 1.0 + TURNOUT)):
        changed = _scaled(tally, simulation, np.where(known, 1.0, times))
        yield _judge(f"{TURNOUT:.0%} {words} votes to come", float(chances_of(tally, changed)[event]), STRESSED)


def _other_models(
    tally: Tally, simulation: Simulation, model: Model, variants: Mapping[str, Model], event: int, seed: int
) -> Iterator[Condition]:
    """Each stress variant of the model, and the model without the area that matters most."""
    if not variants:
        yield Condition("variants", False, "this model has none.")
    for name, variant in variants.items():
        yield _ask(name, variant, tally, event, seed)
    area = most_influential(tally, simulation, event)
    if area is not None:
        where = tally.contest.areas[area]
        yield _ask(f"without {where.name}, the most influential", model, without_areas(tally, {where.id}), event, seed)


def _ask(name: str, model: Model, tally: Tally, event: int, seed: int) -> Condition:
    """Whether enough is left under another model or another tally."""
    try:
        posterior = model(tally.contest, tally, draws=STRESS_DRAWS, seed=seed)
    except ModelError as error:
        return Condition(name, False, f"cannot be asked: {' '.join(str(error).split())}")
    simulation = simulate(posterior, tally, seed=seed, in_place=True)
    return _judge(name, float(chances_of(tally, simulation)[event]), STRESSED)


def most_influential(tally: Tally, simulation: Simulation, event: int) -> int | None:
    """Position of the declared area that speaks most for who would be called; None where none has declared.

    That where the lead over the candidate next in votes is most above the baseline's at the same turnout, in votes.
    """
    if not tally.declared.any():
        return None
    ranked = [int(each) for each in np.argsort(-np.median(simulation.totals, axis=0), kind="stable")]
    first = event if event < len(ranked) else ranked[0]
    second = next(each for each in ranked if each != first)
    baseline = tally.contest.baseline
    expected = np.nan_to_num((baseline.votes[:, first] - baseline.votes[:, second]) / baseline.valid)
    lead = tally.votes[:, first] - tally.votes[:, second]
    gained = np.where(tally.declared, lead - expected * np.nansum(tally.votes, axis=1), np.nan)
    return int(np.nanargmax(gained)) if np.isfinite(gained).any() else None


def without_areas(tally: Tally, areas: set[str], *, ballots: bool = True) -> Tally:
    """The tally as it would be had these areas, by id, given no votes, nor verified any unless ``ballots``."""
    contest = tally.contest
    out = {contest.area_index(area) for area in areas}
    return fold(
        contest,
        (
            item
            for item in tally.items
            if item.area == contest.id
            or contest.area_index(item.area) not in out
            or (ballots and item.kind is Kind.VERIFIED)
        ),
    )
