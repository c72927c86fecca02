"""The templates: Jinja2, everything escaped, nothing undefined."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from forecast.service.test_mark import MARK

__all__ = ["ENVIRONMENT", "render"]


def _iso(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _clock(at: datetime | None) -> str:
    return "–" if at is None else f"{at.astimezone(UTC):%H:%M:%S} UTC, {at.day} {at:%b}"


def _thousands(number: float | None) -> str:
    return "–" if number is None else f"{number:,.0f}"


def _unmarked(text: str) -> str:
    """A figure of a table without the mark of a test, which stands above the table."""
    return text.removeprefix(f"{MARK} ")


def _environment() -> Environment:
    made = Environment(
        loader=PackageLoader("forecast.web", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.filters |= {"iso": _iso, "clock": _clock, "thousands": _thousands, "unmarked": _unmarked}
    return made


ENVIRONMENT = _environment()


def render(template: str, **context: Any) -> str:
    """A page, or a part of one, as HTML."""
    return ENVIRONMENT.get_template(template).render(context)
