"""A database whose disk is full: it is said, nothing is acknowledged that is not kept, and it mends itself."""

from __future__ import annotations

import contextlib
import getpass
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from faulty_night import OTHER, WINDOW, check_whole, configured, two_contests
from forecast_serve import WM, Serve, partial
from postgresql import Server

from forecast.journal.entry import EntryKind
from forecast.journal.store import open_store


@contextlib.contextmanager
def small_disk(folder: Path, owner: str) -> Iterator[Path]:
    """A file system of 32 MB that belongs to somebody; skips where none may be mounted."""
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=32m,mode=0711", "small", str(folder)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if mounted.returncode:
        pytest.skip(f"no file system can be mounted here: {mounted.stderr.strip()}")
    try:
        room = folder / "room"
        room.mkdir()
        shutil.chown(room, owner)
        yield room
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def fill(disk: Path) -> Path:
    """Take all the room that is left on a disk; the file that does."""
    ballast = disk.parent / "ballast"
    with ballast.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while file.write(b"\0" * 4096):
            pass
    return ballast


@contextlib.contextmanager
def no_room(server: Server, address: str, disk: Path | None) -> Iterator[None]:
    """A database with no room: its disk is full or, where there is no such disk, it says what it says then."""
    if disk is not None:
        ballast = fill(disk)
        yield
        ballast.unlink()
        return
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(
            "CREATE FUNCTION full_up() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION "
            "'could not extend file: No space left on device' USING ERRCODE = 'disk_full'; END $$"
        )
        connection.execute("CREATE TRIGGER full_up BEFORE INSERT ON entries EXECUTE FUNCTION full_up()")
        yield
        connection.execute("DROP TRIGGER full_up ON entries")


@pytest.mark.parametrize("mounted", [True, False], ids=["a disk that is full", "an error of a full disk"])
def test_a_database_without_room_is_said_refuses_and_goes_on_by_itself_once_there_is_room(
    tmp_path: Path, server: Server, mounted: bool
) -> None:
    with contextlib.ExitStack() as stack:
        disk = stack.enter_context(small_disk(server.folder / "small", server.user)) if mounted else None
        address = f"{server.url.rsplit('/', 1)[0]}/night"
        with psycopg.connect(server.url, autocommit=True) as connection:
            if disk is not None:
                connection.execute(f"CREATE TABLESPACE small LOCATION '{disk}'")
            connection.execute(f"CREATE DATABASE night TEMPLATE template0 {'TABLESPACE small' if disk else ''}")
        serve = stack.enter_context(configured(tmp_path, two_contests(), database=address))
        acknowledged = [serve.give(partial(1, "walsall"), name) for name in (WM, OTHER)]
        for name, entry in zip((WM, OTHER), acknowledged, strict=True):
            serve.until_on_air(entry, name)
        shown = {name: serve.latest(name) for name in (WM, OTHER)}
        with no_room(server, address, disk):
            count = _fill_up(serve, acknowledged)
            serve.until(lambda: "has no room left on its disk" in serve.reasons(), WINDOW)
            assert serve.health()["state"] == "degraded"
            for name in (WM, OTHER):  # each refuses what it cannot keep, and shows what it has
                assert serve.post(f"/v1/contests/{name}/news", partial(count + 1)).status_code == 503
                assert serve.latest(name)["number"] >= shown[name]["number"]
                assert serve.latest(name)["document"] is not None
        serve.until(lambda: serve.health()["state"] == "ready", 2 * WINDOW)
        for name in (WM, OTHER):
            serve.until_on_air(serve.give(partial(count + 2), name), name)
        store = open_store(address)
        kept = {each.sequence for each in store.entries(WM, kinds=[EntryKind.NEWS])}
        store.close()
        assert kept >= set(acknowledged[:1] + acknowledged[2:])
        check_whole(serve)


@pytest.mark.parametrize("logged", ["elsewhere", "on the full disk"])
def test_sqlite_without_room_says_so_and_what_mends_it_and_keeps_what_was_acknowledged(
    tmp_path: Path, logged: str
) -> None:
    with small_disk(tmp_path / "small", getpass.getuser()) as disk:
        address = f"sqlite:///{disk / 'night.sqlite'}"
        folder = disk / "data" if logged == "on the full disk" else tmp_path / "data"
        with configured(folder, two_contests(), database=address) as serve:
            acknowledged = [serve.give(partial(1, "walsall"), name) for name in (WM, OTHER)]
            for name, entry in zip((WM, OTHER), acknowledged, strict=True):
                serve.until_on_air(entry, name)
            shown = {name: serve.latest(name) for name in (WM, OTHER)}
            ballast = fill(disk)
            count = _fill_up(serve, acknowledged)
            serve.until(lambda: "has no room left on its disk" in serve.reasons(), WINDOW)
            assert "what was acknowledged is kept: make room there, and it goes on by itself" in serve.reasons()
            assert serve.health()["state"] == "degraded"
            for name in (WM, OTHER):
                assert serve.post(f"/v1/contests/{name}/news", partial(count + 1)).status_code == 503
                assert serve.latest(name)["number"] >= shown[name]["number"]
                assert serve.latest(name)["document"] is not None
            ballast.unlink()
            serve.until(lambda: "night.sqlite" not in serve.reasons(), 2 * WINDOW)
            for name in (WM, OTHER):
                serve.until_on_air(serve.give(partial(count + 2), name), name)
            check_whole(serve)
            serve.kill()
            store = open_store(address)
            kept = {each.sequence for each in store.entries(kinds=[EntryKind.NEWS])}
            store.close()
            assert kept >= set(acknowledged)


def _fill_up(serve: Serve, acknowledged: list[int]) -> int:
    """Give items in until one is refused, for there is room in the tables' last pages for some; how many were."""
    for count in range(2, 2000):
        answer = serve.post(f"/v1/contests/{WM}/news", partial(count))
        if answer.status_code == 503:
            return count
        assert answer.status_code == 201, answer.text
        acknowledged.append(answer.json()["data"]["entry"])
    pytest.fail("it never refused")
