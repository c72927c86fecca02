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


COMMAND = """
import cli, threadpoolctl
cli.app(["contests"], standalone_mode=False)
import numpy
print([each["num_threads"] for each in threadpoolctl.threadpool_info()])
"""


@pytest.mark.parametrize("asked", [{}, {"OPENBLAS_NUM_THREADS": "2"}])
def test_a_command_keeps_linear_algebra_to_one_thread_unless_told_otherwise(asked: dict[str, str]) -> None:
    settings = {name: value for name, value in os.environ.items() if name not in ONE_THREAD} | asked
    ran = subprocess.run([sys.executable, "-c", COMMAND], capture_output=True, text=True, check=True, env=settings)
    threads = 2 if asked and (os.cpu_count() or 1) > 1 else 1
    assert ran.stdout.splitlines()[-1] == f"[{threads}]"
