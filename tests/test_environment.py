"""What processes that we start are told, and that we are afterwards as we were."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from forecast.environment import ONE_THREAD, environment

SAID = f"import os; print([os.environ.get(name) for name in {list(ONE_THREAD)}])"


def test_processes_started_meanwhile_use_one_thread_and_the_environment_is_afterwards_as_it_was(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    known, unknown, *_ = ONE_THREAD
    monkeypatch.setenv(known, "7")
    monkeypatch.delenv(unknown, raising=False)
    with environment(ONE_THREAD):
        told = subprocess.run([sys.executable, "-c", SAID], capture_output=True, text=True, check=True).stdout
    assert told.strip() == str(["1"] * len(ONE_THREAD))
    assert os.environ[known] == "7"
    assert unknown not in os.environ
