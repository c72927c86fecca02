"""Time and memory of one update, beside what others need for the same: `make bench` writes `docs/performance.md`.

An update here is conditioning and draws: the model, the simulation and the rule, warm, news at hand. Each case runs
in a process of its own, so that its peak of memory is its own.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from forecast.charts import write_chart
from forecast.contests.contest import Area, Baseline, Candidate, Contest, Opening
from forecast.declaration import Declaration, Kind
from forecast.environment import ONE_THREAD
from forecast.night import Night, reckon
from forecast.rules import AreaSeats, Plurality
from forecast.scene import open_scene
from forecast.simulation import decide
from forecast.tally import Tally, fold
from models.engines import engine_named
from models.twins import load_twins

ROOT = Path(__file__).resolve().parent.parent
PAGE, PICTURE = ROOT / "docs" / "performance.md", ROOT / "docs" / "pictures" / "cost.svg"
DRAWS, REPEATS, SEED = 10_000, 3, 1
NIGHT = "night"  # the case of a whole update
LEAST_SECONDS = 2.0  # of runs of which the quickest counts
PATIENCE = 60  # seconds for elex-model
SIZES = (50, 100, 200, 400, 800, 1600)


@dataclass(frozen=True, slots=True)
class Case:
    """What is measured, and what it may take: seconds and megabytes."""

    name: str
    words: str
    seconds: float
    megabytes: float | None = None


@dataclass(frozen=True, slots=True)
class Measured:
    """The quickest of several runs: its seconds, peak memory, draws made, and NumPy's seconds for as many normals."""

    seconds: float
    megabytes: float
    draws: int
    normals: float


CASES = (
    Case("seven", "7 areas, 4 candidates (West Midlands 2024, six declared)", 0.05),
    Case("seats", "650 seats × 8 parties, 100 declared", 1.0, 500),
    Case("ge2019", "the general election of 2019, 650 seats × 14, 100 declared", 1.0, 500),
    Case("units", "50,000 units in 50 contests, 2 parties, two fifths declared; the contests' totals", 10.0, 2000),
    Case("contests", "300 contests of 10 areas, 3 candidates, four declared", 5.0),
)


def made_contest(areas: int, candidates: int, seed: int, *, seats: bool = False) -> Contest:
    """A contest in four groups of areas, its baseline drawn from a seed."""
    rng = np.random.default_rng(seed)
    valid = np.rint(rng.lognormal(np.log(8_000 if candidates == 2 else 45_000), 0.3, areas))
    shares = rng.dirichlet(25.0 * 0.7 ** np.arange(candidates), areas)
    votes = np.floor(shares * valid[:, None])
    return Contest(
        id=f"made-{seed}",
        election_id=f"made.{seed}",
        title=f"Made {seed}",
        office="parliament" if seats else "mayor",
        polling_day=date(2024, 5, 2),
        timezone="Europe/London",
        areas=tuple(Area(f"a{i}", f"E{i:08}", f"Area {i}", int(2 * v), f"g{i % 4}") for i, v in enumerate(valid)),
        candidates=tuple(
            Candidate(f"c{c}", f"Candidate {c}", f"Party {c}", baseline=(f"c{c}",)) for c in range(candidates)
        ),
        rule=AreaSeats() if seats else Plurality(),
        baseline=Baseline(
            "before", "before", date(2020, 5, 2), "plurality", votes, np.zeros(areas), votes.sum(axis=1),
            ("official",) * areas,
        ),
        standing=np.ones((areas, candidates), bool),
        covariates={},
        polls=(),
        companions=(),
        alternatives=(),
        opening=Opening(through=0),
        directory=Path(),
        digest="",
    )  # fmt: skip


def made_result(contest: Contest, seed: int) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """(area, candidate) votes: the baseline's shares moved by a swing of the contest and one of each area."""
    rng = np.random.default_rng(seed)
    areas, candidates = contest.standing.shape
    move = rng.normal(0.0, 0.02, candidates) + rng.normal(0.0, 0.02, (areas, candidates))
    shares = np.maximum(contest.baseline.votes / contest.baseline.valid[:, None] + move, 0.003)
    valid = contest.baseline.valid * np.clip(rng.normal(1.03, 0.05, areas), 0.7, 1.4)
    result: np.ndarray[tuple[int, ...], np.dtype[np.float64]] = np.rint(
        shares / shares.sum(axis=1, keepdims=True) * valid[:, None]
    )
    return result


def made_tally(contest: Contest, declared: int, seed: int) -> Tally:
    """The tally after so many areas, in an order drawn from a seed, have declared."""
    votes = made_result(contest, seed)
    order = np.random.default_rng(seed).permutation(len(votes))[:declared]
    return fold(
        contest,
        (
            Declaration(
                area=contest.areas[a].id,
                kind=Kind.DECLARED,
                at=None,
                source="made",
                entered_by="bench",
                valid=int(votes[a].sum()),
                votes={each.id: int(votes[a, c]) for c, each in enumerate(contest.candidates)},
            )
            for a in order
        ),
    )


def tallies_of(name: str) -> list[Tally]:
    """The tallies of a case."""
    if name in {"seven", "ge2019"}:
        scene = open_scene("west-midlands" if name == "seven" else "general-election-2019")
        return [fold(scene.contest, scene.items)]
    if name == "seats":
        return [made_tally(made_contest(650, 8, SEED, seats=True), 100, SEED)]
    if name == "units":
        return [made_tally(made_contest(1_000, 2, seed), 400, seed) for seed in range(50)]
    if name == "contests":
        return [made_tally(made_contest(10, 3, seed), 4, seed) for seed in range(300)]
    return [made_tally(made_contest(int(name), 3, SEED), int(name) // 3, SEED)]


def update(tally: Tally, draws: int) -> int:
    """One update of one contest; the draws that were made."""
    reckoning = reckon(tally, engine_named("auto", tally.contest), draws=draws, seed=SEED)
    decide(tally.contest.rule, reckoning.simulation)
    return len(reckoning.simulation.totals)


def update_whole(tally: Tally, draws: int) -> int:
    """One update of one contest of which only the whole is asked for; the draws that were made."""
    from models.aggregate import aggregate

    simulation = aggregate(tally.contest, tally, draws=draws, seed=SEED)
    decide(tally.contest.rule, simulation)
    return len(simulation.totals)


def quickest(run: Callable[[], object], repeats: int = REPEATS) -> float:
    """Seconds of the quickest of several runs: of as many more as some seconds hold, where one is short."""
    times: list[float] = []
    while len(times) < repeats or (repeats > 1 and sum(times) < LEAST_SECONDS):
        began = time.perf_counter()
        run()
        times.append(time.perf_counter() - began)
    return min(times)


def measure(name: str) -> Measured:
    """A case, in this process: warmed up as by some hours of a night, then the quickest of several."""
    load_twins()
    tallies, draws = tallies_of(name), 1_000 if name.isdigit() else DRAWS
    run = update_whole if name == "units" else update
    made = [run(tallies[0], draws) for _ in range(2)][-1]
    if len(tallies) > 1:
        seconds = side_by_side(partial(run, draws=draws), tallies)
    else:
        seconds = quickest(lambda: [run(tally, draws) for tally in tallies])
    peak = peak_megabytes()
    cells = sum(
        int(tally.outstanding.sum()) * (len(tally.contest.candidates) + 1) + len(tally.contest.candidates) + 1
        for tally in tallies
    )
    return Measured(seconds, peak, made, quickest(lambda: draw_normals(cells * made)))


def side_by_side(run: Callable[[Tally], int], tallies: Sequence[Tally]) -> float:
    """Seconds of an update of each contest in as many processes as there are cores, already running."""
    with ProcessPoolExecutor(os.cpu_count(), initializer=load_twins) as pool:
        list(pool.map(run, tallies[: 4 * (os.cpu_count() or 1)]))
        return quickest(lambda: list(pool.map(run, tallies, chunksize=5)), 1)


def peak_megabytes() -> float:
    """Most memory of this process, and of as many as it ran beside itself."""
    scale = 1024**2 if sys.platform == "darwin" else 1024
    own, beside = (resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return (own + (os.cpu_count() or 1) * beside) / scale


def draw_normals(count: int) -> None:
    """Draw so many normals and do nothing with them, a million at a time."""
    rng = np.random.default_rng(0)
    for start in range(0, count, 1_000_000):
        rng.standard_normal(min(1_000_000, count - start))


def whole_night() -> tuple[float, float]:
    """Seconds of a whole update of 2019, document and explanation: with the reckoning before at hand, and without."""
    scene = open_scene("general-election-2019")
    night = Night(scene.contest, engine_named("auto", scene.contest), DRAWS, SEED)
    before = night.reckon_items(scene.items[:-1])
    return (
        quickest(lambda: night.update(scene.items, before=before)),
        quickest(lambda: night.update(scene.items)),
    )


def in_own_process(name: str) -> Measured:
    """A case in a process of its own."""
    return Measured(**ask_own_process(name))


def ask_own_process(name: str) -> Any:  # noqa: ANN401 - JSON, of a case or of the night
    """What a process of its own prints of a case."""
    command, settings = [sys.executable, __file__, "--case", name], os.environ | ONE_THREAD
    return json.loads(subprocess.run(command, capture_output=True, text=True, check=True, env=settings).stdout)


def elex_seconds(python: str, driver: Path, tallies: Sequence[Tally]) -> str:
    """What elex-model's bootstrap takes for the same units: seconds of the median update, or why there are none."""
    with tempfile.TemporaryDirectory() as folder:
        units, report = Path(folder) / "units.csv", Path(folder) / "report.json"
        with units.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["unit", "contest", "baseline_a", "baseline_b", "votes_a", "votes_b", "percent_reporting"])
            writer.writerows(unit_rows(tallies))
        command = [
            python,
            str(driver),
            "run",
            str(units),
            "--models",
            "bootstrap",
            "--repeat",
            "1",
            "--timeout",
            str(PATIENCE),
        ]
        subprocess.run([*command, "--json", str(report)], capture_output=True, check=True)
        found = json.loads(report.read_text(encoding="utf-8"))["models"]["bootstrap"]
    return f"{found['median_s']:.1f}" if found["status"] == "ok" else f"no answer ({found['error'][:60]})"


def unit_rows(tallies: Sequence[Tally]) -> Iterator[list[str | int]]:
    """The two largest candidates' votes in each area, as elex-model's driver reads them."""
    for position, tally in enumerate(tallies):
        pair = np.argsort(-np.nansum(tally.contest.baseline.votes, axis=0))[:2]
        before, now = np.nan_to_num(tally.contest.baseline.votes[:, pair]), np.nan_to_num(tally.votes[:, pair])
        for a in np.flatnonzero(before.sum(axis=1) > 0):
            reported = 100 if tally.declared[a] else 0
            figures = (*before[a].astype(int).tolist(), *now[a].astype(int).tolist())
            yield [f"{position:03}{a:05}", f"C{position:03}", *figures, reported]


def table(measured: dict[str, Measured], elex: dict[str, str]) -> str:
    """The measurements as a table in Markdown, with what misses its bound in bold."""
    lines = [
        "| one update, warm | draws | seconds | bound | MB | bound | normals alone, s | ratio | elex-model, s |",
        "|---|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for case in CASES:
        found = measured[case.name]
        seconds = mark(f"{found.seconds:.3f}", over=found.seconds > case.seconds)
        memory = mark(f"{found.megabytes:,.0f}", over=found.megabytes > (case.megabytes or np.inf))
        ratio = found.seconds / found.normals
        lines.append(
            f"| {case.words} | {mark(f'{found.draws:,}', over=found.draws < DRAWS)} | {seconds} | {case.seconds:g} | "
            f"{memory} | {case.megabytes or '–'} | {found.normals:.3f} | {ratio:.1f} | {elex.get(case.name, '–')} |"
        )
    return "\n".join(lines)


def mark(text: str, *, over: bool) -> str:
    """The text, in bold where it misses what was asked for."""
    return f"**{text}**" if over else text


def draw_cost(measured: dict[int, Measured]) -> None:
    """Seconds against areas, as a picture."""
    rows = [{"areas": size, "seconds": round(each.seconds, 4)} for size, each in measured.items()]
    spec = {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "description": "Seconds of one update against the number of areas.",
        "width": 620,
        "height": 320,
        "data": {"values": rows},
        "mark": {"type": "line", "point": True},
        "encoding": {
            "x": {"field": "areas", "type": "quantitative", "title": "areas, 3 candidates, 1,000 draws"},
            "y": {"field": "seconds", "type": "quantitative", "title": "seconds of one update"},
        },
    }
    PICTURE.parent.mkdir(parents=True, exist_ok=True)
    write_chart(spec, PICTURE)


def write_page(measured: dict[str, Measured], cost: dict[int, Measured], elex: dict[str, str]) -> str:
    """The page of measurements."""
    kept, again = ask_own_process(NIGHT)
    steps = "; ".join(f"{size:,}: {each.seconds:.2f} s" for size, each in cost.items())
    load = (
        f" The load of the machine was {os.getloadavg()[0]:.1f} as it was written." if hasattr(os, "getloadavg") else ""
    )
    peer = (
        "*elex-model* is its bootstrap on the same units, the two largest parties, for a minute at most"
        if elex
        else "Without elex-model"
    )
    return f"""# Performance

Written by `make bench` ({os.cpu_count()} cores, Python {sys.version.split()[0]}, NumPy {np.__version__}).{load}
Figures in bold miss their bound. An update is conditioning and draws: the model, the simulation and the rule; the
quickest of {REPEATS}, once for the two of many contests, which are divided among as many processes as there are cores,
already running, as the service's workers share them.
Warm is as on the night: the few-area engine's compiled code is loaded, which a process does by itself
after its first twenty updates (`models/twins.py`), and of the seven areas the bank, its offers and the normals, which
no news changes, are at hand; each of the 300 contests draws its bank anew. Of the 50,000 units only their contests'
totals are asked for (`models/aggregate.py`), and no unit is drawn. *Normals alone* is what NumPy takes to draw as many
standard normals and do nothing with them; the ratio is to that.
{peer}.

{table(measured, elex)}

A model of many areas makes no more draws than fit in memory (`MOST_CELLS` in `models/many_areas.py`): where *draws* is
bold, fewer than {DRAWS:,} were made.

A whole update of the general election of 2019 after 100 declarations, with the document and all that explains it, takes
{kept:.2f} s where the reckoning before the latest item is at hand, as it is on the night, and {again:.2f} s where it is
made again.

## The whole of `forecast run`

From the shell, the update before and the explanation included; *normals alone* is the time NumPy takes to draw as many.

<!-- run -->
<!-- /run -->

## Cost in areas

Seconds of one update with 3 candidates and 1,000 draws, by areas: {steps}.

![Seconds against areas](pictures/cost.svg)
"""


def live_section() -> str:
    """What `make bench-serve` has written on the page, kept as it stands."""
    before, mark, after = PAGE.read_text(encoding="utf-8").partition("## The live service")
    return f"\n{mark}{after}" if before and mark else ""


def main(arguments: Sequence[str]) -> None:
    """Measure everything and write the page; or one case, for a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--case", help="measure this one and print it as JSON")
    parser.add_argument("--elex", help="Python of an environment with elex-model")
    parser.add_argument("--driver", type=Path, help="the program that drives it, bench_elex.py")
    given = parser.parse_args(arguments)
    if given.case:
        sys.stdout.write(json.dumps(whole_night() if given.case == NIGHT else asdict(measure(given.case))))
        return
    measured = {case.name: in_own_process(case.name) for case in CASES}
    cost = {size: in_own_process(str(size)) for size in SIZES}
    elex = {}
    if given.elex and given.driver:
        elex = {name: elex_seconds(given.elex, given.driver, tallies_of(name)) for name in ("ge2019", "seats", "units")}
    draw_cost(cost)
    PAGE.write_text(write_page(measured, cost, elex) + live_section(), encoding="utf-8")
    sys.stdout.write(PAGE.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main(sys.argv[1:])
