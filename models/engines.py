"""The models by the names that people type; each is imported only when it is asked for."""

from __future__ import annotations

import warnings
from functools import partial
from importlib import import_module
from typing import Literal, cast

import numpy as np

from forecast.contests.contest import Contest
from forecast.posterior import Model
from models.past_shares import knows_past_votes

__all__ = ["FEW_AREAS", "EngineName", "engine_for", "engine_named"]

EngineName = Literal[
    "auto", "conditional", "conditional-fine", "log-odds", "regression", "past-votes", "hierarchical", "uniform-swing"
]

FINE_MEMBERS = 48_000  # of the bank where it is held against the reference: its own error is then below the bound
FEW_AREAS = 40  # up to which a bank of prior draws holds, and areas x areas matrices are small


def engine_named(name: EngineName, contest: Contest) -> Model:
    """The model's one public function, which has the module's name.

    ``auto`` is `engine_for` the contest, ``conditional-fine`` the conditional engine with a bank eight times as large,
    ``log-odds`` the same with swings of log-odds.
    """
    if name == "conditional-fine":
        from models.conditional import conditional  # noqa: PLC0415 - each model only when it is asked for

        return partial(conditional, members=FINE_MEMBERS)
    if name == "log-odds":
        from models.conditional import conditional  # noqa: PLC0415 - each model only when it is asked for

        return partial(conditional, link="log-odds")
    if name == "hierarchical":  # what PyTensor says of its own optimiser is nothing to whoever reads a forecast
        warnings.filterwarnings("ignore", message="Loop fusion failed", category=UserWarning)
    module = (engine_for(contest) if name == "auto" else name).replace("-", "_")
    return cast("Model", getattr(import_module(f"models.{module}"), module))


def engine_for(contest: Contest) -> EngineName:
    """The night's engine for a contest.

    Past votes where there are enough of them; else the bank for few areas, the sampler for many or without a baseline.
    """
    if knows_past_votes(contest):
        return "past-votes"
    known = (~np.isnan(contest.baseline.votes).all(axis=0)).sum()
    return "conditional" if len(contest.areas) <= FEW_AREAS and known >= 2 else "regression"
