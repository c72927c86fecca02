"""The log: what it must never hold."""

from __future__ import annotations

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
