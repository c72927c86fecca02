"""Who is elected, given the votes. A tie is a value, not an exception."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

__all__ = ["Rule"]


class Rule(Protocol):
    """A rule of election: votes in, who is elected out."""

    name: str

    def elect(self, votes: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Who is elected.

        Parameters
        ----------
        votes
            (draw, candidate) votes in the whole contest.

        Returns
        -------
        (draw, candidate) True for every candidate who is elected or ties for election.
        """
        ...
