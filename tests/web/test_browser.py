"""The pages in a real browser: the whole West Midlands night, by keyboard, without scripts, without a connection."""

# What is driven, asked or read here has no types of its own.
# ruff: noqa: ANN401

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from running_night import Night, night

from forecast.contests.files import read_contest
from forecast.declaration import read_news
from forecast.journal.item_json import write_item

__all__ = ["night"]  # fixture

pytestmark = pytest.mark.slow

WEST_MIDLANDS = Path(__file__).parents[2] / "data" / "west-midlands"
PAGES = {
    "contests": ("/", ""),
    "dashboard": ("/contests/rehearsal", ""),
    "areas": ("/contests/rehearsal/areas", ""),
    "desk": ("/contests/rehearsal/desk?area=sandwell", "Ann"),
    "editor": ("/contests/rehearsal/editor", "Eve"),
    "status": ("/status", ""),
    "keys": ("/keys", "Ada"),
    "login": ("/login", ""),
    "nothing there": ("/contests/nowhere", ""),
}
GRAVE = {"serious", "critical"}

type Opener = Callable[..., Any]


@pytest.fixture
def opened(chromium: Any, night: Night) -> Iterator[Opener]:
    """Opens a page as somebody; whatever the browser complains of on it fails the test."""
    complaints: list[str] = []
    contexts: list[Any] = []

    def open_page(path: str, who: str = "", **options: Any) -> Any:
        context = chromium.new_context(**({"viewport": {"width": 1280, "height": 900}} | options))
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        if who:
            night.sign_in(page, who, path)
        page.goto(night.address + path)
        return page

    yield open_page
    for context in contexts:
        context.close()
    quiet = re.compile(r"status of (?:40[34]|422)|ERR_INTERNET_DISCONNECTED")
    assert [said for said in complaints if not quiet.search(said)] == []


def until(page: Any, condition: str, seconds: float = 20.0) -> None:
    """Wait for a condition; Playwright's own way of waiting is what the pages' security policy forbids."""
    end = time.monotonic() + seconds
    while not page.evaluate(condition):
        assert time.monotonic() < end, condition
        page.wait_for_timeout(50)


@pytest.mark.parametrize("name", list(PAGES))
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(opened: Opener, name: str, scheme: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    path, who = PAGES[name]
    page = opened(path, who, color_scheme=scheme, reduced_motion="reduce")
    found = axe.run(page).response["violations"]
    said = [
        (each["id"], [node["html"][:160] for node in each["nodes"]][:3]) for each in found if each["impact"] in GRAVE
    ]
    assert said == []


@pytest.mark.parametrize("name", list(PAGES))
def test_a_phone_shows_every_page_without_scrolling_sideways(opened: Opener, name: str) -> None:
    path, who = PAGES[name]
    page = opened(path, who, viewport={"width": 360, "height": 740})
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_the_whole_night_is_followed_on_one_page_that_is_never_loaded_again(opened: Opener, night: Night) -> None:
    page = opened("/contests/west-midlands")
    page.wait_for_selector("#headline")
    page.evaluate("window.neverLoadedAgain = true")
    assert "Nothing has been declared yet" in page.inner_text("#headline")
    contest = read_contest(WEST_MIDLANDS)
    items, _ = read_news(WEST_MIDLANDS / "news.csv", contest)
    declared = 0
    for item in items:
        night.call("/v1/contests/west-midlands/news", write_item(item), who="Ann")
        if item.kind == "declared" and item.area != "west-midlands":
            declared += 1
            said = f"{declared} of 7"
            until(page, f"document.querySelector('#head').innerText.includes('{said}')")
            assert page.get_attribute("#announcer", "aria-live") == "polite"
        if declared == 6 and item.area == "coventry":
            needed = page.inner_text("#why")
            assert "11,456" in needed
            assert "17.4 points" in needed
    until(page, "document.querySelector('#headline').innerText.includes('Richard Parker')")
    until(page, "document.querySelector('#headline').innerText.includes('1,508')")
    assert page.evaluate("window.neverLoadedAgain") is True
    steps = page.locator("#course-table tbody tr")
    assert steps.count() >= 7
    assert "Result" not in page.title()


def test_a_connection_that_drops_keeps_the_last_figures_and_says_so(opened: Opener) -> None:
    page = opened("/contests/rehearsal")
    headline = page.inner_text("#headline-title")
    page.wait_for_timeout(300)
    page.context.set_offline(True)
    page.evaluate("dispatchEvent(new Event('offline'))")
    page.wait_for_selector("#connection:not([hidden])", timeout=15_000)
    assert "The last figures are kept" in page.inner_text("#connection")
    assert page.inner_text("#headline-title") == headline
    page.context.set_offline(False)
    page.wait_for_selector("#connection", state="hidden", timeout=20_000)


def test_a_declaration_is_entered_checked_and_undone_by_keyboard_alone(opened: Opener) -> None:
    page = opened("/contests/rehearsal/desk", "Ann")
    keys = page.keyboard
    keys.press("/")
    keys.type("sandw")
    keys.press("Enter")
    page.wait_for_selector("#entry")
    until(page, "document.activeElement.name === 'votes.parker'")
    for figure in ("31561", "18598", "", "", "", ""):
        keys.type(figure)
        keys.press("Enter")
    until(page, "document.querySelector('#checks').innerText.includes('Can be entered')")
    assert "31,561" in page.inner_text("#checks")
    assert "50,159" in page.inner_text("#checks")
    keys.press("Control+Enter")
    page.wait_for_selector(".panel.good")
    first = page.locator("#recent tbody tr").first
    assert "Sandwell declared" in first.inner_text()
    assert "operator Ann" in first.inner_text()
    undo = first.locator("summary")
    undo.focus()
    keys.press("Enter")
    keys.press("Tab")
    keys.type("typed to try it")
    keys.press("Tab")
    keys.press("Enter")
    page.wait_for_selector(".panel.good:has-text('Undone')")
    assert "undone" in page.inner_text("#recent tbody tr")


def test_what_cannot_be_right_is_refused_before_it_is_sent_and_after(opened: Opener) -> None:
    page = opened("/contests/rehearsal/desk?area=sandwell", "Ann")
    page.fill("[name='votes.parker']", "99999999")
    until(page, "document.querySelector('#checks').textContent.includes('Would be refused')")
    page.click("button[value=take]")
    page.wait_for_selector(".panel.defects")
    assert page.input_value("[name='votes.parker']") == "99999999"


def test_the_first_stop_of_the_keyboard_skips_to_the_content_and_focus_is_seen(opened: Opener) -> None:
    page = opened("/contests/rehearsal")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.keyboard.press("Tab")
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"


def test_without_scripts_the_forecast_is_read_and_what_if_is_answered(opened: Opener) -> None:
    page = opened("/contests/rehearsal", java_script_enabled=False)
    assert "chance of winning" in page.inner_text("#headline")
    page.fill("[name='lead.sandwell']", "5")
    page.click("#what-if button:not([type])")
    answer = page.inner_text("#what-if-answer")
    assert "HYPOTHETICAL" in answer
    assert "Andy Street" in answer


def test_what_if_is_answered_in_place_and_labelled(opened: Opener, night: Night) -> None:
    before = len(night.call("/v1/contests/rehearsal/history")["data"])
    page = opened("/contests/rehearsal")
    page.fill("[name='lead.sandwell']", "5")
    page.click("#what-if button:not([type])")
    until(page, "document.querySelector('#what-if-answer').innerText.includes('HYPOTHETICAL')")
    assert len(night.call("/v1/contests/rehearsal/history")["data"]) == before


def test_an_editor_holds_and_releases_with_a_reason(opened: Opener) -> None:
    page = opened("/contests/rehearsal/editor", "Eve")
    page.fill("#why-hold", "a figure to look at")
    page.click("text=Hold publication")
    page.wait_for_selector(".banner.held")
    assert "a figure to look at" in page.inner_text(".banner")
    onlooker = opened("/contests/rehearsal")
    assert "Held" in onlooker.inner_text(".banner")
    page.click("button:has-text('Release')")
    page.wait_for_selector(".banner.test")


def test_an_operator_sees_no_editors_page_and_a_stranger_is_sent_to_sign_in(opened: Opener, night: Night) -> None:
    page = opened("/contests/rehearsal/editor", "Ann")
    assert "Not yours to do" in page.inner_text("h1")
    page = opened("/contests/rehearsal/desk")
    assert "/login?next=" in page.url


@pytest.mark.parametrize("graphic", ["lower-third", "margin", "course", "needs", "state"])
def test_a_graphic_obeys_its_playout_says_test_and_keeps_what_it_shows(opened: Opener, graphic: str) -> None:
    page = opened(f"/overlay/rehearsal/{graphic}?auto=0", viewport={"width": 1920, "height": 1080})
    until(page, "typeof window.update === 'function' && typeof window.remove === 'function'")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgba(0, 0, 0, 0)"
    assert page.get_attribute("svg.graphic", "class") == "graphic"
    page.evaluate("play()")
    assert "on" in str(page.get_attribute("svg.graphic", "class"))
    assert "TEST" in page.text_content("svg.graphic")
    page.evaluate("update(JSON.stringify({title: 'Tonight'}))")
    assert "TEST Tonight" in page.text_content("svg.graphic")
    xml = "<templateData><componentData id='f0'><data id='text' value='From CasparCG'/></componentData></templateData>"
    page.evaluate("xml => update(JSON.stringify({title: ''})) ?? update(xml)", xml)
    assert "TEST From CasparCG" in page.text_content("svg.graphic")
    sizes = page.evaluate(
        "[...document.querySelectorAll('svg.graphic text')].map(t => Number(t.getAttribute('font-size')))"
    )
    assert min(sizes) >= 26
    outside = page.evaluate(
        "[...document.querySelectorAll('svg.graphic text:not([transform])')].map(t => t.getBoundingClientRect())"
        ".filter(b => b.left < 95 || b.right > 1825 || b.top < 53 || b.bottom > 1028).length"
    )
    assert outside == 0
    page.context.set_offline(True)
    page.evaluate("next(); stop()")
    assert "From CasparCG" in page.text_content("svg.graphic")
    page.evaluate("remove()")
    assert page.locator("svg.graphic").count() == 0
