"""What tests of several files share: a store in SQLite and in PostgreSQL, a server to be stopped, a browser."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from forecast.journal.store import Store, open_store

if TYPE_CHECKING:
    from postgresql import Server

KINDS = ("sqlite", "postgresql")


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """Address of a PostgreSQL server."""
    from postgresql import missing, started

    if reason := missing():
        pytest.skip(reason)
    if named := os.environ.get("FORECAST_TEST_POSTGRESQL"):
        yield named
        return
    with started() as server:
        yield server.url


@pytest.fixture(params=KINDS)
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Address of an empty database, of each kind in turn."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'night.sqlite'}"
        return
    from postgresql import database_in

    with database_in(request.getfixturevalue("postgresql")) as url:
        yield url


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    """An empty store, of each kind in turn."""
    store = open_store(store_url)
    yield store
    store.close()


@pytest.fixture
def server() -> Iterator[Server]:
    """A PostgreSQL of the test's own, to be stopped and started."""
    from postgresql import BINARIES, started

    if not BINARIES:
        pytest.skip("no PostgreSQL here to be stopped")
    with started() as made:
        yield made


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """The distribution's Chromium, driven by Playwright."""
    from running_night import BARE, CHROMIUM

    if CHROMIUM is None:
        pytest.skip("there is no Chromium here")
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=BARE)
        yield browser
        browser.close()
