"""The result of a past night, and what a forecast of it scores."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from small_contest import small_contest
from small_night import VOTES, news

from forecast.contests.contest import Contest
from forecast.evaluation.marks import mark
from forecast.evaluation.nights import shipped_nights
from forecast.evaluation.truth import find_truth
from forecast.posterior import Posterior
from forecast.simulation import simulate
from forecast.tally import Tally, fold


def test_the_result_is_the_official_one() -> None:
    found = {each.contest.id: each for each in shipped_nights(("west midlands", "650 seats", "presidents"))}
    mayor = found["west-midlands"]
    truth = find_truth(mayor.contest, mayor.items)
    assert mayor.contest.candidates[truth.winner].id == "parker"
    assert abs(truth.lead) == pytest.approx(1_508 / 596_976)
    election = found["general-election-2019"]
    truth = find_truth(election.contest, election.items)
    assert truth.seats is not None
    assert truth.seats[election.contest.candidate_index("con")] == 365
    hung = found["general-election-2017"]
    assert find_truth(hung.contest, hung.items).winner == len(hung.contest.candidates)
    president = found["us-president-2000"]
    assert president.contest.candidates[find_truth(president.contest, president.items).winner].id == "rep"


def point(contest: Contest, tally: Tally, votes: NDArray[np.float64]) -> dict[str, float]:
    valid = votes.sum(axis=1)
    made = Posterior((votes / valid[:, None])[None], valid[None], "point", {})
    truth = find_truth(contest, news())
    return mark(simulate(made, tally), tally, truth, np.random.default_rng(1))


def test_a_point_that_is_right_scores_nothing_and_covers_nothing() -> None:
    contest = small_contest()
    final, start = fold(contest, news()), fold(contest, ())
    marks = point(contest, start, final.votes)
    for name in (
        "log_score",
        "brier",
        "ranked_probability",
        "lead_crps",
        "lead_error",
        "energy_score",
        "area_lead_crps",
    ):
        assert marks[name] == pytest.approx(0.0, abs=1e-9), name
    assert np.isnan(marks["lead_covered_90"])
    assert np.isnan(marks["lead_pit"])


def test_a_point_that_is_wrong_is_charged_by_its_error() -> None:
    contest = small_contest()
    swapped = fold(contest, news()).votes[:, [1, 0, 2]]
    marks = point(contest, fold(contest, ()), swapped)
    total = sum(sum(votes) for votes in VOTES.values())
    lead = sum(votes[0] - votes[1] for votes in VOTES.values()) / total
    assert marks["lead_crps"] == pytest.approx(2 * abs(lead))
    assert marks["log_score"] == pytest.approx(np.log(1000.0))
    assert (marks["brier"], marks["wrong_call"]) == (2.0, 1.0)
