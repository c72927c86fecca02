"""The night's engine with one part taken away: what the part is worth is what is lost without it.

Each ablation is the same engine, called with other priors or without some of the evidence; nothing is written anew.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import partial

import numpy as np

from forecast.contests.contest import Contest
from forecast.evaluation.task import Contender
from forecast.posterior import Posterior
from forecast.tally import Status, Tally
from models.design import entrants_of
from models.engines import FEW_AREAS, engine_for
from models.priors import Priors, priors_for

__all__ = ["ABLATIONS", "Ablation", "ablated", "ablation_named", "bears_on"]

NEVER = date(1, 1, 1)  # a day before which nothing was learned
NONE = 1e-6  # an SD as good as none: the regression divides by it


@dataclass(frozen=True, slots=True)
class Ablation:
    """A part of the model and what is done without it.

    Parameters
    ----------
    of
        Whether the part bears on a contest at all.
    priors
        The priors without it.
    contest, tally
        The evidence without it.
    """

    of: Callable[[Contest], bool] = lambda _: True
    priors: Callable[[Priors, Contest], Priors] = lambda priors, _: priors
    contest: Callable[[Contest], Contest] = lambda contest: contest
    tally: Callable[[Tally], Tally] = lambda tally: tally


def few(contest: Contest) -> bool:
    """Whether the bank, not the regression, is the contest's engine."""
    return len(contest.areas) <= FEW_AREAS


def with_priors(**changed: float | tuple[float, ...]) -> Callable[[Priors, Contest], Priors]:
    """Priors with some of their fields changed."""
    return lambda priors, _: replace(priors, **changed)  # type: ignore[arg-type]


def forget_ballots(tally: Tally) -> Tally:
    """The tally as if no area had said how many ballots it verified before it counted them."""
    waiting = tally.status == Status.VERIFIED
    return replace(
        tally,
        status=np.where(waiting, Status.NOTHING, tally.status).astype(np.int8),
        ballots=np.where(tally.status >= Status.PARTIAL, tally.ballots, np.nan),
    )


def give_baseline(contest: Contest) -> Contest:
    """The contest as if whoever is new had had three per cent in every area: a swing then, not a level."""
    before, priors = contest.baseline, Priors()
    votes = before.votes.copy()
    for entrant in entrants_of(contest):
        votes[:, entrant] = priors.entrant_share * before.valid
    candidates = tuple(replace(each, takes_from={}) for each in contest.candidates)
    valid = before.valid * (1.0 + priors.entrant_share * len(entrants_of(contest)))
    return replace(contest, candidates=candidates, baseline=replace(before, votes=votes, valid=valid))


ABLATIONS: Mapping[str, Ablation] = {
    "shift of areas outstanding": Ablation(priors=with_priors(discrepancy=0.0)),
    "heavy tails of areas": Ablation(priors=with_priors(tail_rate=1e-3, many_tails=(0.0, 0.0, 1.0))),
    "correlation of areas, regions": Ablation(
        priors=with_priors(correlated=(1.0, 1e4), region_sd=NONE, own_region_sd=NONE)
    ),
    "slopes on own share": Ablation(priors=with_priors(own_slope_sd=0.0, own_share_sd=NONE)),
    "size of areas": Ablation(few, priors=with_priors(size_exponent=(1.0, 1e4))),
    "covariates": Ablation(lambda contest: bool(contest.slopes), contest=lambda contest: replace(contest, slopes=())),
    "who holds the area": Ablation(lambda contest: not few(contest), priors=with_priors(holder_sd=NONE)),
    "exit poll": Ablation(
        lambda contest: bool(contest.exit_polls), contest=lambda contest: replace(contest, exit_polls=())
    ),
    "polls": Ablation(lambda contest: bool(contest.polls), contest=lambda contest: replace(contest, polls=())),
    "the same day's other count": Ablation(
        lambda contest: bool(contest.companions), contest=lambda contest: replace(contest, companions=())
    ),
    "verified ballots": Ablation(lambda contest: contest.id == "west-midlands", tally=forget_ballots),
    "entrants' levels": Ablation(
        lambda contest: few(contest) and bool(entrants_of(contest)), contest=give_baseline
    ),
    "learned priors": Ablation(
        lambda contest: priors_for(contest) != unlearned(contest), lambda _, contest: unlearned(contest)
    ),
}  # fmt: skip


def unlearned(contest: Contest) -> Priors:
    """What was believed of a kind of contest before anything was learned of it."""
    return priors_for(replace(contest, polling_day=NEVER))


def bears_on(name: str, contest: Contest) -> bool:
    """Whether an ablation takes anything from a contest."""
    return ABLATIONS[name].of(contest)


def ablated(contest: Contest, tally: Tally, *, draws: int, seed: int, without: str = "") -> Posterior:
    """The night's engine for a contest without a part of the model, or whole.

    Parameters
    ----------
    without
        Of `ABLATIONS`, or nothing.
    """
    ablation = ABLATIONS[without] if without else Ablation()
    told = ablation.contest(contest)
    priors = ablation.priors(priors_for(contest), contest)
    seen = replace(ablation.tally(tally), contest=told)
    if engine_for(contest) == "regression":
        from models.regression import regression  # noqa: PLC0415 - compiled code takes long to load

        return regression(told, seen, draws=draws, seed=seed, priors=priors)
    from models.conditional import conditional  # noqa: PLC0415 - each model only when it is asked for

    return conditional(told, seen, draws=draws, seed=seed, priors=priors)


def ablation_named(name: str, _: Contest) -> Contender:
    """The engine without the part of a name, whole for any other name; it can be sent to another process."""
    return partial(ablated, without=name if name in ABLATIONS else "")
