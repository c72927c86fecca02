"""Which of a plain function and its compiled twin is called: the same numbers either way.

Loading compiled code takes longer than several updates, so a process first works in NumPy. Once it has made as many
draws as repay it, as a live service or an evaluation has and one `forecast run` has not, the twins in
`models.few_kernels` and `models.draw_kernels` are loaded beside the work and take over. The first time a twin is called
both are worked out; where a processor rounds one of them otherwise, the plain function is kept. It always is for fewer
members or draws than `LEAST`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from threading import Lock, Thread
from typing import Any, Concatenate

import numpy as np
from numpy.typing import NDArray

__all__ = ["TWINS", "count_draws", "load_twins", "twin_of"]

Array = NDArray[np.float64]

REPAID = 200_000  # draws of a process from which on compiled code is loaded: twenty updates
LEAST = 64  # members or draws: with fewer NumPy may add in another order


class Twins:
    """The compiled code of this process, once it is loaded."""

    def __init__(self) -> None:
        self.compiled: Mapping[str, Callable[..., Sequence[Array]]] = {}
        self.draws = 0
        self.turn = Lock()

    def load(self) -> None:
        """Load it, compiling what no process before this one has."""
        from models.draw_kernels import condition_draws  # noqa: PLC0415 - takes long to load
        from models.few_kernels import root_pairs, whiten_rows  # noqa: PLC0415

        twins: tuple[Callable[..., Sequence[Array]], ...] = (condition_draws, root_pairs, whiten_rows)
        self.compiled = {each.__name__: each for each in twins}


TWINS = Twins()


def load_twins() -> None:
    """Load compiled code now."""
    TWINS.load()


def count_draws(draws: int) -> None:
    """Note that so many draws are asked of this process; loads compiled code, beside the work, once they repay it."""
    with TWINS.turn:
        before, TWINS.draws = TWINS.draws, TWINS.draws + draws
    if before < REPAID <= TWINS.draws and not TWINS.compiled:
        Thread(target=TWINS.load, name="compiled twins").start()


type _Twin[First, **Given] = Callable[Concatenate[First, Given], Sequence[Array]]


def twin_of[First: NDArray[Any], **Given](name: str) -> Callable[[_Twin[First, Given]], _Twin[First, Given]]:
    """Have a plain function make way for the compiled one of this name.

    The arrays it returns, and that which is its first argument, end with members or draws.
    """

    def decorate(plain: _Twin[First, Given]) -> _Twin[First, Given]:
        proved: list[bool] = []

        @wraps(plain)
        def call(first: First, /, *args: Given.args, **kwargs: Given.kwargs) -> Sequence[Array]:
            compiled = TWINS.compiled.get(name)
            if compiled is None or first.shape[-1] < LEAST or (proved and not proved[0]):
                return plain(first, *args, **kwargs)
            theirs = compiled(first, *args, **kwargs)
            if proved:
                return theirs
            ours = plain(first, *args, **kwargs)
            proved.append(all(np.array_equal(*each) for each in zip(ours, theirs, strict=True)))
            return ours

        return call

    return decorate
