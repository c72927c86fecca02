"""Past contests fitted jointly: how far contests swing, how much areas and regions differ, and how they did by kind.

For area i of contest j of kind k, y its swing (half the change in the top two's lead), x half that lead at the
baseline less its mean, z the log of its size over the mean:

    y_ij ~ StudentT(nu_k, r_jg + b_j x_ij, tau_j exp(-h_k z_ij / 2))
    mu_j ~ StudentT(4, 0, S),  r_jg ~ N(mu_j, sigma_k) or, apart, N(mu_j, sigma'),  b_j ~ N(0, B)
    log tau_j ~ N(m_k, w)
    turnout_ij ~ StudentT(4, T_j, v_j),  T_j ~ N(0, U),  log v_j ~ N(n_k, w_v)
    gap_js ~ N(0, lambda^2 g_js^2 + chance_js^2)    at a quarter, half and three quarters declared, each for a third

w is half-normal(0.3): few contests say little of how contests differ. The top two's swing stands for every candidate's.

References
----------
Roever et al. 2021 on weak priors of heterogeneity, doi:10.1002/jrsm.1475; nutpie: github.com/pymc-devs/nutpie.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from models.learning.evidence import KINDS, Kind, PastContest

__all__ = ["CHAINS", "fit", "kinds_in"]

BY_AREA = ("swing", "lead", "log_size", "turnout")
CHAINS, DRAWS, TUNE = 4, 1_000, 750
LOG_AREA = {"mayor": np.log(0.019), "constituency": np.log(0.026), "president": np.log(0.030)}
LOG_TURNOUT = {"mayor": np.log(0.021), "constituency": np.log(0.05), "president": np.log(0.05)}


def kinds_in(past: Sequence[PastContest]) -> tuple[Kind, ...]:
    """The kinds of contest among them, in a fixed order."""
    return tuple(kind for kind in KINDS if any(each.kind == kind for each in past))


def fit(past: Sequence[PastContest], seed: int) -> Any:  # noqa: ANN401 - an xarray.DataTree, which is untyped here
    """Draws of everything the model has, by nutpie: an ``xarray.DataTree`` with its sampler's statistics."""
    import nutpie  # noqa: PLC0415

    compiled = nutpie.compile_pymc_model(build(past), backend="numba")
    return nutpie.sample(
        compiled, draws=DRAWS, tune=TUNE, chains=CHAINS, cores=2, seed=seed, progress_bar=False, save_warmup=False,
        target_accept=0.97,
    )  # fmt: skip


def build(past: Sequence[PastContest]) -> Any:  # noqa: ANN401 - a pymc.Model, which is untyped here
    """The model of these contests."""
    import pymc as pm  # noqa: PLC0415

    kinds = kinds_in(past)
    kind = np.array([kinds.index(each.kind) for each in past])
    row = np.concatenate([np.full(len(each.swing), j) for j, each in enumerate(past)])
    regions = [(j, g) for j, each in enumerate(past) for g in np.unique(each.group) if each.group.any()]
    of = np.array([j for j, _ in regions], dtype=int)
    apart = np.array([past[j].apart[past[j].group == g].any() for j, g in regions], dtype=bool)
    where = {pair: len(past) + position for position, pair in enumerate(regions)}
    place = np.array([where.get((j, g), j) for j, each in enumerate(past) for g in each.group])
    stacked = {name: np.concatenate([getattr(each, name) for each in past]) for name in BY_AREA}
    coords = {"contest": [each.id for each in past], "kind": list(kinds), "region": range(len(regions))}
    with pm.Model(coords=coords) as model:
        nu = pm.Deterministic("tail", 2.0 + pm.Gamma("tail_excess", 2.0, 0.25, dims="kind"), dims="kind")
        h = pm.Beta("size_exponent", 2.0, 3.0, dims="kind")
        spread = pm.LogNormal("swing_sd", np.log(0.043), 0.3)
        mu = pm.StudentT("swing", 4, mu=0.0, sigma=spread, dims="contest")
        b = pm.Normal("own_slope_unit", dims="contest") * pm.HalfNormal("own_slope_sd", 0.12)
        usual, own = pm.HalfNormal("region_sd", 0.02, dims="kind"), pm.HalfNormal("own_region_sd", 0.03)
        sigma = pm.math.where(apart, own, usual[kind[of]])
        middle = pm.Normal("region_swing", mu[of], sigma, dims="region") if len(of) else mu
        centre = pm.Normal("log_area", np.array([LOG_AREA[k] for k in kinds]), 0.35, dims="kind")
        differs = pm.HalfNormal("area_log_sd", 0.3)
        tau = pm.math.exp(pm.Normal("log_area_of", centre[kind], differs, dims="contest"))
        scale = tau[row] * pm.math.exp(-0.5 * h[kind[row]] * stacked["log_size"])
        expected = pm.math.concatenate([mu, middle])[place] + b[row] * stacked["lead"]
        pm.StudentT("y", nu[kind[row]], mu=expected, sigma=scale, observed=stacked["swing"])
        _add_turnout(pm, kinds, kind, row, stacked["turnout"])
        _add_gaps(pm, past)
    return model


def _add_turnout(pm: Any, kinds: Sequence[Kind], kind: Any, row: Any, turnout: Any) -> None:  # noqa: ANN401
    """How turnout changed, everywhere and in one area."""
    level = pm.Normal("turnout", 0.0, pm.HalfNormal("turnout_sd", 0.15), dims="contest")
    centre = pm.Normal("log_turnout_area", np.array([LOG_TURNOUT[k] for k in kinds]), 0.5, dims="kind")
    differs = pm.HalfNormal("turnout_area_log_sd", 0.3)
    own = pm.math.exp(pm.Normal("log_turnout_area_of", centre[kind], differs, dims="contest"))
    pm.StudentT("t", 4, mu=level[row], sigma=own[row], observed=turnout)


def _add_gaps(pm: Any, past: Sequence[PastContest]) -> None:  # noqa: ANN401
    """What had not declared against what had, in the orders known; three stops of one night count as one."""
    gaps = np.concatenate([each.gaps for each in past])
    unlike = np.concatenate([each.unlike for each in past])
    gap_scale = pm.HalfNormal("discrepancy", 0.5)
    if len(gaps):
        sd = pm.math.sqrt((gap_scale * unlike) ** 2 + gaps[:, 1] ** 2)
        pm.Potential("gaps", pm.logp(pm.Normal.dist(0.0, sd), gaps[:, 0]).sum() / 3.0)
