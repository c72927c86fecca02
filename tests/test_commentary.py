"""The desk's sentences: what an analyst would say, each swing to the one asked for, nothing but what is declared."""

from __future__ import annotations

import json
from dataclasses import asdict

import pytest
from hypothesis import given
from hypothesis import strategies as st
from six_declared import METHODS, night, whole

from forecast.arithmetic.commentary import needs_lines
from forecast.arithmetic.ledger import Method
from forecast.arithmetic.needs import work_out_needs


def test_every_moment_of_the_night_is_json_and_has_sentences() -> None:
    for declared in range(8):
        for verified in (True, False):
            needs = work_out_needs(night(declared, verified=verified))
            json.dumps(asdict(needs), allow_nan=False)
            assert all(line.endswith(".") and "nan" not in line and "None" not in line for line in needs_lines(needs))


def test_the_sentences_say_what_an_analyst_would() -> None:
    lines = " ".join(needs_lines(work_out_needs(night(6))))
    assert "Richard Parker must win Sandwell by 11,456 votes: a lead of 17.4 points" in lines
    assert "66,296 ballots verified less 0.8% rejected" in lines
    assert "In 2021 there was a Labour lead in Sandwell of 5,171 votes, 7.7 points" in lines
    assert "3,143 must change hands from Conservative to Labour" in lines
    assert "4.50 points needed overall by Richard Parker" in lines
    assert "2.2 points of about 531,100 valid votes counted (ballots verified less 0.8% rejected)" in lines
    assert "Birmingham alone swung by less than the 4.50 points Richard Parker needed" in lines


@pytest.mark.parametrize("declared", [1, 3, 5, 6, 7])
@pytest.mark.parametrize("to", ["parker", "street"])
def test_every_swing_in_the_sentences_is_to_the_one_asked_for_whoever_leads(declared: int, to: str) -> None:
    pairs = [("parker", "street"), ("street", "parker")]
    said = [
        [
            line
            for line in needs_lines(work_out_needs(night(declared), leader=one, challenger=other), to=to)
            if "wing" in line or "swung" in line or " than the " in line
        ]
        for one, other in pairs
    ]
    rest = [[line.partition(" so far")[0] for line in lines] for lines in said]  # in the rest it is a vote more or less
    assert rest[0] == rest[1]
    assert f"to {'Labour' if to == 'parker' else 'Conservative'} (Butler)" in said[0][0]


def test_who_is_behind_is_not_said_to_be_ahead_by_what_the_other_could_have() -> None:
    lines = " ".join(needs_lines(work_out_needs(night(6), leader="parker", challenger="street")))
    assert "more votes" not in lines
    assert "Nothing is decided for Richard Parker, who is behind." in lines


def test_what_is_declared_is_stated_exactly() -> None:
    lines = " ".join(needs_lines(work_out_needs(night(7, whole()))))
    assert "0.25 points of the 596,976 valid votes counted." in lines


def test_nothing_must_be_won_by_one_vote_before_any_is_counted() -> None:
    assert not [line for line in needs_lines(work_out_needs(night(0))) if "must win" in line]


@given(st.integers(0, 7), st.sampled_from(METHODS))
def test_swapping_the_two_turns_every_sign(declared: int, method: Method) -> None:
    tally = night(declared)
    one = work_out_needs(tally, leader="street", challenger="parker", method=method)
    other = work_out_needs(tally, leader="parker", challenger="street", method=method)
    assert one.lead.votes == -(other.lead.votes or 0)
    assert one.swings.needed == pytest.approx(-(other.swings.needed or 0))
    for ours, theirs in zip(one.areas, other.areas, strict=True):
        assert (ours.swing is None) == (theirs.swing is None)
        assert (ours.swing or 0) == pytest.approx(-(theirs.swing or 0))
        assert ours.chaser_lead.votes is None or ours.chaser_lead.votes == -(theirs.chaser_lead.votes or 0)
