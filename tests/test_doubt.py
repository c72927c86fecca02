"""The forecast without areas in doubt, while news comes and once none does."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np

from forecast.alarms.alarm import Alarm, Expected
from forecast.bulletin.doubt import areas_in_doubt, items_heeded, keep_last
from forecast.contests.contest import Contest
from forecast.declaration import Declaration, Kind
from forecast.night import Night, Update
from forecast.posterior import Posterior
from forecast.scene import open_scene
from forecast.tally import Tally, fold

SCENE = open_scene("general-election-2019", through=103)
CONTEST = SCENE.contest
RIGHT = SCENE.items[0]
BY_VOTES = sorted(RIGHT.votes, key=lambda name: RIGHT.votes[name])
SWAPPED = {**RIGHT.votes, BY_VOTES[0]: RIGHT.votes[BY_VOTES[-1]], BY_VOTES[-1]: RIGHT.votes[BY_VOTES[0]]}
ITEMS = (replace(RIGHT, votes=SWAPPED), *SCENE.items[1:])
DOUBTED = CONTEST.area_index(RIGHT.area)
VALID = np.full(60, float(sum(RIGHT.votes.values())))


def swinging(contest: Contest, tally: Tally, *, draws: int, seed: int) -> Posterior:
    """The baseline moved by the mean change of the areas declared, which says what it expects of the first."""
    share = np.nan_to_num(contest.baseline.votes) / contest.baseline.valid[:, None]
    known = tally.complete
    moved = share + (np.nan_to_num(tally.votes[known]) / contest.baseline.valid[known, None] - share[known]).mean(
        axis=0
    )
    noise = np.random.default_rng(seed).normal(1.0, 0.1, (draws, 1, len(contest.candidates)))
    drawn = np.where(contest.standing, np.maximum(moved, 1e-4), 0.0) * noise
    drawn /= drawn.sum(axis=2, keepdims=True)
    return Posterior(
        drawn,
        np.broadcast_to(contest.baseline.valid, drawn.shape[:2]),
        "swinging",
        {},
        left_out={DOUBTED: Expected(drawn[:, DOUBTED].copy(), VALID)} if known[DOUBTED] else {},
    )


NIGHT = Night(CONTEST, swinging, draws=60)


@cache
def first(count: int) -> Update:
    """The update after so many items, the first of them in doubt, with what may wait left for later."""
    return NIGHT.update(ITEMS[:count], stress=False)


def words(update: Update) -> str:
    assert update.forecast.without is not None
    return update.forecast.without.words


def test_while_news_comes_it_is_of_the_last_whole_fifties_and_says_so() -> None:
    assert len(items_heeded(fold(CONTEST, ITEMS[:7]), all_of_them=False)) == 7
    assert len(items_heeded(fold(CONTEST, ITEMS[:100]), all_of_them=False)) == 100
    assert len(items_heeded(fold(CONTEST, ITEMS[:103]), all_of_them=False)) == 100
    assert len(items_heeded(fold(CONTEST, ITEMS[:103]), all_of_them=True)) == 103
    update = first(103)
    assert update.waiting
    assert ", before the latest 3 items: " in words(update)
    assert "before the latest" not in words(first(100))


def test_of_few_areas_it_is_always_of_everything() -> None:
    scene = open_scene("west-midlands", through="all")
    assert items_heeded(fold(scene.contest, scene.items), all_of_them=False) == scene.items


def test_the_same_news_gives_the_same_whatever_was_forecast_before() -> None:
    alone = NIGHT.leave_out(first(103).reckoning.tally, first(103).admitted.alarms, all_of_them=False)
    followed = NIGHT.update(ITEMS[:103], last=NIGHT.update(ITEMS[:102], last=first(101), stress=False), stress=False)
    assert followed.forecast.without == first(103).forecast.without
    assert alone is not None
    assert followed.doubt is not None
    assert (followed.doubt.chances == alone.chances).all()


def test_what_was_made_is_kept_until_its_moment_or_areas_change() -> None:
    one = first(101)
    tally, alarms, known = one.reckoning.tally, one.admitted.alarms, one.doubt
    assert known is not None
    later = fold(CONTEST, ITEMS[:103])
    assert NIGHT.leave_out(later, alarms, [known], all_of_them=False) is known
    assert NIGHT.leave_out(later, alarms, [known]) is not known
    assert NIGHT.leave_out(fold(CONTEST, ITEMS[1:103]), alarms, [known], all_of_them=False) is not known
    other = Alarm("red", CONTEST.areas[0].id, "surprise", "", "")
    assert NIGHT.leave_out(tally, [other], one.doubts, all_of_them=False) is not one.doubt
    assert NIGHT.leave_out(tally, [], one.doubts, all_of_them=False) is None


def test_an_alarm_that_comes_and_goes_has_no_forecast_made_again() -> None:
    one = first(101)
    tally, alarms = one.reckoning.tally, one.admitted.alarms
    other = Alarm("red", CONTEST.areas[0].id, "surprise", "", "")
    both = NIGHT.leave_out(tally, [*alarms, other], one.doubts, all_of_them=False)
    kept = keep_last(both, one.doubts)
    assert kept == (both, one.doubt)
    assert NIGHT.leave_out(tally, alarms, kept, all_of_them=False) is one.doubt
    assert NIGHT.leave_out(tally, [*alarms, other], kept, all_of_them=False) is both
    assert keep_last(one.doubt, kept) == (one.doubt, both)
    assert keep_last(None, kept) == kept


def test_what_was_made_of_everything_is_kept_until_the_next_whole_fifty() -> None:
    alarms = first(101).admitted.alarms
    known = NIGHT.leave_out(fold(CONTEST, ITEMS[:85]), alarms)
    assert known is not None
    assert len(known.items) == 85
    assert NIGHT.leave_out(fold(CONTEST, ITEMS[:87]), alarms, [known], all_of_them=False) is known
    assert NIGHT.leave_out(fold(CONTEST, ITEMS[:87]), alarms, [known]) is not known
    later = NIGHT.leave_out(fold(CONTEST, ITEMS[:100]), alarms, [known], all_of_them=False)
    assert later is not None
    assert len(later.items) == 100
    undone = fold(CONTEST, (*ITEMS[:84], *ITEMS[85:88]))  # the last of those it was made of is withdrawn
    assert NIGHT.leave_out(undone, alarms, [known], all_of_them=False) is not known
    assert NIGHT.leave_out(fold(CONTEST, ITEMS[:84]), alarms, [known], all_of_them=False) is not known


def test_once_its_figures_were_checked_an_area_is_in_doubt_no_more() -> None:
    doubted = first(101)
    assert doubted.doubt is not None
    assert RIGHT.area in doubted.doubt.areas
    given = {each.area: each for each in ITEMS[:101] if each.votes}
    checked = [replace(given[area], kind=Kind.CHECKED, ballots=None) for area in doubted.doubt.areas]
    stands = NIGHT.update((*ITEMS[:101], *checked), last=doubted, stress=False)
    assert (stands.doubt, stands.forecast.without) == (None, None)
    assert stands.forecast.candidates == doubted.forecast.candidates


def test_looked_at_closer_it_is_made_of_everything() -> None:
    closer = NIGHT.look_closer(first(103))
    assert not closer.waiting
    assert closer.forecast.to_json() == NIGHT.update(ITEMS[:103]).forecast.to_json()
    assert closer.forecast.without != first(103).forecast.without


def test_news_taken_up_from_the_last_update_is_folded_as_from_nothing() -> None:
    wrong = Declaration(area="nowhere", kind=ITEMS[0].kind, at=None, source="", entered_by="")
    items = (*ITEMS[:20], wrong, *ITEMS[20:30])
    last = NIGHT.update(items[:21], stress=False)
    on = NIGHT.update(items, last=last, stress=False)
    assert on.forecast.to_json() == NIGHT.update(items, before=last.reckoning, stress=False).forecast.to_json()
    assert on.forecast.refusals
    undone = NIGHT.update(ITEMS[1:25], last=last, stress=False)
    assert undone.reckoning.tally.items == ITEMS[1:25]


def test_red_alarms_name_the_areas_in_doubt() -> None:
    red, amber = (Alarm("red", CONTEST.areas[2].id, "", "", ""), Alarm("amber", CONTEST.areas[1].id, "", "", ""))
    alarms = [red, amber, red]
    assert areas_in_doubt(fold(CONTEST, ()), alarms) == (CONTEST.areas[2].id,)
    whole = Alarm("red", CONTEST.id, "totals", "", "")
    assert areas_in_doubt(fold(CONTEST, ()), [whole]) == ()
    update = first(101)
    found = areas_in_doubt(update.reckoning.tally, update.admitted.alarms)
    assert found == (RIGHT.area, "walsall-north")  # which this model, sure of a swing it does not know, holds up too
