"""What a model must return: joint draws of what every area will have counted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from forecast.alarms.alarm import Expected
from forecast.contests.contest import Contest
from forecast.tally import Tally

__all__ = ["Model", "Posterior"]


@dataclass(frozen=True, slots=True, eq=False)
class Posterior:
    """Equally weighted joint draws, given everything in a tally.

    Parameters
    ----------
    share
        (draw, area, candidate) shares of the valid votes; each area sums to 1, candidates not standing are 0. Single
        precision is enough for a contest of many areas, and halves its memory.
    valid
        (draw, area) valid votes.
    model
        Name of the model that made it.
    diagnostics
        What a statistician asks first: effective sample size, R-hat, divergences, seconds.
    assumptions
        What the model supposed, in sentences for the screen.
    left_out
        Area to the shares and valid votes expected of a declared area without its votes, where the model can say.
    valid_without
        Of areas, by position, that have given ballots and no votes that are final: area to the (draw,) valid votes
        expected without the ballots, where the model can say.
    variants
        The same model under harder assumptions, by what is assumed: what a call must survive. None is run unasked.
    """

    share: NDArray[np.float64]
    valid: NDArray[np.float64]
    model: str
    diagnostics: Mapping[str, float | str]
    assumptions: tuple[str, ...] = ()
    left_out: Mapping[int, Expected] = field(default_factory=dict)
    valid_without: Callable[[NDArray[np.intp]], Mapping[int, NDArray[np.float64]]] | None = None
    variants: Mapping[str, Model] = field(default_factory=dict)

    def without_draws(self) -> Posterior:
        """What is said of the draws, without them: a large contest's fill memory."""
        return replace(self, share=np.empty((0, *self.share.shape[1:])), valid=np.empty((0, *self.valid.shape[1:])))


class Model(Protocol):
    """A model of the night: pure, its randomness an argument."""

    def __call__(self, contest: Contest, tally: Tally, *, draws: int, seed: int) -> Posterior:
        """Joint draws given the tally; the same arguments give the same bytes."""
        ...
