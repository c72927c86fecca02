"""Earlier votes in the same areas, as covariates: what subspace methods learn from; Swiss votes to judge them on."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from forecast.contests.catalogue import shipped_contests
from forecast.contests.contest import Area, Baseline, Candidate, Contest, Opening
from forecast.contests.covariates import PAST, leave_out_late
from forecast.declaration import Declaration, Kind
from forecast.rules import Referendum

__all__ = ["swiss_votes", "with_past"]

Array = NDArray[np.float64]

FACTORS = 6
PLACEHOLDER = date(2000, 1, 1)  # a contest has a polling day; this stands for one that is not in the sample
UNDATED = (
    "The date of this vote is unknown, and so are those of the other 31: its polling day here is a placeholder, and "
    "votes held after it may be among what it is forecast from."
)


def with_past(contest: Contest, earlier: Sequence[Contest]) -> Contest:
    """The contest with the first candidate's share at each earlier contest of the same areas as a covariate.

    Parameters
    ----------
    earlier
        Contests with a baseline, whose areas have the same ids in the same order; only baselines of years before this
        contest's are taken, so that its own result is nowhere.
    """
    found, days = dict(contest.covariates), dict(contest.covariate_days)
    for each in (*earlier, contest):
        same = [area.id for area in each.areas] == [area.id for area in contest.areas]
        if same and each.baseline.known and each.baseline.polling_day < contest.polling_day:
            name = f"{PAST}{each.baseline.polling_day.year}"
            found[name] = each.baseline.votes[:, 0] / each.baseline.valid
            days[name] = each.baseline.polling_day + timedelta(days=1)
    return leave_out_late(replace(contest, covariates=found, covariate_days=days))


def swiss_votes() -> Iterator[tuple[Contest, tuple[Declaration, ...]]]:
    """Each of 32 Swiss votes as a referendum of 217 municipalities, the other 31 known.

    The municipalities' valid votes are known from the start, and six singular vectors of the other votes are the
    covariates along which the models may differ.
    """
    with (shipped_contests() / "_swiss" / "votes.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    figures = np.array(rows[1:], dtype=float)
    for vote, name in enumerate(rows[0][1:]):
        yield _swiss_vote(name, figures[:, 0], figures[:, 1:], vote)


def singular_vectors(past: Array, count: int) -> Array:
    """(area, vector) left singular vectors of (area, vote) shares less each vote's mean, scaled to variance 1."""
    vectors, _, _ = np.linalg.svd(past - past.mean(axis=0), full_matrices=False)
    scaled: Array = vectors[:, :count] * np.sqrt(len(past))
    return scaled


def _swiss_vote(name: str, valid: Array, shares: Array, vote: int) -> tuple[Contest, tuple[Declaration, ...]]:
    others = np.delete(shares, vote, axis=1)
    areas = tuple(Area(f"m{row:03d}", "", f"Municipality {row}", None) for row in range(len(valid)))
    unknown = np.full((len(areas), 2), np.nan)
    factors = singular_vectors(others, FACTORS)
    covariates = {f"factor {k + 1}": factors[:, k] for k in range(FACTORS)}
    covariates |= {f"{PAST}{k}": others[:, k] for k in range(others.shape[1])}
    contest = Contest(
        id=f"swiss-{name}",
        election_id=f"swiss.{name}",
        title=f"Swiss vote {name}",
        office="referendum",
        polling_day=PLACEHOLDER,
        timezone="Europe/Zurich",
        areas=areas,
        candidates=(Candidate("yes", "Yes", "Yes"), Candidate("no", "No", "No")),
        rule=Referendum(),
        baseline=Baseline("", "", date.min, "", unknown, unknown[:, 0], unknown[:, 0], ("none",) * len(areas)),
        standing=np.ones((len(areas), 2), bool),
        covariates=covariates,
        polls=(),
        companions=(),
        alternatives=(),
        opening=Opening(),
        directory=Path(),
        digest=f"{name} {hash_of(shares)}",
        slopes=tuple(f"factor {k + 1}" for k in range(FACTORS)),
        order="unknown",
        notes=(UNDATED,),
        covariate_days=dict.fromkeys(covariates),
    )
    return contest, tuple(_items(areas, valid, shares[:, vote]))


def hash_of(figures: Array) -> str:
    """A short name for the figures themselves."""
    return f"{figures.sum():.6f} {(figures**2).sum():.6f}"


def _items(areas: Sequence[Area], valid: Array, yes: Array) -> Iterator[Declaration]:
    for area, votes in zip(areas, valid, strict=True):
        yield Declaration(area.id, Kind.VERIFIED, None, "sample", "", ballots=int(votes), rejected=0, valid=int(votes))
    for area, votes, share in zip(areas, valid, yes, strict=True):
        given = {"yes": round(share * votes), "no": int(votes) - round(share * votes)}
        yield Declaration(area.id, Kind.DECLARED, None, "sample", "", int(votes), 0, int(votes), votes=given)
