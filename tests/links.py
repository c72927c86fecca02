"""Swings of shares, swings of log-odds, and draws of both: the past nights of few areas, scored side by side.

Each night in its own order, at every declaration, and in random ones at a few; the future left out. `make links` does
it and fills the section of docs/model.md. The weight of shares in a mixture is stacked night by night without the
night: of distribution functions F and G the mixture's CRPS is

    w CRPS(F) + (1 - w) CRPS(G) - w (1 - w) D

with D, a distance between the two, known from the one mixture that is made; and its log score follows from the two
probabilities.

References
----------
Yao et al. 2018, doi:10.1214/17-BA1091 (stacking).
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from forecast.evaluation.hindsight import stand_at
from forecast.evaluation.markdown import fill_section, say_covered, say_difference, say_number, say_table
from forecast.evaluation.marks import mark
from forecast.evaluation.nights import PastNight, checkpoints_for, few_checkpoints_for, shipped_nights
from forecast.evaluation.orders import orders_for, reorder
from forecast.evaluation.standings import CELL, compare, pooled
from forecast.evaluation.truth import find_truth
from forecast.evaluation.workers import SETTINGS
from forecast.simulation import Simulation, simulate
from models.conditional import conditional

Array = NDArray[np.float64]
Row = dict[str, str | int | float]

SHARES, LOG_ODDS, BOTH = "share", "log-odds", "both"
SHARE = 0.7  # of the draws of both
SAID = {SHARES: "swings of shares", LOG_ODDS: "swings of log-odds", BOTH: f"both, {SHARE:.0%} of shares"}
RANDOM, DRAWS, SEED = 2, 2_000, 20240502
WEIGHTS = np.linspace(0.0, 1.0, 101)
LEAST = 0.001  # probability, as in `forecast.score.log_score`
LEVELS = (50, 80, 90, 95)
READING = (
    "CRPS in points; less is better, and so is a difference below zero. Brackets are 95% intervals from resampling "
    "whole nights."
)
DOCS = Path(__file__).resolve().parent.parent / "docs"


def score_night(night: PastNight) -> list[Row]:
    """A row of scores for each order, moment, link and both."""
    contest, truth, rows = night.contest, find_truth(night.contest, night.items), []
    for order in orders_for(contest, night.items, RANDOM, adversarial=False):
        items = reorder(contest, night.items, order)
        for count in checkpoints_for(contest) if order.kind == "real" else few_checkpoints_for(contest):
            tally = stand_at(contest, items, count).tally
            made = {
                SHARES: simulate(conditional(contest, tally, draws=DRAWS, seed=SEED), tally, seed=SEED),
                LOG_ODDS: simulate(
                    conditional(contest, tally, draws=DRAWS, seed=SEED, link="log-odds"), tally, seed=SEED
                ),
            }
            made[BOTH] = mix(made[SHARES], made[LOG_ODDS])
            for name, simulation in made.items():
                where: Row = {"night": contest.id, "order": order.kind, "order_number": order.number, "declared": count}
                marks = mark(simulation, tally, truth, np.random.default_rng(SEED))
                rows.append({**where, "contender": name, **marks})
    return rows


def mix(ours: Simulation, others: Simulation) -> Simulation:
    """As many draws, some of each, taken at random since they lie in an order of their own."""
    order, most = np.random.default_rng(SEED).permutation(DRAWS), round(SHARE * DRAWS)
    taken = order[:most], order[most:]
    votes, totals, valid = (
        np.concatenate([getattr(each, name)[some] for each, some in zip((ours, others), taken, strict=True)])
        for name in ("votes", "totals", "valid")
    )
    return Simulation(votes, totals, valid, SEED)


def score_nights(jobs: int) -> Iterator[Row]:
    """The rows of every night of few areas."""
    nights = [each for each in shipped_nights() if each.family == "few areas"]
    if jobs == 1:
        for night in nights:
            yield from score_night(night)
        return
    os.environ.update(SETTINGS)
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        for rows in pool.map(score_night, nights):
            yield from rows


def side_by_side(rows: pl.DataFrame, measure: str) -> pl.DataFrame:
    """A measure of each contender at each moment."""
    chosen = rows.filter(pl.col(measure).is_finite()).select(*CELL, "contender", measure)
    return chosen.pivot("contender", index=CELL, values=measure).drop_nulls().sort(CELL)


def by_night(found: pl.DataFrame, scores: Array) -> Array:
    """(night, weight) means over each night's moments of (moment, weight) scores."""
    names = found["night"].to_numpy()
    return np.array([scores[names == name].mean(axis=0) for name in np.unique(names)])


def mixed_crps(rows: pl.DataFrame) -> Array:
    """(night, weight) CRPS of the lead, in points, of mixtures with each of `WEIGHTS` for shares."""
    found = side_by_side(rows, "lead_crps")
    one, other, both = (found[name].to_numpy()[:, None] for name in SAID)
    apart = (SHARE * one + (1.0 - SHARE) * other - both) / (SHARE * (1.0 - SHARE))
    return 100.0 * by_night(found, WEIGHTS * one + (1.0 - WEIGHTS) * other - WEIGHTS * (1.0 - WEIGHTS) * apart)


def mixed_log_score(rows: pl.DataFrame) -> Array:
    """(night, weight) log score of the winner, alike."""
    found = side_by_side(rows, "win_probability")
    one, other = (found[name].to_numpy()[:, None] for name in (SHARES, LOG_ODDS))
    return by_night(found, -np.log(np.maximum(WEIGHTS * one + (1.0 - WEIGHTS) * other, LEAST)))


def stack(scores: Array) -> tuple[Array, Array]:
    """(night,) the weight that the other nights choose for each, and what it scores with that."""
    left_out = (scores.sum(axis=0) - scores) / (len(scores) - 1)
    chosen = left_out.argmin(axis=1)
    return WEIGHTS[chosen], scores[np.arange(len(scores)), chosen]


def interval(values: Array) -> str:
    """The mean of a figure of each night, with the 95% interval of whole nights resampled."""
    drawn = values[np.random.default_rng(1).integers(0, len(values), (4_000, len(values)))].mean(axis=1)
    low, high = np.quantile(drawn, [0.025, 0.975])
    return f"{values.mean():+.3f} [{low:+.3f}, {high:+.3f}]".replace("-", "−")


def tabulate_scores(rows: pl.DataFrame) -> str:
    """The scores of each link and of both."""
    head = ["", "CRPS of lead", "less that of shares", "areas' leads", "less that of shares", "log score"]
    head += ["less that of shares", "covered 50/80/90/95%", "SD of standardised error"]
    lines = []
    for name, said in SAID.items():
        some, whole = rows.filter(pl.col("contender") == name), name == SHARES
        cells = [said]
        for measure, scale, digits in (("lead_crps", 100.0, 2), ("area_lead_crps", 100.0, 2), ("log_score", 1.0, 3)):
            cells.append(say_number(scale * pooled(some, measure), digits + (scale > 1.0)))
            cells.append("" if whole else say_difference(compare(rows, measure, name, SHARES), scale, 3))
        cells.append(say_covered([pooled(some, f"lead_covered_{level}") for level in LEVELS]))
        cells.append(say_number(float(some["lead_z"].to_numpy().std()), 2))
        lines.append(cells)
    return say_table(head, lines)


def tabulate_weights(rows: pl.DataFrame) -> str:
    """What the other nights say of the weight of shares, and what that is worth."""
    lines = []
    measures: dict[str, Callable[[pl.DataFrame], Array]] = {
        "CRPS of lead": mixed_crps,
        "log score of the winner": mixed_log_score,
    }
    for said, work_out in measures.items():
        scores = work_out(rows)
        weight, found = stack(scores)
        prior, shares = scores[:, round(100 * SHARE)], scores[:, -1]
        lines.append(
            [said, f"{weight.min():.2f} to {weight.max():.2f}", interval(found - shares), interval(prior - shares)]
        )
    head = ["stacked by", "weight of shares, a night left out", "score less that of shares", f"… with {SHARE:g}"]
    return say_table(head, lines)


def tabulate_elections(rows: pl.DataFrame) -> str:
    """CRPS of the lead by the general election that the contests are made of."""
    years = rows.with_columns(year=pl.col("night").str.slice(-4)).partition_by("year", as_dict=True)
    lines = [
        [
            str(year),
            *(say_number(100.0 * pooled(some.filter(pl.col("contender") == name), "lead_crps")) for name in SAID),
        ]
        for (year,), some in sorted(years.items())
    ]
    return say_table(["CRPS of lead, made of", *SAID.values()], lines)


def write_section(rows: pl.DataFrame) -> str:
    """The section: nights in their own order, then in random ones."""
    nights, day = rows["night"].n_unique(), datetime.now(UTC).strftime("%-d %B %Y")
    said = f"Made on {day} by `make links`: {nights} contests shaped like mayoralties, {DRAWS:,} draws. {READING}"
    parts = [said]
    for kind, said in (("real", "In their own order, at every declaration"), ("random", f"In {RANDOM} random orders")):
        some = rows.filter(pl.col("order") == kind)
        parts += [f"{said}:", tabulate_scores(some), tabulate_elections(some), tabulate_weights(some)]
    return "\n\n".join(parts)


def main() -> None:
    """Score every night, and fill the section of docs/model.md."""
    rows = pl.DataFrame(list(score_nights(int(sys.argv[1]) if len(sys.argv) > 1 else 2)))
    page = DOCS / "model.md"
    page.write_text(fill_section(page.read_text(encoding="utf-8"), "links", write_section(rows)), encoding="utf-8")


if __name__ == "__main__":
    main()
