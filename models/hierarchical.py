"""The reference engine: the swing model sampled by NUTS, an answer to check the night's engine against.

The latents of `models.latent` are sampled given the figures reported; what is left is simulated forward. An area's own
deviation and those of its entrants are own_i = B_i z, z ~ N(0, 1), with B_i = (own sd_i F / sqrt(weight_i), sd_ie m_e);
where the area has reported y_i = H (shared_i + B_i z) + noise it is drawn from

    z | y_i ~ N(P^-1 (HB)' N^-1 (y_i - H shared_i), P^-1),    P = I + (HB)' N^-1 HB.

The law of areas outstanding, turnout and the floor are those of `models.forward` and `models.turnout`. Seconds, not
milliseconds: it is compiled once a process for contests of the same dimensions.

References
----------
Gelman et al. 2013, *Bayesian Data Analysis*, 3rd edition, chapters 5 and 12.
"""

# ruff: noqa: PLC0415
from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forecast.contests.contest import Contest
from forecast.posterior import Posterior
from forecast.tally import Tally
from models.assumptions import state_assumptions
from models.design import Design, design_contest
from models.forward import outstanding_shift, settle_shares
from models.latent import WANTED, WANTED_OF_ENTRANTS, build_model
from models.latent_data import BLUR, contest_data, dimensions_of, news_data
from models.observe import Observation, observe
from models.priors import Priors, priors_for
from models.suitability import refuse_unsuitable
from models.turnout import draw_valid, expected_valid

__all__ = ["LENGTH", "hierarchical"]

Array = NDArray[np.float64]
type Compiled = Any  # the samplers are untyped, and imported only where they are used
type Trace = Any

CHAINS = 4
TUNE = 1_000
LENGTH = 1_500  # draws from each chain, at least
ACCEPT = 0.9


@dataclass(frozen=True, slots=True)
class Blueprint:
    """What a model is compiled for, and an example to compile it with, which does not count in comparisons."""

    dimensions: tuple[int, ...]
    priors: Priors
    design: Design = field(compare=False)
    seen: Observation = field(compare=False)


@dataclass(frozen=True, slots=True, eq=False)
class Sampled:
    """Draws of the latents, chains end to end: name to (draw, ...); and how the sampler fared."""

    latents: Mapping[str, Array]
    diagnostics: Mapping[str, float]


def hierarchical(contest: Contest, tally: Tally, *, draws: int, seed: int, length: int | None = None) -> Posterior:
    """Joint draws of shares and valid votes given the tally, by sampling every latent of the swing model.

    Parameters
    ----------
    length
        Draws from each of four chains; by default an eighth of ``draws``, at least 1,500. ``draws`` are spread evenly
        over them, thinned or simulated more than once.

    Raises
    ------
    ModelError
        Where the swing model does not suit the contest: `models.suitability`.

    Returns
    -------
    Posterior
        ``diagnostics`` holds ``rhat`` (the worst), ``ess`` (the least, bulk), ``divergences`` and ``seconds``.
    """
    started = time.perf_counter()
    refuse_unsuitable(contest)
    design = design_contest(contest, priors_for(contest))
    chain_seed, *streams = np.random.SeedSequence(seed).spawn(4)
    own_rng, shift_rng, valid_rng = (np.random.default_rng(stream) for stream in streams)
    seen = observe(design, tally, expected_valid(design, tally))
    length = max(LENGTH, draws // 8) if length is None else length
    sampled = sample_latents(design, seen, length=length, seed=int(chain_seed.generate_state(1)[0]))
    every = len(sampled.latents["area"])
    latents = {name: values[np.arange(draws) * every // draws] for name, values in sampled.latents.items()}
    shares = latents["shared"] + own_deviations(design, seen, latents, own_rng)
    omega = latents["factor"] @ latents["factor"].transpose(0, 2, 1)
    shares += outstanding_shift(design, tally, latents["area"], omega, shift_rng)
    valid = draw_valid(design, tally, draws, valid_rng)
    return Posterior(
        share=settle_shares(design, tally, shares, valid),
        valid=valid,
        model="hierarchical",
        diagnostics={**sampled.diagnostics, "seconds": time.perf_counter() - started},
        assumptions=state_assumptions(design, seen),
    )


def sample_latents(design: Design, seen: Observation, *, length: int, seed: int) -> Sampled:
    """Sample the latents given what has been reported, ``length`` draws from each of four chains."""
    import nutpie

    compiled = compile_model(Blueprint(dimensions_of(design), design.priors, design, seen))
    read = {variable.name for variable in compiled.shared_var_keys}
    data = {**contest_data(design), **news_data(design, seen)}
    trace = nutpie.sample(
        compiled.with_data(**{name: array for name, array in data.items() if name in read}),
        draws=length,
        tune=TUNE,
        chains=CHAINS,
        cores=2,
        seed=seed,
        target_accept=ACCEPT,
        progress_bar=False,
        save_warmup=False,
    )
    posterior = trace["posterior"]
    wanted = WANTED + (WANTED_OF_ENTRANTS if design.entrants else ())
    latents = {name: posterior[name].values.reshape(-1, *posterior[name].shape[2:]) for name in wanted}
    return Sampled(latents, diagnose(trace))


def diagnose(trace: Trace) -> dict[str, float]:
    """The worst R-hat, the least effective size of any latent, and the number of divergences."""
    import arviz

    posterior = trace["posterior"].to_dataset()
    free = posterior[[name for name in posterior.data_vars if name not in {"factor", "moves", "expected", "shared"}]]
    rhat, ess = arviz.rhat(free), arviz.ess(free, method="bulk")
    return {
        "rhat": round(max(float(rhat[name].max()) for name in free.data_vars), 4),
        "ess": round(min(float(ess[name].min()) for name in free.data_vars), 1),
        "divergences": float(trace["sample_stats"]["diverging"].sum()),
    }


@lru_cache(maxsize=8)
def compile_model(blueprint: Blueprint) -> Compiled:
    """The compiled model, its data to be exchanged."""
    import nutpie

    model = build_model(blueprint.design, blueprint.seen)
    return nutpie.compile_pymc_model(model, backend="numba", freeze_model=False)


def own_deviations(design: Design, seen: Observation, latents: Mapping[str, Array], rng: np.random.Generator) -> Array:
    """(draw, area, candidate) what areas do by themselves, given what they have reported."""
    roots = own_roots(design, seen, latents, rng)
    deviations = np.empty(roots.shape[:3])
    for area in range(len(design.weight)):
        rows = np.flatnonzero(seen.area == area)
        units = conditional_units(design, seen, rows, latents, roots[:, area], rng)
        deviations[:, area] = np.einsum("ncq,nq->nc", roots[:, area], units)
    return deviations


def own_roots(design: Design, seen: Observation, latents: Mapping[str, Array], rng: np.random.Generator) -> Array:
    """(draw, area, candidate, unit) B; scale mixtures of areas that have reported nothing are drawn anew."""
    reported = np.isin(np.arange(len(design.weight)), seen.area)
    half = latents["tail"][:, None] / 2.0
    weight = np.where(reported, latents["weight"], rng.gamma(np.broadcast_to(half, latents["weight"].shape)) / half)
    own = (latents["own_sd"] / np.sqrt(weight))[:, :, None, None] * latents["factor"][:, None]
    if not design.entrants:
        return own
    half_tail = design.priors.entrant_tail / 2.0
    mixing = np.where(reported, latents["mixing"], rng.gamma(half_tail, 1.0 / half_tail, latents["mixing"].shape))
    sds = latents["expected"] * (1.0 - latents["expected"]) * latents["spread"][:, :, None] / np.sqrt(mixing)
    entrants = np.einsum("nei,nec->nice", sds, latents["moves"])
    return np.concatenate([own, entrants], axis=3)


def conditional_units(
    design: Design,
    seen: Observation,
    rows: NDArray[np.intp],
    latents: Mapping[str, Array],
    roots: Array,
    rng: np.random.Generator,
) -> Array:
    """(draw, unit) z of one area given its rows of the observations."""
    normals = rng.standard_normal((len(roots), roots.shape[2]))
    if not len(rows):
        return normals
    area, direction = seen.area[rows[0]], seen.direction[rows]
    leaning = (design.baseline[area] - design.mean) @ design.lead
    companion = (latents["offset"] + latents["tilt"] * leaning)[:, None] * seen.companion[rows]
    missed = seen.value[rows] - latents["shared"][:, area] @ direction.T - companion
    along = direction @ roots
    weighed = np.linalg.solve(seen.noise[np.ix_(rows, rows)] + BLUR * np.eye(len(rows)), along)
    precision = np.eye(roots.shape[2]) + along.transpose(0, 2, 1) @ weighed
    lower = np.linalg.cholesky(precision)
    pull = np.einsum("nrq,nr->nq", weighed, missed)
    back = np.linalg.solve(lower, pull[:, :, None])[:, :, 0] + normals
    units: Array = np.linalg.solve(lower.transpose(0, 2, 1), back[:, :, None])[:, :, 0]
    return units
