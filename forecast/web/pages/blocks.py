"""A distribution as fifty blocks of equal probability, placed in per cent of the width so that it fits any screen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor

__all__ = ["Band", "Block", "Distribution", "Tick", "stack_blocks"]

BINS = 30  # about so many columns across
TALLEST, THICK = 148.0, 13.0  # pixels: of the tallest column, and of a block at most
HEAD = 6.0  # pixels above the tallest column
STEPS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 25, 50, 100)


@dataclass(frozen=True, slots=True)
class Block:
    """Two chances in a hundred: ``x`` and ``width`` in per cent of the picture, the rest in pixels."""

    x: float
    y: float
    width: float
    height: float
    above: bool


@dataclass(frozen=True, slots=True)
class Band:
    """A central interval, in per cent of the picture's width."""

    level: float
    x: float
    width: float


@dataclass(frozen=True, slots=True)
class Tick:
    """A number below the axis."""

    x: float
    label: str


@dataclass(frozen=True, slots=True)
class Distribution:
    """Where everything is drawn.

    Parameters
    ----------
    line
        Where the line stands that decides (level, or a majority), in per cent; ``None`` where it is out of sight.
    base
        Pixels from the top to the axis.
    """

    blocks: tuple[Block, ...]
    bands: tuple[Band, ...]
    ticks: tuple[Tick, ...]
    line: float | None
    base: float


def stack_blocks(
    values: Sequence[float], intervals: Sequence[tuple[float, float, float]], *, line: float = 0.0, whole: bool = False
) -> Distribution:
    """Fifty values of equal probability as columns of blocks, none of which stands on both sides of ``line``.

    Parameters
    ----------
    values
        Ordered: the quantiles at 1, 3, ... 99%.
    intervals
        (level, lower, upper) of each band, the widest first.
    line
        The value that decides.
    whole
        Whether the values are whole numbers, such as seats, rather than leads with a sign.
    """
    low, high = _reach([*values, *(end for _, *ends in intervals for end in ends)], line, whole)
    width = _bin_width(high - low, whole)
    low, high = line + width * floor((low - line) / width), line + width * ceil((high - line) / width)
    columns = [floor((value - line) / width + 1e-9) for value in values]
    thick = min(THICK, TALLEST / max(Counter(columns).values()))
    base = HEAD + TALLEST

    def place(value: float) -> float:
        return round(100.0 * (value - low) / (high - low), 3)

    blocks = tuple(
        Block(
            x=place(line + width * column),
            y=round(base - thick * (columns[:i].count(column) + 1), 2),
            width=round(100.0 * width / (high - low), 3),
            height=round(thick, 2),
            above=column >= 0,
        )
        for i, column in enumerate(columns)
    )
    bands = tuple(Band(level, place(lower), place(upper) - place(lower)) for level, lower, upper in intervals)
    inside = low <= line <= high
    return Distribution(blocks, bands, _ticks(low, high, whole), place(line) if inside else None, base)


def _reach(values: Sequence[float], line: float, whole: bool) -> tuple[float, float]:
    """The least and the greatest value drawn: a lead's line is always in sight, a majority's where it is near."""
    low, high = min(values), max(values)
    spare = max(0.04 * (high - low), 2.0 if whole else 0.3)
    if not whole or low - (high - low) <= line <= high + (high - low):
        low, high = min(low, line), max(high, line)
    return low - spare, high + spare


def _bin_width(span: float, whole: bool) -> float:
    return max(1.0, float(ceil(span / BINS))) if whole else span / BINS


def _ticks(low: float, high: float, whole: bool) -> tuple[Tick, ...]:
    step = next((step for step in STEPS if (high - low) / step <= 6 and (not whole or step >= 1)), (high - low) / 4)
    marks = [step * count for count in range(ceil(low / step), floor(high / step) + 1)]
    shown = [mark for mark in marks if 4.0 <= 100.0 * (mark - low) / (high - low) <= 96.0]
    return tuple(Tick(round(100.0 * (mark - low) / (high - low), 3), _label(mark, step, whole)) for mark in shown)


def _label(mark: float, step: float, whole: bool) -> str:
    if whole:
        return f"{mark:,.0f}"
    return f"{abs(mark):,.{0 if step >= 1 else 1}f}"
