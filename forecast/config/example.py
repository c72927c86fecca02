"""A ``forecast.toml`` to begin from: every key, what it is, and what it is where nothing is said."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from forecast.config.configuration import (
    Configuration,
    ContestSettings,
    DropSettings,
    FeedSettings,
    LimitSettings,
    WebhookSettings,
)

__all__ = ["write_example"]

TABLES: tuple[tuple[str, type[BaseModel]], ...] = (
    ("", Configuration),
    ("[limits]", LimitSettings),
    ("[[contests]]", ContestSettings),
    ("[[contests.feeds]]", FeedSettings),
    ("[[webhooks]]", WebhookSettings),
    ("[drop]", DropSettings),
)


def write_example(*contests: str) -> str:
    """The text of a file in which every key is explained and commented out, but for the contests named."""
    blocks = ["\n".join(_lines(header, model)) for header, model in TABLES]
    served = [f"[[contests]]\ncontest = {json.dumps(name)}" for name in contests]
    return "\n\n".join(["# The live service's configuration: docs/config.md explains it.", *blocks, *served]) + "\n"


def _lines(header: str, model: type[BaseModel]) -> Iterator[str]:
    if header:
        yield f"# {header}"
    for key, field in model.model_fields.items():
        if not str(field.description).startswith(("list of tables", "table: a folder", "table: rates")):
            default = field.get_default(call_default_factory=True)
            line = f"# {key} = {_value(field, default)}"
            yield f"{line}{' ' * max(1, 40 - len(line))}# {field.description}"


def _value(field: FieldInfo, default: object) -> str:
    """A value as TOML has it."""
    if field.is_required() or default is None:
        return '""'
    return json.dumps(default if not isinstance(default, Path) else str(default))
