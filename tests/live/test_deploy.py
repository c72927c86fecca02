"""The systemd unit and the container file: what can be checked of them without installing or building anything."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from forecast_serve import PROGRAM, run

DEPLOY = Path(__file__).parents[2] / "deploy"
UNIT = (DEPLOY / "forecast.service").read_text(encoding="utf-8")
CONTAINERFILE = (DEPLOY / "Containerfile").read_text(encoding="utf-8")


def test_what_they_start_is_a_command_of_ours_with_its_options() -> None:
    started = re.search(r"^ExecStart=\S+/forecast (.*)$", UNIT, re.MULTILINE)
    assert started is not None
    contained = json.loads(CONTAINERFILE.rpartition("\nCMD ")[2])
    known = run("serve", "--help").stdout
    for command in (started[1].split(), contained):
        assert command[0] == "serve"
        assert all(word in known for word in command if word.startswith("--"))


def test_what_the_container_file_copies_is_there() -> None:
    copied = re.findall(r"^COPY (?!--from)(\S+) ", CONTAINERFILE, re.MULTILINE)
    assert copied == ["requirements.lock", "dist/*.whl"]  # the second is made by `make wheel`
    assert (DEPLOY.parent / copied[0]).exists()


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd here")
def test_systemd_finds_nothing_wrong_with_the_unit_and_little_exposed(tmp_path: Path) -> None:
    unit = tmp_path / "forecast.service"
    unit.write_text(UNIT.replace("/opt/forecast/bin/forecast", PROGRAM), encoding="utf-8")
    looked = subprocess.run(["systemd-analyze", "verify", unit], capture_output=True, text=True, check=False)
    assert (looked.returncode, "forecast.service" in looked.stderr) == (0, False), looked.stderr
    command = ["systemd-analyze", "security", "--offline=true", "--threshold=20", str(unit)]  # of 100
    secure = subprocess.run(command, capture_output=True, text=True, check=False)
    assert secure.returncode == 0, secure.stdout[-500:]
