"""Why the forecast is what it is: how hard what is needed is, what moved it, what to watch, what would change it.

Everything is worked out from joint draws, never from the model's insides, so that it holds for every model. The two
candidates are those of the desk's arithmetic; leads are the chaser's over the leader unless said otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forecast.contests.contest import Area
from forecast.reckoning import Reckoning
from forecast.simulation import Simulation

__all__ = [
    "Cause",
    "Explanation",
    "Hardness",
    "Moved",
    "Oddity",
    "Path",
    "Reckoning",
    "Step",
    "Told",
    "Watch",
    "measure_hardness",
    "path_to_victory",
    "tell",
    "watch_areas",
]

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Hardness:
    """How far the swing needed in the areas outstanding is from the one expected.

    Parameters
    ----------
    required, expected, sd
        Swing to the chaser in the areas outstanding: needed, its median, and its standard deviation, 0-1.
    deviations
        (required - expected) / sd.
    words
        The same in a sentence.
    """

    required: float
    expected: float
    sd: float
    deviations: float
    words: str


@dataclass(frozen=True, slots=True)
class Watch:
    """An area outstanding, and what it will tell.

    Parameters
    ----------
    expected, sd
        The chaser's lead there, of its valid votes: its median and standard deviation, 0-1.
    break_even
        The lead there at which the contest is even; ``None`` where the area tells nothing of it.
    information
        Share of the variance of the contest's lead that knowing the area's lead would remove, 0-1.
    """

    area: str
    name: str
    expected: float
    sd: float
    break_even: float | None
    information: float


@dataclass(frozen=True, slots=True)
class Cause:
    """One of the three ways in which news moves a probability, and by how much."""

    name: str
    change: float


@dataclass(frozen=True, slots=True)
class Moved:
    """What the latest item of news did to one candidate's win probability; the causes add up to the change."""

    candidate: str
    before: float
    after: float
    causes: tuple[Cause, ...]
    item: str


@dataclass(frozen=True, slots=True)
class Oddity:
    """A declared area against a forecast that has not seen its votes.

    Parameters
    ----------
    candidate
        Whose votes there are furthest from what was expected.
    deviations
        Standard deviations by which they are above (or below) expectation.
    tail
        Probability of figures at least as far out, all candidates reported together.
    """

    area: str
    name: str
    candidate: str
    deviations: float
    tail: float


@dataclass(frozen=True, slots=True)
class Step:
    """One area on the path: the median lead and the lead it would take, 0-1, and their distance."""

    area: str
    name: str
    expected: float
    needed: float
    deviations: float


@dataclass(frozen=True, slots=True)
class Path:
    """The least unlikely combination of leads outstanding that would turn the expected result round.

    ``deviations`` is its distance from what is expected, in standard deviations of the contest's lead.
    """

    to: str
    deviations: float
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """Everything explained at one moment; ``None`` where there is nothing to explain."""

    hardness: Hardness | None
    watch: tuple[Watch, ...]
    moved: Moved | None
    oddest: Oddity | None
    path: Path | None


def area_leads(simulation: Simulation, chaser: int, leader: int) -> tuple[Array, Array]:
    """(draw, area) the chaser's lead in votes, and the valid votes."""
    votes = simulation.votes
    return votes[:, :, chaser] - votes[:, :, leader], simulation.valid_by_area


def measure_hardness(
    moment: Reckoning, chaser: int, leader: int, required: float | None, baseline: float | None
) -> Hardness | None:
    """How hard the swing required in the areas outstanding is; None where nothing is outstanding.

    Parameters
    ----------
    required
        Butler swing needed there, 0-1.
    baseline
        The chaser's lead there at the baseline, 0-1.
    """
    outstanding = moment.tally.outstanding
    if required is None or baseline is None or not outstanding.any():
        return None
    lead, valid = area_leads(moment.simulation, chaser, leader)
    swing = 0.5 * (lead[:, outstanding].sum(axis=1) / valid[:, outstanding].sum(axis=1) - baseline)
    expected, sd = float(np.median(swing)), float(swing.std())
    if sd == 0.0:
        return None
    names = _named([area.name for area, open_ in zip(moment.tally.contest.areas, outstanding, strict=True) if open_])
    further = required - expected
    words = (
        f"would need {names} to swing {abs(further) * 100:.1f} points "
        f"{'more' if further > 0 else 'less'} than we now expect, {abs(further) / sd:.1f} standard deviations"
    )
    return Hardness(round(required, 6), round(expected, 6), round(sd, 6), round(further / sd, 3), words)


def _named(names: list[str]) -> str:
    if len(names) == 1:
        return names[0]
    return f"the {len(names)} areas outstanding"


def watch_areas(moment: Reckoning, chaser: int, leader: int, told: Told | None = None) -> tuple[Watch, ...]:
    """The areas outstanding, the most telling first.

    The contest's lead M is regressed on the area's lead L over the draws: information is the squared correlation, and
    the break-even is where the line's median is an even contest. For jointly Gaussian draws both are exact.

    Parameters
    ----------
    told
        `tell` of the same, where it is at hand.
    """
    contest_lead = moment.simulation.totals[:, chaser] - moment.simulation.totals[:, leader]
    told = tell(moment, chaser, leader) if told is None else told
    variance = told.leads.var(axis=1, ddof=1)
    slope = told.covariance / np.where(variance > 0.0, variance, np.inf)
    rest = np.sort(contest_lead - slope[:, None] * told.leads, axis=1)
    middle = 0.5 * (rest[:, (rest.shape[1] - 1) // 2] + rest[:, rest.shape[1] // 2])
    even = np.divide(-middle, slope, out=np.full_like(slope, np.nan), where=slope > 0)
    both = variance * float(contest_lead.var(ddof=1))
    information = told.covariance**2 / np.where(both > 0.0, both, np.inf)
    rows = [
        Watch(
            area=told.areas[i].id,
            name=told.areas[i].name,
            expected=round(float(told.expected[i]), 6),
            sd=round(float(told.sd[i]), 6),
            break_even=round(float(even[i]), 6) if both[i] > 0.0 and abs(even[i]) <= 1.0 else None,
            information=round(float(information[i]), 6),
        )
        for i in range(len(told.areas))
    ]
    return tuple(sorted(rows, key=lambda row: -row.information))


@dataclass(frozen=True, slots=True, eq=False)
class Told:
    """The areas outstanding: (area, draw) leads, their medians and SDs, and covariances with the contest's lead."""

    areas: tuple[Area, ...]
    leads: Array
    expected: Array
    sd: Array
    covariance: Array


def tell(moment: Reckoning, chaser: int, leader: int) -> Told:
    """What `watch_areas` and `path_to_victory` both work from."""
    outstanding, totals = np.flatnonzero(moment.tally.outstanding), moment.simulation.totals
    lead, valid = area_leads(moment.simulation, chaser, leader)
    leads = np.ascontiguousarray((lead / np.maximum(valid, 1.0))[:, outstanding].T, dtype=np.float64)
    contest_lead = totals[:, chaser] - totals[:, leader]
    off_mean = leads - leads.mean(axis=1)[:, None]
    return Told(
        areas=tuple(moment.tally.contest.areas[a] for a in outstanding),
        leads=leads,
        expected=np.median(leads, axis=1),
        sd=leads.std(axis=1),
        covariance=off_mean @ (contest_lead - contest_lead.mean()) / (len(contest_lead) - 1),
    )


def path_to_victory(moment: Reckoning, chaser: int, leader: int, told: Told | None = None) -> Path | None:
    """The least unlikely leads outstanding that make the contest even: the Gaussian's conditional mean at M = 0.

    None where nothing is outstanding.

    Parameters
    ----------
    told
        `tell` of the same, where it is at hand.
    """
    totals = moment.simulation.totals
    contest_lead = totals[:, chaser] - totals[:, leader]
    middle, sd = float(np.median(contest_lead)), float(contest_lead.std())
    if sd == 0.0:
        return None
    told = tell(moment, chaser, leader) if told is None else told
    off = -told.covariance / sd**2 * middle
    deviations = np.divide(off, told.sd, out=np.zeros_like(off), where=told.sd > 0)
    steps = [
        Step(
            area=area.id,
            name=area.name,
            expected=round(float(told.expected[i]), 6),
            needed=round(float(told.expected[i] + off[i]), 6),
            deviations=round(float(deviations[i]), 3),
        )
        for i, area in enumerate(told.areas)
    ]
    turned = moment.tally.contest.candidates[leader if middle > 0 else chaser].id
    return Path(turned, round(abs(middle) / sd, 3), tuple(sorted(steps, key=lambda step: -abs(step.deviations))))
