"""What if: figures nobody has declared are taken exactly, labelled, and leave no trace."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from toy_model import toy

from forecast.contests.catalogue import find_contest, write_skeleton
from forecast.contests.contest import Contest
from forecast.declaration import read_news
from forecast.errors import ForecastError
from forecast.night import Night, Update
from forecast.opening import open_night
from forecast.setting import read_settings
from forecast.what_if import suppose, suppose_items

CONTEST = find_contest("west-midlands")
NEWS = read_news(CONTEST.directory / "news.csv", CONTEST)[0]
NIGHT = Night(CONTEST, toy, draws=400)
SIX = open_night(CONTEST, NEWS, through=6).items
PRESENT = NIGHT.update(SIX, explain=False)


def what_if(*texts: str) -> Update:
    return suppose(NIGHT, SIX, PRESENT, read_settings(texts, CONTEST))


def shares_in(update: Update, area: str) -> np.ndarray:
    """(draw, candidate) shares there."""
    votes = update.reckoning.simulation.votes[:, CONTEST.area_index(area)]
    shares: np.ndarray = votes / votes.sum(axis=1, keepdims=True)
    return shares


def test_a_lead_supposed_is_the_lead_in_every_draw_and_the_two_keep_what_they_have_together() -> None:
    shares = shares_in(what_if("sandwell.lead=15"), "sandwell")
    assert shares[:, 0] - shares[:, 1] == pytest.approx(0.15, abs=1e-4)
    expected = shares_in(PRESENT, "sandwell").mean(axis=0)[:2].sum()
    assert shares[:, :2].sum(axis=1) == pytest.approx(expected, abs=1e-4)


@settings(max_examples=20, deadline=None)
@given(st.integers(-100, 100))
def test_any_lead_can_be_supposed(lead: int) -> None:
    shares = shares_in(what_if(f"sandwell.lead={lead}"), "sandwell")
    assert shares[:, 0] - shares[:, 1] == pytest.approx(lead / 100, abs=1e-4)


def test_the_contest_turns_where_the_desk_says_that_it_turns() -> None:
    # 11,456 of the 65,766 valid votes expected in Sandwell: 17.4 points, as published that day.
    wins = [what_if(f"sandwell.lead={lead}").forecast.candidates[0].win_probability for lead in (17.3, 17.5)]
    assert wins == [0.0, 1.0]


def test_a_share_supposed_is_the_share_in_every_draw_and_the_others_stay_uncertain() -> None:
    shares = shares_in(what_if("sandwell.street=0.4"), "sandwell")
    assert shares[:, 1] == pytest.approx(0.4, abs=1e-4)
    assert shares[:, 0].std() > 0.001


def test_a_share_and_a_lead_together_give_both() -> None:
    shares = shares_in(what_if("sandwell.street=0.4", "sandwell.lead=5"), "sandwell")
    assert shares[:, :2].mean(axis=0) == pytest.approx([0.45, 0.4], abs=1e-4)


def test_a_turnout_supposed_is_so_many_ballots() -> None:
    # 30% of Coventry's 241,267 electors are 72,380.1.
    update = what_if("coventry.turnout=0.3")
    assert update.forecast.areas[1].ballots == 72_380
    assert update.forecast.areas[1].counted == {"parker": 32_704, "street": 23_237}


def test_a_turnout_and_a_lead_are_of_the_same_ballots() -> None:
    (ballots, votes) = suppose_items(PRESENT, read_settings(["sandwell.turnout=0.25", "sandwell.lead=10"], CONTEST))
    assert ballots.ballots == 58_159  # 25% of 232,636
    assert votes.valid == round(58_159 * 0.992)


def test_what_is_supposed_is_said_to_be() -> None:
    forecast = what_if("sandwell.lead=15", "coventry.turnout=0.3").forecast
    assert len(forecast.moment.suppositions) == 2
    assert "Richard Parker ahead of Andy Street by 15.0 points in Sandwell" in forecast.moment.suppositions[0]
    assert forecast.headline.startswith("If so,")
    assert forecast.moment.latest == "supposed: Coventry, Sandwell"
    assert forecast.moment.areas_declared == 6
    assert [area.status for area in forecast.areas if area.id == "sandwell"] == ["supposed"]


def test_nothing_supposed_is_stored() -> None:
    before = PRESENT.forecast.to_json(), {path: path.read_bytes() for path in CONTEST.directory.iterdir()}
    what_if("sandwell.lead=15")
    assert before == (PRESENT.forecast.to_json(), {path: path.read_bytes() for path in CONTEST.directory.iterdir()})
    assert NIGHT.update(SIX, explain=False).forecast == PRESENT.forecast


def test_a_complete_declaration_is_corrected_and_the_others_keep_their_proportions(tmp_path: Path) -> None:
    contest: Contest = find_contest(str(write_skeleton(tmp_path / "town", "town")))
    items = read_news(contest.directory / "news.csv", contest)[0]
    night = Night(contest, toy, draws=100)
    update = suppose(night, items, night.update(items), read_settings(["midtown.cedar=0.1"], contest))
    counted = update.forecast.areas[1].counted
    assert sum(counted.values()) == 17_660
    assert counted["cedar"] == 1_766
    assert counted["ash"] / counted["birch"] == pytest.approx(8_300 / 6_260, abs=1e-3)


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        (["sandwel.lead=15"], 'no area "sandwel" in west-midlands. Did you mean "Sandwell"?'),
        (["sandwell.streat=0.4"], 'nothing called "streat" can be set. Did you mean "street"?'),
        (["sandwell.lead"], "is not area.measure=value"),
        (["sandwell=15"], "is not area.measure=value"),
        (["sandwell.lead=fifteen"], '"fifteen" is not a number'),
        (["sandwell.lead=nan"], '"nan" is not a number'),
        (["sandwell.lead=101"], "a lead is in points, from -100 to 100"),
        (["sandwell.turnout=30"], "a turnout is from 0 to 1. Write 30 per cent as 0.3."),
        (["sandwell.street=-0.1"], "a share is from 0 to 1"),
        (["sandwell.lead=1", "Sandwell.lead=2"], "sandwell.lead is set twice"),
        ([], "nothing is supposed"),
    ],
)
def test_a_setting_that_cannot_be_read_says_what_would_mend_it(texts: list[str], message: str) -> None:
    with pytest.raises(ForecastError) as caught:
        read_settings(texts, CONTEST)
    assert message in str(caught.value)


def test_every_setting_that_cannot_be_read_is_named_at_once() -> None:
    with pytest.raises(ForecastError) as caught:
        read_settings(["sandwel.lead=15", "dudley.ledd=3", "walsall.turnout=2"], CONTEST)
    assert len(caught.value.defects) == 3


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        (["birmingham.turnout=0.2"], "more than the 152,081 ballots"),
        (["sandwell.parker=0.7", "sandwell.street=0.4"], "together above 1"),
        (["sandwell.parker=0.1", "sandwell.lead=20"], "below 0"),
        (["sandwell.parker=0.4", "sandwell.street=0.4", "sandwell.lead=5"], "follows from the two shares"),
    ],
)
def test_what_is_impossible_is_refused(texts: list[str], message: str) -> None:
    with pytest.raises(ForecastError, match=message) as caught:
        what_if(*texts)
    assert caught.value.defects[0].where.startswith("--set ")


def test_after_the_whole_contest_nothing_is_left_to_suppose() -> None:
    with pytest.raises(ForecastError, match="the whole contest has declared"):
        suppose(NIGHT, NEWS, NIGHT.update(NEWS), read_settings(["sandwell.lead=15"], CONTEST))
