"""The command line: what it prints, in which words, with which exit code."""

from __future__ import annotations

import csv
import inspect
import io
import json
import re
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from command_line import COMMANDS, FEW, ROOT, answer, flat
from golden_document import GOLDEN, make_document

from commands.night import needs, plot, replay, run, what_if
from forecast import night
from forecast.flat_rows import COLUMNS


@pytest.fixture(scope="module")
def table() -> str:
    return answer("run", *FEW)


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    made: dict[str, Any] = json.loads(answer("run", *FEW, "--format", "json"))
    return made


# What people read


def test_a_past_night_opens_where_its_contest_says_and_says_so(table: str) -> None:
    assert "6 of 7 areas declared" in table
    assert "A past night, opened after 6 of 7 areas have declared; --through all shows its end." in flat(table)


def test_the_table_says_what_was_published_that_day(table: str) -> None:
    said = flat(table)
    assert "11,455 votes, 2.2 points" in said
    assert "must win Sandwell by 11,456 votes: a lead of 17.4 points" in said
    assert "a Labour lead in Sandwell of 5,171 votes, 7.7 points" in said
    assert "3,143 must change hands" in said
    assert "4.50 points needed overall" in said


@pytest.mark.parametrize(
    "part",
    [
        "Our model estimates that Richard Parker has about",
        "5 in 10",
        "9 in 10",
        "How close: a tie",
        "The desk's arithmetic",
        "How hard that is",
        "What to watch",
        "What moved it",
        "Path to victory",
        "Biggest surprise so far",
        "What is assumed",
        "Look at this before air",
        "conditional model, 300 draws, seed 20240502",
    ],
)
def test_the_table_has_every_part(table: str, part: str) -> None:
    assert part in flat(table)


@pytest.mark.parametrize("through", ["0", "2", "4", "6"])
def test_nothing_is_certain_before_the_arithmetic_is_and_nobody_is_called(through: str) -> None:
    said = answer("run", *FEW, "--through", through)
    assert re.findall(r"(?<![\d.<>])(?:0|100)%", said) == []
    assert "called" not in said


def test_the_end_is_the_result_as_it_was_declared() -> None:
    said = flat(answer("run", *FEW, "--through", "all"))
    assert "Richard Parker Labour (Co-op) 225,590 100%" in said
    assert "Andy Street Conservative 224,082 0%" in said
    assert "Lead: Parker by 1,508 votes, 0.25 points." in said
    assert "Decided by arithmetic." in said
    assert "latest: the whole contest declared" in said
    assert "Birmingham alone swung by less than the 4.50 points Richard Parker needed: it swung 0.9 points" in said


def test_a_time_is_only_that_of_the_latest_item_where_it_has_one() -> None:
    assert "after 13:59 BST, 4 May 2024 (time of the latest not known) · 5 of 7" in flat(
        answer("run", *FEW, "--through", "5")
    )
    assert "2024 19:57 BST, 4 May 2024 · 6 of 7" in flat(answer("needs", "--through", "6"))


def test_what_areas_weigh_is_of_the_desk_s_arithmetic_alone(table: str) -> None:
    assert "so weighted" not in table
    assert "so weighted" in answer("needs")


def test_one_lead_is_expected_in_an_area_wherever_it_is_said(table: str) -> None:
    (row,) = (line for line in table.splitlines() if line.startswith("Sandwell") and "ballots" in line)
    lead = re.search(r"\+([\d.]+) ", row)
    assert lead is not None
    assert flat(table).count(f"we expect Parker to lead by {lead[1]} points") == 1
    assert flat(table).count(f"(we expect Parker by {lead[1]})") == 1


@pytest.mark.parametrize("columns", [80, 200])
@pytest.mark.parametrize(
    "arguments",
    [["run", *FEW], ["replay", *FEW, "--through", "2"], ["needs"], ["what-if", *FEW, "--set", "sandwell.lead=15"]],
    ids=lambda arguments: arguments[0],
)
def test_no_line_is_wider_than_the_terminal_or_100_columns(arguments: list[str], columns: int) -> None:
    lines = answer(*arguments, columns=columns).splitlines()
    assert [line for line in lines if len(line) > min(columns, 100)] == []
    assert [line for line in lines if line != line.rstrip() or "…" in line] == []


def test_a_candidate_who_is_not_reported_has_a_dash_and_one_reported_in_part_a_star(table: str) -> None:
    rows = {line.split("  ")[0]: line for line in table.splitlines()}
    assert "42,923*" in rows["Akhmed Yakoob"]
    assert "–" in rows["Elaine Williams"]


def test_a_replay_shows_the_probability_and_what_moved_it_after_each_declaration() -> None:
    said = answer("replay", *FEW)
    assert [line[:6] for line in said.splitlines() if re.match(r"\d of 7 ", line)] == [
        *(f"{declared} of 7" for declared in range(8)),
        "7 of 7",
    ]
    for name in ("Solihull", "Wolverhampton", "Birmingham", "Walsall", "Dudley", "Coventry", "Sandwell"):
        assert re.search(rf"^- {name} declared( \(and .*\))?: Parker", said, re.MULTILINE)
    assert "Biggest surprise" in said


def test_the_desk_may_suppose_the_votes_outstanding() -> None:
    # 16.3 points, if one supposes 70,280 votes: as published that day
    said = flat(answer("needs", "--through", "6", "--valid", "70280"))
    assert "a lead of 16.3 points in 70,280 valid votes to come (supposed by the user)" in said


def test_the_desk_may_name_the_two_and_the_method() -> None:
    said = json.loads(
        answer("needs", "--leader", "Parker", "--challenger", "Street", "--method", "steed", "--format", "json")
    )
    assert (said["leader"]["id"], said["chaser"]["id"], said["method"]) == ("parker", "street", "steed")
    assert said["lead"]["votes"] == -11_455


def test_what_is_supposed_is_labelled_and_stands_beside_what_is() -> None:
    said = flat(answer("what-if", *FEW, "--set", "sandwell.lead=15", "--set", "coventry.turnout=0.3"))
    assert "HYPOTHETICAL, not news." in said
    assert "If so, Andy Street could not be overtaken." in said
    assert "Nothing of this is stored." in said


def test_what_is_supposed_is_labelled_for_machines_too() -> None:
    settings = ["--set", "sandwell.lead=15"]
    made = json.loads(answer("what-if", *FEW, *settings, "--format", "json"))
    assert made["moment"]["suppositions"]
    rows = csv.DictReader(io.StringIO(answer("what-if", *FEW, *settings, "--format", "csv")))
    assert {row["supposed"] for row in rows} == {made["moment"]["suppositions"][0]}


def test_contests_are_listed_and_started(tmp_path: Path) -> None:
    assert re.search(
        r"^west-midlands +Mayor of the West Midlands, 2 May 2024 +2024-05-02 +7$", answer("contests"), re.MULTILINE
    )
    folder = str(tmp_path / "my-town")
    answer("contests", "new", "my-town", "--out", folder)
    assert "No defects." in answer("check", folder)
    assert "Mayor of My Town" in answer("run", *FEW, "--contest", folder)


def test_a_check_prints_totals_to_compare_with_the_official_notice() -> None:
    said = answer("check", str(ROOT / "data" / "west-midlands"))
    assert re.search(r"news: ballots +601,713 +7 areas", said)
    assert re.search(r"final-round-2021: con_street \(street\) +314,669 +7 areas", said)


# What machines read


def test_the_document_fits_its_schema(document: dict[str, Any]) -> None:
    schema = json.loads(answer("schema"))
    jsonschema_rs.validator_for(schema).validate(document)
    assert not jsonschema_rs.is_valid(schema, document | {"odds": 1})
    assert not jsonschema_rs.is_valid(schema, {key: value for key, value in document.items() if key != "rating"})


@pytest.mark.parametrize("arguments", [["run", "--through", "0"], ["run", "--through", "all"]], ids=" ".join)
def test_documents_fit_the_schema_at_either_end_of_the_night(arguments: list[str]) -> None:
    made = json.loads(answer(*arguments, *FEW, "--format", "json"))
    jsonschema_rs.validate(json.loads(answer("schema")), made)


def test_a_replay_prints_an_array_of_documents() -> None:
    made = json.loads(answer("replay", *FEW, "--through", "2", "--format", "json"))
    schema = jsonschema_rs.validator_for(json.loads(answer("schema")))
    assert [schema.is_valid(each) for each in made] == [True] * 3


def test_the_same_command_prints_the_same_bytes() -> None:
    assert answer("run", *FEW, "--format", "json") == answer("run", *FEW, "--format", "json")


def test_rows_say_what_the_document_says(document: dict[str, Any]) -> None:
    rows = list(csv.DictReader(io.StringIO(answer("run", *FEW, "--format", "csv"))))
    assert tuple(rows[0]) == COLUMNS
    lead = next(row for row in rows if (row["kind"], row["measure"]) == ("contest", "lead_votes"))
    interval = next(each for each in document["lead"]["votes"]["intervals"] if each["level"] == 0.9)
    assert float(lead["value"]) == document["lead"]["votes"]["median"]
    assert (float(lead["lower_90"]), float(lead["upper_90"])) == (interval["lower"], interval["upper"])
    wins = {
        row["candidate"]: float(row["value"]) for row in rows if row["measure"] == "win_probability" and not row["area"]
    }
    assert wins == {each["id"]: each["win_probability"] for each in document["candidates"]}
    needed = next(row for row in rows if row["measure"] == "votes_needed")
    assert (needed["candidate"], needed["over"], needed["value"]) == ("parker", "street", "11456")


def test_the_golden_document_is_made_again() -> None:
    assert make_document() == json.loads(GOLDEN.read_text(encoding="utf-8"))


def test_files_go_where_they_are_sent(tmp_path: Path) -> None:
    out = tmp_path / "a" / "b"
    answer("run", *FEW, "--through", "1", "--out", str(out))
    assert {"forecast.json", "forecast.csv", "replay.csv", "margin.svg", "margin.png"} <= {
        each.name for each in out.iterdir()
    }
    assert json.loads((out / "forecast.json").read_text(encoding="utf-8"))["moment"]["areas_declared"] == 1
    drawn = answer("plot", *FEW, "--through", "1", "--out", str(tmp_path / "pictures")).split()
    assert [Path(each).stat().st_size > 0 for each in drawn] == [True] * len(drawn)


@pytest.mark.parametrize("command", ["run", "replay", "what-if", "plot"])
def test_the_defaults_are_the_night_s(command: str) -> None:
    given = {each.name: each.default for each in COMMANDS[command].params}
    assert (given["draws"], given["seed"]) == (night.DRAWS, night.SEED)


def test_options_mean_the_same_everywhere() -> None:
    told: dict[str, set[tuple[str, ...]]] = {}
    for command in (run, replay, needs, what_if, plot):
        for name, parameter in inspect.signature(command).parameters.items():
            told.setdefault(name, set()).add((str(parameter.annotation), str(parameter.default)))
    assert {name for name, kinds in told.items() if len(kinds) > 1} == {"engine", "out"}


@pytest.mark.slow
def test_the_two_engines_agree_on_the_night_as_it_opens() -> None:
    said = flat(answer("run", "--engine", "both"))
    assert "The two engines agree" in said
    assert "hierarchical" in said


def test_a_night_is_scored_and_not_scored_again(tmp_path: Path) -> None:
    command = ("evaluate", "--contest", "west-midlands", "--model", "uniform-swing", "--orders", "1", "--draws", "100")
    said = answer(*command, "--jobs", "1", "--out", str(tmp_path))
    assert "tasks run; 0 had been done before" in flat(said)
    assert (tmp_path / "scores.parquet").exists()
    assert "## West Midlands mayor, 2024" in (tmp_path / "scoreboard.md").read_text(encoding="utf-8")
    again = flat(answer(*command, "--jobs", "1", "--out", str(tmp_path), "--page", str(tmp_path / "page.md")))
    assert again.startswith("0 tasks run; ")
    assert (tmp_path / "page.md").exists()
