"""`forecast learn`: the priors that past contests teach, as of a day."""

# What loads NumPy is imported inside the command, so that `forecast --help` answers at once.
# ruff: noqa: PLC0415

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

__all__ = ["learn"]


def read_day(text: str) -> date:
    """A day as 2024-05-02."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise typer.BadParameter(f'"{text}" is not a day such as 2024-05-02.') from error


DaysOption = Annotated[
    Any,
    typer.Option("--as-of", parser=read_day, metavar="DAY", help="From contests polled before it; every one if none."),
]
FolderOption = Annotated[Path, typer.Option("--out", metavar="DIR", help="Where the files go.")]
CheckOption = Annotated[
    bool,
    typer.Option("--check", help="Instead: contests made up from what DIR holds, beside those it was learned from."),
]


def learn(as_of: DaysOption = None, out: FolderOption = Path("out/priors"), check: CheckOption = False) -> None:
    """Learns priors from past contests: draws as NetCDF, and the figures that the engines read."""
    from models.learning.learn import SEED, days_of_learning, learn_each

    if check:
        from models.learning.evidence import contests_before
        from models.learning.predictive import check_predictive, read_draws, write_checks

        day = as_of or days_of_learning()[-1]
        typer.echo(write_checks(check_predictive(contests_before(day), read_draws(out / f"{day}.nc"), SEED)))
        raise typer.Exit
    days = [as_of] if as_of else days_of_learning()
    typer.echo(f"Contests polled before {' and '.join(map(str, days))}: a minute or two each.", err=True)
    for paths in learn_each(days, out):
        for path in paths:
            typer.echo(path)
