"""README's "Go live", as a newsroom would type it, and a backup restored while the service it is of runs on."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import httpx2
from forecast_serve import QUICK, WM, free_port, partial, run, serving

from forecast.journal.store import open_store

ROOT = Path(__file__).parents[2]
SECTION = (ROOT / "README.md").read_text(encoding="utf-8").split("## Go live\n")[1].split("\n## ")[0]
COMMANDS = [line.strip() for line in SECTION.splitlines() if line.startswith("    ")]
RUNS_ON = ("forecast serve", "forecast watch")


def wait_for(done: Callable[[], bool]) -> None:
    end = time.monotonic() + 90
    while not done():
        assert time.monotonic() < end, "it has not come to be so"
        time.sleep(0.1)


def answers(address: str) -> bool:
    try:
        return httpx2.get(f"{address}/health", timeout=30).status_code == 200
    except httpx2.HTTPError:
        return False


def test_what_readme_says_of_going_live_is_so(tmp_path: Path) -> None:
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, **QUICK, "PATH": path, "FORECAST_PORT": str(port)}
    (tmp_path / "watch.toml").write_text(SECTION.split("```toml\n")[1].split("```")[0], encoding="utf-8")
    assert [line.split()[1] for line in COMMANDS if line.startswith("forecast")] == [
        "doctor", "serve", "rehearse", "backup", "audit", "watch",
    ]  # fmt: skip
    with ExitStack() as stack:

        def shell(line: str) -> subprocess.Popen[str]:
            # beside `forecast serve` at a port of the test's own
            line = f"{line} --url {address}" if line.startswith("forecast rehearse") else line
            process = subprocess.Popen(
                ["bash", "-c", f"exec {line}"],
                cwd=tmp_path, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            )  # fmt: skip
            stack.callback(process.communicate)
            stack.callback(process.terminate)
            return process

        said = {}
        for line in COMMANDS:
            if line.startswith("export "):
                name = line.split()[1].partition("=")[0]
                show = ["bash", "-c", f"{line}; printenv {name}"]
                environment[name] = subprocess.check_output(show, cwd=tmp_path, env=environment, text=True).strip()
                continue
            process = shell(line)
            if not line.startswith(RUNS_ON):
                said[line.split()[1]], _ = process.communicate(timeout=120)
                assert process.returncode == 0, said
            elif "serve" in line:
                wait_for(lambda: answers(address))
        assert "MEND" not in said["doctor"]
        assert "accepted" in said["rehearse"]
        rehearsed = httpx2.get(f"{address}/v1/contests/{WM}-rehearsal").json()["data"]
        assert (rehearsed["test"], "TEST" in rehearsed["headline"]) == (True, True)
        assert httpx2.get(f"{address}/v1/contests/{WM}-rehearsal/news").json()["data"]["items"]
        assert (tmp_path / "night.backup").stat().st_size > 0
        wait_for((tmp_path / "out" / WM).exists)


def test_a_backup_taken_while_news_comes_in_is_restored_on_another_machine(tmp_path: Path) -> None:
    backup, other = tmp_path / "night.backup", tmp_path / "other"
    with serving(tmp_path / "night") as serve:
        entries = [serve.give(partial(count)) for count in range(1, 4)]
        serve.until_on_air(entries[-1])
        taken = run("backup", str(backup), "--data", str(serve.folder))
        assert taken.returncode == 0, taken.stderr
        later = serve.give(partial(4))
        restored = run("restore", str(backup), "--data", str(other))
        assert restored.returncode == 0, restored.stderr
        assert run("audit", "check", "--data", str(other)).returncode == 0
        again = run("restore", str(backup), "--data", str(other))  # it fills an empty database only
        assert again.returncode == 1
        assert "holds a journal already" in again.stderr
        with serving(other) as second:
            second.secrets |= serve.secrets  # keys are in the backup
            assert [each["entry"] for each in second.get(f"/v1/contests/{WM}/news")["items"]] == entries
            assert second.latest()["document"] == serve_at(serve.database, entries[-1])
            assert second.give(partial(4)) >= entries[-1]  # what came after the backup is given in again
        serve.until_on_air(later)  # the service it is of has run on
    exported = run("audit", "export", str(tmp_path / "audit.jsonl"), "--data", str(other))
    assert exported.returncode == 0, exported.stderr
    lines = (tmp_path / "audit.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["sequence"] for line in lines] == list(range(1, len(lines) + 1))


def serve_at(database: str, entry: int) -> object:
    """The document first published after an entry."""
    store = open_store(database)
    head = next(each for each in store.history(WM) if each.through >= entry)
    found = store.forecast(WM, head.number)
    store.close()
    assert found is not None
    return json.loads(found.document)
