"""The American presidential elections of 1980 to 2016, two parties, one area a state."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from document import Earlier, Party, Rows, read_rows, slug, write_contest

PARTIES = (
    Party("dem", "{dem}", "Democratic", "", "#1A5FB4", ("dem",), ("Democrats",)),
    Party("rep", "{rep}", "Republican", "", "#C01C28", ("rep",), ("Republicans",)),
)
NOMINEES = {
    1980: ("Jimmy Carter", "Ronald Reagan"),
    1984: ("Walter Mondale", "Ronald Reagan"),
    1988: ("Michael Dukakis", "George Bush"),
    1992: ("Bill Clinton", "George Bush"),
    1996: ("Bill Clinton", "Bob Dole"),
    2000: ("Al Gore", "George W. Bush"),
    2004: ("John Kerry", "George W. Bush"),
    2008: ("Barack Obama", "John McCain"),
    2012: ("Barack Obama", "Mitt Romney"),
    2016: ("Hillary Clinton", "Donald Trump"),
}
# Where the electors counted are not those of whole states by the votes given here.
APART = {
    1980: "New York, with 41 electors, is Jimmy Carter's here, since Ronald Reagan's votes on the Conservative Party's line are not in the source: 489 and 49 were counted.",
    1988: "One elector of West Virginia voted for Lloyd Bentsen: 426 and 111 were counted.",
    2000: "One elector of the District of Columbia abstained: 271 and 266 were counted.",
    2004: "One elector of Minnesota voted for John Edwards: 286 and 251 were counted.",
    2008: "Nebraska's second district chose Barack Obama, who has 365 officially: a whole state goes to one here.",
    2016: "Maine's second district chose Donald Trump, who has 306 pledged officially: a whole state goes to one here.",
}
STATES = "AL AK AZ AR CA CO CT DE DC FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK OR PA RI SC SD TN TX UT VT VA WA WV WI WY"
# Electors of each state in the order of STATES, from the census of the year on: 538 each time.
ELECTORS = {
    1970: "9 3 6 6 45 7 8 3 3 17 12 4 4 26 13 8 7 9 10 4 10 14 21 10 7 12 4 5 3 4 17 4 41 13 3 25 8 6 27 4 8 4 10 26 4 3 12 9 6 11 3",
    1980: "9 3 7 6 47 8 8 3 3 21 12 4 4 24 12 8 7 9 10 4 10 13 20 10 7 11 4 5 4 4 16 5 36 13 3 23 8 7 25 4 8 3 11 29 5 3 12 10 6 11 3",
    1990: "9 3 8 6 54 8 8 3 3 25 13 4 4 22 12 7 6 8 9 4 10 12 18 10 7 11 3 5 4 4 15 5 33 14 3 21 8 7 23 4 8 3 11 32 5 3 13 11 5 11 3",
    2000: "9 3 10 6 55 9 7 3 3 27 15 4 4 21 11 7 6 8 9 4 10 12 17 10 6 11 3 5 5 4 15 5 31 15 3 20 7 7 21 4 8 3 11 34 5 3 13 11 5 10 3",
    2010: "9 3 11 6 55 9 7 3 3 29 16 4 4 20 11 6 6 8 8 4 10 11 16 10 6 10 3 5 6 4 14 5 29 15 3 18 7 7 20 4 9 3 11 38 6 3 13 12 5 10 3",
}
DIVISIONS = {
    "New England": "CT ME MA NH RI VT",
    "Middle Atlantic": "NJ NY PA",
    "East North Central": "IL IN MI OH WI",
    "West North Central": "IA KS MN MO NE ND SD",
    "South Atlantic": "DE DC FL GA MD NC SC VA WV",
    "East South Central": "AL KY MS TN",
    "West South Central": "AR LA OK TX",
    "Mountain": "AZ CO ID MT NV NM UT WY",
    "Pacific": "AK CA HI OR WA",
}
SOURCES = """
# President of the United States {year}: where the numbers come from

Facts only. Made by `make nights`, which writes every file here.

| file | what | source and check |
|---|---|---|
| `news.csv`, `baseline.csv` | votes for the Democratic and the Republican candidate in {year} and {before} | MIT Election Data and Science Lab, *U.S. President 1976–2016*, doi:10.7910/DVN/42MVDX (CC0 1.0) |
| `areas.csv`, `electors` | electors of each state from the census of {census} | public record; they add up to 538, and with the votes give the count of electors by states that is known. {apart} |
| `areas.csv`, `group` | the census bureau's divisions | public record |

No order and no times of declaration were found: states stand in the order of their names, without a time, and
`contest.toml` says that the order is unknown. Electorates were not found.

In New York the source counts the votes on the two parties' own lines alone, though the same candidates also stood for
the Conservative, the Liberal or other parties there: both have more votes in the official returns.
"""


def polling_day(year: int) -> date:
    """The Tuesday after the first Monday of November."""
    monday = next(date(year, 11, day) for day in range(1, 8) if date(year, 11, day).weekday() == 0)
    return date(year, 11, monday.day + 1)


def make_presidents(source: Path, data: Path) -> None:
    """Write ``us-president-YEAR`` for each year that has one four years before it."""
    votes: dict[int, list[dict[str, str]]] = {}
    for row in read_rows(source / "us_president.csv"):
        votes.setdefault(int(row["year"]), []).append(row)
    for year in NOMINEES:
        make(year, votes[year], votes[year - 4], data)


def make(year: int, rows: list[dict[str, str]], earlier_rows: list[dict[str, str]], data: Path) -> None:
    """Write one presidential election."""
    census = max(each for each in ELECTORS if each < year - 1)
    electors = dict(zip(STATES.split(), ELECTORS[census].split(), strict=True))
    day, before = polling_day(year), polling_day(year - 4)
    apart = APART.get(year, "")
    notes = [
        "Only the votes of the two large parties are counted, and shares are of those two.",
        "Neither times nor the order of declarations were found: states stand in the order of their names.",
        *([apart] if apart else []),
    ]
    facts = {
        "id": f"us-president-{year}",
        "election_id": f"president.us.{day}",
        "title": f"President of the United States, {day.day} {day:%B %Y}",
        "office": "president",
        "polling_day=": str(day),
        "timezone": "America/New_York",
        "opens=": "{ through = 0 }",
        "order": "unknown",
        "notes": notes,
    }
    rule = {"name": "weighted areas", "weights": "electors", "majority": 270}
    earlier = Earlier(
        f"us-president-{year - 4}", f"president, {before.day} {before:%B %Y}", str(before), "weighted areas"
    )
    parties = [
        Party(each.id, name, each.party, each.party_id, each.colour, each.baseline, each.aliases)
        for each, name in zip(PARTIES, NOMINEES[year], strict=True)
    ]
    tables: dict[str, Rows] = {
        "areas.csv": [area_of(row, electors) for row in rows],
        "baseline.csv": [{"area": slug(row["state"]), "dem": row["dem"], "rep": row["rep"]} for row in earlier_rows],
        "news.csv": [news_of(row) for row in rows],
    }
    sources = SOURCES.format(year=year, before=year - 4, census=census, apart=apart)
    write_contest(data / f"us-president-{year}", facts, rule, parties, tables, sources, earlier)


def area_of(row: dict[str, str], electors: dict[str, str]) -> dict[str, str]:
    """One state."""
    code = row["state_po"]
    division = next(name for name, states in DIVISIONS.items() if code in states.split())
    return {"id": slug(row["state"]), "code": code, "name": row["state"], "group": division, "electors": electors[code]}


def news_of(row: dict[str, str]) -> dict[str, str | int]:
    """One state's result, at a time nobody gave."""
    valid = int(row["dem"]) + int(row["rep"])
    return {
        "at": "",
        "kind": "declared",
        "area": slug(row["state"]),
        "valid": valid,
        "dem": row["dem"],
        "rep": row["rep"],
    }
