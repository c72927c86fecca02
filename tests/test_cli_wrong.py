"""The command line when something is wrong: one line for each defect, and the exit codes."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest
from command_line import FEW, PROGRAM, ROOT, answer, flat, forecast


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["run", "--contest", "west-midland"], 'no contest "west-midland". Did you mean "west-midlands"?'),
        (["run", "--contest", "./nowhere"], "nowhere"),
        (["run", "--through", "99"], "Choose from 0 to 7."),
        (["run", "--baseline", "final-round"], 'no baseline "final-round"'),
        (["run", "--news", "nowhere.csv"], "nowhere.csv cannot be read: No such file or directory."),
        (["run", "--news", "."], "cannot be read: Is a directory."),
        (["needs", "--leader", "Strete"], 'no candidate "Strete"'),
        (["needs", "--leader", "street", "--challenger", "street"], "both are Andy Street"),
        (["what-if", "--set", "sandwel.lead=15"], 'Did you mean "Sandwell"?'),
        (["check", "nowhere"], "no such directory"),
        (["contests", "new", "My Town"], "cannot be a contest's id"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_is_wrong_is_said_in_a_line_each_with_exit_code_1(arguments: list[str], message: str) -> None:
    ran = forecast(*arguments)
    assert ran.exit_code == 1
    assert message in ran.stderr
    assert all(line.startswith("forecast: ") for line in ran.stderr.splitlines())


@pytest.mark.parametrize(
    "arguments",
    [
        ["run", "--at", "nonsense"],
        ["run", "--at", "2024-05-04T19:00"],
        ["run", "--through", "six"],
        ["run", "--through", "-1"],
        ["run", "--through", "6", "--at", "2024-05-04T19:00+01:00"],
        ["run", "--engine", "guesswork"],
        ["run", "--draws", "0"],
        ["replay", "--engine", "both"],
        ["what-if"],
        ["what-if", "--set", "sandwell.lead=15", "--out", "here"],
        ["nonsense"],
    ],
    ids=" ".join,
)
def test_a_command_line_that_is_wrong_ends_with_exit_code_2(arguments: list[str]) -> None:
    ran = forecast(*arguments)
    assert ran.exit_code == 2
    assert ran.stderr.startswith("Usage: ")


def test_news_that_cannot_be_used_is_listed_and_stops_nothing(tmp_path: Path) -> None:
    lines = (ROOT / "data" / "west-midlands" / "news.csv").read_text(encoding="utf-8").splitlines()
    more = [",declared,coventry,,,,,999999,1,,,,,typing,desk,", lines[13], lines[14][:15]]  # one refused, one cut short
    path = tmp_path / "news.csv"
    path.write_text("\n".join([*lines[:13], *more]), encoding="utf-8")
    said = flat(answer("run", *FEW, "--news", str(path)))
    assert "6 of 7 areas declared" in said
    assert "2 lines of news refused: see the end." in said
    refused = said.partition("Refused, and not in the forecast")[2]
    assert "news.csv, line 14: " in refused
    assert "1,000,000, more than the 71,215 ballots" in refused
    assert "news.csv, line 16: " in refused


def test_a_reader_who_leaves_is_not_told_of_it() -> None:
    command = [PROGRAM, "replay", "--format", "json", "--draws", "100"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline() == b"[\n"
        process.stdout.close()
        assert process.stderr.read() == b""


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs a named pipe to wait at")
def test_an_interruption_ends_quietly_with_exit_code_130(tmp_path: Path) -> None:
    pipe = tmp_path / "news.csv"
    os.mkfifo(pipe)
    process = subprocess.Popen([PROGRAM, "needs", "--news", str(pipe)], stderr=subprocess.PIPE, text=True, cwd=ROOT)
    for _ in range(1000):
        try:  # until the command is waiting for its news
            writer = os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)
            break
        except OSError:
            time.sleep(0.01)
    time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=20)
    os.close(writer)
    assert (process.returncode, said) == (130, "")
