"""What explains a night was known before it: later covariates are not used, and those of no date are said."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from forecast.check import check_contest
from forecast.contests.catalogue import list_contests
from forecast.contests.contest import Contest
from forecast.contests.covariates import PAST, say_undated, undated
from forecast.contests.files import read_contest
from forecast.errors import ContestError
from forecast.evaluation.hindsight import leave_out_future
from forecast.evaluation.past_votes import swiss_votes, with_past
from forecast.rules import AreaSeats
from forecast.scene import open_scene
from forecast.tally import fold
from models.past_votes import past_votes
from models.regression import regression

GOOD = Path(__file__).resolve().parent / "contests" / "good"
SHIPPED = [entry.directory for entry in list_contests()]
POLLED = date(2014, 9, 18)


def tiny(target: Path, known: str) -> Path:
    """The good tiny contest, whose slope has every area's figure, with a table of dates."""
    shutil.copytree(GOOD, target)
    facts, areas = target / "contest.toml", target / "areas.csv"
    text = facts.read_text(encoding="utf-8").replace("\n[", '\nslopes = ["degree_share"]\n\n[', 1)
    facts.write_text(f"{text}\n{known}\n", encoding="utf-8")
    rows = areas.read_text(encoding="utf-8").splitlines()
    areas.write_text("\n".join(row + "0.3" * row.endswith(",") for row in rows) + "\n", encoding="utf-8")
    return target


def marked(known: date, marker: np.ndarray) -> Contest:
    """The referendum of 2014 with a marker, of some day, as its only slope."""
    contest = open_scene("scottish-referendum-2014").contest
    covariates, days = {**contest.covariates, "marker": marker}, {**contest.covariate_days, "marker": known}
    return replace(contest, covariates=covariates, covariate_days=days, slopes=("marker",))


def first_shares(contest: Contest) -> np.ndarray:
    """What is forecast before a night of the contest, as a replay knows it."""
    then = leave_out_future(contest, datetime(2014, 9, 18, 23, tzinfo=UTC))
    items = open_scene("scottish-referendum-2014", through=8).items
    return regression(then, fold(then, items), draws=200, seed=1).share[..., 0]


@pytest.mark.parametrize("days", [0, 1])
def test_a_marker_dated_on_polling_day_or_later_is_not_used(days: int) -> None:
    """Whatever it holds, the draws are the same; dated a day before the night it moves them."""
    scene = open_scene("scottish-referendum-2014", through="all")
    tally = fold(scene.contest, scene.items)
    result = tally.votes[:, 0] / tally.votes.sum(axis=1)
    late = POLLED + timedelta(days=days)
    np.testing.assert_array_equal(first_shares(marked(late, result)), first_shares(marked(late, result[::-1])))
    known = POLLED - timedelta(days=1)
    assert not np.allclose(first_shares(marked(known, result)), first_shares(marked(known, result[::-1])))


@pytest.mark.parametrize("day", ["2030-05-02", "2031-01-01"])
def test_a_contest_leaves_out_what_came_on_polling_day_or_later_and_says_so(day: str, tmp_path: Path) -> None:
    contest = read_contest(tiny(tmp_path / "late", f"[covariates]\ndegree_share = {day}"))
    assert "degree_share" not in contest.covariates
    assert contest.slopes == ()
    assert contest.notes[-1].startswith("Left out, for it was not known before polling day: degree share (")
    (remark,) = check_contest(tmp_path / "late").remarks[-1:]
    assert str(remark) == f"contest.toml: covariates.degree_share is {day}, not before polling day: it is left out."


def test_a_contest_keeps_what_came_the_day_before(tmp_path: Path) -> None:
    contest = read_contest(tiny(tmp_path / "early", "[covariates]\ndegree_share = 2030-05-01"))
    assert contest.slopes == ("degree_share",)
    assert contest.covariate_days == {"degree_share": date(2030, 5, 1)}
    assert not list(say_undated(contest))


@pytest.mark.parametrize(("known", "remarked"), [("", True), ('[covariates]\ndegree_share = "unknown"', False)])
def test_without_a_date_a_contest_loads_and_the_forecast_says_so(known: str, remarked: bool, tmp_path: Path) -> None:
    """What its author calls unknown is not remarked on; what nothing is said of is."""
    contest = read_contest(tiny(tmp_path / "undated", known))
    assert undated(contest) == ("degree_share",)
    assert list(say_undated(contest)) == ["Date unknown, so taken to have been known before polling day: degree share."]
    report = check_contest(tmp_path / "undated")
    assert report.defects == ()
    assert any("[covariates] does not say when" in each.what for each in report.remarks) is remarked


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('degree_share = "soon"', "neither a date such as 2017-03-17 nor"),
        ("degree_share = 2030-05-01T10:00:00Z", "neither a date"),
        ("degree_shear = 2030-05-01", 'no column "degree_shear" in areas.csv. Did you mean "degree_share"?'),
    ],
)
def test_a_date_that_is_none_or_of_no_column_is_refused(line: str, said: str, tmp_path: Path) -> None:
    directory = tiny(tmp_path / "wrong", f"[covariates]\n{line}")
    with pytest.raises(ContestError) as refused:
        read_contest(directory)
    assert said in str(refused.value)


@pytest.mark.parametrize("directory", SHIPPED, ids=lambda path: path.name)
def test_every_covariate_shipped_is_dated_before_its_night_or_called_unknown(directory: Path) -> None:
    contest = read_contest(directory)
    weights = "electors" if isinstance(contest.rule, AreaSeats) else ""
    assert contest.covariates.keys() - {weights} == contest.covariate_days.keys()
    assert all(day is None or day < contest.polling_day for day in contest.covariate_days.values())
    assert undated(contest) == ()


def test_swiss_votes_have_no_dates_and_their_forecasts_say_so() -> None:
    contest, news = next(swiss_votes())
    assert set(contest.covariate_days.values()) == {None}
    assert "The date of this vote is unknown" in contest.notes[0]
    said = past_votes(contest, fold(contest, news[:300]), draws=100, seed=1).assumptions
    assert any(each.startswith("Date unknown") and "31 past votes" in each for each in said)


def test_past_votes_of_a_contest_are_dated_by_the_election_they_were_cast_at() -> None:
    later, earlier = (open_scene(f"general-election-{year}").contest for year in (2019, 2017))
    found = with_past(later, [earlier]).covariate_days
    assert found[f"{PAST}2017"] == date(2017, 6, 9)
    assert found[f"{PAST}2015"] == date(2015, 5, 8)
    assert f"{PAST}2019" not in found
