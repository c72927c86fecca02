"""What the sweeps of a tempered bank offer its members: the same all night, whatever the news.

Which hyper-parameters are offered, in what order and how lightly they are taken, is drawn from the night's seed alone,
so that it is drawn once and kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from models.bank import Bank, blocks_for, draw_bank
from models.design import Design

__all__ = ["Offer", "Offers", "draw_offer"]

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Offer:
    """What one sweep offers.

    Parameters
    ----------
    fresh
        As many hyper-parameters from the prior as there are members.
    order
        (member,) which of them each is offered.
    log_chance
        (block, member) logs of uniform numbers, below which the log of the acceptance ratio must not be.
    """

    fresh: Bank
    order: NDArray[np.intp]
    log_chance: Array


def draw_offer(design: Design, members: int, rng: np.random.Generator) -> Offer:
    """What a sweep of so many members offers."""
    fresh, order = draw_bank(design, members, rng).freeze(), rng.permutation(members)
    return Offer(fresh, order, np.log(rng.random((len(blocks_for(design)), members))))


class Offers:
    """The offers of a night's sweeps one after another, each drawn when it is first asked for."""

    def __init__(self, design: Design, members: int, rng: np.random.Generator) -> None:
        self._design, self._members, self._rng = design, members, rng
        self._drawn: list[Offer] = []
        self._turn = Lock()  # two updates of a night may run side by side

    def of(self, sweeps: range) -> list[Offer]:
        """Those of some sweeps, counted from 0."""
        with self._turn:
            while len(self._drawn) < sweeps.stop:
                self._drawn.append(draw_offer(self._design, self._members, self._rng))
            return self._drawn[sweeps.start : sweeps.stop]
