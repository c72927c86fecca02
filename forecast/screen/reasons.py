"""What explains a forecast, in sentences: how hard, what to watch, what moved it, the path, the surprise."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import floor

from forecast.bulletin.explain import Hardness, Moved, Oddity, Path, Watch
from forecast.bulletin.summary import Forecast
from forecast.screen.figures import count_areas, effective_draws, say_item, say_lead, say_signed, short_names
from forecast.screen.layout import bullets, paragraph
from forecast.wording import say_percent, say_points

__all__ = ["reasons", "say_moved", "say_oddity", "whole_points"]

WATCHED = 5  # areas to watch that are listed; more are counted
TELLING = 0.01  # least share of what is uncertain that an area listed would settle
NOISE = 4.0  # squared correlations below this over the draws are no more than chance: two standard errors, squared
FAR = 3.0  # standard deviations from what is expected, beyond which nobody waits for a break-even


def reasons(forecast: Forecast, width: int) -> Iterator[tuple[str, str]]:
    """Title and text of each part of the explanation that there is."""
    why = forecast.explanation
    if why is None:
        return
    names = short_names(forecast.candidates)
    chaser = names[forecast.needs.chaser.id]
    if why.hardness is not None:
        yield "How hard that is", paragraph(_hardness(why.hardness, chaser), width)
    least = max(TELLING, NOISE / effective_draws(forecast))
    if any(area.information >= least for area in why.watch):
        yield "What to watch", bullets(_watch(why.watch, chaser, names[forecast.needs.leader.id], least), width)
    if why.moved is not None:
        yield "What moved it", paragraph(_move(why.moved, names, forecast), width)
    if why.path is not None:
        yield "Path to victory", paragraph(_path(why.path, names, chaser, names[forecast.needs.leader.id]), width)
    if why.oddest is not None:
        yield "Biggest surprise so far", paragraph(say_oddity(why.oddest, names), width)


def _hardness(hardness: Hardness, chaser: str) -> str:
    """The swing needed against the one expected, and the same plainly where less would do."""
    said = f"{chaser} {hardness.words}."
    spare = hardness.expected - hardness.required
    return f"{said} {chaser} can fall {say_points(spare)} of swing short of that and still win." if spare > 0 else said


def _move(moved: Moved, names: dict[str, str], forecast: Forecast) -> str:
    return say_moved(moved, names, say_item(moved.item, forecast), forecast.decided)


def _watch(areas: tuple[Watch, ...], chaser: str, leader: str, least: float) -> Iterator[str]:
    """Areas that tell something, the most telling first.

    Parameters
    ----------
    least
        Share of what is uncertain that an area must settle to be listed.
    """
    told = [area for area in areas if area.information >= least][:WATCHED]
    for area in told:
        ahead = chaser if area.expected >= 0 else leader
        text = f"{area.name}: we expect {ahead} to lead by {say_points(abs(area.expected))}, give or take "
        text += say_points(area.sd)
        if area.break_even is not None and abs(area.break_even - area.expected) <= FAR * area.sd:
            ahead = chaser if area.break_even >= 0 else leader
            text += f"; the contest is even if {ahead} leads there by {abs(area.break_even) * 100:.1f}"
        yield f"{text}. Knowing it would settle {_part(area.information)} of what is uncertain."
    if rest := len(areas) - len(told):
        yield f"{count_areas(rest, 'more')} {'tells' if rest == 1 else 'tell'} less."


def _part(share: float) -> str:
    return "nearly all" if share > 0.99 else f"{share:.0%}"


def say_moved(moved: Moved, names: dict[str, str], item: str, decided: bool = False) -> str:
    """What the latest item did: the change, and its three causes in whole points of probability that add up to it.

    Parameters
    ----------
    item
        The item in words, to begin a sentence.
    """
    item = item[:1].upper() + item[1:]
    before, after = say_percent(moved.before, decided), say_percent(moved.after, decided)
    who = names[moved.candidate]
    if before == after and abs(moved.after - moved.before) < 0.005:
        return f"{item}: {who} stays at {after}."
    before = say_percent(moved.before)
    shown = whole_points([cause.change for cause in moved.causes], round(100 * moved.after) - round(100 * moved.before))
    causes = ", ".join(
        f"{cause.name} {say_signed(change, 0)}" for cause, change in zip(moved.causes, shown, strict=True)
    )
    return f"{item}: {who} from {before} to {after} (in points: {causes})."


def whole_points(changes: Sequence[float], total: int) -> list[int]:
    """Changes in whole points that add up to ``total``: rounded down, then up where the remainder is largest.

    Parameters
    ----------
    changes
        0-1, of either sign.
    total
        In points.
    """
    down = [floor(100 * change) for change in changes]
    by_remainder = sorted(range(len(changes)), key=lambda i: down[i] - 100 * changes[i])
    for step in range(abs(total - sum(down))):
        more = total > sum(down)
        down[by_remainder[step % len(down)] if more else by_remainder[-1 - step % len(down)]] += 1 if more else -1
    return down


def _path(path: Path, names: dict[str, str], chaser: str, leader: str) -> str:
    steps = [
        f"in {step.name} {say_lead(100 * step.needed, chaser, leader, 1)} points "
        f"(we expect {say_lead(100 * step.expected, chaser, leader, 1)})"
        for step in path.steps[:WATCHED]
    ]
    rest = len(path.steps) - WATCHED
    more = f"; and a little in {count_areas(rest, 'more')}" if rest > 0 else ""
    off = f"{path.deviations:.1f} standard deviations from what we expect"
    return f"The least unlikely way for {names[path.to]} to win, {off}: {'; '.join(steps)}{more}."


def say_oddity(odd: Oddity, names: dict[str, str]) -> str:
    """How far a declaration was from what was expected just before it."""
    side = "above" if odd.deviations >= 0 else "below"
    return (
        f"{odd.name}: {names[odd.candidate]} {abs(odd.deviations):.1f} standard deviations {side} what we expected; "
        f"figures for all candidates at least as far out together had {_chance(odd.tail)}."
    )


def _chance(tail: float) -> str:
    chances = round(100 * tail)
    return "less than 1 chance in 100" if tail < 0.01 else f"{chances} chance{'' if chances == 1 else 's'} in 100"
