"""The document as flat rows for a spreadsheet: one measure a row, always the same columns."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from dataclasses import astuple, dataclass, fields
from io import StringIO

from forecast.arithmetic.needs import Needs
from forecast.bulletin.summary import AreaForecast, Forecast, SeatsForecast, Spread
from forecast.tally import Tally

__all__ = ["COLUMNS", "Row", "needs_rows", "rows_of", "write_rows"]


@dataclass(frozen=True, slots=True)
class Row:
    """One measure. Shares, leads in points, turnouts and probabilities are 0-1; what does not apply is ``None``.

    Parameters
    ----------
    model, as_of, areas_declared, latest
        Of the forecast: one file may hold several. No model has made rows of the desk's arithmetic alone.
    supposed
        What a what-if supposes; empty in a forecast.
    kind
        ``contest``, ``candidate``, ``area``, ``area-candidate`` or ``needs``.
    area, candidate
        Ids; empty where the measure is of none. A lead is the candidate's named here over ``over``.
    measure, value
        What it is, and its median where it is uncertain.
    """

    model: str
    as_of: str
    areas_declared: int
    latest: str
    supposed: str
    kind: str
    area: str
    candidate: str
    over: str
    measure: str
    value: float | None
    sd: float | None = None
    lower_50: float | None = None
    upper_50: float | None = None
    lower_80: float | None = None
    upper_80: float | None = None
    lower_90: float | None = None
    upper_90: float | None = None
    lower_95: float | None = None
    upper_95: float | None = None


COLUMNS = tuple(field.name for field in fields(Row))

# kind, area, candidate, over, measure, value
Measure = tuple[str, str, str, str, str, float | Spread | None]


def write_rows(rows: Iterable[Row]) -> str:
    """Rows as CSV text under a line of headings; what does not apply or is not known is blank."""
    out = StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(["" if cell is None else cell for cell in astuple(row)] for row in rows)
    return out.getvalue()


def rows_of(forecast: Forecast) -> Iterator[Row]:
    """Every number of a document that has a row: the contest's, the candidates', the areas', what is needed."""
    moment = forecast.moment
    when = moment.as_of.isoformat() if moment.as_of is not None else ""
    supposed = " ".join(moment.suppositions)
    about = (forecast.provenance.model, when, moment.areas_declared, moment.latest, supposed)
    for kind, area, candidate, over, measure, value in _measures(forecast):
        yield Row(*about, kind, area, candidate, over, measure, *_figures(value))


def needs_rows(needs: Needs, tally: Tally) -> Iterator[Row]:
    """The rows of the desk's arithmetic alone, which no model has made."""
    when = tally.as_of.isoformat() if tally.as_of is not None else ""
    for kind, area, candidate, over, measure, value in _needs(needs):
        yield Row("", when, int(tally.declared.sum()), "", "", kind, area, candidate, over, measure, *_figures(value))


def _figures(value: float | Spread | None) -> tuple[float | None, ...]:
    if not isinstance(value, Spread):
        return (value,)
    edges = (edge for interval in value.intervals for edge in (interval.lower, interval.upper))
    return (value.median, value.sd, *edges)


def _measures(forecast: Forecast) -> Iterator[Measure]:
    yield from _contest(forecast)
    for each in forecast.candidates:
        for measure in ("win_probability", "counted", "votes", "share"):
            yield "candidate", "", each.id, "", measure, getattr(each, measure)
    if forecast.seats is not None:
        yield from _seats(forecast.seats)
    for area in forecast.areas:
        yield from _area(area, forecast.lead.of, forecast.lead.over)
    yield from _needs(forecast.needs)


def _contest(forecast: Forecast) -> Iterator[Measure]:
    lead, close = forecast.lead, forecast.close
    yield "contest", "", lead.of, lead.over, "lead_votes", lead.votes
    yield "contest", "", lead.of, lead.over, "lead", lead.share
    yield "contest", "", "", "", "majority", forecast.margin.votes
    yield "contest", "", "", "", "margin", forecast.margin.share
    for measure in ("tie", "within_tenth_percent", "within_quarter_percent", "within_500_votes"):
        yield "contest", "", "", "", measure, getattr(close, measure)
    yield "contest", "", "", "", "valid", forecast.valid
    yield "contest", "", "", "", "turnout", forecast.turnout


def _seats(seats: SeatsForecast) -> Iterator[Measure]:
    for measure in ("total", "majority", "hung"):
        yield "contest", "", "", "", f"seats_{measure}", getattr(seats, measure)
    for each in seats.candidates:
        yield "candidate", "", each.id, "", "seats", each.seats
        yield "candidate", "", each.id, "", "seats_declared", each.declared
        for measure in ("change", "gains", "losses"):
            yield "candidate", "", each.id, "", f"seats_{measure}", getattr(each, measure)
        yield "candidate", "", each.id, "", "most_seats", each.most_seats
    for area in seats.deciding:
        yield "area", area.id, seats.leader, "", "pivotal", area.pivotal


def _area(area: AreaForecast, of: str, over: str) -> Iterator[Measure]:
    for measure in ("electorate", "ballots", "valid", "turnout"):
        yield "area", area.id, "", "", measure, getattr(area, measure)
    yield "area", area.id, "", "", "declared", float(area.status == "declared")
    yield "area", area.id, of, over, "lead_votes", area.lead_votes
    yield "area", area.id, of, over, "lead", area.lead
    for candidate, share in area.share.items():
        yield "area-candidate", area.id, candidate, "", "counted", area.counted.get(candidate)
        yield "area-candidate", area.id, candidate, "", "share", share
        yield "area-candidate", area.id, candidate, "", "win_probability", area.wins[candidate]


def _needs(needs: Needs) -> Iterator[Measure]:
    leader, chaser = needs.leader.id, needs.chaser.id
    required = needs.outstanding.required_lead
    yield "needs", "", leader, chaser, "lead_votes", needs.lead.votes
    yield "needs", "", leader, chaser, "lead", needs.lead.share
    yield "needs", "", chaser, leader, "votes_needed", needs.votes_needed
    yield "needs", "", "", "", "valid_outstanding", needs.outstanding.valid
    yield "needs", "", chaser, leader, "required_lead_votes", required.votes
    yield "needs", "", chaser, leader, "required_lead", required.share
    yield "needs", "", chaser, leader, "votes_to_change_hands", needs.outstanding.votes_to_change_hands
    for name in ("needed", "so_far", "rest"):
        yield "needs", "", chaser, leader, f"swing_{name}", getattr(needs.swings, name)
    for area in needs.areas:
        yield "needs", area.id, chaser, leader, "swing", area.swing
