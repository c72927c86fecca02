"""Whatever bytes a feed gives, they are items and defects."""

from __future__ import annotations

import json
from collections.abc import Callable

from hypothesis import given, settings
from hypothesis import strategies as st
from press_made import NAMES, message
from read_news import CONTEST, NEWS, SHIPPED, only
from six_declared import RESULT

from forecast.feeds.csv_news import read_csv_news
from forecast.feeds.ids import Ids
from forecast.feeds.json_news import read_json_news
from forecast.feeds.markup import read_xml
from forecast.feeds.nist import read_nist
from forecast.feeds.press import read_press
from forecast.feeds.readers import Piece, Reader
from forecast.feeds.reading import MOST_BYTES, Reading

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
