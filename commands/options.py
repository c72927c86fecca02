"""Options that mean the same to every command, and how their values are read."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

if TYPE_CHECKING:
    from forecast.opening import Through


def read_through(text: str) -> Through:
    """A number of areas, or ``all``."""
    if text == "all":
        return "all"
    if re.fullmatch(r"[0-9]{1,6}", text):
        return int(text)
    raise typer.BadParameter(f'"{text}" is neither a number of areas nor "all".')


def read_time(text: str) -> datetime:
    """A time with its offset from UTC."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        at = datetime.min  # noqa: DTZ901 - said below, as of a time without its offset
    if at.tzinfo is None:
        raise typer.BadParameter(f'"{text}" is not a time with its offset such as 2024-05-04T18:00+01:00.')
    return at


CONTEST, DRAWS, BOTH_DRAWS, SEED, MOMENTS = "west-midlands", 10_000, 40_000, 20240502, 60
ContestOption = Annotated[str, typer.Option("--contest", metavar="NAME|PATH", help="By id, election id or directory.")]
ThroughOption = Annotated[
    Any, typer.Option("--through", parser=read_through, metavar="N|all", help="After N areas have declared, or all.")
]
AtOption = Annotated[
    Any, typer.Option("--at", parser=read_time, metavar="TIME", help="At a time such as 2024-05-04T18:00+01:00.")
]
Engine = Literal["auto", "conditional", "log-odds", "regression", "past-votes", "hierarchical", "uniform-swing"]
Engines = Literal[Engine, "both"]
EngineOption = Annotated[Engine, typer.Option("--engine", help="Model that forecasts.")]
EnginesOption = Annotated[
    Engines, typer.Option("--engine", help="Model that forecasts; both holds the night's against the reference.")
]
DrawsOption = Annotated[int, typer.Option("--draws", min=100, max=1_000_000, help="Draws of the result.")]
SeedOption = Annotated[int, typer.Option("--seed", min=0, help="Seed of every draw of the night.")]
BaselineOption = Annotated[
    str | None, typer.Option("--baseline", metavar="ID", help="Compare with another of the contest's baselines.")
]
Method = Literal["butler", "steed"]
MethodOption = Annotated[Method, typer.Option("--method", help="Swings of all valid votes, or of the two's.")]
NewsOption = Annotated[
    Path | None, typer.Option("--news", metavar="FILE", help="News to read instead of the contest's own.")
]
FormatOption = Annotated[Literal["table", "json", "csv"], typer.Option("--format", help="How to print it.")]
OutOption = Annotated[
    Path | None, typer.Option("--out", metavar="DIR", help="Also write JSON, CSV and pictures into a directory.")
]
MomentsOption = Annotated[
    int, typer.Option("--moments", min=0, help="Moments of the night so far, at most, spaced evenly; 0 for all.")
]
