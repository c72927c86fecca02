"""The tables of `forecast contests`, `check` and `needs`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import isnan

from forecast.arithmetic.commentary import needs_lines, swing_gainer
from forecast.arithmetic.ledger import Lead
from forecast.arithmetic.needs import Needs
from forecast.check import CheckReport
from forecast.contests.catalogue import Entry
from forecast.errors import Defect
from forecast.rules import AreaSeats, ListProportional
from forecast.screen.figures import say_refused, say_signed
from forecast.screen.layout import bullets, paragraph, sections, table
from forecast.tally import Tally
from forecast.wording import say_moment

__all__ = ["arithmetic", "check_report", "contest_list"]


def contest_list(entries: Sequence[Entry], width: int) -> str:
    """Every contest that can be named, and why some do not load."""
    rows = [
        [entry.id, entry.title or "does not load", f"{entry.polling_day or ''}", str(entry.areas or "")]
        for entry in entries
    ]
    broken = [f"{entry.id}: {line}" for entry in entries for line in entry.error.splitlines()]
    listed = table(["Contest", "Title", "Polling day", ">Areas"], rows, width, whole=1) if rows else "No contests."
    return sections([("", listed), ("What is wrong", bullets(broken, width))])


def check_report(report: CheckReport, width: int) -> str:
    """Remarks and totals of a contest; its defects go where errors go."""
    rows = [
        [
            total.name,
            "not known" if isnan(total.value) else f"{total.value:,.0f}",
            "" if total.known is None else f"{total.known} area{'' if total.known == 1 else 's'}",
        ]
        for total in report.totals
    ]
    title = report.contest.title if report.contest is not None else str(report.directory)
    count = len(report.defects)
    found = "No defects." if not count else f"{count} defect{'' if count == 1 else 's'}."
    return sections(
        [
            ("", "\n".join(paragraph(line, width) for line in (title, found))),
            ("Remarks", bullets(map(str, report.remarks), width)),
            (
                "Totals, to compare with the official notice",
                table(["", ">Total", ">Known in"], rows, width) if rows else "",
            ),
        ]
    )


def arithmetic(tally: Tally, needs: Needs, notice: str, refusals: Iterable[Defect], width: int) -> str:
    """What the candidate behind needs, and the same two in each area.

    Parameters
    ----------
    notice
        What must be said with the moment.
    refusals
        News that was not used, to be listed.
    width
        Most characters of a line.
    """
    contest = tally.contest
    seats = isinstance(contest.rule, AreaSeats | ListProportional)
    timed = not tally.items or tally.items[-1].at is not None
    state = f"{say_moment(tally.as_of, contest.timezone, latest=timed)} · " if tally.as_of is not None else ""
    state += f"{tally.declared.sum()} of {len(contest.areas)} areas declared"
    refused = list(map(str, refusals))
    return sections(
        [
            (
                "",
                "\n".join(
                    paragraph(line, width) for line in (contest.title, state, say_refused(len(refused)), notice) if line
                ),
            ),
            ("", bullets(needs_lines(needs, elects=not seats, weights=True), width)),
            ("", _area_table(needs, width)),
            ("Refused, and not counted", bullets(refused, width)),
        ]
    )


def _area_table(needs: Needs, width: int) -> str:
    """A line for each area: leads and swings of the one who needs a swing, whoever leads."""
    gainer, loser, sign = needs.chaser, needs.leader, 1
    if swing_gainer(needs) == loser.id:
        gainer, loser, sign = loser, gainer, -1
    rows = [
        [
            area.name,
            area.status,
            _lead(area.chaser_lead, sign),
            _lead(area.baseline_lead, sign),
            _swing(area.swing, sign),
            _beats(area.beats, sign),
        ]
        for area in needs.areas
    ]
    said = f"{gainer.name}'s lead over {loser.name} in each area, in votes and points, and the swing to {gainer.name}"
    headings = [
        "Area",
        "Status",
        ">Lead now",
        f">Lead in {needs.baseline_year}",
        f">{needs.method.capitalize()} swing",
        "Enough",
    ]
    return "\n".join([paragraph(said, width), table(headings, rows, width)])


def _lead(lead: Lead, sign: int) -> str:
    if lead.votes is None or lead.share is None:
        return "–"
    return f"{sign * lead.votes:+,} ({say_signed(100 * sign * lead.share)})"


def _swing(swing: float | None, sign: int) -> str:
    return "–" if swing is None else say_signed(100 * sign * swing, 2)


def _beats(beats: bool | None, sign: int) -> str:
    """Whether an area's swing is enough, if it were everybody's, for the one to whom it is given."""
    return "–" if beats is None else "yes" if beats is (sign > 0) else "no"
