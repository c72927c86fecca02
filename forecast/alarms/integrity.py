"""What is let into the tally, and what in it should be looked at before it goes on air."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from forecast.alarms.alarm import Alarm, Expected, Severity, repeated_numbers, slipped_digits
from forecast.alarms.fault_density import Elsewhere
from forecast.alarms.fault_odds import Suspicion, weigh_faults
from forecast.alarms.hard_checks import accept, refusal
from forecast.alarms.reconciliation import reconcile_totals
from forecast.alarms.surprise import surprising_turnout, surprising_votes, swapped_areas, swapped_candidates
from forecast.contests.contest import Contest
from forecast.declaration import Declaration
from forecast.errors import Defect
from forecast.tally import Sheet, Tally

__all__ = ["STANDS", "Admitted", "Alarm", "Expected", "admit", "find_alarms", "fold_admitted", "refusal"]

LIKELY_FAULT, POSSIBLE_FAULT = "likely fault", "possible fault"
FORECAST_CHECKS = {"surprise", "turnout", "slipped digit", "swapped candidates", LIKELY_FAULT}
STANDS = "It was read back to the count, and stands."
RED_CHANCE, POSSIBLE_CHANCE = 0.27, 0.05  # of a fault: what that catches and holds up for nothing is in docs/faults.md
RED_ODDS, POSSIBLE = (float(np.log(chance / (1.0 - chance))) for chance in (RED_CHANCE, POSSIBLE_CHANCE))


@dataclass(frozen=True, slots=True, eq=False)
class Admitted:
    """News after the hard checks.

    Parameters
    ----------
    tally
        The fold of the items accepted.
    refusals
        Why each of the others was refused, and what would mend it.
    alarms
        What to look at in the tally; it holds these figures all the same.
    """

    tally: Tally
    refusals: tuple[Defect, ...]
    alarms: tuple[Alarm, ...]


def admit(contest: Contest, items: Iterable[Declaration], expected: Mapping[str, Expected] | None = None) -> Admitted:
    """Fold news item by item, letting in only what passes the hard checks.

    A refused item touches nothing that was accepted. An item that only repeats what is known is no news: it is
    neither refused nor kept.

    Parameters
    ----------
    expected
        As in `find_alarms`.
    """
    tally, refusals = fold_admitted(contest, items)
    return Admitted(tally, refusals, find_alarms(tally, expected))


def fold_admitted(
    contest: Contest, items: Iterable[Declaration], start: Tally | None = None
) -> tuple[Tally, tuple[Defect, ...]]:
    """The tally of what passes the hard checks, and why the rest was refused, without looking for alarms.

    Parameters
    ----------
    start
        What was known before these items; nothing where not given.
    """
    sheet = Sheet(contest, start)
    refusals = tuple(defect for item in items if (defect := accept(sheet, item)) is not None)
    return sheet.frozen(), refusals


def find_alarms(
    tally: Tally, expected: Mapping[str, Expected] | None = None, elsewhere: Elsewhere | None = None
) -> tuple[Alarm, ...]:
    """Everything in a tally that deserves a look, red before amber; of areas that were checked only amber.

    Parameters
    ----------
    expected
        Area's id to draws for it by a forecast that has not seen its votes. Areas that are not there are tested only
        for repeated numbers and for ballots ten times, or a tenth of, the baseline's votes.
    elsewhere
        What was expected of the areas outstanding, whose figures may have been given for another's.
    """
    drawn = {tally.contest.area_index(area): draws for area, draws in (expected or {}).items()}
    doubted = {area: draws for area, draws in drawn.items() if not tally.checked[area]}
    alarms = [*unreconciled_totals(tally), *repeated_numbers(tally), *swapped_areas(tally, doubted)]
    reported = np.isfinite(tally.ballots) | np.isfinite(tally.votes).any(axis=1)
    for area in np.flatnonzero(reported).tolist():
        alarms += slipped_digits(tally, area, drawn.get(area))
    for area, draws in drawn.items():
        alarms += swapped_candidates(tally, area, draws)
        alarms += surprising_turnout(tally, area, draws)
        alarms += surprising_votes(tally, area, draws)
    for area, draws in drawn.items():
        alarms = _weigh(alarms, tally, area, draws, elsewhere)
    looked_at = {area.id for area, checked in zip(tally.contest.areas, tally.checked, strict=True) if checked}
    calm = [replace(each, severity="amber", remedy=STANDS) if each.area in looked_at else each for each in alarms]
    return tuple(sorted(calm, key=lambda alarm: alarm.severity != "red"))


def _weigh(
    alarms: list[Alarm], tally: Tally, area: int, expected: Expected, elsewhere: Elsewhere | None
) -> list[Alarm]:
    """The alarms with those that rest on the forecast of an area red only where its figures may well be a fault.

    A fault of at least one in twenty, or a swap that is one were swaps as frequent as in sources, gets an amber alarm
    where nothing else was noticed. Where too little is reported to weigh a fault, they stay as they are.
    """
    suspicion = weigh_faults(tally, area, expected, elsewhere)
    if suspicion is None:
        return alarms
    where = tally.contest.areas[area].id
    judged = [alarm.area == where and alarm.check in FORECAST_CHECKS for alarm in alarms]
    if suspicion.log_odds <= RED_ODDS:
        calmed = [replace(a, severity="amber") if here else a for a, here in zip(alarms, judged, strict=True)]
        noticed = any(judged) or max(suspicion.log_odds, suspicion.swapped) <= POSSIBLE
        return calmed if noticed else [*calmed, _suspect(tally, area, suspicion, "amber")]
    if any(here and alarm.severity == "red" for alarm, here in zip(alarms, judged, strict=True)):
        return alarms
    return [*alarms, _suspect(tally, area, suspicion, "red")]


def _suspect(tally: Tally, area: int, suspicion: Suspicion, severity: Severity) -> Alarm:
    where, red = tally.contest.areas[area], severity == "red"
    what = f"the votes of {where.name} {'may well be' if red else 'are perhaps'} a slip"
    what += f": perhaps {suspicion.likeliest}." if suspicion.likeliest else "."
    check = LIKELY_FAULT if red else POSSIBLE_FAULT
    return Alarm(severity, where.id, check, what, "Check with the count before it goes on air.")


def unreconciled_totals(tally: Tally) -> tuple[Alarm, ...]:
    """Declared totals of the whole contest that the areas, all of them reported for a candidate, do not add up to."""
    contest = tally.contest
    everywhere = (np.isfinite(tally.votes) | ~contest.standing).all(axis=0) & tally.declared.all()
    checked = np.flatnonzero(everywhere & np.isfinite(tally.whole_votes))
    printed = {contest.candidates[c].name: int(tally.whole_votes[c]) for c in checked}
    parts = {
        area.name: {contest.candidates[c].name: int(np.nan_to_num(tally.votes[a, c])) for c in checked}
        for a, area in enumerate(contest.areas)
    }
    found = reconcile_totals(contest.title, printed, parts)
    return tuple(Alarm("red", contest.id, "totals", defect.what, defect.remedy) for defect in found)
