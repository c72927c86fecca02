"""The pages' views and templates: everything shown is in the document, everything written is escaped."""

# What is driven, asked or read here has no types of its own.
# ruff: noqa: ANN401

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from forecast.bulletin.summary import Forecast
from forecast.contests.files import read_contest
from forecast.errors import ForecastError, NewsError
from forecast.web.pages.areas import Expected, area_rows
from forecast.web.pages.blocks import stack_blocks
from forecast.web.pages.dashboard import Dashboard, view_dashboard
from forecast.web.pages.entry_form import Typed, read_form, typed_from
from forecast.web.pages.hypothesis import read_settings, suppose_rows
from forecast.web.pages.overview import glance, sort_by_openness
from forecast.web.pages.palette import DARK, LIGHT, contrast, ink_on, style_sheet
from forecast.web.pages.pasted import read_pasted
from forecast.web.pages.show import GRAPHICS, write_show
from forecast.web.pages.stages import Moment, draw_course, split_stages
from forecast.web.pages.standing import say_age, say_standing
from forecast.web.pages.static_files import read_static
from forecast.web.pages.templating import ENVIRONMENT, render

ROOT = Path(__file__).parents[2]
GOLDEN = ROOT / "tests" / "golden" / "west-midlands-6.json"
HOSTILE = "<script>alert(1)</script>\"'&"
LIVE = say_standing("live", 12.0, "", test=False)


def read_document() -> dict[str, Any]:
    document: dict[str, Any] = json.loads(GOLDEN.read_text(encoding="utf-8"))
    document["diagnostics"] = {}  # what differs from machine to machine is not in the golden document
    document["provenance"]["software"] = "0"
    for lead in (document["lead"]["share"], document["lead"]["votes"]):  # quantiles are left out there for their length
        widest = next(each for each in lead["intervals"] if each["level"] == 0.95)
        lead["quantiles"] = [widest["lower"] + (widest["upper"] - widest["lower"]) * i / 98 for i in range(99)]
    return document


def view_of(document: dict[str, Any], **more: Any) -> Dashboard:
    return view_dashboard("west-midlands", Forecast.model_validate(document), LIVE, number=6, **more)


def show_page(view: Dashboard, template: str = "contest.html", **more: Any) -> str:
    given: dict[str, Any] = {
        "view": view,
        "at": None,
        "here": "contests",
        "tab": "forecast",
        "contest_id": view.contest,
        "may": lambda _role: True,
        "viewer": SimpleNamespace(name="Ann", role="editor"),
        "csrf": "token",
        "latest": view.forecast.moment.latest,
        "label": "",
        "suppose": suppose_rows(view.forecast),
        "suppose_of": view.lead_of,
        "suppose_over": view.lead_over,
        "supposed": None,
        "what_if_defects": (),
    }
    return render(template, **(given | more))


class Reader(HTMLParser):
    """The tags of a page with their attributes, and the text between them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    @property
    def words(self) -> str:
        return " ".join(self.text.split())


def test_the_dashboard_says_the_chance_as_a_natural_frequency_before_the_percentage() -> None:
    document = read_document()
    words = Reader(show_page(view_of(document))).words
    ahead = max(document["candidates"], key=lambda each: each["win_probability"])
    assert document["headline"] in words
    assert words.index(ahead["win_words"]) < words.index(ahead["win_display"])


def test_the_dashboard_shows_the_figures_published_that_day() -> None:
    words = Reader(show_page(view_of(read_document()))).words
    for figure in ("11,455", "11,456", "17.4 points", "3,143", "Sandwell"):
        assert figure in words


def test_no_page_holds_a_script_or_a_style_of_its_own_or_names_another_host() -> None:
    for name in ENVIRONMENT.list_templates():
        source = (ROOT / "forecast" / "web" / "templates" / name).read_text(encoding="utf-8")
        for tag, attributes in Reader(source).tags:
            assert tag != "style", name
            assert tag != "script" or "src" in attributes, name
            assert not [key for key in attributes if key == "style" or key.startswith("on")], name
            assert not re.match(r"(?:https?:)?//", attributes.get("src") or attributes.get("href") or ""), name
    for name in ("pages.css", "pages.js", "overlay.css", "overlay.js"):
        found = set(re.findall(r"https?://[^\"'\s)]+", read_static(name).decode()))
        assert found <= {"http://www.w3.org/2000/svg"}, name


def test_hostile_names_are_shown_as_they_are_written_and_never_run() -> None:
    document = read_document()
    document["title"] = document["headline"] = HOSTILE
    document["moment"]["latest"] = document["moment"]["notice"] = HOSTILE
    document["candidates"][0]["name"] = document["candidates"][0]["party"] = HOSTILE
    document["areas"][0]["name"] = document["needs"]["areas"][0]["name"] = HOSTILE
    document["alarms"] = [{"severity": "red", "area": "x", "check": "x", "what": HOSTILE, "remedy": HOSTILE}]
    document["assumptions"], document["refusals"] = [HOSTILE], [HOSTILE]
    html = show_page(view_of(document), label=HOSTILE)
    assert "<script>alert" not in html
    found = Reader(html)
    assert [tag for tag in found.tags if tag[0] == "script"] == [
        ("script", {"type": "module", "src": "/static/pages.js"})
    ]
    assert HOSTILE in found.text
    shown = render(
        "overlay.html", contest_id="x", graphic="margin", theme="dark", auto="1", show=write_show(view_of(document))
    )
    body = next(attributes for tag, attributes in Reader(shown).tags if tag == "body")
    assert json.loads(body["data-show"] or "")["title"] == HOSTILE


def test_a_colour_that_is_no_colour_reaches_no_style_sheet() -> None:
    document = read_document()
    document["candidates"][0]["colour"] = "red;}body{display:none"
    sheet = style_sheet(Forecast.model_validate(document).candidates)
    assert "display" not in sheet
    assert re.fullmatch(r"(?:\.who-\d+\{--who:#[0-9a-fA-F]{6}\})+", sheet.splitlines()[0])


@pytest.mark.parametrize("colour", ["#E4003B", "#0087DC", "#FAA61A", "#FDF38E", "#FFFFFF", "#000000", "#12B6CF"])
@pytest.mark.parametrize("ground", [LIGHT, DARK])
def test_every_party_stands_out_from_the_page_by_day_and_by_night(colour: str, ground: str) -> None:
    assert contrast(ground, ink_on(ground, colour)) >= 3.0


def test_letters_stand_out_from_every_ground_they_are_on() -> None:
    sheet = read_static("pages.css").decode()
    day, night = re.findall(r":root \{(.*?)\}", sheet, re.DOTALL)
    for block in (day, night):
        ink = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", block))
        grounds = ("paper", "ground")
        pairs = [(letters, ground) for letters in ("ink", "quiet", "accent", "good") for ground in grounds]
        pairs += [("test", "test-ground"), ("alarm", "alarm-ground"), ("accent-ink", "accent"), ("alarm", "paper")]
        for letters, ground in pairs:
            assert contrast(ink[letters], ink[ground]) >= 4.5, (letters, ground)


def test_every_picture_has_words_and_every_table_a_caption() -> None:
    html = show_page(view_of(read_document()))
    for tag, attributes in Reader(html).tags:
        if tag == "svg" and "class" in attributes and "aria-hidden" not in attributes:
            assert attributes["role"] == "img"
            assert attributes["aria-label"]
    assert html.count("<table") == html.count("<caption")


def test_fifty_blocks_stand_on_the_side_of_the_line_that_their_values_are_on() -> None:
    values = [-2.0 + 0.1 * i for i in range(50)]
    drawn = stack_blocks(values, [(0.9, -1.9, 2.8), (0.5, -1.0, 1.5)])
    assert len(drawn.blocks) == 50
    assert sum(block.above for block in drawn.blocks) == sum(value >= 0 for value in values)
    assert drawn.line is not None
    for block in drawn.blocks:
        assert block.x >= drawn.line - 0.01 if block.above else block.x + block.width <= drawn.line + 0.01
        assert block.x >= 0
        assert block.x + block.width <= 100.01
        assert block.y >= 0


def test_a_lead_that_is_known_is_one_column_of_blocks() -> None:
    drawn = stack_blocks([0.25] * 50, [])
    assert len({block.x for block in drawn.blocks}) == 1


def test_seats_far_from_a_majority_are_drawn_without_its_line() -> None:
    assert stack_blocks([float(100 + i // 5) for i in range(50)], [], line=326, whole=True).line is None


def test_the_night_is_cut_where_areas_declare_and_its_last_forecast_of_each_stretch_is_drawn() -> None:
    def moment(number: int, declared: int, win: float) -> Moment:
        return Moment(number, None, declared, f"item {number}", {"a": win, "b": 1 - win}, {"a": "", "b": ""})

    stages = split_stages([moment(1, 0, 0.5), moment(2, 0, 0.6), moment(3, 1, 0.8), moment(4, 2, 0.25)])
    assert [stage.moment.number for stage in stages] == [2, 3, 4]
    assert [stage.label for stage in stages] == ["Before any declaration", "Item 3", "Item 4"]
    course = draw_course(stages)
    assert [line.candidate for line in course.lines] == ["b", "a"]
    assert course.lines[1].path == "M0 40.0H1V20.0H2V75.0H3"


def test_an_area_is_shown_against_what_was_expected_of_it_even_where_the_pair_was_named_the_other_way() -> None:
    forecast = Forecast.model_validate(read_document())
    area = next(each for each in forecast.areas if each.status == "declared")
    lead, middle = forecast.lead, area.lead.median
    near = Expected(lead.of, lead.over, middle, (middle - 0.01, middle + 0.01), (middle - 0.05, middle + 0.05))
    turned = Expected(lead.over, lead.of, -middle, (-middle - 0.01, -middle + 0.01), (-middle - 0.05, -middle + 0.05))
    far = Expected(lead.of, lead.over, 0.9, (0.85, 0.95), (0.8, 0.99))
    for before, said in ((near, "as expected"), (turned, "as expected"), (far, "outside range")):
        row = next(row for row in area_rows(forecast, {area.id: before}) if row.area.id == area.id)
        assert row.surprise == said


def test_contests_are_listed_the_most_open_first_and_those_without_a_forecast_last() -> None:
    document = read_document()
    forecast = Forecast.model_validate(document)
    decided = forecast.model_copy(update={"decided": True})
    sure = forecast.model_copy(
        update={
            "candidates": tuple(
                each.model_copy(update={"win_probability": 0.98 if i == 0 else 0.004})
                for i, each in enumerate(forecast.candidates)
            )
        }
    )
    listed = sort_by_openness(
        [
            glance("none", "N", None, LIVE),
            glance("decided", "D", decided, LIVE),
            glance("sure", "S", sure, LIVE),
            glance("open", "O", forecast, LIVE),
        ]
    )
    assert [each.contest for each in listed] == ["open", "sure", "decided", "none"]


def test_what_is_supposed_is_read_as_the_engine_reads_it() -> None:
    forecast = Forecast.model_validate(read_document())
    assert read_settings({"lead.sandwell": " −15,5".replace(",", ".")}, forecast) == ("sandwell.lead=-15.5",)
    for wrong in ("", "much", "nan", "1e9", "101"):
        with pytest.raises(ForecastError):
            read_settings({"lead.sandwell": wrong}, forecast)
    with pytest.raises(ForecastError):
        read_settings({"lead.nowhere": "3"}, forecast)


def test_a_form_becomes_an_item_and_what_is_blank_is_not_given() -> None:
    contest = read_contest(ROOT / "data" / "west-midlands")
    form = {"kind": "declared", "area": "sandwell", "ballots": "66,296", "votes.parker": "33 000", "votes.street": ""}
    item = read_form(typed_from(form, contest), contest, "Ann")
    assert (item.area, item.kind, item.ballots, dict(item.votes), item.entered_by) == (
        "sandwell",
        "declared",
        66296,
        {"parker": 33000},
        "Ann",
    )
    with pytest.raises(NewsError) as refused:
        read_form(Typed(area="sandwell", votes={"parker": "many"}, figures={"ballots": "-1"}), contest, "Ann")
    assert len(refused.value.defects) == 2


def test_pasted_news_is_read_as_a_log_and_the_same_text_has_the_same_keys() -> None:
    contest = read_contest(ROOT / "data" / "west-midlands")
    text = b"kind,area,ballots\nverified,sandwell,66296\nverified,nowhere,1\n"
    items, defects = read_pasted(text, contest)
    assert [item.area for item in items.values()] == ["sandwell"]
    assert len(defects) == 1
    assert list(read_pasted(text, contest)[0]) == list(items)


def test_what_is_on_air_is_said_with_its_reason_and_a_test_always_as_a_test() -> None:
    held = say_standing("held", 75.0, "Held by Eve: recount", test=True)
    html = show_page(view_dashboard("x", Forecast.model_validate(read_document()), held))
    words = Reader(html).words
    assert "TEST Held" in words
    assert "Held by Eve: recount" in words
    assert "1 minute ago" in words
    assert [say_age(seconds) for seconds in (0, 1, 59.9, 60, 7200)] == [
        "0 seconds ago",
        "1 second ago",
        "59 seconds ago",
        "1 minute ago",
        "2 hours ago",
    ]


def test_nothing_is_shaded_by_party_while_it_is_too_early_to_say() -> None:
    document = read_document() | {"rating": "too early to say"}
    view = view_of(document)
    assert view.early
    assert 'class="early"' in show_page(view)
    colours = {each["colour"]["dark"] for each in write_show(view)["candidates"]}
    assert len(colours) == 1


def test_graphics_are_given_every_word_that_they_show() -> None:
    show = write_show(view_of(read_document()))
    assert len(show["margin"]["blocks"]) == 50
    assert any("11,456" in line for line in show["needs"])
    assert {area["name"] for area in show["state"]} >= {"Sandwell", "Birmingham"}
    script = read_static("overlay.js").decode()
    assert all(f'"{graphic}"' in script or f"{graphic}:" in script for graphic in GRAPHICS)
