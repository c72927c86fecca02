"""Contests shaped like mayoralties: they add up to the seats they are made of, and are read back as they were."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pytest
from shipped_night import night

from forecast.alarms.integrity import admit
from forecast.check import check_contest
from forecast.contests.catalogue import find_contest
from forecast.contests.contest import Contest
from forecast.declaration import Declaration, read_news
from forecast.errors import ContestError
from forecast.pseudo import pseudo_contests, read_counties
from forecast.pseudo_files import write_pseudo
from forecast.tally import fold


def test_the_counties_are_made_of_the_constituencies_of_the_order_of_2007() -> None:
    counts = {county.name: sum(map(len, county.boroughs.values())) for county in read_counties()}
    assert counts == {
        "Greater Manchester": 27,
        "Merseyside": 15,
        "South Yorkshire": 14,
        "West Yorkshire": 22,
        "Tyne and Wear": 12,
        "West Midlands": 28,
        "London": 73,
    }
    codes = [code for county in read_counties() for each in county.boroughs.values() for code in each]
    assert len(set(codes)) == len(codes)
    london = {area.code for area in night("general-election-2015")[0].areas if area.group == "London"}
    assert london == {code for each in read_counties()[-1].boroughs.values() for code in each}


@cache
def pseudo(year: int) -> tuple[tuple[Contest, tuple[Declaration, ...]], ...]:
    contest, news, _ = night(f"general-election-{year}")
    return tuple(pseudo_contests(contest, news))


@pytest.mark.parametrize("year", [2015, 2017, 2019])
def test_pseudo_contests_add_up_to_the_seats_they_are_made_of(year: int) -> None:
    whole, _, tally = night(f"general-election-{year}")
    for county, (contest, news) in zip(read_counties(), pseudo(year), strict=True):
        assert len(contest.areas) == len(county.boroughs)
        assert admit(contest, news).refusals == ()
        folded = fold(contest, news)
        seats = [whole.area_index(code) for codes in county.boroughs.values() for code in codes]
        columns = [whole.candidate_index(each.id) for each in contest.candidates]
        np.testing.assert_array_equal(
            np.nansum(folded.votes, axis=0), np.nansum(tally.votes[np.ix_(seats, columns)], axis=0)
        )
        assert folded.valid.sum() == tally.valid[seats].sum()
        assert contest.baseline.valid.sum() == whole.baseline.valid[seats].sum()
        assert "snp" not in {each.id for each in contest.candidates}


def test_a_pseudo_borough_declares_when_its_last_seat_has() -> None:
    _, news, _ = night("general-election-2019")
    times = {item.area: item.at for item in news}
    contest, made = next(each for each in pseudo(2019) if each[0].id == "pseudo-west-midlands-2019")
    at = {item.area: item.at for item in made}
    solihull = [time for area in ("solihull", "meriden") if (time := times[area])]
    assert at["solihull"] == max(solihull)
    known = [time for time in at.values() if time]
    assert known == sorted(known)
    assert contest.opening.through == 6


def test_pseudo_contests_vary_as_the_design_measured_them() -> None:
    # docs of the model, 4.1: 10%, 50% and 90% over 21 contests of the standard deviation across boroughs
    swings, turnouts = [], []
    for year in (2015, 2017, 2019):
        for contest, news in pseudo(year):
            tally = fold(contest, news)
            con, lab = (contest.candidate_index(name) for name in ("con", "lab"))
            now, then = tally.votes / tally.valid[:, None], contest.baseline.votes / contest.baseline.valid[:, None]
            change = now - then
            swings.append(50 * np.std(change[:, con] - change[:, lab]))
            turnouts.append(np.std(np.log(tally.valid / contest.baseline.valid)))
    assert len(swings) == 21
    np.testing.assert_allclose(np.quantile(swings, [0.1, 0.5, 0.9]), [1.3, 1.9, 3.1], atol=0.3)
    np.testing.assert_allclose(np.quantile(turnouts, [0.1, 0.5, 0.9]), [0.009, 0.021, 0.032], atol=0.003)


def test_a_pseudo_contest_written_down_is_read_back_as_it_was(tmp_path: Path) -> None:
    for made, news in pseudo(2017):
        directory = write_pseudo(made, news, "general-election-2017", tmp_path / made.id)
        assert check_contest(directory).defects == ()
        contest = find_contest(str(directory))
        items, defects = read_news(directory / "news.csv", contest)
        assert defects == ()
        assert [(each.area, each.at, dict(each.votes), each.valid) for each in items] == [
            (each.area, each.at, dict(each.votes), each.valid) for each in news
        ]
        for field in ("id", "election_id", "title", "office", "rule", "slopes", "opening", "notes"):
            assert getattr(contest, field) == getattr(made, field), field
        assert [each.party for each in contest.candidates] == [each.party for each in made.candidates]
        for field in ("votes", "valid", "departed"):
            np.testing.assert_allclose(getattr(contest.baseline, field), getattr(made.baseline, field))
        np.testing.assert_array_equal(contest.standing, made.standing)
        for name, values in made.covariates.items():
            np.testing.assert_allclose(contest.covariates[name], values)


def test_a_pseudo_contest_overwrites_nothing(tmp_path: Path) -> None:
    made, news = pseudo(2017)[0]
    (tmp_path / "mine.txt").write_text("kept")
    with pytest.raises(ContestError, match="is already there"):
        write_pseudo(made, news, "general-election-2017", tmp_path)
    assert [each.name for each in tmp_path.iterdir()] == ["mine.txt"]


def test_contests_of_other_areas_make_no_pseudo_contests() -> None:
    contest, news, _ = night("scottish-referendum-2014")
    with pytest.raises(ContestError, match="has no constituency"):
        pseudo_contests(contest, news)
