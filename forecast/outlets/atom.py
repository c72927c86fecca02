"""What has happened to a contest, as an Atom feed: declarations, changes of rating, and corrections.

An entry that corrects or withdraws a declaration says which one it retracts, twice: as a category (``retraction``) that
any reader shows, and as an element of our own with the id of the entry retracted, for machines.

References
----------
Nottingham & Sayre (2005), The Atom Syndication Format, RFC 4287.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal
from uuid import NAMESPACE_URL, uuid5
from xml.etree import ElementTree as ET

from forecast.contests.contest import Contest
from forecast.declaration import Declaration, Kind
from forecast.outlets.edition import Point, iso, mark

__all__ = ["Notice", "Told", "notices_of", "write_atom"]

ATOM = "http://www.w3.org/2005/Atom"
OURS = "urn:count-night:atom"
MOST = 100
UNFIT = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # what XML 1.0 cannot hold
RETRACTING = {Kind.CORRECTED, Kind.WITHDRAWN}

NoticeKind = Literal["declaration", "rating", "correction", "withdrawal"]


@dataclass(frozen=True, slots=True)
class Told:
    """An item of news as it was accepted: the journal's sequence number and time.

    ``retracts``: the sequence number under which the item was accepted that is taken back here; 0 where none is.
    """

    sequence: int
    at: datetime
    item: Declaration
    retracts: int = 0


@dataclass(frozen=True, slots=True)
class Notice:
    """One entry of the feed.

    Parameters
    ----------
    key
        Tells it from every other of the contest, for ever.
    retracts
        Key of the notice that this one takes back; empty where none.
    """

    key: str
    at: datetime
    kind: NoticeKind
    title: str
    summary: str
    retracts: str = ""


def notices_of(contest: Contest, told: Sequence[Told], course: Sequence[Point]) -> tuple[Notice, ...]:
    """What is worth an entry, in the order in which it happened.

    Parameters
    ----------
    told
        Items accepted, in their order.
    course
        Forecasts published, in their order: of these, those at which the rating or who is ahead changed.
    """
    notices = [*_notices_of_news(contest, told), *_notices_of_ratings(contest, course)]
    return tuple(sorted(notices, key=lambda notice: notice.at))


def _notices_of_news(contest: Contest, told: Sequence[Told]) -> Iterator[Notice]:
    last: dict[str, str] = {}
    kinds: dict[Kind, NoticeKind] = {
        Kind.DECLARED: "declaration",
        Kind.CORRECTED: "correction",
        Kind.WITHDRAWN: "withdrawal",
    }
    for each in told:
        item, kind = each.item, kinds.get(each.item.kind)
        if kind is None:
            continue
        name = contest.title if item.area == contest.id else contest.areas[contest.area_index(item.area)].name
        said = _say_votes(contest, item)
        key = f"news/{each.sequence}"
        if each.retracts:
            yield Notice(key, each.at, "withdrawal", f"{name}: taken back", said, f"news/{each.retracts}")
            continue
        retracts = last.get(item.area, "") if item.kind in RETRACTING else ""
        yield Notice(key, each.at, kind, f"{name}: {item.kind.value}", said, retracts)
        last[item.area] = key


def _say_votes(contest: Contest, item: Declaration) -> str:
    names = {each.id: each.name for each in contest.candidates}
    votes = sorted(item.votes.items(), key=lambda pair: -pair[1])
    listed = ", ".join(f"{names.get(key, key)} {number:,}" for key, number in votes)
    return " ".join(filter(None, [f"{listed}." if listed else "", f"Source: {item.source}." if item.source else ""]))


def _notices_of_ratings(contest: Contest, course: Sequence[Point]) -> Iterator[Notice]:
    names = {each.id: each.name for each in contest.candidates}
    before: tuple[str, str] | None = None
    for point in course:
        if not point.probabilities:
            continue
        ahead = max(point.probabilities, key=lambda each: point.probabilities[each])
        now = (point.rating, ahead)
        if before is not None and now != before:
            title = f"{names.get(ahead, ahead)}: {point.rating}"
            summary = f"Was {before[0]} ({names.get(before[1], before[1])}). Latest news: {point.latest}."
            yield Notice(f"rating/{point.number}", point.at, "rating", title, summary)
        before = now


def write_atom(
    contest: str, title: str, notices: Iterable[Notice], *, address: str, updated: datetime | None, test: bool = False
) -> str:
    """The feed as XML, the latest entry first.

    Parameters
    ----------
    contest
        The id under which it is served: with a notice's key it makes an entry's id, which never changes.
    address
        Where the feed itself is, and under whose start the contest's page is.
    updated
        When anything last changed; where there are no entries yet, when the contest was first served.
    """
    latest = sorted(notices, key=lambda notice: notice.at, reverse=True)[:MOST]
    feed = ET.Element("feed", {"xmlns": ATOM, "xmlns:count": OURS})
    _put(feed, "id", _id(contest, "feed"))
    _put(feed, "title", mark(title, test))
    _put(feed, "updated", iso(latest[0].at if latest else updated or datetime.fromtimestamp(0, UTC)))
    ET.SubElement(feed, "link", {"rel": "self", "type": "application/atom+xml", "href": _fit(address)})
    _put(ET.SubElement(feed, "author"), "name", "count-night")
    for notice in latest:
        _put_entry(feed, contest, notice, test)
    ET.indent(feed)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(feed, encoding="unicode")}\n'


def _put_entry(feed: ET.Element, contest: str, notice: Notice, test: bool) -> None:
    entry = ET.SubElement(feed, "entry")
    _put(entry, "id", _id(contest, notice.key))
    _put(entry, "title", mark(notice.title, test))
    _put(entry, "updated", iso(notice.at))
    _put(entry, "published", iso(notice.at))
    ET.SubElement(entry, "category", {"term": notice.kind})
    if test:
        ET.SubElement(entry, "category", {"term": "test"})
    if notice.retracts:
        ET.SubElement(entry, "category", {"term": "retraction"})
        ET.SubElement(entry, "count:retracts", {"ref": _id(contest, notice.retracts)})
    _put(entry, "content", mark(notice.summary or notice.title, test)).set("type", "text")


def _put(parent: ET.Element, tag: str, text: str) -> ET.Element:
    element = ET.SubElement(parent, tag)
    element.text = _fit(text)
    return element


def _fit(text: str) -> str:
    return UNFIT.sub("\N{REPLACEMENT CHARACTER}", text)


def _id(contest: str, key: str) -> str:
    return uuid5(NAMESPACE_URL, f"count-night:{contest}/{key}").urn
