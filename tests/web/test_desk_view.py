"""What the declaration desk says of an item before it is taken."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from forecast.contests.catalogue import find_contest
from forecast.declaration import Declaration, Kind
from forecast.service.desk import DeskState, Taken
from forecast.service.intake import preview
from forecast.web.pages.desk_view import say_preview
from forecast.web.pages.entry_form import fill_from, read_form

DECLARED = Declaration("sandwell", Kind.DECLARED, None, "BBC", "Ann", votes={"parker": 31_561, "street": 18_598})
STATE = DeskState("west-midlands", taken=(Taken(1, DECLARED, "desk", datetime(2024, 5, 4, tzinfo=UTC)),))


def test_a_check_changes_no_figure_and_says_what_it_changes() -> None:
    contest = find_contest("west-midlands")
    found = say_preview(preview(contest, STATE, replace(DECLARED, kind=Kind.CHECKED)), contest)
    assert found["defects"] == ()
    assert found["changes"] == (("Checked", "no", "yes"),)


def test_the_form_brings_the_figures_to_be_checked_and_none_to_be_withdrawn() -> None:
    contest = find_contest("west-midlands")
    checked = read_form(fill_from(DECLARED, "checked"), contest, "Ann")
    assert (checked.kind, checked.votes) == (Kind.CHECKED, DECLARED.votes)
    withdrawn = read_form(fill_from(replace(DECLARED, ballots=66_296), "withdrawn"), contest, "Ann")
    assert (withdrawn.kind, withdrawn.votes, withdrawn.ballots) == (Kind.WITHDRAWN, {}, None)
