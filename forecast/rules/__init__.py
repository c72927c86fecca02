"""Who is elected, given the votes: one rule a module, each proved on real results in ``test_rules_on_results.py``."""

from __future__ import annotations

from forecast.rules.outcome import Outcome, Rule
from forecast.rules.plurality import Plurality
from forecast.rules.proportional import DIVISORS, ListProportional
from forecast.rules.referendum import Referendum
from forecast.rules.seats import AreaSeats, SeatCount
from forecast.rules.supplementary import SupplementaryVote
from forecast.rules.transfers import Transfers
from forecast.rules.two_round import TwoRound

__all__ = [
    "DIVISORS",
    "RULES",
    "AreaSeats",
    "ListProportional",
    "Outcome",
    "Plurality",
    "Referendum",
    "Rule",
    "SeatCount",
    "SupplementaryVote",
    "Transfers",
    "TwoRound",
    "rule_in_area",
]

RULES = (
    "list proportional",
    "plurality",
    "referendum",
    "seats",
    "supplementary vote",
    "two rounds",
    "weighted areas",
)


def rule_in_area(rule: Rule) -> Plurality:
    """Who carries one area: whoever has the most votes there of those who can win."""
    return Plurality(rule.cannot_win) if isinstance(rule, AreaSeats | ListProportional | Plurality) else Plurality()
