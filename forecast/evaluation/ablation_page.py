"""What each part of the model is worth: the scores without it, less those of the whole, as a section of a page."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from forecast.contests.contest import Contest
from forecast.evaluation.acceptance import OURS
from forecast.evaluation.markdown import say_covered, say_difference, say_number, say_table
from forecast.evaluation.nights import Family, PastNight, checkpoints_for, few_checkpoints_for
from forecast.evaluation.plan import Plan
from forecast.evaluation.standings import compare, pooled
from forecast.evaluation.task import Contender, Task

if TYPE_CHECKING:
    import polars as pl

__all__ = ["ABLATED", "plan_ablations", "write_ablations"]

ABLATED: tuple[Family, ...] = ("few areas", "650 seats", "west midlands")  # whose nights show what a part is worth
MANY = 100  # areas: beyond which a night is stopped at every checkpoint
READING = (
    "Each part in turn is taken out of the same engine, its priors or its evidence and nothing else, and the night is "
    "forecast again in its own order with the same random numbers: after one area, two, half and all but one, or 10, "
    "50, 100, 200 and 400 seats. A change is the score without the part less that of the whole, in the nights that "
    "the part bears on: a part that helps has a *positive* one. Brackets are 95% intervals from resampling whole "
    "nights; those of four general elections are no more than their range. One night has none."
)
SAID = {
    "few areas": "Pseudo-contests for mayor",
    "650 seats": "General elections of 650 seats",
    "west midlands": "West Midlands mayor, 2024: one night, tuned on nothing of it",
}


def plan_ablations(
    nights: Iterable[PastNight],
    names: Sequence[str],
    named: Callable[[str, Contest], Contender],
    bears_on: Callable[[str, Contest], bool],
    plan: Plan,
) -> Iterator[Task]:
    """The whole engine and each ablation that bears on a night, in its first order, after the first declaration.

    A night of few areas is stopped after one area, two, half and all but one; one of many at its every checkpoint.

    Parameters
    ----------
    names
        The ablations.
    named
        The model of a name, the whole engine for `OURS`.
    bears_on
        Whether an ablation takes anything from a contest.
    """
    for night in nights:
        contest = night.contest
        many = len(contest.areas) > MANY
        order, draws = plan.orders_of(night)[0], plan.draws_of(contest, first=many)
        stops = checkpoints_for(contest)[1:] if many else few_checkpoints_for(contest)
        for name in (OURS, *(each for each in names if bears_on(each, contest))):
            yield Task(night, order, name, named(name, contest), stops, draws, plan.seed)


def write_ablations(table: pl.DataFrame, names: Sequence[str], command: str, day: str) -> str:
    """The section: how it is made, and a table for each family of nights.

    Parameters
    ----------
    names
        The ablations, in the order of the rows.
    """
    parts = [f"Made on {day} by `{command}`. {READING}"]
    for family in ABLATED:
        rows = _of_family(table, family)
        if len(rows):
            nights = rows["night"].n_unique()
            parts += [f"{SAID[family]} ({nights} night{'' if nights == 1 else 's'}):", _family_table(rows, names)]
    return "\n\n".join(parts)


def _of_family(table: pl.DataFrame, family: Family) -> pl.DataFrame:
    import polars as pl

    return table.filter((pl.col("family") == family) & (pl.col("status") == "scored"))


def _family_table(rows: pl.DataFrame, names: Sequence[str]) -> str:
    seats = bool(rows["seat_brier"].is_finite().any())
    head = ["without", "nights", "CRPS of lead", "change", "log score", "change", "covered 50/90%"]
    head += ["seat Brier", "change", "seat totals covered 50/90%", "seats' leads covered 90%"] if seats else []
    shown = [name for name in (OURS, *names) if name in set(rows["contender"].to_list())]
    return say_table(head, [_row(rows, name, seats) for name in shown])


def _row(rows: pl.DataFrame, name: str, seats: bool) -> list[str]:
    import polars as pl

    whole, some = name == OURS, rows.filter(pl.col("contender") == name)
    cells = [
        "*nothing: the whole*" if whole else name,
        str(some["night"].n_unique()),
        say_number(100 * pooled(some, "lead_crps")),
        "" if whole else say_difference(compare(rows, "lead_crps", name, OURS), 100.0, 3),
        say_number(pooled(some, "log_score"), 3),
        "" if whole else say_difference(compare(rows, "log_score", name, OURS), 1.0, 3),
        say_covered([pooled(some, f"lead_covered_{level}") for level in (50, 90)]),
    ]
    if not seats:
        return cells
    return [
        *cells,
        say_number(pooled(some, "seat_brier"), 4),
        "" if whole else say_difference(compare(rows, "seat_brier", name, OURS), 1.0, 4),
        say_covered([pooled(some, f"seats_covered_{level}") for level in (50, 90)]),
        say_number(100 * pooled(some, "area_lead_covered_90"), 0),
    ]
