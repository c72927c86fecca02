"""Past contests fitted jointly: how far contests swing, how much areas and regions differ, and how they did by kind.

For area i of contest j of kind k, y its swing (half the change in the top two's lead), x half that lead at the
baseline less its mean, z the log of its size over the mean:

    y_ij ~ StudentT(nu_k, r_jg + b_j x_ij, tau_j exp(-h_k z_ij / 2))
    mu_j ~ StudentT(4, 0, S),  r_jg ~ N(mu_j, sigma_k) or, apart, N(mu_j, sigma'),  b_j ~ N(0, B)
    log tau_j ~ N(m_k, w)
    turnout_ij ~ StudentT(4, T_j, v_j),  T_j ~ N(0, U),  log v_j ~ N(n_k, w_v)
    gap_js ~ N(0, lambda^2 g_js^2 + chance_js^2)    at a quarter, half and three quarters declared, each for a third

The unknowns of contests and regions are sampled in coordinates that `models.learning.guesses` centres: see `_draw`.
w is half-normal(0.3): few contests say little of how contests differ. The top two's swing stands for every candidate's.

References
----------
Roever et al. 2021 on weak priors of heterogeneity, doi:10.1002/jrsm.1475; nutpie: github.com/pymc-devs/nutpie.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import numpy as np

from models.learning.evidence import KINDS, Kind, PastContest
from models.learning.guesses import Guess, Guesses, Regions, guess, regions_of

__all__ = ["CHAINS", "fit", "kinds_in"]

BY_AREA = ("swing", "lead", "log_size", "turnout")
CHAINS, DRAWS, TUNE = 4, 1_000, 1_000
ACCEPT = 0.95
LOG_AREA = {"mayor": np.log(0.019), "constituency": np.log(0.026), "president": np.log(0.030)}
LOG_TURNOUT = {"mayor": np.log(0.021), "constituency": np.log(0.05), "president": np.log(0.05)}


def kinds_in(past: Sequence[PastContest]) -> tuple[Kind, ...]:
    """The kinds of contest among them, in a fixed order."""
    return tuple(kind for kind in KINDS if any(each.kind == kind for each in past))


def fit(past: Sequence[PastContest], seed: int) -> Any:  # noqa: ANN401 - an xarray.DataTree, which is untyped here
    """Draws of everything the model has, by nutpie: an ``xarray.DataTree`` with its sampler's statistics."""
    import nutpie  # noqa: PLC0415

    compiled = nutpie.compile_pymc_model(build(past), backend="numba")
    cores = min(CHAINS, os.cpu_count() or 1)  # which chains share; what they draw does not depend on it
    return nutpie.sample(
        compiled, draws=DRAWS, tune=TUNE, chains=CHAINS, cores=cores, seed=seed, progress_bar=False, save_warmup=False,
        target_accept=ACCEPT,
    )  # fmt: skip


def build(past: Sequence[PastContest]) -> Any:  # noqa: ANN401 - a pymc.Model, which is untyped here
    """The model of these contests."""
    import pymc as pm  # noqa: PLC0415

    kinds, guesses, regions = kinds_in(past), guess(past), regions_of(past)
    kind = np.array([kinds.index(each.kind) for each in past])
    row = np.repeat(np.arange(len(past)), [len(each.swing) for each in past])
    stacked = {name: np.concatenate([getattr(each, name) for each in past]) for name in BY_AREA}
    coords = {"contest": [each.id for each in past], "kind": list(kinds), "region": range(len(regions.of))}
    with pm.Model(coords=coords) as model:
        nu = pm.Deterministic("tail", 2.0 + pm.Gamma("tail_excess", 2.0, 0.25, dims="kind"), dims="kind")
        h = pm.Beta("size_exponent", 2.0, 3.0, dims="kind")
        b = _draw("own_slope", 0.0, pm.HalfNormal("own_slope_sd", 0.12), guesses.slope, "contest")
        middle = _add_swings(pm, kind, regions, guesses)
        centre = pm.Normal("log_area", np.array([LOG_AREA[k] for k in kinds]), 0.35, dims="kind")
        differs = pm.HalfNormal("area_log_sd", 0.3)
        log_tau = _draw("log_area_of", centre[kind], differs, guesses.log_area, "contest")
        scale = pm.math.exp(log_tau[row] - 0.5 * h[kind[row]] * stacked["log_size"])
        expected = middle[regions.place] + b[row] * stacked["lead"]
        for k, name in enumerate(kinds):  # one tail each: its constants are worked out once and not for every area
            of = np.flatnonzero(kind[row] == k)
            pm.StudentT(f"y_{name}", nu[k], mu=expected[of], sigma=scale[of], observed=stacked["swing"][of])
        _add_turnout(pm, kinds, kind, row, stacked["turnout"], guesses)
        _add_gaps(pm, past)
    return model


def _draw(name: str, centre: Any, sd: Any, about: Guess, dims: str) -> Any:  # noqa: ANN401
    """Unknowns whose law is N(centre, sd^2), sampled in coordinates in which the data leave them about N(0, 1).

    With the guess taken for a measurement with a normal error, an unknown given ``centre`` and ``sd`` is normal: its
    standardised deviate is what is sampled. The density is that of N(centre, sd^2) times the Jacobian, so that the
    guess alters the coordinates and not the law: centred where the data say much, not centred where they say little,
    and no funnel as ``sd`` goes to 0.

    References
    ----------
    Papaspiliopoulos, Roberts & Skoeld 2007, doi:10.1214/088342307000000014.
    """
    import pymc as pm  # noqa: PLC0415

    part = sd**2 / (sd**2 + about.error**2)
    scale = about.error * pm.math.sqrt(part)
    unknown = centre + part * (about.at - centre) + scale * pm.Flat(f"{name}_deviate", dims=dims)
    pm.Potential(f"{name}_law", pm.logp(pm.Normal.dist(centre, sd), unknown) + pm.math.log(scale))
    return pm.Deterministic(name, unknown, dims=dims)


def _add_swings(pm: Any, kind: Any, regions: Regions, guesses: Guesses) -> Any:  # noqa: ANN401
    """(contest and then region,) how far each contest swings, and each of its regions."""
    mu = pm.StudentT("swing", 4, mu=0.0, sigma=pm.LogNormal("swing_sd", np.log(0.043), 0.3), dims="contest")
    usual, own = pm.HalfNormal("region_sd", 0.02, dims="kind"), pm.HalfNormal("own_region_sd", 0.03)
    if not len(regions.of):
        return mu
    sigma = pm.math.where(regions.apart, own, usual[kind[regions.of]])
    return pm.math.concatenate([mu, _draw("region_swing", mu[regions.of], sigma, guesses.region, "region")])


def _add_turnout(pm: Any, kinds: Sequence[Kind], kind: Any, row: Any, turnout: Any, guesses: Guesses) -> None:  # noqa: ANN401
    """How turnout changed, everywhere and in one area."""
    level = _draw("turnout", 0.0, pm.HalfNormal("turnout_sd", 0.15), guesses.turnout, "contest")
    centre = pm.Normal("log_turnout_area", np.array([LOG_TURNOUT[k] for k in kinds]), 0.5, dims="kind")
    differs = pm.HalfNormal("turnout_area_log_sd", 0.3)
    own = pm.math.exp(_draw("log_turnout_area_of", centre[kind], differs, guesses.log_turnout, "contest"))
    pm.StudentT("t", 4, mu=level[row], sigma=own[row], observed=turnout)


def _add_gaps(pm: Any, past: Sequence[PastContest]) -> None:  # noqa: ANN401
    """What had not declared against what had, in the orders known; three stops of one night count as one."""
    gaps = np.concatenate([each.gaps for each in past])
    unlike = np.concatenate([each.unlike for each in past])
    gap_scale = pm.HalfNormal("discrepancy", 0.5)
    if len(gaps):
        sd = pm.math.sqrt((gap_scale * unlike) ** 2 + gaps[:, 1] ** 2)
        pm.Potential("gaps", pm.logp(pm.Normal.dist(0.0, sd), gaps[:, 0]).sum() / 3.0)
