"""Which tasks an evaluation is made of: nights, orders, models, and as many draws and stops as each order is worth."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from forecast.contests.contest import Contest
from forecast.evaluation.nights import PastNight, checkpoints_for, few_checkpoints_for
from forecast.evaluation.orders import Order, orders_for
from forecast.evaluation.task import Contender, Task

__all__ = ["QUICK_NIGHTS", "Plan", "plan_tasks"]

QUICK_NIGHTS = (
    "west-midlands", "pseudo-merseyside-2017", "pseudo-west-midlands-2019", "us-president-2016",
    "scottish-referendum-2014", "swiss-s00", "general-election-2019",
)  # fmt: skip
FEW, MANY = 100, 400  # areas: beyond which draws are half as many, and beyond which a quarter
FIRST = 5  # times as many draws in a night's first order; twice as many beyond FEW areas
SLOW = frozenset({"elex-model", "hierarchical"})  # asked in a night's first order alone


@dataclass(frozen=True, slots=True)
class Plan:
    """How an evaluation is made.

    A night's first order, its own where that is known and else a random one, is forecast at every checkpoint and with
    most draws; the others at a few.

    Parameters
    ----------
    orders
        Orders of each night: its own, the adversarial ones it can have, and as many random ones as are left, at least
        one where its own is not known.
    draws
        Draws of nights of up to 100 areas, five times as many in the first order; half as many up to 400 areas and a
        quarter beyond, twice as many in the first order.
    quick
        A few nights, at most one random order, two checkpoints of large nights: whether it all still works, not how
        good it is.
    """

    orders: int = 20
    draws: int = 2_000
    seed: int = 20240502
    quick: bool = False

    def orders_of(self, night: PastNight) -> tuple[Order, ...]:
        """The orders a night is replayed in, the one looked at most closely first."""
        contest, known = night.contest, night.contest.order == "declared"
        fixed = len(orders_for(contest, night.items, 0, adversarial=not self.quick))
        random = 1 if self.quick and len(contest.areas) <= FEW else 0 if self.quick else self.orders - fixed
        return orders_for(contest, night.items, max(random, 0 if known else 1), adversarial=not self.quick)

    def draws_of(self, contest: Contest, first: bool) -> int:
        """Draws of a contest, in the first of its orders or in another."""
        areas = len(contest.areas)
        times = (FIRST if areas <= FEW else 2) if first and not self.quick else 1
        return max(times * self.draws // (1 if areas <= FEW else 2 if areas <= MANY else 4), 100)

    def describe(self) -> str:
        """How much of each night is looked at, for the page."""
        if self.quick:
            return f"{self.draws:,} draws, half as many beyond {FEW} areas and a quarter beyond {MANY}"
        draws = [self.draws // part for part in (1, 2, 4)]
        first = [draws[0] * FIRST, draws[1] * 2, draws[2] * 2]
        return (
            f"up to {self.orders} orders of each night. In its first order (its own where that is known, else a random "
            f"one) a night is stopped at every checkpoint, with {first[0]:,} draws up to {FEW} areas, {first[1]:,} up "
            f"to {MANY} and {first[2]:,} beyond; in the others at fewer checkpoints, with {draws[0]:,}, {draws[1]:,} "
            f"and {draws[2]:,} draws"
        )

    def stops_of(self, contest: Contest, first: bool) -> tuple[int, ...]:
        """Numbers of areas declared where a forecast is asked for."""
        if self.quick:
            stops = checkpoints_for(contest)
            return stops[1:3] if len(contest.areas) > FEW else stops
        return checkpoints_for(contest) if first else few_checkpoints_for(contest)


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
        for place, order in enumerate(plan.orders_of(night)):
            first = place == 0
            stops, draws = plan.stops_of(contest, first), plan.draws_of(contest, first)
            for name in contenders:
                if stops and (first or name not in SLOW):
                    yield Task(night, order, name, named(name, contest), stops, draws, plan.seed)
