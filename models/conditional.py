"""The night's engine: a bank of hyper-parameters, weighed by the news, with exact Gaussian conditioning.

Model. Hyper-parameters theta come from `models.priors`; given theta, area shares are Gaussian (`models.bank`), so that

    w(theta) proportional to N(y; m(theta), S(theta)),    share | y, theta  exactly Gaussian,

with y the shares reported so far and the same day's other counts. Members are resampled by w, one joint prior draw of
all areas goes with each, and `models.gaussian.condition` moves it to the conditional law. When fewer than a twelfth of
the members carry the weight, a sixth are resampled and moved: raised to w by steps that keep one in 150 effective, each
followed by Metropolis sweeps that offer every block of theta a fresh draw.

References
----------
Rao-Blackwellised importance sampling: Doucet et al. 2000; tempering: Neal 2001, doi:10.1023/A:1008923215028,
Del Moral, Doucet & Jasra 2006, doi:10.1111/j.1467-9868.2006.00553.x.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache, partial

import numpy as np
from numpy.typing import NDArray

from forecast.contests.contest import Contest
from forecast.posterior import Posterior
from forecast.tally import Tally
from models.ancestry import effective_members, expected_lead
from models.assumptions import state_assumptions
from models.bank import Bank, blocks_for, draw_bank, join_banks
from models.design import Design, design_contest
from models.evidence import Pieces, density_of, log_likelihood, news_pieces, renew_pieces
from models.forward import declared_votes, group_of, settle_shares, shift_strength
from models.gaussian import Law, law_of
from models.guide import guide
from models.heap import keep_memory
from models.left_out import LeftOut, expect_valid_without
from models.link import LinkName
from models.night_normals import Normals, blur_normals, night_normals, shape_of
from models.observe import Observation, observe
from models.offers import Offer, Offers
from models.pathwise import Shift, condition
from models.priors import Priors, priors_for
from models.small_matrices import first, last
from models.stress import variants_of
from models.suitability import refuse_unsuitable
from models.turnout import draw_valid, expected_valid
from models.twins import count_draws
from models.weights import effective_size, resample

__all__ = ["MEMBERS", "conditional"]

Array = NDArray[np.float64]

MEMBERS = 6_000
LEAST_EFFECTIVE = 1 / 12  # part of the bank: below this it is moved
MOVED = 1 / 6  # part of the bank kept when it is
STEP_EFFECTIVE = 1 / 150  # part of the bank that a step of the temperature leaves effective
SWEEPS = 2
BLOCK = 1_000  # members weighed at once: what the processor's cache holds
CELLS, LEAST_CHUNK, MOST_CHUNK = 2_000_000, 1_000, 10_000  # of covariances at once, and of draws
NIGHTS_KEPT = 8  # banks and contests kept for the next update


@dataclass(frozen=True, slots=True, eq=False)
class Weighed:
    """A bank and how much of it the news leaves standing."""

    bank: Bank
    log_weight: Array
    effective: float
    moves: int


def conditional(
    contest: Contest,
    tally: Tally,
    *,
    draws: int,
    seed: int,
    members: int = MEMBERS,
    priors: Priors | None = None,
    link: LinkName = "share",
) -> Posterior:
    """Joint draws of shares and valid votes given the tally, by weighing a bank of hyper-parameters.

    Parameters
    ----------
    members
        Size of the bank.
    priors
        What is believed before the night; `priors_for` the contest if not given.
    link
        What swings are swings of (`models.link`).

    Raises
    ------
    ModelError
        For more than 100 areas, or with fewer than two candidates whom the baseline knows.

    Returns
    -------
    Posterior
        ``diagnostics`` holds ``ess`` (effective members of the bank: Kish's of their weights if it held, else
        `models.ancestry`'s for the contest's lead), ``members``, ``moves`` (tempering steps, 0 if the bank held) and
        ``seconds``.
    """
    started = time.perf_counter()
    keep_memory()
    count_draws(draws)
    design, bank, offers = first_bank(contest, members, seed, priors, link)
    seen = observe(design, tally, expected_valid(design, tally))
    weighed = weigh(design, bank, seen, offers)
    normals, blur = night_normals(shape_of(design), draws, seed), blur_normals(seen.size, draws, seed)
    shares = draw_shares(design, tally, weighed.bank, resample(weighed.log_weight, draws), seen, normals, blur)
    if design.link is not None:
        shares = design.link.unlink(shares, np.arange(len(contest.areas)))
    valid = draw_valid(design, tally, draws, np.random.default_rng([seed, 4]), normals=normals.turnout)
    return Posterior(
        share=settle_shares(design, tally, shares, valid),
        valid=valid,
        model="conditional" if link == "share" else link,
        diagnostics={
            "ess": round(weighed.effective, 1),
            "members": float(members),
            "moves": float(weighed.moves),
            "seconds": time.perf_counter() - started,
        },
        assumptions=state_assumptions(design, seen),
        left_out=LeftOut(design, tally, weighed.bank, weighed.log_weight, seen, seed),
        valid_without=partial(expect_valid_without, design, tally, seed),
        variants=variants_of("conditional", design.priors, link),
    )


@lru_cache(maxsize=NIGHTS_KEPT)
def first_bank(
    contest: Contest, members: int, seed: int, priors: Priors | None = None, link: LinkName = "share"
) -> tuple[Design, Bank, Offers]:
    """What does not change during a night: the contest as the model sees it, the bank before any news, its moves."""
    refuse_unsuitable(contest)
    design = design_contest(contest, priors or priors_for(contest), link)
    bank = draw_bank(design, members, np.random.default_rng([seed, 0])).freeze()
    return design, bank, Offers(design, round(MOVED * members), np.random.default_rng([seed, 2]))


def draw_shares(
    design: Design,
    tally: Tally,
    bank: Bank,
    index: NDArray[np.intp],
    seen: Observation,
    normals: Normals,
    blur: Array,
    chunk: int | None = None,
) -> Array:
    """(draw, area, candidate) one joint draw given the news for each of the members at ``index``, before the floor.

    Areas that have declared everybody are left at zero: what they have reported is repeated. The covariances of a
    member are worked out once for all its draws, which follow each other, and chunk by chunk: as many draws as leave
    room for them.
    """
    chunk = chunk or int(np.clip(CELLS // max(seen.size, len(design.weight)) ** 2, LEAST_CHUNK, MOST_CHUNK))
    open_areas = np.flatnonzero((np.isnan(declared_votes(tally)) & design.contest.standing).any(axis=1))
    shares = np.zeros((*design.baseline.shape, len(index)))
    strength, group = shift_strength(design, tally), group_of(design)
    for start in range(0, len(index), chunk) if open_areas.size else ():
        draws = slice(start, start + chunk)
        members, place = np.unique(index[draws], return_inverse=True)
        law, path = law_of(design, bank.take(members)), normals.path.part(draws)
        shift = Shift(normals.discrepancy[..., draws], strength, group)
        drawn = condition(law, seen, path, blur[:, draws], index=place, areas=open_areas, shift=shift)
        shares[open_areas, :, draws] = last(drawn)
    return first(shares)


def weigh(design: Design, bank: Bank, seen: Observation, offers: Offers) -> Weighed:
    """Weigh a bank by the news; temper it when too few members carry the weight."""
    bank = guide(design, bank, seen)
    log_weight = evidence(design, bank, seen)
    effective = effective_size(log_weight)
    if effective >= LEAST_EFFECTIVE * bank.size:
        return Weighed(bank, log_weight, effective, 0)
    return temper(design, bank, log_weight, seen, offers)


def evidence(design: Design, bank: Bank, seen: Observation) -> Array:
    """(member,) log weight of each member: likelihood, times prior over the proposal it was drawn from."""
    parts = (bank.part(slice(start, start + BLOCK)) for start in range(0, bank.size, BLOCK))
    return bank.guided + np.concatenate([log_likelihood(law_of(design, part), seen) for part in parts])


def temper(design: Design, bank: Bank, log_weight: Array, seen: Observation, offers: Offers) -> Weighed:
    """Raise a bank to its weights by steps that keep some of it effective, moving the members after each.

    ``effective`` is estimated from families of members for the contest's lead (`effective_members`): members all differ
    after a sweep, and the weights of a step know nothing of the sweeps that follow it.
    """
    power, steps, kept = 0.0, 0, round(MOVED * bank.size)
    ancestor = np.arange(bank.size)
    while power < 1.0:
        step = _next_step(log_weight, 1.0 - power)
        power, steps = power + step, steps + 1
        index = resample(step * log_weight, kept)
        bank, log_weight, ancestor = bank.take(index), log_weight[index], ancestor[index]
        bank, log_weight = move(
            design, bank, log_weight, power, seen, offers.of(range(SWEEPS * (steps - 1), SWEEPS * steps))
        )
    effective = effective_members(expected_lead(design, bank, seen), ancestor)
    return Weighed(bank, np.zeros(bank.size), effective, steps)


def _next_step(log_weight: Array, most: float) -> float:
    """The largest step of the temperature, up to ``most``, that keeps enough members effective."""
    enough = STEP_EFFECTIVE * len(log_weight)
    if effective_size(most * log_weight) >= enough:
        return most
    low, high = 0.0, most
    for _ in range(30):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if effective_size(middle * log_weight) >= enough else (low, middle)
    return max(low, 1e-3)


def move(
    design: Design, bank: Bank, log_weight: Array, power: float, seen: Observation, offers: Sequence[Offer]
) -> tuple[Bank, Array]:
    """Metropolis sweeps, one for each offer: each block of hyper-parameters offered a fresh draw.

    Fresh draws are shuffled: `guide` aims every other one, and a member must be offered draws of the whole mixture,
    whose weights these are, not always of the same half of it. Members are moved as many at once as the processor's
    cache holds.
    """
    fresh = [guide(design, offer.fresh, seen).take(offer.order) for offer in offers]
    moved = []
    for part in (slice(start, start + BLOCK) for start in range(0, bank.size, BLOCK)):
        law = law_of(design, bank.part(part))
        weighed = law, news_pieces(law, seen), log_weight[part]
        for offer, each in zip(offers, fresh, strict=True):
            weighed = sweep(*weighed, each.part(part), power, seen, offer.log_chance[:, part])
        moved.append((weighed[0].bank, weighed[2]))
    return join_banks([bank for bank, _ in moved]), np.concatenate([each for _, each in moved])


def sweep(
    law: Law, pieces: Pieces, log_weight: Array, fresh: Bank, power: float, seen: Observation, log_chance: Array
) -> tuple[Law, Pieces, Array]:
    """One sweep of some members: of each block only what it changes is reckoned anew."""
    for block, chance in zip(blocks_for(law.design), log_chance, strict=True):
        offered = law.renew(law.bank.exchange(block, fresh), block)
        offered_pieces = renew_pieces(pieces, offered, seen, block)
        offered_weight = offered.bank.guided + density_of(offered_pieces)
        accepted = chance < power * (offered_weight - log_weight)
        law, pieces = law.choose(offered, accepted), pieces.choose(offered_pieces, accepted)
        log_weight = np.where(accepted, offered_weight, log_weight)
    return law, pieces, log_weight
