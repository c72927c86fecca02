"""`forecast evaluate`: past nights scored, model beside model."""

# What loads NumPy is imported inside the command, so that `forecast --help` answers at once.
# ruff: noqa: PLC0415

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from forecast.evaluation.nights import PastNight
    from forecast.evaluation.plan import Plan
    from forecast.evaluation.run import Batches, Evaluation

__all__ = ["evaluate"]

ContestsOption = Annotated[
    list[str] | None,
    typer.Option("--contest", metavar="NAME|PATH", help="Score this night, your own too; all shipped if none."),
]
ModelsOption = Annotated[
    list[str] | None, typer.Option("--model", metavar="NAME", help="Score this model; all if none.")
]
OrdersOption = Annotated[int, typer.Option("--orders", min=1, max=1000, help="Orders of each night, its own included.")]
QuickOption = Annotated[bool, typer.Option("--quick", help="A few nights and orders: does it work, not how well.")]
DrawsOption = Annotated[int, typer.Option("--draws", min=100, max=100_000, help="Draws in all orders but the first.")]
SeedOption = Annotated[int, typer.Option("--seed", min=0, help="Seed of every forecast.")]
PROCESSORS = os.cpu_count() or 1
JobsOption = Annotated[int, typer.Option("--jobs", min=1, help="Processes; as many as processors if not given.")]
SchedulerOption = Annotated[str, typer.Option("--scheduler", metavar="ADDRESS", help="Run on this Dask cluster.")]
ElexOption = Annotated[str, typer.Option("--elex", metavar="PYTHON", help="Also elex-model, which this Python has.")]
StoreOption = Annotated[Path, typer.Option("--out", metavar="DIR", help="Keeps results: only what changed is rerun.")]
FaultsOption = Annotated[
    bool, typer.Option("--faults", help="Put faults into real nights, and count what is caught, instead of scoring.")
]
CallsOption = Annotated[bool, typer.Option("--calls", help="Count wrong calls on past nights, instead of scoring.")]
AblationsOption = Annotated[
    bool, typer.Option("--ablations", help="Score the night's engine without each of its parts in turn, instead.")
]
PageOption = Annotated[Path | None, typer.Option("--page", metavar="FILE", help="Where the scoreboard goes.")]


def evaluate(
    contest: ContestsOption = None,
    model: ModelsOption = None,
    orders: OrdersOption = 20,
    quick: QuickOption = False,
    draws: DrawsOption = 2_000,
    seed: SeedOption = 20240502,
    jobs: JobsOption = PROCESSORS,
    scheduler: SchedulerOption = "",
    elex: ElexOption = "",
    out: StoreOption = Path("out/evaluate"),
    page: PageOption = None,
    faults: FaultsOption = False,
    calls: CallsOption = False,
    ablations: AblationsOption = False,
) -> None:
    """Scores past nights, every model beside every other, in their own order and in others; writes a scoreboard."""
    from forecast.evaluation.page import Making
    from forecast.evaluation.plan import Plan, plan_tasks
    from forecast.evaluation.run import evaluate as run_evaluation
    from forecast.evaluation.run import write_scoreboard
    from forecast.evaluation.store import Store
    from models.contenders import CONTENDERS, PEER, contender_named

    if faults:
        try_faults(contest or (), quick, seed, jobs, page or out / "faults.md")
        raise typer.Exit
    if calls:
        try_calls(contest or (), quick, seed, jobs, page or out / "calls.md")
        raise typer.Exit
    if ablations:
        plan = Plan(1, draws, seed, quick)
        score_ablations(choose_nights(contest or (), quick), plan, jobs, out, page or out / "ablations.md")
        raise typer.Exit
    models = [*(model or CONTENDERS), *([PEER] if elex else [])]
    if elex:
        os.environ["FORECAST_ELEX"] = elex
    plan = Plan(orders, min(draws, 500) if quick else draws, seed, quick)
    tasks = list(plan_tasks(choose_nights(contest or (), quick), models, contender_named, plan))
    done = run_evaluation(tasks, Store(out), jobs=jobs, scheduler=scheduler, follow=follow_tasks)
    day = datetime.now(UTC).strftime("%-d %B %Y")
    making = Making(say_command(sys.argv[1:], elex), day, plan.describe(), done.failures)
    written = write_scoreboard(done, out, page or out / "scoreboard.md", making)
    typer.echo(say_done(done))
    typer.echo(f"Scores: {written['scores']}. Scoreboard: {written['page']}.")
    for failure in done.failures:
        typer.echo(f"forecast: {failure}", err=True)


def score_ablations(nights: Sequence[PastNight], plan: Plan, jobs: int, out: Path, page: Path) -> None:
    """What each part of the night's engine is worth, between the page's marks, or on a page of its own."""
    from forecast.evaluation.ablation_page import ABLATED, plan_ablations, write_ablations
    from forecast.evaluation.markdown import fill_section
    from forecast.evaluation.run import evaluate as run_evaluation
    from forecast.evaluation.store import Store
    from models.ablations import ABLATIONS, ablation_named, bears_on

    scored = [night for night in nights if night.family in ABLATED]
    tasks = list(plan_ablations(scored, list(ABLATIONS), ablation_named, bears_on, plan))
    done = run_evaluation(tasks, Store(out), jobs=jobs, follow=follow_tasks)
    day = datetime.now(UTC).strftime("%-d %B %Y")
    section = write_ablations(done.table, list(ABLATIONS), say_command(sys.argv[1:], ""), day)
    page.parent.mkdir(parents=True, exist_ok=True)
    text = page.read_text(encoding="utf-8") if page.exists() else "<!-- ablations -->\n<!-- end of ablations -->\n"
    page.write_text(fill_section(text, "ablations", section), encoding="utf-8", newline="\n")
    typer.echo(f"{say_done(done)} Ablations: {page}.")
    for failure in done.failures:
        typer.echo(f"forecast: {failure}", err=True)


def say_command(arguments: Sequence[str], elex: str) -> str:
    """The command as anybody can give it: where elex-model lies on this machine is left to them."""
    said = ["PYTHON" if elex and each == elex else each for each in arguments]
    return shlex.join(["forecast", *("--elex=PYTHON" if each.startswith("--elex=") else each for each in said)])


def try_faults(names: Sequence[str], quick: bool, seed: int, jobs: int, page: Path) -> None:
    """Faults put into past nights, and their page."""
    from forecast.evaluation.fault_page import write_faults
    from forecast.evaluation.fault_run import run_faults, write_page
    from models.engines import engine_named

    spoilt = run_faults(choose_nights(names, quick), partial(engine_named, "auto"), seed, jobs)
    write_page(write_faults(spoilt, say_command(sys.argv[1:], ""), datetime.now(UTC).strftime("%-d %B %Y")), page)
    typer.echo(f"{len(spoilt):,} declarations tried. Page: {page}.")


def try_calls(names: Sequence[str], quick: bool, seed: int, jobs: int, page: Path) -> None:
    """Past nights asked at every checkpoint for a call, and their page."""
    from forecast.evaluation.call_trials import write_calls
    from forecast.evaluation.fault_run import run_calls, write_page
    from models.engines import engine_named

    called = run_calls(choose_nights(names, quick), partial(engine_named, "auto"), seed, jobs)
    write_page(write_calls(called, say_command(sys.argv[1:], ""), datetime.now(UTC).strftime("%-d %B %Y")), page)
    typer.echo(f"{len(called):,} moments asked for a call. Page: {page}.")


def choose_nights(names: Sequence[str], quick: bool) -> list[PastNight]:
    """The nights named, or the whole bank; the quick ones where that is asked."""
    from forecast.evaluation.nights import find_nights, shipped_nights
    from forecast.evaluation.plan import QUICK_NIGHTS

    if names:
        return find_nights(names)
    return [night for night in shipped_nights() if not quick or night.contest.id in QUICK_NIGHTS]


def say_done(done: Evaluation) -> str:
    """How much was run, and how much was there already."""
    failed = f", {len(done.failures)} failed" if done.failures else ""
    return f"{done.made} tasks run{failed}; {done.kept} had been done before and have not changed."


def follow_tasks(batches: Batches, total: int) -> Batches:
    """A progress bar on standard error, where a person looks at it."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    columns = (TextColumn("Scoring"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        bar = progress.add_task("", total=total)
        for results in batches:
            yield results
            progress.advance(bar, len(results))
