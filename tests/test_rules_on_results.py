"""Every rule, proved on official results. Their sources: tests/results/SOURCES.md, and beside those written here."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from forecast.rules import (
    AreaSeats,
    ListProportional,
    Outcome,
    Plurality,
    Referendum,
    Rule,
    SupplementaryVote,
    Transfers,
    TwoRound,
)

RESULTS = Path(__file__).resolve().parent / "results"


def table(name: str) -> list[dict[str, str]]:
    with (RESULTS / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def areas(*votes: list[int]) -> np.ndarray:
    """(draw, area, candidate) of one draw."""
    return np.array(votes, dtype=float)[None]


def whole_seats(outcome: Outcome) -> list[int]:
    assert outcome.seats is not None
    assert not outcome.tied.any()
    return [int(each) for each in outcome.seats[0]]


def winner(rule: Rule, votes: np.ndarray) -> int:
    outcome = rule.elect(votes)
    assert not outcome.tied.any()
    return int(np.flatnonzero(outcome.elected[0]).item())


# Mayor of the West Midlands: Dudley and Coventry councils' notices, as in data/west-midlands/SOURCES.md.
FIRST_2017 = [216280, 210259, 30378, 29051, 24260, 5696]  # Street, Simon, Nielsen, Durnell, Burn, Stevenson
TRANSFERS_2017 = [22348, 24603, 0, 0, 0, 0]
FIRST_2021 = [299318, 244009, 35559, 21836, 13568]  # Street, Byrne, Caudwell, Wilkinson, Durnell
TRANSFERS_2021 = [15351, 23617, 0, 0, 0]
VOTES_2024 = [225590, 224082, 69621, 34471, 31036, 12176]  # Parker, Street, Yakoob, Williams, Harper-Nunes, Virk
FINAL_ROUNDS = pytest.mark.parametrize(
    ("first", "transfers", "final"),
    [(FIRST_2017, TRANSFERS_2017, [238628, 234862]), (FIRST_2021, TRANSFERS_2021, [314669, 267626])],
    ids=["2017", "2021"],
)


def test_the_west_midlands_elected_richard_parker_by_plurality_in_2024() -> None:
    assert winner(Plurality(), areas(VOTES_2024)) == 0


@FINAL_ROUNDS
def test_the_west_midlands_elected_andy_street_by_supplementary_vote(
    first: list[int], transfers: list[int], final: list[int]
) -> None:
    rule = SupplementaryVote()
    assert np.flatnonzero(rule.finalists(areas(first))).tolist() == [0, 1]
    assert [a + b for a, b in zip(first, transfers, strict=True)][:2] == final
    outcome = rule.final_round(areas(first), np.array([transfers], dtype=float))
    assert np.flatnonzero(outcome.elected[0]).tolist() == [0]


@FINAL_ROUNDS
def test_the_official_transfers_are_where_the_prior_puts_them(
    first: list[int], transfers: list[int], final: list[int]
) -> None:
    votes = np.tile(np.array(first, dtype=float), (4000, 1))
    finalists = SupplementaryVote().finalists(votes[:, None])
    drawn = Transfers().draw(votes, finalists, np.random.default_rng(1))[:, :2]
    low, high = np.quantile(drawn, [0.05, 0.95], axis=0)
    assert (low < transfers[:2]).all()
    assert (transfers[:2] < high).all()


def test_before_the_final_round_2017_was_open_and_2021_was_not() -> None:
    # In 2017 the 6,021 votes between the two were 7% of the ballots to be transferred; in 2021 55,309 were 78%.
    rule = SupplementaryVote()
    open_night = rule.elect(np.tile(areas(FIRST_2017), (4000, 1, 1)), np.random.default_rng(1))
    safe_night = rule.elect(np.tile(areas(FIRST_2021), (4000, 1, 1)), np.random.default_rng(1))
    assert 0.6 < open_night.elected[:, 0].mean() < 0.97
    assert safe_night.elected[:, 0].mean() > 0.999


def test_transfers_could_have_changed_who_was_elected() -> None:
    needed = 299318 + 15351 - 244009 + 1  # one more than Street's final round less Byrne's first preferences
    outcome = SupplementaryVote().final_round(areas(FIRST_2021), np.array([[15351.0, needed, 0.0, 0.0, 0.0]]))
    assert np.flatnonzero(outcome.elected[0]).tolist() == [1]


# President of France, first rounds: Conseil constitutionnel, decisions 2022-195 PDR and of 24 April 2002.
FRANCE_2022 = {
    "Macron": 9783058,
    "Le Pen": 8133828,
    "Mélenchon": 7712520,
    "Zemmour": 2485226,
    "Pécresse": 1679001,
    "Jadot": 1627853,
    "Lassalle": 1101387,
    "Roussel": 802422,
    "Dupont-Aignan": 725176,
    "Hidalgo": 616478,
    "Poutou": 268904,
    "Arthaud": 197094,
}


def test_macron_and_le_pen_went_through_in_2022() -> None:
    assert sum(FRANCE_2022.values()) == 35132947  # valid votes, as proclaimed
    outcome = TwoRound().elect(areas(list(FRANCE_2022.values())))
    assert outcome.through is not None
    assert [name for name, each in zip(FRANCE_2022, outcome.through[0], strict=True) if each] == ["Macron", "Le Pen"]
    assert outcome.hung.all()
    assert winner(Plurality(), areas([18768639, 13288686])) == 0


def test_drahos_was_elected_to_the_senate_in_the_first_round_of_2018() -> None:
    # Czech Senate, district 20: Czech Statistical Office, volby.cz.
    outcome = TwoRound().elect(areas([4868, 20595, 2801, 5110, 3058, 1169, 258, 1251]))
    assert np.flatnonzero(outcome.elected[0]).tolist() == [1]
    assert outcome.through is not None
    assert not outcome.through.any()


def test_scotland_voted_for_an_assembly_in_1979_and_did_not_get_it() -> None:
    # Yes 32.9% of an electorate of 3,747,112: House of Commons Library, RP 97/113; Scotland Act 1978, section 85(2).
    yes_and_no = areas([1230937, 1153502])
    assert winner(Referendum(), yes_and_no) == 0
    assert winner(Referendum(electorate=3747112, approval=0.40), yes_and_no) == 1
    assert winner(Referendum(electorate=3747112, approval=0.328), yes_and_no) == 0


def test_scotland_stayed_in_2014() -> None:
    # Electoral Commission, *Scottish Independence Referendum: report*, 2014.
    assert winner(Referendum(), areas([1617989, 2001926])) == 1


def test_too_few_hungarians_voted_in_2016() -> None:
    # Nemzeti Választási Iroda, 2 October 2016: 41.32% cast a valid vote, and half was needed.
    votes = areas([3362224, 56163])
    assert winner(Referendum(), votes) == 0
    assert winner(Referendum(electorate=8272625, turnout=0.5), votes) == 1


CANTONS = [
    "ZH",
    "BE",
    "LU",
    "UR",
    "SZ",
    "OW",
    "NW",
    "GL",
    "ZG",
    "FR",
    "SO",
    "BS",
    "BL",
    "SH",
    "AR",
    "AI",
    "SG",
    "GR",
    "AG",
    "TG",
    "TI",
    "VD",
    "VS",
    "NE",
    "GE",
    "JU",
]
HALF_VOTES = {"OW", "NW", "BS", "BL", "AR", "AI"}
IN_FAVOUR = {"ZH", "BE", "FR", "BS", "TI", "VD", "NE", "GE", "JU"}


def test_the_swiss_people_accepted_responsible_business_in_2020_and_the_cantons_did_not() -> None:
    """Federal Statistical Office: yes 1,299,173 (50.7%), no 1,261,673; cantons 8 1/2 to 12 5/2.

    Who carried each canton is official; by how much is made up, so that the country adds up to its official totals.
    """
    weights = tuple(0.5 if canton in HALF_VOTES else 1.0 for canton in CANTONS)
    votes = np.array([[60_000, 40_000] if canton in IN_FAVOUR else [40_000, 50_000] for canton in CANTONS], float)
    votes[0] += np.array([1_299_173, 1_261_673]) - votes.sum(axis=0)
    carried = sum(weight for weight, (yes, no) in zip(weights, votes, strict=True) if yes > no)
    assert (carried, sum(weights)) == (8.5, 23.0)
    assert votes.sum(axis=0).tolist() == [1_299_173, 1_261_673]
    assert winner(Referendum(), votes[None]) == 0
    assert winner(Referendum(double_majority=True, weights=weights), votes[None]) == 1


PARTIES = [
    "con",
    "lab",
    "ld",
    "ukip",
    "brexit",
    "green",
    "snp",
    "pc",
    "dup",
    "sf",
    "sdlp",
    "uup",
    "alliance",
    "other",
    "independent",
]
# Seats won: House of Commons Library, CBP-7186, CBP-7979, CBP-8749 and RP10-36. Labour's and the Conservatives' without
# the Speaker, who is among the independents.
PARLIAMENTS = {
    2010: ({"con": 306, "lab": 258, "ld": 57, "snp": 6, "pc": 3, "green": 1, "dup": 8, "sf": 5, "sdlp": 3}, "alliance"),
    2015: ({"con": 330, "lab": 232, "snp": 56, "ld": 8, "pc": 3, "ukip": 1, "green": 1, "dup": 8, "sf": 4}, "sdlp uup"),
    2017: ({"con": 317, "lab": 262, "snp": 35, "ld": 12, "pc": 4, "green": 1, "dup": 10, "sf": 7}, ""),
    2019: ({"con": 365, "lab": 202, "snp": 48, "ld": 11, "pc": 4, "green": 1, "dup": 8, "sf": 7}, "sdlp alliance"),
}
REST = {"sdlp": {2015: 3, 2019: 2}, "uup": {2015: 2}, "alliance": {2010: 1, 2019: 1}}


def general_election(year: int) -> np.ndarray:
    """(draw, area, candidate) votes; what a winner among the others had is the independents', not the others'."""
    rows = [row for row in table("general_elections.csv") if row["year"] == str(year)]
    votes = [[int(row[party] or 0) for party in PARTIES[:-1]] + [int(row["other_winner"] or 0)] for row in rows]
    for row in votes:
        row[PARTIES.index("other")] -= row[-1]
    return areas(*votes)


@pytest.mark.parametrize("year", PARLIAMENTS)
def test_the_house_of_commons_has_its_official_seats(year: int) -> None:
    main, small = PARLIAMENTS[year]
    expected = main | {party: REST[party][year] for party in small.split()}
    outcome = AreaSeats(cannot_win=(PARTIES.index("other"),)).elect(general_election(year))
    seats = {party: each for party, each in zip(PARTIES, whole_seats(outcome), strict=True) if each}
    assert seats == expected | {"independent": 650 - sum(expected.values())}
    # Only 2015 and 2019 gave a majority: 326 of 650.
    assert outcome.hung.tolist() == [year in {2010, 2017}]
    assert sum(seats.values()) == 650


def test_no_party_wins_the_speakers_seat_because_the_others_cannot() -> None:
    votes = general_election(2019)
    together = votes.copy()
    together[:, :, PARTIES.index("other")] += together[:, :, -1]
    others = AreaSeats().elect(together[:, :, :-1])
    assert whole_seats(others)[PARTIES.index("other")] == 1


# Won by states as a whole, electors as pledged: Office of the Federal Register. Faithless electors (one each in 1976,
# 1988, 2000 and 2004, seven in 2016) voted otherwise, and two states divide their votes by district: Nebraska's second
# went to Obama in 2008 (365 to 173) and Maine's second to Trump in 2016 (306 to 232).
# New York lets several parties name one candidate: its Conservatives' line, 256,131 for Reagan in 1980, is not in the
# data's Republican votes (official total 2,893,831), and decided the state.
FUSION = {(1980, "NY"): 256131}
COLLEGES = {
    1976: (297, 241),
    1980: (49, 489),
    1984: (13, 525),
    1988: (112, 426),
    1992: (370, 168),
    1996: (379, 159),
    2000: (267, 271),
    2004: (252, 286),
    2008: (364, 174),
    2012: (332, 206),
    2016: (233, 305),
}


@pytest.mark.parametrize("year", COLLEGES)
def test_the_electoral_college_votes_as_its_states_did(year: int) -> None:
    census = max(column for column in ("1972", "1984", "1992", "2004", "2012") if int(column) <= year)
    weights = {row["state"]: float(row[census]) for row in table("electoral_votes.csv")}
    assert sum(weights.values()) == 538
    rows = [row for row in table("us_president.csv") if row["year"] == str(year)]
    rule = AreaSeats(tuple(weights[row["state"]] for row in rows), name="weighted areas")
    votes = [[int(row["dem"]), int(row["rep"]) + FUSION.get((year, row["state"]), 0)] for row in rows]
    outcome = rule.elect(areas(*votes))
    assert whole_seats(outcome) == list(COLLEGES[year])
    assert outcome.elected[0].tolist() == [votes >= 270 for votes in COLLEGES[year]]


def test_the_popular_vote_was_another_in_2000_and_2016() -> None:
    for year in (2000, 2016):
        rows = [row for row in table("us_president.csv") if row["year"] == str(year)]
        assert winner(Plurality(), areas(*([int(row["dem"]), int(row["rep"])] for row in rows))) == 0


def test_four_regions_sent_their_members_to_the_european_parliament_by_dhondt() -> None:
    rows = table("european_parliament_2019.csv")
    lists = [name for name in rows[0] if name not in {"region", "figure"}]
    cannot_win = (lists.index("others"),)
    votes = [[int(row[name]) for name in lists] for row in rows if row["figure"] == "votes"]
    seats = [[int(row[name]) for name in lists] for row in rows if row["figure"] == "seats"]
    sizes = [sum(row) for row in seats]
    assert sizes == [8, 7, 10, 6]
    for region, members, size in zip(votes, seats, sizes, strict=True):
        assert whole_seats(ListProportional((size,), cannot_win=cannot_win).elect(areas(region))) == members
    together = ListProportional(tuple(sizes), tuple(range(4)), cannot_win=cannot_win).elect(areas(*votes))
    assert whole_seats(together) == np.sum(seats, axis=0).tolist()


def test_the_czech_chamber_of_2017_by_dhondt_in_fourteen_districts_with_a_threshold_of_the_country() -> None:
    rows = table("czech_chamber_2017.csv")
    lists = [name for name in rows[0] if name not in {"region", "seats"}]
    votes = [[int(row[name]) for name in lists] for row in rows]
    assert sum(map(sum, votes)) == 5060745
    rule = ListProportional(
        tuple(int(row["seats"]) for row in rows),
        tuple(range(14)),
        threshold=0.05,
        cannot_win=(lists.index("others"),),
    )
    outcome = rule.elect(areas(*votes))
    official = {"ANO": 78, "ODS": 25, "Piráti": 22, "SPD": 22, "ČSSD": 15, "KSČM": 15, "KDU-ČSL": 10, "TOP 09": 7}
    official |= {"STAN": 6, "Svobodní": 0, "Zelení": 0, "others": 0}
    assert dict(zip(lists, whole_seats(outcome), strict=True)) == official
    assert outcome.hung.all()


def test_the_czech_members_of_the_european_parliament_of_2019_by_dhondt_with_a_threshold() -> None:
    # Czech Statistical Office, volby.cz: 21 seats, 5%; the last figure is every other list together.
    lists = {"ANO": 502343, "ODS": 344885, "Piráti": 330844, "STAN": 276220, "SPD": 216718, "KDU-ČSL": 171723}
    lists |= {"KSČM": 164624, "ČSSD": 93664, "HLAS": 56449}
    votes = [*lists.values(), 2370765 - sum(lists.values())]
    outcome = ListProportional((21,), threshold=0.05, cannot_win=(9,)).elect(areas(votes))
    assert whole_seats(outcome) == [6, 4, 3, 3, 2, 2, 1, 0, 0, 0]


def test_new_zealands_parliament_of_2020_by_sainte_lague_with_a_threshold_or_an_electorate() -> None:
    # Party votes and electorates won as in mygov-nz/mygov.org.nz, src/data/election-2020.ts; seats: Electoral
    # Commission, official results of 6 November 2020: Labour 65, National 33, Green 10, ACT 10, Māori Party 2.
    lists = {"lab": 1443546, "nat": 738275, "grn": 226754, "act": 219030, "nzf": 75021, "top": 43449, "ncn": 42615}
    lists |= {"mri": 33632, "anz": 28434, "alc": 13329, "one": 8121, "vnz": 4236, "nzo": 3256, "tea": 2415}
    lists |= {"snz": 1880, "soc": 1520, "hnz": 914}
    names = list(lists)
    rule = ListProportional((120,), divisors="sainte-lague", threshold=0.05, exempt=(names.index("mri"),))
    outcome = rule.elect(areas(list(lists.values())))
    seats = {name: each for name, each in zip(names, whole_seats(outcome), strict=True) if each}
    assert seats == {"lab": 65, "nat": 33, "grn": 10, "act": 10, "mri": 2}
    assert outcome.elected[0].tolist() == [name == "lab" for name in names]


def test_norways_districts_of_2021_by_sainte_lague_from_a_first_divisor_of_1_4() -> None:
    rows = {(row["district"], row["figure"]): row for row in table("norway_2021.csv")}
    lists = [name for name in table("norway_2021.csv")[0] if name not in {"district", "figure"}]
    for district in dict.fromkeys(name for name, _ in rows):
        votes, seats, levelling = (
            np.array([int(rows[district, figure][name]) for name in lists])
            for figure in ("votes", "seats", "levelling")
        )
        size = int((seats - levelling).sum())
        rule = ListProportional((size,), divisors="sainte-lague", first_divisor=1.4)
        assert whole_seats(rule.elect(areas(votes.tolist()))) == (seats - levelling).tolist(), district
