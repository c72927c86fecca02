"""The night's engine against brute force: the joint Gaussian written out, and importance weights in plain numbers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from made_contest import declared, made_contest, without_baseline
from monte_carlo import furthest, limit_of_moments, uniform
from written_out import (
    AREAS,
    CANDIDATES,
    DESIGN,
    DRAWS,
    MEMBERS,
    NOTHING,
    SEEN,
    Array,
    draws_of,
    given_news,
    repeated,
    seen_as,
    written_out,
)

from forecast.contests.contest import Contest
from forecast.errors import ModelError, Unsuitable
from forecast.simulation import simulate
from forecast.tally import empty_tally, fold
from models.bank import draw_bank
from models.conditional import conditional
from models.design import design_contest
from models.evidence import log_likelihood
from models.forward import outstanding_shift, settle_shares
from models.gaussian import law_of
from models.guide import guide
from models.link import LinkName
from models.pathwise import Shift, condition, draw_path
from models.priors import Priors, priors_for
from models.suitability import refuse_unsuitable
from models.turnout import draw_valid


@pytest.mark.parametrize("m", range(3))
def test_prior_draws_have_the_mean_and_covariance_written_out(m: int) -> None:
    drawn = draws_of(DESIGN, repeated(m), NOTHING, np.random.default_rng(m)).reshape(DRAWS, -1)
    assert furthest(drawn, *written_out(DESIGN, MEMBERS, m)) < limit_of_moments(drawn.shape[1])


@pytest.mark.parametrize("m", range(3))
def test_conditioned_draws_have_the_conditional_mean_and_covariance(m: int) -> None:
    drawn = draws_of(DESIGN, repeated(m), SEEN, np.random.default_rng(10 + m)).reshape(DRAWS, -1)
    expected = given_news(*written_out(DESIGN, MEMBERS, m), SEEN)
    assert furthest(drawn, *expected) < limit_of_moments(drawn.shape[1])


def test_a_wrong_covariance_is_found_out() -> None:
    prior = draws_of(DESIGN, repeated(0), NOTHING, np.random.default_rng(10))
    drawn = draws_of(DESIGN, repeated(0), SEEN, np.random.default_rng(10)).reshape(DRAWS, -1)
    wrong = written_out(DESIGN, MEMBERS, 0, area_sd=1.2)
    assert furthest(prior.reshape(DRAWS, -1), *wrong) > limit_of_moments(drawn.shape[1])
    assert furthest(drawn, *given_news(*wrong, SEEN)) > limit_of_moments(drawn.shape[1])


def test_every_draw_sums_to_one_before_and_after_the_news() -> None:
    for seen in (NOTHING, SEEN):
        drawn = draws_of(DESIGN, MEMBERS, seen, np.random.default_rng(1))
        # the hair added to covariances that have no inverse is 1e-9 of their trace, a root of which may go astray
        assert drawn.sum(axis=2) == pytest.approx(1.0, abs=1e-4)


def test_the_likelihood_is_the_density_of_the_figures_reported() -> None:
    from scipy.stats import multivariate_normal

    found = log_likelihood(law_of(DESIGN, MEMBERS), SEEN)
    sees, blur = seen_as(DESIGN, SEEN)
    blur = blur + 1e-9 * np.eye(SEEN.size)  # the engine's own hair of noise
    for m in range(MEMBERS.size):
        mean, covariance = written_out(DESIGN, MEMBERS, m)
        law = multivariate_normal(sees @ mean, sees @ covariance @ sees.T + blur)
        # how close areas are is worked out to single precision
        assert found[m] == pytest.approx(law.logpdf(SEEN.value), abs=1e-5)
        wrong = written_out(DESIGN, MEMBERS, m, area_sd=1.2)[1]
        other = multivariate_normal(sees @ mean, sees @ wrong @ sees.T + blur)
        assert found[m] != pytest.approx(other.logpdf(SEEN.value), abs=1e-3)


def test_no_news_says_nothing() -> None:
    assert (log_likelihood(law_of(DESIGN, MEMBERS), NOTHING) == 0.0).all()
    assert guide(DESIGN, MEMBERS, NOTHING) is MEMBERS


def test_members_given_by_index_and_areas_by_position_are_those_of_all_of_them() -> None:
    rng, index, areas = np.random.default_rng(5), np.array([0, 0, 1, 2, 3, 3, 4, 4]), np.array([3, 1])
    path = draw_path(AREAS, CANDIDATES, 1, len(index), rng)
    blur, normals = rng.standard_normal((SEEN.size, len(index))), rng.standard_normal((3, CANDIDATES, len(index)))
    shift = Shift(normals, np.array([0.1, 0.0, 0.3, 0.5]), np.array([0, 1, 0, 1]))
    whole = condition(law_of(DESIGN, MEMBERS.take(index)), SEEN, path, blur, shift=shift)
    some = condition(law_of(DESIGN, MEMBERS), SEEN, path, blur, index=index, areas=areas, shift=shift)
    assert some == pytest.approx(whole[:, areas], abs=1e-12)


# What it refuses


def test_too_many_areas_are_refused_with_what_to_do() -> None:
    refuse_unsuitable(made_contest(1, areas=100))
    with pytest.raises(Unsuitable, match=r"takes up to 100 areas; made has 101\. Use --engine regression\."):
        refuse_unsuitable(made_contest(1, areas=101))


def test_a_contest_without_a_baseline_is_refused_with_what_to_do() -> None:
    contest = without_baseline(made_contest(1))
    with pytest.raises(
        ModelError, match=r"needs a baseline for two candidates; made has none\. Use --engine regression\."
    ):
        conditional(contest, empty_tally(contest), draws=10, seed=1)


# Calibration: the true result of a night drawn from the model itself ranks evenly among the draws of the engine.

NIGHT = made_contest(51, 6, 3, departed=False)
NIGHTS = 300


def night_from(contest: Contest, priors: Priors, rng: np.random.Generator, link: LinkName = "share") -> Array:
    """(area, candidate) votes of a night drawn from the model, three areas of which will have declared."""
    design = design_contest(contest, priors, link)
    bank, nothing = draw_bank(design, 1, rng), empty_tally(contest)
    valid = draw_valid(design, nothing, 1, rng)
    opened = fold(contest, [declared(contest, area, np.ones(3)) for area in range(3)])
    shares = draws_of(design, bank, replace(NOTHING, direction=np.empty((0, 3))), rng)
    shares = shares + outstanding_shift(design, opened, bank.area, bank.omega, rng)
    shares = shares if design.link is None else design.link.unlink(shares, np.arange(len(contest.areas)))
    votes: Array = np.rint(settle_shares(design, nothing, shares, valid) * valid[:, :, None])[0]
    return votes


def rank_of_truth(truth: Callable[[np.random.Generator], Array], seed: int, link: LinkName = "share") -> float:
    """Share of the engine's draws whose final lead is below the true one, three of six areas having declared."""
    votes = truth(np.random.default_rng(1_000 + seed))
    tally = fold(NIGHT, [declared(NIGHT, area, votes[area]) for area in range(3)])
    totals = simulate(conditional(NIGHT, tally, draws=200, seed=seed, link=link), tally).totals
    lead = votes[:, 0].sum() - votes[:, 1].sum()
    return float((np.count_nonzero(totals[:, 0] - totals[:, 1] < lead) + 0.5) / 201)


@pytest.mark.slow
@pytest.mark.parametrize("link", ["share", "log-odds"])
def test_the_true_lead_ranks_evenly_among_the_draws_of_the_engine(link: LinkName) -> None:
    priors = priors_for(NIGHT)
    ranks = [rank_of_truth(lambda rng: night_from(NIGHT, priors, rng, link), night, link) for night in range(NIGHTS)]
    assert uniform(np.array(ranks))


@pytest.mark.slow
def test_areas_that_differ_more_than_the_engine_thinks_are_found_out() -> None:
    priors = priors_for(NIGHT)
    wrong = replace(priors, area_median=2.0 * priors.area_median, swing_sd=2.0 * priors.swing_sd)
    ranks = np.array([rank_of_truth(lambda rng: night_from(NIGHT, wrong, rng), night) for night in range(NIGHTS)])
    assert not uniform(ranks)
