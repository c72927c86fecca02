"""The quick count of Mexico's presidential election of 2018, one area a polling station of the sample."""

from __future__ import annotations

from pathlib import Path

from document import Party, Rows, read_rows, write_contest

PARTIES = (
    Party("amlo", "Andrés Manuel López Obrador", "Juntos Haremos Historia", "", "#A6192E", (), ("López Obrador",)),
    Party("rac", "Ricardo Anaya Cortés", "Por México al Frente", "", "#0059B3", (), ("Anaya",)),
    Party("jamk", "José Antonio Meade Kuribreña", "Todos por México", "", "#00843D", (), ("Meade",)),
    Party("others", "Everybody else and void votes", "", "", "#767676", (), ("Others",)),
)
NOTES = (
    (
        "Areas are the polling stations of the electoral institute's random sample, drawn by strata, not all the stations: "
        "their sum estimates the country and is not its result, and there is no earlier result to compare with."
    ),
    (
        "Times are when a station's report arrived; 1,468 of 7,754 had not arrived by the cut-off and stand last, without "
        "a time. Votes are those of the later count in the districts."
    ),
    (
        "The fourth column is what the station's total leaves after the three candidates: independents, candidates not "
        "registered and void votes together."
    ),
    "The electorate is blank at the 60 special stations, for voters in transit, and at three with more votes than register.",
)
SOURCES = """
# Mexico 2018, quick count: where the numbers come from

Facts only. Made by `make nights`, which writes every file here.

| file | what | source and check |
|---|---|---|
| `news.csv` | arrival time of each station's report, and its votes in the later district count | `cotecora-team-2/quickcountmx@e9bf6a6:data/arrivals_tbl.rda` (MIT). Times are taken to be UTC. 6,286 of 7,754 arrived by the cut-off; the other 1,468 follow without a time, in the order of their identifiers, and count as known only once the whole log is taken |
| `areas.csv` | stations, states (`group`), registered voters, types of station and of section | the same. 0 registered, at the 60 special stations, is written blank, as are the registers of three stations with more votes than voters registered: the parties' representatives vote where they watch. `station_…` and `section_…` are 0 or 1; the source does not say what sections 1, 2 and 3 are, so they keep their numbers, and basic stations in sections of type 1 are those with 0 everywhere. When these were first known is not in the source: their date is unknown, and no slope uses them |

Column sums over the sample: votes 2,787,457, López Obrador 1,486,617, Anaya 621,217, Meade 452,654, registered 4,402,784.
It is a stratified sample, not areas of a country: what it is for here is order, since the stations that are late differ
from those that are early. The national result was 53.19, 22.28 and 16.41 per cent of all votes (public
record, not in the source).
"""


def make_quick_count(source: Path, data: Path) -> None:
    """Write ``mexico-2018``."""
    rows = read_rows(source / "mx_pres_2018_quickcount.csv")
    facts = {
        "id": "mexico-2018",
        "election_id": "president.mexico.2018-07-01",
        "title": "President of Mexico, quick count, 1 July 2018",
        "office": "president",
        "polling_day=": "2018-07-01",
        "timezone": "America/Mexico_City",
        "opens=": "{ at = 2018-07-01T21:30:00-05:00 }",
        "notes": NOTES,
    }
    late = "9999"  # after every time there is
    by_time = sorted(rows, key=lambda row: (row["arrival_utc"] or late, row["station_id"]))
    tables: dict[str, Rows] = {
        "areas.csv": [area_of(row) for row in sorted(rows, key=lambda row: row["station_id"])],
        "news.csv": [news_of(row) for row in by_time],
    }
    rule = {"name": "plurality", "cannot_win": ["others"]}
    known = dict.fromkeys(
        (name for name in tables["areas.csv"][0] if name.startswith(("station_", "section_"))), "unknown"
    )
    write_contest(data / facts["id"], facts, rule, PARTIES, tables, SOURCES, known=known)


def area_of(row: dict[str, str]) -> dict[str, str | int]:
    """One polling station."""
    return {
        "id": row["station_id"].lower(),
        "name": row["station_id"],
        "electorate": row["registered"] if int(row["registered"]) >= int(row["votes_total"]) else "",
        "group": row["state"],
        "station_contiguous": int(row["station_type"] == "C"),
        "station_extraordinary": int(row["station_type"] == "E"),
        "station_special": int(row["station_type"] == "S"),
        "section_2": int(row["section_type"] == "2"),
        "section_3": int(row["section_type"] == "3"),
    }


def news_of(row: dict[str, str]) -> dict[str, str | int]:
    """One station's report."""
    votes = {name: int(row[name]) for name in ("amlo", "rac", "jamk")}
    total = int(row["votes_total"])
    at = f"{row['arrival_utc']}Z" if row["arrival_utc"] else ""
    counted = {**votes, "others": total - sum(votes.values())}
    return {"at": at, "kind": "declared", "area": row["station_id"].lower(), "valid": total, **counted}
