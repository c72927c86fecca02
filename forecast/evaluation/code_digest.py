"""The version of the code that a score depends on: the sources a module imports, and those that they import."""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path

__all__ = ["digest_code"]


@cache
def digest_code(*modules: str) -> str:
    """SHA-256 of the sources of modules and of what they import from their own packages, directly or not.

    A change elsewhere (a picture, a sentence, another model) leaves it as it was, so that nothing is scored again for
    its sake. What is imported by a name worked out at run time is not seen.

    Parameters
    ----------
    modules
        Dotted names such as ``models.conditional``.
    """
    packages = {name.split(".")[0] for name in modules} | {"forecast"}
    waiting, sources = list(modules), dict[str, bytes]()
    while waiting:
        name = waiting.pop()
        path = _source(name)
        if name in sources or path is None:
            continue
        sources[name] = path.read_bytes()
        waiting += [each for each in _imports(sources[name]) if each.split(".")[0] in packages]
    digest = hashlib.sha256()
    for name in sorted(sources):
        digest.update(name.encode() + b"\0" + hashlib.sha256(sources[name]).digest())
    return digest.hexdigest()


@cache
def _source(name: str) -> Path | None:
    try:
        spec = find_spec(name)
    except ModuleNotFoundError:
        return None
    return Path(spec.origin) if spec and spec.origin and spec.origin.endswith(".py") else None


def _imports(source: bytes) -> Iterator[str]:
    """Dotted names imported anywhere in a source; what is imported from a package may be a module of it."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
