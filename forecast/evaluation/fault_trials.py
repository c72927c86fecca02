"""A night stopped at some moments, each area outstanding declared there truly and with faults: what is noticed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zlib import crc32

import numpy as np

from forecast.alarms.alarm import Alarm, Expected
from forecast.alarms.fault_density import Elsewhere, Shocks
from forecast.alarms.fault_odds import log_true, weigh_faults
from forecast.alarms.hard_checks import accept
from forecast.alarms.integrity import FORECAST_CHECKS, find_alarms
from forecast.bulletin.explain import Reckoning
from forecast.declaration import Declaration, Kind
from forecast.evaluation.faults import UNFORESEEN, Fault, inject_faults, votes_alone
from forecast.evaluation.hindsight import stand_at
from forecast.evaluation.nights import PastNight
from forecast.expectation import expected_elsewhere, expected_of, expected_without
from forecast.night import reckon
from forecast.posterior import Model
from forecast.tally import Sheet, Tally

__all__ = ["MOMENTS", "RIVALS", "TRUE", "FaultTask", "Trial", "try_night"]

MOMENTS = (0.0, 0.1, 0.35, 0.7, 0.95)  # share of the areas that have declared
TRUE, AGAIN = "none", "none, looked at again"
GIVEN = {TRUE: (True,), UNFORESEEN: (False,)}  # with totals, without, or else both
SMALLEST_AREA = 20_000
MOST_AREAS = 30  # outstanding areas tried at one moment of a large night, drawn at random
DRAWS = 2_000
RIVALS = tuple(Shocks(chance, typical) for chance in (0.05, 0.1, 0.2, 0.3, 0.4, 0.5) for typical in (0.03, 0.05, 0.1))


@dataclass(frozen=True, slots=True, eq=False)
class FaultTask:
    """A night to be tried, and the model that forecasts it."""

    night: PastNight
    model: Model
    seed: int
    draws: int = DRAWS


@dataclass(frozen=True, slots=True)
class Trial:
    """One declaration and what was noticed of it.

    Parameters
    ----------
    night, day, family
        The night, its polling day and the family it is reported under.
    declared
        Share of the areas that had declared.
    kind
        Of the fault, or `TRUE`.
    totals
        Whether ballots, rejected papers or valid votes were given with the votes.
    points
        The largest change of a candidate's votes, as a share of the area's valid votes.
    widths
        The same over the width of the 95% interval forecast for that candidate's votes there.
    refused, red, amber, checks
        Whether a hard check refused it, whether an alarm of that colour was raised of the area, and by what.
    otherwise
        Whether an alarm that does not hang on the odds was red.
    odds, rivals
        Log odds that it is a fault, as shipped and with each of `RIVALS` in place of the shocks that are.
    likelihoods
        Log density of the figures if they are true, with each of `RIVALS`.
    """

    night: str
    day: str
    family: str
    declared: float
    area: str
    kind: str
    totals: bool
    points: float
    widths: float
    refused: bool
    red: bool
    amber: bool
    otherwise: bool
    checks: str
    odds: float
    rivals: tuple[float, ...]
    likelihoods: tuple[float, ...] = ()


def try_night(task: FaultTask) -> list[Trial]:
    """Every trial of a night."""
    return list(_trials(task))


def _trials(task: FaultTask) -> Iterator[Trial]:
    night = task.night
    finals = final_items(night)
    areas = len(night.contest.areas)
    for count in sorted({min(round(share * areas), areas - 1) for share in MOMENTS}):
        moment = stand_at(night.contest, night.items, count)
        before = reckon(moment.tally, task.model, draws=task.draws, seed=task.seed)
        waiting = [item for area, item in finals.items() if moment.tally.outstanding[area]]
        rng = np.random.default_rng([task.seed, crc32(night.contest.id.encode()), count])
        yield from _looked_at_again(night, count / areas, before)
        chosen = [item for item in waiting if sum(item.votes.values()) > SMALLEST_AREA]
        if len(chosen) > MOST_AREAS:
            chosen = [chosen[place] for place in sorted(rng.choice(len(chosen), MOST_AREAS, replace=False))]
        bench = _Bench(night, moment.tally, before, expected_elsewhere(before), count / areas)
        for item in chosen:
            others = [each for each in chosen if each.area != item.area]
            faults = [Fault(TRUE, (item,)), *inject_faults(item, others, moment.tally.items, rng)]
            for fault in faults:
                for totals in GIVEN.get(fault.kind, (True, False)):
                    yield bench.judge(fault, item, totals=totals)


def final_items(night: PastNight) -> Mapping[int, Declaration]:
    """Area to its last declaration, where that gives every candidate's votes."""
    contest = night.contest
    last: dict[int, Declaration] = {}
    for item in night.items:
        if item.area != contest.id and item.kind in {Kind.DECLARED, Kind.CORRECTED}:
            last[contest.area_index(item.area)] = item
    return {
        area: item
        for area, item in last.items()
        if {contest.candidate_index(name) for name in item.votes} == set(np.flatnonzero(contest.standing[area]))
    }


@dataclass(frozen=True, slots=True, eq=False)
class _Bench:
    """A moment at which declarations are judged, by the forecast made just before them."""

    night: PastNight
    tally: Tally
    before: Reckoning
    elsewhere: Elsewhere
    declared: float

    def judge(self, fault: Fault, true: Declaration, *, totals: bool) -> Trial:
        """What is noticed of a declaration as it is given."""
        sheet = Sheet(self.tally.contest, self.tally)
        given = fault.items if totals else tuple(map(votes_alone, fault.items))
        refused = [accept(sheet, item) is not None for item in given]
        tally = sheet.frozen()
        areas = {tally.contest.areas[tally.contest.area_index(item.area)].id for item in given}
        expected = expected_of(self.before, tally)
        found = () if any(refused) else find_alarms(tally, expected, self.elsewhere)
        points, widths = self.size_of(fault.items[0], true)
        return Trial(
            night=self.night.contest.id,
            day=self.night.contest.polling_day.isoformat(),
            family=self.night.family,
            declared=round(self.declared, 3),
            area=true.area,
            kind=fault.kind,
            totals=totals,
            points=points,
            widths=widths,
            refused=any(refused),
            **_colours(found, areas),
            **_weighed(tally, areas, expected, self.elsewhere),
        )

    def size_of(self, given: Declaration, true: Declaration) -> tuple[float, float]:
        """How far a fault moves a candidate's figure, in parts of the valid votes and of the forecast's interval."""
        contest = self.tally.contest
        votes = self.before.simulation.votes[:, contest.area_index(true.area)].astype(np.float64)
        moved = np.zeros(votes.shape[1])
        for name, number in given.votes.items():
            moved[contest.candidate_index(name)] = abs(number - true.votes[name])
        lower, upper = np.quantile(votes, [0.025, 0.975], axis=0)
        valid = max(sum(true.votes.values()), 1)
        return float(moved.max() / valid), float((moved / np.maximum(upper - lower, 1.0)).max())


def _weighed(tally: Tally, areas: set[str], expected: Mapping[str, Expected], elsewhere: Elsewhere) -> dict[str, Any]:
    """The highest odds among the areas given, and what they would be with each kind of shock."""
    known = [(tally.contest.area_index(area), expected[area]) for area in areas if area in expected]
    odds = np.full((len(known), 1 + len(RIVALS)), np.nan)
    likely = np.full((len(known), len(RIVALS)), np.nan)
    for row, (area, each) in enumerate(known):
        likely[row] = [log_true(tally, area, each, rival) for rival in RIVALS]
        if found := weigh_faults(tally, area, each, elsewhere):
            moved = np.zeros(len(RIVALS)) if np.isnan(found.log_true) else found.log_true - likely[row]
            odds[row] = found.log_odds + np.concatenate([[0.0], moved])
    highest = np.fmax.reduce(odds, axis=0, initial=np.nan).tolist()
    return {"odds": highest[0], "rivals": tuple(highest[1:]), "likelihoods": tuple(likely.sum(axis=0).tolist())}


def _colours(alarms: Sequence[Alarm], areas: set[str]) -> dict[str, Any]:
    """Whether a red or an amber alarm was raised of the areas, and by which checks."""
    here = [alarm for alarm in alarms if alarm.area in areas]
    checks = " ".join(sorted({f"{each.severity}:{each.check.replace(' ', '-')}" for each in here}))
    return {
        "red": any(each.severity == "red" for each in here),
        "otherwise": any(each.severity == "red" and each.check not in FORECAST_CHECKS for each in here),
        "amber": any(each.severity == "amber" for each in here),
        "checks": checks,
    }


def _looked_at_again(night: PastNight, declared: float, made: Reckoning) -> Iterator[Trial]:
    """True declarations let in earlier, held against what the model expects of them without their votes."""
    tally, expected, elsewhere = made.tally, expected_without(made), expected_elsewhere(made)
    known = {area: each for area, each in expected.items() if tally.complete[tally.contest.area_index(area)]}
    alarms = find_alarms(tally, known, elsewhere) if known else ()
    for area, each in known.items():
        if np.nansum(tally.votes[tally.contest.area_index(area)]) > SMALLEST_AREA:
            yield Trial(
                night=night.contest.id,
                day=night.contest.polling_day.isoformat(),
                family=night.family,
                declared=round(declared, 3),
                area=area,
                kind=AGAIN,
                totals=True,
                points=0.0,
                widths=0.0,
                refused=False,
                **_colours(alarms, {area}),
                **_weighed(tally, {area}, {area: each}, elsewhere),
            )
