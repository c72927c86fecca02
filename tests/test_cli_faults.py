"""The command line where files are not what they are taken for, and answers that cannot be written."""

from __future__ import annotations

import os
import subprocess
import sys
import warnings
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

import cli
from forecast.contests.catalogue import find_contest
from models.engines import engine_named

PROGRAM = str(Path(sys.executable).with_name("forecast"))
FEW = ["--draws", "100"]


def forecast(*arguments: str) -> Result:
    return CliRunner().invoke(cli.app, list(arguments))


@pytest.mark.parametrize("name", ["notes.md", "./notes.md"])
def test_a_file_given_as_a_contest_is_said_to_be_one(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "notes.md").write_text("Nothing.", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    ran = forecast("run", "--contest", name)
    assert (ran.exit_code, ran.stderr) == (
        1,
        "forecast: notes.md: is a file, not a folder. Name the folder of contest.toml.\n",
    )


@pytest.mark.parametrize(
    ("text", "why"),
    [("", "news.csv: is empty."), ("a letter\nto you\n", "news.csv, line 1"), ("kind,area\nx,y\n", "news.csv, line 2")],
)
def test_news_of_which_nothing_can_be_read_ends_with_the_reasons(text: str, why: str, tmp_path: Path) -> None:
    path = tmp_path / "news.csv"
    path.write_text(text, encoding="utf-8")
    ran = forecast("run", *FEW, "--news", str(path))
    assert ran.exit_code == 1
    assert why in ran.stderr
    assert all(line.startswith("forecast: ") for line in ran.stderr.splitlines())
    assert ran.stdout == ""


def test_news_that_has_not_begun_is_the_night_before_it(tmp_path: Path) -> None:
    path = tmp_path / "news.csv"
    path.write_text("kind,area\n", encoding="utf-8")
    ran = forecast("run", *FEW, "--news", str(path))
    assert ran.exit_code == 0
    assert "Nothing has been declared yet." in " ".join(ran.stdout.split())


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_an_answer_that_cannot_be_written_is_said_in_one_line() -> None:
    with Path("/dev/full").open("wb") as full:
        ran = subprocess.run([PROGRAM, "run", *FEW], stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert ran.returncode == 1
    assert ran.stderr == f"forecast: cannot write the answer: {os.strerror(28)}.\n"


def test_what_the_reference_engines_compiler_says_of_itself_is_kept_from_the_reader() -> None:
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        engine_named("hierarchical", find_contest("west-midlands"))
        warnings.warn("Loop fusion failed because of the kernel argument limit.", UserWarning, stacklevel=1)
        warnings.warn("Something else.", UserWarning, stacklevel=1)
    assert [str(each.message) for each in heard] == ["Something else."]
