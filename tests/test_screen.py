"""The words and figures of the terminal's tables."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecast.bulletin.explain import Cause, Moved, Oddity
from forecast.bulletin.summary import CandidateForecast, Forecast, Interval, Spread
from forecast.screen.board import board
from forecast.screen.figures import count_areas, say_between, say_lead, say_refused, say_signed, short_names
from forecast.screen.layout import bullets, sections, table
from forecast.screen.reasons import say_moved, say_oddity, whole_points

KNOWN = Spread(mean=0, median=0, sd=0, intervals=())


def candidate(name: str, known_as: str, party: str) -> CandidateForecast:
    return CandidateForecast(
        id=known_as,
        name=name,
        party=party,
        colour="#767676",
        counted=0,
        win_probability=0,
        win_display="<1%",
        win_words="less than 1 in 100",
        votes=KNOWN,
        share=KNOWN,
    )


@pytest.mark.parametrize(
    ("people", "names"),
    [
        (
            [("Andy Street", "street", "Conservative"), ("Siobhan Harper-Nunes", "harper-nunes", "Green")],
            ["Street", "Harper-Nunes"],
        ),
        ([("Hillary Clinton", "dem", "Democratic"), ("Donald Trump", "rep", "Republican")], ["Clinton", "Trump"]),
        ([("Ann Smith", "one", "Red"), ("Bo Smith", "two", "Blue")], ["Ann Smith", "Bo Smith"]),
        ([("Remain a member", "remain", ""), ("Leave the Union", "exit", "")], ["Remain", "Leave the Union"]),
        ([("Green Party", "grn", "Green Party")], ["Green Party"]),
    ],
)
def test_people_go_by_their_last_names_where_that_is_enough(
    people: list[tuple[str, str, str]], names: list[str]
) -> None:
    assert list(short_names([candidate(*each) for each in people]).values()) == names


def test_a_lead_is_said_by_the_one_ahead() -> None:
    assert say_lead(3_467, "Parker", "Street") == "Parker by 3,467"
    assert say_lead(-0.25, "Parker", "Street", 1) == "Street by 0.2"
    assert say_lead(-0.04, "Parker", "Street", 1) == "level"


def test_an_interval_names_both_where_either_may_be_ahead() -> None:
    said = [
        say_between(Interval(level=0.9, lower=lower, upper=upper), "Parker", "Street")
        for lower, upper in ((856, 7_190), (-7_190, -856), (-3_467, 11_290), (5, 5))
    ]
    assert said == [
        "Parker by 856 to 7,190",
        "Street by 856 to 7,190",
        "Street by 3,467 to Parker by 11,290",
        "Parker by 5",
    ]


@given(st.floats(-1e6, 1e6), st.integers(0, 3))
def test_what_rounds_to_zero_has_no_sign(number: float, places: int) -> None:
    said = say_signed(number, places)
    assert float(said.replace(",", "")) == pytest.approx(number, abs=0.51 * 10**-places)
    assert (said[0] in "+-") == (float(said.replace(",", "")) != 0)


def test_a_part_without_a_body_is_left_out() -> None:
    assert sections([("", "first"), ("Refused", ""), ("Last", "- one")]) == "first\n\nLast\n- one\n"


@given(st.lists(st.text(alphabet="abc def", min_size=1, max_size=300), max_size=5), st.integers(60, 100))
def test_no_bullet_is_wider_than_it_may_be(lines: list[str], width: int) -> None:
    words = [" ".join(word[:40] for word in line.split()) for line in lines]
    assert all(len(line) <= width for line in bullets(words, width).splitlines())


def test_a_table_keeps_what_looks_like_markup() -> None:
    assert "[red]x[/red]" in table(["[a]", ">b"], [["[red]x[/red]", "1"]], 80)


def test_an_id_is_never_broken_however_narrow_the_screen() -> None:
    said = table(
        ["Contest", "Title"], [["scottish-referendum-2014", "Scottish independence referendum " * 3]], 40, whole=1
    )
    assert "scottish-referendum-2014" in said
    assert "…" not in said


@given(st.lists(st.floats(-0.5, 0.5), min_size=3, max_size=3), st.floats(0, 1))
def test_causes_in_whole_points_add_up_to_the_change_shown_and_none_is_off_by_two(
    changes: list[float], before: float
) -> None:
    total = round(100 * (before + sum(changes))) - round(100 * before)
    shown = whole_points(changes, total)
    assert sum(shown) == total
    assert all(abs(points - 100 * change) < 2 for points, change in zip(shown, changes, strict=True))


def test_halves_go_to_the_largest_remainder() -> None:
    moved = Moved(
        candidate="parker",
        before=0.494,
        after=0.69,
        causes=(Cause("counted votes", 0.134), Cause("expectation elsewhere", 0.057), Cause("turnout", 0.005)),
        item="Dudley declared",
    )
    said = say_moved(moved, {"parker": "Parker"}, "the whole contest declared")
    assert said == (
        "The whole contest declared: Parker from 49% to 69% "
        "(in points: counted votes +13, expectation elsewhere +6, turnout +1)."
    )


def test_how_often_a_surprise_comes_is_of_all_candidates_together() -> None:
    odd = Oddity(area="walsall", name="Walsall", candidate="parker", deviations=-1.7, tail=0.05)
    assert say_oddity(odd, {"parker": "Parker"}) == (
        "Walsall: Parker 1.7 standard deviations below what we expected; figures for all candidates at least as far "
        "out together had 5 chances in 100."
    )


def test_one_is_singular() -> None:
    assert [count_areas(1, "more"), count_areas(2, "more"), count_areas(1)] == ["1 more area", "2 more areas", "1 area"]
    assert [say_refused(0), say_refused(1)] == ["", "1 line of news refused: see the end."]
    assert say_refused(8, listed=False) == "8 lines of news refused."


def test_a_contest_that_looks_settled_says_what_a_call_would_need() -> None:
    """Made of the document that is kept: the same but for who is nearly sure to win."""
    golden = Path(__file__).parent / "golden" / "west-midlands-6.json"
    kept = json.loads(golden.read_text(encoding="utf-8"))
    kept["provenance"]["software"] = "0"
    made = Forecast.model_validate({**kept, "diagnostics": {}})
    assert made.call_ready is not None
    unmet = next(each for each in made.call_ready.conditions if not each.met)
    sure = (made.candidates[0].model_copy(update={"win_probability": 0.994}), *made.candidates[1:])
    assert "What a call would need" not in board(made, 100)
    assert f"{unmet.name.capitalize()}: " in board(made.model_copy(update={"candidates": sure}), 100)
