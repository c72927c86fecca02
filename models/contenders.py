"""The models that a scoreboard holds side by side: ours, and the baselines beside it."""

from __future__ import annotations

from importlib import import_module
from typing import cast

from forecast.contests.contest import Contest
from forecast.errors import Defect, ForecastError, did_you_mean
from forecast.evaluation.task import Contender
from models.engines import EngineName, engine_named

__all__ = ["CONTENDERS", "PEER", "contender_named"]

ENGINES = ("auto", "conditional", "log-odds", "regression", "past-votes", "hierarchical", "uniform-swing")
CONTENDERS = ("auto", "uniform-swing", "uniform-point", "raw-count", "regional-swing", "ridge", "subspace")
PEER = "elex-model"


def contender_named(name: str, contest: Contest) -> Contender:
    """The model of a name on the scoreboard; ``auto`` is the night's engine for the contest.

    Raises
    ------
    ForecastError
        Where there is no such model.
    """
    if name in ENGINES:
        return engine_named(cast("EngineName", name), contest)
    if name == PEER:
        return cast("Contender", import_module("models.elex").elex)
    if name not in CONTENDERS:
        known = sorted({*ENGINES, *CONTENDERS, PEER})
        remedy = did_you_mean(name, known, f"There are {', '.join(known)}.")
        raise ForecastError(Defect("--model", f'no model "{name}".', remedy))
    module = name.replace("-", "_")
    return cast("Contender", getattr(import_module(f"models.{module}"), module))
