"""All the pictures of a moment, and writing one to a file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from forecast.bulletin.summary import Forecast
from forecast.charts.canvas import Spec
from forecast.charts.card import card_chart
from forecast.charts.course import course_chart
from forecast.charts.margin import margin_chart
from forecast.charts.seats import seats_chart
from forecast.charts.swing import swing_chart
from forecast.errors import Defect, ForecastError

__all__ = ["draw_charts", "render_svg", "write_chart"]

VEGA_LITE = "6.4"
PIXELS = 2  # of a PNG to each of the picture's own


def draw_charts(forecast: Forecast, history: Sequence[Forecast]) -> dict[str, Spec]:
    """Every picture of one moment, by name: ``margin``, ``course``, ``swing``, ``card``.

    Parameters
    ----------
    forecast
        The moment's document.
    history
        The night's documents up to it, in order; only the course needs them.
    """
    return {
        "margin": margin_chart(forecast) if forecast.seats is None else seats_chart(forecast, forecast.seats),
        "course": course_chart(history or (forecast,)),
        "swing": swing_chart(forecast),
        "card": card_chart(forecast),
    }


def write_chart(spec: Spec, path: Path) -> None:
    """Draw a picture into a file, of the kind its ending names: ``.svg``, or ``.png`` at twice the size.

    The file is either all there or as it was before.

    Raises
    ------
    ForecastError
        For another ending, and where the file cannot be written.
    """
    drawn = _render(spec, path)
    part = path.with_name(f".{path.name}.part")
    try:
        part.write_bytes(drawn)
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise ForecastError(Defect(str(path), f"cannot be written: {error.strerror}.")) from error


def render_svg(spec: Spec) -> str:
    """A picture as SVG text; nothing is fetched for it."""
    import vl_convert

    drawn: str = vl_convert.vegalite_to_svg(spec, vl_version=VEGA_LITE, allowed_base_urls=[])
    return drawn


def _render(spec: Spec, path: Path) -> bytes:
    import vl_convert

    kind = path.suffix.lower()
    if kind == ".svg":
        return render_svg(spec).encode()
    if kind == ".png":
        drawn: bytes = vl_convert.vegalite_to_png(spec, vl_version=VEGA_LITE, scale=PIXELS, allowed_base_urls=[])
        return drawn
    raise ForecastError(Defect(str(path), f'no picture is written as "{path.suffix}".', "Use .svg or .png."))
