"""Reading the log of news: whatever stands in a line, the rest of the night is read."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_contest import small_contest

from forecast.declaration import Declaration, Kind, news_until, parse_news, read_news
from forecast.errors import Defect

CONTEST = small_contest()
HEADER = "at,kind,area,ballots,rejected,valid,counted,parker,street,yakoob,source,entered_by,note"
SANDWELL = "2024-05-04T20:20+01:00,declared,sandwell,,,,,31561,18598,,BBC,desk,"
EXAMPLE = datetime(2024, 5, 4, 12, 0, tzinfo=UTC)


def read(tmp_path: Path, *lines: str, header: str = HEADER) -> tuple[tuple[Declaration, ...], tuple[Defect, ...]]:
    path = tmp_path / "news.csv"
    path.write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")
    return read_news(path, CONTEST)


def test_a_declaration_is_read_with_its_figures_time_and_place(tmp_path: Path) -> None:
    items, defects = read(tmp_path, SANDWELL)
    assert defects == ()
    assert items == (
        Declaration(
            area="sandwell",
            kind=Kind.DECLARED,
            at=datetime(2024, 5, 4, 19, 20, tzinfo=UTC),
            source="BBC",
            entered_by="desk",
            votes={"parker": 31_561, "street": 18_598},
            sequence=1,
            where="news.csv, line 2",
        ),
    )


@pytest.mark.parametrize("area", ["sandwell", "Sandwell", "E08000028", " SANDWELL "])
def test_an_area_is_known_by_id_code_or_name(tmp_path: Path, area: str) -> None:
    items, defects = read(tmp_path, f",verified,{area},66296,,,,,,,,,")
    assert defects == ()
    assert items[0].area == "sandwell"


def test_a_figure_of_the_whole_contest_is_known_by_the_contests_id(tmp_path: Path) -> None:
    items, _ = read(tmp_path, ",declared,west-midlands,601713,4737,596976,,225590,224082,69621,,,")
    assert items[0].area == CONTEST.id
    assert (items[0].ballots, items[0].rejected, items[0].valid) == (601_713, 4_737, 596_976)


def test_columns_stand_in_any_order_and_candidates_by_any_of_their_names(tmp_path: Path) -> None:
    items, defects = read(tmp_path, "18598,31561,Sandwell,declared", header="Conservatives,Richard Parker,Area,kind")
    assert defects == ()
    assert items[0].votes == {"street": 18_598, "parker": 31_561}


def test_thousands_commas_are_read(tmp_path: Path) -> None:
    items, defects = read(tmp_path, ',declared,sandwell,"66,296",,,,"31,561","18,598",,,,')
    assert defects == ()
    assert (items[0].ballots, items[0].votes["parker"]) == (66_296, 31_561)


def test_a_share_counted_is_read(tmp_path: Path) -> None:
    assert read(tmp_path, ",partial,sandwell,,,,0.85,20000,10000,,,,")[0][0].counted == 0.85


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (
            ",declared,Sandwel,,,,,1,2,,,,",
            'news.csv, line 2: no area "Sandwel" in west-midlands. Did you mean "Sandwell"?',
        ),
        (",declred,sandwell,,,,,1,2,,,,", 'news.csv, line 2: no kind of news "declred". Did you mean "declared"?'),
        (
            ",declared,sandwell,,,,,31561.5,2,,,,",
            'news.csv, line 2: parker "31561.5" is not a whole number of votes. Write it like 12345 or 12,345.',
        ),
        (
            ",declared,sandwell,,,,,-16022,2,,,,",
            'news.csv, line 2: parker "-16022" is not a whole number of votes. Write it like 12345 or 12,345.',
        ),
        (
            ",declared,sandwell,,,,,many,2,,,,",
            'news.csv, line 2: parker "many" is not a whole number of votes. Write it like 12345 or 12,345.',
        ),
        (
            ',verified,sandwell,"6,62,96",,,,,,,,,',
            'news.csv, line 2: ballots "6,62,96" is not a whole number of votes. Write it like 12345 or 12,345.',
        ),
        (
            "2024-05-04T16:13,verified,sandwell,66296,,,,,,,,,",
            (
                'news.csv, line 2: the time "2024-05-04T16:13" does not say in which time zone it is. '
                "Write 2024-05-04T16:13+01:00."
            ),
        ),
        (
            "teatime,verified,sandwell,66296,,,,,,,,,",
            'news.csv, line 2: "teatime" is not a time. Write 2024-05-04T16:13+01:00, or leave it blank.',
        ),
        (
            ",partial,sandwell,,,,85%,1,2,,,,",
            'news.csv, line 2: counted "85%" is not a share between 0 and 1. Write 85 per cent as 0.85.',
        ),
        (
            ',verified,sandwell,"66296,,,,,,,,,',
            "news.csv, line 2: has a quotation mark that is left open. Close it; an item of news is one line.",
        ),
        (
            ",declared,sandwell,,,,,31,561,18,598,,,,",
            "news.csv, line 2: 15 cells where there are 13 columns. Write a number",
        ),
        (",declared,sandwell,,,,,31,561,18,598,BBC,desk", 'news.csv, line 2: the source is a number, "598".'),
        (",declared,,,,,,1,2,,,,", "news.csv, line 2: it does not say which area."),
    ],
)
def test_a_malformed_line_is_a_defect_and_the_rest_is_read(tmp_path: Path, line: str, message: str) -> None:
    items, defects = read(tmp_path, line, SANDWELL)
    assert [item.area for item in items] == ["sandwell"]
    assert (items[0].sequence, items[0].where) == (2, "news.csv, line 3")
    assert [str(defect)[: len(message)] for defect in defects] == [message]


@pytest.mark.parametrize("end", ["\n", "\r\n", ",\n", ","])
def test_a_last_line_that_was_cut_off_is_refused_as_its_last_figure_may_lack_digits(end: str) -> None:
    """Dudley's 24,807 as 248; with a line end, or with all its columns, it stands as it is given."""
    header, line = "kind,area,parker,street", "declared,dudley,248"
    items, defects = parse_news(f"{header}\n{line}".encode(), small_contest(), name="news.csv")
    assert not items
    said = "news.csv, line 2: stops after 3 of 4 columns without a line end: it was cut off. "
    assert [str(each) for each in defects] == [said + "Wait for the whole line, or end it with a line break."]
    items, defects = parse_news(f"{header}\n{line}{end}".encode(), small_contest(), name="news.csv")
    assert [item.votes for item in items] == [{"parker": 248}]
    assert not defects


def test_every_defect_of_a_line_is_found_at_once(tmp_path: Path) -> None:
    items, defects = read(tmp_path, "noon,declred,Sandwel,,,,,x,y,,,,")
    assert items == ()
    assert len(defects) == 5


def test_a_candidate_nobody_knows_is_a_defect_and_the_others_are_read(tmp_path: Path) -> None:
    items, defects = read(tmp_path, "declared,sandwell,31561,18598", header="kind,area,parkr,street")
    assert items[0].votes == {"street": 18_598}
    assert defects == (
        Defect(
            "news.csv, line 1",
            'no column or candidate "parkr" in west-midlands; its figures are not read.',
            'Did you mean "parker"?',
        ),
    )


def test_two_columns_for_one_candidate_cannot_be_read(tmp_path: Path) -> None:
    items, defects = read(tmp_path, "declared,sandwell,31561,31561", header="kind,area,parker,Richard Parker")
    assert items == ()
    assert [defect.what for defect in defects] == ['the column "parker" is there twice.']


def test_a_log_without_its_columns_says_which_are_missing(tmp_path: Path) -> None:
    items, defects = read(tmp_path, "declared;sandwell", header="kind;area")
    assert items == ()
    assert 'there is no column "area", so no line can be read.' in [defect.what for defect in defects]


def test_a_log_that_is_missing_or_empty_is_a_defect(tmp_path: Path) -> None:
    assert "cannot be read" in read_news(tmp_path / "none.csv", CONTEST)[1][0].what
    (tmp_path / "empty.csv").write_text("\n \n")
    assert read_news(tmp_path / "empty.csv", CONTEST)[1][0].what == "is empty."


def test_a_file_saved_by_a_spreadsheet_is_read(tmp_path: Path) -> None:
    path = tmp_path / "news.csv"
    path.write_bytes(b"\xef\xbb\xbf" + f"{HEADER}\r\n{SANDWELL}\r\n,,,,,,,,,,,,\r\n".encode())
    items, defects = read_news(path, CONTEST)
    assert (len(items), defects) == (1, ())


def test_a_line_in_another_encoding_is_a_defect(tmp_path: Path) -> None:
    path = tmp_path / "news.csv"
    path.write_bytes(f"{HEADER}\n{SANDWELL}Siôn\n".encode("cp1252") + SANDWELL.encode())
    items, defects = read_news(path, CONTEST)
    assert len(items) == 1
    assert [defect.what for defect in defects] == ["is not in UTF-8."]


@settings(deadline=None)  # the machine may be busy
@given(st.text())
def test_no_text_stops_the_night(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    path = tmp_path_factory.getbasetemp() / "any.csv"
    path.write_bytes(f"{HEADER}\n{SANDWELL}\n".encode() + text.encode("utf-8", "replace"))
    assert read_news(path, CONTEST)[0][0].area == "sandwell"


def news(*minutes: int | None) -> tuple[Declaration, ...]:
    return tuple(
        Declaration(
            area="sandwell",
            kind=Kind.VERIFIED,
            at=None if minute is None else EXAMPLE + timedelta(minutes=minute),
            source="",
            entered_by="",
            sequence=sequence,
        )
        for sequence, minute in enumerate(minutes, start=1)
    )


def test_an_item_without_a_time_is_known_when_the_next_one_that_has_a_time_is() -> None:
    items = news(None, 10, None, None, 20, None)
    known = [[item.sequence for item in news_until(items, EXAMPLE + timedelta(minutes=m))] for m in (9, 10, 19, 20, 99)]
    assert known == [[], [1, 2], [1, 2], [1, 2, 3, 4, 5], [1, 2, 3, 4, 5]]


def test_an_item_entered_late_is_known_from_its_own_time() -> None:
    items = news(30, 10)
    assert [item.sequence for item in news_until(items, EXAMPLE + timedelta(minutes=15))] == [2]
