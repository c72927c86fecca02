"""XML as plain data, in the shape that xmltodict gives it, and nothing that XML can do to a reader.

Attributes are ``@name``, text is ``#text``, an element with nothing but text is its text, an empty one is None, and one
that is there twice is a list. A document type declaration is refused as soon as it begins, and with it every entity,
external or not, and everything that could be made to grow.
"""

from __future__ import annotations

from typing import NoReturn
from xml.parsers import expat

from forecast.errors import Defect, NewsError

__all__ = ["Node", "read_xml"]

Node = dict[str, object]

DEEPEST = 40
CUT_OFF = {
    expat.errors.codes[message]
    for message in (
        expat.errors.XML_ERROR_NO_ELEMENTS,
        expat.errors.XML_ERROR_PARTIAL_CHAR,
        expat.errors.XML_ERROR_UNCLOSED_CDATA_SECTION,
        expat.errors.XML_ERROR_UNCLOSED_TOKEN,
    )
}


def read_xml(data: bytes, name: str) -> Node:
    """A document as ``{root: …}``.

    Raises
    ------
    NewsError
        Where it is not well-formed, was cut off, has a document type declaration, or is nested too deeply.
    """
    builder = _Builder(name)
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.say
    parser.StartDoctypeDeclHandler = builder.refuse
    parser.EntityDeclHandler = builder.refuse
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        cut = error.code in CUT_OFF
        told = expat.errors.messages.get(error.code, "unknown error")
        what = "is XML that was cut off." if cut else f"is not well-formed XML: {told}, line {error.lineno}."
        raise NewsError(Defect(name, what, "Wait for the whole file." if cut else "")) from error
    except (LookupError, ValueError) as error:
        raise NewsError(Defect(name, f"its encoding cannot be read: {error}.", "Send it in UTF-8.")) from error
    return builder.root


class _Builder:
    """Builds the data as the parser walks the document."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.root: Node = {}
        self.open: list[Node] = [self.root]
        self.text: list[list[str]] = [[]]

    def start(self, _: str, attributes: dict[str, str]) -> None:
        if len(self.open) > DEEPEST:
            raise NewsError(Defect(self.name, f"is nested more than {DEEPEST} elements deep."))
        node: Node = {f"@{_local(key)}": value for key, value in attributes.items()}
        self.open.append(node)
        self.text.append([])

    def say(self, text: str) -> None:
        self.text[-1].append(text)

    def end(self, tag: str) -> None:
        node, text = self.open.pop(), "".join(self.text.pop()).strip()
        if node and text:
            node["#text"] = text
        _put(self.open[-1], _local(tag), node or text or None)

    def refuse(self, *_: object) -> NoReturn:
        what = "has a document type declaration, which could make it reach out or grow."
        raise NewsError(Defect(self.name, what, "It is not read; send it without one."))


def _local(name: str) -> str:
    return name.rpartition(":")[2]


def _put(parent: Node, key: str, value: object) -> None:
    if key not in parent:
        parent[key] = value
        return
    already = parent[key]
    if isinstance(already, list):
        already.append(value)
    else:
        parent[key] = [already, value]
