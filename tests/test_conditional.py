"""The night's engine against brute force: the joint Gaussian written out, and importance weights in plain numbers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_contest import declared, made_contest, without_baseline
from monte_carlo import furthest, limit, limit_of_moments, uniform, weighted_mean
from numpy.typing import NDArray

from forecast.contests.contest import Contest
from forecast.errors import ModelError, Unsuitable
from forecast.posterior import Posterior
from forecast.simulation import simulate
from forecast.tally import Tally, empty_tally, fold
from models.ancestry import effective_members, expected_lead
from models.bank import Bank, draw_bank
from models.conditional import (
    Weighed,
    conditional,
    draw_shares,
    evidence,
    move,
    temper,
    weigh,
)
from models.design import Design, design_contest
from models.evidence import log_likelihood
from models.forward import outstanding_shift, settle_shares
from models.gaussian import law_of
from models.guide import guide
from models.link import LinkName
from models.night_normals import blur_normals, night_normals, shape_of
from models.observe import Observation
from models.offers import Offers, draw_offer
from models.pathwise import Shift, condition, draw_path
from models.priors import Priors, priors_for
from models.suitability import refuse_unsuitable
from models.turnout import draw_valid
from models.twins import LEAST, TWINS, load_twins, twin_of
from models.weights import effective_size, resample

Array = NDArray[np.float64]

AREAS, CANDIDATES = 4, 4
DRAWS = 20_000
# Every term of the model at once: an entrant, a departed option, a covariate, two sub-regions, polls, another system.
CONTEST = made_contest(
    11, AREAS, CANDIDATES, entrants=1, departed=True, slope=True, rule_then="supplementary vote", polled=True
)
DESIGN = design_contest(CONTEST, priors_for(CONTEST))
MEMBERS = draw_bank(DESIGN, 5, np.random.default_rng(11))


def observation(rows: list[tuple[int, Array, float, float, float]]) -> Observation:
    """Rows of (area, direction, value, noise, companion), each blurred by itself."""
    area, direction, value, noise, companion = zip(*rows, strict=True)
    return Observation(
        np.array(area, dtype=np.intp), np.array(direction), np.array(value), np.diag(noise), np.array(companion)
    )


def news_of(design: Design) -> Observation:
    """An area but for its last candidate, one of another, part of two more, and the companion in three.

    Of the fourth two candidates are known in part, whose blurs go together.
    """
    unit = np.eye(CANDIDATES)
    share = np.array([0.42, 0.33, 0.15])
    rows = [(0, unit[c], float(share[c]), 1e-6, 0.0) for c in range(3)]
    rows += [(1, unit[0], 0.44, 1e-6, 0.0), (2, unit[1], 0.25, 4e-4, 0.0)]
    rows += [(3, unit[0], 0.45, 8e-4, 0.0), (3, unit[1], 0.35, 7e-4, 0.0)]
    rows += [(area, design.lead, 0.03 + 0.02 * area, 6e-4, 1.0) for area in (0, 2, 3)]
    seen = observation(rows)
    seen.noise[5, 6] = seen.noise[6, 5] = -5e-4
    return seen


SEEN = news_of(DESIGN)
NOTHING = Observation(np.empty(0, np.intp), np.empty((0, CANDIDATES)), np.empty(0), np.empty((0, 0)), np.empty(0))


def draws_of(design: Design, bank: Bank, seen: Observation, rng: np.random.Generator) -> Array:
    """(member, area, candidate) one joint draw of shares for each member given the news."""
    areas, candidates = design.baseline.shape
    path = draw_path(areas, candidates, len(design.entrants), bank.size, rng)
    return condition(law_of(design, bank), seen, path, rng.standard_normal((seen.size, bank.size)))


def written_out(design: Design, bank: Bank, m: int, area_sd: float = 1.0) -> tuple[Array, Array]:
    """Mean and covariance of all (area, candidate) shares of member ``m``, term by term as docs/model.md has them.

    ``area_sd`` multiplies the SD of areas' own swings: 1 is right.
    """
    mean = np.zeros((AREAS, CANDIDATES))
    covariance = np.zeros((AREAS, CANDIDATES, AREAS, CANDIDATES))
    electorate = np.array([area.electorate or 0 for area in CONTEST.areas], dtype=float)
    contest_wide = design.weight @ design.baseline
    (entrant,) = design.entrants
    others = [c for c in range(CANDIDATES) if c != entrant]
    moves = np.array([float(c == entrant) for c in range(CANDIDATES)]) - bank.takes[m, 0]
    age = CONTEST.covariates["age"]
    x = (age - age.mean()) / age.std()
    then = design.baseline @ design.lead
    position = np.stack([x, (then - then.mean()) / then.std()], axis=1)
    odds_of = np.exp(bank.slope[m, 0, 0] * x)
    for i in range(AREAS):
        odds = np.exp(bank.level[m, 0]) * odds_of[i] / (design.weight @ odds_of)
        level = odds / (1.0 + odds)
        own = np.zeros(CANDIDATES)
        for c in others:
            own[c] = design.baseline[i, c] + design.departed[i] * bank.departed[m, c]
        (small,) = [c for c in others if c not in design.top]
        lost = bank.squeeze[m] * design.baseline[i, small]
        own[small] -= lost
        own[design.top[0]] += lost * bank.squeezed_to[m]
        own[design.top[1]] += lost * (1.0 - bank.squeezed_to[m])
        mean[i] = own
        covariance[i, :, i, :] += (level * (1 - level) * bank.spread[m, 0, i]) ** 2 * np.outer(moves, moves)
        for j in range(AREAS):
            near = np.exp(-((position[i] - position[j]) ** 2).sum() / 2 / (2 * bank.length[m] ** 2))
            alike = 0.5 * near + 0.5 * (CONTEST.areas[i].group == CONTEST.areas[j].group)
            shared = bank.correlated[m] * alike
            if i == j:
                relative = electorate.mean() / electorate[i]
                shared += (1 - bank.correlated[m]) * relative ** bank.size_exponent[m] / bank.weight[m, i]
            k = bank.swing[m] ** 2 + design.priors.covariate_sd**2 * x[i] * x[j]
            covariance[i, :, j, :] += (k + (area_sd * bank.area[m]) ** 2 * shared) * bank.omega[m]
            for c in others:
                gains = np.zeros(CANDIDATES)
                rest = [d for d in others if d != c]
                gains[rest] = -contest_wide[rest] / contest_wide[rest].sum()
                gains[c] = 1.0
                excess = (design.baseline[i, c] - contest_wide[c]) * (design.baseline[j, c] - contest_wide[c])
                covariance[i, :, j, :] += bank.own_slope[m, c] ** 2 * excess * np.outer(gains, gains)
    mean += design.expected - design.expected[entrant] * moves - design.weight @ mean
    for i in range(AREAS):
        odds = np.exp(bank.level[m, 0]) * odds_of[i] / (design.weight @ odds_of)
        mean[i] += odds / (1.0 + odds) * moves
    size = AREAS * CANDIDATES
    return mean.ravel(), covariance.reshape(size, size)


def seen_as(design: Design, seen: Observation) -> tuple[Array, Array]:
    """(row, figure) what each row sees of all shares, and the (row, row) covariance of what blurs it."""
    sees = np.zeros((seen.size, AREAS * CANDIDATES))
    for row, area in enumerate(seen.area):
        sees[row, area * CANDIDATES : (area + 1) * CANDIDATES] = seen.direction[row]
    lead = (design.baseline - design.weight @ design.baseline) @ design.lead
    blur = seen.noise.copy()
    for row in range(seen.size):
        for other in range(seen.size):
            if seen.companion[row] and seen.companion[other]:
                tilt = lead[seen.area[row]] * lead[seen.area[other]]
                blur[row, other] += design.priors.companion_offset_sd**2 + design.priors.companion_slope_sd**2 * tilt
    return sees, blur


def given_news(mean: Array, covariance: Array, seen: Observation) -> tuple[Array, Array]:
    """The conditional Gaussian of all shares."""
    sees, blur = seen_as(DESIGN, seen)
    gain = covariance @ sees.T @ np.linalg.inv(sees @ covariance @ sees.T + blur)
    return mean + gain @ (seen.value - sees @ mean), covariance - gain @ sees @ covariance


def repeated(m: int) -> Bank:
    return MEMBERS.take(np.full(DRAWS, m, dtype=np.intp))


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


# Guiding


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


# Compiled twins


def same_twice(tally: Tally) -> tuple[Posterior, Posterior]:
    """The posterior by NumPy, and by the compiled twins."""
    TWINS.compiled = {}
    plain = conditional(tally.contest, tally, draws=3_000, seed=3)
    load_twins()
    conditional(tally.contest, tally, draws=3_000, seed=3)  # each twin is held against the plain function first
    return plain, conditional(tally.contest, tally, draws=3_000, seed=3)


@pytest.mark.parametrize(("areas", "moved"), [(0, False), (1, None), (3, True)])
def test_compiled_twins_give_the_same_numbers(areas: int, moved: bool | None) -> None:
    """Whether members are moved or not; after one area that hangs by what is learned before the night."""
    result = np.array([[4_000, 3_000, 2_000, 1_000]] * AREAS) * (1 + np.arange(AREAS)[:, None])
    tally = fold(CONTEST, [declared(CONTEST, a, result[a]) for a in range(areas)])
    plain, compiled = same_twice(tally)
    assert (plain.share == compiled.share).all()
    assert (plain.valid == compiled.valid).all()
    assert plain.diagnostics["moves"] == compiled.diagnostics["moves"]
    assert moved is None or (plain.diagnostics["moves"] > 0) is moved  # type: ignore[operator]


def test_a_twin_that_differs_is_never_used_and_one_that_agrees_is() -> None:
    def plain(values: Array) -> tuple[Array]:
        return (values + 1.0,)

    called: list[str] = []

    def twin(name: str, more: float) -> Callable[[Array], tuple[Array]]:
        def call(values: Array) -> tuple[Array]:
            called.append(name)
            return (values + more,)

        return call

    values = np.zeros(100)
    with_twins = {name: twin_of(name)(plain) for name in ("right", "wrong", "none")}
    TWINS.compiled = {"right": twin("right", 1.0), "wrong": twin("wrong", 1.0 + 1e-15)}
    for _ in range(3):
        assert all((each(values)[0] == 1.0).all() for each in with_twins.values())
    TWINS.compiled = {}
    assert sorted(called) == ["right"] * 3 + ["wrong"]


def test_a_twin_that_agreed_is_not_called_for_a_few_draws() -> None:
    def plain(values: Array) -> tuple[Array]:
        return (values + 1.0,)

    with_twin = twin_of("other")(plain)
    TWINS.compiled = {"other": lambda values: (np.where(len(values) < LEAST, -1.0, values + 1.0),)}
    many, few = np.zeros(LEAST), np.zeros(LEAST - 1)
    assert all((with_twin(each)[0] == 1.0).all() for each in (few, many, many, few))
    TWINS.compiled = {}


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
