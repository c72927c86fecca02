"""Rules of election: draws, ties, thresholds, districts. Real results are in `test_rules_on_results`."""

from __future__ import annotations

import numpy as np
import pytest
from made_votes import areas, draws, seats_of

from forecast.errors import ModelError
from forecast.rules import (
    RULES,
    AreaSeats,
    ListProportional,
    Plurality,
    Referendum,
    Rule,
    SupplementaryVote,
    Transfers,
    TwoRound,
    rule_in_area,
)
from forecast.rules.proportional import BLOCK, allocate_seats, list_divisors
from forecast.simulation import Simulation, decide, win_probabilities

EVERY_RULE: tuple[Rule, ...] = (
    Plurality(),
    SupplementaryVote(),
    TwoRound(),
    Referendum(),
    AreaSeats(),
    AreaSeats((5.0, 3.0, 2.0), name="weighted areas"),
    ListProportional((7,)),
)


# One candidate.


def test_a_tie_elects_everyone_who_ties() -> None:
    outcome = Plurality().elect(draws([5, 5, 3], [1, 2, 2], [9, 2, 2]))
    assert outcome.elected.tolist() == [[True, True, False], [False, True, True], [True, False, False]]
    assert outcome.tied.tolist() == [True, True, False]
    final = SupplementaryVote().final_round(draws([40, 35, 25]), np.array([[5.0, 10.0, 0.0]]))
    assert final.elected.tolist() == [[True, True, False]]
    assert final.tied.tolist() == [True]


def test_votes_of_all_areas_are_added_up() -> None:
    assert Plurality().elect(areas([9, 0, 0], [0, 5, 0], [0, 5, 2])).elected.tolist() == [[False, True, False]]


def test_a_candidate_who_stands_for_several_cannot_win() -> None:
    assert Plurality(cannot_win=(2,)).elect(draws([5, 4, 9])).elected.tolist() == [[True, False, False]]


def test_a_majority_of_first_preferences_needs_no_transfers() -> None:
    assert SupplementaryVote().elect(draws([51, 30, 19])).elected.tolist() == [[True, False, False]]
    final = SupplementaryVote().final_round(draws([51, 30, 19]), np.array([[0.0, 99.0, 0.0]]))
    assert final.elected.tolist() == [[True, False, False]]


def test_exactly_half_of_the_first_preferences_is_no_majority() -> None:
    final = SupplementaryVote().final_round(draws([50, 30, 20]), np.array([[0.0, 20.0, 0.0]]))
    assert final.elected.tolist() == [[True, True, False]]


def test_unknown_transfers_are_not_zero() -> None:
    with pytest.raises(ModelError, match="needs the votes transferred"):
        SupplementaryVote().elect(draws([40, 35, 25]))


def test_all_who_tie_for_second_place_reach_the_final_round() -> None:
    assert SupplementaryVote().finalists(draws([40, 30, 30, 5])).tolist() == [[True, True, True, False]]


def test_where_two_tie_for_first_place_the_third_is_eliminated() -> None:
    assert SupplementaryVote().finalists(draws([40, 40, 30])).tolist() == [[True, True, False]]
    final = SupplementaryVote().final_round(draws([40, 40, 30]), np.array([[3.0, 2.0, 28.0]]))
    assert final.elected.tolist() == [[True, False, False]]


def test_transfers_have_the_means_they_are_given() -> None:
    votes = np.tile([4000.0, 3500.0, 2000.0, 1000.0], (20_000, 1))
    prior = Transfers(share=0.3, shares=((2, 0, 0.1), (2, 1, 0.7)), concentration=15.0)
    finalists = np.tile([True, True, False, False], (20_000, 1))
    moved = prior.draw(votes, finalists, np.random.default_rng(1))
    # From the third 10% and 70%, from the fourth 30% each; a share's variance is m(1 - m)/16.
    expected = np.array([2000 * 0.1 + 1000 * 0.3, 2000 * 0.7 + 1000 * 0.3])
    variance = np.array([2000**2 * 0.09 + 1000**2 * 0.21, 2000**2 * 0.21 + 1000**2 * 0.21]) / 16
    assert (np.abs(moved[:, :2].mean(axis=0) - expected) < 4 * np.sqrt(variance / 20_000)).all()
    np.testing.assert_allclose(moved[:, :2].std(axis=0), np.sqrt(variance), rtol=0.03)
    assert (moved[:, 2:] == 0).all()
    assert (moved.sum(axis=1) <= 3000).all()


def test_transfers_follow_whoever_is_in_the_final_round_of_each_draw() -> None:
    votes = np.array([[50.0, 40.0, 30.0], [30.0, 40.0, 50.0]])
    finalists = SupplementaryVote().finalists(votes[:, None])
    moved = Transfers().draw(votes, finalists, np.random.default_rng(2))
    assert ((moved > 0) <= finalists).all()
    assert (moved.sum(axis=1) <= 30).all()


def test_the_same_seed_gives_the_same_final_round() -> None:
    votes = np.tile([400.0, 390.0, 200.0], (500, 1))
    simulation = Simulation(votes=votes[:, None], totals=votes, valid=votes.sum(axis=1), seed=3)
    first, second = (decide(SupplementaryVote(), simulation).elected for _ in range(2))
    assert (first == second).all()
    assert 0 < first[:, 0].mean() < 1


def test_two_go_through_unless_one_has_a_majority() -> None:
    outcome = TwoRound().elect(draws([40, 35, 25], [60, 30, 10], [50, 30, 20]))
    assert outcome.through is not None
    assert outcome.through.tolist() == [[True, True, False], [False, False, False], [True, True, False]]
    assert outcome.elected.tolist() == [[False] * 3, [True, False, False], [False] * 3]
    assert outcome.hung.tolist() == [True, False, True]
    assert not outcome.tied.any()


def test_a_tie_for_the_second_place_is_a_tie() -> None:
    outcome = TwoRound().elect(draws([40, 30, 30], [35, 35, 30]))
    assert outcome.tied.tolist() == [True, False]
    assert outcome.through is not None
    assert outcome.through.tolist() == [[True, True, True], [True, True, False]]


# Two answers.


def test_a_proposal_needs_more_than_half() -> None:
    outcome = Referendum().elect(draws([51, 49], [49, 51], [50, 50]))
    assert outcome.elected.tolist() == [[True, False], [False, True], [True, True]]
    assert outcome.tied.tolist() == [False, False, True]


def test_a_threshold_is_met_exactly_or_the_proposal_falls() -> None:
    votes = draws([30, 10], [29, 11], [30, 9])
    assert Referendum(electorate=100, approval=0.3).elect(votes).elected[:, 0].tolist() == [True, False, True]
    assert Referendum(electorate=100, turnout=0.4).elect(votes).elected[:, 0].tolist() == [True, True, False]


def test_level_areas_carry_nothing_and_half_of_the_weight_is_not_enough() -> None:
    rule = Referendum(double_majority=True, weights=(1.0, 1.0, 0.5, 0.5))
    assert rule.elect(areas([9, 1], [4, 6], [6, 4], [5, 5])).elected.tolist() == [[False, True]]
    assert rule.elect(areas([9, 1], [4, 6], [6, 4], [6, 5])).elected.tolist() == [[True, False]]
    assert rule.elect(areas([6, 4], [1, 9], [6, 4], [6, 5])).elected.tolist() == [[False, True]]


def test_the_proposal_may_be_the_second_answer() -> None:
    assert Referendum(proposal=1, electorate=100, approval=0.4).elect(draws([20, 39])).elected.tolist() == [
        [True, False]
    ]


@pytest.mark.parametrize(
    ("rule", "votes", "message"),
    [
        (Referendum(), draws([3, 2, 1]), "two answers, not 3"),
        (Referendum(turnout=0.5), draws([3, 2]), "needs the electorate"),
        (AreaSeats((1.0, 2.0)), draws([3, 2]), "2 weights for 1 areas"),
        (ListProportional((1, 1), (0, 1)), draws([3, 2]), "2 districts for 1 areas"),
    ],
)
def test_a_rule_refuses_votes_that_do_not_fit_it(rule: Rule, votes: np.ndarray, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        rule.elect(votes)


# Seats by area.


def test_a_parliament_without_a_majority_is_hung() -> None:
    rule = AreaSeats()
    votes = areas([5, 4, 3], [1, 2, 0], [0, 0, 9], [7, 1, 1])
    outcome = rule.elect(votes)
    assert seats_of(rule, votes) == [[2.0, 1.0, 1.0]]
    assert outcome.hung.tolist() == [True]
    assert AreaSeats(majority=2).elect(votes).elected.tolist() == [[True, False, False]]


def test_a_tied_seat_is_shared_and_said_to_be_tied() -> None:
    rule = AreaSeats((4.0, 3.0))
    votes = areas([5, 5, 5], [1, 2, 0])
    np.testing.assert_allclose(seats_of(rule, votes), [[4 / 3, 3 + 4 / 3, 4 / 3]])
    outcome = rule.elect(votes)
    assert outcome.tied.tolist() == [True]
    assert outcome.elected.tolist() == [[True, True, True]]


def test_others_together_win_no_seat() -> None:
    assert seats_of(AreaSeats(cannot_win=(2,)), areas([5, 4, 9], [1, 2, 9])) == [[1.0, 1.0, 0.0]]


def test_nobody_has_a_hung_draw() -> None:
    hung_and_won = np.concatenate([areas([5, 4], [4, 5]), areas([5, 4], [5, 4])])
    np.testing.assert_array_equal(win_probabilities(AreaSeats().elect(hung_and_won)), [0.5, 0.0])


# Lists.


def test_lists_that_tie_for_the_last_seat_share_it() -> None:
    rule = ListProportional((3,))
    assert seats_of(rule, draws([60, 60, 10])) == [[1.5, 1.5, 0.0]]
    assert rule.elect(draws([60, 60, 10])).tied.tolist() == [True]
    np.testing.assert_allclose(seats_of(rule, draws([60, 30, 30])), [[5 / 3, 2 / 3, 2 / 3]])


def test_a_tie_under_a_modified_first_divisor_is_exact() -> None:
    # 15/1.4 = 75/7 exactly, and 225/7/3 = 75/7: with 1.4 as a binary fraction the two would differ.
    seats, tied = allocate_seats(np.array([[225.0, 105.0]]), list_divisors("sainte-lague", 2, 1.4))
    assert seats.tolist() == [[1.5, 0.5]]
    assert tied.tolist() == [True]


def test_divisors_are_those_of_the_methods() -> None:
    assert list_divisors("dhondt", 4).tolist() == [1, 2, 3, 4]
    assert list_divisors("sainte-lague", 4).tolist() == [1, 3, 5, 7]
    assert (list_divisors("sainte-lague", 4, 1.4) / 5).tolist() == [1.4, 3, 5, 7]


def test_a_list_under_the_threshold_has_no_seat_but_its_votes_count() -> None:
    votes = draws([900, 51, 49], [900, 50, 50])
    rule = ListProportional((50,), threshold=0.05)
    assert seats_of(rule, votes) == [[48.0, 2.0, 0.0], [46.0, 2.0, 2.0]]
    assert seats_of(ListProportional((50,), threshold=0.05, exempt=(2,)), votes)[0] == [46.0, 2.0, 2.0]


def test_a_threshold_of_the_contest_or_of_the_district() -> None:
    votes = areas([80, 20], [99, 1])
    contest = ListProportional((5, 5), (0, 1), threshold=0.15)
    district = ListProportional((5, 5), (0, 1), threshold=0.15, district_threshold=True)
    assert seats_of(contest, votes) == [[10.0, 0.0]]
    assert seats_of(district, votes) == [[9.0, 1.0]]


def test_no_list_past_the_threshold_leaves_the_seats_empty() -> None:
    assert seats_of(ListProportional((4,), threshold=0.5), draws([40, 30, 30])) == [[0.0, 0.0, 0.0]]


def test_many_draws_are_worked_out_a_block_at_a_time() -> None:
    votes = np.random.default_rng(5).integers(1, 10_000, (BLOCK // (8 * 120) + 10, 8)).astype(float)
    seats, _ = allocate_seats(votes, list_divisors("sainte-lague", 120))
    assert len(seats) == len(votes)
    last, _ = allocate_seats(votes[-1:], list_divisors("sainte-lague", 120))
    assert seats[-1].tolist() == last[0].tolist()


# Every rule.


@pytest.mark.parametrize("rule", EVERY_RULE, ids=lambda rule: rule.name)
def test_votes_that_are_not_known_elect_nobody(rule: Rule) -> None:
    with pytest.raises(ValueError, match="not known"):
        rule.elect(np.array([[[1.0, 3.0], [1.0, np.nan], [2.0, 1.0]]]), np.random.default_rng(0))


def test_every_rule_has_its_name_in_contest_files() -> None:
    assert {rule.name for rule in EVERY_RULE} == set(RULES)


def test_an_area_is_carried_by_most_votes_of_those_who_can_win() -> None:
    assert rule_in_area(AreaSeats((2.0, 3.0), cannot_win=(1,))) == Plurality((1,))
    assert rule_in_area(Referendum(double_majority=True)) == Plurality()
