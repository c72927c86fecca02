"""Takes the pictures in docs/screens: the pages of a running service in the distribution's Chromium.

Run it as ``python docs/screenshots.py``; it starts a service of its own, as the tests in a browser do.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "web")]

from playwright.sync_api import Browser, sync_playwright  # noqa: E402 - after the checkout is on the path
from running_night import BARE, CHROMIUM, Night, run_night  # noqa: E402

from forecast.contests.files import read_contest  # noqa: E402
from forecast.declaration import read_news  # noqa: E402
from forecast.journal.item_json import write_item  # noqa: E402

SCREENS = ROOT / "docs" / "screens"
CONTEST = ROOT / "data" / "west-midlands"
ITEMS = 12  # of the night's news: Dudley has declared, Coventry and Sandwell are outstanding
SHOTS = (
    ("contests", "/", "", 1440, 640, "light"),
    ("dashboard", "/contests/west-midlands", "", 1440, 1500, "light"),
    ("dashboard-dark", "/contests/west-midlands", "", 1440, 1000, "dark"),
    ("dashboard-phone", "/contests/west-midlands", "", 360, 1400, "light"),
    ("desk", "/contests/rehearsal/desk?area=sandwell", "Ann", 1440, 1100, "light"),
    ("editor", "/contests/rehearsal/editor", "Eve", 1440, 1150, "light"),
    ("overlay-lower-third", "/overlay/west-midlands/lower-third", "", 1920, 1080, "light"),
    ("overlay-margin", "/overlay/west-midlands/margin", "", 1920, 1080, "light"),
    ("overlay-course", "/overlay/west-midlands/course", "", 1920, 1080, "light"),
)


def play_night(night: Night) -> None:
    """Give the night's news to the contest that has not begun, an update for every declaration."""
    items, _ = read_news(CONTEST / "news.csv", read_contest(CONTEST))
    for item in items[:ITEMS]:
        night.call("/v1/contests/west-midlands/news", write_item(item), who="Ann")
        if item.kind == "declared":
            night.wait_for("west-midlands", through=item)


def take(browser: Browser, night: Night, shot: tuple[str, str, str, int, int, str]) -> None:
    """One picture."""
    name, path, who, width, height, scheme = shot
    context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)  # type: ignore[arg-type]
    page = context.new_page()
    if who:
        night.sign_in(page, who, path)
    page.goto(night.address + path)
    page.wait_for_timeout(800)
    page.screenshot(path=SCREENS / f"{name}.png", omit_background=name.startswith("overlay"))
    context.close()


def main() -> None:
    """All of them."""
    SCREENS.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as data, run_night(Path(data)) as night, sync_playwright() as driver:
        play_night(night)
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=BARE)
        for shot in SHOTS:
            take(browser, night, shot)
        browser.close()


if __name__ == "__main__":
    main()
