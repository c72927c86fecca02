"""The dashboard of one contest as a view of the published document: nothing is worked out that the document lacks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from forecast.alarms.alarm import Alarm
from forecast.arithmetic.commentary import needs_lines
from forecast.bulletin.summary import AreaForecast, CandidateForecast, Forecast
from forecast.screen.board import area_swings, provenance
from forecast.screen.figures import (
    interval_of,
    party_names,
    say_between,
    say_item,
    say_lead,
    say_share,
    say_signed,
    short_names,
)
from forecast.screen.reasons import reasons, whole_points
from forecast.web.pages.areas import AreaRow, Expected, area_rows
from forecast.web.pages.blocks import Distribution, stack_blocks
from forecast.web.pages.seats import SeatsView, view_seats
from forecast.web.pages.stages import Course, Moment, draw_course, split_stages
from forecast.web.pages.standing import Standing
from forecast.wording import say_percent

__all__ = ["RATINGS", "Contender", "Dashboard", "Figure", "Move", "view_dashboard"]

UNFOLDED = 10**6  # characters: sentences of the screen, not broken into lines
AREAS = 40  # areas listed on the dashboard; all are on their own page
RATINGS = {
    "too early to say": "Too early for a rating",
    "too close to say": "Too close to say",
    "leans": "Leans {}",
    "likely": "Likely {}",
    "very likely": "Very likely {}",
    "almost certain": "Almost certain: {}",
    "decided": "Decided by arithmetic",
}


@dataclass(frozen=True, slots=True)
class Contender:
    """A candidate with the place in the contest's order that gives the colour, and figures in words."""

    place: int
    candidate: CandidateForecast
    name: str
    counted: str
    share: str
    votes: str


@dataclass(frozen=True, slots=True)
class Figure:
    """The picture of who wins by how much, with its words: a lead in points, or seats."""

    distribution: Distribution
    title: str
    unit: str
    left: str
    right: str
    left_count: int
    right_count: int
    left_place: int
    right_place: int
    middle: str
    half: str
    most: str


@dataclass(frozen=True, slots=True)
class Move:
    """What the latest item did: ``causes`` as (name, whole points with a sign), which add up to the change."""

    item: str
    who: str
    before: str
    after: str
    change: str
    causes: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Dashboard:
    """Everything the page shows, in the order in which it is read."""

    contest: str
    standing: Standing
    forecast: Forecast
    number: int | None
    ahead: Contender
    rating: str
    early: bool
    contenders: tuple[Contender, ...]
    figure: Figure | None
    seats: SeatsView | None
    needs: tuple[str, ...]
    hard: str
    move: Move | None
    watch: tuple[str, ...]
    path: str
    surprise: str
    course: Course
    areas: tuple[AreaRow, ...]
    areas_more: int
    swing_to: str
    lead_of: str
    lead_over: str
    alarms: tuple[Alarm, ...]
    without: str
    close: tuple[tuple[str, str], ...]
    provenance: str
    places: Mapping[str, int]
    names: Mapping[str, str]


def view_dashboard(
    contest: str,
    forecast: Forecast,
    standing: Standing,
    *,
    number: int | None = None,
    history: Sequence[Moment] = (),
    before: Mapping[str, Expected] | None = None,
) -> Dashboard:
    """The dashboard of a document.

    Parameters
    ----------
    contest
        The id under which the contest is served.
    number
        The forecast's number in the journal.
    history
        The night's forecasts in order, the latest last.
    before
        What was expected of areas before they declared, by id.
    """
    names = short_names(forecast.candidates)
    contenders = _contenders(forecast)
    told = dict(reasons(forecast, UNFOLDED))
    to, _ = area_swings(forecast)
    shown = _areas_shown(forecast)
    return Dashboard(
        contest=contest,
        standing=standing,
        forecast=forecast,
        number=number,
        ahead=contenders[0],
        rating=RATINGS.get(forecast.rating, forecast.rating).format(contenders[0].name),
        early=forecast.rating == "too early to say",
        contenders=contenders,
        figure=_lead_figure(forecast, names) if forecast.seats is None else None,
        seats=view_seats(forecast),
        needs=tuple(needs_lines(forecast.needs, elects=forecast.seats is None, to=to)),
        hard=told.get("How hard that is", "") if forecast.seats is None else "",
        move=_move(forecast, names),
        watch=_bullets(told.get("What to watch", "")) if forecast.seats is None else (),
        path=told.get("Path to victory", "") if forecast.seats is None else "",
        surprise=told.get("Biggest surprise so far", ""),
        course=draw_course(split_stages(history or (_moment(forecast, number),))),
        areas=area_rows(forecast, before or {}, shown),
        areas_more=len(forecast.areas) - len(shown),
        swing_to=names[to],
        lead_of=names[forecast.lead.of],
        lead_over=names[forecast.lead.over],
        alarms=tuple(sorted(forecast.alarms, key=lambda alarm: alarm.severity != "red")),
        without=forecast.without.words if forecast.without is not None else "",
        close=_close(forecast),
        provenance=provenance(forecast),
        places={each.id: place for place, each in enumerate(forecast.candidates)},
        names=names,
    )


def _contenders(forecast: Forecast) -> tuple[Contender, ...]:
    """The candidates, the likeliest to win first."""
    names = party_names(forecast.candidates)
    rows = [
        Contender(
            place,
            each,
            names[each.id],
            f"{each.counted:,.0f}" if each.counted or forecast.decided else "–",
            say_share(each.share),
            f"{each.votes.median:,.0f}",
        )
        for place, each in enumerate(forecast.candidates)
    ]
    return tuple(sorted(rows, key=lambda row: (-row.candidate.win_probability, -row.candidate.votes.median)))


def _lead_figure(forecast: Forecast, names: Mapping[str, str]) -> Figure:
    lead = forecast.lead
    of, over = names[lead.of], names[lead.over]
    places = {each.id: place for place, each in enumerate(forecast.candidates)}
    leads = [100.0 * share for share in lead.share.quantiles[::2]] or [100.0 * lead.share.median]
    settled = lead.votes.sd == 0
    bands = [] if settled else [_band(forecast, level) for level in (0.9, 0.5)]
    ahead = sum(each > 0 for each in leads)
    return Figure(
        distribution=stack_blocks(leads, bands),
        title=f"Final lead of {of} over {over}",
        unit="points",
        left=over,
        right=of,
        left_count=len(leads) - ahead,
        right_count=ahead,
        left_place=places[lead.over],
        right_place=places[lead.of],
        middle=f"{say_lead(lead.votes.median, of, over)} votes, {abs(100 * lead.share.median):.1f} points",
        half="" if settled else say_between(interval_of(lead.votes, 0.5), of, over),
        most="" if settled else say_between(interval_of(lead.votes, 0.9), of, over),
    )


def _band(forecast: Forecast, level: float) -> tuple[float, float, float]:
    interval = interval_of(forecast.lead.share, level)
    return level, 100.0 * interval.lower, 100.0 * interval.upper


def _move(forecast: Forecast, names: Mapping[str, str]) -> Move | None:
    moved = forecast.explanation.moved if forecast.explanation is not None else None
    if moved is None:
        return None
    change = round(100 * moved.after) - round(100 * moved.before)
    shown = whole_points([cause.change for cause in moved.causes], change)
    item = say_item(moved.item, forecast)
    return Move(
        item=item[:1].upper() + item[1:],
        who=names[moved.candidate],
        before=say_percent(moved.before),
        after=say_percent(moved.after, forecast.decided),
        change=_signed(change),
        causes=tuple((cause.name, _signed(points)) for cause, points in zip(moved.causes, shown, strict=True)),
    )


def _signed(points: float) -> str:
    return say_signed(points, 0).replace("-", "−")


def _bullets(text: str) -> tuple[str, ...]:
    return tuple(line.removeprefix("- ") for line in text.splitlines() if line)


def _moment(forecast: Forecast, number: int | None) -> Moment:
    return Moment(
        number=number or 0,
        at=forecast.moment.as_of,
        areas_declared=forecast.moment.areas_declared,
        latest=say_item(forecast.moment.latest, forecast),
        wins={each.id: each.win_probability for each in forecast.candidates},
        displays={each.id: each.win_display for each in forecast.candidates},
    )


def _areas_shown(forecast: Forecast) -> list[AreaForecast]:
    """All areas, or where there are many the least certain of those outstanding."""
    if len(forecast.areas) <= AREAS:
        return list(forecast.areas)
    waiting = [area for area in forecast.areas if area.status != "declared"]
    return sorted(waiting or forecast.areas, key=lambda area: max(area.wins.values(), default=1.0))[:AREAS]


def _close(forecast: Forecast) -> tuple[tuple[str, str], ...]:
    if forecast.lead.votes.sd == 0 or forecast.seats is not None:
        return ()
    close = forecast.close
    return (
        ("Within 500 votes", say_percent(close.within_500_votes)),
        ("Within 0.1% of the votes", say_percent(close.within_tenth_percent)),
        ("Within 0.25%", say_percent(close.within_quarter_percent)),
    )
