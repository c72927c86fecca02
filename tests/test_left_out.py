"""What is expected of a declared area without its votes, against doing without them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from made_contest import declared, made_contest, made_result

from forecast.alarms.surprise import surprise_in
from forecast.declaration import Declaration, Kind
from forecast.night import Night
from forecast.tally import fold
from models.bank import Bank, draw_bank
from models.conditional import conditional
from models.design import design_contest
from models.gaussian import law_of
from models.left_out import expect_without
from models.observe import observe
from models.pathwise import condition, draw_path
from models.priors import Priors
from models.turnout import expected_valid

DRAWS = 20_000
CONTEST = made_contest(3, 6, 3, polled=True)
RESULT = made_result(CONTEST, 3)
DESIGN = design_contest(CONTEST, Priors(discrepancy=0.0))


def one_member(repeats: int) -> Bank:
    bank = draw_bank(DESIGN, 1, np.random.default_rng(5))
    return bank.take(np.zeros(repeats, dtype=np.intp))


def moments_without(area: int) -> tuple[np.ndarray, np.ndarray]:
    """Mean and SD of the shares there by `left_out`, for one member and so without any weighing."""
    tally = fold(CONTEST, [declared(CONTEST, each, RESULT[each]) for each in range(4)])
    seen = observe(DESIGN, tally, expected_valid(DESIGN, tally))
    shares = expect_without(DESIGN, tally, one_member(DRAWS), seen, np.random.default_rng(1))[area]
    return shares.mean(axis=0), shares.std(axis=0)


def moments_of_a_refit(declared_areas: tuple[int, ...], area: int) -> tuple[np.ndarray, np.ndarray]:
    """The same by conditioning on the other areas alone."""
    tally = fold(CONTEST, [declared(CONTEST, each, RESULT[each]) for each in declared_areas])
    seen = observe(DESIGN, tally, expected_valid(DESIGN, tally))
    rng = np.random.default_rng(2)
    path, blur = draw_path(6, 3, 0, DRAWS, rng), rng.standard_normal((seen.size, DRAWS))
    shares = condition(law_of(DESIGN, one_member(DRAWS)), seen, path, blur)[:, area]
    return shares.mean(axis=0), shares.std(axis=0)


@pytest.mark.parametrize("area", [0, 1, 2, 3])
def test_leaving_out_by_the_inverse_is_leaving_out_by_hand(area: int) -> None:
    mean, sd = moments_without(area)
    others = tuple(each for each in range(4) if each != area)
    refit_mean, refit_sd = moments_of_a_refit(others, area)
    assert np.abs(mean - refit_mean).max() < 4.5 * np.sqrt(2 / DRAWS) * refit_sd.max()
    assert np.abs(sd / refit_sd - 1).max() < 4.5 * np.sqrt(1 / DRAWS)


def test_leaving_out_another_area_is_noticed() -> None:
    mean, _ = moments_without(0)
    wrong_mean, sd = moments_of_a_refit((0, 1, 2), 0)
    assert np.abs(mean - wrong_mean).max() > 4.5 * np.sqrt(2 / DRAWS) * sd.max()


def test_an_error_in_an_early_area_still_shows_when_the_others_have_declared() -> None:
    wrong = RESULT.copy()
    wrong[1, :2] = RESULT[1, 1::-1] if abs(RESULT[1, 0] - RESULT[1, 1]) > 2_000 else RESULT[1, :2] * [3, 0.2]
    items = [declared(CONTEST, each, wrong[each]) for each in range(5)]
    tally = fold(CONTEST, items)
    posterior = conditional(CONTEST, tally, draws=2_000, seed=1)
    z = {}
    for area, expected in posterior.left_out.items():
        found = surprise_in(tally, area, expected)
        assert found is not None
        z[area] = abs(found.z)
    assert max(z, key=lambda area: z[area]) == 1
    assert z[1] > 3


DIGIT_LOST = RESULT.copy()
DIGIT_LOST[1, 0] //= 10


def verified(area: int, ballots: float) -> Declaration:
    return Declaration(CONTEST.areas[area].id, Kind.VERIFIED, None, "", "", ballots=int(ballots))


def red(result: np.ndarray, *first: Declaration) -> set[str]:
    """Areas with a red alarm once four have declared, of which the second may be wrong."""
    items = [*first, *(declared(CONTEST, each, result[each]) for each in range(4))]
    return {
        a.area for a in Night(CONTEST, conditional, draws=2_000).update(items).forecast.alarms if a.severity == "red"
    }


def test_a_red_alarm_of_a_lost_digit_stays_when_others_have_declared_since() -> None:
    assert red(DIGIT_LOST) == {CONTEST.areas[1].id}
    assert red(RESULT) == set()


def valid_without(result: np.ndarray, *first: Declaration) -> np.ndarray:
    """Draws of the second area's valid votes without its votes, when four have declared."""
    tally = fold(CONTEST, [*first, *(declared(CONTEST, each, result[each]) for each in range(4))])
    return conditional(CONTEST, tally, draws=2_000, seed=1).left_out[1].valid


def test_the_valid_votes_expected_do_not_hang_on_those_declared_but_on_the_ballots_and_the_others() -> None:
    assert (valid_without(DIGIT_LOST) == valid_without(RESULT)).all()
    assert (valid_without(RESULT) != valid_without(RESULT * [[1], [1], [1.2], [1], [1], [1]])).any()
    ballots = np.ceil(RESULT[1].sum() * 1.01)
    known = valid_without(DIGIT_LOST, verified(1, ballots))
    assert abs(known.mean() / ballots - 1.0) < 0.02
    assert known.std() / ballots < 0.01 < valid_without(DIGIT_LOST).std() / ballots


def alarmed(*items: Declaration) -> list[str]:
    """How severe the alarms of turnout in the second area are after these items."""
    alarms = Night(CONTEST, conditional, draws=2_000).update(items).forecast.alarms
    return [a.severity for a in alarms if (a.area, a.check) == (CONTEST.areas[1].id, "turnout")]


@pytest.mark.parametrize("late", [True, False])
def test_an_alarm_of_ballots_alone_stands_when_other_news_follows_until_they_are_put_right(late: bool) -> None:
    right = np.ceil(RESULT[1].sum() * 1.01)
    true, slip = verified(1, right), verified(1, right // 3)
    others, later = [declared(CONTEST, each, RESULT[each]) for each in (0, 2, 3)], declared(CONTEST, 4, RESULT[4])
    known = [*others, slip, later] if late else [slip, *others, later]
    assert alarmed(*others, slip) == alarmed(*known) == ["red"]
    part = replace(declared(CONTEST, 1, RESULT[1] // 10), kind=Kind.PARTIAL, counted=None)
    assert alarmed(*known, part) == ["red"]
    corrected = replace(slip, kind=Kind.CORRECTED, ballots=int(right))
    assert alarmed(*known, corrected) == alarmed(*known[:-1], corrected, later) == []
    assert alarmed(*others, true, later) == alarmed(true, *others, later) == []
