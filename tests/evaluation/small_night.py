"""A small night of seven areas made by hand, and models that answer, fail or die, for tests of scoring."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from small_contest import small_contest
from toy_model import toy

from forecast.contests.contest import Contest
from forecast.declaration import Declaration, Kind
from forecast.errors import Defect, ModelError
from forecast.evaluation.nights import PastNight
from forecast.evaluation.orders import Order
from forecast.evaluation.task import Task
from forecast.posterior import Posterior
from forecast.tally import Tally

ROOT = Path(__file__).resolve().parents[2]
START = datetime(2024, 5, 4, 12, tzinfo=UTC)
VOTES = {
    "birmingham": (80_251, 66_296, 42_923),
    "coventry": (32_704, 23_237, 6_000),
    "dudley": (24_807, 37_345, 4_000),
    "sandwell": (31_561, 18_598, 9_000),
    "solihull": (11_728, 35_289, 2_000),
    "walsall": (18_097, 24_735, 5_000),
    "wolverhampton": (26_442, 18_582, 3_000),
}
NAMES = ("parker", "street", "yakoob")


def news() -> tuple[Declaration, ...]:
    """A small night: Birmingham verified first, then each area an hour after the one before."""
    verified = Declaration("birmingham", Kind.VERIFIED, START, "hall", "", ballots=200_000)
    declared = [
        Declaration(area, Kind.DECLARED, START + timedelta(hours=hour), "hall", "", valid=sum(votes),
                    votes=dict(zip(NAMES, votes, strict=True)))
        for hour, (area, votes) in enumerate(VOTES.items(), start=1)
    ]  # fmt: skip
    return (verified, *declared)


def night() -> PastNight:
    return PastNight(small_contest(), news(), "own")


def task(model: object = toy, order: Order = Order("real"), checkpoints: tuple[int, ...] = (0, 3, 6)) -> Task:  # noqa: B008
    return Task(night(), order, "toy", model, checkpoints, 300, 1)  # type: ignore[arg-type]


def unanswering(contest: Contest, tally: Tally, *, draws: int, seed: int) -> Posterior:
    raise ModelError(Defect("--model", "it never knows.", "Ask another."))


def failing(contest: Contest, tally: Tally, *, draws: int, seed: int) -> Posterior:
    raise ZeroDivisionError("the model\ndivided by nothing")


def dying(contest: Contest, tally: Tally, *, draws: int, seed: int) -> Posterior:
    import os

    os._exit(3)
