"""Seats on the dashboard: who has how many, where the leader may end, and the areas that decide."""

from __future__ import annotations

from dataclasses import dataclass

from forecast.bulletin.summary import CandidateSeats, Forecast, SeatsForecast, Spread
from forecast.screen.figures import interval_of, party_names
from forecast.web.pages.blocks import Distribution, stack_blocks
from forecast.wording import say_percent

__all__ = ["DecidingRow", "SeatsRow", "SeatsView", "view_seats"]


@dataclass(frozen=True, slots=True)
class SeatsRow:
    """One candidate's or list's seats in words; what is not known is empty."""

    place: int
    name: str
    declared: str
    expected: str
    most: str
    gains: str
    losses: str
    majority: str
    largest: str


@dataclass(frozen=True, slots=True)
class DecidingRow:
    """An area that may decide who has a majority."""

    name: str
    pivotal: str
    win: str
    if_won: str
    if_lost: str


@dataclass(frozen=True, slots=True)
class SeatsView:
    """Everything of seats: ``distribution`` is of the leader's, its line the majority."""

    words: str
    majority: str
    hung: str
    leader: str
    leader_place: int
    middle: str
    half: str
    most: str
    above: int
    distribution: Distribution
    rows: tuple[SeatsRow, ...]
    deciding: tuple[DecidingRow, ...]


def view_seats(forecast: Forecast) -> SeatsView | None:
    """Seats as the dashboard shows them; ``None`` under rules without seats."""
    seats = forecast.seats
    if seats is None:
        return None
    names = party_names(forecast.candidates)
    places = {each.id: place for place, each in enumerate(forecast.candidates)}
    leader = next(each for each in seats.candidates if each.id == seats.leader)
    values = list(leader.seats.quantiles[::2]) or [leader.seats.median]
    bands = [
        (level, interval_of(leader.seats, level).lower, interval_of(leader.seats, level).upper) for level in (0.9, 0.5)
    ]
    ranked = sorted(seats.candidates, key=lambda each: -each.seats.mean)
    return SeatsView(
        words=seats.words,
        majority=f"{seats.majority:,g}",
        hung=seats.hung_display,
        leader=names[seats.leader],
        leader_place=places[seats.leader],
        middle=f"{leader.seats.median:,.0f}",
        half=_interval(leader.seats, 0.5),
        most=_interval(leader.seats, 0.9),
        above=sum(value >= seats.majority for value in values),
        distribution=stack_blocks(values, bands, line=seats.majority, whole=True),
        rows=tuple(_row(each, places[each.id], names[each.id], forecast) for each in ranked if _counts(each)),
        deciding=_deciding(seats),
    )


def _counts(row: CandidateSeats) -> bool:
    """Whether a candidate has, had or may have a seat."""
    return row.seats.mean >= 0.01 or bool(row.declared) or (row.losses is not None and row.losses.mean > 0)


def _row(each: CandidateSeats, place: int, name: str, forecast: Forecast) -> SeatsRow:
    return SeatsRow(
        place=place,
        name=name,
        declared="" if each.declared is None else f"{each.declared:,g}",
        expected=f"{each.seats.median:,.0f}",
        most=_interval(each.seats, 0.9),
        gains="" if each.gains is None else f"{each.gains.median:,.0f}",
        losses="" if each.losses is None else f"{each.losses.median:,.0f}",
        majority=_chance(each.majority, forecast),
        largest=_chance(each.most_seats, forecast),
    )


def _deciding(seats: SeatsForecast) -> tuple[DecidingRow, ...]:
    return tuple(
        DecidingRow(
            name=each.name,
            pivotal=f"{100 * each.pivotal:.1f}%",
            win=say_percent(each.win),
            if_won="–" if each.if_won is None else say_percent(each.if_won),
            if_lost="–" if each.if_lost is None else say_percent(each.if_lost),
        )
        for each in seats.deciding
    )


def _interval(spread: Spread, level: float) -> str:
    interval = interval_of(spread, level)
    if interval.lower == interval.upper:
        return f"{interval.lower:,.0f}"
    return f"{interval.lower:,.0f} to {interval.upper:,.0f}"


def _chance(probability: float, forecast: Forecast) -> str:
    return "–" if probability == 0.0 else say_percent(probability, forecast.decided)
