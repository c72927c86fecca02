"""What each command answers, as text: a table for people, JSON or CSV for everything else."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Literal

from forecast.agreement import compare
from forecast.alarms.integrity import admit
from forecast.arithmetic.ledger import Method
from forecast.arithmetic.needs import work_out_needs
from forecast.bulletin.summary import Forecast
from forecast.check import CheckReport
from forecast.contests.catalogue import list_contests
from forecast.flat_rows import needs_rows, rows_of, write_rows
from forecast.night import Night, Update
from forecast.publish import needs_json, write_files, write_pictures
from forecast.replay import Steps, biggest_surprise, checkpoints, replay, space_out
from forecast.scene import Scene
from forecast.screen.board import board
from forecast.screen.comparison import hypothesis, side_by_side
from forecast.screen.course import course
from forecast.screen.layout import screen_width
from forecast.screen.listing import arithmetic, check_report, contest_list
from forecast.setting import read_settings
from forecast.what_if import suppose

__all__ = [
    "Format",
    "answer_check",
    "answer_contests",
    "answer_needs",
    "answer_plot",
    "answer_replay",
    "answer_run",
    "answer_what_if",
]

Format = Literal["table", "json", "csv"]
Follow = Callable[[Iterable[Update], int], Iterable[Update]]  # shows how far a replay has come


def answer_run(scene: Scene, nights: Sequence[Night], form: Format, out: Path | None, most: int, follow: Follow) -> str:
    """The forecast of a moment; by two engines side by side where two nights are given.

    Parameters
    ----------
    nights
        The same night with one model or with two.
    out
        Where the first's files and pictures go too, if anywhere.
    most
        Moments of the night that are replayed for these, spaced evenly over it; all if 0.
    follow
        Passes on the updates of a replay, of which there will be so many.
    """
    made = [night.update(scene.items, defects=scene.defects, notice=scene.notice).forecast for night in nights]
    if out is not None:
        write_files(out, made[0], _course(scene, nights[0], "declaration", most, follow))
    if form != "table":
        return _data(made, form, several=len(made) > 1)
    if len(made) > 1:
        return side_by_side(made[0], compare(made[0], made[1]), screen_width())
    return board(made[0], screen_width())


def answer_replay(scene: Scene, night: Night, form: Format, steps: Steps, most: int, follow: Follow) -> str:
    """The course of a night up to a moment, at most so many moments spaced evenly over it; at all if that is 0."""
    made = _course(scene, night, steps, most, follow, stress=form == "json")
    if form != "table":
        return _data(made, form, several=True)
    stops = len(checkpoints(scene.contest, scene.items, steps))
    return course(made, biggest_surprise(made), stops, screen_width())


def answer_plot(scene: Scene, night: Night, out: Path, most: int, follow: Follow) -> str:
    """The names of the pictures drawn."""
    made = _course(scene, night, "declaration", most, follow)
    return "".join(f"{path}\n" for path in write_pictures(out, made[-1], made))


def answer_what_if(scene: Scene, night: Night, form: Format, settings: Iterable[str]) -> str:
    """What would be forecast if what is set came true; nothing is written anywhere."""
    supposed = read_settings(settings, scene.contest)
    present = night.update(scene.items, defects=scene.defects, explain=False)
    made = suppose(night, scene.items, present, supposed).forecast
    return _data([made], form) if form != "table" else hypothesis(present.forecast, made, screen_width())


def answer_needs(
    scene: Scene, form: Format, *, leader: str | None, challenger: str | None, method: Method, valid: float | None
) -> str:
    """The desk's arithmetic alone."""
    admitted = admit(scene.contest, scene.items)
    tally = admitted.tally
    needs = work_out_needs(tally, leader=leader, challenger=challenger, method=method, valid_outstanding=valid)
    if form == "json":
        return needs_json(needs)
    if form == "csv":
        return write_rows(needs_rows(needs, tally))
    return arithmetic(tally, needs, scene.notice, (*scene.defects, *admitted.refusals), screen_width())


def answer_contests() -> str:
    """The contests that can be named."""
    return contest_list(list_contests(), screen_width())


def answer_check(report: CheckReport) -> str:
    """Remarks and totals of a contest."""
    return check_report(report, screen_width())


def _course(
    scene: Scene, night: Night, steps: Steps, most: int, follow: Follow, *, stress: bool = False
) -> list[Forecast]:
    moments = space_out(checkpoints(scene.contest, scene.items, steps), most)
    updates = replay(night, scene.items, moments, defects=scene.defects, stress=stress)
    return [update.forecast for update in follow(updates, len(moments))]


def _data(made: Sequence[Forecast], form: Format, *, several: bool = False) -> str:
    """Documents as JSON, an array where there are or may be several, or as CSV."""
    if form == "csv":
        return write_rows(row for each in made for row in rows_of(each))
    if not several:
        return made[0].to_json()
    return "[\n" + ",\n".join(each.to_json().rstrip() for each in made) + "\n]\n"
