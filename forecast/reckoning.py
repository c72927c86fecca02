"""What was known at one moment, what was drawn from it, and who is elected by that."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from forecast.posterior import Posterior
from forecast.rules import AreaSeats, Outcome, SeatCount
from forecast.simulation import Simulation, decide
from forecast.tally import Tally

__all__ = ["Reckoning"]


@dataclass(frozen=True, eq=False)
class Reckoning:
    """What was known at one moment, and what was drawn from it; of the posterior, only what is said of its draws."""

    tally: Tally
    posterior: Posterior
    simulation: Simulation

    @cached_property
    def outcome(self) -> Outcome:
        """Who is elected in each draw."""
        rule = self.tally.contest.rule
        return rule.decide(self.seats_won) if isinstance(rule, AreaSeats) else decide(rule, self.simulation)

    @cached_property
    def seats_won(self) -> SeatCount:
        """Seats of all areas, under rules by which they are won area by area; TypeError under others."""
        rule = self.tally.contest.rule
        if not isinstance(rule, AreaSeats):
            raise TypeError(f"{rule.name}: no seats are won area by area")
        return rule.count(self.simulation.votes)
