"""Fill README's blocks with what the commands above them print, and write the page of the API: `make docs`."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from forecast.web.api.reference import write_reference
from forecast.web.app import describe_api

ROOT = Path(__file__).resolve().parent.parent
BLOCK = re.compile(r"(<!-- (forecast [^>]*?)(?: \| head -(\d+))? -->\n```\n)(.*?)(```)", re.DOTALL)


def printed(command: str, lines: str | None) -> str:
    """What a command prints on a terminal of 100 columns, or its first lines."""
    program = str(Path(sys.executable).with_name("forecast"))
    environment = os.environ | {"COLUMNS": "100", "NO_COLOR": "1"}
    done = subprocess.run(
        [program, *command.split()[1:]], check=True, capture_output=True, text=True, env=environment, cwd=ROOT
    )
    shown = done.stdout.splitlines()[: int(lines) if lines else None]
    return "\n".join(line.rstrip() for line in shown).rstrip() + "\n"


def fill(text: str) -> str:
    """The text with every block as its command prints it now."""
    return BLOCK.sub(lambda found: found[1] + printed(found[2], found[3]) + found[5], text)


if __name__ == "__main__":
    readme = ROOT / "README.md"
    readme.write_text(fill(readme.read_text(encoding="utf-8")), encoding="utf-8")
    (ROOT / "docs" / "api.md").write_text(write_reference(describe_api()), encoding="utf-8")
