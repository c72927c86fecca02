"""A past night is played at its own pace; the doctor says what to mend; the command line's live commands."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from service_state import NIGHT, SANDWELL, item, toy_named
from typer.testing import CliRunner

from cli import app
from forecast.config import Configuration
from forecast.errors import ForecastError
from forecast.service.doctor import examine
from forecast.service.rehearsal import UNTIMED, plan_rehearsal, time_items
from forecast.service.vitals import ClockWatch

RUNNER = CliRunner()


def test_items_come_at_the_recorded_intervals_and_the_untimed_evenly_between() -> None:
    hours = [None, 0, None, None, 3, None]
    items = [replace(item(SANDWELL), at=None if each is None else NIGHT + timedelta(hours=each)) for each in hours]
    assert time_items(items) == (0.0, UNTIMED, 3600.0, 3600.0, 3600.0, UNTIMED)


def test_a_night_without_times_is_spaced_evenly_and_a_pause_replaces_all() -> None:
    assert time_items([replace(item(SANDWELL), at=None)] * 3) == (0.0, UNTIMED, UNTIMED)
    plan = plan_rehearsal("west-midlands", pause=0.5)
    assert plan.id == "west-midlands-rehearsal"
    assert set(plan.waits) == {0.5}
    assert len(plan.items) == len(plan.waits) == 15


def test_speed_divides_the_time_it_took() -> None:
    slow, quick = plan_rehearsal("west-midlands", speed=1.0), plan_rehearsal("west-midlands", speed=120.0)
    assert sum(slow.waits) == pytest.approx(120 * sum(quick.waits))


def test_a_contest_without_news_cannot_be_rehearsed() -> None:
    with pytest.raises(ForecastError, match="nowhere"):
        plan_rehearsal("nowhere")


def test_a_clock_that_was_set_is_told_from_time_that_passed() -> None:
    times = iter([(0, 0.0), (60, 60.0), (60 + 3600, 61.0)])
    now = [next(times)]
    watch = ClockWatch(lambda: NIGHT + timedelta(seconds=now[0][0]), lambda: now[0][1])
    assert watch.look() == 0
    now[0] = next(times)
    assert watch.look() == 0
    now[0] = next(times)
    assert watch.look() == 3599


def test_the_doctor_says_what_is_well_and_what_to_mend(tmp_path: Path) -> None:
    contests = [
        {"contest": "west-midlands", "feeds": [{"kind": "csv", "path": str(tmp_path / "none.csv")}]},
        {"contest": "nowhere"},
    ]
    settings = {"data": tmp_path / "night", "contests": contests, "draws": 1000}
    found = {each.what: each for each in examine(Configuration(**settings), toy_named)}  # type: ignore[arg-type]
    mended = {name for name, each in found.items() if each.mend}
    assert mended == {"feed csv", "contest nowhere"}
    assert "warm" in found["worker for west-midlands"].said
    assert "chain whole" in found["database"].said


def run(*arguments: str) -> str:
    ran = RUNNER.invoke(app, arguments)
    assert ran.exit_code == 0, ran.output
    return ran.output


def test_keys_are_made_listed_and_revoked_and_the_audit_log_is_checked(tmp_path: Path) -> None:
    data = ("--data", str(tmp_path / "night"))
    assert re.search(
        r"Key 1, editor Eve, shown this once: \S{40,}", run("keys", "add", "Eve", "--role", "editor", *data)
    )
    assert "good" in run("keys", "list", *data)
    assert "is revoked" in run("keys", "revoke", "1", *data)
    assert "revoked" in run("keys", "list", *data)
    assert "as they were put there" in run("audit", "check", *data)
    run("audit", "export", str(tmp_path / "log.jsonl"), *data)
    assert (tmp_path / "log.jsonl").read_text(encoding="utf-8").count("\n") >= 2
    run("backup", str(tmp_path / "night.backup"), *data)
    run("restore", str(tmp_path / "night.backup"), "--data", str(tmp_path / "again"))
    assert "revoked" in run("keys", "list", "--data", str(tmp_path / "again"))


def test_what_is_asked_of_a_night_that_is_not_there_is_refused(tmp_path: Path) -> None:
    ran = RUNNER.invoke(app, ["audit", "check", "--data", str(tmp_path / "nothing")])
    assert ran.exit_code == 1
    assert "there is no night at" in ran.output
