"""One message of a press agency: strict on figures and on who they are of, tolerant of everything around them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from forecast.contests.contest import Contest
from forecast.errors import Defect, NewsError
from forecast.feeds.ids import Ids, Match, find_area, find_candidate
from forecast.feeds.markup import Node

__all__ = ["Message", "make_message", "sort_of"]

SORTS = ("Result", "Rush", "Recount", "Turnout")
NOT_OF_THE_COUNT = ("Nominations", "StateOfParties")
VOTES = re.compile(r"[0-9]{1,3}(?:,[0-9]{3}){1,3}|[0-9]{1,9}")
DATES = ("%Y-%m-%d", "%Y%m%d", "%d/%m/%Y", "%d-%m-%Y")


@dataclass(frozen=True, slots=True)
class Message:
    """One message about one area, or about the whole contest.

    Parameters
    ----------
    sort
        ``Result``, ``Rush``, ``Recount`` or ``Turnout``.
    turnout
        Ballots, in a message of turnout.
    words
        What a rush says; empty in others.
    guesses
        Names that were only like ours.
    """

    where: str
    sort: str
    area: str
    revision: int
    at: datetime | None
    votes: Mapping[str, int] = field(default_factory=dict)
    turnout: int | None = None
    words: str = ""
    guesses: tuple[str, ...] = ()


def sort_of(root: str) -> str:
    """Which sort of message a root element's name is of; empty for none known."""
    return next((sort for sort in (*SORTS, *NOT_OF_THE_COUNT) if root.endswith(sort)), "")


def make_message(where: str, root: str, node: Node, contest: Contest, ids: Ids) -> Message | None:
    """The message under a root element; None of one that is not of the count, such as nominations.

    Raises
    ------
    NewsError
        With everything in it that cannot be made out.
    """
    sort = sort_of(root)
    if not sort:
        raise NewsError(Defect(where, f'"{root[:60]}" is no press message of a count.'))
    if sort in NOT_OF_THE_COUNT:
        return None
    reader = _Reader(where, contest, ids)
    election = _part(node, "Election")
    place = _part(election, "Constituency") or _part(node, "Constituency")
    reader.election(election)
    message = Message(
        where=where,
        sort=sort,
        area=reader.area(place),
        revision=reader.revision(_text(node, "revision")),
        at=reader.time(_text(node, "declarationTime")),
        votes=reader.votes(place, sort),
        turnout=reader.number("turnout", _text(place, "turnout")) if sort == "Turnout" else None,
        words=_text(node, "paStyleMessageText") or _text(place, "paStyleMessageText"),
        guesses=tuple(reader.guesses),
    )
    if reader.defects:
        raise NewsError(reader.defects)
    return message


def _part(node: Node, name: str) -> Node:
    part = node.get(name)
    return part if isinstance(part, dict) else {}


def _parts(node: Node, name: str) -> list[Node]:
    part = node.get(name)
    listed = part if isinstance(part, list) else [part]
    return [each for each in listed if isinstance(each, dict)]


def _text(node: Node, attribute: str) -> str:
    value = node.get(f"@{attribute}")
    return value.strip() if isinstance(value, str) else "" if value is None else str(value)[:100]


@dataclass(slots=True)
class _Reader:
    """Reads one message, collecting what is wrong with it."""

    where: str
    contest: Contest
    ids: Ids
    defects: list[Defect] = field(default_factory=list)
    guesses: list[str] = field(default_factory=list)

    def wrong(self, what: str, remedy: str = "") -> None:
        self.defects.append(Defect(self.where, what, remedy))

    def election(self, node: Node) -> None:
        """Raise where the message is of another election: one defect, whatever else is in it."""
        given, code = _text(node, "date"), _text(node, "paId")
        day = _day(given)
        if given and day is None:
            raise NewsError(Defect(self.where, f'the election\'s date "{given}" cannot be read.'))
        if day is not None and day != self.contest.polling_day:
            what = f"is of an election on {day}, not on {self.contest.polling_day}."
            raise NewsError(Defect(self.where, what, "Is it an old file?"))
        if self.ids.elections and code not in self.ids.elections:
            what = f'is of the election "{code}" ({_text(node, "name")}), not of {self.contest.id}.'
            raise NewsError(Defect(self.where, what, "Add it to the table of ids if it is."))

    def area(self, place: Node) -> str:
        number, name = _text(place, "number"), _text(place, "name")
        match = find_area(self.ids, self.contest, (number, _text(place, "paId")), (name,))
        if match is None:
            self.wrong(f'no area "{name}" (number "{number}") in {self.contest.id}.', "Add it to the table of ids.")
            return ""
        self.guesses.extend(filter(None, [match.guess]))
        return match.id

    def revision(self, text: str) -> int:
        return (self.number("revision", text) or 1) if text else 1

    def time(self, text: str) -> datetime | None:
        if not text:
            return None
        try:
            at = datetime.fromisoformat(text)
            zone = ZoneInfo(self.contest.timezone) if self.contest.timezone else UTC
            return (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(UTC)  # agencies give local time
        except (ValueError, OverflowError):
            self.wrong(f'declarationTime "{text}" is not a time.')
            return None

    def number(self, name: str, text: str) -> int | None:
        if VOTES.fullmatch(text):
            return int(text.replace(",", ""))
        self.wrong(f'{name} "{text}" is not a whole number.' if text else f"{name} is not given.")
        return None

    def votes(self, place: Node, sort: str) -> dict[str, int]:
        """Votes by our ids: of a result, everybody's; of anything else nobody's, for it has none."""
        votes: dict[str, int] = {}
        listed: dict[str, bool] = {}
        for candidate in _parts(place, "Candidate"):
            given = _text(_part(candidate, "Party"), "votes") or _text(candidate, "votes")
            if sort != "Result":
                if given and given != "0":
                    self.wrong(f"is a {sort.lower()} but gives votes.", "Send them as a result.")
                continue
            match, number = self.candidate(candidate), self.number(f"votes of {_called(candidate)}", given)
            if match is None or number is None:
                continue
            if match.id in votes and not (match.listed and listed[match.id]):
                self.wrong(f"two candidates there are {match.id} here.", "Put both into the table of ids.")
            votes[match.id] = votes.get(match.id, 0) + number
            listed[match.id] = match.listed
        if sort == "Result":
            self.check(place, votes)
        return votes

    def candidate(self, node: Node) -> Match | None:
        party = _part(node, "Party")
        full = f"{_text(node, 'firstName')} {_text(node, 'surname')}".strip()
        parties = (_text(party, "paId"), _text(party, "abbreviation"), _text(party, "name"))
        names = (_text(node, "ballotName"), _text(node, "surname"), full)
        match = find_candidate(self.ids, self.contest, (_text(node, "paId"),), parties, names)
        if match is None:
            self.wrong(f"no candidate {_called(node)} in {self.contest.id}.", "Add them to the table of ids.")
        else:
            self.guesses.extend(filter(None, [match.guess]))
        return match

    def check(self, place: Node, votes: Mapping[str, int]) -> None:
        """A result has votes, and its majority is that of the votes."""
        if not votes:
            self.wrong("is a result without votes.")
            return
        given = _text(place, "majority").lstrip("+")
        ordered = sorted((*votes.values(), 0), reverse=True)
        listed = len(votes) == len(_parts(place, "Candidate"))
        if given and listed and VOTES.fullmatch(given) and int(given.replace(",", "")) != ordered[0] - ordered[1]:
            what = f"gives a majority of {given}, but its votes one of {ordered[0] - ordered[1]:,}."
            self.wrong(what, "One of its figures is wrong: wait for a correction.")


def _called(node: Node) -> str:
    party = _text(_part(node, "Party"), "abbreviation") or "no party"
    return f'"{_text(node, "firstName")} {_text(node, "surname")}" ({party}, id "{_text(node, "paId")}")'


def _day(text: str) -> date | None:
    for form in DATES:
        try:
            return datetime.strptime(text, form).replace(tzinfo=UTC).date()
        except ValueError:
            continue
    return None
