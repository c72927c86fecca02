"""Time and memory of the whole of `forecast run`, and the share that NumPy needs merely to draw the normals."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "performance.md"
DRAWS = (10_000, 100_000)
REPEATS = 3


def whole_run(contest: str, draws: int) -> tuple[float, float]:
    """Seconds and most megabytes held by one run as a whole process."""
    program = str(Path(sys.executable).with_name("forecast"))
    command = [program, "run", "--contest", contest, "--draws", str(draws), "--format", "json"]
    began = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    kilobytes = usage.ru_maxrss / 1024 if sys.platform == "darwin" else usage.ru_maxrss
    return seconds, kilobytes / 1024


def normals_a_draw(contest: str) -> int:
    """Standard normals one draw takes at the least: shares and turnout of each area, and the contest's own swing."""
    folder = ROOT / "data" / contest
    with (folder / "areas.csv").open(encoding="utf-8", newline="") as file:
        areas = sum(1 for _ in csv.DictReader(file))
    candidates = len(tomllib.loads((folder / "contest.toml").read_text(encoding="utf-8"))["candidates"])
    return areas * (candidates + 1) + candidates + 1


def drawing(normals: int) -> float:
    """Seconds NumPy takes to draw that many normals and do nothing with them."""
    generator = np.random.default_rng(0)
    began = time.perf_counter()
    generator.standard_normal(normals)
    return time.perf_counter() - began


def bench(contest: str) -> str:
    """A table: the quickest of several runs at each number of draws."""
    each = normals_a_draw(contest)
    lines = [f"{contest}, whole process, quickest of {REPEATS}; {each} normals a draw", ""]
    lines.append(f"{'draws':>8} {'seconds':>8} {'megabytes':>10} {'normals alone':>14} {'share':>6}")
    for draws in DRAWS:
        seconds, megabytes = min(whole_run(contest, draws) for _ in range(REPEATS))
        alone = min(drawing(draws * each) for _ in range(REPEATS))
        lines.append(f"{draws:>8,} {seconds:>8.2f} {megabytes:>10.0f} {alone:>13.3f}s {alone / seconds:>6.1%}")
    return "\n".join(lines)


def put_into(page: str, table: str) -> str:
    """The page of measurements with this table in its place."""
    before, _, rest = page.partition("<!-- run -->")
    _, _, after = rest.partition("<!-- /run -->")
    return f"{before}<!-- run -->\n```\n{table}\n```\n<!-- /run -->{after}"


if __name__ == "__main__":
    measured = bench(sys.argv[1])
    PAGE.write_text(put_into(PAGE.read_text(encoding="utf-8"), measured), encoding="utf-8")
    sys.stdout.write(measured + "\n")
