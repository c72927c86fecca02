"""Contests are found by name, started from a skeleton, and checked before the night."""

import os
import shutil
from pathlib import Path

import pytest

from forecast.check import CheckReport, check_contest
from forecast.contests.catalogue import find_contest, list_contests, shipped_contests, write_skeleton
from forecast.contests.keys import TABLES, ContestToml, TomlTable
from forecast.errors import ContestError

ROOT = Path(__file__).resolve().parent.parent
GOOD = ROOT / "tests" / "contests" / "good"


@pytest.fixture(autouse=True)
def nobodys_contests(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FORECAST_CONTESTS", raising=False)


@pytest.mark.parametrize(
    "name",
    ["west-midlands", "West-Midlands", "mayor.west-midlands.2024-05-02", str(ROOT / "data" / "west-midlands")],
)
def test_a_contest_is_found_by_id_election_id_or_path(name: str) -> None:
    assert find_contest(name).id == "west-midlands"


def test_a_contest_is_found_by_its_file() -> None:
    assert find_contest(str(GOOD / "contest.toml")).id == "tiny"


def test_a_directory_here_needs_no_slash(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(GOOD, tmp_path / "mine")
    monkeypatch.chdir(tmp_path)
    assert find_contest("mine").id == "tiny"
    monkeypatch.chdir(tmp_path / "mine")
    assert find_contest(".").id == "tiny"


def test_an_alternative_baseline_is_passed_on() -> None:
    assert find_contest("west-midlands", baseline="final-round-2021").baseline.id == "final-round-2021"


def test_the_users_directories_come_before_the_shipped_contests(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = tmp_path / "mine" / "anything"
    shutil.copytree(GOOD, mine)
    facts = (mine / "contest.toml").read_text().replace('id = "tiny"', 'id = "west-midlands"')
    (mine / "contest.toml").write_text(facts)
    monkeypatch.setenv("FORECAST_CONTESTS", os.pathsep.join([str(tmp_path / "mine"), str(GOOD)]))
    assert find_contest("west-midlands").title == "Mayor of Tiny"
    assert find_contest("tiny").directory == GOOD
    assert [entry.id for entry in list_contests()][:2] == ["west-midlands", "tiny"]


def test_an_unknown_name_suggests_the_nearest() -> None:
    with pytest.raises(ContestError, match=r'no contest "west-midland"\. Did you mean "west-midlands"\?'):
        find_contest("west-midland")


def test_a_directory_of_the_environment_that_is_not_there_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORECAST_CONTESTS", str(tmp_path / "gone"))
    with pytest.raises(ContestError, match=r"FORECAST_CONTESTS: no directory .*gone"):
        find_contest("my-contest")


def test_the_list_names_the_shipped_contests() -> None:
    entries = {entry.id: entry for entry in list_contests()}
    west_midlands = entries["west-midlands"]
    assert west_midlands.election_id == "mayor.west-midlands.2024-05-02"
    assert west_midlands.areas == 7
    assert west_midlands.error == ""
    assert "skeleton" not in entries


def test_every_shipped_contest_is_good() -> None:
    directories = [path.parent for path in shipped_contests().glob("*/contest.toml")]
    assert len(directories) >= 2
    assert [(path.name, check_contest(path).defects) for path in directories if check_contest(path).defects] == []


def test_a_contest_that_does_not_load_is_listed_with_its_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "broken"
    shutil.copytree(GOOD, broken)
    (broken / "baseline.csv").unlink()
    monkeypatch.setenv("FORECAST_CONTESTS", str(tmp_path))
    entry = list_contests()[0]
    assert (entry.id, entry.error) == ("tiny", "baseline.csv: the file is missing.")
    (broken / "contest.toml").write_text("not toml")
    assert list_contests()[0].id == "broken"


def test_a_skeleton_is_a_good_contest_under_its_own_name(tmp_path: Path) -> None:
    directory = write_skeleton(tmp_path / "new" / "my-town", "my-town")
    report = check_contest(directory)
    assert report.defects == ()
    assert report.remarks == ()
    contest = find_contest(str(directory))
    assert (contest.id, contest.title) == ("my-town", "Mayor of My Town, 2 May 2030")
    assert "skeleton" not in "".join(path.read_text() for path in directory.iterdir()).casefold()


def test_a_skeleton_shows_every_key(tmp_path: Path) -> None:
    models: list[type[TomlTable]] = [ContestToml, *TABLES.values()]
    text = (write_skeleton(tmp_path / "x", "x") / "contest.toml").read_text()
    keys = {each.alias or name for model in models for name, each in model.model_fields.items()}
    assert [key for key in sorted(keys) if f"{key} =" not in text and f"[{key}]" not in text] == []


def test_a_skeleton_overwrites_nothing(tmp_path: Path) -> None:
    (tmp_path / "contest.toml").write_text("mine")
    with pytest.raises(ContestError, match="already there"):
        write_skeleton(tmp_path, "my-town")
    assert (tmp_path / "contest.toml").read_text() == "mine"
    assert len(list(tmp_path.iterdir())) == 1
    with pytest.raises(ContestError, match="already there"):
        write_skeleton(tmp_path / "contest.toml", "my-town")


@pytest.mark.parametrize("name", ["My Town", "", "../x", "a_b"])
def test_a_skeleton_needs_a_name_that_can_be_an_id(name: str, tmp_path: Path) -> None:
    with pytest.raises(ContestError, match="cannot be a contest's id"):
        write_skeleton(tmp_path / "x", name)
    assert not (tmp_path / "x").exists()


@pytest.fixture(scope="module")
def west_midlands() -> CheckReport:
    return check_contest(ROOT / "data" / "west-midlands")


@pytest.mark.parametrize(
    ("name", "published"),
    [  # Express & Star, BBC and Sky News, 4 May 2024; Dudley and Coventry councils, 2021
        ("electorate", 2018546),
        ("news: ballots", 601713),
        ("news: parker", 225590),
        ("news: street", 224082),
        ("news, whole contest: parker", 225590),
        ("news, whole contest: street", 224082),
        ("news, whole contest: yakoob", 69621),
        ("news, whole contest: williams", 34471),
        ("news, whole contest: harper-nunes", 31036),
        ("news, whole contest: virk", 12176),
        ("news, whole contest: valid", 596976),
        ("news, whole contest: rejected", 4737),
        ("first-preferences-2021: lab_byrne (parker)", 244009),
        ("first-preferences-2021: con_street (street)", 299318),
        ("first-preferences-2021: valid", 299318 + 244009 + 35559 + 21836 + 13568),
        ("final-round-2021: con_street (street)", 314669),
        ("final-round-2021: lab_byrne (parker)", 267626),
    ],
)
def test_a_check_adds_up_what_the_official_notice_prints(name: str, published: int, west_midlands: CheckReport) -> None:
    assert {total.name: total.value for total in west_midlands.totals}[name] == published


def test_a_check_says_in_how_many_areas_a_figure_is_known(west_midlands: CheckReport) -> None:
    known = {total.name: total.known for total in west_midlands.totals}
    assert known["news: parker"] == 7
    assert known["news: yakoob"] == 1
    assert known["news: virk"] == 0
    assert known["news, whole contest: virk"] is None


def test_a_check_reports_defects_of_the_news_too(tmp_path: Path) -> None:
    shutil.copytree(GOOD, tmp_path, dirs_exist_ok=True)
    (tmp_path / "news.csv").write_text("at,kind,area,ash\n,declared,nort,12\n,declared,north,13\n")
    report = check_contest(tmp_path)
    assert [defect.where for defect in report.defects] == ["news.csv, line 2"]
    assert {total.name: total.value for total in report.totals}["news: ash"] == 13


def test_a_check_of_a_bad_contest_raises_nothing(tmp_path: Path) -> None:
    shutil.copytree(GOOD, tmp_path, dirs_exist_ok=True)
    (tmp_path / "areas.csv").unlink()
    (tmp_path / "news.csv").write_text("at,kind,area\n")
    report = check_contest(tmp_path)
    assert [str(defect) for defect in report.defects] == ["areas.csv: the file is missing."]
    assert report.contest is None
    assert [remark.where for remark in report.remarks] == ["news.csv"]


def test_a_check_remarks_on_files_that_nobody_names(tmp_path: Path) -> None:
    shutil.copytree(GOOD, tmp_path, dirs_exist_ok=True)
    (tmp_path / "polls.csv").rename(tmp_path / "pols.csv")
    remarks = {remark.where: remark.remedy for remark in check_contest(tmp_path).remarks}
    undated = 'Add the day by which it was published, or degree_share = "unknown", which the forecast then says.'
    assert remarks == {"SOURCES.md": "", "pols.csv": 'Did you mean "polls.csv"?', "contest.toml": undated}
