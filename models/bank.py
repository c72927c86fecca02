"""A bank of hyper-parameter draws: what the swing model does not know before the night, drawn from its prior.

Every field has a leading axis (member,), though members lie next to each other in memory (`models.small_matrices`).
Given one member, area shares are jointly Gaussian:

    share_i = mean_i + W d_i + sum_e s_ie (1 - s_ie) spread_ie u_ie takes_e,      u_ie ~ N(0, 1)
    cov(d_i, d_j) = k_ij * omega + sum_c slope_c^2 (b_ic - b_c)(b_jc - b_c) a_c a_c'
    k_ij = swing^2 + s^2 x_i.x_j + area^2 [rho K_ij + (1 - rho) 1(i = j) size_i / weight_i]

with d_i the change of the candidates who have a baseline (it sums to zero), K half closeness of covariates and half
belonging to the same sub-region, weight_i ~ Gamma(nu/2, nu/2) giving Student-t tails, s_ie an entrant's expected share
(s(1 - s) carries an SD of its logit over to the share), and takes_e moving an entrant's votes from the others to the
entrant. A bank is drawn once a night; news only weighs its members.

References
----------
Lange, Little & Taylor 1989 (t by scale mixture), doi:10.1080/01621459.1989.10478852;
Smith & Hocking 1972 (Wishart by Bartlett's decomposition), doi:10.2307/2346290.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

import numpy as np
from numpy.typing import NDArray

from models.design import Design
from models.small_matrices import first, last, normals

__all__ = ["BLOCKS", "Bank", "blocks_for", "draw_bank", "join_banks"]

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Bank:
    """Hyper-parameter draws; see the module for their meaning.

    Parameters
    ----------
    swing
        (member,) SD of the contest swing.
    area
        (member,) SD of an area's own swing.
    size_exponent, correlated, length, tail
        (member,) h, rho, the kernel's length and the t's degrees of freedom.
    weight
        (member, area) scale mixture of each area's deviation.
    omega
        (member, candidate, candidate) covariance across candidates, 1 for the top two's half-lead.
    own_slope
        (member, candidate) SD of the slope of a candidate's change on its own baseline share.
    level
        (member, entrant) logit of an entrant's contest-wide level.
    slope
        (member, entrant, covariate) of that logit.
    spread
        (member, entrant, area) SD of an entrant's logit in an area about its level.
    takes
        (member, entrant, candidate) shares of an entrant's votes by where they come from; sums to 1.
    departed
        (member, candidate) where the votes of options that are gone went.
    squeeze
        (member,) share of their baseline small options lose with the voting system.
    squeezed_to
        (member,) part of that loss which the first of the top two gains.
    guided
        (member,) log density of the prior over that of the proposal the member was drawn from: 0 from the prior.
    """

    swing: Array
    area: Array
    size_exponent: Array
    correlated: Array
    length: Array
    tail: Array
    weight: Array
    omega: Array
    own_slope: Array
    level: Array
    slope: Array
    spread: Array
    takes: Array
    departed: Array
    squeeze: Array
    squeezed_to: Array
    guided: Array

    @property
    def size(self) -> int:
        """Number of members."""
        return len(self.swing)

    def take(self, index: NDArray[np.intp]) -> Bank:
        """The members at ``index``, with repeats."""
        laid = {field.name: last(getattr(self, field.name)) for field in fields(self)}
        return Bank(**{name: first(array.take(index, axis=-1)) for name, array in laid.items()})

    def part(self, members: slice) -> Bank:
        """Members next to each other, without a copy."""
        return Bank(**{field.name: getattr(self, field.name)[members] for field in fields(self)})

    def freeze(self) -> Bank:
        """The same, never to be written to."""
        for field in fields(self):
            getattr(self, field.name).setflags(write=False)
        return self

    def exchange(self, names: tuple[str, ...], other: Bank) -> Bank:
        """This bank with the named fields of another of the same size."""
        return replace(self, **{name: getattr(other, name) for name in names})

    def choose(self, other: Bank, chosen: NDArray[np.bool_]) -> Bank:
        """``other`` where ``chosen`` (member,), else this."""
        merged = {}
        for field in fields(self):
            ours, theirs = last(getattr(self, field.name)), last(getattr(other, field.name))
            if getattr(self, field.name) is not getattr(other, field.name):
                merged[field.name] = first(np.where(chosen, theirs, ours))
        return replace(self, **merged)


def join_banks(banks: Sequence[Bank]) -> Bank:
    """One bank of the members of several, in their order."""
    if len(banks) == 1:
        return banks[0]
    laid = {field.name: [last(getattr(bank, field.name)) for bank in banks] for field in fields(Bank)}
    return Bank(**{name: first(np.concatenate(arrays, axis=-1)) for name, arrays in laid.items()})


# Fields drawn independently of the others, which may therefore be redrawn by themselves.
BLOCKS: tuple[tuple[str, ...], ...] = (
    ("area",),
    ("size_exponent", "correlated", "length"),
    ("tail", "weight"),
    ("omega",),
    ("swing", "own_slope"),
    ("level", "slope", "spread", "guided"),
    ("takes", "departed"),
    ("squeeze", "squeezed_to"),
)


def blocks_for(design: Design) -> list[tuple[str, ...]]:
    """The blocks that bear on a contest: without entrants, say, theirs are nothing but what was drawn."""
    entrants = bool(design.entrants)
    bears = {"level": entrants, "takes": entrants or bool(design.departed.any()), "squeeze": design.squeezed}
    return [block for block in BLOCKS if bears.get(block[0], True)]


def draw_bank(design: Design, members: int, rng: np.random.Generator) -> Bank:
    """Draw ``members`` independent hyper-parameters from the prior."""
    priors, areas, candidates = design.priors, len(design.weight), len(design.mean)
    entrants, covariates = len(design.entrants), design.covariates.shape[1]
    tail = 2.0 + rng.gamma(priors.tail_shape, 1.0 / priors.tail_rate, members)
    logit = np.log(design.expected / (1.0 - design.expected))[list(design.entrants)]
    spread = np.abs(rng.normal(0.0, priors.entrant_area_sd, (entrants, members)))
    half, slope_half = priors.entrant_tail / 2.0, priors.own_slope_tail / 2.0
    return Bank(
        swing=_swing_sd(design, members, rng),
        area=priors.area_median * np.exp(priors.area_log_sd * rng.standard_normal(members)),
        size_exponent=rng.beta(*priors.size_exponent, members),
        correlated=rng.beta(*priors.correlated, members),
        length=priors.length_median * np.exp(priors.length_log_sd * rng.standard_normal(members)),
        tail=tail,
        weight=first(rng.standard_gamma(np.broadcast_to(tail / 2.0, (areas, members))) / (tail / 2.0)),
        omega=_draw_omega(design, members, rng),
        own_slope=first(priors.own_slope_sd / np.sqrt(rng.gamma(slope_half, 1.0 / slope_half, (candidates, members)))),
        level=logit + priors.entrant_level_sd * normals(rng, members, entrants),
        slope=priors.entrant_slope_sd * normals(rng, members, entrants, covariates),
        spread=first(spread[:, None] / np.sqrt(rng.gamma(half, 1.0 / half, (entrants, areas, members)))),
        takes=_draw_dirichlet(priors.takes_concentration * design.takes, members, rng),
        departed=_draw_departed(design, members, rng),
        squeeze=rng.normal(priors.squeeze_mean, priors.squeeze_sd, members) if design.squeezed else np.zeros(members),
        squeezed_to=rng.beta(4.0, 4.0, members) if design.squeezed else np.zeros(members),
        guided=np.zeros(members),
    )


def _swing_sd(design: Design, members: int, rng: np.random.Generator) -> Array:
    """Polls leave a Gaussian error; without them the contest swing has heavy tails."""
    priors = design.priors
    half = priors.swing_tail / 2.0
    heavy = priors.swing_sd / np.sqrt(rng.gamma(half, 1.0 / half, members))
    return np.full(members, priors.poll_swing_sd) if design.polled else heavy


def _draw_departed(design: Design, members: int, rng: np.random.Generator) -> Array:
    """(member, candidate) where the votes of options that are gone went; 0 where none is gone."""
    if not design.departed.any():
        return first(np.zeros((len(design.mean), members)))
    return _draw_dirichlet(design.priors.departed_concentration * design.mean[None, :], members, rng)[:, 0]


def _draw_dirichlet(concentration: Array, members: int, rng: np.random.Generator) -> Array:
    """(member, row, candidate) Dirichlet draws; a candidate of concentration 0 gets 0."""
    gammas = np.zeros((*concentration.shape, members))
    for row, column in np.argwhere(concentration > 0.0):
        gammas[row, column] = rng.standard_gamma(concentration[row, column], members)
    return first(gammas / np.maximum(gammas.sum(axis=1, keepdims=True), 1e-300))


def option_scale(design: Design) -> Array:
    """(candidate, candidate) prior mean of omega before scaling: b(1 - b), its rows summing to zero."""
    with_baseline = np.ones(len(design.mean))
    with_baseline[list(design.entrants)] = 0.0
    centre = np.diag(with_baseline) - np.outer(with_baseline, with_baseline) / with_baseline.sum()
    scale: Array = centre @ np.diag(design.mean * (1.0 - design.mean)) @ centre
    return scale


def option_root(design: Design) -> Array:
    """(candidate, rank) R with R R' = `option_scale`, of full column rank."""
    values, vectors = np.linalg.eigh(option_scale(design))
    kept = values > 1e-9 * values.max()
    root: Array = vectors[:, kept] * np.sqrt(values[kept])
    return root


def option_df(design: Design) -> float:
    """Degrees of freedom of the Wishart prior of omega."""
    return float(len(design.mean) + design.priors.option_df)


def _draw_omega(design: Design, members: int, rng: np.random.Generator) -> Array:
    """Wishart by Bartlett's decomposition, scaled to unit variance of the top two's half-lead."""
    root, df = option_root(design), option_df(design)
    rank = root.shape[1]
    bartlett = np.zeros((rank, rank, members))
    rows, columns = np.tril_indices(rank, -1)
    bartlett[rows, columns] = rng.standard_normal((len(rows), members))
    for row in range(rank):
        bartlett[row, row] = np.sqrt(2.0 * rng.standard_gamma((df - row) / 2.0, members))
    factor = np.tensordot(root, bartlett, 1)
    omega = np.einsum("akm,bkm->abm", factor, factor)
    return first(omega / (np.outer(design.lead, design.lead).ravel() @ omega.reshape(-1, members)))
