"""How many independent members a tempered bank is worth, from who descends from whom.

Resampling leaves several copies of a member, and Metropolis moves take them apart only in part. Members that descend
from the same one are a family; how far families' sums of a figure stray from its mean shows the error of that mean,
moves and all, without other runs. It is an estimate, and a rough one with few families.

References
----------
Lee & Whiteley 2018, *Variance estimation in the particle filter*, Biometrika 105(3), doi:10.1093/biomet/asy028.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from models.bank import Bank
from models.design import Design
from models.gaussian import law_of, observation_covariance, share_shift
from models.observe import Observation

__all__ = ["effective_members", "expected_lead"]

Array = NDArray[np.float64]


def expected_lead(design: Design, bank: Bank, seen: Observation) -> Array:
    """(member,) half-lead of the baseline's top two in the contest that each member expects given the news."""
    law = law_of(design, bank)
    shares = law.mean
    if seen.size:
        missed = seen.value - np.einsum("mrc,rc->mr", law.mean[:, seen.area], seen.direction)
        gain = np.linalg.solve(observation_covariance(law, seen), missed[:, :, None])[:, :, 0]
        shares = shares + share_shift(law, seen, gain)
    lead: Array = np.einsum("i,mic,c->m", design.weight, shares, design.lead)
    return lead


def effective_members(figure: Array, ancestor: NDArray[np.intp]) -> float:
    """Independent members whose mean of a figure would be as exact as that of these.

    The variance of the figure over the squared error of its mean by families, both freed of the bias that the mean is
    estimated: the number of members where each is its own family, of families where their members are all alike.

    Parameters
    ----------
    figure
        (member,) any figure.
    ancestor
        (member,) the member of the first bank each descends from.
    """
    size, off = len(figure), figure - figure.mean()
    family = np.bincount(ancestor) / size
    alike = float(family @ family)
    strayed = np.bincount(ancestor, off)
    error = float(strayed @ strayed) / size**2
    if error == 0.0:
        return 1.0 / alike
    return min(float(size), 1.0 + (1.0 - alike) * float(off @ off) / size / error)
