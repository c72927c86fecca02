"""Flat rows for graphics: one object a row, always the same names, numbers beside the words we chose for them."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from io import StringIO
from typing import Literal
from xml.etree import ElementTree as ET

from forecast.bulletin.summary import AreaForecast, CandidateForecast, Forecast, Spread
from forecast.outlets.edition import Edition, iso, show_probability
from forecast.wording import say_percent, say_probability

__all__ = ["COLUMNS", "KINDS", "GraphicRow", "graphic_rows", "rows_csv", "rows_json", "rows_xml", "write_table"]

Kind = Literal["contest", "candidate", "area"]
KINDS: tuple[Kind, ...] = ("contest", "candidate", "area")


@dataclass(frozen=True, slots=True)
class GraphicRow:
    """One row. What does not apply, or is not known, is None; texts that do not apply are empty.

    Parameters
    ----------
    kind
        ``contest`` (one row, the first), ``candidate`` or ``area``.
    rank
        Place within its kind: of candidates by win probability, then votes; of areas in the contest's order; from 1.
    id, name, party, colour
        Of what the row is about; of an area the party and colour are those of who is ahead there.
    state
        Of an area: ``nothing``, ``verified``, ``partial``, ``provisional`` or ``declared``.
    win_probability
        0-1; never below 0.01 or above 0.99 before it is decided.
    votes, share
        Expected, at the median; of an area those of who is expected to be ahead there.
    lead_votes
        At the median. Of the contest: of who is ahead of the document's two; of an area: of the document's ``lead.of``
        over ``lead.over``, negative where the other is ahead there.
    """

    sequence: int
    as_of: str
    as_of_display: str
    status: str
    areas_declared: int
    areas_total: int
    areas_display: str
    contest: str
    title: str
    headline: str
    rating: str
    kind: Kind
    rank: int
    id: str
    name: str
    party: str = ""
    colour: str = ""
    state: str = ""
    win_probability: float | None = None
    win_display: str = ""
    win_words: str = ""
    counted: int | None = None
    counted_display: str = ""
    votes: int | None = None
    votes_display: str = ""
    share: float | None = None
    share_display: str = ""
    lead_votes: int | None = None
    lead_display: str = ""
    electorate: int | None = None
    ballots: int | None = None
    ballots_display: str = ""


COLUMNS = tuple(field.name for field in fields(GraphicRow))
_DISPLAYS = {"title", "headline", "rating", "name"} | {
    name for name in COLUMNS if name.endswith(("_display", "_words"))
}


def graphic_rows(edition: Edition, kinds: Sequence[str] = KINDS) -> tuple[dict[str, str | int | float | None], ...]:
    """The rows of an edition, of the kinds asked for, as flat objects with the names of `COLUMNS`.

    In a test every display string that is not empty begins with TEST.
    """
    rows = (asdict(row) for row in _rows(edition) if row.kind in kinds)
    return tuple({key: _marked(edition, key, value) for key, value in row.items()} for row in rows)


def rows_json(edition: Edition, kinds: Sequence[str] = KINDS) -> str:
    """The rows as a JSON array of flat objects."""
    return json.dumps(graphic_rows(edition, kinds), ensure_ascii=False, indent=1) + "\n"


def rows_csv(edition: Edition, kinds: Sequence[str] = KINDS) -> str:
    """The rows as CSV under a line of headings."""
    return write_table(COLUMNS, (row.values() for row in graphic_rows(edition, kinds)))


def rows_xml(edition: Edition, kinds: Sequence[str] = KINDS) -> str:
    """The rows as XML: ``<rows><row><sequence>…``; what does not apply is an empty element."""
    root = ET.Element("rows")
    for row in graphic_rows(edition, kinds):
        element = ET.SubElement(root, "row")
        for key, value in row.items():
            ET.SubElement(element, key).text = "" if value is None else str(value)
    ET.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(root, encoding="unicode")}\n'


def write_table(header: Sequence[str], rows: Iterable[Iterable[object]]) -> str:
    """CSV text; None is a blank cell."""
    out = StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header)
    writer.writerows([["" if cell is None else cell for cell in row] for row in rows])
    return out.getvalue()


def _marked(edition: Edition, key: str, value: str | float | None) -> str | int | float | None:
    return edition.say(value) if key in _DISPLAYS and isinstance(value, str) and value else value


def _rows(edition: Edition) -> Iterator[GraphicRow]:
    forecast, blank = edition.forecast, _blank(edition)
    yield _contest(forecast, blank)
    order = sorted(forecast.candidates, key=lambda each: (-each.win_probability, -each.votes.median))
    for rank, candidate in enumerate(order, start=1):
        yield _candidate(candidate, rank, forecast.decided, blank)
    names = {each.id: each for each in forecast.candidates}
    for rank, area in enumerate(forecast.areas, start=1):
        yield _area(area, rank, names, blank)


def _blank(edition: Edition) -> GraphicRow:
    """What every row carries, and nothing else."""
    forecast, moment = edition.forecast, edition.forecast.moment
    return GraphicRow(
        sequence=edition.sequence,
        as_of=iso(moment.as_of),
        as_of_display=moment.as_of_display,
        status=edition.status,
        areas_declared=moment.areas_declared,
        areas_total=moment.areas_total,
        areas_display=f"{moment.areas_declared} of {moment.areas_total}",
        contest=edition.contest,
        title=forecast.title,
        headline=forecast.headline,
        rating=forecast.rating,
        kind="contest",
        rank=1,
        id=edition.contest,
        name=forecast.title,
    )


def _contest(forecast: Forecast, blank: GraphicRow) -> GraphicRow:
    lead, counted = forecast.lead.votes, sum(each.counted for each in forecast.candidates)
    ahead = forecast.lead.of if lead.median >= 0 else forecast.lead.over
    who = next(each for each in forecast.candidates if each.id == ahead)
    return replace(
        blank,
        party=who.party,
        colour=who.colour,
        counted=round(counted),
        counted_display=f"{counted:,.0f}",
        votes=round(forecast.valid.median),
        votes_display=say_estimate(forecast.valid),
        lead_votes=round(abs(lead.median)),
        lead_display=f"{who.name} by {say_estimate(lead)}" if round(lead.median) else "level",
    )


def _candidate(each: CandidateForecast, rank: int, decided: bool, blank: GraphicRow) -> GraphicRow:
    return replace(
        blank,
        kind="candidate",
        rank=rank,
        id=each.id,
        name=each.name,
        party=each.party,
        colour=each.colour,
        win_probability=show_probability(each.win_probability, decided),
        win_display=each.win_display,
        win_words=each.win_words,
        counted=round(each.counted),
        counted_display=f"{each.counted:,.0f}",
        votes=round(each.votes.median),
        votes_display=say_estimate(each.votes),
        share=each.share.median,
        share_display=f"{each.share.median:.1%}",
    )


def _area(area: AreaForecast, rank: int, names: Mapping[str, CandidateForecast], blank: GraphicRow) -> GraphicRow:
    declared = area.status == "declared"
    ahead = max(area.share, key=lambda each: area.share[each].median)
    counted = sum(area.counted.values()) if area.counted else None
    lead = round(area.lead_votes.median)
    return replace(
        blank,
        kind="area",
        rank=rank,
        id=area.id,
        name=area.name,
        party=names[ahead].party,
        colour=names[ahead].colour,
        state=area.status,
        win_probability=show_probability(area.wins[ahead], declared),
        win_display=say_percent(area.wins[ahead], declared),
        win_words=say_probability(area.wins[ahead], declared),
        counted=counted,
        counted_display="" if counted is None else f"{counted:,}",
        votes=round(area.share[ahead].median * area.valid.median),
        share=area.share[ahead].median,
        share_display=f"{area.share[ahead].median:.1%}",
        lead_votes=lead,
        lead_display=say_estimate(area.lead_votes, signed=True),
        electorate=area.electorate,
        ballots=area.ballots,
        ballots_display="" if area.ballots is None else f"{area.ballots:,}",
    )


def say_estimate(spread: Spread, *, signed: bool = False) -> str:
    """A number of votes to no more figures than it is known to: ``"about 225,000"``; one that is known, exactly."""
    value = spread.median if signed else abs(spread.median)
    if spread.sd < 1:
        return f"{value:{'+' if signed else ''},.0f}"
    step = 10 ** int(math.log10(spread.sd))
    return f"about {round(value / step) * step:{'+' if signed else ''},.0f}"
