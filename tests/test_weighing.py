"""How the bank is weighed by the news and moved towards it: guiding, effective sizes, tempering, families."""

from __future__ import annotations

from dataclasses import fields, replace
from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_contest import made_contest
from monte_carlo import limit, weighted_mean
from written_out import AREAS, CANDIDATES, CONTEST, DESIGN, MEMBERS, NOTHING, SEEN, Array, observation

from forecast.tally import empty_tally
from models.ancestry import effective_members, expected_lead
from models.bank import Bank, draw_bank
from models.conditional import Weighed, draw_shares, evidence, move, temper, weigh
from models.design import Design, design_contest
from models.evidence import log_likelihood
from models.gaussian import law_of
from models.guide import guide
from models.night_normals import blur_normals, night_normals, shape_of
from models.observe import Observation
from models.offers import Offers, draw_offer
from models.priors import priors_for
from models.weights import effective_size, resample


def entrant_seen(design: Design, shares: dict[int, float]) -> Observation:
    """Shares declared of the first entrant by area, and of each other entrant half of it."""
    rows = [
        (area, np.eye(CANDIDATES)[entrant], share / (1 + row), 0.0, 0.0)
        for row, entrant in enumerate(design.entrants)
        for area, share in shares.items()
    ]
    return observation(rows)


def moments_of_the_entrants(design: Design, bank: Bank) -> tuple[Array, Array]:
    """(member, figure) standardised levels and slopes, all their products by twos, and what the prior expects.

    The log of each entrant's spread in an area, which is independent of them, is multiplied with them too.
    """
    expected = design.expected[list(design.entrants)]
    level = (bank.level - np.log(expected / (1 - expected))) / design.priors.entrant_level_sd
    slope = bank.slope[:, :, 0] / design.priors.entrant_slope_sd
    spread = np.log(bank.spread[:, :, 0])
    standard = np.column_stack([level, slope])
    rows, columns = np.triu_indices(standard.shape[1])
    products = standard[:, rows] * standard[:, columns]
    found = np.column_stack([standard, products, level * (spread - spread.mean(axis=0))])
    return found, np.concatenate([np.zeros(standard.shape[1]), rows == columns, np.zeros(len(expected))])


@pytest.mark.parametrize("entrants", [1, 2])
def test_guiding_leaves_the_prior_as_it_is_under_its_weights(entrants: int) -> None:
    contest = made_contest(11, AREAS, CANDIDATES, entrants=entrants, slope=True)
    design = design_contest(contest, priors_for(contest))
    bank = draw_bank(design, 40_000, np.random.default_rng(21))
    guided = guide(design, bank, entrant_seen(design, {0: 0.25, 2: 0.12}))
    found, expected = moments_of_the_entrants(design, guided)
    mean, error = weighted_mean(found, guided.guided)
    assert np.abs((mean - expected) / error).max() < limit(len(expected))
    weight = np.exp(guided.guided)
    assert abs(weight.mean() - 1.0) < limit(1) * weight.std() / np.sqrt(len(weight))
    assert weight.max() <= 2.0 + 1e-9
    unweighted, error = weighted_mean(found, np.zeros(bank.size))
    assert np.abs((unweighted - expected) / error).max() > limit(len(expected))


def test_guiding_touches_nothing_but_the_entrants_level_and_slopes() -> None:
    guided = guide(DESIGN, MEMBERS, entrant_seen(DESIGN, {0: 0.25}))
    same = {field.name for field in fields(Bank) if getattr(guided, field.name) is getattr(MEMBERS, field.name)}
    assert same == {field.name for field in fields(Bank)} - {"level", "slope", "guided"}


def test_guiding_brings_more_members_near_what_was_declared() -> None:
    bank, seen = draw_bank(DESIGN, 6_000, np.random.default_rng(22)), entrant_seen(DESIGN, {0: 0.35, 1: 0.30, 2: 0.33})
    plain = log_likelihood(law_of(DESIGN, bank), seen)
    assert effective_size(evidence(DESIGN, guide(DESIGN, bank, seen), seen)) > 2 * effective_size(plain)


# Weighing


@pytest.mark.parametrize(
    ("weights", "effective"), [([1.0, 1.0, 1.0, 1.0], 4.0), ([1.0, 1.0, 2.0], 16 / 6), ([1.0, 0.0], 1.0)]
)
def test_the_effective_size_is_kishs(weights: list[float], effective: float) -> None:
    with np.errstate(divide="ignore"):
        log_weight = np.log(np.array(weights)) - 700.0
    assert effective_size(log_weight) == pytest.approx(effective)


@given(st.lists(st.floats(-20.0, 20.0), min_size=1, max_size=40), st.integers(1, 500))
def test_resampling_is_systematic(log_weights: list[float], draws: int) -> None:
    log_weight = np.array(log_weights)
    share = np.exp(log_weight - log_weight.max())
    counts = np.bincount(resample(log_weight, draws), minlength=len(log_weight))
    assert counts.sum() == draws
    assert (np.abs(counts - draws * share / share.sum()) <= 1.0 + 1e-6).all()


def figures_of(bank: Bank) -> Array:
    """(member, figure) what the tempering moves, each block of hyper-parameters once at least."""
    return np.column_stack(
        [
            np.log(bank.area),
            bank.correlated,
            np.log(bank.weight[:, 0]),
            bank.omega[:, 0, 0],
            np.log(bank.own_slope[:, 0]),
            bank.level[:, 0],
            bank.level[:, 0] ** 2,
            np.log(bank.spread[:, 0, 0]),
            bank.takes[:, 0, 0],
            bank.squeeze,
        ]
    )


THREE_SHARES = observation(
    [(area, np.eye(CANDIDATES)[c], share, 0.0, 0.0) for area, c, share in ((0, 0, 0.4), (1, 0, 0.45), (1, 3, 0.2))]
)


@cache
def tempered_runs() -> list[Weighed]:
    """Sixteen banks tempered by the same news."""
    runs = []
    for run in range(16):
        rng = np.random.default_rng(100 + run)
        bank = guide(DESIGN, draw_bank(DESIGN, 1_500, rng), THREE_SHARES)
        runs.append(temper(DESIGN, bank, evidence(DESIGN, bank, THREE_SHARES), THREE_SHARES, Offers(DESIGN, 250, rng)))
    return runs


def test_tempering_agrees_with_the_weights_of_a_very_large_bank() -> None:
    large = guide(DESIGN, draw_bank(DESIGN, 200_000, np.random.default_rng(31)), THREE_SHARES)
    exact, error = weighted_mean(figures_of(large), evidence(DESIGN, large, THREE_SHARES))
    assert not any(weighed.log_weight.any() for weighed in tempered_runs())
    means = np.array([figures_of(weighed.bank).mean(axis=0) for weighed in tempered_runs()])
    errors = np.hypot(error, means.std(axis=0, ddof=1) / 4.0)
    assert np.abs((means.mean(axis=0) - exact) / errors).max() < limit(len(exact), 15)
    prior = figures_of(large).mean(axis=0)
    assert np.abs((prior - exact) / errors).max() > limit(len(exact), 15)  # there was something to move


def test_the_effective_members_of_a_tempered_bank_foretell_how_far_other_runs_are_off() -> None:
    from scipy.stats import chi2

    leads = [expected_lead(DESIGN, weighed.bank, THREE_SHARES) for weighed in tempered_runs()]
    foretold = np.mean([lead.var() / run.effective for lead, run in zip(leads, tempered_runs(), strict=True)])
    found = np.var([lead.mean() for lead in leads], ddof=1)
    low, high = chi2.ppf([5e-4, 1 - 5e-4], 15) / 15
    assert low < found / foretold < high


@pytest.mark.parametrize(
    ("ancestor", "figure", "effective"),
    [
        ([0, 1, 2, 3], [1.0, 4.0, -2.0, 7.0], 4.0),  # each for itself
        ([5, 5, 2, 2], [1.0, 1.0, -1.0, -1.0], 2.0),  # families all alike
        ([0, 0, 0, 0], [1.0, 4.0, -2.0, 7.0], 1.0),  # one family tells nothing of its error
        ([0, 0, 1, 2], [3.0, 3.0, 3.0, 3.0], 16 / 6),  # nothing to tell members by: Kish's, of families
    ],
)
def test_effective_members_are_those_of_independent_families(
    ancestor: list[int], figure: list[float], effective: float
) -> None:
    assert effective_members(np.array(figure), np.array(ancestor)) == pytest.approx(effective)


def test_moves_that_take_families_apart_make_members_effective() -> None:
    rng, ancestor = np.random.default_rng(51), np.repeat(np.arange(500), 4)
    alike, own = rng.standard_normal(500)[ancestor], rng.standard_normal(2_000)
    # correlated by one half within families: 2,000 / (1 + 3 / 2); 500 squares add up to within 6%: four times that
    assert effective_members(alike + own, ancestor) == pytest.approx(800.0, rel=0.25)


def test_news_that_says_nothing_leaves_every_chunk_of_draws_as_it_was() -> None:
    tally, bank = empty_tally(CONTEST), draw_bank(DESIGN, 12, np.random.default_rng(61))
    blurred = replace(SEEN, noise=1e9 * np.eye(SEEN.size), companion=np.zeros(SEEN.size))
    normals, blur = night_normals(shape_of(DESIGN), 12, 1), np.random.default_rng(2).standard_normal((SEEN.size, 12))
    without, given_blur, whole = (
        draw_shares(DESIGN, tally, bank, np.arange(12), seen, normals, blur[: seen.size], chunk=chunk)
        for seen, chunk in ((NOTHING, 5), (blurred, 5), (NOTHING, 12))
    )
    assert without == pytest.approx(given_blur, abs=1e-4)
    assert without == pytest.approx(whole, abs=1e-12)


def test_a_sweep_leaves_the_posterior_as_it_is() -> None:
    seen = observation([(area, np.eye(CANDIDATES)[3], share, 1e-4, 0.0) for area, share in ((0, 0.3), (2, 0.2))])
    large = guide(DESIGN, draw_bank(DESIGN, 100_000, np.random.default_rng(31)), seen)
    log_weight = evidence(DESIGN, large, seen)
    exact, error = weighted_mean(figures_of(large), log_weight)
    # what a resampled bank is off by, in members as independent as the weights allow, and what the sweeps add
    rng = np.random.default_rng(32)
    index = rng.choice(large.size, 20_000, p=np.exp(log_weight) / np.exp(log_weight).sum())
    bank, log_weight = large.take(index), log_weight[index]
    offers = [draw_offer(DESIGN, bank.size, rng) for _ in range(8)]
    bank, log_weight = move(DESIGN, bank, log_weight, 1.0, seen, offers)
    found = figures_of(bank)
    errors = np.hypot(error, found.std(axis=0) / np.sqrt(bank.size))
    assert np.abs((found.mean(axis=0) - exact) / errors).max() < limit(len(exact))


def test_a_bank_that_holds_is_not_moved_and_one_that_does_not_is() -> None:
    bank, offers = draw_bank(DESIGN, 3_000, np.random.default_rng(41)), Offers(DESIGN, 500, np.random.default_rng(42))
    one = observation([(0, np.eye(CANDIDATES)[0], 0.4, 1e-3, 0.0)])
    assert weigh(DESIGN, bank, one, offers).moves == 0
    far = observation([(i, np.eye(CANDIDATES)[c], 0.1 + 0.2 * c, 0.0, 0.0) for i in range(4) for c in range(3)])
    assert weigh(DESIGN, bank, far, offers).moves > 0


def test_a_night_offers_the_same_in_whatever_order_it_is_asked() -> None:
    one, other = (Offers(DESIGN, 30, np.random.default_rng(7)) for _ in range(2))
    late = one.of(range(2, 4))
    early = other.of(range(2)) + other.of(range(2, 4))
    assert one.of(range(2, 4))[0] is late[0]
    for found, expected in zip(one.of(range(2)) + late, early, strict=True):
        assert (found.fresh.area == expected.fresh.area).all()
        assert (found.order == expected.order).all()
        assert (found.log_chance == expected.log_chance).all()
    assert (early[0].log_chance != early[1].log_chance).any()


def test_the_blur_of_fewer_figures_is_the_first_of_more() -> None:
    few, many, another = blur_normals(3, 50, 1), blur_normals(40, 50, 1), blur_normals(3, 50, 2)
    assert (few == many[:3]).all()
    assert (few != another).all()
