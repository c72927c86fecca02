"""Swings of log-odds: the way there and back, what is observed, and when the two links say the same."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_contest import declared, made_contest, made_result, news
from numpy.typing import NDArray

from forecast.contests.contest import Contest
from forecast.declaration import Kind
from forecast.tally import Tally, empty_tally, fold
from models.bank import draw_bank
from models.conditional import conditional
from models.design import Design, design_contest
from models.evidence import log_likelihood
from models.gaussian import law_of
from models.left_out import expect_without
from models.link import LogOdds, link_log_odds, log_odds, logistic
from models.observe import Observation, observe
from models.pathwise import condition, draw_path, expected_shares
from models.priors import Priors
from models.turnout import expected_valid

Array = NDArray[np.float64]

AREAS, CANDIDATES = 5, 4
CONTEST = made_contest(21, AREAS, CANDIDATES, departed=False, polled=False)
DESIGN = design_contest(CONTEST, Priors(), "log-odds")
EVERYWHERE = np.arange(AREAS)


def link_of(design: Design) -> LogOdds:
    assert design.link is not None
    return design.link


def some_shares(seed: int, draws: int = 50) -> Array:
    """(draw, area, candidate) shares of those who stand, no less than some thousandths."""
    shares = np.random.default_rng(seed).dirichlet(np.full(CANDIDATES, 3.0), (draws, AREAS))
    kept: Array = np.maximum(shares, 0.002)
    return kept / kept.sum(axis=2, keepdims=True)


@given(st.integers(0, 10_000))
def test_what_is_linked_and_unlinked_is_what_it_was(seed: int) -> None:
    shares, link = some_shares(seed), link_of(DESIGN)
    linked = link.link_shares(shares.transpose(1, 2, 0), EVERYWHERE)
    assert np.allclose(linked.sum(axis=1), link.height[:, None], rtol=0, atol=1e-9)  # they keep to the plane
    assert np.allclose(link.unlink(linked.transpose(2, 0, 1), EVERYWHERE), shares, rtol=0, atol=1e-9)


def test_who_does_not_stand_has_no_part_in_the_link() -> None:
    standing = np.ones((AREAS, CANDIDATES), bool)
    standing[2, 1] = False
    link = link_log_odds(DESIGN.baseline, DESIGN.mean, DESIGN.expected, standing, ())
    shares = some_shares(1) * standing
    shares /= shares.sum(axis=2, keepdims=True)
    linked = link.link_shares(shares.transpose(1, 2, 0), EVERYWHERE)
    assert not linked[2, 1].any()
    assert np.allclose(link.unlink(linked.transpose(2, 0, 1), EVERYWHERE), shares, rtol=0, atol=1e-9)


def test_of_two_candidates_it_is_the_log_odds() -> None:
    contest = made_contest(22, AREAS, 2, departed=False, polled=False)
    link = link_of(design_contest(contest, Priors(), "log-odds"))
    share = np.linspace(0.01, 0.99, 40)
    linked = link.link_shares(np.tile([share, 1.0 - share], (AREAS, 1, 1)), EVERYWHERE)
    assert np.allclose(linked[:, 0], link.scale[0] * log_odds(share), rtol=0, atol=1e-9)
    assert np.allclose(linked[:, 1], -linked[:, 0], rtol=0, atol=1e-9)


def test_no_swing_is_the_baseline() -> None:
    bank = draw_bank(DESIGN, 50, np.random.default_rng(1))
    nothing = observe(DESIGN, empty_tally(CONTEST), CONTEST.baseline.valid)
    found = link_of(DESIGN).unlink(expected_shares(law_of(DESIGN, bank), nothing), EVERYWHERE)
    assert np.allclose(found, DESIGN.baseline, rtol=0, atol=1e-9)


def test_who_stands_where_the_baseline_knows_nothing_of_them_is_expected_as_elsewhere() -> None:
    votes = CONTEST.baseline.votes.copy()
    votes[0, 2] = np.nan
    contest = replace(CONTEST, baseline=replace(CONTEST.baseline, votes=votes, valid=np.nansum(votes, axis=1)))
    posterior = conditional(contest, empty_tally(contest), draws=2_000, seed=1, link="log-odds")
    there, elsewhere = posterior.share[:, 0, 2].mean(), posterior.share[:, 1:, 2].mean()
    assert 0.5 * elsewhere < there < 2.0 * elsewhere


def test_an_entrants_log_odds_vary_alike_in_every_area_about_a_level_of_its_own() -> None:
    contest, draws = made_contest(24, AREAS, CANDIDATES, entrants=1, slope=True), 20_000
    design = design_contest(contest, Priors(), "log-odds")
    bank = draw_bank(design, 1, np.random.default_rng(4)).take(np.zeros(draws, dtype=np.intp))
    path = draw_path(AREAS, CANDIDATES, 1, draws, np.random.default_rng(5))
    nothing = observe(design, empty_tally(contest), contest.baseline.valid)
    linked = condition(law_of(design, bank), nothing, path, np.zeros((0, draws)))[:, :, design.entrants[0]]
    spread = (linked / link_of(design).scale[design.entrants[0]]).std(axis=0)
    assert np.allclose(spread, bank.spread[0, 0], rtol=4.5 / np.sqrt(2 * draws))
    assert linked.mean(axis=0).std() > 0.0


def slope_by_differences(design: Design, shares: Array, area: int) -> Array:
    """(candidate, candidate) how x moves with each share, by small steps to both sides."""
    link, step = link_of(design), 1e-6
    moved = shares[None, :, None] + step * np.stack([np.eye(CANDIDATES), -np.eye(CANDIDATES)], axis=-1).reshape(
        1, CANDIDATES, -1
    )
    ends = link.link_shares(moved, np.array([area]))[0].reshape(CANDIDATES, CANDIDATES, 2)
    slope: Array = (ends[:, :, 0] - ends[:, :, 1]) / (2.0 * step)
    return slope


@pytest.mark.parametrize("area", range(3))
def test_the_slope_of_the_link_is_that_of_small_differences(area: int) -> None:
    shares = np.array([0.47, 0.31, 0.16, 0.06])
    found, slope = link_of(DESIGN).slope_of(shares, area), slope_by_differences(DESIGN, shares, area)
    assert np.allclose(found, slope, rtol=1e-5, atol=1e-6)
    assert not np.allclose(np.diag(np.diag(found)), slope, rtol=1e-5, atol=1e-6)


def observed(*items: object) -> Observation:
    tally = fold(CONTEST, items)  # type: ignore[arg-type]
    return observe(DESIGN, tally, expected_valid(DESIGN, tally))


def test_a_declared_figure_is_observed_on_the_scale_of_log_odds() -> None:
    votes, link = made_result(CONTEST, 21)[0], link_of(DESIGN)
    shares = votes / votes.sum()
    some, every = observed(declared(CONTEST, 0, votes, (0, 2))), observed(declared(CONTEST, 0, votes))
    assert some.value == pytest.approx(link.scale[[0, 2]] * log_odds(shares[[0, 2]]))
    assert every.value == pytest.approx(link.link_shares(shares[None, :, None], np.array([0]))[0, :-1, 0])
    assert not some.noise.any()
    assert not every.noise.any()


def test_what_blurs_a_figure_is_carried_over_by_the_delta_method() -> None:
    """A provisional area in full: 20,000 small errors of its shares, each carried over exactly."""
    votes = made_result(CONTEST, 21)[1]
    item = news(CONTEST, 1, Kind.PROVISIONAL, votes={f"c{c}": int(each) for c, each in enumerate(votes)})
    seen, shares = observed(item), votes / votes.sum()
    blur = np.linalg.cholesky(4.0 * (np.diag(shares) - np.outer(shares, shares))[:-1, :-1])
    errors = Priors().recount_sd * blur @ np.random.default_rng(1).standard_normal((CANDIDATES - 1, 20_000))
    moved = shares[:, None] + np.vstack([errors, -errors.sum(axis=0)])
    linked = link_of(DESIGN).link_shares(moved[None], np.array([1]))[0, :-1]
    assert np.allclose(np.sqrt(np.diag(seen.noise)), linked.std(axis=1), rtol=4.5 / np.sqrt(2 * 20_000) + 0.01)


def without_one(votes: Array, missing: int, *, alone: bool = False) -> Observation:
    """An area's figures but for one candidate's; ``alone`` each as if nothing were known of the others."""
    shares, link = votes / votes.sum(), link_of(DESIGN)
    kept = np.delete(np.arange(CANDIDATES), missing)
    linked = link.scale * log_odds(shares) if alone else link.link_shares(shares[None, :, None], np.array([0]))[0, :, 0]
    rows = len(kept)
    return Observation(
        np.zeros(rows, np.intp), np.eye(CANDIDATES)[kept], linked[kept], np.zeros((rows, rows)), np.zeros(rows)
    )


@pytest.mark.parametrize("alone", [False, True])
def test_it_matters_not_which_candidate_is_left_out_of_the_observations(alone: bool) -> None:
    """On the plane the evidence is the same; off it, as log-odds each taken alone are, it is not."""
    law = law_of(DESIGN, draw_bank(DESIGN, 200, np.random.default_rng(2)))
    votes = made_result(CONTEST, 25)[0]
    first, last = (log_likelihood(law, without_one(votes, each, alone=alone)) for each in (0, CANDIDATES - 1))
    assert np.allclose(first, last, rtol=0, atol=1e-3) is not alone


def alike() -> Contest:
    """A contest whose areas all had the same shares, so that the two links differ by the size of a swing alone."""
    votes = np.rint(CONTEST.baseline.valid[:, None] * np.array([0.4, 0.3, 0.2, 0.1]))
    return replace(CONTEST, baseline=replace(CONTEST.baseline, votes=votes, valid=votes.sum(axis=1)))


def links_apart(size: float, *, wrong: float = 1.0) -> float:
    """How far draws of the same standard normals lie apart under the two links, in SDs of an area's own share.

    Two areas have declared. ``size`` multiplies all swings; ``wrong`` the swings that log-odds were observed to have.
    """
    contest, members = alike(), 200
    before = Priors()
    priors = replace(before, swing_sd=size * before.swing_sd, area_median=size * before.area_median)
    rng, drawn = np.random.default_rng(3), []
    swings = 0.03 * size * np.array([1.0, -0.6, -0.5, 0.1])
    links: tuple[Literal["share", "log-odds"], ...] = ("share", "log-odds")
    bank = draw_bank(design_contest(contest, priors), members, rng)
    path = draw_path(AREAS, CANDIDATES, 0, members, rng)
    for link in links:
        design = design_contest(contest, priors, link)
        shares = design.baseline[:2] + swings * (wrong if link == "log-odds" else 1.0)
        rows = np.repeat([0, 1], CANDIDATES - 1)
        value = shares if design.link is None else design.link.link_shares(shares[:, :, None], np.arange(2))[:, :, 0]
        seen = Observation(
            rows, np.tile(np.eye(CANDIDATES)[:-1], (2, 1)), value[:, :-1].ravel(),
            np.zeros((len(rows), len(rows))), np.zeros(len(rows)),
        )  # fmt: skip
        found = condition(law_of(design, bank), seen, path, np.zeros((len(rows), members)))[:, 2:]
        drawn.append(found if design.link is None else link_of(design).unlink(
            np.concatenate([np.zeros((members, 2, CANDIDATES)), found], axis=1), EVERYWHERE
        )[:, 2:])  # fmt: skip
    return float((np.abs(drawn[0] - drawn[1]).max(axis=(0, 1)) / drawn[0].std(axis=(0, 1))).max())


def test_for_small_swings_the_two_links_are_one() -> None:
    assert links_apart(1e-3) < 0.05
    assert links_apart(1e-4) < 0.3 * links_apart(1e-3) + 1e-3  # the smaller, the nearer
    assert links_apart(1.0) > 0.2  # swings of the size that they are
    assert links_apart(1e-3, wrong=1.5) > 0.2  # the check can fail


def tally_of(count: int) -> Tally:
    result = made_result(CONTEST, 21)
    return fold(CONTEST, [declared(CONTEST, area, result[area]) for area in range(count)])


def test_what_is_expected_without_an_area_is_what_the_others_say() -> None:
    """One member, so that nothing is weighed: leaving out by the inverse, against conditioning on the others alone."""
    draws, design = 20_000, design_contest(CONTEST, Priors(discrepancy=0.0), "log-odds")
    member = draw_bank(design, 1, np.random.default_rng(5)).take(np.zeros(draws, dtype=np.intp))
    tally, others = tally_of(3), fold(CONTEST, tally_of(3).items[:2])
    seen = observe(design, tally, expected_valid(design, tally))
    found = expect_without(design, tally, member, seen, np.random.default_rng(1))[2]
    less = observe(design, others, expected_valid(design, others))
    path = draw_path(AREAS, CANDIDATES, 0, draws, np.random.default_rng(2))
    refit = condition(law_of(design, member), less, path, np.zeros((less.size, draws)))
    shares = link_of(design).unlink(refit, EVERYWHERE)[:, 2]
    assert np.abs(found.mean(axis=0) - shares.mean(axis=0)).max() < 4.5 * np.sqrt(2 / draws) * shares.std(axis=0).max()
    assert np.abs(found.std(axis=0) / shares.std(axis=0) - 1.0).max() < 4.5 * np.sqrt(2 / draws)
    elsewhere = link_of(design).unlink(refit, EVERYWHERE)[:, 3]
    assert np.abs(found.mean(axis=0) - elsewhere.mean(axis=0)).max() > 0.01


def test_the_logistic_never_overflows() -> None:
    assert logistic(np.array([-1e6, -2.0, 0.0, 2.0, 1e6])) == pytest.approx([0.0, 0.11920292, 0.5, 0.88079708, 1.0])
