"""The drop folder under readers."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from forecast.errors import ForecastError
from forecast.outlets.drop import Drop


def test_readers_never_see_half_an_edition(tmp_path: Path) -> None:
    drop, stop, torn = Drop(tmp_path), threading.Event(), list[str]()
    drop.write("wm", {"a": b"0" * 50_000, "b": b"0" * 50_000})

    def read() -> None:
        while not stop.is_set():
            edition_now = (tmp_path / "wm").resolve()
            try:
                both = {bytes(set((edition_now / name).read_bytes())) for name in ("a", "b")}
            except FileNotFoundError:
                continue  # three editions later
            if len(both) != 1 or len(next(iter(both))) != 1:
                torn.append(str(both))

    reader = threading.Thread(target=read)
    reader.start()
    for n in range(1, 60):
        drop.write("wm", {name: str(n % 10).encode() * 50_000 for name in ("a", "b")})
    stop.set()
    reader.join()
    assert torn == []
    assert len(list((tmp_path / ".editions").iterdir())) == 3
    assert (tmp_path / "wm" / "a").read_bytes() == b"9" * 50_000


def test_contests_in_one_folder_leave_one_another_alone(tmp_path: Path) -> None:
    drop = Drop(tmp_path)
    for contest in ("wm", "wm-2"):
        for n in range(5):
            drop.write(contest, {"a": f"{contest} {n}".encode()})
    assert (tmp_path / "wm" / "a").read_text() == "wm 4"
    assert (tmp_path / "wm-2" / "a").read_text() == "wm-2 4"
    assert len(list((tmp_path / ".editions").iterdir())) == 6


def test_the_drop_folder_goes_on_after_a_restart_in_the_midst(tmp_path: Path) -> None:
    Drop(tmp_path).write("wm", {"a": b"1"})
    (tmp_path / ".editions" / "wm@00000002-half").mkdir()
    assert (tmp_path / "wm" / "a").read_bytes() == b"1"
    Drop(tmp_path).write("wm", {"a": b"2"})
    assert (tmp_path / "wm" / "a").read_bytes() == b"2"


@pytest.mark.parametrize("contest", ["../elsewhere", "", ".editions", "a/b", "a\n"])
def test_a_name_that_leads_elsewhere_is_refused(tmp_path: Path, contest: str) -> None:
    with pytest.raises(ForecastError, match="cannot be the name of a file"):
        Drop(tmp_path).write(contest, {"a": b""})
    with pytest.raises(ForecastError, match="cannot be the name of a file"):
        Drop(tmp_path).write("wm", {contest: b""})


def test_somebody_else_s_folder_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "wm").mkdir()
    with pytest.raises(ForecastError, match="is a directory of somebody else's"):
        Drop(tmp_path).write("wm", {"a": b""})


def test_a_folder_that_cannot_be_written_is_said_and_what_was_there_stays(tmp_path: Path) -> None:
    Drop(tmp_path).write("wm", {"a": b"1"})
    editions = tmp_path / ".editions"
    editions.rename(tmp_path / "kept")
    editions.write_text("a file where the folder was")
    with pytest.raises(ForecastError, match="cannot be written"):
        Drop(tmp_path).write("wm", {"a": b"2"})
    editions.unlink()
    (tmp_path / "kept").rename(editions)
    assert (tmp_path / "wm" / "a").read_bytes() == b"1"
