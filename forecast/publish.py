"""Where forecasts go: the document, its flat rows and its pictures, as files in a directory."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from pydantic import TypeAdapter

from forecast.arithmetic.needs import Needs
from forecast.bulletin.summary import Forecast
from forecast.errors import Defect, ForecastError
from forecast.flat_rows import rows_of, write_rows

__all__ = ["needs_json", "schema_json", "write_files", "write_pictures"]


def schema_json() -> str:
    """The JSON Schema of the published document, as text."""
    found = {"$schema": "https://json-schema.org/draft/2020-12/schema"} | Forecast.model_json_schema(
        mode="serialization"
    )
    return json.dumps(found, indent=2) + "\n"


def needs_json(needs: Needs) -> str:
    """The desk's arithmetic as JSON text: what the published document holds under ``needs``."""
    return TypeAdapter(Needs).dump_json(needs, indent=2).decode() + "\n"


def write_files(directory: Path, forecast: Forecast, history: Sequence[Forecast]) -> tuple[Path, ...]:
    """Write ``forecast.json``, ``forecast.csv``, ``replay.csv`` of the course so far, and every picture.

    Parameters
    ----------
    directory
        Made if it is not there; files of these names are replaced.
    history
        The night's documents up to this moment, in order.

    Raises
    ------
    ForecastError
        Where something cannot be written.
    """
    texts = {
        "forecast.json": forecast.to_json(),
        "forecast.csv": write_rows(rows_of(forecast)),
        "replay.csv": write_rows(row for each in history for row in rows_of(each)),
    }
    _make(directory)
    for name, text in texts.items():
        _write(directory / name, text)
    return (*(directory / name for name in texts), *write_pictures(directory, forecast, history))


def write_pictures(directory: Path, forecast: Forecast, history: Sequence[Forecast]) -> Iterator[Path]:
    """Draw every picture of a moment, each as SVG and as PNG, and name the files as they are written."""
    # the renderer is loaded only where a picture is drawn
    from forecast.charts import draw_charts, write_chart  # noqa: PLC0415

    _make(directory)
    for name, spec in draw_charts(forecast, history).items():
        for ending in ("svg", "png"):
            path = directory / f"{name}.{ending}"
            write_chart(spec, path)
            yield path


def _make(directory: Path) -> None:
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ForecastError(Defect("--out", f"{directory} cannot be made: {error.strerror}.")) from error


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise ForecastError(Defect("--out", f"{path} cannot be written: {error.strerror}.")) from error
