"""The house: the lock, what importing costs, and the sizes that keep the code readable."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ENGINE = sorted([*(ROOT / "forecast").rglob("*.py"), *(ROOT / "models").rglob("*.py")])
MODULES = [*ENGINE, *sorted((ROOT / "commands").rglob("*.py")), ROOT / "cli.py"]
HEAVY: tuple[str, ...] = ("arviz", "matplotlib", "nutpie", "pandas", "pymc", "pytensor", "scipy.stats")
HEAVY += ("alembic", "fastapi", "httpx2", "jinja2", "pydantic_settings", "sqlalchemy", "uvicorn")
VAGUE = {"base", "common", "handler", "handlers", "helper", "helpers", "manager", "managers", "util", "utils"}

# Runs the command line as the console script does, then says on standard error which modules it loaded.
COMMAND = """
import sys
from cli import app
try:
    app(sys.argv[1:])
except SystemExit as stop:
    code = stop.code
sys.stderr.write("LOADED " + " ".join(sorted(sys.modules)))
sys.exit(code)
"""


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def functions_of(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def body_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of the body, its docstring left out."""
    body = function.body[1:] if ast.get_docstring(function) is not None else function.body
    return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0


def locked() -> dict[str, str]:
    """Each entry of the lock: what is required, and the rest of its lines."""
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    entries = re.split(r"^(?=\S)", text, flags=re.MULTILINE)
    return {entry.split(maxsplit=1)[0]: entry for entry in entries if entry and not entry.startswith("#")}


def test_the_lock_holds_no_address() -> None:
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert not re.findall(r"://|--(?:extra-)?index-url|--find-links|--trusted-host|^-[if]\b", text, re.MULTILINE)


def test_every_entry_of_the_lock_is_one_version_with_hashes() -> None:
    entries = locked()
    assert len(entries) > 50
    assert [name for name in entries if not re.fullmatch(r"[a-z0-9-]+==\S+", name)] == []
    assert [name for name, entry in entries.items() if not re.search(r"--hash=sha256:[0-9a-f]{64}\b", entry)] == []


@pytest.mark.parametrize("arguments", [["--help"], ["run", "--contest", "west-midlands"]], ids=" ".join)
def test_the_command_line_loads_no_sampler_no_tables_and_no_server(arguments: list[str]) -> None:
    command = [sys.executable, "-c", COMMAND, *arguments]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    said, _, loaded = ran.stderr.rpartition("LOADED ")
    assert ran.returncode == 0, said
    assert "typer" in loaded.split()
    assert set(HEAVY) & set(loaded.split()) == set()


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_no_module_is_longer_than_300_lines(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 300


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_no_function_body_is_longer_than_40_lines(path: Path) -> None:
    assert {function.name: body_lines(function) for function in functions_of(path) if body_lines(function) > 40} == {}


@pytest.mark.parametrize("path", ENGINE, ids=name_of)
def test_only_the_command_line_prints(path: Path) -> None:
    tree = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    assert [node.lineno for node in tree if isinstance(node, ast.Name) and node.id == "print"] == []


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_every_module_is_named_for_what_it_holds(path: Path) -> None:
    assert not VAGUE & set(path.relative_to(ROOT).with_suffix("").parts)


@pytest.mark.parametrize("path", [p for p in MODULES if p.stat().st_size], ids=name_of)
def test_every_module_says_in_its_first_line_what_it_holds(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
