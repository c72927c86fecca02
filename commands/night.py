"""The commands about one moment or one night of a contest: run, replay, needs, what-if, plot."""

# What loads NumPy is imported inside the commands, so that `forecast --help` answers at once.
# ruff: noqa: PLC0415

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from commands.options import (
    BOTH_DRAWS,
    CONTEST,
    DRAWS,
    MOMENTS,
    SEED,
    AtOption,
    BaselineOption,
    ContestOption,
    DrawsOption,
    EngineOption,
    EnginesOption,
    FormatOption,
    Method,
    MethodOption,
    MomentsOption,
    NewsOption,
    OutOption,
    SeedOption,
    ThroughOption,
)

if TYPE_CHECKING:
    from forecast.night import Night, Update
    from forecast.opening import Through
    from forecast.scene import Scene
    from models.engines import EngineName

__all__ = ["add_commands", "needs", "plot", "replay", "run", "what_if"]


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
    moments: MomentsOption = MOMENTS,
) -> None:
    """The forecast at one moment of a count."""
    from forecast.answers import answer_run

    scene = open_moment(contest, baseline, news, through, at)
    engines: list[EngineName] = ["conditional-fine", "hierarchical"] if engine == "both" else [engine]
    enough = max(draws, BOTH_DRAWS) if engine == "both" else draws
    if "hierarchical" in engines:
        typer.echo("The reference engine compiles and samples: a minute or two.", err=True)
    nights = [make_night(scene, each, enough, seed, method) for each in engines]
    typer.echo(answer_run(scene, nights, format, out, moments, follow), nl=False)


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
    moments: MomentsOption = MOMENTS,
) -> None:
    """How the probability went over a night, to its end unless told otherwise, and what moved it."""
    from forecast.answers import answer_replay

    scene = open_moment(contest, baseline, news, through, at, past=False)
    night = make_night(scene, engine, draws, seed, method)
    typer.echo(answer_replay(scene, night, format, steps, moments, follow), nl=False)


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
    moments: MomentsOption = MOMENTS,
) -> None:
    """Pictures of the forecast, each as SVG and PNG."""
    from forecast.answers import answer_plot

    scene = open_moment(contest, baseline, news, through, at)
    night = make_night(scene, engine, draws, seed, method)
    typer.echo(answer_plot(scene, night, out, moments, follow), nl=False)


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


def add_commands(app: typer.Typer) -> None:
    """Add these commands to the command line."""
    for command in (run, replay, needs, what_if, plot):
        app.command()(command)
