"""Messages of a press agency: results, rushes, recounts and turnouts as XML, or as the xmltodict JSON made of it.

The reader is tolerant of everything around a figure, and strict on figures and on who they are of: a message with one
vote or one name that cannot be made out is refused whole. A higher revision of a message replaces a lower one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

import structlog

from forecast.contests.contest import Contest
from forecast.declaration import Declaration, Kind
from forecast.errors import Defect, NewsError
from forecast.feeds.ids import Ids
from forecast.feeds.markup import Node, read_xml
from forecast.feeds.press_message import Message, make_message, sort_of
from forecast.feeds.reading import Reading, check_days, check_size, few, parse_json, read_utf8

__all__ = ["Message", "Revisions", "is_press", "item_of", "newest", "read_messages", "read_press"]

TEST = re.compile(r"(?:^|_)Test(?:_|$)", re.IGNORECASE)

Revisions = Mapping[tuple[str, str], int]  # of each area and sort of message, the highest seen

log = structlog.get_logger(__name__)


def is_press(document: object) -> bool:
    """Whether parsed JSON looks like a press message, or a list of them."""
    first = document[0] if isinstance(document, list) and document else document
    return isinstance(first, dict) and any(sort_of(str(key)) for key in first)


def read_press(
    data: bytes, contest: Contest, *, name: str = "press", ids: Ids | None = None, test: bool = False
) -> Reading:
    """The items of one file of press messages.

    Parameters
    ----------
    data
        XML, or JSON: one message or an array of them.
    ids
        Their ids; names are only tried for those it lacks.
    test
        Whether messages marked as a test may be read.
    """
    messages, defects = read_messages(data, contest, name=name, ids=ids, test=test)
    kept, _ = newest(messages, {})
    items = tuple(item for message in kept if (item := item_of(message)) is not None)
    return few(check_days(Reading(items, defects), contest, name), name)


def read_messages(
    data: bytes, contest: Contest, *, name: str, ids: Ids | None = None, test: bool = False
) -> tuple[tuple[Message, ...], tuple[Defect, ...]]:
    """The messages of one file and what is wrong with others, as in `read_press`."""
    messages: list[Message] = []
    defects: list[Defect] = []
    try:
        check_size(data, name)
        _check_mark(name, test)
        for where, root, node in _documents(data, name):
            try:
                message = make_message(where, root, node, contest, ids or Ids())
                messages.extend([] if message is None else [message])
            except NewsError as error:
                defects.extend(error.defects)
    except NewsError as error:
        defects.extend(error.defects)
    return tuple(messages), tuple(defects)


def _check_mark(name: str, test: bool) -> None:
    if TEST.search(name.rpartition(".")[0]) and not test:
        raise NewsError(Defect(name, "is marked as a test, and this contest is live.", "It is not read."))


def newest(messages: Iterable[Message], seen: Revisions) -> tuple[tuple[Message, ...], Revisions]:
    """The messages that no higher revision has replaced, in their order, and the highest revisions now."""
    highest, ordered = dict(seen), tuple(messages)
    for message in ordered:
        key = (message.area, message.sort)
        highest[key] = max(highest.get(key, 0), message.revision)
    kept = tuple(each for each in ordered if each.revision == highest[each.area, each.sort])
    return kept, highest


def item_of(message: Message) -> Declaration | None:
    """A message as news; None of a rush, which has no votes. A result's later revisions are corrections."""
    kinds = {"Result": Kind.DECLARED, "Recount": Kind.PROVISIONAL, "Turnout": Kind.VERIFIED}
    if message.sort not in kinds:
        log.info("press rush", area=message.area, words=message.words)
        return None
    kind = kinds[message.sort]
    if kind is Kind.DECLARED and message.revision > 1:
        kind = Kind.CORRECTED
    if kind is Kind.VERIFIED and message.revision > 1:
        kind = Kind.CORRECTED
    notes = (f"press {message.sort.lower()}, revision {message.revision}", *message.guesses)
    return Declaration(
        area=message.area,
        kind=kind,
        at=message.at,
        source="press agency",
        entered_by="",
        ballots=message.turnout,
        votes=message.votes,
        note="; ".join(notes),
        where=message.where,
    )


def _documents(data: bytes, name: str) -> Iterator[tuple[str, str, Node]]:
    """Where each message is, its root's name and what is in it."""
    if data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in {b"[", b"{"}:
        found = parse_json(read_utf8(data, name), name)
    else:
        found = read_xml(data, name)
    listed = found if isinstance(found, list) else [found]
    for number, document in enumerate(listed, start=1):
        where = f"{name}, message {number}" if len(listed) > 1 else name
        roots = list(document.items()) if isinstance(document, dict) else []
        if len(roots) != 1 or not isinstance(roots[0][1], dict):
            raise NewsError(Defect(where, "is not one press message."))
        yield where, str(roots[0][0]).rpartition(":")[2], roots[0][1]
