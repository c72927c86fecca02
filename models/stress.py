"""What a call must survive: the same engine under harder assumptions, with another link, and another engine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from importlib import import_module
from math import exp
from typing import Literal, cast

from forecast.posterior import Model
from models.link import LinkName
from models.priors import Priors

__all__ = ["harder", "variants_of"]

Engine = Literal["conditional", "regression", "past_votes"]

SURE = 1e4  # shape of a Gamma distribution so narrow that it is a number
TAIL = 4.0  # degrees of freedom of an area's deviation
OTHER_LINK: Mapping[LinkName, LinkName] = {"share": "log-odds", "log-odds": "share"}
SAID: Mapping[LinkName, str] = {"share": "swings of shares", "log-odds": "swings of log-odds"}


def variants_of(engine: Engine, priors: Priors, link: LinkName = "share") -> Mapping[str, Model]:
    """The stress variants of an engine, by what each assumes.

    Past votes have no such priors: there a call must survive the regression's variants.

    Parameters
    ----------
    priors
        What the engine itself believed.
    link
        What swings were swings of; only the bank has two links.
    """
    if engine == "conditional":
        other = OTHER_LINK[link]
        return {
            **{name: _named(engine, priors=each, link=link) for name, each in harder(priors).items()},
            f"another link, {SAID[other]}": _named(engine, priors=priors, link=other),
            "another engine, the regression": _named("regression"),
        }
    found = {name: _named("regression", priors=each) for name, each in harder(priors).items()}
    if engine == "regression":
        return {**found, "another engine, uniform swing": _named("uniform_swing")}
    return {**found, "another engine, the regression": _named("regression")}


def harder(priors: Priors) -> Mapping[str, Priors]:
    """Priors under which a forecast is less sure, by what they assume."""
    wider = exp(priors.area_log_sd)
    return {
        "declared and outstanding areas twice as unlike": replace(priors, discrepancy=2.0 * priors.discrepancy),
        "areas that differ by a standard deviation more": replace(
            priors, area_median=wider * priors.area_median, level_area_median=wider * priors.level_area_median
        ),
        "heavy tails, a t with 4 degrees of freedom": replace(
            priors, tail_shape=SURE, tail_rate=SURE / (TAIL - 2.0), many_tails=(1.0, 0.0, 0.0)
        ),
    }


def _named(engine: str, **given: object) -> Model:
    """An engine that is imported when it is asked."""
    return cast("Model", partial(_run, engine, given))


def _run(engine: str, given: Mapping[str, object], *args: object, **others: object) -> object:
    return getattr(import_module(f"models.{engine}"), engine)(*args, **given, **others)
