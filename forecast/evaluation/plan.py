"""Which tasks an evaluation is made of: nights, orders, models, and as many draws as each size of night allows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from forecast.contest import Contest
from forecast.evaluation.nights import PastNight, checkpoints_for
from forecast.evaluation.orders import orders_for
from forecast.evaluation.task import Contender, Task

__all__ = ["QUICK_NIGHTS", "Plan", "plan_tasks"]

QUICK_NIGHTS = (
    "west-midlands", "pseudo-merseyside-2017", "pseudo-west-midlands-2019", "us-president-2016",
    "scottish-referendum-2014", "swiss-s00", "general-election-2019",
)  # fmt: skip
FEW, MANY = 100, 400  # areas: up to which every random order is drawn, and beyond which draws are fewest
RANDOM_BEYOND = 2  # random orders of larger nights, each forecast of which takes seconds


@dataclass(frozen=True, slots=True)
class Plan:
    """How an evaluation is made.

    Parameters
    ----------
    orders
        Random orders of nights of up to 100 areas; larger nights have at most two.
    draws
        Draws of nights of up to 100 areas; half as many up to 400 areas, a quarter beyond.
    quick
        A few nights, one random order, two checkpoints of large nights: whether it all still works, not how good it is.
    """

    orders: int = 20
    draws: int = 2_000
    seed: int = 20240502
    quick: bool = False

    def orders_of(self, contest: Contest) -> int:
        """Random orders of a contest; where no order is known, at least one."""
        wanted = 1 if self.quick else self.orders
        if len(contest.areas) > FEW:
            wanted = min(wanted, 0 if self.quick else RANDOM_BEYOND)
        return wanted if contest.order == "declared" else max(wanted, 1)

    def draws_of(self, contest: Contest) -> int:
        """Draws of a contest."""
        areas = len(contest.areas)
        return max(self.draws // (1 if areas <= FEW else 2 if areas <= MANY else 4), 100)


def plan_tasks(
    nights: Iterable[PastNight],
    contenders: Sequence[str],
    named: Callable[[str, Contest], Contender],
    plan: Plan,
) -> Iterator[Task]:
    """The tasks of an evaluation: one for each night, order and model.

    Parameters
    ----------
    contenders
        Names of the models.
    named
        The model of a name, for a contest.
    """
    for night in nights:
        contest = night.contest
        stops = checkpoints_for(contest)
        if plan.quick and len(contest.areas) > FEW:
            stops = stops[1:3]
        for order in orders_for(contest, night.items, plan.orders_of(contest), adversarial=not plan.quick):
            for name in contenders:
                yield Task(night, order, name, named(name, contest), stops, plan.draws_of(contest), plan.seed)
