"""The scoreboard as a page of Markdown, made of the table of scores and nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from forecast.evaluation.acceptance import HONEST, OURS, criteria
from forecast.evaluation.markdown import say_covered, say_difference, say_number, say_table
from forecast.evaluation.nights import FAMILIES
from forecast.evaluation.orders import ADVERSARIAL
from forecast.evaluation.standings import REFERENCE, compare, ordered, pooled

if TYPE_CHECKING:
    import polars as pl

__all__ = ["Making", "write_page"]

TITLES = {
    "few areas": "Few areas: pseudo-contests for mayor, made of general elections",
    "west midlands": "West Midlands mayor, 2024",
    "650 seats": "General elections of 650 seats",
    "presidents": "American presidents, by state",
    "referendum": "Scottish referendum, 2014",
    "swiss votes": "Swiss votes, 217 municipalities",
    "quick count": "Mexico's quick count, 2018",
    "own": "Your own nights",
}
ADDED = (
    "The rows of the referendum, of singular vectors of past votes, of all nights in adversarial orders and of the "
    "winner's scores divided by uniform swing's are of the same list of what is accepted, but came into this table "
    "after nights had first been scored."
)
HONESTY = (
    "Scores are averaged over a night's moments, then over nights: moments, orders and parties of one night are "
    "one trial, and brackets are 95% intervals from resampling whole nights. With 60 nights the standard error of "
    "a 90% coverage is about 4 points even if each were one independent trial; the pseudo-contests come from "
    "three general elections, so theirs is larger than it looks. Some numbers believed beforehand were sized on these "
    "nights (docs/model.md says which); nothing was chosen on adversarial orders."
)
READING = (
    "Smaller is better, coverage apart. Leads are in points of all valid votes, of the baseline's first two "
    "candidates (the ballot's, where there is no baseline); Brier scores run from 0 to 2; the ranked probability "
    "score is of the lead in ten classes. A point is scored as a point: its CRPS is its absolute error, its "
    "probability 0 or 1, and no event is charged for less than one chance in a thousand. *No answer* means that a "
    "model says of itself that it has none there; averages are over the moments it answered at, so compare models "
    "by the paired differences, which are over the moments both did. elex-model is asked in a night's first order "
    "alone. The leads of thousands of areas are scored in 1,000 of them, evenly spaced."
)


@dataclass(frozen=True, slots=True)
class Making:
    """How the page was made: the command, the day, and the tasks that failed with their reasons."""

    command: str
    day: str
    draws: str
    failures: Sequence[str] = ()


def write_page(table: pl.DataFrame, making: Making, pictures: Sequence[tuple[str, str]]) -> str:
    """The whole page.

    Parameters
    ----------
    table
        Every row of every task.
    pictures
        Path and description of each picture.
    """
    nights = table["night"].n_unique() if len(table) else 0
    replays = table.select("night", "order", "order_number").n_unique() if len(table) else 0
    parts = [
        "# Scoreboard",
        (
            f"Made on {making.day} by `{making.command}`, which makes it again. {_nights(nights)} in {replays} orders "
            f"of declaration, {len(table):,} forecasts asked for; {making.draws}."
        ),
        READING,
        HONESTY,
        *(f"![{said}]({path})" for path, said in pictures),
        *_families(table),
        "## What was asked, and what was measured",
        ADDED,
        _acceptance(table),
        *_failed(making.failures),
    ]
    return "\n\n".join(parts) + "\n"


def _families(table: pl.DataFrame) -> Iterator[str]:
    import polars as pl

    for family in FAMILIES:
        rows = table.filter(pl.col("family") == family)
        if not len(rows):
            continue
        fair = rows.filter(pl.col("order").is_in(HONEST))
        yield f"## {TITLES[family]}"
        yield _said_of(rows)
        yield _main_table(fair)
        if fair["seat_brier"].is_finite().any():
            yield _seat_table(fair)
        yield _by_fraction(fair)
        if rows["order"].is_in(ADVERSARIAL).any():
            yield _adversarial(rows)


def _said_of(rows: pl.DataFrame) -> str:
    import polars as pl

    nights = rows["night"].n_unique()
    kinds = rows.group_by("order").agg(pl.col("order_number").n_unique()).sort("order").rows()
    orders = ", ".join(f"{count} random" if kind == "random" else kind for kind, count in kinds)
    return f"{_nights(nights)}. Orders of declaration: {orders}."


def _nights(count: int) -> str:
    return f"{count} night{'' if count == 1 else 's'}"


def _main_table(fair: pl.DataFrame) -> str:
    head = ("model", "answered", "CRPS of lead", "less uniform swing's", "log score", "less uniform swing's", "Brier",
            "RPS", "error of lead", "less uniform swing's", "energy", "covered 50/80/90/95%", "90% width")  # fmt: skip
    return say_table(head, [_main_row(fair, name) for name in _contenders(fair)])


def _contenders(rows: pl.DataFrame) -> list[str]:
    wanted = (OURS, "conditional", "regression", REFERENCE, "uniform-point", "raw-count", "regional-swing", "ridge")
    return ordered(rows["contender"].to_list(), wanted)


def _main_row(fair: pl.DataFrame, name: str) -> list[str]:
    import polars as pl

    every = fair.filter(pl.col("contender") == name)
    rows = every.filter(pl.col("status") == "scored")
    if not len(rows):
        failed = (every["status"] == "failed").any()
        return [name, "**failed**" if failed else "no answer", *("",) * 11]
    covered = [pooled(rows, f"lead_covered_{level}") for level in (50, 80, 90, 95)]
    return [
        name,
        f"{len(rows) / len(every):.0%}",
        say_number(100 * pooled(rows, "lead_crps")),
        say_difference(compare(fair, "lead_crps", name), 100.0) if name != REFERENCE else "",
        say_number(pooled(rows, "log_score"), 3),
        say_difference(compare(fair, "log_score", name), 1.0, 3) if name != REFERENCE else "",
        say_number(pooled(rows, "brier"), 3),
        say_number(pooled(rows, "ranked_probability"), 3),
        say_number(100 * pooled(rows, "lead_error")),
        say_difference(compare(fair, "lead_error", name), 100.0) if name != REFERENCE else "",
        say_number(100 * pooled(rows, "energy_score")),
        say_covered(covered),
        say_number(100 * pooled(rows, "lead_width_90"), 1),
    ]


def _seat_table(fair: pl.DataFrame) -> str:
    import polars as pl

    head = ("model", "seat Brier", "less uniform swing's", "seat log score", "CRPS of seats", "error, two largest",
            "seat totals covered 50/80/90/95%", "seats' leads covered 50/80/90/95%")  # fmt: skip
    lines = []
    for name in _contenders(fair):
        rows = fair.filter((pl.col("contender") == name) & pl.col("seat_brier").is_finite())
        if not len(rows):
            continue
        covers = [
            [pooled(rows, f"{of}_covered_{level}") for level in (50, 80, 90, 95)] for of in ("seats", "area_lead")
        ]
        lines.append(
            [
                name,
                say_number(pooled(rows, "seat_brier"), 3),
                say_difference(compare(fair, "seat_brier", name), 1.0, 3) if name != REFERENCE else "",
                say_number(pooled(rows, "seat_log_score"), 3),
                *(say_number(pooled(rows, measure), 1) for measure in ("seats_crps", "seats_error")),
                *(say_covered(some) for some in covers),
            ]
        )
    return say_table(head, lines)


def _by_fraction(fair: pl.DataFrame) -> str:
    """CRPS of the lead by how much is declared, with the 90% coverage of ours."""
    import polars as pl

    stops = _stops(fair)
    head = ("CRPS of lead, by areas declared", *(name for name, _ in stops))
    lines = []
    for name in _contenders(fair):
        rows = fair.filter((pl.col("contender") == name) & pl.col("lead_crps").is_finite())
        if len(rows):
            lines.append([name, *(say_number(100 * pooled(rows.filter(at), "lead_crps")) for _, at in stops)])
    ours = fair.filter(pl.col("contender") == OURS)
    lines.append(
        [
            f"*{OURS}: 90% covered*",
            *(say_number(100 * pooled(ours.filter(at), "lead_covered_90"), 0) for _, at in stops),
        ]
    )
    return say_table(head, lines)


def _stops(fair: pl.DataFrame) -> list[tuple[str, pl.Expr]]:
    """The checkpoints, or for few areas what they have in common."""
    import polars as pl

    declared, areas = pl.col("declared"), pl.col("areas")
    if int(str(fair["areas"].max() or 0)) > 14:
        seats = fair["areas"].n_unique() > 1 or fair["family"][0] == "650 seats"
        counts = sorted(set(fair["declared"].to_list()))
        return [(f"{count}" if seats else f"{count / fair['areas'][0]:.0%}", declared == count) for count in counts]
    return [
        ("none", declared == 0),
        ("one", declared == 1),
        ("to half", (declared > 1) & (declared <= areas / 2)),
        ("over half", (declared > areas / 2) & (declared < areas - 1)),
        ("one left", declared == areas - 1),
    ]


def _adversarial(rows: pl.DataFrame) -> str:
    import polars as pl

    kinds = [kind for kind in ADVERSARIAL if kind in set(rows["order"].to_list())]
    head = ("adversarial orders: CRPS of lead, 90% covered", *kinds)
    lines = []
    for name in (OURS, REFERENCE, "ridge"):
        some = [rows.filter((pl.col("contender") == name) & (pl.col("order") == kind)) for kind in kinds]
        cells = [
            f"{say_number(100 * pooled(each, 'lead_crps'))}, {say_number(100 * pooled(each, 'lead_covered_90'), 0)}%"
            for each in some
        ]
        if any((each["status"] == "scored").any() for each in some):
            lines.append([name, *cells])
    return say_table(head, lines)


def _acceptance(table: pl.DataFrame) -> str:
    lines = []
    for each in criteria(table):
        if each.high == np.inf:
            wanted = f"≥ {each.low:g}"
        elif each.low in {0.0, -1.0}:
            wanted = f"≤ {each.high:g}"
        else:
            wanted = f"{each.low:g} to {each.high:g}"
        known = np.isfinite(each.value)
        said = "" if not known else "yes" if each.met else "**no**"
        lines.append(
            [
                each.group,
                each.measure,
                wanted,
                say_number(each.value, each.digits) if known else "not scored",
                said,
                str(each.nights),
            ]
        )
    return say_table(("", "measure", "accepted", "measured", "met", "nights"), lines)


def _failed(failures: Sequence[str]) -> list[str]:
    if not failures:
        return []
    return [f"## Tasks that failed\n\n{len(failures)}:", "\n".join(f"- {each}" for each in sorted(failures)[:50])]
