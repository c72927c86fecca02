"""What others read: real figures come back out of every format, and public schemas hold."""

from __future__ import annotations

import csv
import io
import json
import os
import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import jsonschema_rs
import numpy as np
import polars as pl
import pytest
from night_made import AT, course, edition, items, scene, updated

from forecast.alarms.integrity import fold_admitted
from forecast.declaration import Declaration, Kind
from forecast.feeds.nist import read_nist
from forecast.feeds.readers import Piece, Reader
from forecast.outlets.atom import Told, notices_of, write_atom
from forecast.outlets.draws import draws_table, write_draws
from forecast.outlets.files import render_files
from forecast.outlets.nist import nist_json, nist_report
from forecast.outlets.rows import COLUMNS, graphic_rows, rows_csv, rows_json, rows_xml
from forecast.outlets.tables import areas_csv, history_csv, names_of, probabilities_csv

ROOT = Path(__file__).resolve().parents[2]
SCHEMAS = Path(os.environ.get("FORECAST_SCHEMAS", ROOT.parent / "shared" / "schemas"))
NIST = SCHEMAS / "nist_sp_1500_100_v2.schema.json"
BEFORE_LAST, LAST = 13, 15
ATOM = {"a": "http://www.w3.org/2005/Atom", "c": "urn:count-night:atom"}


def table(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def parse(text: str) -> ET.Element:
    return ET.fromstring(text)  # noqa: S314 - our own


# Flat rows


def test_rows_are_flat_and_have_the_same_names_in_every_format() -> None:
    given = edition(BEFORE_LAST)
    parsed = json.loads(rows_json(given))
    assert [tuple(row) for row in parsed] == [COLUMNS] * (1 + 6 + 7)
    assert all(not isinstance(value, dict | list) for row in parsed for value in row.values())
    assert tuple(table(rows_csv(given))[0]) == COLUMNS
    assert tuple(cell.tag for cell in parse(rows_xml(given))[0]) == COLUMNS


def test_the_three_formats_say_the_same() -> None:
    given = edition(BEFORE_LAST)
    texts = [["" if value is None else str(value) for value in row.values()] for row in json.loads(rows_json(given))]
    assert [list(row.values()) for row in table(rows_csv(given))] == texts
    assert [[cell.text or "" for cell in row] for row in parse(rows_xml(given))] == texts


def test_every_row_says_of_which_moment_it_is() -> None:
    for row in graphic_rows(edition(BEFORE_LAST, status="held")):
        said = (row["sequence"], row["as_of"], row["status"], row["areas_declared"], row["areas_total"])
        assert said == (23, "2024-05-04T18:57:00Z", "held", 6, 7)


def test_rows_repeat_the_votes_that_were_declared() -> None:
    rows = {row["id"]: row for row in graphic_rows(edition(BEFORE_LAST))}
    assert (rows["street"]["counted"], rows["parker"]["counted"]) == (205_484, 194_029)
    assert rows["street"]["counted_display"] == "205,484"
    assert rows["coventry"]["lead_votes"] == 32_704 - 23_237
    assert rows["coventry"]["lead_display"] == "+9,467"
    assert rows["sandwell"]["ballots"] == 66_296
    assert str(rows["sandwell"]["lead_display"]).startswith("about +")


def test_nothing_that_is_printed_is_certain_before_it_is_decided() -> None:
    for known in (0, 7, BEFORE_LAST):
        rows = [row for row in graphic_rows(edition(known)) if row["state"] != "declared"]
        assert not {row["win_display"] for row in rows} & {"0%", "100%"}
        wins = [row["win_probability"] for row in rows if row["kind"] != "contest"]
        assert all(isinstance(win, float) and 0.01 <= win <= 0.99 for win in wins)
    undecided = [point for point in course() if not point.decided]
    for row in table(probabilities_csv(undecided, names_of(edition(0)), "long")):
        assert 0.01 <= float(row["probability"]) <= 0.99


def test_the_decided_night_is_certain() -> None:
    first = graphic_rows(edition(LAST), ("candidate",))[0]
    assert (first["id"], first["win_probability"], first["win_display"], first["votes"]) == (
        "parker",
        1,
        "100%",
        225_590,
    )


def test_every_display_string_of_a_test_says_so() -> None:
    for row in graphic_rows(edition(BEFORE_LAST, test=True)):
        shown = [
            row[name] for name in COLUMNS if name.endswith(("_display", "_words")) or name in {"title", "headline"}
        ]
        assert all(str(text).startswith("TEST ") for text in shown if text)


def test_kinds_of_rows_can_be_chosen() -> None:
    assert {row["kind"] for row in graphic_rows(edition(0), ("area",))} == {"area"}


# Tables for charts


def test_wide_and_long_probabilities_are_the_same_numbers() -> None:
    names = names_of(edition(LAST))
    wide, long = (table(probabilities_csv(course(), names, shape)) for shape in ("wide", "long"))
    assert len(wide) == len(course())
    flat = [row[name] for row in wide for _, name in names]
    assert flat == [row["probability"] for row in long]
    assert wide[-1]["Richard Parker"] == "1.0"


def test_the_history_ends_with_who_won() -> None:
    rows = table(history_csv(course(), names_of(edition(LAST))))
    assert [int(row["areas_declared"]) for row in rows] == sorted(int(row["areas_declared"]) for row in rows)
    assert (rows[-1]["ahead"], rows[-1]["rating"], rows[-1]["probability"]) == ("Richard Parker", "decided", "1.0")


def test_areas_hold_what_was_declared() -> None:
    rows = {row["id"]: row for row in table(areas_csv(edition(LAST)))}
    assert rows["sandwell"]["code"] == "E08000028"
    assert int(rows["sandwell"]["lead_votes"]) == 31_561 - 18_598
    assert {row["state"] for row in rows.values()} == {"declared"}


# NIST SP 1500-100


@pytest.mark.skipif(not NIST.exists(), reason="the public schema is not here")
@pytest.mark.parametrize("known", [0, 7, BEFORE_LAST, LAST])
@pytest.mark.parametrize("test", [False, True])
def test_the_report_fits_its_public_schema(known: int, test: bool) -> None:
    validator = jsonschema_rs.validator_for(json.loads(NIST.read_text(encoding="utf-8")))
    report = json.loads(nist_json(edition(known, test=test)))
    assert [error.message for error in validator.iter_errors(report)] == []
    assert not validator.is_valid(report | {"Odds": 1})
    assert report["IsTest"] is test


def test_the_count_comes_back_in_from_the_report() -> None:
    contest = scene().contest
    for known in (7, 10, BEFORE_LAST, LAST):
        reading = read_nist(nist_json(edition(known), made_at=AT).encode(), contest)
        assert reading.defects == ()
        _, reckoning = updated(known)
        back, refused = fold_admitted(contest, reading.items)
        assert refused == ()
        for name in ("status", "ballots", "votes"):
            np.testing.assert_array_equal(getattr(back, name), getattr(reckoning.tally, name))


def test_the_whole_result_comes_back_in_from_the_report() -> None:
    reading = read_nist(nist_json(edition(LAST)).encode(), scene().contest)
    whole = next(item for item in reading.items if item.area == "west-midlands")
    official = items()[-1]
    assert (whole.kind, dict(whole.votes)) == (Kind.DECLARED, dict(official.votes))


def test_a_report_made_again_is_no_news_and_a_figure_put_back_is() -> None:
    times = [AT + timedelta(minutes=n) for n in range(4)]
    reader, given = Reader(scene().contest), []
    for known, at in zip((12, 12, 13, 12), times, strict=True):
        (reading,), reader = reader.read([Piece("report.json", nist_json(edition(known), made_at=at).encode())])
        given.append([item.area for item in reading.items])
    assert len(given[0]) == 7
    assert given[1:] == [[], ["coventry"], ["coventry"]]


def test_a_total_that_is_not_known_is_not_given() -> None:
    report: Any = nist_report(edition(14))  # all areas declared, the whole result not yet
    selections = report["Election"][0]["Contest"][0]["ContestSelection"]
    given = [each["@id"] for each in selections if any(count["GpUnitId"] == "whole" for count in each["VoteCounts"])]
    assert given == ["selection-parker", "selection-street"]


def spoil_day(report: Any) -> None:  # noqa: ANN401 - JSON
    report["Election"][0]["StartDate"] = "2021-05-06"


def spoil_contest(report: Any) -> None:  # noqa: ANN401 - JSON
    other = report["Election"][0]["Contest"][0] | {"Name": "Another", "ExternalIdentifier": []}
    report["Election"][0]["Contest"] = [other, other]


def spoil_count(report: Any) -> None:  # noqa: ANN401 - JSON
    report["Election"][0]["Contest"][0]["ContestSelection"][0]["VoteCounts"][0]["Count"] = 80251.5


def spoil_candidate(report: Any) -> None:  # noqa: ANN401 - JSON
    selection = report["Election"][0]["Contest"][0]["ContestSelection"][0]
    selection |= {"CandidateIds": [], "@id": "nobody"}


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (spoil_day, "is of 2021-05-06, not of polling day, 2024-05-02"),
        (spoil_contest, "has 0 contests that are mayor.west-midlands.2024-05-02"),
        (spoil_count, "80251.5 is not a whole number of votes"),
        (spoil_candidate, 'no candidate "nobody"'),
    ],
)
def test_a_report_that_cannot_be_placed_is_refused_whole(spoil: Any, told: str) -> None:  # noqa: ANN401
    report = json.loads(nist_json(edition(BEFORE_LAST)))
    spoil(report)
    reading = read_nist(json.dumps(report).encode(), scene().contest)
    assert reading.items == ()
    assert told in str(reading.defects[0])


# Atom


def told(*given: Declaration) -> list[Told]:
    return [Told(n, AT + timedelta(minutes=n), item) for n, item in enumerate(given, start=1)]


def feed(*given: Declaration, test: bool = False) -> ET.Element:
    notices = notices_of(scene().contest, told(*given), ())
    return parse(write_atom("wm", "The count", notices, address="https://example.org/atom.xml", updated=AT, test=test))


def found(element: ET.Element, path: str) -> str:
    return element.findtext(path, "", ATOM)


def test_the_feed_has_what_rfc_4287_asks_for() -> None:
    for root in (feed(), feed(*items())):
        for element in (root, *root.findall("a:entry", ATOM)):
            assert found(element, "a:id").startswith("urn:uuid:")
            assert found(element, "a:title")
            assert datetime.fromisoformat(found(element, "a:updated")).tzinfo is not None
        assert found(root, "a:author/a:name")
        link = root.find("a:link[@rel='self']", ATOM)
        assert link is not None
        assert link.get("href") == "https://example.org/atom.xml"
        ids = [found(entry, "a:id") for entry in root.findall("a:entry", ATOM)]
        assert len(set(ids)) == len(ids)
        assert all(found(entry, "a:content") for entry in root.findall("a:entry", ATOM))


def test_an_entry_for_each_declaration_the_latest_first() -> None:
    entries = feed(*items()).findall("a:entry", ATOM)
    titles = [found(entry, "a:title") for entry in entries]
    assert titles[0] == "Mayor of the West Midlands, 2 May 2024: declared"
    assert titles[-1] == "Solihull: declared"
    assert len(entries) == 8
    assert found(entries[-1], "a:content").startswith("Andy Street 35,289, Richard Parker 11,728. Source: BBC")


def test_a_correction_says_which_entry_it_retracts() -> None:
    sandwell = next(item for item in items() if item.area == "sandwell" and item.votes)
    corrected = Declaration("sandwell", Kind.CORRECTED, None, "desk", "", votes={"street": 18_589})
    withdrawn = Declaration("sandwell", Kind.WITHDRAWN, None, "desk", "")
    latest, middle, first = feed(sandwell, corrected, withdrawn).findall("a:entry", ATOM)
    for entry, retracted in ((middle, first), (latest, middle)):
        reference = entry.find("c:retracts", ATOM)
        assert reference is not None
        assert reference.get("ref") == found(retracted, "a:id")
        assert "retraction" in {each.get("term") for each in entry.findall("a:category", ATOM)}
    assert first.find("c:retracts", ATOM) is None


def test_a_change_of_rating_is_an_entry_and_the_same_rating_is_none() -> None:
    notices = notices_of(scene().contest, (), course())
    changes = [
        (a.rating, max(a.probabilities, key=a.probabilities.__getitem__))
        != (b.rating, max(b.probabilities, key=b.probabilities.__getitem__))
        for a, b in zip(course(), course()[1:], strict=False)
    ]
    assert len(notices) == sum(changes) > 0
    assert notices_of(scene().contest, (), [course()[0]] * 3) == ()


def test_a_test_is_marked_and_what_xml_cannot_hold_is_replaced() -> None:
    item = Declaration("sandwell", Kind.DECLARED, None, "desk\x00\x0b", "", votes={"parker": 1})
    (entry,) = feed(item, test=True).findall("a:entry", ATOM)
    assert found(entry, "a:title") == "TEST Sandwell: declared"
    assert "\ufffd" in found(entry, "a:content")


# Draws, and the files together


def test_draws_repeat_what_is_declared_and_add_up() -> None:
    _, reckoning = updated(BEFORE_LAST)
    contest = scene().contest
    read = pl.read_parquet(io.BytesIO(write_draws(reckoning.simulation, contest)))
    assert read.columns == ["draw", "area", *(each.id for each in contest.candidates)]
    assert read.height == 500 * 8
    assert read.filter(pl.col("area") == "solihull")["street"].unique().to_list() == [35_289]
    parts = read.filter(pl.col("area") != contest.id).group_by("draw").agg(pl.col("parker").sum()).sort("draw")
    assert parts["parker"].to_list() == read.filter(pl.col("area") == contest.id)["parker"].to_list()
    few = draws_table(reckoning.simulation, contest, most_rows=80)
    assert (few.height, few["draw"].min(), few["draw"].max()) == (80, 0, 499)


def test_the_files_of_an_edition_are_of_one_moment() -> None:
    files = render_files(edition(BEFORE_LAST), course(), notices_of(scene().contest, told(*items()[:13]), course()))
    index = json.loads(files["index.json"])
    assert set(index["files"]) == set(files) - {"index.json"}
    assert (index["sequence"], index["areas_declared"]) == (23, 6)
    assert json.loads(files["forecast.json"])["contest"] == "west-midlands"
    assert files["forecast.json"] == updated(BEFORE_LAST)[0].encode()


# What is documented


def test_every_column_and_file_is_documented() -> None:
    page = (ROOT / "docs" / "formats.md").read_text(encoding="utf-8")
    documented = set(re.findall(r"`([a-z_.-]+)`", page))
    assert set(COLUMNS) - documented == set()
    assert set(render_files(edition(0))) - documented == set()
