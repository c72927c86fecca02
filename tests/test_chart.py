"""The pictures: what they show is what the document says, and what they must say of themselves is on them."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from drawn_night import NAMES, layer, lead_of, night, said, size, with_areas
from hypothesis import given
from hypothesis import strategies as st

from forecast.bulletin.summary import Forecast
from forecast.charts import card_chart, course_chart, draw_charts, margin_chart, swing_chart, write_chart
from forecast.charts.margin import stack_dots
from forecast.errors import ForecastError


@pytest.mark.parametrize("declared", [0, 2, 6, 7])
def test_the_same_document_gives_the_same_pictures(declared: int) -> None:
    forecast, history = night()[declared], night()[: declared + 1]
    again = Forecast.model_validate_json(forecast.to_json())
    assert json.dumps(draw_charts(forecast, history)) == json.dumps(draw_charts(again, history))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("declared", range(8))
def test_every_picture_says_as_of_when_whence_and_its_notice(declared: int, name: str) -> None:
    forecast = night()[declared]
    spec = draw_charts(forecast, night()[: declared + 1])[name]
    texts = said(spec)
    made = forecast.provenance
    when = forecast.moment.as_of_display
    when = when if when.startswith("after ") else f"as of {when}"
    assert any(text.startswith(f"{when} · {declared} of 7 areas declared") for text in texts)
    assert any(text.startswith("Source: count-night") and f"seed {made.seed}" in text for text in texts)
    assert "A past night, opened where its contest says." in texts
    assert not any("--" in text for text in texts)  # nobody who looks at a picture has a command line
    assert any("our model estimates" in text for text in texts) == (declared < 7)
    assert forecast.title in texts
    assert spec["description"].startswith(forecast.title)


@pytest.mark.parametrize("name", NAMES)
def test_what_a_picture_supposes_is_said_at_its_head(name: str) -> None:
    moment = night()[6].moment.model_copy(update={"suppositions": ("sandwell.lead=15",)})
    spec = draw_charts(night()[6].model_copy(update={"moment": moment}), night())[name]
    if name == "course":
        spec = course_chart([night()[6].model_copy(update={"moment": moment})])
    assert "HYPOTHETICAL: supposes sandwell.lead=15" in said(spec)


@pytest.mark.parametrize("declared", range(8))
def test_the_fifty_dots_are_every_other_quantile_of_the_document(declared: int) -> None:
    forecast = night()[declared]
    dots = [row["lead"] for row in layer(margin_chart(forecast), "dots")]
    assert len(dots) == 50
    np.testing.assert_allclose(dots, [100 * forecast.lead.share.quantiles[i] for i in range(0, 99, 2)], atol=1e-4)


@pytest.mark.parametrize("declared", range(8))
def test_each_side_of_zero_has_its_share_of_the_dots(declared: int) -> None:
    forecast = night()[declared]
    dots = layer(margin_chart(forecast), "dots")
    first = next(who for who in forecast.candidates if who.id == forecast.lead.of)
    assert abs(sum(row["x"] > 0 for row in dots) - round(50 * first.win_probability)) <= 1
    assert all((row["x"] > 0) == (row["lead"] > 0) for row in dots)


def test_where_a_third_may_win_the_sides_say_ahead_and_not_wins() -> None:
    forecast = night()[6]
    wins = dict(zip([who.id for who in forecast.candidates], (0.4, 0.1, 0.5, 0, 0, 0), strict=True))
    third = tuple(who.model_copy(update={"win_probability": wins[who.id]}) for who in forecast.candidates)
    texts = said(margin_chart(forecast.model_copy(update={"candidates": third})))
    assert "Richard Parker ahead →" in texts
    assert "Richard Parker wins →" not in texts
    assert "Richard Parker wins →" in said(margin_chart(forecast))


@given(
    leads=st.lists(st.floats(-60, 60), min_size=50, max_size=50),
    per_point=st.floats(5, 600),
)
def test_no_dot_stands_on_another_nor_above_the_picture(leads: list[float], per_point: float) -> None:
    size, places = stack_dots(leads, per_point, 223.0)
    assert len(set(places)) == 50
    assert max(level for _, level in places) * size + size <= 223.0 + 50 * 0.25
    widest = max(abs(x - lead) for (x, _), lead in zip(places, leads, strict=True))
    assert widest * per_point <= size + 1e-2 * per_point


@pytest.mark.parametrize(
    "leads", [np.full(99, 3.0), np.full(99, 42.0), np.linspace(40, 44, 999), np.linspace(-70, -2, 999)], ids=str
)
def test_a_lead_far_from_zero_leaves_room_for_both_names(leads: np.ndarray) -> None:
    spec = margin_chart(lead_of(night()[6], leads))
    dots = next(part for part in spec["layer"] if part.get("name") == "dots")
    low, high = dots["encoding"]["x"]["scale"]["domain"]
    zero = -low / (high - low)
    assert 0.25 < zero < 0.75
    assert all(low < row["x"] < high and 0 <= row["y"] <= spec["height"] for row in dots["data"]["values"])


def test_no_party_has_its_colour_before_the_gate_and_both_have_after() -> None:
    parties = {who.colour.casefold() for who in night()[0].candidates}
    for declared in range(8):
        forecast = night()[declared]
        early = forecast.rating == "too early to say"
        for name in ("margin", "swing", "card"):
            drawn = set(re.findall(r"#[0-9a-f]{6}", json.dumps(draw_charts(forecast, [forecast])[name]).casefold()))
            assert bool(drawn & parties) != early, (declared, name)
    assert night()[0].rating == "too early to say"
    assert night()[6].rating != "too early to say"


def test_the_course_keeps_its_early_steps_without_colour() -> None:
    spec = course_chart(night())
    for who in ("parker", "street"):
        inks = [row["ink"] for row in layer(spec, f"steps {who}")]
        early = [forecast.rating == "too early to say" for forecast in night()]
        assert [ink == "#4d4d4d" for ink in inks] == early


def test_the_steps_are_the_probabilities_of_the_history() -> None:
    spec = course_chart(night())
    ever = [who for who in night()[-1].candidates if max(chances(who.id)) > 0.01]
    assert [part["name"][6:] for part in spec["layer"] if part.get("name", "").startswith("steps")] == [
        who.id for who in ever
    ]
    for who in ever:
        rows = layer(spec, f"steps {who.id}")
        assert [row["win"] for row in rows] == chances(who.id)
        assert [(row["stage"], row["to"]) for row in rows] == [(i, i + 1) for i in range(8)]
        assert who.name in said(spec)


def chances(candidate: str) -> list[float]:
    """A candidate's win probability at each moment of the night."""
    return [who.win_probability for forecast in night() for who in forecast.candidates if who.id == candidate]


def test_the_steps_are_named_in_the_order_of_the_declarations() -> None:
    order = ["before", "Solihull", "Wolverhampton", "Birmingham", "Walsall", "Dudley", "Coventry", "Sandwell"]
    assert [text for text in said(course_chart(night())) if text in order] == order


def test_news_between_declarations_adds_no_step() -> None:
    twice = [night()[0], night()[0], night()[1], night()[1], night()[1]]
    assert len(layer(course_chart(twice), "steps parker")) == 2


def test_a_declaration_taken_back_is_a_step_that_says_so() -> None:
    spec = course_chart([night()[5], night()[6], night()[5]])
    assert "Coventry taken back" in said(spec)
    assert len(layer(spec, "steps parker")) == 3


def test_the_end_of_a_line_says_less_than_one_per_cent_and_never_nought() -> None:
    spec = course_chart(night()[:7])
    latest = {who.name: who.win_display for who in night()[6].candidates}
    assert latest["Richard Parker"] in said(spec)
    assert "0%" not in said(spec)


def test_swings_are_those_published_and_the_one_needed_is_four_and_a_half() -> None:
    # Swing to Labour since the first preferences of 2021, by hand: Birmingham's are official in both years.
    # 2024: (80,251 - 66,296) of its valid votes; 2021: (102,276 - 84,817) of 212,318.
    spec = swing_chart(night()[7])
    birmingham = next(row for row in layer(spec, "seen") if row["area"] == "Birmingham")
    valid = 216_492 * (1 - 4_737 / 601_713)
    expected = 50 * ((80_251 - 66_296) / valid - (102_276 - 84_817) / 212_318)
    assert birmingham["swing"] == pytest.approx(expected, abs=0.05)
    assert "needed overall +4.5" in said(spec)


@pytest.mark.parametrize("declared", range(8))
def test_declared_areas_are_dots_and_the_rest_are_expected_with_intervals(declared: int) -> None:
    spec = swing_chart(night()[declared])
    waiting = layer(spec, "expected")
    assert len(layer(spec, "seen")) == declared
    assert len(waiting) == 7 - declared
    assert all(row["low"] < row["lower"] < row["swing"] < row["upper"] < row["high"] for row in waiting)


def test_swings_count_to_the_same_candidate_all_night() -> None:
    """After the last declaration the leader is another, and the desk's arithmetic turns round."""
    last, before = (layer(swing_chart(night()[k]), "seen") for k in (7, 6))
    swings = {row["area"]: row["swing"] for row in last}
    assert night()[7].needs.leader.id != night()[6].needs.leader.id
    assert all(swings[row["area"]] == pytest.approx(row["swing"], abs=0.05) for row in before)


def test_declared_areas_are_sorted_by_swing_and_the_most_telling_comes_first() -> None:
    forecast = night()[3]
    spec = swing_chart(forecast)
    seen = [row["swing"] for row in layer(spec, "seen")]
    assert seen == sorted(seen, reverse=True)
    assert forecast.explanation is not None
    assert [row["area"] for row in layer(spec, "expected")] == [watch.name for watch in forecast.explanation.watch]


def test_the_picture_of_the_swing_grows_with_its_areas_to_sixty_rows() -> None:
    heights = [size(swing_chart(with_areas(night()[3], count)))[1] for count in (7, 40, 60, 200)]
    assert heights[0] == 675
    assert heights[0] < heights[1] < heights[2] == heights[3]
    spec = swing_chart(with_areas(night()[3], 200))
    assert len(layer(spec, "seen")) + len(layer(spec, "expected")) == 60
    assert any("60 of 200 areas shown, the most telling." in text for text in said(spec))


def test_without_a_baseline_the_swing_says_that_it_is_not_known() -> None:
    forecast = night()[6]
    areas = tuple(
        replace(area, swing=None, baseline_lead=replace(area.baseline_lead, share=None))
        for area in forecast.needs.areas
    )
    swings = replace(forecast.needs.swings, needed=None, so_far=None, rest=None)
    needs = replace(forecast.needs, areas=areas, swings=swings)
    spec = swing_chart(forecast.model_copy(update={"needs": needs}))
    assert size(spec) == (1200, 675)
    assert any("the swing needed is not known" in text for text in said(spec))


def test_the_card_says_the_chance_as_a_frequency_and_that_it_is_not_a_result() -> None:
    texts = said(card_chart(night()[6]))
    assert "A forecast, not a result" in texts
    assert max(night()[6].candidates, key=lambda who: who.win_probability).win_words in texts
    assert "11,455 votes" in texts  # Street's lead with Sandwell outstanding, published on the night
    assert any("Andy Street ahead of Richard Parker in the votes counted, by 2.2 points" in text for text in texts)
    assert "1,508 votes" in said(card_chart(night()[7]))  # Parker's majority


def test_an_ending_that_is_no_picture_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    with pytest.raises(ForecastError, match=r'no picture is written as "\.gif"\. Use \.svg or \.png\.'):
        write_chart(margin_chart(night()[6]), tmp_path / "margin.gif")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_is_said_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(ForecastError, match=r"cannot be written: No such file or directory\."):
        write_chart(margin_chart(night()[6]), tmp_path / "nowhere" / "margin.svg")


def test_importing_the_pictures_loads_no_renderer() -> None:
    code = "import sys, forecast.charts; sys.exit('vl_convert' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
