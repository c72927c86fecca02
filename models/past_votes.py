"""Two options and many earlier votes on the same areas: how areas moved together then says how they will tonight.

With r_j the past vote j's shares by area less its vote-weighted mean, C = mean of r_j r_j', and y tonight's shares,

    y = mean + s (l + r + z size),    r ~ N(0, (1 - a) C + a D),    s^2 ~ InverseGamma(nu/2, nu/2)

mean and l ~ N(0, SD^2) being those of past contest-wide shares, size the standardised log of votes, z ~ N(0, 0.01^2),
D diagonal: half each area's own past variance, half the average one, times (votes / median votes)^-0.3. a is on a grid.
What is declared weighs the grid, gives s^2 its closed form and every other area its Gaussian law: a Student-t, exactly.
C is estimated from few votes: it is made of `RESAMPLES` bootstrap samples of them, which count alike, so that its
sampling error widens the answer and what is declared cannot pick the one sample that happens to suit it.

References
----------
Etter, Khan, Grossglauser & Thiran 2016, *Online Collaborative Prediction of Regional Vote Results*,
doi:10.1109/DSAA.2016.9; bagged posteriors: Huggins & Miller 2023, doi:10.1214/22-BA1313.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from math import lgamma, log

import numpy as np
from numpy.typing import NDArray

from forecast.contests.contest import Contest
from forecast.contests.covariates import say_undated
from forecast.errors import Defect, ModelError
from forecast.posterior import Posterior
from forecast.tally import Status, Tally
from models.forward import declared_votes, repeat_reported
from models.many_areas import count_rest, draw_many_valid, known_shares
from models.past_shares import LEAST_VOTES, knows_past_votes, past_shares
from models.point import point_valid
from models.priors import priors_for
from models.stress import variants_of

__all__ = ["past_votes"]

Array = NDArray[np.float64]

RESAMPLES = 16
OWN = (0.05, 0.10, 0.20, 0.35)  # a: an area's own part of the variance
SCALE_DF = 6.0  # nu: votes differ in how divided areas are
SIZE_SLOPE = 0.01
SIZE_EXPONENT = 0.3
LEAST_SHARE = 0.001


@dataclass(frozen=True, slots=True, eq=False)
class Law:
    """One member: what is expected of the areas not counted, but for the scale.

    Parameters
    ----------
    evidence
        Log density of what is declared, the scale integrated out.
    mean, root
        (area,) and (area, area): shares are mean + s * root @ normals.
    shape, rate
        s^2 is their inverse-gamma.
    """

    evidence: float
    mean: Array
    root: Array
    shape: float
    rate: float


def past_votes(contest: Contest, tally: Tally, *, draws: int, seed: int) -> Posterior:
    """Joint draws of shares and valid votes given the tally.

    Raises
    ------
    ModelError
        Without two options and at least 15 past votes (covariates ``past share ...``) in at most 1,000 areas.

    Returns
    -------
    Posterior
        ``diagnostics`` holds ``members`` (of the grid, times bootstrap samples), ``ess`` (Kish's effective number of
        them) and ``seconds``.
    """
    started = time.perf_counter()
    if not knows_past_votes(contest):
        what = f"{contest.id} has not two options and {LEAST_VOTES} past votes in its areas."
        raise ModelError(Defect("--engine", what, "Use --engine auto."))
    rng = np.random.default_rng(seed)
    known = known_shares(tally)[:, 0]
    laws = make_laws(past_shares(contest), point_valid(contest, tally), known, rng)
    weight = weigh(np.array([[law.evidence for law in row] for row in laws]))
    first = draw_first([law for row in laws for law in row], weight.ravel(), known, draws, rng)
    priors = priors_for(contest)
    valid = draw_many_valid(contest, tally, priors, draws, rng)
    share = np.stack([first, 1.0 - first], axis=2)
    share = repeat_reported(declared_votes(tally, Status.PROVISIONAL), share, valid)
    count_rest(tally, share, valid)
    return Posterior(
        share=share,
        valid=valid,
        model="past-votes",
        diagnostics={
            "members": float(weight.size),
            "ess": round(float(1.0 / (weight**2).sum()), 1),
            "seconds": time.perf_counter() - started,
        },
        assumptions=describe(contest, tally),
        variants=variants_of("past_votes", priors_for(contest)),
    )


def make_laws(past: Array, size: Array, known: Array, rng: np.random.Generator) -> list[list[Law]]:
    """The law of the areas not counted for every bootstrap sample of past votes and every ``a``.

    Parameters
    ----------
    past
        (vote, area) shares.
    size
        (area,) votes expected.
    known
        (area,) tonight's shares, NaN where an area is not counted.
    """
    seen, weight = np.isfinite(known), size / size.sum()
    level = past @ weight
    deviations = past - level[:, None]
    common = mean_law(level, size)
    found = []
    for _ in range(RESAMPLES):
        sample = deviations[rng.integers(len(past), size=len(past))]
        covariance = sample.T @ sample / len(past)
        own = own_variance(np.diag(covariance), size)
        members = ((1.0 - a) * covariance + np.diag(a * own) + common for a in OWN)
        found.append([condition(member, level.mean(), known, seen) for member in members])
    return found


def mean_law(level: Array, size: Array) -> Array:
    """(area, area) covariance of what areas share whatever the past votes: tonight's level and a slope on size."""
    slope = np.log(size)
    slope = (slope - slope.mean()) / max(float(slope.std()), 1e-9)
    law: Array = level.var() + SIZE_SLOPE**2 * np.outer(slope, slope)
    return law


def own_variance(variance: Array, size: Array) -> Array:
    """(area,) D: an area's own variance, half its past one and half the average, less where it is large."""
    relative = (size / np.median(size)) ** -SIZE_EXPONENT
    found: Array = relative * 0.5 * (variance + (variance * relative).mean())
    return found


def condition(covariance: Array, mean: float, known: Array, seen: NDArray[np.bool_]) -> Law:
    """The law of the areas not counted given those counted; ``covariance`` (area, area) is of all, less s^2."""
    count = int(seen.sum())
    factor = np.linalg.cholesky(covariance[np.ix_(seen, seen)] + 1e-9 * np.eye(count))
    white = np.linalg.solve(factor, known[seen] - mean)
    across = np.linalg.solve(factor, covariance[np.ix_(seen, ~seen)])
    rest = covariance[np.ix_(~seen, ~seen)] - across.T @ across
    shape, rate = (SCALE_DF + count) / 2.0, (SCALE_DF + float(white @ white)) / 2.0
    evidence = lgamma(shape) - shape * log(rate) - float(np.log(np.diag(factor)).sum())
    root = np.linalg.cholesky(rest + 1e-9 * np.eye(len(rest)))
    return Law(evidence, mean + across.T @ white, root, shape, rate)


def weigh(evidence: Array) -> Array:
    """(resample, a) weights that sum to one: ``a`` by its evidence over all samples, samples alike."""
    likelihood = np.exp(evidence - evidence.max())
    weight: Array = np.tile(likelihood.sum(axis=0), (len(evidence), 1))
    return weight / weight.sum()


def draw_first(laws: list[Law], weight: Array, known: Array, draws: int, rng: np.random.Generator) -> Array:
    """(draw, area) the first option's shares: as known, or from the laws in proportion to their weights."""
    shares = np.tile(known, (draws, 1))
    open_ = np.flatnonzero(np.isnan(known))
    normals = rng.standard_normal(shares.shape)[:, open_]  # the same for an area whatever else is known
    edges = np.rint(np.append(0.0, weight.cumsum()) * draws).astype(int)
    for law, start, end in zip(laws, edges[:-1], edges[1:], strict=True):
        scale = np.sqrt(law.rate / rng.gamma(law.shape, size=(end - start, 1)))
        drawn = law.mean + scale * (normals[start:end] @ law.root.T)
        shares[start:end, open_] = np.clip(drawn, LEAST_SHARE, 1.0 - LEAST_SHARE)
    return shares


def describe(contest: Contest, tally: Tally) -> tuple[str, ...]:
    """What is supposed, in sentences; nothing once every vote is declared."""
    if tally.complete.all():
        return ()
    together = f"Areas are taken to move together as they did at {len(past_shares(contest))} earlier votes."
    return (together, *say_undated(contest))
