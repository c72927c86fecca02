"""The command line: one thin function a command."""

from __future__ import annotations

import importlib.metadata
from typing import Annotated

import typer

__all__ = ["app"]

app = typer.Typer(name="forecast", no_args_is_help=True, add_completion=False, rich_markup_mode=None)


def show_version(wanted: bool) -> None:
    """Print the version and stop, where it was asked for."""
    if wanted:
        typer.echo(f"count-night {importlib.metadata.version('count-night')}")
        raise typer.Exit


@app.callback()
def forecast(
    version: Annotated[bool, typer.Option("--version", callback=show_version, is_eager=True, help="Show it.")] = False,
) -> None:
    """Forecasts contests while they are being counted. It never calls a winner; people do."""


if __name__ == "__main__":
    app()
