"""The Scottish independence referendum of 2014, one area a council."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from document import Party, Rows, read_rows, slug, write_contest

LONDON = ZoneInfo("Europe/London")
PARTIES = (
    Party("yes", "Yes", "Yes", "", "#0067C6", (), ("Yes Scotland",)),
    Party("no", "No", "No", "", "#D6336C", (), ("Better Together",)),
)
COVARIATES = {
    "ep14_con": "european_2014_con",
    "ep14_lab": "european_2014_lab",
    "ep14_ld": "european_2014_ld",
    "ep14_ukip": "european_2014_ukip",
    "ep14_green": "european_2014_green",
    "ep14_snp": "european_2014_snp",
    "c11_degree": "census2011_degree",
    "c11_noqual": "census2011_no_qualifications",
    "c11_age18_29": "census2011_age_18_29",
    "c11_age65plus": "census2011_age_65_plus",
    "c11_owned": "census2011_owner_occupied",
}
CENSUS_KNOWN, VOTE_KNOWN = "2013-12-19", "2014-05-26"
NOTES = (
    "There is no earlier result to compare with: the level is forecast, not the swing.",
    (
        "Times are when a timed live source first reported a result, so that each area declared then or minutes before; the "
        "order among areas reported within a few minutes of each other is not known."
    ),
    "Rejected papers and ballots verified were not found by area, nor were polls looked for.",
)
SOURCES = """
# Scottish independence referendum 2014: where the numbers come from

Facts only; nothing is interpolated. Made by `make nights`, which writes every file here.

| file | what | source and check |
|---|---|---|
| `news.csv` | votes in the 32 council areas | `martamiori/indy_notionals@e8de53a:_data/2014 Independence results at the Local Authority level.xls`. Yes 1,617,989, No 2,001,926, as published |
| `news.csv`, `at` | when a timed live source, named in `source`, first reported the result: an upper bound, usually within minutes | No file of the times was found. BBC live, LSE blog, New Statesman, Tally Room, Oneindia, Spectator, freshair.org.uk, Shetland Times, insidemoray.com, Forth radio. The order fits every check found: running totals after 11 and after 12 areas, 17 of 32 at 04:43, 26 at 05:13 |
| `areas.csv` | electorates | wakeupabi.blogspot.com, 20 September 2014, which reproduces the official table; sum 4,283,392, turnouts agree |
| `areas.csv`, `european_2014_…` | shares of the valid vote at the European election of 22 May 2014, counted on 25 and 26 May | where these were copied from was not recorded; dated 26 May 2014, when the last Scottish council declared |
| `areas.csv`, `census2011_…` | shares | the census of 2011 (Open Government Licence); from which package was not recorded. Dated 19 December 2013, by when Scotland's key statistics were all out (releases 2A to 2C) |

The slopes, the SNP's share in May 2014 and owner-occupation, are a judgement and not from a source: they were named
without fitting them to these results, but by somebody who knew how the referendum ended.
"""


def make_referendum(source: Path, data: Path) -> None:
    """Write ``scottish-referendum-2014``."""
    rows = read_rows(source / "scot_indyref_2014.csv")
    facts = {
        "id": "scottish-referendum-2014",
        "election_id": "ref.scotland.2014-09-18",
        "title": "Scottish independence referendum, 18 September 2014",
        "office": "referendum",
        "polling_day=": "2014-09-18",
        "timezone": "Europe/London",
        "opens=": "{ through = 12 }",
        "slopes": ["european_2014_snp", "census2011_owner_occupied"],
        "notes": NOTES,
    }
    by_time = sorted(rows, key=lambda row: (row["reported_at"], row["area_id"]))
    tables: dict[str, Rows] = {
        "areas.csv": [area_of(row) for row in sorted(rows, key=lambda row: row["name"])],
        "news.csv": [news_of(row) for row in by_time],
    }
    rule = {"name": "referendum", "proposal": "yes"}
    known = {name: CENSUS_KNOWN if name.startswith("census") else VOTE_KNOWN for name in COVARIATES.values()}
    write_contest(data / facts["id"], facts, rule, PARTIES, tables, SOURCES, known=known)


def area_of(row: dict[str, str]) -> dict[str, str]:
    """One council area."""
    area = {"id": slug(row["name"]), "code": row["area_id"], "name": row["name"], "electorate": row["electorate"]}
    return area | {name: row[column] for column, name in COVARIATES.items()}


def news_of(row: dict[str, str]) -> dict[str, str]:
    """One declaration."""
    return {
        "at": datetime.fromisoformat(row["reported_at"]).replace(tzinfo=LONDON).isoformat(timespec="minutes"),
        "kind": "declared",
        "area": slug(row["name"]),
        "valid": row["valid_votes"],
        "yes": row["yes"],
        "no": row["no"],
        "source": row["time_source"],
        "note": "declared by then: the time is that of the first report",
    }
