"""When a contest's covariates were known: those of polling day or later are left out, those of no date are said."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace

from forecast.contests.contest import Contest
from forecast.contests.keys import ContestToml
from forecast.contests.toml import Lines
from forecast.errors import Defect, did_you_mean

__all__ = ["PAST", "day_defects", "leave_out_late", "say_undated", "undated"]

PAST = "past share "  # how a covariate begins that is the first candidate's share at an earlier vote


def day_defects(facts: ContestToml, columns: Collection[str], lines: Lines) -> Iterator[Defect]:
    """Dates of covariates that are no column of the areas' table."""
    for name in facts.covariates:
        if name not in columns:
            remedy = did_you_mean(name, columns, f"Known: {', '.join(columns) or 'none'}.")
            yield Defect(lines.where("covariates", name), f'covariates: no column "{name}" in areas.csv.', remedy)


def leave_out_late(contest: Contest) -> Contest:
    """The contest without covariates that were not known before polling day, which a note then says."""
    late = {
        name: day
        for name, day in contest.covariate_days.items()
        if name in contest.covariates and day is not None and day >= contest.polling_day
    }
    if not late:
        return contest
    said = ", ".join(f"{name.replace('_', ' ')} ({day.day} {day:%B %Y})" for name, day in late.items())
    return replace(
        contest,
        covariates={name: values for name, values in contest.covariates.items() if name not in late},
        slopes=tuple(name for name in contest.slopes if name not in late),
        notes=(*contest.notes, f"Left out, for it was not known before polling day: {said}."),
    )


def undated(contest: Contest) -> tuple[str, ...]:
    """Covariates along which areas may differ and past votes of which nobody says when they were known."""
    past = (name for name in contest.covariates if name.startswith(PAST))
    return tuple(name for name in (*contest.slopes, *past) if contest.covariate_days.get(name) is None)


def say_undated(contest: Contest) -> Iterator[str]:
    """What is supposed of covariates of no date, in a sentence; nothing where there are none."""
    names = undated(contest)
    past = sum(name.startswith(PAST) for name in names)
    others = [name.replace("_", " ") for name in names if not name.startswith(PAST)]
    listed = [*others, *([f"{past} past vote{'s' * (past > 1)}"] if past else [])]
    if listed:
        yield f"Date unknown, so taken to have been known before polling day: {', '.join(listed)}."
