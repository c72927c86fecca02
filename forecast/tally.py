"""Everything known so far, as arrays: a fold over the items of news."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from forecast.contest import Contest
from forecast.declaration import Declaration

__all__ = ["Status", "Tally"]


class Status(IntEnum):
    """How far an area's count has come."""

    NOTHING = 0
    VERIFIED = 1
    PARTIAL = 2
    PROVISIONAL = 3
    DECLARED = 4


@dataclass(frozen=True, slots=True, eq=False)
class Tally:
    """What is known at one moment of the night. Arrays are read-only; NaN means not known, never zero.

    Parameters
    ----------
    status
        (area,) of `Status`.
    ballots, rejected, valid
        (area,) papers verified, papers rejected, valid votes, where given.
    counted
        (area,) share of the area's votes counted so far where it is partly counted and said.
    votes
        (area, candidate) votes reported.
    whole_votes, whole_valid, whole_rejected, whole_ballots
        (candidate,) and scalars: the whole contest's declared figures, NaN until declared.
    items
        Every accepted item, in the order of arrival.
    order
        Positions of areas in the order in which they (first) declared, those still declared.
    as_of
        Time of the latest item that has one.
    """

    contest: Contest
    status: NDArray[np.int8]
    ballots: NDArray[np.float64]
    rejected: NDArray[np.float64]
    valid: NDArray[np.float64]
    counted: NDArray[np.float64]
    votes: NDArray[np.float64]
    whole_votes: NDArray[np.float64]
    whole_valid: float
    whole_rejected: float
    whole_ballots: float
    items: tuple[Declaration, ...]
    order: tuple[int, ...]
    as_of: datetime | None

    @property
    def declared(self) -> NDArray[np.bool_]:
        """(area,) whether the area's votes are final: never drawn, repeated exactly."""
        return self.status == Status.DECLARED

    @property
    def outstanding(self) -> NDArray[np.bool_]:
        """(area,) whether the area has still to declare."""
        return ~self.declared
