"""A contest is a document: what it says is read exactly, and what is wrong with it is said all at once."""

import shutil
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forecast import declaration
from forecast.contests import keys as contest_keys
from forecast.contests import tables as contest_tables
from forecast.contests.contest import Contest
from forecast.contests.files import read_contest
from forecast.contests.toml import key_lines
from forecast.errors import ContestError, Defect
from forecast.rules import Plurality, SupplementaryVote
from forecast.table import Columns

ROOT = Path(__file__).resolve().parent.parent
CASES = ROOT / "tests" / "contests"
WEST_MIDLANDS = ROOT / "data" / "west-midlands"
DEFECTS = sorted(path.name for path in CASES.iterdir() if path.name != "good")


def tiny(target: Path, case: str = "good") -> Path:
    """The good tiny contest with a case's own files in place of its, and without those the case lists as absent."""
    shutil.copytree(CASES / "good", target, dirs_exist_ok=True)
    shutil.copytree(CASES / case, target, dirs_exist_ok=True)
    absent = target / "absent.txt"
    for name in absent.read_text().split() if absent.exists() else ():
        (target / name).unlink()
    return target


@pytest.fixture(scope="module")
def west_midlands() -> Contest:
    return read_contest(WEST_MIDLANDS)


@pytest.mark.parametrize("case", DEFECTS)
def test_what_is_wrong_is_said_in_one_line_each(case: str, tmp_path: Path) -> None:
    expected = (CASES / case / "expected.txt").read_text(encoding="utf-8")
    assert "".join(f"{defect}\n" for defect in refused(tiny(tmp_path, case))) == expected


def test_every_case_that_is_not_accepted_expects_something() -> None:
    quiet = [case for case in DEFECTS if not (CASES / case / "expected.txt").read_text(encoding="utf-8")]
    assert quiet == [case for case in DEFECTS if case.startswith("accepted-")]
    assert len(DEFECTS) - len(quiet) > 60


def test_a_directory_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ContestError, match="nowhere: no such directory"):
        read_contest(tmp_path / "nowhere")


def test_the_tiny_contest_is_read_as_written(tmp_path: Path) -> None:
    contest = read_contest(tiny(tmp_path))
    assert [area.id for area in contest.areas] == ["north", "south"]
    assert [area.electorate for area in contest.areas] == [1000, 2000]
    assert contest.rule == Plurality()
    assert contest.polling_day == date(2030, 5, 2)
    assert contest.opening.through == 1
    np.testing.assert_array_equal(contest.baseline.votes, [[100, 100, np.nan], [300, 400, np.nan]])
    np.testing.assert_array_equal(contest.baseline.departed, [50, 100])
    np.testing.assert_array_equal(contest.baseline.valid, [250, 800])
    assert contest.baseline.provenance == ("official", "notional")
    np.testing.assert_array_equal(contest.standing, [[True, True, True], [True, True, False]])
    np.testing.assert_array_equal(contest.covariates["degree_share"], [0.25, np.nan])
    np.testing.assert_array_equal(contest.polls[0].shares, [0.40, 0.42, np.nan])
    assert contest.polls[0].published == date(2030, 4, 20)


def test_a_companion_follows_the_areas_order_and_leaves_unknown_times_unknown(tmp_path: Path) -> None:
    (companion,) = read_contest(tiny(tmp_path)).companions
    np.testing.assert_array_equal(companion.votes, [[105, 95, np.nan], [310, 390, np.nan]])
    assert companion.reported_at == (None, datetime(2030, 5, 2, 22, 30, tzinfo=UTC))


def test_an_exit_poll_gives_seats_and_what_it_leaves_out_is_unknown(tmp_path: Path) -> None:
    first, second = read_contest(tiny(tmp_path, "accepted-exit-poll")).exit_polls
    assert first.released_at == datetime(2030, 5, 2, 21, 0, tzinfo=UTC)
    np.testing.assert_array_equal(first.seats, [1, 1, np.nan])
    np.testing.assert_array_equal(second.seats, [np.nan, 2, np.nan])


def test_without_a_baseline_nothing_is_known_of_it(tmp_path: Path) -> None:
    contest = read_contest(tiny(tmp_path, "accepted-without-a-baseline"))
    assert not contest.baseline.known
    assert np.isnan(contest.baseline.votes).all()
    assert np.isnan(contest.baseline.valid).all()
    assert contest.baseline.votes.shape == contest.standing.shape
    assert contest.alternatives == ()


def test_an_alternative_baseline_is_chosen_by_its_id(tmp_path: Path) -> None:
    contest = read_contest(tiny(tmp_path), "final-2026")
    assert contest.baseline.id == "final-2026"
    assert [each.id for each in contest.alternatives] == ["first-2026"]
    np.testing.assert_array_equal(contest.baseline.votes, [[120, 110, np.nan], [350, 450, np.nan]])


def test_a_baseline_nobody_knows_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ContestError, match=r'no baseline "final-2062"\. Did you mean "final-2026"\?'):
        read_contest(tiny(tmp_path), "final-2062")


def test_departed_and_mapped_votes_are_the_valid_votes(west_midlands: Contest) -> None:
    for baseline in (west_midlands.baseline, *west_midlands.alternatives):
        np.testing.assert_array_equal(np.nansum(baseline.votes, axis=1) + baseline.departed, baseline.valid)


def test_the_west_midlands_adds_up_to_the_published_totals(west_midlands: Contest) -> None:
    # 2021: Dudley and Coventry councils; 2024: Express & Star, 4 May 2024.
    first = dict(
        zip([each.id for each in west_midlands.candidates], west_midlands.baseline.votes.sum(axis=0), strict=True)
    )
    assert np.isnan(first.pop("yakoob"))
    assert first == {"parker": 244009, "street": 299318, "harper-nunes": 35559, "virk": 21836, "williams": 13568}
    (final,) = west_midlands.alternatives
    assert final.votes[:, :2].sum(axis=0).tolist() == [267626, 314669]
    assert np.isnan(final.votes[:, 2:]).all()
    assert sum(area.electorate or 0 for area in west_midlands.areas) == 2018546


def test_sandwells_lead_in_2021_is_the_one_broadcast(west_midlands: Contest) -> None:
    sandwell = west_midlands.area_index("sandwell")
    parker, street = (west_midlands.candidate_index(name) for name in ("parker", "street"))
    votes = west_midlands.baseline.votes[sandwell]
    assert votes[parker] - votes[street] == 5171


def test_2021_elected_andy_street_from_the_contests_own_files(west_midlands: Contest) -> None:
    first = np.nansum(west_midlands.baseline.votes, axis=0, keepdims=True)
    final = np.nansum(west_midlands.alternatives[0].votes, axis=0, keepdims=True)
    outcome = SupplementaryVote().final_round(first[:, None], np.where(final > 0, final - first, 0))
    assert np.flatnonzero(outcome.elected) == west_midlands.candidate_index("street")


def test_an_estimated_baseline_is_marked(west_midlands: Contest) -> None:
    marked = dict(zip([area.id for area in west_midlands.areas], west_midlands.baseline.provenance, strict=True))
    assert marked["birmingham"] == "official"
    assert marked["sandwell"] == "derived"
    assert [area for area, each in marked.items() if each == "notional"] == sorted(
        {"coventry", "dudley", "solihull", "walsall", "wolverhampton"}
    )


@pytest.mark.parametrize("name", ["sandwell", "E08000028", "e08000028", "Sandwell", " SANDWELL "])
def test_an_area_is_known_by_id_code_or_name(name: str, west_midlands: Contest) -> None:
    assert west_midlands.areas[west_midlands.area_index(name)].name == "Sandwell"


@pytest.mark.parametrize("name", ["harper-nunes", "Siobhan Harper-Nunes", "HARPER-NUNES", "greens"])
def test_a_candidate_is_known_by_id_name_or_alias(name: str, west_midlands: Contest) -> None:
    assert west_midlands.candidates[west_midlands.candidate_index(name)].id == "harper-nunes"


@pytest.mark.parametrize("name", ["", "nowhere", "Sandwel"])
def test_an_unknown_name_is_a_key_error(name: str, west_midlands: Contest) -> None:
    with pytest.raises(KeyError, match="no area"):
        west_midlands.area_index(name)
    with pytest.raises(KeyError, match="no candidate"):
        west_midlands.candidate_index(name)


def test_a_key_error_suggests_the_nearest_name(west_midlands: Contest) -> None:
    with pytest.raises(KeyError, match=r'no area "Sandwel" in west-midlands\. Did you mean "Sandwell"\?'):
        west_midlands.area_index("Sandwel")


ARRAYS: dict[str, Callable[[Contest], np.ndarray]] = {
    "baseline votes": lambda contest: contest.baseline.votes,
    "departed": lambda contest: contest.baseline.departed,
    "valid": lambda contest: contest.baseline.valid,
    "standing": lambda contest: contest.standing,
    "covariate": lambda contest: contest.covariates["leave_share_2016"],
    "poll": lambda contest: contest.polls[0].shares,
    "companion": lambda contest: contest.companions[0].votes,
}


@pytest.mark.parametrize("array", ARRAYS.values(), ids=ARRAYS)
def test_nobody_can_write_to_a_contests_arrays(array: Callable[[Contest], np.ndarray], west_midlands: Contest) -> None:
    with pytest.raises(ValueError, match="read-only"):
        array(west_midlands)[0] = 1


def test_the_digest_changes_with_any_file_it_covers_and_with_no_other(tmp_path: Path) -> None:
    before = read_contest(tiny(tmp_path)).digest
    (tmp_path / "SOURCES.md").write_text("A note.")
    assert read_contest(tmp_path).digest == before
    (tmp_path / "polls.csv").write_text((tmp_path / "polls.csv").read_text().replace("42", "41"))
    assert read_contest(tmp_path).digest != before


def test_two_copies_of_a_contest_have_one_digest(tmp_path: Path) -> None:
    assert read_contest(tiny(tmp_path / "a")).digest == read_contest(tiny(tmp_path / "b")).digest


def test_a_keys_line_is_found_in_every_kind_of_table() -> None:
    text = 'a = 1\n[b]\nc = 2\n[[d]]\ne = 3\n[[d]]\n"e" = 4\n[d.f]\ng = 5\n'
    lines = key_lines(text)
    assert lines[("a",)] == 1
    assert lines[("b", "c")] == 3
    assert lines[("d", 0, "e")] == 5
    assert lines[("d", 1, "e")] == 7
    assert lines[("d", 1, "f", "g")] == 9


FILES = sorted(path.name for path in (CASES / "good").iterdir())


def refused(directory: Path) -> tuple[Defect, ...]:
    """What is wrong with a contest; nothing where it loads."""
    try:
        read_contest(directory)
    except ContestError as error:
        return error.defects
    return ()


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from(FILES),
    st.integers(0, 400),
    st.integers(0, 12),
    st.one_of(
        st.binary(max_size=6), st.sampled_from([b",", b'"', b"\n", b"[", b"{}", b"-1", b"1e999", b"nan", b"\x00"])
    ),
)
def test_a_damaged_contest_is_read_or_refused_but_never_a_bug(
    tmp_path: Path, name: str, start: int, length: int, inserted: bytes
) -> None:
    damaged = tiny(tmp_path / "damaged")
    data = (damaged / name).read_bytes()
    (damaged / name).write_bytes(data[:start] + inserted + data[start + length :])
    defects = refused(damaged)
    assert [str(defect) for defect in defects if "\n" in str(defect)] == []
    assert defects or read_contest(damaged).areas


def documented_words() -> set[str]:
    """Every key of ``contest.toml`` and every column of the tables."""
    models = [
        each
        for each in vars(contest_keys).values()
        if isinstance(each, type) and issubclass(each, contest_keys.TomlTable)
    ]
    keys = {field.alias or name for model in models for name, field in model.model_fields.items()}
    columns = {name for each in vars(contest_tables).values() if isinstance(each, Columns) for name in each.known}
    return keys | columns | set(declaration.COLUMNS) | {kind.value for kind in declaration.Kind}


@pytest.mark.parametrize("word", sorted(documented_words()))
def test_every_key_and_column_is_documented(word: str) -> None:
    assert f"`{word}`" in (ROOT / "docs" / "contest.md").read_text(encoding="utf-8")


def test_the_words_to_document_are_found() -> None:
    assert {
        "schema",
        "takes_from",
        "through",
        "provenance",
        "reported_at",
        "entered_by",
        "withdrawn",
    } <= documented_words()
