"""What is documented: every command, option, key and column, and every command line shown parses."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest
from command_line import COMMANDS, GROUP, ROOT, answer

from forecast.flat_rows import COLUMNS

PAGES = [*sorted((ROOT / "docs").glob("*.md")), *sorted(ROOT.glob("*.md"))]


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


def anchor_of(heading: str) -> str:
    """What a heading is linked to by: its words, small, without marks."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_to_a_file_and_a_heading_that_are_there(page: Path) -> None:
    for link in re.findall(r"\]\(((?!http)[^)]+)\)", page.read_text(encoding="utf-8")):
        name, _, anchor = link.partition("#")
        target = page.parent / name if name else page
        assert target.exists(), link
        headings = re.findall(r"^#+ (.*)$", target.read_text(encoding="utf-8"), re.MULTILINE) if anchor else []
        assert not anchor or anchor in map(anchor_of, headings), link


@pytest.mark.parametrize("page", ["README.md", "docs/commands.md", "docs/contest.md", "docs/night.md", "docs/scale.md"])
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
