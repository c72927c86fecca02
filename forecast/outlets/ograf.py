"""A package for renderers that read OGraf: a manifest, and a module of our own that polls the flat rows.

References
----------
European Broadcasting Union (2025), OGraf, HTML graphics for live and post-production, version 1.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from urllib.parse import urlsplit

from forecast.contests.contest import Contest
from forecast.errors import Defect, ForecastError

__all__ = ["manifest_of", "package_files", "write_package"]

SCHEMA = "https://ograf.ebu.io/v1/specification/json-schemas/graphics/schema.json"
MODULE = "graphic.mjs"


def manifest_of(contest: str, title: str, address: str) -> dict[str, object]:
    """The manifest of a lower third for one contest.

    Parameters
    ----------
    contest
        The id under which it is served.
    address
        Of the service: ``https://forecast.example``. An operator may change it, and the contest, in the renderer.
    """
    text = {"type": "string", "gddType": "single-line"}
    properties = {
        "address": text | {"title": "Address of the service", "default": address},
        "contest": text | {"title": "Contest", "default": contest},
        "key": text | {"title": "A viewer's key, where the service is not public", "default": ""},
        "candidates": {"type": "integer", "title": "Candidates shown", "default": 3, "minimum": 1, "maximum": 6},
        "seconds": {"type": "number", "title": "Seconds between looks", "default": 2, "minimum": 1},
    }
    return {
        "$schema": SCHEMA,
        "id": f"count-night.lower-third.{contest}",
        "version": "1",
        "name": f"Lower third: {title}",
        "description": "Headline, chances in words, areas declared. Follows the forecast by itself.",
        "author": {"name": "count-night"},
        "main": MODULE,
        "supportsRealTime": True,
        "supportsNonRealTime": False,
        "stepCount": 1,
        "customActions": [
            {"id": "refresh", "name": "Refresh", "description": "Look for a new forecast now.", "schema": None}
        ],
        "schema": {"type": "object", "properties": properties},
    }


def package_files(contest: str, title: str, address: str) -> Mapping[str, str]:
    """Each file of the package and its text.

    Raises
    ------
    ForecastError
        Where the address is none of the web.
    """
    parts = urlsplit(address)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ForecastError(Defect("--address", f'"{address}" is not an address.', "Write https://forecast.example"))
    manifest = json.dumps(manifest_of(contest, title, address), indent=2, ensure_ascii=False) + "\n"
    module = (files("forecast.outlets") / MODULE).read_text(encoding="utf-8")
    given = json.dumps({"address": address, "contest": contest})
    return {f"{contest}.ograf.json": manifest, MODULE: module.replace("globalThis.COUNT_NIGHT_GRAPHIC ?? {}", given)}


def write_package(directory: Path, contest: Contest, address: str, *, served: str = "") -> tuple[Path, ...]:
    """Write the package into a directory, made if it is not there; its files are named.

    Parameters
    ----------
    served
        The id under which the contest is served, where that is not its own.

    Raises
    ------
    ForecastError
        Where the address is none, or something cannot be written.
    """
    written = []
    try:
        directory.mkdir(parents=True, exist_ok=True)
        for name, text in package_files(served or contest.id, contest.title, address).items():
            (directory / name).write_text(text, encoding="utf-8", newline="\n")
            written.append(directory / name)
    except OSError as error:
        raise ForecastError(Defect("--out", f"{directory} cannot be written: {error.strerror}.")) from error
    return tuple(written)
