"""Text for a terminal: tables, paragraphs and sections of a given width, without colour."""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Iterable, Sequence
from io import StringIO
from typing import Literal

__all__ = ["WIDTH", "bullets", "paragraph", "screen_width", "sections", "table"]

WIDTH = 100  # no line is longer, however wide the terminal
NARROWEST = 60


def screen_width() -> int:
    """Columns to write in: the terminal's, within reason, or 100 where there is none."""
    return max(NARROWEST, min(WIDTH, shutil.get_terminal_size((WIDTH, 24)).columns))


def table(headings: Sequence[str], rows: Iterable[Sequence[str]], width: int, *, whole: int = 0) -> str:
    """A table whose columns are wrapped to fit; a heading that begins with ``>`` ranges its column right.

    Parameters
    ----------
    headings
        One for each column.
    rows
        Cells of each line, as many as headings.
    width
        Most characters of a line.
    whole
        So many columns, from the first, hold ids: they are never wrapped.
    """
    # rich takes a tenth of a second to load, and most of what this package does can be done without it
    from rich.box import SIMPLE_HEAD  # noqa: PLC0415
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    made = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0), header_style="")
    for i, heading in enumerate(headings):
        side: Literal["left", "right"] = "right" if heading.startswith(">") else "left"
        made.add_column(Text(heading.removeprefix(">")), justify=side, no_wrap=i < whole, overflow="fold")
    for row in rows:
        made.add_row(*(Text(cell) for cell in row))
    out = StringIO()
    Console(file=out, width=width, color_system=None, force_terminal=False, legacy_windows=False).print(made)
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines() if line.strip())


def paragraph(text: str, width: int, indent: str = "", first: str | None = None) -> str:
    """One paragraph, its lines after the first indented."""
    return textwrap.fill(
        text,
        width,
        initial_indent=indent if first is None else first,
        subsequent_indent=indent,
        break_on_hyphens=False,
        break_long_words=False,
    )


def bullets(lines: Iterable[str], width: int) -> str:
    """One paragraph a line, each with a dash before it."""
    return "\n".join(paragraph(line, width, "  ", "- ") for line in lines)


def sections(parts: Iterable[tuple[str, str]]) -> str:
    """Titles and bodies, a blank line between; a part without a body is left out, one without a title has none."""
    written = (f"{title}\n{body}" if title else body for title, body in parts if body)
    return "\n\n".join(written) + "\n"
