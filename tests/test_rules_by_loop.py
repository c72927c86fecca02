"""Every rule against a plain loop over exact fractions, and what no relabelling may change."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from made_votes import seats_of

from forecast.rules import (
    DIVISORS,
    AreaSeats,
    ListProportional,
    Plurality,
    Referendum,
    Rule,
    SupplementaryVote,
    TwoRound,
)

ballots = arrays(np.float64, (4, 3, 5), elements=st.integers(0, 30).map(float))
methods = st.sampled_from(DIVISORS)


def plain_plurality(votes: list[list[int]]) -> list[bool]:
    totals = [sum(area[c] for area in votes) for c in range(5)]
    return [total == max(totals) for total in totals]


def plain_seats(votes: list[list[int]], weights: list[int]) -> list[Fraction]:
    seats = [Fraction(0)] * 5
    for area, weight in zip(votes, weights, strict=True):
        winners = [c for c in range(5) if area[c] == max(area)]
        for c in winners:
            seats[c] += Fraction(weight, len(winners))
    return seats


def plain_list(votes: list[int], seats: int, method: str, first: Fraction) -> list[Fraction]:
    """Seat after seat to the highest quotient; the first that cannot be told apart ends it, and the rest is shared."""
    step = {"dhondt": 1, "sainte-lague": 2}[method]
    won = [0] * len(votes)
    pool = [
        (Fraction(vote) / (first if k == 0 else 1 + step * k), c) for c, vote in enumerate(votes) for k in range(seats)
    ]
    pool.sort(key=lambda each: -each[0])
    last = pool[seats - 1][0]
    for quotient, c in pool:
        won[c] += quotient > last
    level = [sum(1 for quotient, c in pool if quotient == last and c == each) for each in range(len(votes))]
    return [Fraction(won[c]) + Fraction(level[c] * (seats - sum(won)), sum(level)) for c in range(len(votes))]


def whole(votes: np.ndarray) -> list[list[list[int]]]:
    return [[[int(vote) for vote in area] for area in draw] for draw in votes]


@given(ballots)
def test_plurality_is_what_a_plain_loop_finds(votes: np.ndarray) -> None:
    assert Plurality().elect(votes).elected.tolist() == [plain_plurality(draw) for draw in whole(votes)]


@given(ballots, st.tuples(*[st.integers(1, 55)] * 3))
def test_seats_are_what_a_plain_loop_finds(votes: np.ndarray, weights: tuple[int, int, int]) -> None:
    rule = AreaSeats(tuple(map(float, weights)))
    plain = [[float(each) for each in plain_seats(draw, list(weights))] for draw in whole(votes)]
    np.testing.assert_allclose(seats_of(rule, votes), plain, atol=1e-9)
    sole = [all(sum(vote == max(area) for vote in area) == 1 for area in draw) for draw in whole(votes)]
    assert (~rule.elect(votes).tied).tolist() == sole


@given(ballots, st.integers(1, 12), methods, st.sampled_from(["1", "1.2", "1.4"]))
def test_lists_are_what_a_plain_loop_finds(votes: np.ndarray, seats: int, method: str, first: str) -> None:
    rule = ListProportional((seats, 2), (0, 0, 1), divisors=method, first_divisor=float(first))
    plain = []
    for draw in whole(votes):
        together = [a + b for a, b in zip(draw[0], draw[1], strict=True)]
        here = plain_list(together, seats, method, Fraction(first))
        there = plain_list(draw[2], 2, method, Fraction(first))
        plain.append([float(a + b) for a, b in zip(here, there, strict=True)])
    np.testing.assert_allclose(seats_of(rule, votes), plain, atol=1e-9)


@given(ballots.filter(lambda votes: (votes.sum(axis=(1, 2)) > 0).all()))
def test_two_rounds_are_what_a_plain_loop_finds(votes: np.ndarray) -> None:
    outcome = TwoRound().elect(votes)
    assert outcome.through is not None
    for draw, through, elected in zip(whole(votes), outcome.through, outcome.elected, strict=True):
        totals = [sum(area[c] for area in draw) for c in range(5)]
        outright = [2 * total > sum(totals) for total in totals]
        second = sorted(totals)[-2]
        assert elected.tolist() == outright
        assert through.tolist() == [not any(outright) and total >= second for total in totals]


@given(ballots, st.floats(0, 1), st.floats(0, 1), st.booleans())
def test_a_referendum_is_what_a_plain_loop_finds(votes: np.ndarray, turnout: float, approval: float, two: bool) -> None:
    votes = votes[:, :, :2]
    rule = Referendum(electorate=180, turnout=turnout, approval=approval, double_majority=two, weights=(1.0, 0.5, 0.5))
    outcome = rule.elect(votes)
    for draw, elected in zip(whole(votes), outcome.elected, strict=True):
        yes, no = (sum(area[c] for area in draw) for c in range(2))
        carried = sum(w for w, area in zip((2, 1, 1), draw, strict=True) if area[0] > area[1])
        allowed = (yes + no) / 180 >= turnout and yes / 180 >= approval and (not two or carried > 2)
        assert elected.tolist() == [allowed and yes >= no, not allowed or yes <= no]


@given(ballots, ballots)
def test_a_final_round_is_what_a_plain_loop_finds(votes: np.ndarray, second: np.ndarray) -> None:
    transfers = second[:, 0]
    elected = SupplementaryVote().final_round(votes, transfers).elected
    for draw, moved, found in zip(whole(votes), transfers, elected, strict=True):
        totals = [sum(area[c] for area in draw) for c in range(5)]
        if any(2 * total > sum(totals) for total in totals):
            assert found.tolist() == [2 * total > sum(totals) for total in totals]
            continue
        cut = sorted(totals)[-2]
        final = {c: totals[c] + moved[c] for c in range(5) if totals[c] >= cut}
        assert found.tolist() == [c in final and final[c] == max(final.values()) for c in range(5)]


@given(ballots, st.permutations(range(5)))
def test_relabelling_candidates_permutes_the_outcome(votes: np.ndarray, order: list[int]) -> None:
    for rule in (Plurality(), TwoRound(), AreaSeats((5.0, 3.0, 2.0)), ListProportional((4, 3), (0, 1, 1))):
        before, after = rule.elect(votes), rule.elect(votes[:, :, order])
        assert (before.elected[:, order] == after.elected).all()
        assert (before.tied == after.tied).all()
        if before.seats is not None and after.seats is not None:
            np.testing.assert_allclose(before.seats[:, order], after.seats)


@given(ballots, ballots, st.permutations(range(5)))
def test_relabelling_candidates_permutes_a_final_round(votes: np.ndarray, second: np.ndarray, order: list[int]) -> None:
    before = SupplementaryVote().final_round(votes, second[:, 0]).elected
    assert (before[:, order] == SupplementaryVote().final_round(votes[:, :, order], second[:, 0, order]).elected).all()


@given(ballots)
def test_exchanging_the_two_answers_and_the_proposal_exchanges_the_outcome(votes: np.ndarray) -> None:
    votes = votes[:, :, :2]
    first = Referendum(0, 180.0, 0.2, 0.1, double_majority=True).elect(votes)
    second = Referendum(1, 180.0, 0.2, 0.1, double_majority=True).elect(votes[:, :, ::-1])
    assert (first.elected == second.elected[:, ::-1]).all()


@given(ballots, st.permutations(range(3)))
def test_the_order_of_areas_does_not_matter(votes: np.ndarray, order: list[int]) -> None:
    weights, districts = (5.0, 3.0, 2.0), (0, 1, 1)
    pairs: list[tuple[Rule, Rule]] = [
        (Plurality(), Plurality()),
        (AreaSeats(weights), AreaSeats(tuple(weights[a] for a in order))),
        (ListProportional((4, 3), districts), ListProportional((4, 3), tuple(districts[a] for a in order))),
    ]
    for before, after in pairs:
        first, second = before.elect(votes), after.elect(votes[:, order])
        assert (first.elected == second.elected).all()
        assert (first.tied == second.tied).all()


@given(ballots)
def test_a_draw_is_decided_by_its_own_votes_alone(votes: np.ndarray) -> None:
    for rule in (Plurality(), TwoRound(), AreaSeats(), ListProportional((7,))):
        alone = [rule.elect(votes[k : k + 1]).elected[0] for k in range(len(votes))]
        assert (rule.elect(votes).elected == np.array(alone)).all()


@given(ballots)
def test_all_seats_are_given_out(votes: np.ndarray) -> None:
    for rule, total in ((AreaSeats(), 3), (ListProportional((4, 3), (0, 1, 1)), 7)):
        np.testing.assert_allclose(np.sum(seats_of(rule, votes), axis=1), total)
