"""What puts right what had been on air: told as soon as it is accepted, whatever becomes of its forecast.

Under a hold it is told once that is released; of what was never on air there is nothing to be told.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from forecast.declaration import Kind
from forecast.outlets.atom import Told
from forecast.service.airing import Airing
from forecast.service.desk import DeskState, Taken

__all__ = ["Correction", "find_corrections", "news_told"]


@dataclass(frozen=True, slots=True)
class Correction:
    """An entry that puts figures right.

    Parameters
    ----------
    of
        The item: what is right or, where ``undone``, what does not count any more.
    let_out
        The entry from which on the world is told, as of `Airing.let_out`.
    """

    sequence: int
    at: datetime
    of: Taken
    undone: bool
    let_out: int | None


def find_corrections(state: DeskState, airing: Airing) -> tuple[Correction, ...]:
    """Everything that corrects, withdraws or undoes news of a contest, or was chosen of two sources, in order."""
    return tuple(sorted(_find(state, airing), key=lambda each: each.sequence))


def _find(state: DeskState, airing: Airing) -> Iterator[Correction]:
    first: dict[str, int] = {}
    for taken in state.taken:
        undo, let_out = airing.undone.get(taken.sequence) if taken.undone else None, None
        if taken.item.kind in {Kind.CORRECTED, Kind.WITHDRAWN} or taken.sequence in airing.chosen:
            known = first.get(taken.item.area, taken.sequence)
            let_out = airing.let_out(taken.sequence, known, state.rehearsals)
            if let_out is not None and undo is not None and undo.sequence < let_out:
                let_out = None  # it was taken back before anybody was told
            yield Correction(taken.sequence, taken.at, taken, False, let_out)
        first.setdefault(taken.item.area, taken.sequence)
        if undo is not None:
            aired = airing.let_out(undo.sequence, taken.sequence, state.rehearsals)
            back = aired if let_out is None else airing.not_held(undo.sequence)
            yield Correction(undo.sequence, undo.at, taken, True, back)


def news_told(state: DeskState, corrections: tuple[Correction, ...], through: int) -> list[Told]:
    """The news that the world is told: what the forecast on air has seen, and corrections that were let out since.

    Parameters
    ----------
    through
        The last entry that the forecast on air has seen.
    """
    out = {each.sequence for each in corrections if each.let_out is not None}
    never = {
        each.of.sequence for each in corrections if each.undone and each.let_out is None and each.sequence <= through
    }
    told = [
        Told(each.sequence, each.at, each.item)
        for each in state.taken
        if (each.sequence <= through or each.sequence in out) and each.sequence not in never
    ]
    told += [
        Told(each.sequence, each.at, each.of.item, retracts=each.of.sequence)
        for each in corrections
        if each.undone and each.let_out is not None
    ]
    return sorted(told, key=lambda each: each.sequence)
