"""The command line: the commands of `commands/`, one thin function each, put together."""

from __future__ import annotations

import importlib.metadata
from typing import Annotated

import typer

from commands import live, night
from commands.contests import check, contests_app, schema
from commands.evaluate import evaluate
from commands.export import export_app
from commands.group import STYLE, Commands
from commands.learn import learn

__all__ = ["app"]

app = typer.Typer(name="forecast", cls=Commands, no_args_is_help=True, **STYLE)


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


night.add_commands(app)
for command in (check, schema, evaluate, learn):
    app.command()(command)
app.add_typer(contests_app, name="contests")
app.add_typer(export_app, name="export")
live.add_commands(app)

if __name__ == "__main__":
    app()
