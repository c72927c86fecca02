"""What was asked of the forecast beforehand is worked out of scores made up so that the answer is known."""

from __future__ import annotations

import math

import pytest

from forecast.evaluation.acceptance import Criterion, criteria
from forecast.evaluation.store import FLOATS, NUMBERS, as_table
from forecast.evaluation.task import COLUMNS, Finished, Row

NOTHING: Row = {name: math.nan if name in FLOATS else 0 if name in NUMBERS else "" for name in COLUMNS}


def row(family: str, night: str, contender: str, order: str, declared: int, **scores: float) -> Row:
    where: Row = {"family": family, "night": night, "contender": contender, "order": order, "order_number": 0}
    at: Row = {"declared": declared, "areas": 20, "status": "scored"}
    return {**NOTHING, "wrong_call": 0.0, **where, **at, **scores}


def asked(rows: list[Row], measure: str) -> Criterion:
    table = as_table([Finished("key", "label", tuple(rows), "")])
    (found,) = [each for each in criteria(table) if each.measure == measure]
    return found


@pytest.mark.parametrize(("error", "met"), [(0.01, True), (0.03, False)])
def test_an_error_is_held_against_the_singular_vectors_where_both_have_an_answer(error: float, met: bool) -> None:
    rows = [
        row("swiss votes", night, name, "random", declared, share_error=score)
        for night in ("a", "b")
        for declared in (2, 4)
        for name, score in (("auto", error), ("subspace", 0.02))
    ]
    rows += [row("swiss votes", "a", "auto", "random", 0, share_error=9.0)]
    for name, score in (("auto", 9.0), ("subspace", 1.0)):  # in other orders, and with more declared
        rows += [row("swiss votes", "a", name, "small-first", 2, share_error=score)]
        rows += [row("swiss votes", "a", name, "random", 8, share_error=score)]
    found = asked(rows, "national share, absolute error ÷ singular vectors', 5 to 25% declared")
    assert found.value == pytest.approx(error / 0.02)
    assert (found.met, found.nights) == (met, 2)


def test_coverage_where_orders_mislead_is_that_of_every_family_s_nights_alike() -> None:
    rows = [
        row("few areas", "a", "auto", "one-side-first", 1, lead_covered_90=1.0),
        row("few areas", "a", "auto", "small-first", 1, lead_covered_90=1.0),
        row("650 seats", "b", "auto", "large-first", 10, lead_covered_90=0.0),
        row("650 seats", "b", "auto", "real", 10, lead_covered_90=1.0),
    ]
    found = asked(rows, "90% coverage of the lead, adversarial orders")
    assert (found.value, found.nights, found.met) == (0.5, 2, False)


@pytest.mark.parametrize(("ours", "met"), [(0.2, True), (0.6, False)])
@pytest.mark.parametrize(("column", "name"), [("log_score", "log score"), ("brier", "Brier score")])
def test_the_winner_s_scores_are_held_against_an_honest_uniform_swing(
    column: str, name: str, ours: float, met: bool
) -> None:
    scores = {"auto": ours, "uniform-swing": 0.4}
    rows = [row("few areas", "a", contender, "real", 1, **{column: score}) for contender, score in scores.items()]
    found = asked(rows, f"winner's {name} ÷ uniform swing's with a Gaussian")
    assert found.value == pytest.approx(ours / 0.4)
    assert found.met is met


def test_what_was_not_scored_is_not_met() -> None:
    found = asked([row("few areas", "a", "auto", "real", 1)], "absolute error of the lead ÷ raw count's")
    assert math.isnan(found.value)
    assert not found.met
