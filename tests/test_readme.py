"""README shows what its commands print: the words as they are, the chances within what draws leave open."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
MAKE = runpy.run_path(str(ROOT / "docs" / "make.py"))
BLOCKS = [(found[2], found[3], found[4]) for found in MAKE["BLOCK"].finditer(README)]
ERROR = 2.3  # points: the Monte Carlo error that the run itself states
APART = 4.0 * 2.0**0.5 * ERROR  # two runs on processors that round differently: four errors of their difference


def words_of(text: str) -> list[str]:
    """Names and headings, without figures and what is drawn of them."""
    return re.findall(r"[A-Za-z][A-Za-z'()-]+", text)


def chances_of(text: str) -> list[float]:
    """Percentages."""
    return [float(found) for found in re.findall(r"(?<![<>.\d])(\d+)%", text)]


@pytest.mark.parametrize(("command", "lines", "shown"), BLOCKS, ids=[command for command, _, _ in BLOCKS])
def test_a_block_is_what_its_command_prints(command: str, lines: str | None, shown: str) -> None:
    printed = MAKE["printed"](command, lines)
    assert words_of(printed) == words_of(shown)
    assert chances_of(printed) == pytest.approx(chances_of(shown), abs=APART)


def test_there_are_blocks_and_another_night_is_not_what_they_show() -> None:
    assert len(BLOCKS) >= 2
    command, lines, shown = BLOCKS[0]
    other = MAKE["printed"](f"{command} --through 3", lines)
    assert words_of(other) != words_of(shown)
