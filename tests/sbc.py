"""Simulation-based calibration: nights drawn from the model itself, and where the truth falls in what an engine says.

Hyper-parameters are drawn from the priors learned by `DAY` and areas' shares from their law given these; a random part
of the areas declares, and the others get the shift that the model gives to areas outstanding. If an engine's posterior
is right, the rank of the truth among its draws is uniform: the distribution of 1,000 ranks stays inside the
simultaneous 95% band.
`make sbc` does it and draws docs/pictures/sbc.svg.

References
----------
Talts et al. 2018, arXiv:1804.06788; Säilynoja, Bürkner & Vehtari 2022, doi:10.1007/s11222-022-10090-6 (the band).
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from made_contest import made_contest
from numpy.typing import NDArray

from forecast.charts.canvas import PALE, QUIET, Spec
from forecast.contests.contest import Contest
from forecast.evaluation.markdown import fill_section, say_table
from forecast.evaluation.pictures import frame, uniform_band
from forecast.posterior import Posterior
from forecast.tally import Status, Tally, empty_tally
from models.bank import Bank, draw_bank
from models.conditional import conditional
from models.design import Design, design_contest
from models.drawing import draw_shares
from models.evidence import covariance_root, missed_by, news_pieces
from models.factors import invert_wishart
from models.forward import outstanding_shift, settle_shares
from models.gaussian import law_of, omega_root
from models.gibbs import declared_data
from models.gibbs_kernels import TAILS, draw_bartlett
from models.left_out import LeftOut
from models.observe import Observation, observe
from models.pathwise import condition, draw_path
from models.priors import CONSTITUENCY, VAGUE, Priors, learned_before
from models.regression import regression
from models.regressors import read_regressors
from models.small_matrices import last, solve_lower
from models.states import State
from models.states import root as factor_of
from models.turnout import draw_valid
from models.weights import resample

Array = NDArray[np.float64]

DRAWS = 1_000
DAY = date(2024, 5, 2)  # by when the priors were learned
NIGHTS, MANY_NIGHTS = 1_000, 1_000
REGRESSED = 60  # areas of a contest for the regression
WRONG = 1.5  # how much more areas differ in the nights of the wrong prior than the engine believes
QUANTITIES = ("contest swing", "area swing SD", "final lead")
DOCS = Path(__file__).resolve().parent.parent / "docs"
INKS = ("#0072B2", "#D55E00", "#009E73")


@dataclass(frozen=True, slots=True, eq=False)
class Night:
    """A night drawn from the model: what is known at one moment, and the truth of what is not."""

    tally: Tally
    truth: Mapping[str, float]


def few_contest(seed: int) -> Contest:
    """Five to ten areas: in turn with neither polls nor entrants, with an entrant and a squeeze, and with polls."""
    match seed % 3:
        case 0:
            return made_contest(seed, 7, 3, polled=False, slope=True)
        case 1:
            return made_contest(
                seed, 5, 4, entrants=1, polled=seed % 2 == 0, rule_then="supplementary vote", slope=True
            )
        case _:
            return made_contest(seed, 10, 3, departed=False)


def declare(contest: Contest, counted: NDArray[np.bool_], votes: Array, valid: Array) -> Tally:
    """What is known when some areas have declared these votes, which need not be whole numbers or above nothing."""
    return replace(
        empty_tally(contest),
        status=np.where(counted, Status.DECLARED, Status.NOTHING).astype(np.int8),
        votes=np.where(counted[:, None] & contest.standing, votes, np.nan),
        valid=np.where(counted, valid, np.nan),
    )


def choose_areas(areas: int, rng: np.random.Generator) -> NDArray[np.bool_]:
    """(area,) which have declared: a random part of them, neither none nor all."""
    counted: NDArray[np.bool_] = rng.permutation(areas) < rng.integers(1, areas)
    return counted


def draw_night(contest: Contest, priors: Priors, rng: np.random.Generator) -> Night:
    """A night of few areas from the swing model, which never floors what has declared."""
    design = design_contest(contest, priors)
    theta, empty = draw_bank(design, 1, rng), empty_tally(contest)
    own = law_of(design, replace(theta, swing=np.zeros(1)))
    areas, candidates = design.baseline.shape
    path = draw_path(areas, candidates, len(design.entrants), 1, rng)
    contest_swing = theta.swing[0] * (omega_root(own)[:, :, 0] @ rng.standard_normal(len(design.mean)))
    shares = condition(own, observe(design, empty, contest.baseline.valid), path, np.zeros((0, 1))) + contest_swing
    valid = draw_valid(design, empty, 1, rng)
    counted = choose_areas(areas, rng)
    tally = declare(contest, counted, shares[0] * valid[0][:, None], valid[0])
    shares = shares + outstanding_shift(design, tally, theta.area, theta.omega, rng) * ~counted[:, None]
    final = settle_shares(design, tally, shares, valid)
    lead = lead_of(final, valid, design.top)[0]
    values = (float(design.lead @ contest_swing), float(theta.area[0]), float(lead))
    return Night(tally, dict(zip(QUANTITIES, values, strict=True)))


def lead_of(share: Array, valid: Array, pair: tuple[int, int]) -> Array:
    """(draw,) the final lead of the first of a pair over the second, as a share of all votes."""
    totals = np.einsum("dac,da->dc", share.astype(float), valid.astype(float))
    lead: Array = (totals[:, pair[0]] - totals[:, pair[1]]) / totals.sum(axis=1)
    return lead


def draw_swing(design: Design, members: Bank, seen: Observation, rng: np.random.Generator) -> Array:
    """(member,) the contest swing of the top two given the news and each member: Gaussian, and exact."""
    law = law_of(design, members)
    factor = covariance_root(news_pieces(law, seen))
    along = np.einsum("c,cdm,rd->rm", design.lead, last(members.omega), seen.direction) * members.swing**2
    whitened = solve_lower(factor, along)
    mean = (whitened * solve_lower(factor, missed_by(law, seen))).sum(axis=0)
    variance = members.swing**2 - (whitened**2).sum(axis=0)
    drawn: Array = mean + np.sqrt(np.maximum(variance, 0.0)) * rng.standard_normal(members.size)
    return drawn


def draw_all(posterior: Posterior, rng: np.random.Generator) -> Mapping[str, Array]:
    """What the night's engine says of each quantity, in draws."""
    news = posterior.left_out
    assert isinstance(news, LeftOut)
    members = news.bank.take(resample(news.log_weight, DRAWS))
    lead = lead_of(posterior.share, posterior.valid, news.design.top)
    values = (draw_swing(news.design, members, news.seen, rng), members.area, lead)
    return dict(zip(QUANTITIES, values, strict=True))


def rank_few(seed: int, believed: Priors, true: Priors) -> tuple[float, ...]:
    """Where each true value falls among the draws of the night's engine, 0-1."""
    rng = np.random.default_rng([seed, 5])
    night = draw_night(few_contest(seed), true, rng)
    posterior = conditional(night.tally.contest, night.tally, draws=DRAWS, seed=seed, priors=believed)
    drawn = draw_all(posterior, rng)
    return tuple(float((drawn[name] < night.truth[name]).mean()) for name in QUANTITIES)


def many_contest(seed: int) -> Contest:
    """Sixty areas in two regions; the fourth candidate stands in three quarters of them."""
    contest = made_contest(seed, REGRESSED, 4, polled=False, departed=False, slope=True)
    standing = contest.standing.copy()
    standing[::4, 3] = False
    return replace(contest, standing=standing)


def draw_many_night(contest: Contest, priors: Priors, rng: np.random.Generator) -> Night:
    """A night of many areas from the regression; all ballots are verified."""
    block = read_regressors(contest, priors, np.arange(len(contest.areas)))
    prior = declared_data(block, np.full(block.standing.shape, np.nan))
    omega = invert_wishart(prior.scatter, draw_bartlett(len(prior.scatter), prior.df, rng))
    noise = rng.standard_normal(prior.mean.shape) / np.sqrt(prior.precision)[:, None]
    tail = float(rng.choice(TAILS, p=priors.many_tails))
    state = State(prior.mean + noise @ factor_of(omega).T, omega, tail)
    weight = rng.standard_gamma(tail / 2.0, (len(block.x), 1)) * (2.0 / tail)
    own = rng.standard_normal(block.baseline.shape) @ factor_of(omega).T / np.sqrt(weight)
    shares = np.where(block.standing, block.baseline + block.x @ state.coefficients + own, 0.0)
    valid, counted = contest.baseline.valid, choose_areas(len(contest.areas), rng)
    tally = declare(contest, counted, shares * valid[:, None], valid)
    tally = replace(tally, ballots=valid / (1.0 - priors.reject_mean))
    # The regression lets shares add up to more than one, and an area has at least the votes it has reported.
    valid = np.where(counted, np.maximum(valid, (shares * valid[:, None]).sum(axis=1)), valid)
    final = (shares / shares.sum(axis=1, keepdims=True))[None]
    draw_shares(block, tally.status, ~counted, [state], priors, np.random.SeedSequence(int(rng.integers(2**32))), final)
    return Night(tally, {"final lead": float(lead_of(final, valid[None], (0, 1))[0])})


def rank_many(seed: int, believed: Priors, true: Priors) -> tuple[float, ...]:
    """Where the true final lead falls among the draws of the regression, 0-1."""
    night = draw_many_night(many_contest(seed), true, np.random.default_rng([seed, 6]))
    posterior = regression(night.tally.contest, night.tally, draws=DRAWS, seed=seed, priors=believed)
    drawn = lead_of(posterior.share, posterior.valid, (0, 1))
    return (float((drawn < night.truth["final lead"]).mean()),)


def as_learned(many: bool) -> Priors:
    """What the engine believes on `DAY` of constituencies, or of mayors' contests."""
    kind, before = ("constituency", CONSTITUENCY) if many else ("mayor", VAGUE)
    return replace(before, **learned_before(DAY, kind))


def wider(priors: Priors, times: float = WRONG) -> Priors:
    """The prior of nights whose areas differ more."""
    return replace(priors, area_median=priors.area_median * times)


def ranks(nights: int, *, many: bool = False, wrong: bool = False, first: int = 0, jobs: int = 1) -> Array:
    """(night, quantity) ranks, 0-1; with a ``wrong`` prior the nights' areas differ more than the engine believes."""
    believed = as_learned(many)
    rank = partial(rank_many if many else rank_few, believed=believed, true=wider(believed) if wrong else believed)
    seeds = range(first, first + nights)
    if jobs == 1:
        return np.array([rank(seed) for seed in seeds])
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        return np.array(list(pool.map(rank, seeds, chunksize=20)))


def furthest_outside(values: Array) -> float:
    """How far the distribution of ranks (night,) leaves the band at its worst place; below zero where it never does."""
    places, low, high = uniform_band(len(values))[:, 1:-1]
    found = (values[:, None] <= places).mean(axis=0)
    return float(np.maximum(found - high, low - found).max())


def picture(rows: Mapping[str, Mapping[str, Array]]) -> Spec:
    """Each distribution of ranks less the uniform one, over the band, a panel for each experiment."""
    lines, bands = [], []
    for experiment, found in rows.items():
        for name, values in found.items():
            places = np.linspace(0.0, 1.0, 101)
            off = (values[:, None] <= places).mean(axis=0) - places
            some = {"experiment": experiment, "quantity": name}
            lines += [some | {"place": float(p), "off": float(o)} for p, o in zip(places, off, strict=True)]
        band = uniform_band(len(next(iter(found.values()))))
        places, low, high = band[:, np.linspace(0, band.shape[1] - 1, 101).astype(int)]
        ends = zip(places, low - places, high - places, strict=True)
        bands += [{"experiment": experiment, "place": p, "low": below, "high": above} for p, below, above in ends]
    return _panels(list(rows), lines, bands)


def _panels(experiments: list[str], lines: list[Spec], bands: list[Spec]) -> Spec:
    x: Spec = {"field": "place", "type": "quantitative", "title": "rank of the truth among the draws"}
    y: Spec = {"type": "quantitative", "title": "share of nights below, less what is due"}
    scale: Spec = {"domain": list(QUANTITIES), "range": list(INKS)}
    colour: Spec = {"field": "quantity", "type": "nominal", "title": None, "scale": scale}
    panels: list[Spec] = [
        {
            "title": {"text": experiment, "fontSize": 16, "anchor": "start", "color": QUIET},
            "width": 330,
            "height": 260,
            "layer": [
                {
                    "data": {"values": [each for each in bands if each["experiment"] == experiment]},
                    "mark": {"type": "area", "color": PALE},
                    "encoding": {"x": x, "y": y | {"field": "low"}, "y2": {"field": "high"}},
                },
                {
                    "data": {"values": [each for each in lines if each["experiment"] == experiment]},
                    "mark": {"type": "line", "strokeWidth": 2.5},
                    "encoding": {"x": x, "y": y | {"field": "off"}, "color": colour},
                },
            ],
        }
        for experiment in experiments
    ]
    said = "Ranks of the truth in nights drawn from the model itself. Grey: simultaneous 95% band of uniform ranks."
    return frame("Simulation-based calibration", said, {"hconcat": panels})


def tabulate(rows: Mapping[str, Mapping[str, Array]]) -> str:
    """How far each distribution of ranks is outside the band, with its mean and spread."""
    lines = []
    for experiment, found in rows.items():
        for name, values in found.items():
            outside = furthest_outside(values)
            said = f"**{outside:.3f}**" if outside > 0.0 else "inside"
            spread = values.std() * np.sqrt(12.0)
            lines.append((experiment, name, said, f"{values.mean():.3f}", f"{spread:.3f}"))
    return say_table(("nights drawn", "rank of", "outside the 95% band by", "mean rank", "SD ÷ uniform's"), lines)


def main() -> None:
    """Run every experiment, fill the section of docs/model.md, and draw its picture."""
    from forecast.charts.drawing import write_chart

    jobs = int(sys.argv[1]) if len(sys.argv) > 1 else 2
    rows = {
        f"as the night's engine believes: {NIGHTS:,}": dict(zip(QUANTITIES, ranks(NIGHTS, jobs=jobs).T, strict=True)),
        f"as the regression believes: {MANY_NIGHTS:,}": {"final lead": ranks(MANY_NIGHTS, many=True, jobs=jobs)[:, 0]},
        f"areas differ {WRONG:g} × as believed: {NIGHTS:,}": dict(
            zip(QUANTITIES, ranks(NIGHTS, wrong=True, jobs=jobs).T, strict=True)
        ),
    }
    write_chart(picture(rows), DOCS / "pictures" / "sbc.svg")
    page = DOCS / "model.md"
    page.write_text(fill_section(page.read_text(encoding="utf-8"), "sbc", tabulate(rows)), encoding="utf-8")


if __name__ == "__main__":
    main()
