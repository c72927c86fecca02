"""The swing model written out in PyMC, one latent for each thing that moves: what the reference engine samples.

    share_i = level_i + F (swing z + s Z_x x_i + area sqrt(rho) (chol K Z)_i) + sum_c t_c (b_ic - b_c) a_c
              + sum_e s_ie m_e + own_i

with F F' = omega, t_c the slope of a candidate on its own baseline share, s_ie what entrant e expects in area i and m_e
who gains and loses when it gains. Only own_i, the area's own deviation and those of its entrants, is integrated out,
area by area: figures reported in area i are Gaussian given all else, with covariance
area^2 (1 - rho) size_i / weight_i H omega H' + sum_e sd_ie^2 (H m_e)(H m_e)' + noise.
Whatever differs between contests of the same dimensions, or moments of one night, is data: compiled once a process.
Where chains start depends on none of it, so that what was compiled first changes nothing.

References
----------
Non-centred latents: Papaspiliopoulos, Roberts & Sköld 2007, doi:10.1214/088342307000000014; Wishart by Bartlett's
decomposition: Smith & Hocking 1972, doi:10.2307/2346290; gammas of small shape: Marsaglia & Tsang 2000,
doi:10.1145/358407.358414.
"""

# ruff: noqa: PLC0415
from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from models.design import Design
from models.latent_data import BLUR, contest_data, dimensions_of, news_data
from models.observe import Observation

__all__ = ["WANTED", "WANTED_OF_ENTRANTS", "build_model"]

type Model = Any  # PyMC is untyped, and imported only where it is used
type Tensor = Any

JITTER = 1e-7  # keeps the kernel of areas that are alike positive definite
WANTED = ("area", "own_sd", "factor", "shared", "tail", "weight", "offset", "tilt")
WANTED_OF_ENTRANTS = ("expected", "moves", "spread", "mixing")


def build_model(design: Design, seen: Observation) -> Model:
    """The PyMC model of a contest at one moment of the night."""
    import pymc as pm

    priors = design.priors
    areas, *_ = dimensions_of(design)
    with pm.Model() as model:
        fixed = {name: pm.Data(name, array, shape=array.shape) for name, array in contest_data(design).items()}
        data = {**fixed, **{name: pm.Data(name, array) for name, array in news_data(design, seen).items()}}
        area = pm.Deterministic("area", priors.area_median * pm.math.exp(priors.area_log_sd * pm.Normal("log_area")))
        correlated = pm.Beta("correlated", *priors.correlated)
        factor = pm.Deterministic("factor", option_factor(design, data))
        expected, sds, moves = entrant_latents(design, data)
        swings = swing_latents(design, data, area * pm.math.sqrt(correlated), factor)
        shared = pm.Deterministic("shared", level_latents(design, data, moves) + swings + expected.T @ moves)
        tail = pm.Deterministic("tail", 2.0 + pm.Gamma("above_two", priors.tail_shape, priors.tail_rate))
        weight = pm.Gamma("weight", tail / 2.0, tail / 2.0, shape=areas)
        size = pm.math.exp(-0.5 * pm.Beta("size_exponent", *priors.size_exponent) * data["log_size"])
        own_sd = pm.Deterministic("own_sd", area * pm.math.sqrt(1.0 - correlated) * size)
        along = report_latents(design, data, shared, own_sd / pm.math.sqrt(weight), factor, sds, moves)
        pm.Potential("reports", along)
    return model


def option_factor(design: Design, data: Mapping[str, Tensor]) -> Tensor:
    """(candidate, rank) F: Bartlett's factor of a Wishart matrix, the top two's half-lead scaled to variance 1."""
    import pymc as pm
    import pytensor.tensor as pt

    *_, rank, _, _ = dimensions_of(design)
    rows, columns = np.tril_indices(rank, -1)
    lower = pt.diag(pt.sqrt(pm.Gamma("bartlett_square", data["freedom"], 0.5, shape=rank, initval=np.full(rank, 10.0))))
    if len(rows):
        lower = lower[rows, columns].set(pm.Normal("bartlett_below", shape=len(rows)))
    factor = data["root"] @ lower
    return factor / pt.sqrt(((data["lead"] @ factor) ** 2).sum())


def log_gammas(name: str, shape: Tensor, size: int) -> Tensor:
    """Logs of gammas of unit scale as log G(a + 1) + log(U) / a, tame for the sampler where a is near 0."""
    import pymc as pm

    larger = pm.Gamma(f"{name}_larger", shape + 1.0, 1.0, shape=size, initval=np.ones(size))
    return pm.math.log(larger) + pm.math.log(pm.Uniform(f"{name}_uniform", shape=size)) / shape


def entrant_latents(design: Design, data: Mapping[str, Tensor]) -> tuple[Tensor, Tensor, Tensor]:
    """Expected shares of entrants and their SDs, (entrant, area); and who gains and loses, (entrant, candidate)."""
    import pymc as pm
    import pytensor.tensor as pt

    areas, candidates, entrants, _, _, taken, _ = dimensions_of(design)
    if not entrants:
        return pt.zeros((0, areas)), pt.zeros((0, areas)), pt.zeros((0, candidates))
    half = design.priors.entrant_tail / 2.0
    scale = pm.HalfNormal("spread", design.priors.entrant_area_sd, shape=entrants)
    spread = scale[:, None] / pm.math.sqrt(pm.Gamma("mixing", half, half, shape=(entrants, areas)))
    logits = pt.stack([_entrant_logit(design, data, row, spread[row]) for row in range(entrants)])
    expected = pm.Deterministic("expected", data["standing"] * pm.math.sigmoid(logits))
    logs = pt.full((entrants, candidates), -1e6)[data["taken_row"], data["taken_column"]]
    logs = logs.set(log_gammas("taken", data["taken"], taken))
    moves = pm.Deterministic("moves", data["gains"] - pt.special.softmax(logs, axis=1))
    return expected, expected * (1.0 - expected) * spread, moves


def _entrant_logit(design: Design, data: Mapping[str, Tensor], row: int, spread: Tensor) -> Tensor:
    """(area,) an entrant's logit: an intercept and slopes, the intercept its contest-wide level less what slopes add.

    Both are drawn about where the entrant's reported shares put them, and a potential puts their density right: a
    change of variables, without which a small spread makes a neck too narrow for the sampler.
    """
    import pymc as pm
    import pytensor.tensor as pt

    areas, _, _, covariates, *_ = dimensions_of(design)
    wide = np.array([design.priors.entrant_level_sd] + [design.priors.entrant_slope_sd] * covariates)
    centre = pt.concatenate([data["logit"][row : row + 1], pt.zeros(covariates)])
    regressors = pt.concatenate([pt.ones((areas, 1)), data["covariates"]], axis=1)
    sharpness = data["entrant_known"][row] / (spread**2 + BLUR)
    lower = pt.linalg.cholesky(regressors.T @ (sharpness[:, None] * regressors) + np.diag(wide**-2.0))
    pull = regressors.T @ (sharpness * data["entrant_logit"][row]) + centre / wide**2
    units = pm.Normal(f"level_and_slopes_{row}", shape=covariates + 1)
    drawn = pt.linalg.solve_triangular(lower.T, pt.linalg.solve_triangular(lower, pull, lower=True) + units)
    added = pt.log(data["part"] @ pt.exp(data["covariates"] @ drawn[1:]))
    believed = pt.concatenate([drawn[:1] + added, drawn[1:]])
    prior = -0.5 * (((believed - centre) / wide) ** 2).sum()
    pm.Potential(f"change_of_variables_{row}", prior + 0.5 * (units**2).sum() - pt.log(pt.diag(lower)).sum())
    return regressors @ drawn


def level_latents(design: Design, data: Mapping[str, Tensor], moves: Tensor) -> Tensor:
    """(area, candidate) shares before swings and entrants: baseline, departed, squeeze, and the polls' level."""
    import pymc as pm
    import pytensor.tensor as pt

    *_, heirs = dimensions_of(design)
    logs = pt.full((len(design.mean),), -1e6)[data["went_column"]].set(log_gammas("went", data["went"], heirs))
    squeeze = pm.Normal("squeeze", design.priors.squeeze_mean, design.priors.squeeze_sd)
    first = pm.Beta("squeezed_to", 4.0, 4.0)
    lost = squeeze * data["small"] * data["baseline"]
    gains = first * data["top"][0] + (1.0 - first) * data["top"][1]
    moved = data["gone"][:, None] * pt.special.softmax(logs) - lost + lost.sum(axis=1)[:, None] * gains
    polls = data["polls"] - (data["gains"] @ data["polls"]) @ moves if design.entrants else data["polls"]
    return data["baseline"] + moved + data["polled"] * (polls - data["mean"] - data["part"] @ moved)


def swing_latents(design: Design, data: Mapping[str, Tensor], common_sd: Tensor, factor: Tensor) -> Tensor:
    """(area, candidate) swings that areas share: the contest's, by covariates, of neighbours, and by own share."""
    import pymc as pm
    import pytensor.tensor as pt

    priors, half = design.priors, design.priors.swing_tail / 2.0
    areas, candidates, _, covariates, rank, *_ = dimensions_of(design)
    heavy = priors.swing_sd / pm.math.sqrt(pm.Gamma("swing_mixing", half, half))
    swing = data["polled"] * priors.poll_swing_sd + (1.0 - data["polled"]) * heavy
    along = swing * pm.Normal("swing", shape=rank)[None]
    if covariates:
        along += priors.covariate_sd * data["covariates"] @ pm.Normal("covariate_slope", shape=(covariates, rank))
    length = priors.length_median * pm.math.exp(priors.length_log_sd * pm.Normal("log_length"))
    kernel = 0.5 * pm.math.exp(-0.5 * data["distance"] / length**2) + 0.5 * data["same_group"]
    neighbours = pt.linalg.cholesky(kernel + JITTER * pt.eye(areas))
    along += common_sd * neighbours @ pm.Normal("neighbours", shape=(areas, rank))
    slope = priors.own_slope_sd * pm.StudentT("own_slope", priors.own_slope_tail, shape=candidates)
    return along @ factor.T + ((data["baseline"] - data["mean"]) * slope) @ data["losers"]


def report_latents(
    design: Design, data: Mapping[str, Tensor], shared: Tensor, own: Tensor, factor: Tensor, sds: Tensor, moves: Tensor
) -> Tensor:
    """Log density, but for a constant, of what areas have reported given all they share."""
    import pymc as pm
    import pytensor.tensor as pt

    where, direction = data["where"], data["direction"]
    offset = pm.Normal("offset", 0.0, design.priors.companion_offset_sd)
    tilt = pm.Normal("tilt", 0.0, design.priors.companion_slope_sd)
    missed = (
        data["value"] - (direction * shared[where]).sum(axis=1) - offset * data["companion"] - tilt * data["leaning"]
    )
    along = own[where][:, None] * (direction @ factor)
    if design.entrants:
        along = pt.concatenate([along, sds[:, where].T * (direction @ moves.T)], axis=1)
    same_area = pt.eq(where[:, None], where[None, :])
    lower = pt.linalg.cholesky(same_area * (along @ along.T) + data["noise"])
    whitened = pt.linalg.solve_triangular(lower, missed, lower=True)
    return -0.5 * (whitened**2).sum() - pt.log(pt.diag(lower)).sum()
