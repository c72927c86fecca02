"""Figures and tables as a page of Markdown has them."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from forecast.errors import Defect, ForecastError
from forecast.evaluation.standings import Difference

__all__ = ["fill_section", "say_covered", "say_difference", "say_number", "say_table"]


def say_number(value: float, digits: int = 2) -> str:
    """A figure with a true minus; nothing where it is not known."""
    return "" if not np.isfinite(value) else f"{value + 0.0:.{digits}f}".replace("-", "−")


def say_difference(found: Difference | None, scale: float, digits: int = 2) -> str:
    """A difference with its sign, times a scale, and the interval where it has one."""
    if found is None:
        return ""
    middle = _signed(scale * found.difference, digits)
    if np.isnan(found.low):
        return middle
    return f"{middle} [{_signed(scale * found.low, digits)}, {_signed(scale * found.high, digits)}]"


def say_covered(shares: Sequence[float]) -> str:
    """Coverages 0-1 as whole per cents; a model that gives a point covers nothing."""
    if not np.isfinite(shares).any():
        return "a point"
    return " / ".join(say_number(100 * each, 0) or "–" for each in shares)


def say_table(head: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    """A table whose columns but the first are set to the right."""
    rule = ["---", *("--:" for _ in head[1:])]
    return "\n".join(f"| {' | '.join(line)} |" for line in (head, rule, *lines))


def fill_section(text: str, name: str, body: str) -> str:
    """A page with what is between two of its marks, ``<!-- name -->`` and ``<!-- end of name -->``, made anew.

    Raises
    ------
    ForecastError
        Where the page has no such marks.
    """
    start, end = f"<!-- {name} -->", f"<!-- end of {name} -->"
    between = re.compile(f"({re.escape(start)}\n).*?({re.escape(end)})", re.DOTALL)
    if not between.search(text):
        raise ForecastError(Defect("--page", f"the page has no {start} and {end} to fill between."))
    return between.sub(lambda found: f"{found[1]}\n{body}\n\n{found[2]}", text)


def _signed(value: float, digits: int) -> str:
    return f"{value + 0.0:+.{digits}f}".replace("-", "−")
