"""Our own tables and JSON read again, and files that cannot be used."""

from __future__ import annotations

import json

import pytest
from press_made import message
from read_news import CONTEST, NEWS, SHIPPED, given_by, only
from six_declared import RESULT

from forecast.feeds.csv_news import read_csv_news
from forecast.feeds.json_news import read_json_news
from forecast.feeds.markup import read_xml
from forecast.feeds.readers import Piece, read_piece, tell_format, whole_lines
from forecast.journal.item_json import write_item


def test_a_table_gives_what_the_contest_s_own_news_is() -> None:
    assert given_by(read_csv_news(NEWS.read_bytes(), CONTEST)) == SHIPPED


@pytest.mark.parametrize(
    "text",
    [json.dumps(SHIPPED), json.dumps(SHIPPED, indent=2), "\n".join(map(json.dumps, SHIPPED))],
    ids=["array", "set out", "lines"],
)
def test_json_gives_what_the_contest_s_own_news_is(text: str) -> None:
    assert given_by(read_json_news(text.encode(), CONTEST)) == SHIPPED


def test_one_item_set_out_over_lines_is_one_item() -> None:
    assert given_by(read_json_news(json.dumps(SHIPPED[-1], indent=2).encode(), CONTEST)) == SHIPPED[-1:]


def test_a_bad_line_of_json_spoils_no_other() -> None:
    text = "\n".join([json.dumps(SHIPPED[0]), '{"kind": "declared", "area": "Sandwel"}', json.dumps(SHIPPED[1])])
    reading = read_json_news(text.encode(), CONTEST, name="feed.json")
    assert [write_item(item) for item in reading.items] == SHIPPED[:2]
    assert [str(defect) for defect in reading.defects] == [
        'feed.json, line 2: no area "Sandwel" in west-midlands. Did you mean "Sandwell"?'
    ]


def test_a_key_given_twice_is_refused_and_not_half_lost() -> None:
    text = '{"kind": "declared", "area": "sandwell", "votes": {"parker": 1, "parker": 2}}'
    assert 'the key "parker" is there twice' in only(read_json_news(text.encode(), CONTEST))


# Files of another day, another contest, another encoding


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (NEWS.read_bytes().replace(b"2024-05-04", b"2021-05-08"), "is an old file"),
        (NEWS.read_text(encoding="utf-8").encode("utf-16"), "is not text in UTF-8"),
        (b"kind,area,votes\n" + b"declared,Manchester,1\n" * 500, "nothing in it can be used"),
        (b"x" * 50_000_000, "is 50.0 MB"),
        (b" \n", "is empty"),
    ],
    ids=["yesterday's", "UTF-16", "another contest's", "50 MB", "empty"],
)
def test_tables_that_cannot_be_used_are_one_clear_defect(data: bytes, told: str) -> None:
    assert told in only(read_csv_news(data, CONTEST))


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (json.dumps(SHIPPED)[:-9].encode(), "was cut off"),
        (json.dumps(SHIPPED).encode("utf-16"), "is not text in UTF-8"),
        (b"[" * 200_000, "nested too deeply"),
        (b'[{"kind": "declared", "area": "sandwell", "votes": {"parker": NaN}}]', "NaN is not a number"),
        (b"[" + b"9" * 6000 + b"]", "is not JSON that can be read"),
        (b"x" * 50_000_000, "is 50.0 MB"),
    ],
    ids=["truncated", "UTF-16", "deep", "NaN", "long number", "50 MB"],
)
def test_json_that_cannot_be_read_is_one_clear_defect(data: bytes, told: str) -> None:
    assert told in only(read_json_news(data, CONTEST))


def test_a_line_not_written_to_its_end_waits() -> None:
    text = NEWS.read_bytes().rstrip(b"\n")
    cut = text[: text.rindex(b"2024-05-04T19:57") + 60]
    data, waiting = whole_lines(Piece("news.csv", cut, growing=True))
    assert data.endswith(b"\n")
    assert "waits" in str(waiting)
    reading = read_piece(Piece("news.csv", cut, growing=True), CONTEST, "csv")
    assert len(reading.items) == cut.count(b"\n") - 1
    assert reading.defects == (waiting,)


@pytest.mark.parametrize(
    ("name", "data", "told"),
    [
        ("a.csv", NEWS.read_bytes(), "csv"),
        ("a.json", json.dumps(SHIPPED).encode(), "json"),
        ("a.json", "\n".join(map(json.dumps, SHIPPED)).encode(), "json"),
        ("a.json", json.dumps(read_xml(message(RESULT), "x")).encode(), "press"),
        ("a.xml", message(RESULT), "press"),
        ("a.json", b'{"@type": "ElectionResults.ElectionReport"}', "nist"),
    ],
)
def test_a_file_in_a_folder_shows_what_it_is(name: str, data: bytes, told: str) -> None:
    assert tell_format(Piece(name, data)) == told
