"""A service that does not start leaves nothing behind that opens a door."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest
from forecast_serve import QUICK, WM, run, serving

from forecast.journal.store import open_store


@pytest.mark.parametrize("fault", ["port", "contest", "database"])
def test_a_service_that_does_not_start_prints_no_key_and_keeps_none(tmp_path: Path, fault: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1]) if fault == "port" else "0"
        database = "postgresql://127.0.0.1:1/nobody" if fault == "database" else f"sqlite:///{tmp_path / 'n.sqlite'}"
        contest = "nowhere" if fault == "contest" else WM
        arguments = ("--contest", contest, "--port", port, "--database", database, "--data", str(tmp_path))
        ended = run("serve", *arguments, "--empty", env={**os.environ, **QUICK})
    assert ended.returncode != 0
    assert "key" not in ended.stdout + ended.stderr
    if fault != "database":
        store = open_store(database)
        assert store.keys() == []
        store.close()


def test_a_service_that_listens_prints_a_key_that_is_good(tmp_path: Path) -> None:
    with serving(tmp_path) as serve:
        serve.until(lambda: "Serving at" in serve.log.read_text(encoding="utf-8"))
        said = serve.log.read_text(encoding="utf-8")
        secret = said.split("One-time key (operator): ")[1].split()[0]
        store = open_store(serve.database)
        key = store.find_key(secret)
        store.close()
        assert key is not None
        assert (key.name, key.once) == ("console", True)
