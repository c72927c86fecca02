"""Small contests and their results, made by rule from a seed: nothing is read from files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from forecast.contests.contest import Area, Baseline, Candidate, Contest, Opening, Poll
from forecast.declaration import Declaration, Kind
from forecast.rules import Plurality

Array = NDArray[np.float64]

UNKNOWN = np.full(1, np.nan)
NO_BASELINE = Baseline("", "", date(2024, 5, 2), "", UNKNOWN, UNKNOWN, UNKNOWN, ())


def made_contest(
    seed: int,
    areas: int = 5,
    candidates: int = 3,
    *,
    entrants: int = 0,
    polled: bool = True,
    departed: bool = True,
    slope: bool = False,
    rule_then: str = "plurality",
) -> Contest:
    """A contest of so many areas and candidates, the last of whom are entrants.

    Candidates are ``c0`` (the largest at the baseline), ``c1``, …; areas ``a0``, ``a1``, … in two sub-regions.
    """
    rng = np.random.default_rng(seed)
    electorate = rng.integers(60_000, 300_000, areas)
    valid = np.rint(electorate * rng.uniform(0.3, 0.7, areas))
    level = 0.8 ** np.arange(candidates + 1)
    shares = rng.dirichlet(120.0 * level / level.sum(), areas)
    votes = np.floor(shares * valid[:, None])
    votes, gone = votes[:, :-1], votes[:, -1] * departed
    votes[:, candidates - entrants :] = np.nan
    return Contest(
        id="made",
        election_id="mayor.made.2024-05-02",
        title="Made, 2 May 2024",
        office="mayor",
        polling_day=date(2024, 5, 2),
        timezone="Europe/London",
        areas=tuple(
            Area(f"a{i}", f"E{i:08}", f"Area {i}", int(each), group=f"g{i % 2}") for i, each in enumerate(electorate)
        ),
        candidates=tuple(Candidate(f"c{i}", f"Candidate {i}", f"Party {i}") for i in range(candidates)),
        rule=Plurality(),
        baseline=Baseline(
            id="before",
            label="6 May 2021",
            polling_day=date(2021, 5, 6),
            rule=rule_then,
            votes=votes,
            departed=gone,
            valid=np.nansum(votes, axis=1) + gone,
            provenance=("official",) * areas,
        ),
        standing=np.ones((areas, candidates), bool),
        covariates={"age": rng.normal(40.0, 5.0, areas)},
        polls=(_poll(rng, candidates),) if polled else (),
        companions=(),
        alternatives=(),
        opening=Opening(through=0),
        directory=Path(),
        digest="",
        slopes=("age",) if slope else (),
    )


def _poll(rng: np.random.Generator, candidates: int) -> Poll:
    level = 0.8 ** np.arange(candidates)
    return Poll("Made", date(2024, 4, 25), 1000, rng.dirichlet(100.0 * level / level.sum()))


def without_baseline(contest: Contest) -> Contest:
    """The same contest with no earlier result."""
    areas, candidates = contest.standing.shape
    unknown = replace(
        NO_BASELINE,
        votes=np.full((areas, candidates), np.nan),
        departed=np.full(areas, np.nan),
        valid=np.full(areas, np.nan),
        provenance=("none",) * areas,
    )
    return replace(contest, baseline=unknown)


def relabelled(contest: Contest, areas: Sequence[int], candidates: Sequence[int]) -> Contest:
    """The same contest with its areas and candidates named in another order."""
    rows = list(areas)
    before = contest.baseline
    return replace(
        contest,
        areas=tuple(contest.areas[i] for i in rows),
        candidates=tuple(contest.candidates[c] for c in candidates),
        baseline=replace(
            before,
            votes=before.votes[np.ix_(rows, candidates)],
            departed=before.departed[rows],
            valid=before.valid[rows],
        ),
        standing=contest.standing[np.ix_(rows, candidates)],
        covariates={name: each[rows] for name, each in contest.covariates.items()},
        polls=tuple(replace(poll, shares=poll.shares[list(candidates)]) for poll in contest.polls),
    )


def made_result(contest: Contest, seed: int) -> Array:
    """(area, candidate) votes: last time's shares moved by some points, an entrant at about a tenth."""
    rng = np.random.default_rng(seed)
    areas, candidates = contest.standing.shape
    votes = np.where(np.isnan(contest.baseline.votes), 0.1 * contest.baseline.valid[:, None], contest.baseline.votes)
    swing = rng.normal(0.0, 0.03, candidates) + rng.normal(0.0, 0.02, (areas, candidates))
    shares = np.maximum(votes / votes.sum(axis=1, keepdims=True) + swing, 0.005) * contest.standing
    shares /= shares.sum(axis=1, keepdims=True)
    result: Array = np.floor(shares * contest.baseline.valid[:, None] * rng.uniform(0.85, 1.15))
    return result


def declared(contest: Contest, area: int, votes: Array, reported: Sequence[int] | None = None) -> Declaration:
    """The declaration of an area, of all who stand there or of those ``reported`` alone."""
    named = [c for c in range(len(votes)) if contest.standing[area, c] and (reported is None or c in reported)]
    return news(
        contest,
        area,
        Kind.DECLARED,
        votes={contest.candidates[c].id: int(votes[c]) for c in named},
        ballots=int(votes.sum()) + 500,
        valid=int(votes.sum()),
    )


def news(
    contest: Contest,
    area: int,
    kind: Kind,
    *,
    votes: Mapping[str, int] | None = None,
    ballots: int | None = None,
    rejected: int | None = None,
    valid: int | None = None,
    counted: float | None = None,
) -> Declaration:
    """One item of news about an area."""
    return Declaration(
        area=contest.areas[area].id,
        kind=kind,
        at=None,
        source="made",
        entered_by="test",
        ballots=ballots,
        rejected=rejected,
        valid=valid,
        counted=counted,
        votes=votes or {},
    )
