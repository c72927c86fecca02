"""Seats on the screen: who wins how many, the areas that decide, and those that are closest."""

from __future__ import annotations

from forecast.bulletin.summary import AreaForecast, CandidateSeats, DecidingArea, Forecast, SeatsForecast, Spread
from forecast.screen.figures import interval_of, party_names, say_share
from forecast.screen.layout import paragraph, table
from forecast.wording import say_percent

__all__ = ["closest_table", "deciding_lines", "seats_table", "votes_table"]

CLOSEST = 20  # areas listed one by one
CERTAIN = 0.995  # a probability, or its opposite, from which an area says nothing more


def seats_table(forecast: Forecast, width: int) -> str:
    """The rule in words, and a line for each candidate who may win a seat, most seats first."""
    seats = forecast.seats
    if seats is None:
        return ""
    names = party_names(forecast.candidates)
    ranked = sorted(seats.candidates, key=lambda each: -each.seats.mean)
    known = {each: any(getattr(row, each) is not None for row in ranked) for each in ("declared", "gains")}
    headings = ["Seats", ">Won", ">Expected (9 in 10 between)", ">Gains", ">Losses", ">Majority", ">Most seats"]
    rows = [
        [
            names[each.id],
            _number(each.declared),
            _between(each.seats),
            _moved(each.gains),
            _moved(each.losses),
            _chance(each.majority, forecast.decided),
            _chance(each.most_seats, forecast.decided),
        ]
        for each in ranked
        if _counts(each)
    ]
    kept = [i for i in range(len(headings)) if (i != 1 or known["declared"]) and (i not in {3, 4} or known["gains"])]
    hung = f"Nobody has a majority: {seats.hung_display}."
    if known["gains"]:
        hung += " Gains and losses are against who had most votes in each area at the baseline."
    return "\n".join(
        [
            paragraph(seats.words, width),
            table([headings[i] for i in kept], [[row[i] for i in kept] for row in rows], width),
            paragraph(hung, width),
        ]
    )


def votes_table(forecast: Forecast, width: int) -> str:
    """Everybody's votes in the whole contest, counted and expected."""
    names = party_names(forecast.candidates)
    rows = [
        [names[each.id], f"{each.counted:,.0f}", say_share(each.share), f"{each.votes.median:,.0f}"]
        for each in sorted(forecast.candidates, key=lambda each: -each.votes.median)
    ]
    return table(["Votes", ">Counted", ">Share (9 in 10 between)", ">Votes"], rows, width)


def deciding_lines(forecast: Forecast, width: int) -> str:
    """The areas on which the leader's majority turns, likeliest first."""
    seats = forecast.seats
    if seats is None or not seats.deciding:
        return ""
    name = party_names(forecast.candidates)[seats.leader]
    said = f"Outstanding areas likeliest to bring {name} to {seats.majority:,g} seats, all areas put in order of margin"
    rows = [[each.name, *_figures(each, seats)] for each in seats.deciding]
    headings = ["Area", ">Seats", ">Decides", f">{name} wins it", ">Majority if so", ">If not"]
    if not seats.weights:
        headings, rows = [headings[0], *headings[2:]], [[row[0], *row[2:]] for row in rows]
    return "\n".join([paragraph(said, width), table(headings, rows, width)])


def closest_table(forecast: Forecast, width: int) -> str:
    """The outstanding areas that are closest, and how many there are besides."""
    names = party_names(forecast.candidates)
    waiting = [area for area in forecast.areas if area.status != "declared"]
    closest = sorted(waiting, key=lambda area: max(area.wins.values()))
    listed = [area for area in closest if max(area.wins.values()) < CERTAIN][:CLOSEST]
    if not listed:
        return ""
    rows = [[area.name, area.status, *_first_two(area, names)] for area in listed]
    lines = [table(["Closest areas outstanding", "Status", "Most votes", "Else", "Shares expected"], rows, width)]
    if more := len(waiting) - len(listed):
        lines.append(f"And {more:,} more: --format csv lists all.")
    return "\n".join(lines)


def _counts(row: CandidateSeats) -> bool:
    """Whether a candidate has, had or may have a seat."""
    held = row.losses is not None and row.losses.mean > 0
    return row.seats.mean >= 0.01 or bool(row.declared) or held


def _figures(area: DecidingArea, seats: SeatsForecast) -> list[str]:
    weight = f"{seats.weights[area.id]:,g}" if seats.weights else ""
    chances = ["–" if chance is None else say_percent(chance) for chance in (area.if_won, area.if_lost)]
    return [weight, f"{100 * area.pivotal:.1f}%", say_percent(area.win), *chances]


def _first_two(area: AreaForecast, names: dict[str, str]) -> list[str]:
    first, *others = sorted(area.wins, key=lambda who: -area.wins[who])
    told = [f"{names[who]} {say_percent(area.wins[who])}" for who in (first, *others[:1])]
    shares = " – ".join(f"{100 * area.share[who].median:.1f}" for who in (first, *others[:1]))
    return [told[0], told[1] if others else "", shares]


def _between(spread: Spread) -> str:
    """The median of a number of seats with its 90% interval: ``"365 (353 to 376)"``."""
    interval = interval_of(spread, 0.9)
    middle = f"{spread.median:,.0f}"
    return middle if interval.lower == interval.upper else f"{middle} ({interval.lower:,.0f} to {interval.upper:,.0f})"


def _moved(spread: Spread | None) -> str:
    return "–" if spread is None else _between(spread)


def _number(count: float | None) -> str:
    return "–" if count is None else f"{count:,g}"


def _chance(probability: float, decided: bool) -> str:
    return "" if probability == 0.0 else say_percent(probability, decided)
