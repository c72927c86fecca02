"""What people do together at the pages: confirm, decide, upload, embargo, sign off, and make keys."""

# What is driven, asked or read here has no types of its own.
# ruff: noqa: ANN401

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from running_night import Night, run_night

pytestmark = pytest.mark.slow

NEWS = (Path(__file__).parents[2] / "data" / "west-midlands" / "news.csv").read_text(encoding="utf-8").splitlines()
HERE = "/contests/west-midlands"

type Opener = Callable[..., Any]


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Night]:
    """A service at which a second person confirms."""
    with run_night(tmp_path_factory.mktemp("flows"), "--confirm") as night:
        yield night


@pytest.fixture
def opened(chromium: Any, night: Night) -> Iterator[Opener]:
    """Opens a page as somebody; what fails in its script fails the test."""
    complaints: list[str] = []
    contexts: list[Any] = []

    def open_page(path: str, who: str) -> Any:
        context = chromium.new_context(viewport={"width": 1280, "height": 900})
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        night.sign_in(page, who, path)
        page.goto(night.address + path)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []


def upload(page: Any, path: Path, lines: list[str]) -> None:
    path.write_text("\n".join([NEWS[0], *lines]) + "\n", encoding="utf-8")
    if not page.locator("#csv-file").is_visible():
        page.click("#csv-details summary")
    page.set_input_files("#csv-file", path)
    page.click("text=See what would change")


def test_a_file_is_previewed_taken_and_confirmed_by_a_second_person(opened: Opener, tmp_path: Path) -> None:
    ann, ben = opened(f"{HERE}/desk", "Ann"), opened(f"{HERE}/desk", "Ben")
    upload(ann, tmp_path / "one.csv", NEWS[1:3])
    ann.wait_for_selector("button:has-text('Take 2 items in')")
    assert "216,492" in ann.inner_text("#csv")
    ann.screenshot(path=tmp_path / "preview.png", full_page=True)
    ann.click("button:has-text('Take 2 items in')")
    ann.wait_for_selector(".panel.good:has-text('waits for a second person')")
    assert "A second person confirms it" in ann.inner_text("#waiting")
    assert ann.locator("#waiting button:has-text('Confirm')").count() == 0
    ben.reload()
    for _ in range(2):
        ben.locator("#waiting button:has-text('Confirm')").first.click()
        ben.wait_for_selector(".panel.good:has-text('Confirmed')")
    assert "Birmingham" in ben.inner_text("#recent")
    assert "confirmed by operator Ben" in ben.inner_text("#recent")


def test_two_sources_that_disagree_wait_until_a_person_decides(opened: Opener, night: Night) -> None:
    first = {"kind": "verified", "area": "solihull", "ballots": 56_805, "source": "council"}
    news = "/v1/contests/west-midlands/news"
    entry = night.call(news, first, "Ann")["data"]["entry"]
    night.call("/v1/contests/west-midlands/decisions", {"action": "confirm", "proposal": entry}, "Ben")
    night.call(news, first | {"ballots": 56_850, "source": "agency"}, "Ann")
    page = opened(f"{HERE}/desk", "Ben")
    assert "Two sources disagree" in page.inner_text("#waiting")
    assert "56,850" in page.inner_text("#waiting")
    page.fill("#waiting input[name=reason]", "read out again")
    page.click("text=Take the new")
    page.wait_for_selector(".panel.good:has-text('Decided')")
    assert "56,850" in page.inner_text("#recent")


def test_figures_read_back_to_the_count_are_checked_without_being_typed_again(opened: Opener, night: Night) -> None:
    page = opened(f"{HERE}/desk", "Ann")
    page.locator("#recent a:has-text('Checked')").first.click()
    page.wait_for_selector("#entry input[value=checked]:checked")
    page.click("button:has-text('Enter it')")
    page.wait_for_selector(".panel.good:has-text('waits for a second person')")
    ben = opened(f"{HERE}/desk", "Ben")
    ben.locator("#waiting button:has-text('Confirm')").first.click()
    ben.wait_for_selector(".panel.good:has-text('Confirmed')")
    assert "checked" in ben.inner_text("#recent")


def test_an_embargo_hides_the_night_from_lookers_and_ends(opened: Opener, night: Night) -> None:
    page = opened("/contests/rehearsal/editor", "Eve")
    page.fill("#until", "2100-01-01T00:00")
    page.click("text=Set the embargo")
    page.wait_for_selector(".banner.embargoed")
    looker = opened("/contests/rehearsal", "Ann")
    assert looker.locator("#headline").count() == 0
    assert "Embargoed" in looker.inner_text(".banner")
    page.fill("#until", "")
    page.click("text=Set the embargo")
    page.wait_for_selector(".banner.test")


def test_two_editors_sign_off_once_the_conditions_are_met(opened: Opener, night: Night) -> None:
    page = opened("/contests/rehearsal/editor", "Eve")
    assert "Not met" in page.inner_text("#ready")
    assert page.locator("#why-sign-off").count() == 0
    sandwell = {"kind": "declared", "area": "sandwell", "votes": {"parker": 31_561, "street": 18_598}, "source": "BBC"}
    entry = night.call("/v1/contests/rehearsal/news", sandwell, "Ann")["data"]["entry"]
    night.call("/v1/contests/rehearsal/decisions", {"action": "confirm", "proposal": entry}, "Ben")
    page.wait_for_selector("#why-sign-off", timeout=40_000)
    page.fill("#why-sign-off", "the last declaration was read out")
    page.click("button:has-text('Sign off')")
    page.wait_for_selector(".panel.good:has-text('recorded')")
    assert "Not call-ready" in page.inner_text("#ready")
    second = opened("/contests/rehearsal/editor", "Dan")
    second.fill("#why-sign-off", "so it was")
    second.click("button:has-text('Sign off')")
    second.wait_for_selector(".panel.good:has-text('recorded')")
    assert "Call-ready: two editors" in second.inner_text("#ready")


def test_a_key_is_shown_once_and_revoked(opened: Opener) -> None:
    page = opened("/keys", "Ada")
    page.fill("#name", "Graphics")
    page.select_option("#role", "viewer")
    page.fill("#scopes", "west-midlands")
    page.click("text=Make a key")
    page.wait_for_selector(".secret")
    assert page.inner_text(".secret").startswith("fk_")
    row = page.locator("tbody tr:has-text('Graphics')")
    row.locator("text=Revoke").click()
    page.wait_for_selector(".panel.good:has-text('revoked')")
    assert "revoked" in page.locator("tbody tr:has-text('Graphics')").inner_text()
    assert page.locator(".secret").count() == 0
