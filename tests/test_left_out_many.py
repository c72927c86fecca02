"""What the regression expects of a declared area without its votes, against doing without them; the alarms kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from forecast.declaration import Declaration, Kind
from forecast.evaluation.faults import votes_alone
from forecast.night import Night, Update, reckon
from forecast.scene import open_scene
from forecast.tally import fold
from models.left_out_many import MOST, LeftOutMany
from models.many_areas import draw_area_valid, draw_many_valid
from models.priors import priors_for
from models.regression import regression

NAME, DECLARED, DRAWS = "general-election-2017", 60, 1_000
CONTEST = open_scene(NAME, through=0).contest
NEWS = open_scene(NAME, through="all").items
ITEMS = open_scene(NAME, through=DECLARED).items
LATER = NEWS[len(ITEMS) : len(ITEMS) + 25]


def swapped(item: Declaration) -> Declaration:
    """The declaration with the figures of the two largest given to one another."""
    one, other = sorted(item.votes, key=lambda name: -item.votes[name])[:2]
    return replace(item, votes={**item.votes, one: item.votes[other], other: item.votes[one]})


def digit_lost(item: Declaration) -> Declaration:
    """The declaration with the last digit of the largest figure lost, and no totals by which it could be refused."""
    largest = max(item.votes, key=lambda name: item.votes[name])
    return replace(votes_alone(item), votes={**item.votes, largest: item.votes[largest] // 10})


WRONG = swapped(ITEMS[-1])
NIGHT = Night(CONTEST, regression, draws=DRAWS)


def red(update: Update) -> set[str]:
    return {alarm.area for alarm in update.forecast.alarms if alarm.severity == "red"}


def test_leaving_an_area_out_is_forecasting_it_without_its_votes() -> None:
    area = CONTEST.area_index(WRONG.area)
    standing = CONTEST.standing[area]
    given = regression(CONTEST, fold(CONTEST, [*ITEMS[:-1], WRONG]), draws=DRAWS, seed=1)
    without = regression(CONTEST, fold(CONTEST, ITEMS[:-1]), draws=DRAWS, seed=1).share[:, area]
    left_out = given.left_out[area].share
    off = (left_out.mean(axis=0) - without.mean(axis=0))[standing] / without.std(axis=0)[standing]
    assert np.abs(off).max() < 0.5  # of 400 states that follow one another, some outweigh the rest
    assert left_out.std(axis=0)[standing] == pytest.approx(without.std(axis=0)[standing], rel=0.35)
    assert left_out.sum(axis=1) == pytest.approx(1.0)
    declared = np.nan_to_num(fold(CONTEST, [WRONG]).votes[area]) / sum(WRONG.votes.values())
    far = (declared - without.mean(axis=0))[standing] / without.std(axis=0)[standing]
    assert np.abs(far).max() > 4.5  # what would be expected had nothing been left out


@pytest.mark.parametrize("spoil", [swapped, digit_lost])
def test_a_red_alarm_stays_when_others_have_declared_since(spoil: Callable[[Declaration], Declaration]) -> None:
    wrong = spoil(ITEMS[-1])
    assert wrong.area in red(NIGHT.update([*ITEMS[:-1], wrong]))
    assert wrong.area in red(NIGHT.update([*ITEMS[:-1], wrong, *LATER]))


def test_of_true_figures_there_is_none() -> None:
    assert WRONG.area not in red(NIGHT.update([*ITEMS, *LATER]))


def test_the_valid_votes_expected_are_those_drawn_of_an_area_that_has_not_declared() -> None:
    tally, less = fold(CONTEST, ITEMS), fold(CONTEST, ITEMS[:-1])
    area, priors = CONTEST.area_index(WRONG.area), priors_for(CONTEST)
    drawn = draw_many_valid(CONTEST, less, priors, 8_000, np.random.default_rng(1))[:, area]
    alone = draw_area_valid(tally, area, priors, 8_000, np.random.default_rng(2))
    spread = drawn.std()
    assert abs(alone.mean() - drawn.mean()) < 4.5 * spread * np.sqrt(2 / 8_000)
    assert alone.std() == pytest.approx(spread, rel=4.5 * np.sqrt(1 / 8_000))
    assert spread / drawn.mean() > 0.02  # of the declared figure nothing is left


def test_every_item_of_several_that_came_together_is_weighed_explained_or_not() -> None:
    before = NIGHT.reckon_items(ITEMS[:-1])
    together = [*ITEMS[:-1], WRONG, *LATER[:3]]
    assert WRONG.area in red(NIGHT.update(together, before=before))
    assert WRONG.area in red(NIGHT.update(together, explain=False))


def test_it_costs_nothing_where_nobody_looks_and_a_few_areas_are_looked_at() -> None:
    left_out = reckon(fold(CONTEST, NEWS[:-40]), regression, draws=200, seed=1).posterior.left_out
    assert isinstance(left_out, LeftOutMany)
    assert "found" not in vars(left_out)
    assert 0 < len(left_out) <= MOST
    assert all(fold(CONTEST, NEWS[:-40]).declared[area] for area in left_out)


def test_an_alarm_of_ballots_alone_stands_when_other_news_follows_until_they_are_put_right() -> None:
    area = NEWS[DECLARED + 40].area
    valid = sum(next(each for each in NEWS if each.area == area).votes.values())
    slip = Declaration(area, Kind.VERIFIED, None, "", "", ballots=valid // 4)
    right = replace(slip, ballots=valid + 100)

    def alarmed(*items: Declaration) -> list[str]:
        alarms = NIGHT.update(items).forecast.alarms
        return [each.severity for each in alarms if (each.area, each.check) == (area, "turnout")]

    assert alarmed(*ITEMS, slip) == alarmed(*ITEMS, slip, LATER[0]) == ["red"]
    assert (
        alarmed(*ITEMS, right, LATER[0]) == alarmed(*ITEMS, slip, replace(right, kind=Kind.CORRECTED), LATER[0]) == []
    )
