"""What is documented: every command, option, key and column, and every command line shown parses."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest
from command_line import COMMANDS, GROUP, ROOT, answer

from forecast.flat_rows import COLUMNS


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_and_option_has_help_and_is_documented(name: str) -> None:
    documented = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
    command = COMMANDS[name]
    assert command.help
    assert f"forecast {name}" in documented
    for parameter in command.params:
        if parameter.opts[0].startswith("--") and parameter.opts[0] != "--help":
            assert parameter.help, parameter.opts
            assert parameter.opts[0] in documented, parameter.opts
    assert answer(*name.split(), "--help").startswith(f"Usage: forecast {name}")


def command_lines(path: Path) -> list[str]:
    """Lines of a page's blocks of code that run a command, without what they are said to do."""
    found, fenced = [], False
    for line in path.read_text(encoding="utf-8").splitlines():
        fenced ^= line.startswith("```")
        told = line.strip().removeprefix("$ ")
        if (fenced or line.startswith("    ")) and re.match("forecast [a-z]", told):
            found.append(re.split(r" {3,}| #", told)[0])
    return found


@pytest.mark.parametrize("page", ["README.md", "docs/commands.md", "docs/contest.md"])
def test_every_command_line_in_the_documentation_parses(page: str) -> None:
    for line in command_lines(ROOT / page):
        _, name, *arguments = shlex.split(line)
        command = GROUP.commands[name]
        if arguments and arguments[0] in getattr(command, "commands", {}):
            command, arguments = command.commands[arguments[0]], arguments[1:]
        command.make_context(name, arguments)


def test_every_key_of_the_document_is_documented() -> None:
    documented = set(re.findall(r"`([a-z_0-9.]+)`", (ROOT / "docs" / "json.md").read_text(encoding="utf-8")))
    schema = json.loads(answer("schema"))
    keys = {key for part in (schema, *schema["$defs"].values()) for key in part["properties"]}
    assert keys - documented == set()


def test_every_column_of_the_flat_rows_is_documented() -> None:
    documented = set(re.findall(r"`([a-z_0-9]+)`", (ROOT / "docs" / "json.md").read_text(encoding="utf-8")))
    assert set(COLUMNS) - documented == set()
