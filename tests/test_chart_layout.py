"""Pictures on the page: nothing leaves them, nothing overlaps, long names and pale colours are made to fit."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from drawn_night import LONG, NAMES, night, said, size, size_of_png
from hypothesis import given
from hypothesis import strategies as st

from forecast.charts import card_chart, course_chart, draw_charts, margin_chart, write_chart
from forecast.charts.canvas import Spec, fit, fold, ink_of, measure, spread_out


@pytest.mark.parametrize("name", NAMES)
def test_pictures_are_drawn_as_svg_and_as_png_of_twice_the_size(name: str, tmp_path: Path) -> None:
    spec = draw_charts(night()[6], night()[:7])[name]
    for ending in ("svg", "png"):
        write_chart(spec, tmp_path / f"{name}.{ending}")
    root = ET.parse(tmp_path / f"{name}.svg").getroot()  # noqa: S314 - our own file
    wide, high = size(spec)
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert (float(root.attrib["width"]), float(root.attrib["height"])) == (wide, high)
    assert size_of_png((tmp_path / f"{name}.png").read_bytes()) == (2 * wide, 2 * high)
    assert {path.name for path in tmp_path.iterdir()} == {f"{name}.svg", f"{name}.png"}
    assert "as of 19:57 BST, 4 May 2024" in "".join(root.itertext())


@pytest.mark.parametrize("declared", [0, 2, 6, 7])
@pytest.mark.parametrize("name", ["margin", "card"])
def test_the_pictures_for_the_air_are_sixteen_by_nine(declared: int, name: str) -> None:
    assert size(draw_charts(night()[declared], night()[: declared + 1])[name]) == (1200, 675)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("declared", [0, 2, 6, 7])
def test_no_words_leave_the_picture_and_no_lines_of_words_overlap(declared: int, name: str, tmp_path: Path) -> None:
    spec = draw_charts(night()[declared], night()[: declared + 1])[name]
    wide, high = size(spec)
    boxes = [box for part in spec["layer"] if "text" in part["mark"] for box in boxes_of(spec, part["mark"])]
    assert all(-2 <= left < right <= wide + 2 and 0 <= top < bottom <= high for left, top, right, bottom in boxes)
    for i, a in enumerate(boxes):
        for b in boxes[:i]:
            assert a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1], (a, b)


def boxes_of(spec: Spec, mark: Spec) -> list[tuple[float, float, float, float]]:
    """Left, top, right and bottom of each line of a layer's words, as nearly as can be measured, unless slanted."""
    if mark.get("angle"):
        return []
    lines = mark["text"] if isinstance(mark["text"], list) else [mark["text"]]
    letters = mark["fontSize"]
    found = []
    for i, line in enumerate(lines):
        wide = 0.95 * measure(line, letters, bold="fontWeight" in mark)
        start = {"left": 0.0, "center": -wide / 2, "right": -wide}[mark["align"]] + mark["x"] + spec["padding"]["left"]
        base = mark["y"] + spec["padding"]["top"] + i * mark["lineHeight"]
        base += 0.8 * letters if mark["baseline"] == "top" else 0.0
        found.append((start, base - 0.72 * letters, start + wide, base + 0.2 * letters))
    return found


def test_a_long_name_is_made_to_fit_and_none_of_it_is_lost() -> None:
    forecast = night()[6]
    named = tuple(who.model_copy(update={"name": LONG}) if who.id == "parker" else who for who in forecast.candidates)
    long = forecast.model_copy(update={"candidates": named})
    for spec in (margin_chart(long), card_chart(long), course_chart([*night()[:6], long])):
        assert any(LONG in text.replace("- ", "-") for text in said(spec))
        boxes = [box for part in spec["layer"] if "text" in part["mark"] for box in boxes_of(spec, part["mark"])]
        assert all(left >= -2 and right <= 1202 for left, _, right, _ in boxes)


@given(text=st.text("abcdefghi 5", min_size=1, max_size=90), room=st.floats(60, 1100))
def test_what_is_folded_and_fitted_is_all_there_and_fits(text: str, room: float) -> None:
    lines = fold(text, 30, room)
    assert re.sub(r"\s", "", "".join(lines)) == re.sub(r"\s", "", text)
    assert len(lines) <= 2
    assert all(measure(line, fit(line, 30, room)) <= room * 1.01 + 5 for line in lines)


def test_a_chance_is_never_broken_over_two_lines() -> None:
    assert all(
        "5\u00a0in\u00a06" in " ".join(fold("she has about a 5 in 6 chance", 30, room)) for room in range(50, 400)
    )


@given(places=st.lists(st.floats(0, 400), min_size=1, max_size=6))
def test_labels_moved_apart_keep_their_order_their_distance_and_their_bounds(places: list[float]) -> None:
    moved = spread_out(places, 60.0, 0.0, 400.0)
    order = sorted(range(len(places)), key=lambda i: places[i])
    gaps = np.diff([moved[i] for i in order])
    assert (gaps >= 60.0 - 1e-9).all()
    assert min(moved) >= -1e-9
    assert max(moved) <= 400.0 + 1e-9


@pytest.mark.parametrize("colour", ["#FAA61A", "#FFFF00", "#ffffff", "#12B6CF", "#000000"])
def test_a_pale_party_colour_is_darkened_until_it_can_be_seen_on_white(colour: str) -> None:
    forecast = night()[6]
    pale = tuple(who.model_copy(update={"colour": colour}) for who in forecast.candidates)
    ink = ink_of(forecast.model_copy(update={"candidates": pale}), "parker")
    channels = [int(ink[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    assert 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05) >= 3.0
