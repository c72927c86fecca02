"""Seats in the document, against official results and hand-counted contests."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from forecast.bulletin.attribution import what_moved
from forecast.bulletin.explain import Reckoning
from forecast.bulletin.seats import find_pivotal, find_winners
from forecast.bulletin.summary import INTERVALS, CandidateSeats, Forecast, lay_out, measure_rows
from forecast.charts import draw_charts
from forecast.contests.contest import Contest
from forecast.night import Night
from forecast.posterior import Posterior
from forecast.rules import AreaSeats
from forecast.scene import open_scene
from forecast.screen.board import board
from forecast.simulation import Simulation
from forecast.tally import Tally, empty_tally


def baseline_model(contest: Contest, tally: Tally, *, draws: int, seed: int) -> Posterior:
    """Everybody has the baseline's share, give or take a little: a model for arithmetic alone."""
    share = np.nan_to_num(contest.baseline.votes) / contest.baseline.valid[:, None]
    noise = np.random.default_rng(seed).normal(1.0, 0.05, (draws, 1, len(contest.candidates)))
    share = np.where(contest.standing, share + 1e-4, 0.0) * noise
    valid = np.broadcast_to(contest.baseline.valid, share.shape[:2])
    return Posterior(share / share.sum(axis=2, keepdims=True), valid, "baseline", {})


@cache
def moment(contest: str, through: int | None) -> Forecast:
    scene = open_scene(contest, through="all" if through is None else through)
    return Night(scene.contest, baseline_model, draws=200).update(scene.items, explain=False).forecast


def entry(forecast: Forecast, candidate: str) -> CandidateSeats:
    assert forecast.seats is not None
    return next(each for each in forecast.seats.candidates if each.id == candidate)


# Official results: House of Commons Library, CBP-8749; changes since 2017 as the BBC gave them.
@pytest.mark.parametrize(
    ("party", "seats", "change", "gains", "losses"),
    [
        # the BBC has Buckingham as held by the Conservatives; its seat was the Speaker's
        ("con", 365, 48, 58, 10),
        ("lab", 202, -59, 1, 60),
        ("ld", 11, -1, 3, 4),
        ("snp", 48, 13, 14, 1),
        ("green", 1, 0, 0, 0),
        ("pc", 4, 0, 0, 0),
        ("dup", 8, -2, 0, 2),
        ("sf", 7, 0, 1, 1),
        ("sdlp", 2, 2, 2, 0),
        ("alliance", 1, 1, 1, 0),
    ],
)
def test_the_seats_of_2019_are_the_official_ones(party: str, seats: int, change: int, gains: int, losses: int) -> None:
    found = entry(moment("general-election-2019", None), party)
    assert found.change is not None
    assert found.gains is not None
    assert found.losses is not None
    assert (found.declared, found.seats.median, found.seats.sd) == (seats, seats, 0)
    assert (found.change.median, found.gains.median, found.losses.median) == (change, gains, losses)
    assert (found.gains_declared, found.losses_declared) == (gains, losses)


def test_a_declared_majority_is_decided_and_said_so() -> None:
    forecast = moment("general-election-2019", None)
    assert forecast.decided
    assert forecast.headline == "Conservative has a majority on the areas declared: 365 of 650 seats."
    assert [each.win_display for each in forecast.candidates[:2]] == ["100%", "0%"]


def test_a_declared_hung_parliament_is_decided_too() -> None:
    forecast = moment("general-election-2017", None)
    assert forecast.seats is not None
    assert (forecast.decided, forecast.seats.hung, forecast.seats.deciding) == (True, 1.0, ())
    assert "Nobody has a majority" in forecast.headline
    assert "Conservative has most, 317 of" in forecast.headline


def test_electoral_votes_are_weighed() -> None:
    forecast = moment("us-president-2000", None)
    assert forecast.seats is not None
    assert forecast.seats.weights["florida"] == 25
    assert (entry(forecast, "rep").declared, entry(forecast, "dem").declared) == (271, 267)
    assert forecast.decided


def test_what_is_declared_so_far_is_counted_area_by_area() -> None:
    scene = open_scene("general-election-2019", through=100)
    forecast = moment("general-election-2019", 100)
    winners = [max(item.votes, key=lambda who, item=item: item.votes[who]) for item in scene.items]  # type: ignore[misc]
    for party in ("con", "lab", "snp"):
        assert entry(forecast, party).declared == winners.count(party)
    assert not forecast.decided


def test_probabilities_of_a_majority_and_of_none_add_up() -> None:
    forecast = moment("general-election-2019", 100)
    assert forecast.seats is not None
    wins = sum(each.win_probability for each in forecast.candidates)
    assert wins + forecast.seats.hung == pytest.approx(1.0, abs=1e-5)
    assert sum(each.most_seats for each in forecast.seats.candidates) == pytest.approx(1.0, abs=1e-5)
    assert sum(each.seats.mean for each in forecast.seats.candidates) == pytest.approx(650, abs=0.1)


def test_only_areas_outstanding_decide() -> None:
    forecast = moment("general-election-2019", 100)
    assert forecast.seats is not None
    status = {area.id: area.status for area in forecast.areas}
    assert 0 < len(forecast.seats.deciding) <= 10
    assert {status[area.id] for area in forecast.seats.deciding} == {"nothing"}


def test_the_pivotal_area_brings_the_seats_to_the_line() -> None:
    # by margin: second, first, third, fourth, with 3, 2, 5 and 1 seats; 5 are reached by the first, 6 by the third
    margin, weights = np.array([[0.1, 0.3, -0.1, -0.4]]), np.array([2.0, 3.0, 5.0, 1.0])
    assert [find_pivotal(margin, weights, line)[0] for line in (3.0, 5.0, 6.0, 11.0)] == [1, 0, 2, 3]


def test_who_cannot_win_carries_no_area() -> None:
    votes = np.array([[[5.0, 9.0, 3.0], [1.0, 2.0, 3.0], [4.0, 0.0, 4.0]]])
    assert find_winners(votes, (1,)).tolist() == [[0, 2, 0]]
    assert find_winners(votes, ()).tolist() == [[1, 2, 0]]


@given(arrays(np.float64, (4, 6, 3), elements=st.integers(0, 3)), st.sets(st.integers(0, 5)))
def test_counts_of_different_areas_add_up(
    votes: np.ndarray[tuple[int, ...], np.dtype[np.float64]], some: set[int]
) -> None:
    rule = AreaSeats(weights=(1.0, 2.0, 3.0, 4.0, 5.0, 6.0))
    here, rest = (np.array(sorted(areas), dtype=np.intp) for areas in (some, set(range(6)) - some))
    whole = rule.elect(votes)
    added = rule.decide(rule.count(votes, here) + rule.count(votes, rest))
    taken = rule.decide(rule.count(votes) - rule.count(votes, here) + rule.count(votes, here))
    assert whole.seats is not None
    for parts in (added, taken):
        assert parts.seats is not None
        assert np.allclose(parts.seats, whole.seats)
        assert (parts.elected == whole.elected).all()
        assert (parts.tied == whole.tied).all()


def test_an_area_counted_moves_seats_by_its_votes_alone() -> None:
    # three areas, two of them a majority: before, each has one of the first two in half of the draws; then the first
    # area declares for the first candidate, and nothing else is known better
    scene = open_scene("general-election-2019", through=1)
    contest = scene.contest
    votes = np.zeros((4, 3, 2))
    votes[:, 0] = [[9, 1], [9, 1], [1, 9], [1, 9]]
    votes[:, 1] = [[9, 1], [1, 9], [9, 1], [1, 9]]
    votes[:, 2] = [[1, 9], [9, 1], [1, 9], [9, 1]]
    after = votes.copy()
    after[:, 0] = [9, 1]
    tallies = [empty_tally(contest), Night(contest, baseline_model, draws=10).update(scene.items).reckoning.tally]
    place = int(np.flatnonzero(tallies[1].declared)[0])
    order = np.r_[place, [a for a in range(3) if a != place][:2]]
    wide = [np.zeros((4, len(contest.areas), len(contest.candidates))) for _ in range(2)]
    for each, drawn in zip(wide, (votes, after), strict=True):
        each[:, order, :2] = drawn
    posterior = baseline_model(contest, tallies[0], draws=1, seed=1)
    moments = [
        Reckoning(tally, posterior, Simulation(each, each.sum(axis=1), each.sum(axis=(1, 2))))
        for tally, each in zip(tallies, wide, strict=True)
    ]
    weights = np.zeros(len(contest.areas))
    weights[order] = 1.0
    moved = what_moved(AreaSeats(weights=tuple(weights)), moments[0], moments[1], 0, "declared")
    assert (moved.before, moved.after) == (0.5, 1.0)
    assert [cause.change for cause in moved.causes] == [0.5, 0.0, 0.0]


@given(arrays(np.float64, st.tuples(st.integers(1, 3), st.integers(1, 40)), elements=st.floats(-1e6, 1e6)))
def test_rows_have_the_quantiles_of_numpy(rows: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> None:
    for row, measured in zip(rows, measure_rows(rows), strict=True):
        found = lay_out(measured.tolist())
        edges = [edge for each in found.intervals for edge in (each.lower, each.upper)]
        levels = [0.5 * (1 + sign * level) for level in INTERVALS for sign in (-1, 1)]
        assert edges == pytest.approx(np.quantile(row, levels), abs=1e-9)
        assert [each.level for each in found.intervals] == list(INTERVALS)
        assert (found.mean, found.median, found.sd) == pytest.approx((row.mean(), np.median(row), row.std()), abs=1e-9)


@cache
def pictures(contest: str, through: int | None) -> dict[str, dict[str, object]]:
    forecast = moment(contest, through)
    return draw_charts(forecast, [forecast])


def test_the_picture_of_the_margin_has_the_line_of_a_majority() -> None:
    layers = pictures("general-election-2019", 100)["margin"]["layer"]
    assert isinstance(layers, list)
    dots = next(layer for layer in layers if layer.get("name") == "dots")
    seats = moment("general-election-2019", 100).seats
    assert seats is not None
    quantiles = next(each.seats.quantiles for each in seats.candidates if each.id == seats.leader)
    beyond = [row["seats"] > 0 for row in dots["data"]["values"]]
    assert len(beyond) == 50
    assert sum(beyond) == sum(quantile >= 326 for quantile in quantiles[::2])
    assert "326 are a majority" in str(layers)


def test_few_of_many_areas_are_drawn() -> None:
    layers = pictures("general-election-2019", 100)["swing"]["layer"]
    assert isinstance(layers, list)
    rows = [layer["data"]["values"] for layer in layers if layer.get("name") in {"expected", "seen"}]
    assert sum(map(len, rows)) == 30


def test_the_screen_tells_seats_and_not_hundreds_of_areas() -> None:
    said = board(moment("general-election-2019", 100), 100)
    assert said.count("\n") < 120
    assert "326 are a majority" in said
    assert "--format csv lists all" in said
    assert "SNP" in said
    assert "No swing can be worked out" not in said
    assert all(len(line) <= 100 for line in said.splitlines())


def test_who_stands_nowhere_in_an_area_had_no_votes_there() -> None:
    needs = moment("general-election-2019", 100).needs
    # House of Commons Library, CBP-7979: 13,636,684 and 12,877,918 of 32,204,184 votes in 2017, Labour's here without
    # the 30,745 in Chorley, whose member was Speaker in 2019
    lead = 12_877_918 - 30_745 - 13_636_684
    assert needs.baseline_overall.share == pytest.approx(lead / 32_204_184, abs=1e-5)
    antrim = next(area for area in needs.areas if area.id == "east-antrim")
    assert (antrim.swing, antrim.baseline_lead.votes) == (None, None)
