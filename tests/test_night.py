"""One night, end to end, on the real count of 4 May 2024."""

from __future__ import annotations

import numpy as np
import pytest

from forecast.bulletin.summary import Forecast
from forecast.contests.catalogue import find_contest
from forecast.contests.contest import Contest
from forecast.declaration import Declaration, Kind, read_news
from forecast.moment import news_through
from forecast.night import Night
from models.conditional import conditional

DRAWS = 4_000


@pytest.fixture(scope="module")
def contest() -> Contest:
    return find_contest("west-midlands")


@pytest.fixture(scope="module")
def news(contest: Contest) -> tuple[Declaration, ...]:
    return read_news(contest.directory / "news.csv", contest)[0]


@pytest.fixture(scope="module")
def night(contest: Contest) -> Night:
    return Night(contest, conditional, draws=DRAWS)


def test_the_same_news_gives_the_same_bytes(night: Night, news: tuple[Declaration, ...]) -> None:
    items = news_through(night.contest, news, 3)
    assert night.update(items).forecast.to_json() == night.update(items).forecast.to_json()


def test_an_item_that_says_nothing_new_moves_nothing(night: Night, news: tuple[Declaration, ...]) -> None:
    items = news_through(night.contest, news, 3)
    repeated = (*items, items[-1])
    assert night.update(repeated).forecast.to_json() == night.update(items).forecast.to_json()


def test_with_everything_declared_the_forecast_is_the_result(night: Night, news: tuple[Declaration, ...]) -> None:
    forecast = night.update(news).forecast
    votes = {candidate.id: candidate.votes for candidate in forecast.candidates}
    official = {
        "parker": 225_590,
        "street": 224_082,
        "yakoob": 69_621,
        "williams": 34_471,
        "harper-nunes": 31_036,
        "virk": 12_176,
    }
    assert {name: (spread.median, spread.sd) for name, spread in votes.items()} == {
        name: (float(total), 0.0) for name, total in official.items()
    }
    assert forecast.decided
    assert forecast.lead.votes.median == 1_508
    assert forecast.valid.median == 596_976


def test_declared_votes_are_in_every_draw(night: Night, news: tuple[Declaration, ...]) -> None:
    update = night.update(news_through(night.contest, news, 5))
    tally, votes = update.reckoning.tally, update.reckoning.simulation.votes
    known = tally.declared[:, None] & np.isfinite(tally.votes)
    assert np.array_equal(votes[:, known], np.broadcast_to(tally.votes[known], votes[:, known].shape))


def test_unreported_candidates_stay_within_the_ballots_and_are_not_zero(
    night: Night, news: tuple[Declaration, ...]
) -> None:
    update = night.update(news_through(night.contest, news, 6))
    tally, votes = update.reckoning.tally, update.reckoning.simulation.votes
    unreported = tally.declared[:, None] & np.isnan(tally.votes)
    assert (votes[:, unreported] > 0).mean() > 0.99
    assert (votes[:, tally.declared].sum(axis=2) <= tally.ballots[tally.declared] + len(tally.contest.candidates)).all()


def test_no_area_exceeds_its_electorate(night: Night) -> None:
    update = night.update(())
    electorate = np.array([area.electorate for area in night.contest.areas])
    assert (update.reckoning.simulation.votes.sum(axis=2) <= electorate + len(night.contest.candidates)).all()


def test_ballots_verified_move_the_forecast_before_any_vote(night: Night, news: tuple[Declaration, ...]) -> None:
    nothing, verified = night.update(()).forecast, night.update(news_through(night.contest, news, 0)).forecast
    assert nothing.valid.sd > 10 * verified.valid.sd
    assert verified.valid.median == pytest.approx(601_713 * 0.992, rel=0.002)


def test_an_area_partly_counted_is_used_as_partly_counted(night: Night, news: tuple[Declaration, ...]) -> None:
    items = news_through(night.contest, news, 5)
    half = {"parker": 16_352, "street": 11_618}  # half of Coventry's real count
    partial = Declaration("coventry", Kind.PARTIAL, None, "test", "test", counted=0.5, votes=half, sequence=99)
    before, after, full = (
        night.update(each).forecast for each in (items, (*items, partial), news_through(night.contest, news, 6))
    )
    widths = [_width(forecast, "coventry") for forecast in (before, after, full)]
    assert widths[0] > widths[1] > widths[2]
    assert widths[2] < 0.002  # votes declared, but rejected papers not: the share is known to their number
    coventry = night.update((*items, partial)).reckoning.simulation.votes[:, 1]
    assert (coventry[:, 0] >= half["parker"]).all()
    assert (coventry[:, 1] >= half["street"]).all()


def _width(forecast: Forecast, area: str) -> float:
    found = next(each for each in forecast.areas if each.id == area)
    interval = next(each for each in found.lead.intervals if each.level == 0.9)
    return float(interval.upper - interval.lower)


def test_a_correction_gives_what_the_right_figures_would_have_given(
    night: Night, news: tuple[Declaration, ...]
) -> None:
    items = news_through(night.contest, news, 6)
    wrong = [item if item.area != "dudley" or not item.votes else _with(item, {"parker": 37_345, "street": 24_807})
             for item in items]  # fmt: skip
    put_right = Declaration("dudley", Kind.CORRECTED, None, "test", "test", votes={"parker": 24_807, "street": 37_345})
    right = night.update(items, explain=False).forecast
    corrected = night.update([*wrong, put_right], explain=False).forecast
    assert corrected.lead == right.lead
    assert corrected.candidates == right.candidates


def _with(item: Declaration, votes: dict[str, int]) -> Declaration:
    return Declaration(item.area, item.kind, item.at, item.source, item.entered_by, votes=votes, sequence=item.sequence)


def test_two_candidates_swapped_raise_an_alarm_and_nothing_is_lost(night: Night, news: tuple[Declaration, ...]) -> None:
    items = news_through(night.contest, news, 5)
    swapped = [_with(item, {"parker": 37_345, "street": 24_807}) if item.area == "dudley" and item.votes else item
               for item in items]  # fmt: skip
    alarms = {alarm.check for alarm in night.update(swapped).forecast.alarms if alarm.area == "dudley"}
    true_alarms = {alarm.check for alarm in night.update(items).forecast.alarms if alarm.area == "dudley"}
    assert any("swap" in check for check in alarms)
    assert not true_alarms


def test_coventrys_two_figures_swapped_are_named_by_the_surprise(night: Night, news: tuple[Declaration, ...]) -> None:
    items = news_through(night.contest, news, 6)
    swapped = [_with(item, {"parker": 23_237, "street": 32_704}) if item.area == "coventry" and item.votes else item
               for item in items]  # fmt: skip
    alarms = [alarm for alarm in night.update(swapped).forecast.alarms if alarm.area == "coventry"]
    assert any("Swapping Richard Parker and Andy Street would make it expected." in str(alarm) for alarm in alarms)
    assert not [alarm for alarm in night.update(items).forecast.alarms if alarm.area == "coventry"]


def test_refused_news_is_said_and_touches_nothing(night: Night, news: tuple[Declaration, ...]) -> None:
    items = news_through(night.contest, news, 3)
    too_many = Declaration("sandwell", Kind.DECLARED, None, "test", "test", votes={"parker": 99_999, "street": 1})
    refused = night.update((*items, too_many)).forecast
    assert refused.candidates == night.update(items).forecast.candidates
    assert len(refused.refusals) == 1
    assert "66,296" in refused.refusals[0]


def test_an_early_areas_swap_is_still_pointed_at_when_six_have_declared(
    night: Night, news: tuple[Declaration, ...]
) -> None:
    items = news_through(night.contest, news, 6)
    swapped = [_with(item, {"parker": 35_289, "street": 11_728}) if item.area == "solihull" and item.votes else item
               for item in items]  # fmt: skip
    checks = {alarm.check for alarm in night.update(swapped).forecast.alarms if alarm.area == "solihull"}
    assert "swapped candidates" in checks
    assert not [alarm for alarm in night.update(items).forecast.alarms if alarm.area == "solihull"]


def test_totals_of_the_whole_contest_for_some_candidates_are_taken_as_they_are(
    night: Night, news: tuple[Declaration, ...]
) -> None:
    items = news_through(night.contest, news, 6)
    whole = Declaration("west-midlands", Kind.DECLARED, None, "test", "test",
                        votes={"parker": 220_000, "street": 224_082}, sequence=99)  # fmt: skip
    forecast = night.update((*items, whole)).forecast
    votes = {candidate.id: candidate.votes for candidate in forecast.candidates}
    assert [votes[name].median for name in ("parker", "street")] == [220_000, 224_082]
    assert [votes[name].sd for name in ("parker", "street")] == [0.0, 0.0]
    assert forecast.decided
    assert forecast.headline == "Andy Street cannot be overtaken on the votes counted."
    assert {candidate.id: candidate.win_probability for candidate in forecast.candidates}["street"] == 1.0


def test_areas_that_do_not_add_up_to_the_declared_whole_raise_a_red_alarm(
    night: Night, news: tuple[Declaration, ...]
) -> None:
    short = [_with(item, {"parker": 31_516, "street": 18_598}) if item.area == "sandwell" and item.votes else item
             for item in news]  # fmt: skip
    checks = [(alarm.severity, alarm.what) for alarm in night.update(short).forecast.alarms if alarm.check == "totals"]
    assert [severity for severity, _ in checks] == ["red"]
    assert "225,590" in checks[0][1]
    assert "225,545" in checks[0][1]
    assert not [alarm for alarm in night.update(news).forecast.alarms if alarm.check == "totals"]


def test_the_other_count_that_became_known_meanwhile_is_named_beside_the_item(
    night: Night, news: tuple[Declaration, ...]
) -> None:
    explanation = night.update(news_through(night.contest, news, 0)).forecast.explanation
    assert explanation is not None
    assert explanation.moved is not None
    assert explanation.moved.item == "Wolverhampton verified (and the same day's other count, known by then)"
    later = night.update(news_through(night.contest, news, 2)).forecast.explanation
    assert later is not None
    assert later.moved is not None
    assert later.moved.item == "Wolverhampton declared"
