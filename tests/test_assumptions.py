"""What a forecast says that it supposes."""

from __future__ import annotations

import pytest
from toy_model import toy

from forecast.bulletin.summary import Forecast
from forecast.night import Night
from forecast.scene import open_scene
from forecast.screen.board import board
from forecast.tally import fold
from models.exit_poll import latest_exit_poll
from models.many_areas import describe_run
from models.priors import priors_for
from models.regressors import separate_blocks


def night(through: int | str) -> Forecast:
    scene = open_scene("west-midlands", through=through)  # type: ignore[arg-type]
    return Night(scene.contest, toy, draws=100).update(scene.items, explain=False).forecast


def supposed(contest: str, through: int | str) -> str:
    scene = open_scene(contest, through=through)  # type: ignore[arg-type]
    tally = fold(scene.contest, scene.items)
    poll = latest_exit_poll(scene.contest, tally)
    return " ".join(describe_run(scene.contest, tally, separate_blocks(scene.contest), poll, priors_for(scene.contest)))


def test_what_a_contest_notes_comes_first_and_is_on_the_screen() -> None:
    forecast = night(6)
    notes = open_scene("west-midlands").contest.notes
    assert notes
    assert forecast.assumptions[: len(notes)] == notes
    said = " ".join(board(forecast, 100).split())
    assert all(note in said for note in notes)


@pytest.mark.parametrize(("through", "estimated"), [(6, True), ("all", False)])
def test_votes_not_reported_are_estimated_until_the_whole_contest_is_declared(
    through: int | str, estimated: bool
) -> None:
    said = " ".join(night(through).assumptions)
    assert "Not every candidate's votes are reported in" in said
    assert ("those missing are estimated" in said) is estimated


def test_an_exit_poll_that_is_heeded_is_disclosed() -> None:
    said = supposed("general-election-2017", 50)
    assert "The exit poll of 22:00 BST, 8 June 2017 is heeded (BBC via" in said
    assert "its seats are taken to err by 9, for a party of any size." in said


def test_covariates_are_named_in_words() -> None:
    assert "Covariates: european 2014 snp, census2011 owner occupied." in supposed("scottish-referendum-2014", 5)


def test_without_an_earlier_result_nothing_is_said_of_changes() -> None:
    said = supposed("scottish-referendum-2014", 5)
    assert "levels are regressed" in said
    assert "Changes" not in said


def test_once_everything_is_declared_nothing_is_supposed() -> None:
    assert supposed("scottish-referendum-2014", "all") == ""
