"""Swing needed, seen and still needed, and the identity that ties them: R = w_D S_D + w_U R_U."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forecast.arithmetic.ledger import Ledger, known
from forecast.arithmetic.swing import lead_required, share, swing_needed

__all__ = ["Swings", "work_out_swings"]


@dataclass(frozen=True, slots=True)
class Swings:
    """Swing to the chaser that is needed and seen, 0-1; ``None`` where not known or nothing is outstanding.

    Parameters
    ----------
    needed
        R = -L⁰/2 for the whole contest, L⁰ the chaser's baseline lead: the swing that draws level.
    so_far
        S_D in the areas declared, each election weighted by its own votes.
    rest
        R_U that wins by one vote, in the areas outstanding.
    weight_declared, weight_outstanding
        Shares w_D and w_U of tonight's votes.
    residual
        R - (w_D S_D + w_U R_U). Were the weights the same in both elections it would be minus half of one vote's
        share, since R draws level and R_U wins by one; the rest of it is areas weighing differently.
    """

    needed: float | None
    so_far: float | None
    rest: float | None
    weight_declared: float | None
    weight_outstanding: float | None
    residual: float | None


def work_out_swings(ledger: Ledger) -> Swings:
    """The three swings, their weights, and what the identity leaves over.

    Parameters
    ----------
    ledger
        The two candidates' votes; its method decides whether the swings are Butler's or Steed's.
    """
    declared, outstanding = ledger.declared & ledger.final, ~ledger.declared
    needed = swing_needed(ledger.baseline_lead_in(np.ones_like(declared))[1])
    so_far = ledger.swing_in(declared)
    votes_declared, votes_outstanding = (float(ledger.of[where].sum()) for where in (declared, outstanding))
    if ledger.unreported.any():  # what remains cannot be told from what was not said
        votes_outstanding = np.nan
    weight = share(votes_outstanding, votes_declared + votes_outstanding)
    required = lead_required(ledger.needed_outstanding, votes_outstanding)
    rest = swing_needed(ledger.baseline_lead_in(outstanding)[1], required)
    seen = (1 - weight) * so_far if declared.any() else 0.0
    figures = (needed, so_far, rest, 1 - weight, weight, needed - (seen + weight * rest))
    return Swings(*(known(figure) for figure in figures))
