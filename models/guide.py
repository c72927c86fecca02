"""Aim a bank's entrants at what has been declared of them, and say by how much that favours each member.

An entrant's level is vague before the night and sharp after one area, so a bank drawn from the prior would lose most of
its members to the first figure. Here every other member's (level, slopes) are drawn instead from their Gaussian law
given the logits of the declared shares, on which they bear linearly; the log of the prior's density over that of the
mixture, both joint over the entrants aimed, is kept as a weight and is at most log 2.
The same random numbers serve before and after: with nothing declared the bank is returned as it is.

References
----------
Defensive mixtures: Hesterberg 1995, doi:10.2307/1269620; linearised proposals: Doucet, Godsill & Andrieu 2000,
doi:10.1023/A:1008935410038.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from models.bank import Bank
from models.design import Design
from models.gaussian import level_shift
from models.link import logistic
from models.observe import Observation
from models.small_matrices import first, last, root, solve_lower, solve_upper

__all__ = ["guide"]

Array = NDArray[np.float64]

SLACK = 0.3  # SD of the logit left for what the linearisation misses; widens the proposal, never the model
LEAST_SHARE = 0.002


def guide(design: Design, bank: Bank, seen: Observation) -> Bank:
    """The bank with entrants' levels and slopes drawn near their declared shares; `Bank.guided` corrects for it.

    The same members are aimed for every entrant, so the law they come from is one mixture of two joint laws, not a
    product of mixtures: prior and aimed densities are multiplied over entrants before they are mixed.
    """
    guided, log_prior, log_aimed = bank, np.zeros(bank.size), np.zeros(bank.size)
    for row, entrant in enumerate(design.entrants):
        rows = np.flatnonzero((seen.direction[:, entrant] == 1.0) & (seen.companion == 0.0))
        if rows.size:
            shares = seen.value[rows]
            if design.link is not None:
                shares = logistic(shares / design.link.scale[entrant])
            guided, prior, aimed = _guide_one(design, guided, row, seen.area[rows], shares)
            log_prior, log_aimed = log_prior + prior, log_aimed + aimed
    if guided is bank:
        return bank
    return replace(guided, guided=log_prior - np.logaddexp(log_prior, log_aimed) + np.log(2.0))


def _guide_one(
    design: Design, bank: Bank, row: int, areas: NDArray[np.intp], shares: Array
) -> tuple[Bank, Array, Array]:
    """Aim one entrant: the bank, and the log densities of its (level, slopes) under the prior and the aimed law.

    Intercepts, on which logits bear linearly, are levels less what the slopes add to them (`level_shift`).
    """
    prior_mean, prior_sd = (each[:, None] for each in _prior(design, row))
    level, slope = bank.level.copy(order="K"), bank.slope.copy(order="K")
    normals = (np.vstack([level[:, row], last(slope)[row]]) - prior_mean) / prior_sd
    mean, factor = _aim(design, bank.spread[:, row], row, areas, shares)
    aimed = mean + solve_upper(factor, normals)
    from_prior = np.arange(bank.size) % 2 == 0
    slope[:, row] = first(np.where(from_prior, last(slope)[row], aimed[1:]))
    shift = level_shift(design, slope)[:, row]
    level[:, row] = np.where(from_prior, level[:, row], aimed[0] + shift)
    off = np.vstack([level[:, row] - shift, last(slope)[row]]) - mean
    whitened = np.stack([np.einsum("qm,qm->m", factor[p:, p], off[p:]) for p in range(len(off))])
    log_aimed = np.log(np.einsum("ppm->pm", factor)).sum(axis=0) - 0.5 * (whitened**2).sum(axis=0)
    moved = (np.vstack([level[:, row], last(slope)[row]]) - prior_mean) / prior_sd
    log_prior = -0.5 * (moved**2).sum(axis=0) - np.log(prior_sd).sum()
    return replace(bank, level=level, slope=slope), log_prior, log_aimed


def _aim(design: Design, spread: Array, row: int, areas: NDArray[np.intp], shares: Array) -> tuple[Array, Array]:
    """Mean (term, member) and factor of the precision (term, term, member) of (intercept, slopes) given logits."""
    prior_mean, prior_sd = _prior(design, row)
    kept = np.clip(shares, LEAST_SHARE, 1.0 - LEAST_SHARE)
    regressors = np.column_stack([np.ones(len(areas)), design.covariates[areas]])
    sharpness = 1.0 / (last(spread)[areas] ** 2 + SLACK**2)
    squares = regressors[:, :, None] * regressors[:, None, :]
    precision = np.diag(prior_sd**-2)[:, :, None] + np.tensordot(squares.T, sharpness, 1)
    logits = regressors * np.log(kept / (1.0 - kept))[:, None]
    pull = (prior_mean / prior_sd**2)[:, None] + logits.T @ sharpness
    factor = root(precision)
    return solve_upper(factor, solve_lower(factor, pull)), factor


def _prior(design: Design, row: int) -> tuple[Array, Array]:
    """Mean and SD of (level, slopes) of an entrant."""
    expected = design.expected[design.entrants[row]]
    covariates = design.covariates.shape[1]
    mean = np.concatenate([[np.log(expected / (1.0 - expected))], np.zeros(covariates)])
    sd = np.array([design.priors.entrant_level_sd] + [design.priors.entrant_slope_sd] * covariates)
    return mean, sd
