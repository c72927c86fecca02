"""What explains a forecast, in sentences: how hard, what to watch, what moved it, the path, the surprise."""

from __future__ import annotations

from collections.abc import Iterator

from forecast.explain import Moved, Oddity, Path, Watch
from forecast.screen.figures import say_lead, say_signed, short_names
from forecast.screen.layout import bullets, paragraph
from forecast.summary import Forecast
from forecast.wording import say_percent, say_points

__all__ = ["reasons", "say_moved", "say_oddity"]

WATCHED = 5  # areas to watch that are listed; more are counted


def reasons(forecast: Forecast, width: int) -> Iterator[tuple[str, str]]:
    """Title and text of each part of the explanation that there is."""
    why = forecast.explanation
    if why is None:
        return
    names = short_names(forecast.candidates)
    chaser = names[forecast.needs.chaser.id]
    if why.hardness is not None:
        yield "How hard that is", paragraph(f"{chaser} {why.hardness.words}.", width)
    if why.watch:
        yield "What to watch", bullets(_watch(why.watch, chaser, names[forecast.needs.leader.id]), width)
    if why.moved is not None:
        yield "What moved it", paragraph(say_moved(why.moved, names, forecast.decided), width)
    if why.path is not None:
        yield "Path to victory", paragraph(_path(why.path, names, chaser, names[forecast.needs.leader.id]), width)
    if why.oddest is not None:
        yield "Biggest surprise so far", paragraph(say_oddity(why.oddest, names), width)


def _watch(areas: tuple[Watch, ...], chaser: str, leader: str) -> Iterator[str]:
    for area in areas[:WATCHED]:
        ahead = chaser if area.expected >= 0 else leader
        text = f"{area.name}: we expect {ahead} to lead by {say_points(abs(area.expected))}, give or take "
        text += say_points(area.sd)
        if area.break_even is not None:
            ahead = chaser if area.break_even >= 0 else leader
            text += f"; the contest is even if {ahead} leads there by {abs(area.break_even) * 100:.1f}"
        yield f"{text}. Knowing it would settle {_part(area.information)} of what is uncertain."
    if len(areas) > WATCHED:
        yield f"{len(areas) - WATCHED} more areas tell less."


def _part(share: float) -> str:
    return "nearly all" if share > 0.99 else "hardly any" if share < 0.01 else f"{share:.0%}"


def say_moved(moved: Moved, names: dict[str, str], decided: bool = False) -> str:
    """What the latest item did: the change, and its three causes in points of probability."""
    before, after = say_percent(moved.before, decided), say_percent(moved.after, decided)
    who = names[moved.candidate]
    if before == after and abs(moved.after - moved.before) < 0.005:
        return f"{moved.item}: {who} stays at {after}."
    before = say_percent(moved.before)
    causes = ", ".join(f"{cause.name} {say_signed(100 * cause.change, 0)}" for cause in moved.causes)
    return f"{moved.item}: {who} from {before} to {after} (in points: {causes})."


def _path(path: Path, names: dict[str, str], chaser: str, leader: str) -> str:
    steps = [
        f"in {step.name} {say_lead(100 * step.needed, chaser, leader, 1)} points "
        f"(we expect {say_lead(100 * step.expected, chaser, leader, 1)})"
        for step in path.steps[:WATCHED]
    ]
    more = f"; and a little in {len(path.steps) - WATCHED} more areas" if len(path.steps) > WATCHED else ""
    off = f"{path.deviations:.1f} standard deviations from what we expect"
    return f"The least unlikely way for {names[path.to]} to win, {off}: {'; '.join(steps)}{more}."


def say_oddity(odd: Oddity, names: dict[str, str]) -> str:
    """How far a declaration was from what was expected just before it."""
    side = "above" if odd.deviations >= 0 else "below"
    return (
        f"{odd.name}: {names[odd.candidate]} {abs(odd.deviations):.1f} standard deviations {side} what we expected; "
        f"a declaration at least as far out had {_chance(odd.tail)}."
    )


def _chance(tail: float) -> str:
    return "less than 1 chance in 100" if tail < 0.01 else f"{100 * tail:.0f} chances in 100"
