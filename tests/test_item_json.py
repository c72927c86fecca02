"""An item of news as JSON: out and back unchanged, and every defect of a wrong one said at once."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_contest import small_contest

from forecast.declaration import Declaration, Kind
from forecast.errors import NewsError
from forecast.journal.item_json import read_item, write_item

CONTEST = small_contest()
FIGURE = st.none() | st.integers(0, 10**15 - 1)
# Categories of characters that text may hold; halves of characters have a test of their own.
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=60).map(str.strip)
ITEMS = st.builds(
    Declaration,
    area=st.sampled_from([*(area.id for area in CONTEST.areas), CONTEST.id]),
    kind=st.sampled_from(Kind),
    at=st.none() | st.datetimes(timezones=st.just(UTC)),
    source=TEXT,
    entered_by=TEXT,
    ballots=FIGURE,
    rejected=FIGURE,
    valid=FIGURE,
    counted=st.none() | st.floats(0, 1),
    votes=st.dictionaries(st.sampled_from([each.id for each in CONTEST.candidates]), st.integers(0, 10**9)),
    note=TEXT,
    where=st.just("item"),
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
KEYS = ["kind", "area", "at", "ballots", "rejected", "valid", "counted", "votes", "source", "entered_by", "note"]


def defects(fields: object) -> list[str]:
    with pytest.raises(NewsError) as raised:
        read_item(fields, CONTEST)
    return [str(defect) for defect in raised.value.defects]


@given(ITEMS)
def test_an_item_goes_out_and_comes_back_unchanged(item: Declaration) -> None:
    assert read_item(json.loads(json.dumps(write_item(item))), CONTEST) == item


def test_the_public_shape_is_the_one_promised() -> None:
    at = datetime(2024, 5, 4, 18, 57, tzinfo=UTC)
    item = Declaration("sandwell", Kind.DECLARED, at, "council", "Ann", ballots=66_296, votes={"parker": 33_000})
    assert write_item(item) == {
        "kind": "declared",
        "area": "sandwell",
        "at": "2024-05-04T18:57:00Z",
        "ballots": 66_296,
        "rejected": None,
        "valid": None,
        "counted": None,
        "votes": {"parker": 33_000},
        "source": "council",
        "entered_by": "Ann",
        "note": "",
    }


@pytest.mark.parametrize("area", ["sandwell", "Sandwell", " SANDWELL ", "E08000028"])
def test_an_area_is_named_by_id_code_or_name_and_a_candidate_by_id_name_or_alias(area: str) -> None:
    item = read_item({"kind": "Declared", "area": area, "votes": {"Labour": 1, "andy street": 2}}, CONTEST)
    assert (item.area, dict(item.votes), item.at) == ("sandwell", {"parker": 1, "street": 2}, None)
    assert read_item({"kind": "verified", "area": CONTEST.id.upper(), "at": "2024-05-04T19:57+01:00"}, CONTEST).at == (
        datetime(2024, 5, 4, 18, 57, tzinfo=UTC)
    )


def test_every_defect_is_said_at_once_with_what_would_mend_it() -> None:
    found = defects({"kind": "decalred", "area": "Sandwel", "at": "2024-05-04T18:57", "valid": "33,000", "nots": ""})
    assert found == [
        'item: unknown key "nots". Did you mean "note"?',
        f'item: no area "Sandwel" in {CONTEST.id}. Did you mean "Sandwell"?',
        'item: no kind of news "decalred". Did you mean "declared"?',
        'item: the time "2024-05-04T18:57" does not say in which time zone it is. Write 2024-05-04T18:57+01:00.',
        'item: valid "33,000" is not a whole number of votes. Write it as a number: 12345.',
    ]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"votes": {"parker": -1}}, "parker -1 is not a whole number of votes."),
        ({"votes": {"parker": True}}, "parker True is not a whole number of votes."),
        ({"votes": {"parker": 1.0}}, "parker 1.0 is not a whole number of votes."),
        ({"votes": {"parker": 1, "Labour": 1}}, "parker is there twice. Keep one."),
        ({"votes": {"prker": 1}}, 'Did you mean "parker"?'),
        ({"votes": [1]}, "votes are not an object of candidates and their votes."),
        ({"counted": 85}, "counted 85 is not a share between 0 and 1. Write 85 per cent as 0.85."),
        ({"counted": float("nan")}, "counted nan is not a share between 0 and 1."),
        ({"ballots": 10**15}, "is not a whole number of votes."),
        ({"source": 3}, "source is not a text."),
        ({"note": "x" * 2001}, "note is 2001 characters long, more than 2000."),
        ({"note": "\ud800"}, "note holds half a character, which nobody can show."),
        ({"at": "soon"}, 'at "soon" is not a time. Write 2024-05-04T16:13+01:00, or leave it out.'),
        ({"ballots": 10**5000}, "ballots of that length is not a whole number of votes."),
        ({"votes": {"a\nb": 1}}, 'no candidate "a b" in'),
        ({"area": None}, "it does not say which area."),
    ],
)
def test_each_defect_is_one_line(fields: dict[str, object], said: str) -> None:
    (found,) = defects({"kind": "declared", "area": "sandwell"} | fields)
    assert said in found


@given(JSON | st.dictionaries(st.sampled_from(KEYS) | st.text(), JSON, max_size=6))
def test_whatever_json_is_given_is_an_item_or_is_refused_in_words_that_can_be_sent(fields: object) -> None:
    try:
        item = read_item(fields, CONTEST)
    except NewsError as error:
        said = [str(defect).encode() for defect in error.defects]
        if not said or any(b"\n" in each for each in said):
            raise
    else:
        json.dumps(write_item(item)).encode()
        assert read_item(write_item(item), CONTEST) == item
