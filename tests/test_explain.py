"""What explains a forecast, held against jointly Gaussian draws for which the answers are known."""

from __future__ import annotations

import numpy as np
import pytest

from forecast.bulletin.attribution import CAUSES, what_moved
from forecast.bulletin.explain import Reckoning, measure_hardness, path_to_victory, watch_areas
from forecast.contests.catalogue import find_contest
from forecast.contests.contest import Contest
from forecast.declaration import Declaration, read_news
from forecast.moment import news_through
from forecast.posterior import Posterior
from forecast.simulation import simulate
from forecast.tally import fold

DRAWS = 40_000
PARKER, STREET = 0, 1


@pytest.fixture(scope="module")
def contest() -> Contest:
    return find_contest("west-midlands")


@pytest.fixture(scope="module")
def news(contest: Contest) -> tuple[Declaration, ...]:
    return read_news(contest.directory / "news.csv", contest)[0]


def gaussian_reckoning(contest: Contest, news: tuple[Declaration, ...], declared: int, sd: float) -> Reckoning:
    """Every area's lead is its baseline's plus independent Gaussian noise, in areas of known size."""
    rng = np.random.default_rng(7)
    tally = fold(contest, news_through(contest, news, declared))
    areas = len(contest.areas)
    share = np.zeros((DRAWS, areas, len(contest.candidates)))
    baseline = np.nan_to_num(contest.baseline.votes) / contest.baseline.valid[:, None]
    noise = sd * rng.standard_normal((DRAWS, areas))
    share[:, :, PARKER] = baseline[:, PARKER] + noise / 2
    share[:, :, STREET] = baseline[:, STREET] - noise / 2
    share[:, :, 3] = 1.0 - share.sum(axis=2)
    valid = np.broadcast_to(np.rint(tally.ballots * 0.992), (DRAWS, areas))
    posterior = Posterior(share=share, valid=valid, model="noise", diagnostics={})
    return Reckoning(tally, posterior, simulate(posterior, tally))


def test_information_is_the_areas_share_of_the_variance(contest: Contest, news: tuple[Declaration, ...]) -> None:
    reckoning = gaussian_reckoning(contest, news, 4, sd=0.03)
    watch = watch_areas(reckoning, PARKER, STREET)
    tally = reckoning.tally
    votes = (tally.ballots * 0.992)[tally.outstanding]
    expected = sorted(votes**2 / (votes**2).sum(), reverse=True)
    tolerance = 4 * 2 / np.sqrt(DRAWS)  # a squared correlation's standard error is below 2 / sqrt(n)
    assert [row.information for row in watch] == pytest.approx(expected, abs=tolerance)
    assert sum(row.information for row in watch) == pytest.approx(1.0, abs=3 * tolerance)


def test_break_even_with_one_area_left_is_the_lead_required_there(
    contest: Contest, news: tuple[Declaration, ...]
) -> None:
    reckoning = gaussian_reckoning(contest, news, 6, sd=0.03)
    (row,) = watch_areas(reckoning, PARKER, STREET)
    assert row.area == "sandwell"
    assert row.break_even == pytest.approx(11_455 / round(66_296 * 0.992), abs=1e-4)
    assert row.information == pytest.approx(1.0, abs=1e-4)


def test_hardness_counts_standard_deviations_of_the_swing_outstanding(
    contest: Contest, news: tuple[Declaration, ...]
) -> None:
    reckoning = gaussian_reckoning(contest, news, 6, sd=0.04)
    baseline = 5_171 / 67_431
    hardness = measure_hardness(reckoning, PARKER, STREET, required=0.05, baseline=baseline)
    assert hardness is not None
    assert hardness.sd == pytest.approx(0.02, rel=4 / np.sqrt(2 * DRAWS))
    assert hardness.expected == pytest.approx(0.0, abs=4 * 0.02 / np.sqrt(DRAWS))
    assert hardness.deviations == pytest.approx(2.5, abs=0.1)
    assert "Sandwell to swing 5.0 points more" in hardness.words


def test_nothing_outstanding_leaves_nothing_to_explain(contest: Contest, news: tuple[Declaration, ...]) -> None:
    reckoning = gaussian_reckoning(contest, news, 7, sd=0.04)
    assert measure_hardness(reckoning, PARKER, STREET, None, None) is None
    assert watch_areas(reckoning, PARKER, STREET) == ()
    assert path_to_victory(reckoning, PARKER, STREET) is None


def test_the_path_makes_the_contest_even(contest: Contest, news: tuple[Declaration, ...]) -> None:
    reckoning = gaussian_reckoning(contest, news, 5, sd=0.04)
    path = path_to_victory(reckoning, PARKER, STREET)
    assert path is not None
    tally = reckoning.tally
    counted = np.nansum(tally.votes[:, PARKER] - tally.votes[:, STREET])
    sizes = {area.id: tally.ballots[a] * 0.992 for a, area in enumerate(contest.areas)}
    rest = sum(step.needed * sizes[step.area] for step in path.steps)
    noise = 4 * 0.04 * 70_000 / np.sqrt(DRAWS) * len(path.steps)
    assert counted + rest == pytest.approx(0.0, abs=noise)
    assert path.to == ("street" if counted + sum(s.expected * sizes[s.area] for s in path.steps) > 0 else "parker")


def test_causes_add_up_to_the_change(contest: Contest, news: tuple[Declaration, ...]) -> None:
    before = gaussian_reckoning(contest, news, 4, sd=0.05)
    after = gaussian_reckoning(contest, news, 5, sd=0.03)
    moved = what_moved(contest.rule, before, after, PARKER, "Dudley declared")
    assert [cause.name for cause in moved.causes] == list(CAUSES)
    assert sum(cause.change for cause in moved.causes) == pytest.approx(moved.after - moved.before, abs=1e-5)


def test_news_that_changes_only_counted_votes_is_put_down_to_them(
    contest: Contest, news: tuple[Declaration, ...]
) -> None:
    before = gaussian_reckoning(contest, news, 4, sd=0.05)
    after = gaussian_reckoning(contest, news, 5, sd=0.05)
    changes = {cause.name: cause.change for cause in what_moved(contest.rule, before, after, PARKER, "").causes}
    assert changes["turnout"] == 0.0
    assert changes["expectation elsewhere"] == 0.0
    assert changes["counted votes"] != 0.0
