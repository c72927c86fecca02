"""The orders in which a past night is told again, and where it is stopped."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from small_contest import small_contest
from small_night import news, night

from forecast.declaration import Kind
from forecast.evaluation.nights import checkpoints_for, few_checkpoints_for, shipped_nights
from forecast.evaluation.orders import Order, orders_for, rank_pair, reorder
from forecast.evaluation.plan import Plan
from forecast.tally import fold


def test_every_order_tells_the_same_result() -> None:
    contest = small_contest()
    final = fold(contest, news())
    for order in orders_for(contest, news(), 3):
        moved = fold(contest, reorder(contest, news(), order))
        np.testing.assert_array_equal(moved.votes, final.votes)
        assert sorted(moved.order) == sorted(final.order)


def test_what_came_before_the_first_declaration_stays_first_and_the_clock_stays() -> None:
    moved = reorder(small_contest(), news(), Order("random", 1))
    assert moved[0].kind is Kind.VERIFIED
    assert [item.at for item in moved] == [item.at for item in news()]
    assert [item.area for item in moved] != [item.area for item in news()]
    assert moved == reorder(small_contest(), news(), Order("random", 1))
    assert moved != reorder(small_contest(), news(), Order("random", 2))


def areas_in(order: Order) -> list[str]:
    return [item.area for item in reorder(small_contest(), news(), order) if item.kind is Kind.DECLARED]


def test_adversarial_orders_are_what_they_are_called() -> None:
    assert areas_in(Order("one-side-first"))[0] == "solihull"  # Conservative by 55 points in 2021
    assert areas_in(Order("small-first"))[-1] == "birmingham"
    assert areas_in(Order("large-first"))[0] == "birmingham"
    assert areas_in(Order("entrant-last"))[-1] == "birmingham"
    assert {order.kind for order in orders_for(small_contest(), news(), 0)} == {
        "real", "one-side-first", "small-first", "large-first", "entrant-last",
    }  # fmt: skip


def test_a_night_whose_order_is_not_known_has_no_real_order() -> None:
    unknown = replace(small_contest(), order="unknown")
    assert Order("real") not in orders_for(unknown, news(), 2)


def test_the_pair_is_chosen_by_the_baseline_and_not_by_the_result() -> None:
    contest = small_contest()
    assert [contest.candidates[each].id for each in rank_pair(contest)] == ["street", "parker"]


def test_checkpoints_are_every_declaration_of_few_areas_and_shares_of_many() -> None:
    assert checkpoints_for(small_contest()) == (0, 1, 2, 3, 4, 5, 6)
    found = {each.contest.id: checkpoints_for(each.contest) for each in shipped_nights(("650 seats", "presidents"))}
    assert found["general-election-2019"] == (0, 10, 50, 100, 200, 400)
    assert found["us-president-2016"] == (0, 1, 3, 5, 13, 26, 38)


# Plan, batches


def test_twenty_orders_are_the_real_one_the_misleading_and_random_ones_for_the_rest() -> None:
    kinds = [order.kind for order in Plan(20).orders_of(night())]
    assert (len(kinds), kinds[0]) == (20, "real")
    assert kinds.count("random") == 20 - 1 - 4
    unknown = replace(night(), contest=replace(small_contest(), order="unknown"))
    kinds = [order.kind for order in Plan(20).orders_of(unknown)]
    assert (len(kinds), kinds.count("random"), kinds[0]) == (20, 16, "random")
    assert [order.kind for order in Plan(1).orders_of(unknown)].count("random") == 1


def test_few_checkpoints_are_some_of_the_checkpoints_and_none_is_before_the_first_declaration() -> None:
    for past in shipped_nights(("west midlands", "presidents", "referendum")):
        few = few_checkpoints_for(past.contest)
        assert set(few) < set(checkpoints_for(past.contest)) - {0}
