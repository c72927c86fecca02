"""Reading the configuration: what is wrong with it is said by file and line, by variable, or by option."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, EnvSettingsSource, InitSettingsSource, PydanticBaseSettingsSource
from pydantic_settings.exceptions import SettingsError

from forecast.config.configuration import Configuration
from forecast.contests.toml import EXPECTED, Lines, is_misspelt, key_lines, shown, syntax_defect
from forecast.errors import Defect, ForecastError, did_you_mean
from forecast.table import read_text

__all__ = ["FILE", "read_configuration", "variable_of"]

FILE = "forecast.toml"
PREFIX = "FORECAST_"
OTHERS = {"FORECAST_CONTESTS", "FORECAST_KEY"}  # other commands' variables, in the same shell
SERVED = "FORECAST_SERVED_CONTESTS"  # FORECAST_CONTESTS has always been the directories that contests are looked for in
WANTED = EXPECTED | {
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "float_parsing": "a number",
    "bool_parsing": "true or false",
    "bool_type": "true or false",
    "path_type": "a path in quotation marks",
    "tuple_type": "a list in square brackets",
    "datetime_from_date_parsing": EXPECTED["datetime_type"],
    "datetime_parsing": EXPECTED["datetime_type"],
    "string_too_short": "a text that says something",
}
BOUNDS = {"greater_than_equal": ("ge", "or more"), "less_than_equal": ("le", "or less")}

type Location = tuple[str | int, ...]


def read_configuration(path: Path | None = None, **overrides: Any) -> Configuration:
    """The configuration: options before variables, variables before the file, the file before what goes without saying.

    Parameters
    ----------
    path
        The file; None for ``forecast.toml`` here, where there is one. Paths within a file are from its folder.
    overrides
        Keys given on the command line; None is not given.

    Raises
    ------
    ForecastError
        With every defect found.
    """
    if path is None:
        path = Path(FILE) if Path(FILE).is_file() else None
    found: list[Defect] = []
    values, lines = ({}, Lines("configuration", {})) if path is None else _read_file(path, found)
    given = {key: value for key, value in overrides.items() if value is not None}
    found.extend(_unknown_variables())
    if not found:
        try:
            return _layered(values)(**given)
        except SettingsError as error:
            found.append(_unreadable(str(error)))
        except ValidationError as error:
            details = error.errors(include_url=False)
            found += [_as_defect(each, lines, given) for each in details if not is_misspelt(each, details)]
    raise ForecastError(found)


def variable_of(key: str) -> str:
    """The environment variable of a key of the file's first level."""
    return SERVED if key == "contests" else f"{PREFIX}{key.upper()}"


class _Environment(EnvSettingsSource):
    """The environment, with the contests under another name than their directories."""

    def _load_env_vars(self) -> Mapping[str, str | None]:
        variables = dict(super()._load_env_vars())
        variables.pop("forecast_contests", None)
        served = variables.pop(SERVED.lower(), None)
        return variables if served is None else variables | {"forecast_contests": served}


def _layered(values: dict[str, Any]) -> type[Configuration]:
    """The configuration's class, reading options first, then the environment, then the file's values."""

    class Layered(Configuration):
        @classmethod
        def settings_customise_sources(
            cls, settings_cls: type[BaseSettings], init_settings: PydanticBaseSettingsSource, *_: Any, **_others: Any
        ) -> tuple[PydanticBaseSettingsSource, ...]:
            return init_settings, _Environment(settings_cls), InitSettingsSource(settings_cls, init_kwargs=values)

    return Layered


def _read_file(path: Path, found: list[Defect]) -> tuple[dict[str, Any], Lines]:
    text = read_text(path, found)
    if text is None:
        return {}, Lines(path.name, {})
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found.append(syntax_defect(path.name, str(error)))
        return {}, Lines(path.name, {})
    return _from_folder(values, path.absolute().parent), Lines(path.name, key_lines(text))


def _from_folder(values: dict[str, Any], folder: Path) -> dict[str, Any]:
    """The values with relative paths taken from the file's folder."""

    def place(table: Any, *keys: str) -> None:
        for key in keys:
            if isinstance(table, dict) and isinstance(table.get(key), str):
                table[key] = str(folder / table[key])

    def tables(holder: Any, key: str) -> list[Any]:
        listed = holder.get(key) if isinstance(holder, dict) else None
        return listed if isinstance(listed, list) else []

    place(values, "data")
    place(values.get("drop"), "path")
    for contest in tables(values, "contests"):
        if isinstance(contest, dict) and "/" in str(contest.get("contest")):
            place(contest, "contest")
        for feed in tables(contest, "feeds"):
            place(feed, "path", "map")
    return values


def _unknown_variables() -> Iterator[Defect]:
    """Variables that look like one of ours and are not; others may begin alike for reasons of their own."""
    known = [variable_of(key) for key in Configuration.model_fields]
    for name in os.environ:
        head = name.split("__")[0]
        if name.startswith(PREFIX) and head not in {*known, *OTHERS}:
            remedy = did_you_mean(head, [each for each in known if abs(len(each) - len(head)) <= 1])
            if remedy:
                yield Defect("environment", f"unknown variable {name}.", remedy)


def _unreadable(said: str) -> Defect:
    key = next((key for key in Configuration.model_fields if f'"{key}"' in said), "")
    return Defect(
        variable_of(key), "is not JSON.", 'A list or table is written as JSON: [{"contest": "west-midlands"}].'
    )


def _as_defect(error: ErrorDetails, lines: Lines, given: Mapping[str, Any]) -> Defect:
    """One of pydantic's errors as one line of ours."""
    location, kind, context = error["loc"], error["type"], error.get("ctx", {})
    where = _where(location, lines, given)
    model, path = _model_at(location)
    key = ".".join(str(part) for part in location if isinstance(part, str))
    if kind == "missing":
        return Defect(where, f'no key "{location[-1]}" in {_table(location)}.')
    if kind == "extra_forbidden":
        known = sorted(model.model_fields)
        remedy = did_you_mean(str(location[-1]), known, f"Known: {', '.join(known)}.")
        return Defect(where, f'unknown key "{location[-1]}" in {_table(location)}.', remedy)
    if kind == "ours":
        return Defect(where, f"{key or 'the tables'} {context['what']}", context["remedy"])
    if kind == "literal_error":
        return Defect(where, f"{key} is {shown(error['input'])}, not one of {context['expected']}.")
    if kind in BOUNDS:
        bound, words = BOUNDS[kind]
        return Defect(where, f"{key} is {shown(error['input'])}, not {context[bound]:g} {words}.")
    if path in {"secret", "headers", "url", "database"}:
        return Defect(where, f"{key} is not {WANTED.get(kind, 'a text in quotation marks')}.")
    return Defect(where, f"{key} is {shown(error['input'])}, not {WANTED.get(kind, error['msg'])}.")


def _where(location: Location, lines: Lines, given: Mapping[str, Any]) -> str:
    head = str(location[0]) if location else ""
    if head in given:
        return f"--{head.replace('_', '-').removesuffix('s') if head == 'contests' else head.replace('_', '-')}"
    variable = variable_of(head)
    if head and any(name.upper().split("__")[0] == variable for name in os.environ):
        return variable
    return lines.where(*location)


def _model_at(location: Location) -> tuple[type[BaseModel], str]:
    """The table that holds a key, and the key of that table which the location is in."""
    model: type[BaseModel] = Configuration
    key = ""
    for part in location:
        if isinstance(part, str):
            if key and (inner := _inner(model, key)):
                model = inner
            key = part
    return model, key


def _inner(model: type[BaseModel], key: str) -> type[BaseModel] | None:
    field = model.model_fields.get(key)
    kinds = () if field is None else (field.annotation, *get_args(field.annotation))
    return next((kind for kind in kinds if isinstance(kind, type) and issubclass(kind, BaseModel)), None)


def _table(location: Location) -> str:
    """The table that holds a key, as its header is written."""
    names = [part for part in location[:-1] if isinstance(part, str)]
    listed = len(location) > 1 and isinstance(location[-2], int)
    return (f"[[{'.'.join(names)}]]" if listed else f"[{'.'.join(names)}]") if names else "the configuration"
