"""Two engines side by side: the same agrees with itself, a shifted one does not."""

from __future__ import annotations

from dataclasses import replace

import pytest
from toy_model import toy

from forecast.agreement import DEVIATIONS, PROBABILITY, compare
from forecast.contests.contest import Contest
from forecast.errors import ModelError
from forecast.night import Night
from forecast.posterior import Posterior
from forecast.scene import open_scene
from forecast.screen.comparison import side_by_side
from forecast.tally import Tally

SCENE = open_scene("west-midlands")
DRAWS = 4_000


def shifted(contest: Contest, tally: Tally, *, draws: int, seed: int) -> Posterior:
    """The toy with three points more for the first candidate, at the second's cost, in what is outstanding."""
    made = toy(contest, tally, draws=draws, seed=seed)
    share = made.share.copy()
    moved = 0.03 * tally.outstanding
    share[:, :, 0] += moved
    share[:, :, 1] -= moved
    return replace(made, share=share, model="shifted")


TOY = Night(SCENE.contest, toy, draws=DRAWS).update(SCENE.items, explain=False).forecast
SHIFTED = Night(SCENE.contest, shifted, draws=DRAWS).update(SCENE.items, explain=False).forecast


def test_an_engine_agrees_with_itself() -> None:
    agreement = compare(TOY, TOY)
    assert agreement.agree
    assert (agreement.probability, agreement.deviations) == (0.0, 0.0)


def test_an_engine_that_says_something_else_does_not_agree() -> None:
    agreement = compare(TOY, SHIFTED)
    assert not agreement.agree
    assert agreement.deviations > DEVIATIONS
    assert agreement.probability == max(
        abs(one.win_probability - other.win_probability)
        for one, other in zip(TOY.candidates, SHIFTED.candidates, strict=True)
    )


def test_a_shift_of_the_lead_is_measured_in_its_standard_deviations() -> None:
    # three points each way are six of the lead, of Sandwell's 65,633 valid votes: 3,938
    (middle,) = [each for each in compare(TOY, SHIFTED).compared if (each.measure, each.level) == ("lead_votes", 0.5)]
    assert middle.second - middle.first == pytest.approx(0.06 * TOY.areas[3].valid.median, abs=2)
    assert middle.difference == pytest.approx(0.06 * TOY.areas[3].valid.median / TOY.lead.votes.sd, rel=0.01)


def test_forecasts_of_different_news_are_not_compared() -> None:
    earlier = Night(SCENE.contest, toy, draws=DRAWS).update(SCENE.items[:-1], explain=False).forecast
    with pytest.raises(ModelError, match="different news"):
        compare(TOY, earlier)


def test_the_screen_names_what_differs_and_gives_the_verdict() -> None:
    assert "The two engines agree" in side_by_side(TOY, compare(TOY, TOY), 100)
    said = side_by_side(TOY, compare(TOY, SHIFTED), 100)
    assert "The two engines DO NOT agree" in said
    assert "differs" in said
    assert str(PROBABILITY) in said
    assert " 0.0%" not in said
