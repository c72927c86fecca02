"""What is let into the tally, and what in it should be looked at before it goes on air."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from forecast.alarm import Alarm, Expected, repeated_numbers, slipped_digits
from forecast.contest import Contest
from forecast.declaration import Declaration
from forecast.errors import Defect
from forecast.fault_odds import weigh_faults
from forecast.hard_checks import accept, refusal
from forecast.reconciliation import reconcile_totals
from forecast.surprise import surprising_turnout, surprising_votes, swapped_areas, swapped_candidates
from forecast.tally import Sheet, Tally

__all__ = ["Admitted", "Alarm", "Expected", "admit", "find_alarms", "fold_admitted", "refusal"]

FORECAST_CHECKS = {"surprise", "turnout", "slipped digit", "swapped candidates", "likely fault"}
# From `forecast evaluate --faults`: on true declarations of past nights the odds are above these once in 150 times.
RED_ODDS = 1.4
RED_ODDS_FIRST = 2.6


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


def fold_admitted(contest: Contest, items: Iterable[Declaration]) -> tuple[Tally, tuple[Defect, ...]]:
    """The tally of what passes the hard checks, and why the rest was refused, without looking for alarms."""
    sheet = Sheet(contest)
    refusals = tuple(defect for item in items if (defect := accept(sheet, item)) is not None)
    return sheet.frozen(), refusals


def find_alarms(tally: Tally, expected: Mapping[str, Expected] | None = None) -> tuple[Alarm, ...]:
    """Everything in a tally that deserves a look, red before amber.

    Parameters
    ----------
    expected
        Area's id to draws for it by a forecast that has not seen its votes. Areas that are not there are tested only
        for repeated numbers and for ballots ten times, or a tenth of, the baseline's votes.
    """
    drawn = {tally.contest.area_index(area): draws for area, draws in (expected or {}).items()}
    alarms = [*unreconciled_totals(tally), *repeated_numbers(tally), *swapped_areas(tally, drawn)]
    for area in range(len(tally.contest.areas)):
        alarms += slipped_digits(tally, area, drawn.get(area))
    for area, draws in drawn.items():
        alarms += swapped_candidates(tally, area, draws)
        alarms += surprising_turnout(tally, area, draws)
        alarms += surprising_votes(tally, area, draws)
    for area, draws in drawn.items():
        alarms = _weigh(alarms, tally, area, draws)
    return tuple(sorted(alarms, key=lambda alarm: alarm.severity != "red"))


def _weigh(alarms: list[Alarm], tally: Tally, area: int, expected: Expected) -> list[Alarm]:
    """The alarms with those that rest on the forecast of an area red only where its figures are likely a fault.

    Where not every candidate's votes are reported, which a fault cannot be weighed without, they stay as they are.
    """
    suspicion = weigh_faults(tally, area, expected)
    if suspicion is None:
        return alarms
    where, red = tally.contest.areas[area], suspicion.log_odds > red_odds(tally, area)
    judged = [alarm.area == where.id and alarm.check in FORECAST_CHECKS for alarm in alarms]
    if not red:
        return [replace(a, severity="amber") if here else a for a, here in zip(alarms, judged, strict=True)]
    if any(here and alarm.severity == "red" for alarm, here in zip(alarms, judged, strict=True)):
        return alarms
    what = f"the votes of {where.name} are likelier a slip than so far from what was expected"
    what += f": perhaps {suspicion.likeliest}." if suspicion.likeliest else "."
    return [*alarms, Alarm("red", where.id, "likely fault", what, "Check with the count before it goes on air.")]


def red_odds(tally: Tally, area: int) -> float:
    """Log odds of a fault from which on an area's alarms are red: higher where no other area has declared."""
    return RED_ODDS if np.delete(tally.declared, area).any() else RED_ODDS_FIRST


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
