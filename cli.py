"""The command line: one thin function a command."""

# What loads NumPy is imported inside the commands, so that `forecast --help` answers at once.
# ruff: noqa: PLC0415

from __future__ import annotations

import importlib.metadata
import re
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from cli_commands import Commands
from cli_evaluate import evaluate, pseudo
from cli_export import export_app
from cli_learn import learn
from cli_serve import add_commands
from forecast.errors import ContestError

if TYPE_CHECKING:
    from forecast.night import Night, Update
    from forecast.opening import Through
    from forecast.scene import Scene
    from models.engines import EngineName

__all__ = ["app"]


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


CONTEST, DRAWS, BOTH_DRAWS, SEED = "west-midlands", 10_000, 40_000, 20240502
ContestOption = Annotated[str, typer.Option("--contest", metavar="NAME|PATH", help="By id, election id or directory.")]
ThroughOption = Annotated[
    Any, typer.Option("--through", parser=read_through, metavar="N|all", help="After N areas have declared, or all.")
]
AtOption = Annotated[
    Any, typer.Option("--at", parser=read_time, metavar="TIME", help="At a time such as 2024-05-04T18:00+01:00.")
]
Engine = Literal["auto", "conditional", "regression", "past-votes", "hierarchical", "uniform-swing"]
Engines = Literal["auto", "conditional", "regression", "past-votes", "hierarchical", "uniform-swing", "both"]
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

STYLE: dict[str, Any] = {"add_completion": False, "rich_markup_mode": None, "pretty_exceptions_enable": False}
app = typer.Typer(name="forecast", cls=Commands, no_args_is_help=True, **STYLE)
contests_app = typer.Typer(rich_markup_mode=None)
app.add_typer(contests_app, name="contests")


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


@app.command()
def run(
    contest: ContestOption = CONTEST,
    through: ThroughOption = None,
    at: AtOption = None,
    engine: EnginesOption = "auto",
    draws: DrawsOption = DRAWS,
    seed: SeedOption = SEED,
    baseline: BaselineOption = None,
    method: MethodOption = "butler",
    news: NewsOption = None,
    format: FormatOption = "table",  # noqa: A002 - the option's own name
    out: OutOption = None,
) -> None:
    """The forecast at one moment of a count."""
    from forecast.answers import answer_run

    scene = open_moment(contest, baseline, news, through, at)
    engines: list[EngineName] = ["conditional-fine", "hierarchical"] if engine == "both" else [engine]
    enough = max(draws, BOTH_DRAWS) if engine == "both" else draws
    if "hierarchical" in engines:
        typer.echo("The reference engine compiles and samples: a minute or two.", err=True)
    nights = [make_night(scene, each, enough, seed, method) for each in engines]
    typer.echo(answer_run(scene, nights, format, out, follow), nl=False)


@app.command()
def replay(
    contest: ContestOption = CONTEST,
    through: ThroughOption = None,
    at: AtOption = None,
    engine: EngineOption = "auto",
    draws: DrawsOption = DRAWS,
    seed: SeedOption = SEED,
    baseline: BaselineOption = None,
    method: MethodOption = "butler",
    news: NewsOption = None,
    format: FormatOption = "table",  # noqa: A002 - the option's own name
    steps: Annotated[
        Literal["declaration", "item"], typer.Option("--steps", help="Stop at each declaration, or item of news.")
    ] = "declaration",
) -> None:
    """How the probability went over a night, to its end unless told otherwise, and what moved it."""
    from forecast.answers import answer_replay

    scene = open_moment(contest, baseline, news, through, at, past=False)
    night = make_night(scene, engine, draws, seed, method)
    typer.echo(answer_replay(scene, night, format, steps, follow), nl=False)


@app.command()
def needs(
    contest: ContestOption = CONTEST,
    through: ThroughOption = None,
    at: AtOption = None,
    baseline: BaselineOption = None,
    method: MethodOption = "butler",
    news: NewsOption = None,
    format: FormatOption = "table",  # noqa: A002 - the option's own name
    leader: Annotated[str | None, typer.Option(metavar="CANDIDATE", help="The one to overtake.")] = None,
    challenger: Annotated[str | None, typer.Option(metavar="CANDIDATE", help="The one who chases.")] = None,
    valid: Annotated[int | None, typer.Option(min=0, help="Valid votes outstanding, as you suppose.")] = None,
) -> None:
    """What the candidate behind still needs: the desk's arithmetic, without a model."""
    from forecast.answers import answer_needs

    scene = open_moment(contest, baseline, news, through, at)
    answer = answer_needs(scene, format, leader=leader, challenger=challenger, method=method, valid=valid)
    typer.echo(answer, nl=False)


@app.command("what-if")
def what_if(
    settings: Annotated[list[str], typer.Option("--set", metavar="AREA.WHAT=N", help="sandwell.lead=15; repeatable.")],
    contest: ContestOption = CONTEST,
    through: ThroughOption = None,
    at: AtOption = None,
    engine: EngineOption = "auto",
    draws: DrawsOption = DRAWS,
    seed: SeedOption = SEED,
    baseline: BaselineOption = None,
    method: MethodOption = "butler",
    news: NewsOption = None,
    format: FormatOption = "table",  # noqa: A002 - the option's own name
) -> None:
    """What would be forecast if some figures came true: an area's lead in points, its turnout or a share 0-1."""
    from forecast.answers import answer_what_if

    scene = open_moment(contest, baseline, news, through, at)
    night = make_night(scene, engine, draws, seed, method)
    typer.echo(answer_what_if(scene, night, format, settings), nl=False)


@app.command()
def plot(
    out: Annotated[Path, typer.Option(metavar="DIR", help="Where the pictures go; made if it is not there.")],
    contest: ContestOption = CONTEST,
    through: ThroughOption = None,
    at: AtOption = None,
    engine: EngineOption = "auto",
    draws: DrawsOption = DRAWS,
    seed: SeedOption = SEED,
    baseline: BaselineOption = None,
    method: MethodOption = "butler",
    news: NewsOption = None,
) -> None:
    """Pictures of the forecast, each as SVG and PNG."""
    from forecast.answers import answer_plot

    scene = open_moment(contest, baseline, news, through, at)
    typer.echo(answer_plot(scene, make_night(scene, engine, draws, seed, method), out, follow), nl=False)


@app.command()
def check(path: Annotated[Path, typer.Argument(metavar="PATH", help="A contest's directory.")]) -> None:
    """Every defect of a contest at once, and totals to compare with the official notice."""
    from forecast.answers import answer_check
    from forecast.check import check_contest

    report = check_contest(path)
    typer.echo(answer_check(report), nl=False)
    if report.defects:
        raise ContestError(report.defects)


@app.command()
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
    from forecast.catalogue import write_skeleton

    folder = write_skeleton(out or Path(name), name)
    typer.echo(f"{folder}: change it, then run forecast check {folder} and forecast run --contest {folder}")


contests_app.command()(pseudo)


def open_moment(
    contest: str,
    baseline: str | None,
    news: Path | None,
    through: Through | None,
    at: datetime | None,
    past: bool = True,
) -> Scene:
    """The contest and its news at the moment asked for."""
    from forecast.scene import open_scene

    if through is not None and at is not None:
        raise typer.BadParameter("--through and --at are two ways to name one moment: give one.")
    return open_scene(contest, baseline=baseline, news=news, through=through, at=at, past=past)


def make_night(scene: Scene, engine: EngineName, draws: int, seed: int, method: Method) -> Night:
    """The night with its model."""
    from forecast.night import Night
    from models.engines import engine_named

    return Night(scene.contest, engine_named(engine, scene.contest), draws, seed, method)


def follow(updates: Iterable[Update], total: int) -> Iterable[Update]:
    """A progress bar on standard error, where a person looks at it."""
    from rich.console import Console
    from rich.progress import track

    console = Console(stderr=True)
    return track(updates, "Replaying", total, console=console, transient=True, disable=not console.is_terminal)


app.command()(evaluate)
app.command()(learn)
app.add_typer(export_app, name="export")
add_commands(app)

if __name__ == "__main__":
    app()
