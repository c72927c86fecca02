"""The models by the names that people type; each is imported only when it is asked for."""

from __future__ import annotations

from importlib import import_module
from typing import Literal, cast

from forecast.posterior import Model

__all__ = ["EngineName", "engine_named"]

EngineName = Literal["conditional", "hierarchical", "uniform-swing"]


def engine_named(name: EngineName) -> Model:
    """The model's one public function, which has the module's name."""
    module = name.replace("-", "_")
    return cast("Model", getattr(import_module(f"models.{module}"), module))
