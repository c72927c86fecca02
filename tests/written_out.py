"""A contest with every term of the model at once, its design and bank, and the joint law written out."""

from __future__ import annotations

import numpy as np
from made_contest import made_contest
from numpy.typing import NDArray

from models.bank import Bank, draw_bank
from models.design import Design, design_contest
from models.gaussian import law_of
from models.observe import Observation
from models.pathwise import condition, draw_path
from models.priors import priors_for

Array = NDArray[np.float64]
AREAS, CANDIDATES = 4, 4
DRAWS = 20_000
# Every term of the model at once: an entrant, a departed option, a covariate, two sub-regions, polls, another system.
CONTEST = made_contest(
    11, AREAS, CANDIDATES, entrants=1, departed=True, slope=True, rule_then="supplementary vote", polled=True
)
DESIGN = design_contest(CONTEST, priors_for(CONTEST))
MEMBERS = draw_bank(DESIGN, 5, np.random.default_rng(11))


def observation(rows: list[tuple[int, Array, float, float, float]]) -> Observation:
    """Rows of (area, direction, value, noise, companion), each blurred by itself."""
    area, direction, value, noise, companion = zip(*rows, strict=True)
    return Observation(
        np.array(area, dtype=np.intp), np.array(direction), np.array(value), np.diag(noise), np.array(companion)
    )


def news_of(design: Design) -> Observation:
    """An area but for its last candidate, one of another, part of two more, and the companion in three.

    Of the fourth two candidates are known in part, whose blurs go together.
    """
    unit = np.eye(CANDIDATES)
    share = np.array([0.42, 0.33, 0.15])
    rows = [(0, unit[c], float(share[c]), 1e-6, 0.0) for c in range(3)]
    rows += [(1, unit[0], 0.44, 1e-6, 0.0), (2, unit[1], 0.25, 4e-4, 0.0)]
    rows += [(3, unit[0], 0.45, 8e-4, 0.0), (3, unit[1], 0.35, 7e-4, 0.0)]
    rows += [(area, design.lead, 0.03 + 0.02 * area, 6e-4, 1.0) for area in (0, 2, 3)]
    seen = observation(rows)
    seen.noise[5, 6] = seen.noise[6, 5] = -5e-4
    return seen


SEEN = news_of(DESIGN)
NOTHING = Observation(np.empty(0, np.intp), np.empty((0, CANDIDATES)), np.empty(0), np.empty((0, 0)), np.empty(0))


def draws_of(design: Design, bank: Bank, seen: Observation, rng: np.random.Generator) -> Array:
    """(member, area, candidate) one joint draw of shares for each member given the news."""
    areas, candidates = design.baseline.shape
    path = draw_path(areas, candidates, len(design.entrants), bank.size, rng)
    return condition(law_of(design, bank), seen, path, rng.standard_normal((seen.size, bank.size)))


def written_out(design: Design, bank: Bank, m: int, area_sd: float = 1.0) -> tuple[Array, Array]:
    """Mean and covariance of all (area, candidate) shares of member ``m``, term by term as docs/model.md has them.

    ``area_sd`` multiplies the SD of areas' own swings: 1 is right.
    """
    mean = np.zeros((AREAS, CANDIDATES))
    covariance = np.zeros((AREAS, CANDIDATES, AREAS, CANDIDATES))
    electorate = np.array([area.electorate or 0 for area in CONTEST.areas], dtype=float)
    contest_wide = design.weight @ design.baseline
    (entrant,) = design.entrants
    others = [c for c in range(CANDIDATES) if c != entrant]
    moves = np.array([float(c == entrant) for c in range(CANDIDATES)]) - bank.takes[m, 0]
    age = CONTEST.covariates["age"]
    x = (age - age.mean()) / age.std()
    then = design.baseline @ design.lead
    position = np.stack([x, (then - then.mean()) / then.std()], axis=1)
    odds_of = np.exp(bank.slope[m, 0, 0] * x)
    for i in range(AREAS):
        odds = np.exp(bank.level[m, 0]) * odds_of[i] / (design.weight @ odds_of)
        level = odds / (1.0 + odds)
        own = np.zeros(CANDIDATES)
        for c in others:
            own[c] = design.baseline[i, c] + design.departed[i] * bank.departed[m, c]
        (small,) = [c for c in others if c not in design.top]
        lost = bank.squeeze[m] * design.baseline[i, small]
        own[small] -= lost
        own[design.top[0]] += lost * bank.squeezed_to[m]
        own[design.top[1]] += lost * (1.0 - bank.squeezed_to[m])
        mean[i] = own
        covariance[i, :, i, :] += (level * (1 - level) * bank.spread[m, 0, i]) ** 2 * np.outer(moves, moves)
        for j in range(AREAS):
            near = np.exp(-((position[i] - position[j]) ** 2).sum() / 2 / (2 * bank.length[m] ** 2))
            alike = 0.5 * near + 0.5 * (CONTEST.areas[i].group == CONTEST.areas[j].group)
            shared = bank.correlated[m] * alike
            if i == j:
                relative = electorate.mean() / electorate[i]
                shared += (1 - bank.correlated[m]) * relative ** bank.size_exponent[m] / bank.weight[m, i]
            k = bank.swing[m] ** 2 + design.priors.covariate_sd**2 * x[i] * x[j]
            covariance[i, :, j, :] += (k + (area_sd * bank.area[m]) ** 2 * shared) * bank.omega[m]
            for c in others:
                gains = np.zeros(CANDIDATES)
                rest = [d for d in others if d != c]
                gains[rest] = -contest_wide[rest] / contest_wide[rest].sum()
                gains[c] = 1.0
                excess = (design.baseline[i, c] - contest_wide[c]) * (design.baseline[j, c] - contest_wide[c])
                covariance[i, :, j, :] += bank.own_slope[m, c] ** 2 * excess * np.outer(gains, gains)
    mean += design.expected - design.expected[entrant] * moves - design.weight @ mean
    for i in range(AREAS):
        odds = np.exp(bank.level[m, 0]) * odds_of[i] / (design.weight @ odds_of)
        mean[i] += odds / (1.0 + odds) * moves
    size = AREAS * CANDIDATES
    return mean.ravel(), covariance.reshape(size, size)


def seen_as(design: Design, seen: Observation) -> tuple[Array, Array]:
    """(row, figure) what each row sees of all shares, and the (row, row) covariance of what blurs it."""
    sees = np.zeros((seen.size, AREAS * CANDIDATES))
    for row, area in enumerate(seen.area):
        sees[row, area * CANDIDATES : (area + 1) * CANDIDATES] = seen.direction[row]
    lead = (design.baseline - design.weight @ design.baseline) @ design.lead
    blur = seen.noise.copy()
    for row in range(seen.size):
        for other in range(seen.size):
            if seen.companion[row] and seen.companion[other]:
                tilt = lead[seen.area[row]] * lead[seen.area[other]]
                blur[row, other] += design.priors.companion_offset_sd**2 + design.priors.companion_slope_sd**2 * tilt
    return sees, blur


def given_news(mean: Array, covariance: Array, seen: Observation) -> tuple[Array, Array]:
    """The conditional Gaussian of all shares."""
    sees, blur = seen_as(DESIGN, seen)
    gain = covariance @ sees.T @ np.linalg.inv(sees @ covariance @ sees.T + blur)
    return mean + gain @ (seen.value - sees @ mean), covariance - gain @ sees @ covariance


def repeated(m: int) -> Bank:
    return MEMBERS.take(np.full(DRAWS, m, dtype=np.intp))
