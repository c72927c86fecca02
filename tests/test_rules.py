"""Rules of election, proved on real results."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from forecast.errors import ModelError
from forecast.rules import Plurality, SupplementaryVote, rule_named

# Mayor of the West Midlands: Dudley and Coventry councils' notices, as in data/west-midlands/SOURCES.md.
FIRST_2017 = [216280, 210259, 30378, 29051, 24260, 5696]  # Street, Simon, Nielsen, Durnell, Burn, Stevenson
TRANSFERS_2017 = [22348, 24603, 0, 0, 0, 0]
FIRST_2021 = [299318, 244009, 35559, 21836, 13568]  # Street, Byrne, Caudwell, Wilkinson, Durnell
TRANSFERS_2021 = [15351, 23617, 0, 0, 0]
VOTES_2024 = [225590, 224082, 69621, 34471, 31036, 12176]  # Parker, Street, Yakoob, Williams, Harper-Nunes, Virk


def rows(*votes: list[int]) -> np.ndarray:
    return np.array(votes, dtype=float)


def test_the_west_midlands_elected_andy_street_by_supplementary_vote_in_2017() -> None:
    elected = SupplementaryVote().elect(rows(FIRST_2017), rows(TRANSFERS_2017))
    assert elected.tolist() == [[True, False, False, False, False, False]]


def test_the_west_midlands_elected_andy_street_by_supplementary_vote_in_2021() -> None:
    elected = SupplementaryVote().elect(rows(FIRST_2021), rows(TRANSFERS_2021))
    assert elected.tolist() == [[True, False, False, False, False]]


def test_the_final_rounds_of_2017_and_2021_are_the_published_ones() -> None:
    assert [a + b for a, b in zip(FIRST_2017, TRANSFERS_2017, strict=True)][:2] == [238628, 234862]
    assert [a + b for a, b in zip(FIRST_2021, TRANSFERS_2021, strict=True)][:2] == [314669, 267626]
    assert SupplementaryVote().finalists(rows(FIRST_2017)).tolist() == [[True, True, False, False, False, False]]


def test_the_west_midlands_elected_richard_parker_by_plurality_in_2024() -> None:
    assert Plurality().elect(rows(VOTES_2024)).tolist() == [[True, False, False, False, False, False]]


def test_transfers_can_change_who_is_elected() -> None:
    needed = 299318 + 15351 - 244009 + 1  # one more than Street's final round less Byrne's first preferences
    elected = SupplementaryVote().elect(rows(FIRST_2021), rows([15351, needed, 0, 0, 0]))
    assert elected.tolist() == [[False, True, False, False, False]]


def test_a_tie_elects_everyone_who_ties() -> None:
    assert Plurality().elect(rows([5, 5, 3], [1, 2, 2])).tolist() == [[True, True, False], [False, True, True]]
    assert SupplementaryVote().elect(rows([40, 35, 25]), rows([5, 10, 0])).tolist() == [[True, True, False]]


def test_a_majority_of_first_preferences_needs_no_transfers() -> None:
    assert SupplementaryVote().elect(rows([51, 30, 19])).tolist() == [[True, False, False]]
    assert SupplementaryVote().elect(rows([51, 30, 19]), rows([0, 99, 0])).tolist() == [[True, False, False]]


def test_exactly_half_of_the_first_preferences_is_no_majority() -> None:
    assert SupplementaryVote().elect(rows([50, 30, 20]), rows([0, 20, 0])).tolist() == [[True, True, False]]


def test_unknown_transfers_are_not_zero() -> None:
    with pytest.raises(ModelError, match="needs the votes transferred"):
        SupplementaryVote().elect(rows([40, 35, 25]))


def test_all_who_tie_for_second_place_reach_the_final_round() -> None:
    assert SupplementaryVote().finalists(rows([40, 30, 30, 5])).tolist() == [[True, True, True, False]]


def test_where_two_tie_for_first_place_the_third_is_eliminated() -> None:
    assert SupplementaryVote().finalists(rows([40, 40, 30])).tolist() == [[True, True, False]]
    assert SupplementaryVote().elect(rows([40, 40, 30]), rows([3, 2, 28])).tolist() == [[True, False, False]]


@pytest.mark.parametrize("rule", [Plurality(), SupplementaryVote()])
def test_votes_that_are_not_known_elect_nobody(rule: Plurality | SupplementaryVote) -> None:
    with pytest.raises(ValueError, match="not known"):
        rule.elect(np.array([[1.0, np.nan]]))


ballots = arrays(np.float64, (4, 5), elements=st.integers(0, 30).map(float))


@given(ballots, ballots, st.permutations(range(5)))
def test_relabelling_candidates_permutes_who_is_elected(
    votes: np.ndarray, transfers: np.ndarray, order: list[int]
) -> None:
    assert (Plurality().elect(votes)[:, order] == Plurality().elect(votes[:, order])).all()
    elected = SupplementaryVote().elect(votes, transfers)
    assert (elected[:, order] == SupplementaryVote().elect(votes[:, order], transfers[:, order])).all()


@given(ballots, ballots)
def test_a_draw_is_decided_by_its_own_votes_alone(votes: np.ndarray, transfers: np.ndarray) -> None:
    rule = SupplementaryVote()
    together = rule.elect(votes, transfers)
    alone = [rule.elect(votes[k : k + 1], transfers[k : k + 1])[0] for k in range(len(votes))]
    assert (together == np.array(alone)).all()
    assert together.any(axis=1).all()


def test_a_rule_is_known_by_its_name() -> None:
    assert rule_named("plurality") == Plurality()
    assert rule_named("supplementary vote") == SupplementaryVote()


def test_an_unknown_rule_names_the_rules_there_are() -> None:
    with pytest.raises(KeyError) as raised:
        rule_named("pluralty")
    assert raised.value.args[0] == ("plurality", "supplementary vote")
