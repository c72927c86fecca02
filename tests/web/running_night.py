"""A running service and a browser, for the tests that need them."""

# What is driven, asked or read here has no types of its own.
# ruff: noqa: ANN401

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import Request, urlopen

import pytest

from forecast.declaration import Declaration

ROOT = Path(__file__).parents[2]
CHROMIUM = os.environ.get("FORECAST_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
BARE = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-dev-shm-usage"]


@dataclass(frozen=True)
class Night:
    """A running service: where it is, and the secret of each person's key."""

    address: str
    keys: Mapping[str, str]

    def call(self, path: str, body: Any = None, who: str = "") -> Any:
        """Ask the API."""
        headers = {"Content-Type": "application/json"} | ({"X-API-Key": self.keys[who]} if who else {})
        data = None if body is None else json.dumps(body).encode()
        with urlopen(Request(self.address + path, data, headers), timeout=30) as answer:  # noqa: S310 - our own
            return json.loads(answer.read())

    def sign_in(self, page: Any, who: str, path: str) -> None:
        """Sign somebody in at the form, as on the way to a page."""
        page.goto(f"{self.address}/login?next={path}")
        page.fill("#key", self.keys[who])
        page.press("#key", "Enter")
        page.wait_for_url(lambda url: "/login" not in url)

    def wait_for(self, contest: str, through: Declaration) -> None:
        """Wait until an item is in the forecast on air."""
        for _ in range(300):
            heads = self.call(f"/v1/contests/{contest}/history")["data"]
            if heads and through.area in str(heads[-1]["latest"]).casefold().replace(" ", "-"):
                return
            time.sleep(0.1)
        message = f"no forecast of {through.area}"
        raise AssertionError(message)


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


@contextmanager
def run_night(data: Path, *more: str) -> Iterator[Night]:
    """A service with a night that has not begun, `west-midlands`, and a rehearsal of which Sandwell is outstanding."""
    port = free_port()
    command = [sys.executable, str(ROOT / "tests" / "web" / "night_server.py"), str(data), str(port), *more]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    with (data / "log").open("w") as log:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True, env=environment)
        try:
            yield _wait(process, port)
        finally:
            process.terminate()
            process.wait(20)
            if process.stdout is not None:
                process.stdout.close()


@pytest.fixture(scope="session")
def night(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Night]:
    """A running service."""
    with run_night(tmp_path_factory.mktemp("night")) as night:
        yield night


def _wait(process: subprocess.Popen[str], port: int) -> Night:
    assert process.stdout is not None
    keys = next(json.loads(line) for line in process.stdout if line.startswith("{"))
    night = Night(f"http://127.0.0.1:{port}", keys)
    for _ in range(600):
        try:
            if all(night.call(f"/v1/contests/{contest}/history")["data"] for contest in ("west-midlands", "rehearsal")):
                return night
        except (URLError, ConnectionError):
            pass
        time.sleep(0.1)
    message = "the service did not begin"
    raise AssertionError(message)
