"""The API's page of documentation, written from its description: ``docs/api.md``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

__all__ = ["write_reference"]

INTRODUCTION = """\
# The API

This page is written by `make docs` from the service's own description, which it serves at `/v1/openapi.json` (OpenAPI
3.1); a test holds the one to the other, and another calls every route with what it should refuse.

**Answers.** JSON is always one of two shapes: `{"ok": true, "data": …, "links": {…}}`, or
`{"ok": false, "error": {"code": "not_found", "message": "…", "defects": [{"where": "…", "what": "…", "remedy": "…"}]}}`
with every defect found. Times are UTC, shares and probabilities 0-1, and what is not known is `null`, never zero.

**Who asks.** A key in `Authorization: Bearer …` or `X-API-Key: …`; or a session, opened by `POST /v1/session` (or the
form of `/login`) and kept in a cookie, whose writes also carry its token as `X-CSRF-Token`. Roles are viewer, operator,
editor and admin, each with the rights of those before; a key may be for some contests only. Where the service is
public, viewers need none.

**Twice is once.** `POST …/news` with an `Idempotency-Key` takes the same item once, however often it is sent; the same
key with another item is refused with 409. What is acknowledged is on disk.

**How often.** `forecast.toml` says how much a key, or an address without one, may ask for; 429 says in `Retry-After`
how long to wait. Public answers have an `ETag` and may be kept for two seconds (`max-age=2,
stale-while-revalidate=10`), so that a cache can stand between; asked with `If-None-Match` they answer 304.
Bodies are at most 1 MB, uploads 5 MB. `HEAD` answers wherever `GET` does.

**Other sites** may read what is public: the contests, what is on air, its history, needs and events, the graphics and
the feeds (`Access-Control-Allow-Origin: *`). Nothing can be written from another site's page.

**Drafts.** While a contest is held or embargoed viewers get what was on air before, or nothing; editors have `…/draft`.

**Events** are server-sent: `event` is the kind, `id` the journal's sequence, `data` an object with `sequence`,
`contest`, `kind` and what happened. A client that comes back with `Last-Event-ID` (browsers do) or `?after=` gets what
it missed first. Every 15 seconds without news a comment keeps the connection; who reads too slowly is let go, and
comes back.
"""
MEDIA = "application/json"


def write_reference(description: Mapping[str, Any]) -> str:
    """The page, in Markdown.

    Parameters
    ----------
    description
        The API's description in OpenAPI 3.1.
    """
    operations = [
        (tag, method, path, operation)
        for path, methods in description["paths"].items()
        for method, operation in methods.items()
        for tag in operation["tags"][:1]
    ]
    parts = [INTRODUCTION]
    for name in dict.fromkeys(tag for tag, *_ in operations):
        parts.append(f"## {name.capitalize()}\n")
        parts += [
            "\n".join(_operation(method, path, operation, description)) + "\n"
            for tag, method, path, operation in operations
            if tag == name
        ]
    parts.append("## Shapes\n")
    parts += ["\n".join(_shape(name, description)) + "\n" for name in _shapes(operations, description)]
    return "\n".join(parts)


def _operation(method: str, path: str, operation: Mapping[str, Any], whole: Mapping[str, Any]) -> Iterator[str]:
    yield f"### `{method.upper()} {path}`\n"
    yield f"{operation['description']} For: {operation['x-role']}.\n"
    given = [*_parameters(operation), *_body(operation, whole)]
    if given:
        yield from _table(("given", "where", "what"), given)
        yield ""
    yield from _answers(operation, whole)


def _parameters(operation: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    for each in operation.get("parameters", ()):
        if (each["in"], each["name"]) == ("path", "id"):
            continue
        must = ", must be there" if each.get("required") and each["in"] != "path" else ""
        yield f"`{each['name']}`", each["in"] + must, each.get("description", each["schema"].get("description", ""))


def _body(operation: Mapping[str, Any], whole: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    content = operation.get("requestBody", {}).get("content", {})
    if MEDIA not in content:
        return
    schema = _resolve(content[MEDIA]["schema"], whole)
    for name, field in schema.get("properties", {}).items():
        must = ", must be there" if name in schema.get("required", ()) else ""
        yield f"`{name}`", "body" + must, field.get("description", "")


def _answers(operation: Mapping[str, Any], whole: Mapping[str, Any]) -> Iterator[str]:
    for status, response in operation["responses"].items():
        if int(status) < 400:
            kinds = response.get("content", {})
            words = "" if response["description"] == "Successful Response" else f" ({response['description']})"
            with_what = (
                _data(kinds[MEDIA].get("schema", {}), whole)
                if MEDIA in kinds
                else ", ".join(f"`{kind}`" for kind in kinds)
            )
            yield f"Answers {status}{words}{': ' if with_what else ''}{with_what}.\n"
    yield f"Refuses with {', '.join(status for status in operation['responses'] if int(status) >= 400)}."


def _data(schema: Mapping[str, Any], whole: Mapping[str, Any]) -> str:
    """What an answer's data are, in words."""
    data = _resolve(schema, whole).get("properties", {}).get("data")
    if data is None:
        return f"`{MEDIA}`"
    name = _name(data.get("items", data))
    if not name:
        return "`data` is null"
    return f"`data` is {'a list of ' if 'items' in data else ''}[{_said(name)}](#{_said(name).lower()})"


def _shapes(operations: Sequence[tuple[str, str, str, Any]], whole: Mapping[str, Any]) -> list[str]:
    """Names of the shapes that answers hold, in the order in which they are met."""
    found: dict[str, None] = {}
    for *_, operation in operations:
        for response in operation["responses"].values():
            schema = _resolve(response.get("content", {}).get(MEDIA, {}).get("schema", {}), whole)
            data = schema.get("properties", {}).get("data", {})
            _collect(_name(data.get("items", data)), found, whole)
    return list(found)


def _collect(name: str, found: dict[str, None], whole: Mapping[str, Any]) -> None:
    """Add a shape of the API's own and those it holds; the forecast's document has a page to itself."""
    if not name.endswith("Shape") or name in found:
        return
    found[name] = None
    for field in whole["components"]["schemas"][name]["properties"].values():
        for each in (field, field.get("items", {}), *field.get("anyOf", ())):
            _collect(_name(each), found, whole)


def _shape(name: str, whole: Mapping[str, Any]) -> Iterator[str]:
    schema = whole["components"]["schemas"][name]
    yield f"### {_said(name)}\n"
    fields = {f"`{key}`": field.get("description", "") for key, field in schema["properties"].items()}
    plain = [key for key, said in fields.items() if not said]
    yield (
        schema["description"]
        + (f" It holds {', '.join(plain)}{', and:' if len(plain) < len(fields) else '.'}" if plain else "")
        + "\n"
    )
    said = [(key, text) for key, text in fields.items() if text]
    if said:
        yield from _table(("field", "what it holds"), said)


def _name(schema: Mapping[str, Any]) -> str:
    return str(schema.get("$ref", "")).rpartition("/")[2]


def _said(name: str) -> str:
    return name.removesuffix("Shape")


def _resolve(schema: Mapping[str, Any], whole: Mapping[str, Any]) -> Mapping[str, Any]:
    while "$ref" in schema:
        found: Mapping[str, Any] = whole
        for part in schema["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        schema = found
    return schema


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    for row in rows:
        yield f"| {' | '.join(cell.replace('|', '&#124;').replace(chr(10), ' ') for cell in row)} |"
