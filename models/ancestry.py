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
from models.gaussian import law_of
from models.observe import Observation
from models.pathwise import expected_shares

__all__ = ["effective_members", "expected_lead"]

Array = NDArray[np.float64]


def expected_lead(design: Design, bank: Bank, seen: Observation) -> Array:
    """(member,) half-lead of the baseline's top two in the contest that each member expects given the news."""
    shares = expected_shares(law_of(design, bank), seen)
    lead: Array = (shares @ design.lead) @ design.weight
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
