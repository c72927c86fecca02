"""The commands about contests themselves: which there are, a new one, made ones, a check, the document's schema."""

# What loads NumPy is imported inside the commands, so that `forecast --help` answers at once.
# ruff: noqa: PLC0415

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from forecast.errors import ContestError

__all__ = ["check", "contests_app", "schema"]

contests_app = typer.Typer(rich_markup_mode=None)
FromOption = Annotated[str, typer.Option("--from", metavar="NAME|PATH", help="A general election of 2010 to 2019.")]
PseudoOption = Annotated[Path, typer.Option("--out", metavar="DIR", help="Where; a folder for each contest.")]


def check(path: Annotated[Path, typer.Argument(metavar="PATH", help="A contest's directory.")]) -> None:
    """Every defect of a contest at once, and totals to compare with the official notice."""
    from forecast.answers import answer_check
    from forecast.check import check_contest

    report = check_contest(path)
    typer.echo(answer_check(report), nl=False)
    if report.defects:
        raise ContestError(report.defects)


def schema() -> None:
    """The JSON Schema of the published document."""
    from forecast.publish import schema_json

    typer.echo(schema_json(), nl=False)


@contests_app.callback(invoke_without_command=True)
def contests(context: typer.Context) -> None:
    """Lists the contests there are; `contests new` starts one."""
    from forecast.answers import answer_contests

    if context.invoked_subcommand is None:
        typer.echo(answer_contests(), nl=False)


NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="The new contest's id, such as my-town.")]
WhereOption = Annotated[Path | None, typer.Option(metavar="DIR", help="Where; by default a folder of that name.")]


@contests_app.command()
def new(name: NameArgument, out: WhereOption = None) -> None:
    """Writes a commented contest to change into your own."""
    from forecast.contests.catalogue import write_skeleton

    folder = write_skeleton(out or Path(name), name)
    typer.echo(f"{folder}: change it, then run forecast check {folder} and forecast run --contest {folder}")


@contests_app.command()
def pseudo(out: PseudoOption, election: FromOption = "general-election-2019") -> None:
    """Writes contests shaped like mayoralties, made of a general election's seats, with their nights."""
    from forecast.evaluation.nights import past_night
    from forecast.pseudo import pseudo_contests
    from forecast.pseudo_files import write_pseudo

    night = past_night(election)
    for made, news in pseudo_contests(night.contest, night.items):
        typer.echo(write_pseudo(made, news, night.contest.id, out / made.id))
