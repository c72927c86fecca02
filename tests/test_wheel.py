"""The built wheel is what people install: it runs away from the checkout and carries the shipped contests."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tomllib
import zipfile
from dataclasses import dataclass
from email.parser import HeaderParser
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
RUN = ("run", "--contest", "west-midlands")

pytestmark = pytest.mark.slow


@dataclass(frozen=True, slots=True)
class Installation:
    """An environment that holds the wheel, and an empty folder to run it from."""

    wheel: Path
    environment: Path
    elsewhere: Path

    @property
    def site(self) -> Path:
        version = f"python{sys.version_info.major}.{sys.version_info.minor}"
        return self.environment / "lib" / version / "site-packages"

    def run(self, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        # Nobody's home, path or settings: only the wheel may supply the contest.
        settings = {"PATH": os.environ["PATH"], "HOME": str(self.elsewhere), "COLUMNS": "120"}
        command = [str(self.environment / "bin" / program), *arguments]
        return subprocess.run(command, cwd=self.elsewhere, env=settings, capture_output=True, text=True, check=False)


def build(target: Path) -> Path:
    subprocess.run([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(target)], cwd=ROOT, check=True)
    (wheel,) = target.glob("*.whl")
    return wheel


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """The wheel alone in a new environment; the dependencies it names are lent by the environment that runs the tests.

    A ``.pth`` file inside a folder lent by another is not read, so a checkout installed there stays out of sight.
    """
    folder = tmp_path_factory.mktemp("wheel")
    made = Installation(build(folder / "dist"), folder / "environment", folder / "elsewhere")
    made.elsewhere.mkdir()
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(made.environment)], check=True)
    python = str(made.environment / "bin" / "python")
    install = [sys.executable, "-m", "uv", "pip", "install", "--quiet", "--offline", "--no-deps", "--python", python]
    subprocess.run([*install, str(made.wheel)], check=True)
    (made.site / "lent.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    return made


def normalised(requirement: str) -> str:
    return re.sub(r"\s", "", requirement.partition(";")[0])


def test_the_wheel_names_every_dependency(installed: Installation) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    with zipfile.ZipFile(installed.wheel) as archive:
        (name,) = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
        metadata = HeaderParser().parsestr(archive.read(name).decode())
    required = [line for line in metadata.get_all("Requires-Dist", []) if "extra ==" not in line]
    assert sorted(map(normalised, required)) == sorted(map(normalised, project["dependencies"]))


def test_the_wheel_holds_the_packages_and_the_contests_and_nothing_else(installed: Installation) -> None:
    with zipfile.ZipFile(installed.wheel) as archive:
        names = archive.namelist()
    assert {name.split("/")[0] for name in names} == {
        "cli.py",
        "commands",
        "forecast",
        "models",
        next(name for name in names if ".dist-info/" in name).split("/")[0],
    }
    shipped = {
        f"forecast/{path.relative_to(ROOT)}"
        for path in (ROOT / "data").rglob("*")
        if path.is_file() and "_make" not in path.parts
    }
    assert shipped <= set(names)
    assert not [name for name in names if "_make" in name]
    assert "forecast/data/west-midlands/contest.toml" in names


def test_the_wheel_is_what_is_imported(installed: Installation) -> None:
    said = "; ".join(f"import {name}; print({name}.__file__)" for name in ("cli", "commands", "forecast", "models"))
    ran = installed.run("python", "-c", said)
    assert ran.returncode == 0, ran.stderr
    assert [Path(place).is_relative_to(installed.site) for place in ran.stdout.split()] == [True] * 4


def test_the_wheel_runs_the_shipped_contest_from_another_folder(installed: Installation) -> None:
    ran = installed.run("forecast", *RUN)
    assert ran.returncode == 0, ran.stderr
    assert "Traceback" not in ran.stderr
    assert "West Midlands" in ran.stdout


def test_the_contest_comes_from_inside_the_wheel(installed: Installation) -> None:
    folder = installed.site / "forecast" / "data" / "west-midlands"
    aside = installed.elsewhere.parent / "aside"
    shutil.move(folder, aside)
    try:
        ran = installed.run("forecast", *RUN)
    finally:
        shutil.move(aside, folder)
    assert ran.returncode == 1, ran.stdout
    assert ran.stderr.startswith("forecast: ")
    assert "west-midlands" in ran.stderr
