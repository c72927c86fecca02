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

from models.gaussian import Law, across_pairs, blur_covariance, companion_directions, mean_shares, slope_shift
from models.observe import Observation
from models.small_matrices import last, root, solve_lower

__all__ = [
    "Pieces",
    "density_of",
    "log_likelihood",
    "missed_by",
    "news_pieces",
    "observation_covariance",
    "renew_pieces",
    "see",
]

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Pieces:
    """What the density of the news is made of; a change of a few hyper-parameters leaves most of it as it is.

    The covariance of two observations is ``along`` times ``across``, plus ``apart``: pairs are the lower triangle's.

    Parameters
    ----------
    along
        (pair, member) h omega h'.
    across
        (pair, member) k of the areas they are of.
    apart
        (pair, member) slopes on the own baseline share, entrants in the same area, and what blurs the figures.
    missed
        (row, member) what each is above its mean.
    """

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


def news_pieces(law: Law, seen: Observation) -> Pieces:
    """The pieces of the density of the news."""
    return Pieces(**{name: work_out(law, seen) for name, work_out in WORK_OUT.items()})


def renew_pieces(pieces: Pieces, law: Law, seen: Observation, names: Iterable[str]) -> Pieces:
    """The same for a law that differs in the named fields of the bank."""
    changed = set(names)
    return replace(pieces, **{n: work_out(law, seen) for n, work_out in WORK_OUT.items() if DEPENDS[n] & changed})


def along_pairs(law: Law, seen: Observation) -> Array:
    """(pair, member) covariance along the candidates that two observations see."""
    ones, others = np.tril_indices(seen.size)
    both = seen.direction[ones][:, :, None] * seen.direction[others][:, None, :]
    along: Array = both.reshape(len(ones), -1) @ last(law.bank.omega).reshape(-1, law.bank.size)
    return along


def news_across(law: Law, seen: Observation) -> Array:
    """(pair, member) covariance between the areas of two observations."""
    ones, others = np.tril_indices(seen.size)
    areas, place = np.unique(seen.area, return_inverse=True)
    rows, columns = np.tril_indices(len(areas))
    high, low = np.maximum(place[ones], place[others]), np.minimum(place[ones], place[others])
    return across_pairs(law, areas[rows], areas[columns])[high * (high + 1) // 2 + low]


def apart_pairs(law: Law, seen: Observation) -> Array:
    """(pair, member) covariance of two observations that is not along omega."""
    design, (ones, others) = law.design, np.tril_indices(seen.size)
    leaning = (design.baseline - design.mean)[seen.area] * (seen.direction @ slope_shift(design).T)
    common = companion_directions(design, seen)
    total: Array = (leaning[ones] * leaning[others]) @ last(law.bank.own_slope) ** 2
    total += (blur_covariance(seen) + common @ common.T)[ones, others][:, None]
    same = np.flatnonzero(seen.area[ones] == seen.area[others])
    for row in range(len(design.entrants)):
        felt = (seen.direction @ law.moves[row]) * law.sds[seen.area, row]
        total[same] += felt[ones[same]] * felt[others[same]]
    return total


def covariance_of(pieces: Pieces, size: int) -> Array:
    """(row, row, member) covariance of the observations, its lower triangle."""
    matrix = np.zeros((size, size, pieces.missed.shape[1]))
    total = pieces.along * pieces.across
    total += pieces.apart
    start = 0
    for row in range(size):
        matrix[row, : row + 1] = total[start : start + row + 1]
        start += row + 1
    return matrix


def observation_covariance(law: Law, seen: Observation) -> Array:
    """(row, row, member) covariance of the observations, its lower triangle."""
    return covariance_of(news_pieces(law, seen), seen.size)


def missed_by(law: Law, seen: Observation) -> Array:
    """(row, member) what each observation is above its mean."""
    return seen.value[:, None] - see(seen, mean_shares(law, np.unique(seen.area)))


def see(seen: Observation, shares: Array) -> Array:
    """(row, member) what the observations see of shares (area, candidate, member) of the areas they are of."""
    place = np.unique(seen.area, return_inverse=True)[1]
    found = np.zeros((seen.size, shares.shape[2]))
    for row, candidate in np.argwhere(seen.direction):
        found[row] += seen.direction[row, candidate] * shares[place[row], candidate]
    return found


def log_likelihood(law: Law, seen: Observation) -> Array:
    """(member,) log density of the observations under each member."""
    return density_of(news_pieces(law, seen)) if seen.size else np.zeros(law.bank.size)


def density_of(pieces: Pieces) -> Array:
    """(member,) log density of the observations with these means and covariances."""
    size = len(pieces.missed)
    factor = root(covariance_of(pieces, size))
    whitened = solve_lower(factor, pieces.missed)
    log_det = 2.0 * np.log(np.einsum("iim->im", factor)).sum(axis=0)
    density: Array = -0.5 * (np.einsum("rm,rm->m", whitened, whitened) + log_det + size * np.log(2.0 * np.pi))
    return density


WORK_OUT: Mapping[str, Callable[[Law, Observation], Array]] = {
    "along": along_pairs,
    "across": news_across,
    "apart": apart_pairs,
    "missed": missed_by,
}
