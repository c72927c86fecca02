"""The bank of nights: every shipped contest loads, adds up to what was published, and elects who was elected."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from shipped_night import night

from forecast.alarms.integrity import admit
from forecast.check import check_contest
from forecast.contests.catalogue import list_contests, shipped_contests
from forecast.rules import AreaSeats

GENERAL_ELECTIONS = tuple(f"general-election-{year}" for year in (2010, 2015, 2017, 2019))
PRESIDENTS = tuple(f"us-president-{year}" for year in range(1980, 2017, 4))
NIGHTS = (*GENERAL_ELECTIONS, *PRESIDENTS, "scottish-referendum-2014", "mexico-2018", "west-midlands")


def totals(name: str) -> dict[str, int]:
    contest, _, tally = night(name)
    sums = np.nansum(tally.votes, axis=0)
    return {each.id: int(votes) for each, votes in zip(contest.candidates, sums, strict=True)}


def seats(name: str) -> dict[str, float]:
    contest, _, tally = night(name)
    assert isinstance(contest.rule, AreaSeats)
    won = contest.rule.elect(np.nan_to_num(tally.votes)[None]).seats
    assert won is not None
    return {each.id: float(seats) for each, seats in zip(contest.candidates, won[0], strict=True)}


def test_the_catalogue_lists_every_night_without_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FORECAST_CONTESTS", raising=False)
    listed = {entry.id: entry.error for entry in list_contests()}
    assert {name: listed.get(name) for name in NIGHTS} == dict.fromkeys(NIGHTS, "")


@pytest.mark.parametrize("name", NIGHTS)
def test_a_shipped_night_has_no_defects_and_says_where_it_comes_from(name: str) -> None:
    report = check_contest(shipped_contests() / name)
    assert report.defects == ()
    assert report.remarks == ()


@pytest.mark.parametrize("name", [name for name in NIGHTS if name not in {"mexico-2018", "west-midlands"}])
def test_every_item_of_a_true_night_is_admitted(name: str) -> None:
    contest, news, _ = night(name)
    assert admit(contest, news).refusals == ()


@pytest.mark.parametrize("name", NIGHTS)
def test_times_never_run_backwards_and_every_area_declares_once(name: str) -> None:
    contest, news, tally = night(name)
    times = [item.at for item in news if item.at is not None]
    assert times == sorted(times)
    assert sorted(tally.order) == list(range(len(contest.areas)))


@pytest.mark.parametrize("name", [*GENERAL_ELECTIONS, "scottish-referendum-2014", "mexico-2018"])
def test_the_votes_of_every_area_are_its_valid_votes(name: str) -> None:
    _, _, tally = night(name)
    np.testing.assert_array_equal(np.nansum(tally.votes, axis=1), tally.valid)


@pytest.mark.parametrize(
    ("year", "published"),
    [  # House of Commons Library RP10-36, CBP-7186, CBP-7979, CBP-8749
        (2015, {"con": 11299609, "lab": 9347273, "ukip": 3881099}),
        (2017, {"con": 13636684, "lab": 12877918}),
        (2019, {"con": 13966454, "lab": 10269051, "ld": 3696419}),
    ],
)
def test_a_general_election_adds_up_to_the_published_votes(year: int, published: dict[str, int]) -> None:
    given = totals(f"general-election-{year}")
    assert {party: given[party] for party in published} == published


@pytest.mark.parametrize(("year", "valid"), [(2015, 30697525), (2017, 32204184), (2019, 32014110)])
def test_a_general_election_has_the_published_number_of_valid_votes(year: int, valid: int) -> None:
    assert night(f"general-election-{year}")[2].valid.sum() == valid


def test_2010_adds_up_to_the_published_votes_less_thirsk_and_malton() -> None:
    # Thirsk and Malton, 27 May 2010: Conservative 20,167, Labour 5,169, Liberal Democrat 8,886, valid 38,142
    given = totals("general-election-2010")
    assert given["con"] == 10703654 - 20167
    assert given["lab"] == 8606517 - 5169
    assert given["ld"] == 6836248 - 8886
    assert night("general-election-2010")[2].valid.sum() == 29687604 - 38142


@pytest.mark.parametrize(
    ("year", "published"),
    [  # The same; Thirsk and Malton, left out of 2010, was Conservative
        (
            2010,
            {
                "con": 305,
                "lab": 258,
                "ld": 57,
                "snp": 6,
                "dup": 8,
                "sf": 5,
                "green": 1,
                "alliance": 1,
                "independent": 2,
            },
        ),
        (
            2015,
            {"con": 330, "lab": 232, "ld": 8, "snp": 56, "ukip": 1, "green": 1, "dup": 8, "uup": 2, "independent": 2},
        ),
        (
            2017,
            {"con": 317, "lab": 262, "ld": 12, "snp": 35, "pc": 4, "dup": 10, "sf": 7, "green": 1, "independent": 2},
        ),
        (2019, {"con": 365, "lab": 202, "ld": 11, "snp": 48, "pc": 4, "dup": 8, "sf": 7, "sdlp": 2, "independent": 1}),
    ],
)
def test_a_general_election_gives_the_published_seats(year: int, published: dict[str, int]) -> None:
    won = seats(f"general-election-{year}")
    assert {party: won[party] for party in published} == published
    assert won["others"] == 0
    assert sum(won.values()) == (649 if year == 2010 else 650)


@pytest.mark.parametrize("year", [2010, 2015, 2017, 2019])
def test_nothing_of_a_general_election_was_unknown_on_its_night(year: int) -> None:
    columns = set(night(f"general-election-{year}")[0].covariates)
    assert any(name.startswith("leave_share_2016") for name in columns) == (year >= 2017)
    assert any(name.startswith("census2011") for name in columns) == (year >= 2015)
    assert not any(str(later) in name for name in columns for later in range(year, 2025))


@pytest.mark.parametrize(
    ("year", "published"),
    [  # BBC, ITV and Sky at 22:00
        (2010, {"con": 307, "lab": 255, "ld": 59}),
        (2015, {"con": 316, "lab": 239, "ld": 10, "snp": 58, "pc": 4, "green": 2, "ukip": 2}),
        (2017, {"con": 314, "lab": 266, "ld": 14, "snp": 34, "pc": 3, "green": 1, "ukip": 0}),
        (2019, {"con": 368, "lab": 191, "ld": 13, "snp": 55, "pc": 3, "green": 1, "brexit": 0}),
    ],
)
def test_the_exit_poll_is_the_broadcasters_and_was_out_before_any_result(year: int, published: dict[str, int]) -> None:
    contest, news, _ = night(f"general-election-{year}")
    (poll,) = contest.exit_polls
    given = {each.id: seats for each, seats in zip(contest.candidates, poll.seats, strict=True) if np.isfinite(seats)}
    assert given == published
    assert news[0].at is not None
    assert poll.released_at < news[0].at


def test_the_first_seat_of_2019_declared_at_2327_gmt_and_of_2017_at_2301_bst() -> None:
    first = [night(f"general-election-{year}")[1][0] for year in (2017, 2019)]
    assert [item.area for item in first] == ["newcastle-upon-tyne-central"] * 2
    assert [item.at and item.at.strftime("%H:%M") for item in first] == ["22:01", "23:27"]  # UTC


@pytest.mark.parametrize("year", [2015, 2017, 2019])
def test_a_baseline_is_the_general_election_before_it(year: int) -> None:
    before = {2015: 2010, 2017: 2015, 2019: 2017}[year]
    contest = night(f"general-election-{year}")[0]
    earlier, _, tally = night(f"general-election-{before}")
    same = [
        (place, earlier.area_index(area.code))
        for place, area in enumerate(contest.areas)
        if area.id != "thirsk-and-malton"
    ]
    here, there = (list(places) for places in zip(*same, strict=True))
    np.testing.assert_array_equal(contest.baseline.valid[here], tally.valid[there])
    assert contest.baseline.known
    assert set(contest.baseline.provenance) == {"official"}


def test_the_speaker_is_compared_with_his_own_votes() -> None:
    contest = night("general-election-2019")[0]
    chorley, buckingham = (contest.area_index(name) for name in ("chorley", "buckingham"))
    independent = contest.candidate_index("independent")
    assert contest.baseline.votes[chorley, independent] == 30745  # Lindsay Hoyle, Labour, 2017
    assert not contest.standing[buckingham, independent]
    assert contest.baseline.departed[buckingham] == 34299  # John Bercow, the Speaker, 2017


def test_scotland_voted_no_by_the_published_figures() -> None:
    contest, _, tally = night("scottish-referendum-2014")
    assert totals("scottish-referendum-2014") == {"yes": 1617989, "no": 2001926}
    assert sum(area.electorate or 0 for area in contest.areas) == 4283392
    assert not contest.baseline.known
    elected = contest.rule.elect(tally.votes[None]).elected
    assert [contest.candidates[place].id for place in np.flatnonzero(elected)] == ["no"]


def test_the_quick_count_has_the_published_sums_and_late_stations_last() -> None:
    contest, news, _ = night("mexico-2018")
    given = totals("mexico-2018")
    assert (given["amlo"], given["rac"], given["jamk"]) == (1486617, 621217, 452654)
    assert sum(given.values()) == 2787457
    timed = [item.at is not None for item in news]
    assert len(contest.areas) == 7754
    assert sum(timed) == 6286
    assert all(timed[:6286])


@pytest.mark.parametrize(
    ("year", "democratic", "republican"),
    [  # electors by the votes of whole states; officially less for electors and districts that differed
        (
            1980,
            49 + 41,
            489 - 41,
        ),  # New York, 41, as SOURCES.md says: without the Conservative line it was not Reagan's
        (1984, 13, 525),
        (1988, 112, 426),
        (1992, 370, 168),
        (1996, 379, 159),
        (2000, 267, 271),
        (2004, 252, 286),
        (2008, 364, 174),
        (2012, 332, 206),
        (2016, 233, 305),
    ],
)
def test_the_electoral_college_gives_the_known_count(year: int, democratic: int, republican: int) -> None:
    name = f"us-president-{year}"
    assert seats(name) == {"dem": democratic, "rep": republican}
    contest, _, tally = night(name)
    assert contest.order == "unknown"
    elected = contest.rule.elect(tally.votes[None]).elected[0]
    assert elected.tolist() == [democratic > republican, republican > democratic]


@pytest.mark.parametrize("year", range(1984, 2017, 4))
def test_a_presidents_baseline_is_the_election_four_years_before(year: int) -> None:
    contest, (_, _, tally) = night(f"us-president-{year}")[0], night(f"us-president-{year - 4}")
    np.testing.assert_array_equal(contest.baseline.votes, tally.votes)


def test_a_presidents_polling_day_is_the_tuesday_after_the_first_monday_of_november() -> None:
    days = [night(name)[0].polling_day for name in PRESIDENTS]
    assert [(day.month, day.weekday()) for day in days] == [(11, 1)] * 10
    assert all(2 <= day.day <= 8 for day in days)


def test_the_makers_of_the_nights_name_no_place_of_their_own() -> None:
    makers = sorted(Path(shipped_contests(), "_make").glob("*.py"))
    assert makers
    assert [path.name for path in makers if "/work" in path.read_text(encoding="utf-8")] == []
