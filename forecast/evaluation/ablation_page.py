"""What each part of the model is worth: the scores without it, less those of the whole, as a section of a page."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from forecast.contests.contest import Contest
from forecast.evaluation.acceptance import OURS
from forecast.evaluation.markdown import say_covered, say_difference, say_number, say_table
from forecast.evaluation.nights import Family, PastNight, checkpoints_for, few_checkpoints_for
from forecast.evaluation.orders import ADVERSARIAL
from forecast.evaluation.plan import Plan
from forecast.evaluation.standings import compare, pooled
from forecast.evaluation.task import Contender, Task

if TYPE_CHECKING:
    import polars as pl

__all__ = ["ABLATED", "plan_ablations", "write_ablations"]

ABLATED: tuple[Family, ...] = ("few areas", "650 seats", "west midlands")  # whose nights show what a part is worth
MANY = 100  # areas: beyond which a night is stopped at every checkpoint of its own order
READING = (
    "Each part in turn is taken out of the same engine, its priors or its evidence and nothing else, and the night is "
    "forecast again in its own order with the same random numbers: after one area, two, half and all but one, or 10, "
    "50, 100, 200 and 400 seats. *Misled* are the same nights in the orders that mislead most (one side first, small "
    "areas first, large ones first, one region last, an entrant's best areas last); seats with half the draws, and "
    "after 50 and 200 alone. A change is the score without the part less that of the whole, in the nights that the "
    "part bears on: a part that helps has a *positive* one, and where these nights are fewer its other figures do not "
    "stand beside those of the first row. Brackets are 95% intervals from resampling whole nights: too narrow for 21 "
    "that are three elections cut into regions, and for four general elections no more than their range. One night "
    "has none."
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
    """The whole engine and each ablation that bears on a night, in its first order and in those that mislead.

    A night of few areas is stopped after one area, two, half and all but one; one of many at its every checkpoint after
    the first declaration, or at few of them where it is misled.

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
        many, few = len(contest.areas) > MANY, few_checkpoints_for(contest)
        first, *others = plan.orders_of(night)
        for name in (OURS, *(each for each in names if bears_on(each, contest))):
            model = named(name, contest)
            stops = checkpoints_for(contest)[1:] if many else few
            yield Task(night, first, name, model, stops, plan.draws_of(contest, first=many), plan.seed)
            for order in (each for each in others if each.kind in ADVERSARIAL):
                yield Task(night, order, name, model, few, plan.draws_of(contest, first=False), plan.seed)


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
    import polars as pl

    seats = bool(rows["seat_brier"].is_finite().any())
    head = ["without", "nights", "CRPS of lead", "change", "log score", "change", "covered 50/90%"]
    head += ["seat Brier", "change", "seat totals covered 50/90%", "seats' leads covered 90%"] if seats else []
    head += ["misled: CRPS of lead", "change", "covered 90%", *(["seat totals covered 90%"] if seats else [])]
    shown = [name for name in (OURS, *names) if name in set(rows["contender"].to_list())]
    misled = pl.col("order").is_in(ADVERSARIAL)
    return say_table(
        head,
        [_row(rows.filter(~misled), name, seats) + _misled_row(rows.filter(misled), name, seats) for name in shown],
    )


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


def _misled_row(rows: pl.DataFrame, name: str, seats: bool) -> list[str]:
    import polars as pl

    some = rows.filter(pl.col("contender") == name)
    return [
        say_number(100 * pooled(some, "lead_crps")),
        "" if name == OURS else say_difference(compare(rows, "lead_crps", name, OURS), 100.0, 3),
        say_number(100 * pooled(some, "lead_covered_90"), 0),
        *([say_number(100 * pooled(some, "seats_covered_90"), 0)] if seats else []),
    ]
