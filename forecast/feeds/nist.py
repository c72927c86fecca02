"""Results in the common data format of NIST SP 1500-100, version 2, as JSON.

Only total counts are read. A reporting unit is an area by an external identifier of it, or by name; the one that the
contest's district is, is the whole contest.

References
----------
NIST (2021), Election Results Reporting Common Data Format Specification, SP 1500-100 version 2.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from forecast.contests.contest import Contest
from forecast.declaration import Declaration, Kind
from forecast.errors import Defect, NewsError
from forecast.feeds.ids import Ids, find_area, find_candidate
from forecast.feeds.reading import Reading, check_days, check_size, few, parse_json, read_utf8

__all__ = ["is_nist", "read_nist"]

Node = Mapping[str, object]
MOST_VOTES = 10**12


def is_nist(document: object) -> bool:
    """Whether parsed JSON says that it is an election report."""
    return isinstance(document, dict) and document.get("@type") == "ElectionResults.ElectionReport"


def read_nist(data: bytes, contest: Contest, *, name: str = "report.json", ids: Ids | None = None) -> Reading:
    """The items of a report: what each unit has counted of this contest.

    A unit whose count is completed has declared, or, in a report that is a correction, is corrected; one in process is
    partly counted; of one that is not processed nothing is read but the ballots.

    Parameters
    ----------
    ids
        Their ids of areas and candidates, for those that identifiers and names do not tell.
    """
    try:
        check_size(data, name)
        report = parse_json(read_utf8(data, name), name)
        if not isinstance(report, dict) or not is_nist(report):
            raise NewsError(Defect(name, "is not an election report of NIST SP 1500-100."))  # noqa: TRY301
        reader = _Reader(name, contest, ids or Ids(), report)
        items = tuple(reader.items(reader.find_contest()))
    except NewsError as error:
        return Reading((), error.defects)
    return few(check_days(Reading(items, tuple(reader.defects)), contest, name), name)


def _nodes(node: Node, key: str) -> list[Node]:
    listed = node.get(key)
    return [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []


def _text(node: Node, key: str) -> str:
    value = node.get(key)
    if isinstance(value, dict):  # internationalised text: its first language
        return next((_text(each, "Content") for each in _nodes(value, "Text")), "")
    return value if isinstance(value, str) else ""


def _identifiers(node: Node) -> tuple[str, ...]:
    return tuple(_text(each, "Value") for each in _nodes(node, "ExternalIdentifier"))


@dataclass(slots=True)
class _Figures:
    """What one unit has reported."""

    votes: dict[str, int] = field(default_factory=dict)
    ballots: int | None = None
    rejected: int | None = None


@dataclass(slots=True)
class _Reader:
    """Reads one report, collecting what is wrong with it."""

    name: str
    contest: Contest
    ids: Ids
    report: Node
    defects: list[Defect] = field(default_factory=list)

    def wrong(self, what: str, remedy: str = "") -> None:
        self.defects.append(Defect(self.name, what, remedy))

    def find_contest(self) -> tuple[Node, Node]:
        """The election of this polling day and the contest in it that is this one."""
        elections = _nodes(self.report, "Election")
        day = self.contest.polling_day.isoformat()
        today = [each for each in elections if _text(each, "StartDate")[:10] == day]
        if not today:
            given = ", ".join(_text(each, "StartDate")[:10] for each in elections[:3]) or "no day"
            raise NewsError(Defect(self.name, f"is of {given}, not of polling day, {day}.", "Is it an old file?"))
        known = {self.contest.id, self.contest.election_id, self.contest.title, *self.ids.elections}
        contests = [(election, each) for election in today for each in _nodes(election, "Contest")]
        named = [
            pair for pair in contests if {_text(pair[1], "Name"), *_identifiers(pair[1])} & known or len(contests) == 1
        ]
        if len(named) != 1:
            what = f"has {len(named)} contests that are {self.contest.election_id}, of {len(contests)}."
            raise NewsError(Defect(self.name, what, "Give it that external identifier."))
        return named[0]

    def items(self, found: tuple[Node, Node]) -> Iterator[Declaration]:
        election, contest = found
        units = {_text(unit, "@id"): unit for unit in _nodes(self.report, "GpUnit")}
        figures = {unit: _Figures() for unit in units}
        candidates = {_text(each, "@id"): each for each in _nodes(election, "Candidate")}
        for selection in _nodes(contest, "ContestSelection"):
            self.selection(selection, candidates, figures)
        self.ballots(election, figures)
        if self.defects:
            return  # strict: a report with one vote that cannot be placed is not used in part
        whole, taken = _text(contest, "ElectionDistrictId"), dict[str, str]()
        for unit, node in units.items():
            area = self.contest.id if unit == whole and unit not in self.ids.areas else self.area(unit, node)
            if area in taken:
                self.wrong(f'"{unit}" and "{taken[area]}" are both {area}.', "Put them into the table of ids.")
            elif area:
                taken[area] = unit
                yield from self.item(area, unit, node, figures[unit])

    def area(self, unit: str, node: Node) -> str:
        names = (*_identifiers(node), _text(node, "Name"))
        match = find_area(self.ids, self.contest, (unit, *_identifiers(node)), names)
        if match is None:
            self.wrong(f'no area "{_text(node, "Name") or unit}" in {self.contest.id}.', "Add it to the table of ids.")
        return match.id if match else ""

    def item(self, area: str, unit: str, node: Node, figures: _Figures) -> Iterator[Declaration]:
        kind = self.kind(node, figures)
        if kind is None or (area == self.contest.id and kind is Kind.PARTIAL):
            return  # a running total of the whole contest is its areas' over again
        votes = {} if kind is Kind.VERIFIED else figures.votes
        yield Declaration(
            area=area,
            kind=kind,
            at=self.time(),
            source=_text(self.report, "Issuer"),
            entered_by="",
            ballots=figures.ballots,
            rejected=None if kind is Kind.VERIFIED else figures.rejected,
            votes=votes,
            where=f"{self.name}, unit {unit}",
        )

    def kind(self, node: Node, figures: _Figures) -> Kind | None:
        """What is said of a unit's count; None where nothing is."""
        totals = [each for each in _nodes(node, "CountStatus") if _text(each, "Type") == "total"]
        status, report = _text(totals[0], "Status") if totals else "", _text(self.report, "Status")
        if figures.votes and status == "completed":
            return {"correction": Kind.CORRECTED, "recount": Kind.PROVISIONAL}.get(report, Kind.DECLARED)
        if figures.votes and status == "in-process":
            return Kind.PARTIAL
        return None if figures.ballots is None else Kind.VERIFIED

    def time(self) -> datetime | None:
        try:
            at = datetime.fromisoformat(_text(self.report, "GeneratedDate"))
            return at.astimezone(UTC) if at.tzinfo else None
        except (ValueError, OverflowError):
            return None

    def selection(self, node: Node, candidates: Mapping[str, Node], figures: Mapping[str, _Figures]) -> None:
        """Put a selection's votes where they belong."""
        listed = node.get("CandidateIds")
        known = [candidates[each] for each in listed if each in candidates] if isinstance(listed, list) else []
        name = _text(node, "Selection")
        codes: tuple[str, ...] = (_text(node, "@id"),)
        for each in known:
            name, codes = _text(each, "BallotName"), (*codes, _text(each, "@id"), *_identifiers(each))
        match = find_candidate(self.ids, self.contest, codes, (), (*codes, name))
        if match is None:
            self.wrong(f'no candidate "{name or codes[0]}" in {self.contest.id}.', "Add them to the table of ids.")
            return
        for count in _nodes(node, "VoteCounts"):
            votes = figures.get(_text(count, "GpUnitId"))
            if _text(count, "Type") != "total" or votes is None:
                continue
            if match.id in votes.votes and not match.listed:
                self.wrong(f"two selections are {match.id} here.", "Put both into the table of ids.")
            number = self.number(f"Count of {match.id}", count.get("Count"))
            votes.votes[match.id] = votes.votes.get(match.id, 0) + (number or 0)

    def ballots(self, election: Node, figures: Mapping[str, _Figures]) -> None:
        for count in _nodes(election, "BallotCounts"):
            unit = figures.get(_text(count, "GpUnitId"))
            if unit is not None and _text(count, "Type") == "total":
                unit.ballots = self.number("BallotsCast", count.get("BallotsCast"))
                unit.rejected = self.number("BallotsRejected", count.get("BallotsRejected"))

    def number(self, name: str, value: object) -> int | None:
        if value is None:
            return None
        whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
        if whole and not isinstance(value, bool) and isinstance(value, int | float) and 0 <= value <= MOST_VOTES:
            return int(value)
        self.wrong(f"{name} {str(value)[:40]} is not a whole number of votes.")
        return None
