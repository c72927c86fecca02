"""The golden document: six areas declared, Sandwell outstanding. `python tests/golden_document.py` makes it again.

Make it again only for a change of the model or the document that is meant, and say in CHANGELOG.md what moved.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from forecast.night import Night
from forecast.scene import open_scene
from models.conditional import conditional

GOLDEN = Path(__file__).resolve().parent / "golden" / "west-midlands-6.json"
LEFT_OUT = {"quantiles", "diagnostics", "software"}  # too many to read, or the installation's


def rounded(value: Any, key: str = "") -> Any:  # noqa: ANN401 - whatever JSON holds
    """Probabilities and shares to 3 decimals, votes to tens, distances in SD to 1: what another BLAS leaves alone."""
    if isinstance(value, dict):
        return {name: rounded(each, name) for name, each in value.items() if name not in LEFT_OUT}
    if isinstance(value, list):
        return [rounded(each, key) for each in value]
    if not isinstance(value, float):
        return value
    if key == "deviations":
        return round(value, 1)
    return round(value, 3) if abs(value) <= 1 else round(value, -1)


def make_document() -> Any:  # noqa: ANN401 - whatever JSON holds
    """The rounded document of the moment at which the shipped night opens, from few draws and a fixed seed."""
    scene = open_scene("west-midlands")
    forecast = Night(scene.contest, conditional, draws=4_000, seed=1).update(scene.items, notice=scene.notice).forecast
    return rounded(json.loads(forecast.to_json()))


if __name__ == "__main__":
    GOLDEN.write_text(json.dumps(make_document(), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
