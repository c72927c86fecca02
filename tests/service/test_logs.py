"""The log: what it must never hold."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Literal

import pytest
import structlog

from forecast.service.logs import configure_logs


@pytest.mark.parametrize("kind", ["console", "json"])
def test_a_failure_is_logged_without_what_was_in_its_variables(
    kind: Literal["console", "json"], capsys: pytest.CaptureFixture[str]
) -> None:
    configure_logs(kind)
    secret = "-".join(("fk", "never", "to", "be", "seen"))
    try:
        try:
            _ = len(secret) / 0
        except ZeroDivisionError:
            structlog.get_logger().exception("it failed")
    finally:
        structlog.reset_defaults()
    said = capsys.readouterr().err
    assert "ZeroDivisionError" in said
    assert "it failed" in said
    assert secret not in said


@pytest.mark.parametrize("kind", ["console", "json"])
def test_a_log_that_cannot_be_written_stops_nobody(
    kind: Literal["console", "json"], monkeypatch: pytest.MonkeyPatch
) -> None:
    with Path("/dev/full").open("w", encoding="utf-8", buffering=1) as full:
        monkeypatch.setattr("sys.stderr", full)
        with pytest.raises(OSError, match="No space left"):
            print("as it would", file=full, flush=True)
        configure_logs(kind)
        try:
            log = structlog.get_logger()
            for said in (log.info, log.warning, log.exception):
                said("x" * 10_000)
        finally:
            structlog.reset_defaults()
            with contextlib.suppress(OSError):
                full.close()
