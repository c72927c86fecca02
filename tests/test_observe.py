"""What a tally says of area shares: figures worked out by hand, and that it matters not who is left out."""

from __future__ import annotations

import numpy as np
import pytest
from made_contest import declared, made_contest, made_result, news, relabelled
from numpy.typing import NDArray

from forecast.contests.contest import Contest
from forecast.declaration import Declaration, Kind
from forecast.tally import fold
from models.design import design_contest
from models.observe import Observation, counted_fraction, observe
from models.priors import priors_for
from models.turnout import expected_valid

Array = NDArray[np.float64]

CONTEST = made_contest(91, areas=4, candidates=4)
PRIORS = priors_for(CONTEST)
VOTES = {"c0": 2_000, "c1": 1_500, "c2": 1_000, "c3": 500}
SHARES = np.array([0.4, 0.3, 0.2])
COVARIANCE = np.diag(SHARES) - np.outer(SHARES, SHARES)


def seen_of(*items: Declaration, contest: Contest = CONTEST) -> Observation:
    tally, design = fold(contest, items), design_contest(contest, PRIORS)
    return observe(design, tally, expected_valid(design, tally))


def fraction_of(*items: Declaration) -> Array:
    tally, design = fold(CONTEST, items), design_contest(CONTEST, PRIORS)
    return counted_fraction(design, tally, expected_valid(design, tally))


def partial(ballots: int | None = None, counted: float | None = None, valid: int | None = None) -> Declaration:
    return news(CONTEST, 0, Kind.PARTIAL, votes=VOTES, ballots=ballots, counted=counted, valid=valid)


def test_a_part_of_a_count_is_blurred_as_a_sample_of_batches() -> None:
    ballots = round(8_000 / (1 - PRIORS.reject_mean))  # so that 8,000 are valid
    seen = seen_of(partial(ballots))
    fraction = 5_000 / 8_000
    assert fraction_of(partial(ballots))[0] == pytest.approx(fraction, rel=1e-4)
    assert seen.value == pytest.approx(SHARES)
    blur = 0.03**2 * (1 - fraction) / fraction
    assert seen.noise == pytest.approx(4 * blur * COVARIANCE, rel=1e-3)


def test_a_provisional_figure_is_blurred_by_a_recount_and_a_declared_one_by_nothing() -> None:
    provisional = seen_of(news(CONTEST, 0, Kind.PROVISIONAL, votes=VOTES))
    assert provisional.noise == pytest.approx(4 * 0.001**2 * COVARIANCE)
    both = seen_of(news(CONTEST, 0, Kind.DECLARED, votes=VOTES), news(CONTEST, 1, Kind.PROVISIONAL, votes=VOTES))
    assert not both.noise[:3].any()
    assert both.noise[3:, 3:] == pytest.approx(provisional.noise)


def test_votes_of_everybody_are_shares_of_their_sum_whatever_part_they_are_said_to_be() -> None:
    assert seen_of(partial(counted=0.5)).value == pytest.approx(SHARES)
    assert seen_of(partial(counted=0.5, valid=5_000)).value == pytest.approx(SHARES)


def given(seen: Observation, order: list[int], *, alone: bool = False) -> tuple[Array, Array]:
    """Mean and covariance of an area's shares, in the contest's order, from a wide prior and what is seen of them.

    ``alone`` takes the noise of each candidate as its own, which is wrong.
    """
    centre, wide = np.full(4, 0.25), 0.3**2 * (np.eye(4) - 0.25)
    noise = np.diag(np.diag(seen.noise)) if alone else seen.noise
    gain = wide @ seen.direction.T @ np.linalg.inv(seen.direction @ wide @ seen.direction.T + noise)
    mean, covariance = centre + gain @ (seen.value - seen.direction @ centre), wide - gain @ seen.direction @ wide
    back = np.argsort(order)
    return mean[back], covariance[np.ix_(back, back)]


@pytest.mark.parametrize("kind", [Kind.PARTIAL, Kind.PROVISIONAL])
def test_it_matters_not_who_is_left_out(kind: Kind) -> None:
    # 1,000 of 60,000 for one of them: it has the noise of a small candidate also when it is the one left out
    part = {"c0": 13_000, "c1": 10_000, "c2": 6_500, "c3": 500}
    found, wrong = [], []
    for last in range(4):
        order = [c for c in range(4) if c != last] + [last]
        contest = relabelled(CONTEST, range(4), order)
        seen = seen_of(news(contest, 0, kind, votes=part, ballots=60_484), contest=contest)
        found.append(given(seen, order))
        wrong.append(given(seen, order, alone=True)[1])
    for mean, covariance in found:
        assert mean == pytest.approx(found[0][0], abs=1e-9)
        assert covariance == pytest.approx(found[0][1], abs=1e-9)
    sd = 0.03 if kind is Kind.PARTIAL else 0.001
    small = np.sqrt(found[0][1][3, 3])
    assert small == pytest.approx(2 * sd * np.sqrt(1 / 60 * 59 / 60), rel=0.02)
    assert np.sqrt(wrong[3][3, 3]) > 3 * small


def test_valid_votes_that_are_guessed_blur_all_shares_alike() -> None:
    result = made_result(CONTEST, 1)
    two = {"c0": int(result[1, 0]), "c1": int(result[1, 1])}
    alone = seen_of(news(CONTEST, 1, Kind.DECLARED, votes=two))
    share = alone.value
    own = PRIORS.turnout_area_median**2
    assert alone.noise == pytest.approx((PRIORS.turnout_sd**2 + own) * np.outer(share, share))
    # once another area tells the turnout, the guess is good but for what an area does by itself and that one did
    after = seen_of(declared(CONTEST, 0, result[0]), news(CONTEST, 1, Kind.DECLARED, votes=two))
    common = 1 / (1 / PRIORS.turnout_sd**2 + 1 / own)
    assert after.noise[3:, 3:] == pytest.approx((common + own) * np.outer(after.value[3:], after.value[3:]))
    # and with its ballots known, it is none
    known = seen_of(news(CONTEST, 1, Kind.DECLARED, votes=two, ballots=int(result[1].sum()) + 500))
    assert not known.noise.any()
