"""Readers of news: real figures through every format, and anything at all without an exception."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from press_made import NAMES, RESULT, message

from forecast.contests.catalogue import find_contest
from forecast.declaration import Kind, read_news
from forecast.errors import NewsError
from forecast.feeds.csv_news import read_csv_news
from forecast.feeds.ids import Ids, read_ids
from forecast.feeds.json_news import read_json_news
from forecast.feeds.markup import read_xml
from forecast.feeds.nist import read_nist
from forecast.feeds.press import read_press
from forecast.feeds.readers import Piece, Reader, read_piece, tell_format, whole_lines
from forecast.feeds.reading import MOST_BYTES, Reading
from forecast.journal.item_json import write_item

CONTEST = find_contest("west-midlands")
NEWS = CONTEST.directory / "news.csv"
ITEMS, _ = read_news(NEWS, CONTEST)
SHIPPED = [write_item(item) for item in ITEMS]


def given_by(reading: Reading) -> list[dict[str, Any]]:
    assert reading.defects == ()
    return [write_item(item) for item in reading.items]


def only(reading: Reading) -> str:
    assert reading.items == ()
    assert len(reading.defects) == 1, reading.defects
    return str(reading.defects[0])


# The real night through our own formats


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


# The press


def test_a_press_result_is_the_official_one() -> None:
    reading = read_press(message(RESULT, majority="1508"), CONTEST)
    (item,) = reading.items
    assert reading.defects == ()
    assert (item.area, item.kind, dict(item.votes)) == ("west-midlands", Kind.DECLARED, RESULT)
    assert item.at == datetime(2024, 5, 4, 19, 12, tzinfo=UTC)  # given in local time


def test_the_xmltodict_json_of_a_message_is_read_alike() -> None:
    data = message(RESULT, majority="1508")
    document = read_xml(data, "x")
    assert document["FirstPastThePostResult"]["@revision"] == "1"  # type: ignore[index]
    assert read_press(json.dumps(document).encode(), CONTEST).items == read_press(data, CONTEST).items


def test_a_single_candidate_is_read_where_json_does_not_wrap_it() -> None:
    reading = read_press(json.dumps(read_xml(message({"parker": 11_728}, name="Solihull"), "x")).encode(), CONTEST)
    assert [(item.area, dict(item.votes)) for item in reading.items] == [("solihull", {"parker": 11_728})]


def test_the_table_of_ids_comes_before_names(tmp_path: Path) -> None:
    table = tmp_path / "ids.csv"
    table.write_text("kind,theirs,ours\narea,12,sandwell\ncandidate,70,street\ncandidate,71,parker\nelection,17,\n")
    ids = read_ids(table, CONTEST)
    reading = read_press(message({"parker": 18_598, "street": 31_561}, number="12", name="Elsewhere"), CONTEST, ids=ids)
    assert [(item.area, dict(item.votes)) for item in reading.items] == [
        ("sandwell", {"street": 18_598, "parker": 31_561})
    ]


def test_a_table_of_ids_that_names_nothing_here_is_refused(tmp_path: Path) -> None:
    table = tmp_path / "ids.csv"
    table.write_text("kind,theirs,ours\narea,12,sandwel\nperson,70,street\n")
    with pytest.raises(NewsError) as raised:
        read_ids(table, CONTEST)
    assert [str(defect) for defect in raised.value.defects] == [
        'ids.csv, line 2: no area "sandwel" in west-midlands. Did you mean "Sandwell"?',
        'ids.csv, line 3: no kind of id "person". There are area, candidate, party, election.',
    ]


def test_a_name_that_is_only_like_ours_is_noted_on_the_item() -> None:
    (item,) = read_press(message({"parker": 31_561}, name="Sandwel"), CONTEST).items
    assert item.area == "sandwell"
    assert '"Sandwel" was taken for "Sandwell"' in item.note


def test_a_rush_has_no_votes_and_is_no_item() -> None:
    assert read_press(message(None, sort="FirstPastThePostRush"), CONTEST) == Reading()
    assert "is a rush but gives votes" in only(read_press(message({"parker": 5}, sort="FirstPastThePostRush"), CONTEST))


def test_a_turnout_gives_ballots_and_a_recount_no_figures() -> None:
    (turnout,) = read_press(message(None, sort="Turnout", name="Sandwell", turnout="66296"), CONTEST).items
    assert (turnout.kind, turnout.ballots, dict(turnout.votes)) == (Kind.VERIFIED, 66_296, {})
    (recount,) = read_press(message(None, sort="Recount", name="Coventry"), CONTEST).items
    assert (recount.kind, recount.area, dict(recount.votes)) == (Kind.PROVISIONAL, "coventry", {})


def test_nominations_are_not_of_the_count() -> None:
    assert read_press(message(None, sort="FirstPastThePostNominations"), CONTEST) == Reading()


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ((b'votes="225590"', b'votes="225,59O"'), "is not a whole number"),
        ((b'votes="225590"', b'votes="-1"'), "is not a whole number"),
        ((b'votes="225590"', b""), "is not given"),
        ((b'surname="Virk"', b'surname="Nobody"'), 'no candidate "Sunny Nobody"'),
        ((b'majority="1508"', b'majority="1507"'), "gives a majority of 1507, but its votes one of 1,508"),
        ((b'name="West Midlands"', b'name="West Yorkshire"'), 'no area "West Yorkshire"'),
        ((b"2024-05-02", b"2021-05-06"), "is of an election on 2021-05-06, not on 2024-05-02"),
        ((b"FirstPastThePostResult", b"Weather"), "is no press message"),
        ((b'surname="Street"', b'surname="Parker"'), "two candidates there are parker here"),
    ],
)
def test_a_message_with_one_thing_wrong_is_refused_whole(change: tuple[bytes, bytes], told: str) -> None:
    data = message(RESULT, majority="1508")
    changed = data.replace(b'firstName="Andy"', b'firstName="Richard"') if b"Street" in change[0] else data
    reading = read_press(changed.replace(*change), CONTEST)
    assert reading.items == ()
    assert told in str(reading.defects[0])


def test_an_independent_is_never_another_one_by_party() -> None:
    data = message({"parker": 10, "yakoob": 5}).replace(b"Akhmed", b"Joe").replace(b"Yakoob", b"Bloggs")
    assert 'no candidate "Joe Bloggs"' in only(read_press(data, CONTEST))


def test_a_higher_revision_wins_in_whatever_order_and_is_a_correction() -> None:
    first = message({"parker": 31_561, "street": 18_598}, name="Sandwell")
    second = message({"parker": 31_561, "street": 18_589}, name="Sandwell", revision=2)
    reader = Reader(CONTEST)
    for order in ([("a.xml", first), ("b.xml", second)], [("a.xml", second), ("b.xml", first)]):
        readings, after = reader.read([Piece(name, data) for name, data in order])
        (item,) = [item for reading in readings for item in reading.items]
        assert (item.kind, item.votes["street"]) == (Kind.CORRECTED, 18_589)
        assert after.read([Piece("late.xml", first)])[0] == (Reading(),)


def test_a_message_marked_as_a_test_stays_out_of_a_live_contest() -> None:
    piece = Piece("Mayoral_Elections_Test_result_West_Midlands_1.xml", message(RESULT))
    ((live,), _), ((test,), _) = Reader(CONTEST).read([piece]), Reader(CONTEST, test=True).read([piece])
    assert "is marked as a test" in only(live)
    assert len(test.items) == 1


# What XML can do


LAUGHS = "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 10))


@pytest.mark.parametrize(
    "doctype",
    [
        f'<!DOCTYPE r [<!ENTITY l0 "ha">{LAUGHS}]>',
        '<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/hostname">]>',
        '<!DOCTYPE r SYSTEM "http://127.0.0.1/r.dtd">',
    ],
    ids=["billion laughs", "external entity", "external DTD"],
)
def test_a_document_type_declaration_is_refused(doctype: str) -> None:
    data = f'<?xml version="1.0"?>{doctype}<FirstPastThePostResult/>'.encode()
    assert "document type declaration" in only(read_press(data, CONTEST))


def test_xml_nested_too_deeply_is_refused() -> None:
    assert "nested more than" in only(read_press(b"<a>" * 100_000, CONTEST))


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (message(RESULT)[:-30], "was cut off"),
        (message(RESULT).replace(b"Parker", b"P\xe4rker"), "is not well-formed XML"),
        (message(RESULT).replace(b"UTF-8", b"EBCDIC-9"), "encoding"),
        (b"\x00" * 10, "is not well-formed"),
        (b"", "is empty"),
        (b"x" * 50_000_000, "is 50.0 MB"),
    ],
    ids=["truncated", "wrong encoding", "unknown encoding", "zeros", "empty", "50 MB"],
)
def test_press_files_that_cannot_be_read_are_one_clear_defect(data: bytes, told: str) -> None:
    assert told in only(read_press(data, CONTEST))


def test_a_message_in_another_declared_encoding_is_read() -> None:
    data = message(RESULT).decode().replace("UTF-8", "ISO-8859-1").replace("Mayoral", "Maÿoral").encode("latin-1")
    assert len(read_press(data, CONTEST).items) == 1


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


# Anything at all


AnyReader = Callable[[bytes], Reading]
READERS: list[AnyReader] = [
    lambda data: read_csv_news(data, CONTEST),
    lambda data: read_json_news(data, CONTEST),
    lambda data: read_press(data, CONTEST, ids=Ids(parties={"*": "virk"})),
    lambda data: read_nist(data, CONTEST),
]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from([*NAMES, "sandwell"]),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.sampled_from(sorted(SHIPPED[0])), inner),
    max_leaves=12,
)


def whole(reading: Reading) -> None:
    assert all(item.area for item in reading.items)
    assert all(str(defect) for defect in reading.defects)


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=400), st.sampled_from(READERS))
def test_any_bytes_are_items_and_defects(data: bytes, reader: AnyReader) -> None:
    whole(reader(data))


@settings(max_examples=150, deadline=None)
@given(JSON, st.sampled_from(READERS[1:]))
def test_any_json_is_items_and_defects(document: object, reader: AnyReader) -> None:
    whole(reader(json.dumps(document).encode()))


MESSAGE = message(RESULT)
VALID = [NEWS.read_bytes(), json.dumps(SHIPPED).encode(), MESSAGE, json.dumps(read_xml(MESSAGE, "")).encode()]
SPOILT = (st.sampled_from(VALID), st.integers(0, 5000), st.integers(0, 60), st.binary(max_size=8))


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from(VALID), st.integers(0, 5000), st.integers(0, 60), st.binary(max_size=8), st.sampled_from(READERS)
)
def test_a_good_file_spoilt_anywhere_is_items_and_defects(
    data: bytes, start: int, length: int, put: bytes, reader: AnyReader
) -> None:
    start = start % len(data)
    whole(reader(data[:start] + put + data[start + length :]))


KEYS = [
    "FirstPastThePostResult",
    "Election",
    "Constituency",
    "Candidate",
    "Party",
    "@votes",
    "@name",
    "@date",
    "@number",
    "@revision",
    "@declarationTime",
    "@surname",
    "@type",
    "GpUnit",
    "Contest",
    "ContestSelection",
    "VoteCounts",
    "Count",
    "CandidateIds",
    "GpUnitId",
    "Type",
    "@id",
    "StartDate",
    "ExternalIdentifier",
    "BallotCounts",
    "CountStatus",
    "Text",
]
WORDS = ["ElectionResults.ElectionReport", "2024-05-02", "Sandwell", "Parker", "12", "total", "completed", "9" * 30]
SHAPED = st.recursive(
    st.sampled_from(WORDS) | st.integers() | st.none() | st.floats(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=6),
    max_leaves=25,
)


@settings(max_examples=300, deadline=None)
@given(SHAPED)
def test_documents_in_nearly_the_right_shape_are_items_and_defects(document: object) -> None:
    for reader in READERS[1:]:
        whole(reader(json.dumps(document).encode()))
    if isinstance(document, dict):
        report = document | {"@type": "ElectionResults.ElectionReport"}
        whole(read_nist(json.dumps(report).encode(), CONTEST))
        whole(read_press(json.dumps({"FirstPastThePostResult": document}).encode(), CONTEST))


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(["a.csv", "b.json", "c.xml", "d_Test_1.xml", "e"]), st.binary(max_size=200))),
    st.sampled_from(VALID),
    st.integers(0, 3000),
    st.booleans(),
)
def test_any_files_in_a_folder_are_items_and_defects(
    files: list[tuple[str, bytes]], good: bytes, cut: int, growing: bool
) -> None:
    pieces = [Piece(name, data, growing) for name, data in [*files, ("f", good[:cut])]]
    readings, _ = Reader(CONTEST).read(pieces)
    assert len(readings) == len(pieces)
    for reading in readings:
        whole(reading)


def test_nothing_larger_than_the_limit_is_parsed() -> None:
    line = b'{"kind": "verified", "area": "sandwell", "ballots": 66296}\n'
    data = line * (MOST_BYTES // len(line) + 1)
    assert "more than the 5 MB" in only(read_json_news(data, CONTEST))
