"""Figures that look wrong in themselves: a number in two places, a digit too many or too few."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from forecast.alarms.slips import undo_slips
from forecast.tally import Status, Tally

__all__ = ["Alarm", "Expected", "Severity", "repeated_numbers", "slipped_digits"]

SMALLEST_REPEATED = 1000
MOST_CHANCES = 0.01  # how many repeats of a number chance may explain before they stop being worth a look
RED_SPREADS = 4.5
TENFOLD = 5.0  # a slipped digit makes a figure at least this many times too large or too small

Severity = Literal["amber", "red"]


@dataclass(frozen=True, slots=True)
class Alarm:
    """A figure to look at before it goes on air. It deletes nothing: people decide.

    Parameters
    ----------
    severity
        ``amber``: unusual; ``red``: check with the count before air.
    area
        The area's id.
    check
        Which check found it.
    what, remedy
        What looks wrong, and what to compare it with.
    """

    severity: Severity
    area: str
    check: str
    what: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.severity}: {self.what} {self.remedy}"


@dataclass(frozen=True, slots=True, eq=False)
class Expected:
    """What was expected of one area by a forecast that has not seen its votes.

    Parameters
    ----------
    share
        (draw, candidate) shares of the area's valid votes, 0-1.
    valid
        (draw,) the area's valid votes.
    """

    share: NDArray[np.float64]
    valid: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class _Figure:
    """A number in its place: ``candidate`` is -1 for ballots."""

    number: float
    area: int
    candidate: int

    def name(self, tally: Tally) -> str:
        area = tally.contest.areas[self.area].name
        what = "ballots" if self.candidate < 0 else f"votes for {tally.contest.candidates[self.candidate].name}"
        return f"the {what} in {area}"


def repeated_numbers(tally: Tally) -> tuple[Alarm, ...]:
    """Votes or ballots that are the same number in two places: perhaps copied into the wrong cell.

    Only numbers of four digits or more, and only while so few figures of that size are known that chance would hardly
    repeat one. The alarm goes to the area whose figure came later.
    """
    cells = np.column_stack([tally.ballots, tally.votes])
    known = np.sort(cells[cells >= SMALLEST_REPEATED])
    numbers, counts = np.unique(known, return_counts=True)
    arrival = _arrivals(tally)
    alarms: list[Alarm] = []
    for number in numbers[counts > 1]:
        near = np.searchsorted(known, [0.75 * number, 1.25 * number])
        if (near[1] - near[0] - 2) / (0.5 * number) > MOST_CHANCES:
            continue
        places = [_Figure(number, int(i), int(column) - 1) for i, column in np.argwhere(cells == number)]
        *earlier, last = sorted(places, key=lambda figure: arrival.get((figure.area, figure.candidate), -1))
        others = " and ".join(figure.name(tally) for figure in earlier)
        what = f"{number:,.0f} is given both for {last.name(tally)} and for {others}."
        area = tally.contest.areas[last.area].id
        alarms.append(Alarm("amber", area, "repeated number", what, "See whether one was copied from the other."))
    return tuple(alarms)


def slipped_digits(tally: Tally, area: int, expected: Expected | None = None) -> tuple[Alarm, ...]:
    """Figures far from what is expected that one slip of the keyboard would explain.

    The slips are those of `forecast.alarms.slips`. Without draws only
    the ballots are tested, against the valid votes of the baseline.

    Parameters
    ----------
    area
        Position of the area.
    expected
        Draws for this area by a forecast that has not seen its votes. A figure is tested where it is outside the
        middle 99.8 per cent of them and at least five times too large or too small; a slip explains it where it leads
        back into the middle 90. Red from 4.5 standard deviations, as for any surprise, else amber.
    """
    alarms = []
    for figure, likely in _tested(tally, area, expected):
        number = figure.number
        if likely is None or likely.lowest <= number <= likely.highest:
            continue
        fitting = (what for right, _, what in undo_slips(round(number)) if likely.low <= right <= likely.high)
        if slip := next(fitting, None):
            severity: Severity = "red" if abs(number - likely.middle) >= RED_SPREADS * likely.spread else "amber"
            what = f"{number:,.0f} for {figure.name(tally)} looks like a number with {slip}."
            remedy = f"About {likely.middle:,.0f} was expected: read it again."
            alarms.append(Alarm(severity, tally.contest.areas[area].id, "slipped digit", what, remedy))
    return tuple(alarms)


@dataclass(frozen=True, slots=True)
class _Range:
    """A slipped figure is outside ``lowest`` to ``highest``; its slip leads back into ``low`` to ``high``."""

    lowest: float
    low: float
    middle: float
    high: float
    highest: float
    spread: float = 0.0


def _tested(tally: Tally, area: int, expected: Expected | None) -> Iterator[tuple[_Figure, _Range | None]]:
    """Each figure to be tested, with what was expected of it; None where the figure is near the middle of that."""
    ballots = _Figure(float(tally.ballots[area]), area, -1)
    if expected is None:
        before = float(tally.contest.baseline.valid[area])
        if ballots.number > 0 and before >= SMALLEST_REPEATED:
            yield ballots, _Range(before / TENFOLD, before / 2, before, before * 2, before * TENFOLD)
        return
    if ballots.number > 0:
        yield ballots, _range(expected.valid, ballots.number)
    final = tally.status[area] >= Status.PROVISIONAL
    for candidate in np.flatnonzero(tally.votes[area] > 0) if final else ():
        figure = _Figure(float(tally.votes[area, candidate]), area, int(candidate))
        yield figure, _range(expected.share[:, candidate] * expected.valid, figure.number)


def _range(draws: NDArray[np.float64], number: float) -> _Range | None:
    middle = float(np.median(draws))
    if middle / TENFOLD <= number <= middle * TENFOLD:
        return None
    lowest, low, middle, high, highest = np.quantile(draws, (0.001, 0.05, 0.5, 0.95, 0.999)).tolist()
    outer = min(lowest, middle / TENFOLD), max(highest, middle * TENFOLD)
    return _Range(outer[0], low, middle, high, outer[1], float(draws.std()))


def _arrivals(tally: Tally) -> dict[tuple[int, int], int]:
    """Area and candidate (-1 for ballots) to the place in the order of the item that last gave that figure."""
    contest = tally.contest
    latest: dict[tuple[int, int], int] = {}
    for place, item in enumerate(tally.items):
        if item.area == contest.id:
            continue
        area = contest.area_index(item.area)
        latest |= {(area, contest.candidate_index(name)): place for name in item.votes}
        if item.ballots is not None:
            latest[area, -1] = place
    return latest
