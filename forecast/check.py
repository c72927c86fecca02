"""What a contest's author looks at before the night: every defect, and totals to compare with the official notice."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from forecast.contests.contest import Baseline, Contest
from forecast.contests.files import read_contest
from forecast.declaration import read_news
from forecast.errors import ContestError, Defect, did_you_mean
from forecast.tally import Tally, fold

__all__ = ["CheckReport", "Total", "check_contest"]


@dataclass(frozen=True, slots=True)
class Total:
    """A sum to compare with a published one.

    Parameters
    ----------
    name
        What was added up.
    value
        The sum; NaN where none of its figures is known.
    known
        In how many areas the figure is known; None where it is given for the whole contest.
    """

    name: str
    value: float
    known: int | None = None


@dataclass(frozen=True, slots=True)
class CheckReport:
    """What was found: a contest is good where ``defects`` is empty; ``remarks`` are for its author to weigh."""

    directory: Path
    contest: Contest | None
    defects: tuple[Defect, ...]
    remarks: tuple[Defect, ...]
    totals: tuple[Total, ...]


def check_contest(directory: Path) -> CheckReport:
    """Look at a contest's every file.

    Parameters
    ----------
    directory
        Holds ``contest.toml``.

    Returns
    -------
    Defects, remarks and totals; nothing is raised for a contest that does not load.
    """
    directory = Path(directory)
    try:
        contest = read_contest(directory)
    except ContestError as error:
        unread = (Defect("news.csv", "was not looked at: it can be read once the contest loads."),)
        return CheckReport(directory, None, error.defects, unread if (directory / "news.csv").exists() else (), ())
    news = directory / "news.csv"
    items, defects = read_news(news, contest) if news.exists() else ((), ())
    totals = (*contest_totals(contest), *(news_totals(fold(contest, items)) if items else ()))
    return CheckReport(directory, contest, defects, tuple(remarks(contest)), totals)


def contest_totals(contest: Contest) -> Iterator[Total]:
    """Sums over areas of what is known before the night."""
    electorates = [np.nan if area.electorate is None else area.electorate for area in contest.areas]
    yield summed("electorate", np.array(electorates, dtype=float))
    for baseline in (contest.baseline, *contest.alternatives) if contest.baseline.known else ():
        yield from baseline_totals(contest, baseline)


def baseline_totals(contest: Contest, baseline: Baseline) -> Iterator[Total]:
    """Sums over areas of an earlier result."""
    for column, candidate in enumerate(contest.candidates):
        if not np.isnan(baseline.votes[:, column]).all():
            options = " + ".join(candidate.baseline)
            yield summed(f"{baseline.id}: {options} ({candidate.id})", baseline.votes[:, column])
    yield summed(f"{baseline.id}: for nobody standing now", baseline.departed)
    yield summed(f"{baseline.id}: valid", baseline.valid)


def news_totals(tally: Tally) -> Iterator[Total]:
    """Sums over areas of what the news gave, and what it gave for the whole contest."""
    yield summed("news: ballots", tally.ballots)
    for column, candidate in enumerate(tally.contest.candidates):
        yield summed(f"news: {candidate.id}", tally.votes[:, column])
    whole = {
        "ballots": tally.whole_ballots,
        "rejected": tally.whole_rejected,
        "valid": tally.whole_valid,
        **{each.id: votes for each, votes in zip(tally.contest.candidates, tally.whole_votes, strict=True)},
    }
    for name, value in whole.items():
        if not np.isnan(value):
            yield Total(f"news, whole contest: {name}", float(value))


def summed(name: str, figures: NDArray[np.float64]) -> Total:
    """Sum of the figures that are known."""
    known = int(np.count_nonzero(~np.isnan(figures)))
    return Total(name, float(np.nansum(figures)) if known else np.nan, known)


def remarks(contest: Contest) -> Iterator[Defect]:
    """What is not wrong but may not be meant."""
    if not (contest.directory / "SOURCES.md").is_file():
        yield Defect("SOURCES.md", "is missing: nobody can say where the figures come from.")
    yield from covariate_remarks(contest)
    known = {"areas.csv", "news.csv", "exit_poll.csv", "polls.csv", "standing.csv"} | named_files(contest.directory)
    for path in sorted(contest.directory.glob("*.csv")):
        if path.name not in known:
            remedy = did_you_mean(path.name, known)
            yield Defect(path.name, "is not a file that contest.toml names, so it is not used.", remedy)


def covariate_remarks(contest: Contest) -> Iterator[Defect]:
    """Covariates that are left out for their date, or have none."""
    for name, day in contest.covariate_days.items():
        if name not in contest.covariates:
            what = f"covariates.{name} is {day}, not before polling day: it is left out."
            yield Defect("contest.toml", what)
    facts = tomllib.loads((contest.directory / "contest.toml").read_text(encoding="utf-8-sig"))
    for name in contest.covariates.keys() - contest.covariate_days.keys() - {facts["rule"].get("weights")}:
        what = f'areas.csv has a column "{name}", but [covariates] does not say when it was known.'
        remedy = f'Add the day by which it was published, or {name} = "unknown", which the forecast then says.'
        yield Defect("contest.toml", what, remedy)


def named_files(directory: Path) -> set[str]:
    """Return the CSV files that ``contest.toml`` names."""
    facts = (directory / "contest.toml").read_text(encoding="utf-8-sig")
    return {path.name for path in directory.glob("*.csv") if f'"{path.name}"' in facts}
