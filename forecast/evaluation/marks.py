"""One forecast held against the result: every score of it, by name."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forecast import score
from forecast.contests.contest import Contest
from forecast.evaluation.truth import Truth, area_winners
from forecast.simulation import Simulation, decide, win_probabilities
from forecast.tally import Tally

__all__ = ["LEAD_CLASSES", "LEVELS", "MARKS", "LeadInterval", "mark", "mark_interval"]

Array = NDArray[np.float64]

LEVELS = (0.5, 0.8, 0.9, 0.95)
LEAD_CLASSES = np.array([-0.2, -0.1, -0.05, -0.02, 0.0, 0.02, 0.05, 0.1, 0.2])  # ends of the classes of a lead
CALL_READY = 0.995
MOST_AREAS = 1_000  # outstanding whose leads are scored: of thousands of stations, as many are a fair sample

LEVELS_OF = ("lead", "area_lead", "seats")
MARKS = (
    "win_probability", "log_score", "brier", "ranked_probability", "favourite", "favourite_won", "call_ready",
    "wrong_call", "lead_error", "lead_bias", "lead_crps", "lead_z", "lead_pit", "lead_width_90", "lead_interval_90",
    "share_error", "energy_score", "area_lead_crps", "area_lead_error", "seat_brier", "seat_log_score", "seats_crps",
    "seats_error", *(f"{of}_covered_{100 * level:.0f}" for of in LEVELS_OF for level in LEVELS),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class LeadInterval:
    """What a peer that gives no draws says of the lead: a point and one interval, 0-1 of all valid votes."""

    lead: float
    lower: float
    upper: float
    level: float
    model: str


def mark_interval(said: LeadInterval, truth: Truth) -> dict[str, float]:
    """The scores that a point and one interval have; the others are NaN. An interval of 90% is taken as such."""
    marks = dict.fromkeys(MARKS, np.nan)
    came = np.array(truth.lead)
    marks |= {"lead_error": abs(said.lead - truth.lead), "lead_bias": said.lead - truth.lead}
    if said.level == 0.9:
        lower, upper = np.array(said.lower), np.array(said.upper)
        marks["lead_covered_90"] = float(said.lower <= truth.lead <= said.upper)
        marks["lead_width_90"] = said.upper - said.lower
        marks["lead_interval_90"] = float(score.interval_score(lower, upper, came, 0.9))
    return marks


def mark(simulation: Simulation, tally: Tally, truth: Truth, rng: np.random.Generator) -> dict[str, float]:
    """Every score of one forecast; NaN where there is nothing to score.

    Parameters
    ----------
    simulation
        With one draw for a model that gives a point alone: its probabilities are then 0 and 1, its CRPS the absolute
        error, and it has no interval to cover anything.
    tally
        What the forecast knew; only areas outstanding are scored.
    truth
        The result.
    rng
        Settles ties in the probability integral transform.

    Returns
    -------
    `MARKS` to value. Leads and shares are 0-1, seats are seats.
    """
    marks = dict.fromkeys(MARKS, np.nan)
    contest = tally.contest
    outcome = decide(contest.rule, simulation)
    marks |= _of_winner(win_probabilities(outcome), truth)
    marks |= _of_lead(simulation, truth, rng)
    open_ = _some(tally.outstanding & np.isfinite(truth.area_lead))
    if open_.size:
        marks |= _of_area_leads(simulation.votes, truth, open_)
    if outcome.seats is not None and truth.seats is not None:
        marks |= _of_seats(outcome.seats, truth.seats, truth.parties)
        open_ = np.flatnonzero(tally.outstanding & (truth.area_winner >= 0))
        if open_.size:
            marks |= _of_each_seat(contest, simulation.votes[:, open_], truth.area_winner[open_])
    return marks


def _some(areas: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Positions of the areas, or of as many as are scored, evenly spaced, where there are thousands."""
    every = np.flatnonzero(areas)
    some: NDArray[np.intp] = every[np.linspace(0, len(every) - 1, min(len(every), MOST_AREAS)).astype(int)]
    return some


def _of_winner(wins: Array, truth: Truth) -> dict[str, float]:
    """Of the event that each candidate, or nobody, is elected."""
    probability = np.append(wins, max(0.0, 1.0 - wins.sum()))
    came, favourite = np.array(truth.winner), int(probability.argmax())
    ready = probability[favourite] >= CALL_READY
    return {
        "win_probability": float(probability[truth.winner]),
        "log_score": float(score.log_score(probability, came)),
        "brier": float(score.brier_classes(probability, came)),
        "favourite": float(probability[favourite]),
        "favourite_won": float(favourite == truth.winner),
        "call_ready": float(ready),
        "wrong_call": float(ready and favourite != truth.winner),
    }


def _of_lead(simulation: Simulation, truth: Truth, rng: np.random.Generator) -> dict[str, float]:
    """Of the contest's lead and shares."""
    first, second = truth.pair
    shares = simulation.totals / simulation.totals.sum(axis=1, keepdims=True)
    lead, came = shares[:, first] - shares[:, second], np.array(truth.lead)
    inorder = np.sort(lead)
    middle = np.median(shares[:, list(truth.pair)], axis=0)
    bias = float(score.quantiles(inorder, [0.5])[0]) - truth.lead
    classes = np.searchsorted(LEAD_CLASSES, lead, side="right")
    probability = np.bincount(classes, minlength=len(LEAD_CLASSES) + 1) / len(lead)
    marks = {
        "ranked_probability": float(
            score.ranked_probability(probability, np.searchsorted(LEAD_CLASSES, came, side="right"))
        ),
        "lead_error": abs(bias),
        "lead_bias": bias,
        "lead_crps": float(score.crps(inorder, came, ordered=True)),
        "share_error": float(np.abs(middle - truth.shares[list(truth.pair)]).mean()),
        "energy_score": score.energy_score(shares, truth.shares),
    }
    return marks | (_spread_of_lead(inorder, came, rng) if len(lead) > 1 else {})


def _spread_of_lead(inorder: Array, came: Array, rng: np.random.Generator) -> dict[str, float]:
    """Of its intervals, which a point alone has not."""
    lower, upper = score.quantiles(inorder, [0.05, 0.95])
    return {
        "lead_z": float((came - inorder.mean()) / max(inorder.std(), 1e-6)),
        "lead_pit": float(score.pit(inorder, came, rng)),
        "lead_width_90": float(upper - lower),
        "lead_interval_90": float(score.interval_score(lower, upper, came, 0.9)),
        **_covered("lead", inorder, came),
    }


def _of_area_leads(votes: Array, truth: Truth, areas: NDArray[np.intp]) -> dict[str, float]:
    """Of the leads in areas outstanding, averaged over them."""
    first, second = truth.pair
    valid = (votes @ np.ones(votes.shape[2], votes.dtype))[:, areas]
    lead = (votes[:, areas, first] - votes[:, areas, second]) / np.maximum(valid, 1.0)
    came = truth.area_lead[areas]
    # Sorted once, each area's draws side by side: every score below reads them in order.
    inorder = np.sort(np.ascontiguousarray(lead.T), axis=1).T
    marks = {
        "area_lead_crps": float(score.crps(inorder, came, ordered=True).mean()),
        "area_lead_error": float(np.abs(score.quantiles(inorder, [0.5])[0] - came).mean()),
    }
    return marks | (_covered("area_lead", inorder, came) if len(lead) > 1 else {})


def _of_seats(seats: Array, came: Array, parties: NDArray[np.intp]) -> dict[str, float]:
    """Of the seat totals of the parties scored, averaged over them; the error is of the two largest."""
    if not parties.size:
        return {}
    drawn, held = np.sort(seats[:, parties], axis=0), came[parties]
    middle = score.quantiles(drawn[:, :2], [0.5])[0]
    marks = {
        "seats_crps": float(score.crps(drawn, held, ordered=True).mean()),
        "seats_error": float(np.abs(middle - held[:2]).mean()),
    }
    return marks | (_covered("seats", drawn, held) if len(seats) > 1 else {})


def _covered(of: str, inorder: Array, came: Array) -> dict[str, float]:
    return {
        f"{of}_covered_{100 * level:.0f}": float(score.covers(inorder, came, level, ordered=True).mean())
        for level in LEVELS
    }


def _of_each_seat(contest: Contest, votes: Array, came: NDArray[np.intp]) -> dict[str, float]:
    """Of who wins each seat outstanding, averaged over them."""
    winners = area_winners(contest, votes)
    probability = np.stack([(winners == each).mean(axis=0) for each in range(votes.shape[2])], axis=1)
    return {
        "seat_brier": float(score.brier_classes(probability, came).mean()),
        "seat_log_score": float(score.log_score(probability, came).mean()),
    }
