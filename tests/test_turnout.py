"""Valid votes: what is stated is exact, what is verified moves the rest as a Gaussian worked out by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_contest import declared, made_contest, made_result, news
from monte_carlo import limit, weighted_mean
from numpy.typing import NDArray

from forecast.arithmetic.outstanding import estimate_valid, observe_rejects
from forecast.declaration import Declaration, Kind
from forecast.tally import empty_tally, fold
from models.design import design_contest
from models.priors import priors_for
from models.turnout import _reweigh, beta_shape, draw_valid, expected_valid, reject_rate, stated_valid

Array = NDArray[np.float64]

DRAWS = 20_000
CONTEST = made_contest(71)
THEN = CONTEST.baseline.valid
# One SD of an area's turnout for certain makes the law of the others Gaussian; and no electorate is in its way.
PRIORS = replace(priors_for(CONTEST), turnout_area_log_sd=0.0)
ROOMY = replace(CONTEST, areas=tuple(replace(area, electorate=10_000_000) for area in CONTEST.areas))
DESIGN = design_contest(ROOMY, PRIORS)


def drawn(*items: Declaration, seed: int = 1) -> Array:
    return draw_valid(DESIGN, fold(ROOMY, items), DRAWS, np.random.default_rng(seed))


def with_valid(area: int, factor: float) -> Declaration:
    """A declaration of so many times the valid votes of last time."""
    return declared(ROOMY, area, np.array([np.rint(factor * THEN[area]), 0.0, 0.0]))


def test_before_anything_turnout_is_last_times_give_or_take_the_prior() -> None:
    logs = np.log(drawn() / THEN)
    variance = PRIORS.turnout_sd**2 + PRIORS.turnout_area_median**2
    assert np.abs(logs.mean(axis=0)).max() < limit(5) * np.sqrt(variance / DRAWS)
    assert np.abs(logs.var(axis=0) / variance - 1).max() < limit(5) * np.sqrt(2 / DRAWS)
    between = np.cov(logs[:, 0], logs[:, 1])[0, 1]
    error = np.sqrt((variance**2 + PRIORS.turnout_sd**4) / DRAWS)
    assert abs(between - PRIORS.turnout_sd**2) < limit(1) * error


def test_areas_that_have_declared_move_the_others_by_the_closed_form() -> None:
    factors = [0.80, 0.85]
    logs = np.log(drawn(*(with_valid(area, each) for area, each in enumerate(factors))) / THEN)[:, 2:]
    own, common = PRIORS.turnout_area_median**2, PRIORS.turnout_sd**2
    # two figures with common variance: t | y has precision 1/common + 2/own
    precision = 1 / common + 2 / own
    mean = np.log(factors).sum() / own / precision
    variance = 1 / precision + own
    assert np.abs(logs.mean(axis=0) - mean).max() < limit(3) * np.sqrt(variance / DRAWS)
    assert np.abs(logs.var(axis=0) / variance - 1).max() < limit(3) * np.sqrt(2 / DRAWS)
    assert np.abs(logs.mean(axis=0) - np.log(factors).mean()).max() > limit(3) * np.sqrt(variance / DRAWS)


def test_ballots_verified_move_the_areas_not_verified() -> None:
    ballots = int(0.7 * THEN[0])
    valid = drawn(news(ROOMY, 0, Kind.VERIFIED, ballots=ballots))
    rejected = 1.0 - valid[:, 0] / ballots
    assert abs(rejected.mean() - PRIORS.reject_mean) < limit(1) * PRIORS.reject_sd / np.sqrt(DRAWS) + 1 / ballots
    assert rejected.std() == pytest.approx(PRIORS.reject_sd, rel=limit(1) / np.sqrt(DRAWS))
    assert (valid[:, 0] <= ballots).all()
    shrunk = PRIORS.turnout_sd**2 / (PRIORS.turnout_sd**2 + PRIORS.turnout_area_median**2)
    expected = shrunk * np.log(0.7 * (1 - PRIORS.reject_mean))
    error = np.sqrt(2 * PRIORS.turnout_area_median**2 / DRAWS)
    assert np.abs(np.log(valid[:, 1:] / THEN[1:]).mean(axis=0) - expected).max() < limit(4) * error + 1e-4


def test_how_much_areas_differ_is_learnt_from_those_verified() -> None:
    # the posterior mean of log s by quadrature over its prior, against members resampled by weight
    change, swing, median, log_sd = np.array([-0.25, -0.05, -0.20, 0.02]), 0.15, 0.05, 0.5
    steps = np.linspace(-4, 4, 2_001)
    scale = median * np.exp(log_sd * steps)
    from scipy.stats import multivariate_normal

    evidence = [multivariate_normal(np.zeros(4), s**2 * np.eye(4) + swing**2).pdf(change) for s in scale]
    posterior = np.exp(-0.5 * steps**2) * evidence
    mean = posterior @ np.log(scale) / posterior.sum()
    spread = np.sqrt(posterior @ (np.log(scale) - mean) ** 2 / posterior.sum())
    rng = np.random.default_rng(3)
    members = median * np.exp(log_sd * rng.standard_normal(DRAWS))
    chosen = members[_reweigh(np.tile(change[:, None], DRAWS), members, swing, rng.random(DRAWS))]
    # two errors: that of weighing a finite number of members, and that of resampling them
    log_weight = np.interp(np.log(members), np.log(scale), np.log(evidence))
    weighing = weighted_mean(np.log(members)[:, None], log_weight)[1][0]
    error = np.hypot(weighing, spread / np.sqrt(DRAWS))
    assert abs(np.log(chosen).mean() - mean) < limit(1) * error
    assert abs(np.log(chosen).mean() - np.log(median)) > limit(1) * error


def test_what_is_stated_is_exact() -> None:
    result = made_result(CONTEST, 1)
    votes = {"c0": int(result[1, 0]), "c1": int(result[1, 1]), "c2": int(result[1, 2])}
    items = [declared(CONTEST, 0, result[0], (0, 1)), news(CONTEST, 1, Kind.DECLARED, votes=votes)]
    items.append(news(CONTEST, 2, Kind.PARTIAL, votes=votes, valid=sum(votes.values())))
    tally = fold(CONTEST, items)
    # the first gives its valid votes, the second every candidate's; a part of a count states nothing
    expected = [result[0].sum(), result[1].sum()]
    assert stated_valid(tally)[:2].tolist() == expected
    assert np.isnan(stated_valid(tally)[2:]).all()
    design = design_contest(CONTEST, PRIORS)
    assert (draw_valid(design, tally, 50, np.random.default_rng(1))[:, :2] == expected).all()
    assert expected_valid(design, tally)[:2].tolist() == expected


def test_valid_votes_are_between_those_reported_and_the_electorate() -> None:
    votes = {"c0": int(0.6 * THEN[0]), "c1": int(0.3 * THEN[0])}
    crowded = tuple(replace(area, electorate=int(1.05 * then)) for area, then in zip(CONTEST.areas, THEN, strict=True))
    contest = replace(CONTEST, areas=crowded)
    tally = fold(contest, [news(contest, 0, Kind.PARTIAL, votes=votes)])
    valid = draw_valid(design_contest(contest, PRIORS), tally, DRAWS, np.random.default_rng(4))
    assert valid[:, 0].min() == sum(votes.values())
    assert (valid.max(axis=0) == [area.electorate for area in crowded]).all()
    assert (valid == np.rint(valid)).all()


@given(st.floats(0.001, 0.2), st.floats(0.001, 0.02))
def test_a_beta_has_the_mean_and_standard_deviation_asked_for(mean: float, sd: float) -> None:
    a, b = beta_shape(mean, sd)
    assert a / (a + b) == pytest.approx(mean)
    assert a * b / ((a + b) ** 2 * (a + b + 1)) == pytest.approx(sd**2)


def test_rejected_papers_are_learnt_area_by_area() -> None:
    empty = empty_tally(CONTEST)
    assert reject_rate(DESIGN, empty) == (PRIORS.reject_mean, PRIORS.reject_sd)
    one = fold(CONTEST, [news(CONTEST, 0, Kind.DECLARED, votes={"c0": 1}, ballots=10_000, rejected=200)])
    # half what the one area has shown, half the prior
    assert reject_rate(DESIGN, one)[0] == pytest.approx((0.02 + PRIORS.reject_mean) / 2)


def test_what_a_part_of_a_count_has_rejected_is_no_rate() -> None:
    part = news(CONTEST, 0, Kind.PARTIAL, votes={"c0": 1_000}, ballots=10_000, rejected=8)
    assert reject_rate(DESIGN, fold(CONTEST, [part])) == (PRIORS.reject_mean, PRIORS.reject_sd)


def test_rejected_papers_of_areas_are_added_up_and_may_be_told_by_the_valid_votes() -> None:
    items = [
        news(CONTEST, 0, Kind.DECLARED, votes={"c0": 1}, ballots=10_000, rejected=200),
        news(CONTEST, 1, Kind.DECLARED, votes={"c0": 1}, ballots=90_000, valid=89_400),
    ]
    tally = fold(CONTEST, items)
    # 800 of 100,000, by two areas, and the prior for a third
    assert observe_rejects(tally) == (0.008, 2.0)
    assert reject_rate(DESIGN, tally)[0] == pytest.approx((2 * 0.008 + PRIORS.reject_mean) / 3)
    assert estimate_valid(tally).reject_rate == 0.008


def whole(rejected: int) -> Declaration:
    return replace(
        news(CONTEST, 0, Kind.DECLARED, votes={"c0": 1}, ballots=500_000, rejected=rejected), area=CONTEST.id
    )


@pytest.mark.parametrize("rejected", [0, 3_000])
def test_rejected_papers_of_the_whole_contest_are_the_rate_once_they_are_known(rejected: int) -> None:
    ballots = int(0.9 * THEN[1])
    tally = fold(ROOMY, [news(ROOMY, 1, Kind.VERIFIED, ballots=ballots), replace(whole(rejected), area=ROOMY.id)])
    valid = draw_valid(DESIGN, tally, 1_000, np.random.default_rng(5))[:, 1]
    assert valid == pytest.approx(ballots * (1 - rejected / 500_000), abs=1 + 1e-4 * ballots)
