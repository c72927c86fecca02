"""What tests of several files share: a store in SQLite and in PostgreSQL, and a server to be stopped."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

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
