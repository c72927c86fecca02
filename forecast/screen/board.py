"""The table of `forecast run`: one document, from the headline down to where every number comes from."""

from __future__ import annotations

from collections.abc import Iterator
from math import sqrt

from forecast.arithmetic.commentary import needs_lines
from forecast.bulletin.summary import AreaForecast, CandidateForecast, Forecast
from forecast.call_ready import NOT_LOOKED
from forecast.screen.figures import (
    count_areas,
    effective_draws,
    interval_of,
    say_between,
    say_lead,
    say_refused,
    say_share,
    say_signed,
    say_state,
    short_names,
)
from forecast.screen.layout import bullets, paragraph, sections, table
from forecast.screen.reasons import reasons
from forecast.screen.seats import closest_table, deciding_lines, seats_table, votes_table
from forecast.wording import say_percent

__all__ = ["board", "heading", "provenance"]

NEARLY = 0.99  # from which somebody might think of calling
LISTED = 40  # areas listed one by one
ROOMY = 90  # columns from which parties have a column of their own

_RATINGS = {
    "too early to say": "It is too early for a rating{}.",
    "too close to say": "Too close to say.",
    "leans": "Leans {}.",
    "likely": "Likely: {}.",
    "very likely": "Very likely: {}.",
    "almost certain": "Almost certain: {}.",
    "decided": "Decided by arithmetic.",
}


def board(forecast: Forecast, width: int) -> str:
    """The whole document as text.

    Parameters
    ----------
    width
        Most characters of a line.
    """
    middle = _votes_board(forecast, width) if forecast.seats is None else _seats_board(forecast, width)
    return sections(
        [
            ("", heading(forecast, width, listed=True)),
            *middle,
            ("What is assumed", bullets(forecast.assumptions, width)),
            ("Look at this before air", bullets(_doubts(forecast), width)),
            ("What a call would need", bullets(_call(forecast), width)),
            ("Refused, and not in the forecast", bullets(forecast.refusals, width)),
            ("", paragraph(provenance(forecast), width)),
        ]
    )


def _doubts(forecast: Forecast) -> Iterator[str]:
    """The alarms and, where one is red, the forecast without the areas they doubt."""
    yield from (str(alarm) for alarm in forecast.alarms)
    if forecast.without is not None:
        yield forecast.without.words


def _call(forecast: Forecast) -> Iterator[str]:
    """What keeps a contest that looks settled from being call-ready; nothing while it is open, or of a past result."""
    ready = forecast.call_ready
    if ready is None or forecast.decided or max(each.win_probability for each in forecast.candidates) < NEARLY:
        return
    if ready.ready:
        yield "Call-ready: every condition is met. People call; the machine does not."
    unmet = [each for each in ready.conditions if not each.met and each.why != NOT_LOOKED]
    yield from (f"{each.name.capitalize()}: {each.why}" for each in unmet)


def _votes_board(forecast: Forecast, width: int) -> list[tuple[str, str]]:
    """Who wins by votes."""
    return [
        ("", candidates_table(forecast, width)),
        ("", lead_table(forecast, width)),
        ("", paragraph(_close(forecast), width)),
        ("The desk's arithmetic", bullets(needs_lines(forecast.needs, to=area_swings(forecast)[0]), width)),
        ("", areas_table(forecast, width)),
        *reasons(forecast, width),
    ]


def _seats_board(forecast: Forecast, width: int) -> list[tuple[str, str]]:
    """Who wins by seats: votes decide area by area, so that the contest's own lead explains little."""
    return [
        ("", seats_table(forecast, width)),
        ("", votes_table(forecast, width)),
        ("The areas that decide", deciding_lines(forecast, width)),
        ("", closest_table(forecast, width)),
        ("The desk's arithmetic, of votes alone", bullets(_seats_arithmetic(forecast), width)),
        *(part for part in reasons(forecast, width) if part[0] in {"What moved it", "Biggest surprise so far"}),
    ]


def _seats_arithmetic(forecast: Forecast) -> list[str]:
    return needs_lines(forecast.needs, elects=False, to=area_swings(forecast)[0])


def heading(forecast: Forecast, width: int, *, listed: bool = False) -> str:
    """What it is of, when, and the headline.

    Parameters
    ----------
    listed
        Whether news that was refused is listed below.
    """
    moment = forecast.moment
    supposed = "HYPOTHETICAL, not news. " + " ".join(moment.suppositions) if moment.suppositions else ""
    rating = "" if supposed else _rate(forecast)
    refused = say_refused(len(forecast.refusals), listed=listed)
    lines = [forecast.title, say_state(forecast), refused, moment.notice, supposed]
    said = [paragraph(line, width) for line in lines if line]
    return "\n".join([*said, "", paragraph(f"{forecast.headline} {rating}", width)])


def _rate(forecast: Forecast) -> str:
    """The rating as a sentence that can follow the headline."""
    moment = forecast.moment
    ahead = max(forecast.candidates, key=lambda each: each.win_probability).name
    words = _RATINGS.get(forecast.rating, forecast.rating)
    if forecast.rating != "too early to say":
        return words.format(ahead)
    have = "has" if moment.areas_total == 1 else "have"
    count = f": {moment.areas_declared} of {count_areas(moment.areas_total)} {have} declared"
    return words.format(count if moment.areas_declared else "")


def candidates_table(forecast: Forecast, width: int) -> str:
    """A line for each candidate, the likeliest to win first."""
    roomy = width >= ROOMY
    ranked = sorted(forecast.candidates, key=lambda each: (-each.win_probability, -each.votes.median))
    counted = {each.id: _counted(forecast, each) for each in ranked}
    headings = ["Candidate", "Party", ">Counted", ">Wins", ">Share (9 in 10 between)", ">Votes"]
    rows = [
        [each.name, each.party, counted[each.id], each.win_display, say_share(each.share), f"{each.votes.median:,.0f}"]
        for each in ranked
    ]
    if not roomy:
        headings = ["Candidate", *headings[2:]]
        rows = [[f"{name} ({party})" if party else name, *rest] for name, party, *rest in rows]
    notes = []
    if any(cell.endswith("*") for cell in counted.values()):
        notes.append("* not reported in every area declared")
    if "–" in counted.values():
        notes.append("– not reported anywhere yet")
    return table(headings, rows, width) + ("\n" + "; ".join(notes) if notes else "")


def _counted(forecast: Forecast, candidate: CandidateForecast) -> str:
    """Votes reported, starred where some declared area has not reported them; a dash where none has."""
    told = [area for area in forecast.areas if candidate.id in area.counted]
    untold = [
        area
        for area in forecast.areas
        if area.status == "declared" and candidate.id in area.share and candidate.id not in area.counted
    ]
    if not told and not candidate.counted:
        return "–"
    # a figure of the whole contest is more than its areas', and leaves nobody out
    whole = sum(area.counted[candidate.id] for area in told) != candidate.counted
    return f"{candidate.counted:,.0f}" + ("*" if untold and not whole else "")


def lead_table(forecast: Forecast, width: int) -> str:
    """The lead at the end of the count: its middle, and between what it lies."""
    names, lead = short_names(forecast.candidates), forecast.lead
    of, over = names[lead.of], names[lead.over]
    if lead.votes.sd == 0:
        by = say_lead(lead.votes.median, of, over)
        return paragraph(f"Lead: {by} votes, {100 * abs(lead.share.median):.2f} points.", width)
    units = ((lead.votes, 0, 1.0), (lead.share, 1, 100.0))
    rows = [["Middle", *(say_lead(spread.median * scale, of, over, places) for spread, places, scale in units)]]
    for name, level in (("5 in 10", 0.5), ("9 in 10", 0.9)):
        between = (say_between(interval_of(each, level), of, over, places, scale) for each, places, scale in units)
        rows.append([name, *between])
    return table(["Lead", "In votes", "In points"], rows, width)


def _close(forecast: Forecast) -> str:
    close = forecast.close
    if forecast.lead.votes.sd == 0:
        return ""
    return (
        f"How close: a tie {say_percent(close.tie)}; within 500 votes {say_percent(close.within_500_votes)}; "
        f"within 0.1% of the votes {say_percent(close.within_tenth_percent)}; "
        f"within 0.25% {say_percent(close.within_quarter_percent)}."
    )


def areas_table(forecast: Forecast, width: int) -> str:
    """A line for each area, in the contest's order."""
    names, lead = short_names(forecast.candidates), forecast.lead
    of, over = names[lead.of], names[lead.over]
    to, swings = area_swings(forecast)
    headings = ["Area", "Status", "Counted", ">Lead", ">9 in 10 between", "Most votes", ">Swing"]
    rows = [
        [
            area.name,
            area.status,
            _counted_lead(area, lead.of, lead.over, names),
            say_signed(100 * area.lead.median),
            _lead_between(area),
            _winner(area, names),
            swings[area.id],
        ]
        for area in forecast.areas[:LISTED]
    ]
    if width < ROOMY:
        headings, rows = [headings[0], *headings[2:]], [[row[0], *row[2:]] for row in rows]
    more = len(forecast.areas) - LISTED
    return "\n".join(
        [
            paragraph(f"Areas: leads of {of} over {over} and swings to {names[to]}, in points", width),
            table(headings, rows, width),
            *([f"{count_areas(more, 'more')}: --format csv lists them all."] if more > 0 else []),
        ]
    )


def _lead_between(area: AreaForecast) -> str:
    interval = interval_of(area.lead, 0.9)
    if area.status == "declared":
        return ""
    return f"{say_signed(100 * interval.lower)} to {say_signed(100 * interval.upper)}"


def area_swings(forecast: Forecast) -> tuple[str, dict[str, str]]:
    """To whom swings are given, and each area's in points: to ``lead.of`` where the arithmetic is of the same two."""
    needs = forecast.needs
    same = {needs.leader.id, needs.chaser.id} == {forecast.lead.of, forecast.lead.over}
    to = forecast.lead.of if same else needs.chaser.id
    sign = 1 if to == needs.chaser.id else -1
    return to, {each.id: "–" if each.swing is None else say_signed(100 * sign * each.swing) for each in needs.areas}


def _counted_lead(area: AreaForecast, of: str, over: str, names: dict[str, str]) -> str:
    if of not in area.counted or over not in area.counted:
        return f"{area.ballots:,} ballots" if area.ballots is not None and not area.counted else "–"
    return say_lead(area.counted[of] - area.counted[over], names[of], names[over])


def _winner(area: AreaForecast, names: dict[str, str]) -> str:
    first = max(area.wins, key=lambda candidate: area.wins[candidate])
    if area.status == "declared" and area.wins[first] == 1.0:
        return names[first]
    return f"{names[first]} {say_percent(area.wins[first])}"


def provenance(forecast: Forecast) -> str:
    """What everything was made of, so that it can be made again, and how exact the probability is."""
    made = forecast.provenance
    return (
        f"{made.model} model, {made.draws:,} draws, seed {made.seed}; data {made.contest_digest[:8]}, "
        f"news {made.news_digest[:8]}, count-night {made.software}. {_error(forecast)}"
    ).strip()


def _error(forecast: Forecast) -> str:
    """The Monte Carlo error of the likeliest candidate's probability, by the fewer of draws and effective members.

    With n draws of m effective members, of win probabilities p_m, the squared error is E[p_m (1 - p_m)] / n +
    var(p_m) / m: at most p (1 - p) over the fewer of n and m, since those two parts add up to p (1 - p).
    """
    win = max(each.win_probability for each in forecast.candidates)
    if forecast.decided or win in (0.0, 1.0):
        return ""
    size = effective_draws(forecast)
    points = max(100 * sqrt(win * (1 - win) / size), 0.1)  # what is printed is a bound
    return f"Monte Carlo error of the probability: at most {points:.1f} points (one SE)."
