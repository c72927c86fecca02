"""What tests of the command line share: a command run, its answer, and its words on one line."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import typer
from typer.testing import CliRunner, Result

import cli

ROOT = Path(__file__).resolve().parent.parent
PROGRAM = str(Path(sys.executable).with_name("forecast"))
FEW = ["--draws", "300"]
GROUP: Any = typer.main.get_command(cli.app)
COMMANDS: dict[str, Any] = {
    **GROUP.commands,
    **{f"contests {name}": each for name, each in GROUP.commands["contests"].commands.items()},
    **{f"export {name}": each for name, each in GROUP.commands["export"].commands.items()},
}


def forecast(*arguments: str, columns: int = 100) -> Result:
    return CliRunner(env={"COLUMNS": str(columns)}).invoke(cli.app, list(arguments))


def answer(*arguments: str, columns: int = 100) -> str:
    ran = forecast(*arguments, columns=columns)
    assert ran.exit_code == 0, ran.output
    return ran.stdout


def flat(text: str) -> str:
    """The text on one line, so that it does not matter where lines break."""
    return " ".join(text.split())
