"""The commands that write what others run: `forecast export`."""

# What loads NumPy is imported inside the commands, so that `forecast --help` answers at once.
# ruff: noqa: PLC0415

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from commands.group import STYLE, Commands
from commands.options import CONTEST, ContestOption

__all__ = ["export_app"]

export_app = typer.Typer(
    name="export", cls=Commands, no_args_is_help=True, help="Write a package for somebody else's renderer.", **STYLE
)
OutOption = Annotated[Path, typer.Option("--out", metavar="DIR", help="Where the package's files go.")]
AddressOption = Annotated[
    str, typer.Option("--address", metavar="URL", help="Of the forecast service, as the renderer reaches it.")
]
ServedOption = Annotated[
    str, typer.Option("--served", metavar="ID", help="Id under which it is served, where that is not its own.")
]


@export_app.callback()
def export() -> None:
    """Write a package for somebody else's renderer."""


@export_app.command()
def ograf(out: OutOption, address: AddressOption, contest: ContestOption = CONTEST, served: ServedOption = "") -> None:
    """Write an OGraf package: a lower third that follows a contest's forecast by itself."""
    from forecast.contests.catalogue import find_contest
    from forecast.outlets.ograf import write_package

    for path in write_package(out, find_contest(contest), address, served=served):
        typer.echo(path)
