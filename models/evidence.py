"""How likely the news is under each member of a bank: a Gaussian density, made of pieces that are worked out apart.

    S_rs = (h_r omega h_s') k_rs + a_rs,    log N(y; m, S) by the factor of S

with r and s observations, h what they see, k the covariance of their areas and a what is not along omega. The first is
linear in omega, and a in the variances of slopes, so that each is one multiplication of matrices for all members. A
move of a few hyper-parameters leaves most pieces as they are. Members are the last axis (`models.small_matrices`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields, replace

import numpy as np
from numpy.typing import NDArray

from models.gaussian import Law, across_pairs, mean_shares
from models.layout import Layout, lay_out
from models.observe import Observation
from models.small_matrices import last, root_pairs, solve_lower
from models.twins import twin_of

__all__ = [
    "Pieces",
    "covariance_root",
    "density_of",
    "log_likelihood",
    "missed_by",
    "news_pieces",
    "renew_pieces",
]

Array = NDArray[np.float64]
Places = NDArray[np.intp]

MULTIPLIED = 16  # rows of a diagonal


@dataclass(frozen=True, slots=True, eq=False)
class Pieces:
    """What the density of the news is made of; a change of a few hyper-parameters leaves most of it as it is.

    The covariance of two observations is ``along`` times ``across``, plus ``apart``: pairs are as in `models.layout`.

    Parameters
    ----------
    layout
        What no member changes, kinds of pairs among it.
    along
        (kind, member) h omega h'.
    across
        (kind, member) k of the areas they are of.
    apart
        (pair, member) slopes on the own baseline share, entrants in the same area, and what blurs the figures.
    missed
        (row, member) what each is above its mean.
    """

    layout: Layout
    along: Array
    across: Array
    apart: Array
    missed: Array

    def choose(self, other: Pieces, chosen: NDArray[np.bool_]) -> Pieces:
        """``other`` where ``chosen`` (member,), else this."""
        pairs = {field.name: (getattr(self, field.name), getattr(other, field.name)) for field in fields(self)}
        changed = {name: np.where(chosen, theirs, ours) for name, (ours, theirs) in pairs.items() if theirs is not ours}
        return replace(self, **changed)


# The fields of the bank that each piece depends on.
DEPENDS = {
    "along": {"omega"},
    "across": {"area", "size_exponent", "correlated", "length", "weight", "swing"},
    "apart": {"own_slope", "level", "slope", "spread", "takes"},
    "missed": {"level", "slope", "takes", "departed", "squeeze", "squeezed_to"},
}


def news_pieces(law: Law, seen: Observation, **known: Array) -> Pieces:
    """The pieces of the density of the news, of which some may be known."""
    rest = {name: work_out(law, seen) for name, work_out in WORK_OUT.items() if name not in known}
    return Pieces(lay_out(law.design, seen), **known, **rest)


def renew_pieces(pieces: Pieces, law: Law, seen: Observation, names: Iterable[str]) -> Pieces:
    """The same for a law that differs in the named fields of the bank."""
    changed = set(names)
    renewed = {name: work_out(law, seen) for name, work_out in WORK_OUT.items() if DEPENDS[name] & changed}
    return Pieces(pieces.layout, **{name: renewed.get(name, getattr(pieces, name)) for name in WORK_OUT})


def along_kinds(law: Law, seen: Observation) -> Array:
    """(kind, member) covariance along the candidates that two observations see, each kind of two once."""
    along: Array = lay_out(law.design, seen).both @ last(law.bank.omega).reshape(-1, law.bank.size)
    return along


def across_kinds(law: Law, seen: Observation) -> Array:
    """(kind, member) covariance between the areas of two observations, each two areas once."""
    layout = lay_out(law.design, seen)
    return across_pairs(law, layout.first, layout.second)


def apart_pairs(law: Law, seen: Observation) -> Array:
    """(pair, member) covariance of two observations that is not along omega."""
    layout = lay_out(law.design, seen)
    variances = np.empty((len(law.design.mean) + 1, law.bank.size))
    np.square(last(law.bank.own_slope), out=variances[:-1])
    variances[-1] = 1.0
    total: Array = layout.apart @ variances
    for row in range(len(law.design.entrants)):
        felt = (layout.kinds @ law.moves[row])[layout.kind]
        felt *= law.sds[seen.area, row]
        total[layout.same] += felt[layout.ones] * felt[layout.others]
    return total


def missed_by(law: Law, seen: Observation) -> Array:
    """(row, member) what each observation is above its mean."""
    layout, design, bank = lay_out(law.design, seen), law.design, law.bank
    if design.link is not None and seen.size:  # which is not linear in shares
        missed: Array = seen.value[:, None] - np.einsum(
            "rc,rcm->rm", seen.direction, mean_shares(law, layout.areas)[layout.place]
        )
        return missed
    missed = np.repeat((seen.value - layout.level)[:, None], bank.size, axis=1)
    if design.departed.any():
        missed -= layout.gone @ last(bank.departed)
    if design.squeezed:
        missed -= layout.squeezed @ np.stack([bank.squeeze, bank.squeeze * bank.squeezed_to])
    for row, entrant in enumerate(design.entrants):
        gained = (layout.kinds @ law.moves[row])[layout.kind]
        gained *= law.levels[seen.area, row] - (design.expected[entrant] if design.polled else 0.0)
        missed -= gained
    return missed


def covariance_pairs(along: Array, along_of: Places, across: Array, across_of: Places, apart: Array) -> Array:
    """(pair, member) covariance of two observations."""
    total: Array = along[along_of]
    total *= across[across_of]
    total += apart
    return total


def covariance_root(pieces: Pieces) -> Array:
    """(row, row, member) lower factor of the observations' covariance."""
    layout = pieces.layout
    pairs = covariance_pairs(pieces.along, layout.along, pieces.across, layout.across, pieces.apart)
    (factor,) = root_pairs(pairs, len(pieces.missed), 0.0)
    return factor


def log_likelihood(law: Law, seen: Observation) -> Array:
    """(member,) log density of the observations under each member."""
    return density_of(news_pieces(law, seen)) if seen.size else np.zeros(law.bank.size)


def density_of(pieces: Pieces) -> Array:
    """(member,) log density of the observations with these means and covariances."""
    layout = pieces.layout
    diagonal, square = whiten(pieces.along, layout.along, pieces.across, layout.across, pieces.apart, pieces.missed)
    density: Array = -0.5 * (square + log_determinant(diagonal) + len(diagonal) * np.log(2.0 * np.pi))
    return density


def log_determinant(diagonal: Array) -> Array:
    """(member,) log of the determinant of a matrix, by the diagonal (row, member) of its factor.

    Some rows are multiplied before a logarithm is taken: few enough for the product not to leave a double's range.
    """
    parts = (diagonal[start : start + MULTIPLIED] for start in range(0, len(diagonal), MULTIPLIED))
    total: Array = 2.0 * sum(np.log(np.multiply.reduce(part, axis=0)) for part in parts)
    return total


@twin_of("whiten_rows")
def whiten(
    along: Array, along_of: Places, across: Array, across_of: Places, apart: Array, missed: Array
) -> tuple[Array, Array]:
    """(row, member) diagonal of the factor of the observations' covariance, and (member,) squares of what is whitened.

    Parameters
    ----------
    along, across, apart, missed
        As in `Pieces`.
    along_of, across_of
        (pair,) kinds, as in `models.layout`.
    """
    (factor,) = root_pairs(covariance_pairs(along, along_of, across, across_of, apart), len(missed), 0.0)
    whitened = solve_lower(factor, missed)
    whitened *= whitened
    return np.einsum("iim->im", factor), whitened.sum(axis=0)


WORK_OUT: Mapping[str, Callable[[Law, Observation], Array]] = {
    "along": along_kinds,
    "across": across_kinds,
    "apart": apart_pairs,
    "missed": missed_by,
}
