"""The table of `forecast replay`: how the probability and the lead went, and what moved them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from forecast.bulletin.explain import Oddity
from forecast.bulletin.summary import Forecast
from forecast.screen.board import provenance
from forecast.screen.figures import interval_of, say_item, say_lead, say_refused, say_signed, short_names
from forecast.screen.layout import bullets, paragraph, sections, table
from forecast.screen.reasons import say_moved, say_oddity
from forecast.wording import say_percent

__all__ = ["course"]

DOTS, FEW_DOTS = 21, 11  # characters of the line along which a probability is marked
ROOMY = 96  # columns from which there is room for everything


def course(forecasts: Sequence[Forecast], surprise: Oddity | None, stops: int, width: int) -> str:
    """A night's forecasts in order, at least one, and its biggest surprise.

    Parameters
    ----------
    stops
        Moments there were, of which not all need be shown.
    width
        Most characters of a line.
    """
    last = forecasts[-1]
    names = short_names(last.candidates)
    of, over = names[last.lead.of], names[last.lead.over]
    said = f"{of}'s win probability, and the final lead of {of} over {over} in votes; minus is {over} ahead"
    if last.seats is not None:
        said = f"{of}'s chance of a majority, of {last.seats.majority:,g} seats, and {of}'s seats"
    shown = len(forecasts)
    spaced = f"{shown} of {stops:,} moments of the night; --moments 0 shows all" if shown < stops else ""
    refused = say_refused(len(last.refusals))
    return sections(
        [
            ("", "\n".join(paragraph(line, width) for line in (last.title, refused, said, spaced) if line)),
            ("", _table(forecasts, width)),
            ("What moved it", bullets(_moves(forecasts, names), width)),
            ("Biggest surprise", "" if surprise is None else paragraph(say_oddity(surprise, names), width)),
            ("Look at this before air", bullets((str(alarm) for alarm in last.alarms), width)),
            ("Refused, and not in the forecast", bullets(last.refusals, width)),
            ("", paragraph(provenance(last), width)),
        ]
    )


def _table(forecasts: Sequence[Forecast], width: int) -> str:
    last = forecasts[-1]
    dots = DOTS if width >= ROOMY else FEW_DOTS
    headings = ["Declared", "After", f">{short_names(last.candidates)[last.lead.of]}", "0%".ljust(dots - 4) + "100%"]
    headings += [">Lead" if last.seats is None else ">Seats", ">9 in 10 between"]
    rows = [_row(forecast, last.lead.of, last.lead.over, dots) for forecast in forecasts]
    if width < ROOMY:
        headings, rows = headings[1:], [row[1:] for row in rows]
    return table(headings, rows, width)


def _row(forecast: Forecast, of: str, over: str, dots: int) -> list[str]:
    candidate = next(each for each in forecast.candidates if each.id == of)
    said, between = _seats(forecast, of) if forecast.seats is not None else _lead(forecast, of, over)
    item = say_item(forecast.moment.latest, forecast)
    return [
        f"{forecast.moment.areas_declared} of {forecast.moment.areas_total}",
        item[:1].upper() + item[1:],
        candidate.win_display,
        _mark(candidate.win_probability, dots),
        said,
        between,
    ]


def _seats(forecast: Forecast, of: str) -> tuple[str, str]:
    """The middle of the seats of a candidate, and their interval."""
    rows = forecast.seats.candidates if forecast.seats is not None else ()
    seats = next(row.seats for row in rows if row.id == of)
    interval = interval_of(seats, 0.9)
    return f"{seats.median:,.0f}", f"{interval.lower:,.0f} to {interval.upper:,.0f}" if seats.sd else ""


def _lead(forecast: Forecast, of: str, over: str) -> tuple[str, str]:
    """The middle of the final lead, and its interval."""
    names, lead = short_names(forecast.candidates), forecast.lead
    interval = interval_of(lead.votes, 0.9)
    between = f"{say_signed(interval.lower, 0)} to {say_signed(interval.upper, 0)}"
    said = say_signed(lead.votes.median, 0)
    if (lead.of, lead.over) != (of, over):  # other two were ahead then
        said, between = say_lead(lead.votes.median, names[lead.of], names[lead.over]), ""
    return said, between if lead.votes.sd else ""


def _mark(probability: float, dots: int) -> str:
    """A line from 0 to 100% with the probability marked on it."""
    place = round(probability * (dots - 1))
    return "·" * place + "●" + "·" * (dots - 1 - place)


def _moves(forecasts: Sequence[Forecast], names: dict[str, str]) -> Iterator[str]:
    for forecast in forecasts:
        moved = forecast.explanation.moved if forecast.explanation is not None else None
        if moved is not None:
            yield say_moved(moved, names, say_item(moved.item, forecast), forecast.decided)
        elif forecast is forecasts[0]:
            ahead = max(forecast.candidates, key=lambda each: each.win_probability)
            yield f"Before any news: {ahead.name} {say_percent(ahead.win_probability)}."
