"""Two forecasts side by side: two engines, or what is and what if."""

from __future__ import annotations

from collections.abc import Iterator

from forecast.agreement import DEVIATIONS, PROBABILITY, Agreement, Compared
from forecast.bulletin.summary import Forecast
from forecast.screen.board import heading, provenance
from forecast.screen.figures import interval_of, say_between, say_lead, say_signed, short_names
from forecast.screen.layout import bullets, paragraph, sections, table
from forecast.wording import say_percent

__all__ = ["hypothesis", "side_by_side"]


def side_by_side(first: Forecast, agreement: Agreement, width: int) -> str:
    """Two engines' numbers, their differences, and whether they agree.

    Parameters
    ----------
    first
        The first engine's forecast, for its names.
    width
        Most characters of a line.
    """
    verdict = "The two engines agree" if agreement.agree else "The two engines DO NOT agree"
    said = (
        f"{verdict}: win probabilities differ by {agreement.probability:.3f} at most (no more than {PROBABILITY} is "
        f"agreement), quantiles by {agreement.deviations:.2f} standard deviations ({DEVIATIONS})."
    )
    headings = ["", f">{agreement.first}", f">{agreement.second}", ">Difference", ""]
    return sections(
        [
            ("", heading(first, width)),
            ("", table(headings, _rows(first, agreement), width)),
            ("", paragraph(said, width)),
        ]
    )


def _rows(first: Forecast, agreement: Agreement) -> Iterator[list[str]]:
    names = short_names(first.candidates)
    for row in agreement.compared:
        if row.measure == "win_probability":
            change = f"{say_signed(100 * row.difference)} points"
            chances = [_tenths(chance, first.decided) for chance in (row.first, row.second)]
            yield [f"{names[row.candidate]} wins", *chances, change, _verdict(row)]
    for row in agreement.compared:
        if row.measure == "lead_votes" and row.level is not None:
            yield _quantile(f"Lead, {row.level:.0%} quantile", row, f"{row.first:+,.0f}", f"{row.second:+,.0f}")
    for candidate in first.candidates:
        rows = [row for row in agreement.compared if (row.candidate, row.measure) == (candidate.id, "share")]
        if rows:
            worst = max(rows, key=lambda row: abs(row.difference))
            name = f"{names[candidate.id]}'s share, {worst.level:.0%} quantile"
            yield _quantile(name, worst, f"{worst.first:.2%}", f"{worst.second:.2%}")


def _tenths(chance: float, decided: bool) -> str:
    """A probability to a tenth of a per cent, certain only where it is decided arithmetically."""
    if decided or 0.0005 <= chance < 0.9995:
        return f"{chance:.1%}"
    return "<0.1%" if chance < 0.5 else ">99.9%"


def _quantile(name: str, row: Compared, first: str, second: str) -> list[str]:
    return [name, first, second, f"{say_signed(row.difference, 2)} SD", _verdict(row)]


def _verdict(row: Compared) -> str:
    return "" if row.agree else "differs"


def hypothesis(present: Forecast, supposed: Forecast, width: int) -> str:
    """What is forecast now, and what would be if what is supposed were so.

    Parameters
    ----------
    width
        Most characters of a line.
    """
    names = short_names(present.candidates)
    return sections(
        [
            ("", heading(supposed, width)),
            ("", table(["", "Now", "If so"], _changes(present, supposed, names), width)),
            ("Leads in the areas", table(["", "Now", "If so"], _area_changes(present, supposed, names), width)),
            ("Look at this", bullets((str(alarm) for alarm in supposed.alarms if alarm not in present.alarms), width)),
            ("", paragraph(f"Nothing of this is stored. {provenance(present)}", width)),
        ]
    )


def _changes(present: Forecast, supposed: Forecast, names: dict[str, str]) -> Iterator[list[str]]:
    for now, then in zip(present.candidates, supposed.candidates, strict=True):
        if max(now.win_probability, then.win_probability) >= 0.005:
            yield [f"{names[now.id]} wins", now.win_display, then.win_display]
    pairs = [(each.lead, names[each.lead.of], names[each.lead.over]) for each in (present, supposed)]
    yield ["Lead, middle", *(f"{say_lead(lead.votes.median, of, over)} votes" for lead, of, over in pairs)]
    yield ["9 in 10 between", *(say_between(interval_of(lead.votes, 0.9), of, over) for lead, of, over in pairs)]
    yield ["Lead in points", *(say_lead(100 * lead.share.median, of, over, 1) for lead, of, over in pairs)]


def _area_changes(present: Forecast, supposed: Forecast, names: dict[str, str]) -> Iterator[list[str]]:
    """Areas whose lead the suppositions set or move by a tenth of a point."""
    pair = (names[present.lead.of], names[present.lead.over])
    if (present.lead.of, present.lead.over) != (supposed.lead.of, supposed.lead.over):
        return
    for now, then in zip(present.areas, supposed.areas, strict=True):
        if then.status == "supposed" or abs(now.lead.median - then.lead.median) >= 0.001:
            leads = [f"{say_lead(100 * each.lead.median, *pair, 1)}{_chance(each.wins, names)}" for each in (now, then)]
            yield [f"{now.name} ({then.status})", *leads]


def _chance(wins: dict[str, float], names: dict[str, str]) -> str:
    first = max(wins, key=lambda candidate: wins[candidate])
    return "" if wins[first] in {0.0, 1.0} else f" ({names[first]} wins it {say_percent(wins[first])})"
