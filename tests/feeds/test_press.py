"""Press-agency messages, as XML and as the JSON of it: what is read, and what XML can do."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from press_made import message
from read_news import CONTEST, only
from six_declared import RESULT

from forecast.declaration import Kind
from forecast.errors import NewsError
from forecast.feeds.ids import read_ids
from forecast.feeds.markup import read_xml
from forecast.feeds.press import read_press
from forecast.feeds.readers import Piece, Reader
from forecast.feeds.reading import Reading


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
