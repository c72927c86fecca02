"""The British general elections of 2010 to 2019, one area a constituency."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from document import Earlier, Party, Rows, read_rows, slug, write_contest
from general_election_texts import notes_of, sources_of

LONDON = ZoneInfo("Europe/London")
Row = Mapping[str, str]

CON = Party("con", "Conservative", "Conservative", "PP52", "#0087DC", ("con",), ("Conservatives", "Tories"))
LAB = Party("lab", "Labour", "Labour", "PP53", "#E4003B", ("lab",), ("Labour (Co-op)",))
LD = Party("ld", "Liberal Democrat", "Liberal Democrat", "PP90", "#FAA61A", ("ld",), ("Liberal Democrats", "Lib Dem"))
UKIP = Party("ukip", "UK Independence Party", "UKIP", "PP85", "#70147A", ("ukip",))
BREXIT = Party("brexit", "The Brexit Party", "Brexit Party", "PP7931", "#12B6CF", ("ukip",))
GREEN = Party("green", "Green", "Green", "PP63", "#02A95B", ("green",), ("Greens",))
SNP = Party("snp", "Scottish National Party", "SNP", "PP102", "#FDF38E", ("snp",))
PC = Party("pc", "Plaid Cymru", "Plaid Cymru", "PP77", "#005B54", ("pc",))
DUP = Party("dup", "Democratic Unionist Party", "DUP", "PP70", "#D46A4C", ("dup",))
SF = Party("sf", "Sinn Féin", "Sinn Féin", "PP39", "#326760", ("sf",))
SDLP = Party("sdlp", "Social Democratic and Labour Party", "SDLP", "PP55", "#2AA82C", ("sdlp",))
UUP = Party("uup", "Ulster Unionist Party", "UUP", "PP83", "#48A5EE", ("uup",))
ALLIANCE = Party("alliance", "Alliance", "Alliance", "PP103", "#F6CB2F", ("alliance",))
INDEPENDENT = Party("independent", "Speaker or sitting independent", "", "", "#A6A6A6", ("independent",))
OTHERS = Party("others", "Everybody else", "", "", "#767676", ("others",), ("Others",))

COVARIATES = {
    "c11_degree": "census2011_degree",
    "c11_noqual": "census2011_no_qualifications",
    "c11_age18_29": "census2011_age_18_29",
    "c11_age65plus": "census2011_age_65_plus",
    "c11_white_british": "census2011_white_british",
    "c11_muslim": "census2011_muslim",
    "c11_owned": "census2011_owner_occupied",
    "c11_social_rent": "census2011_social_rented",
    "c11_students": "census2011_students",
    "c11_routine": "census2011_routine_occupations",
    "c11_professional": "census2011_professional_occupations",
}
LEAVE_KNOWN = "2017-03-17"  # Hanretty's last estimates in print; wards' results since 6 February 2017
CENSUS_KNOWN = (
    "2013-12-19"  # Scotland's last key statistics; England's and Wales's constituencies since 30 January 2013
)


@dataclass(frozen=True, slots=True)
class Night:
    """One general election and the one before it.

    ``sitting`` is, by constituency, the column of the previous result that holds the votes of the person who now stands
    as the Speaker or as a sitting independent.
    """

    year: int
    polling_day: str
    previous_day: str
    sitting: Mapping[str, str]

    @property
    def notional(self) -> bool:
        """Whether the previous result had to be estimated for new boundaries."""
        return self.year == 2010

    @property
    def parties(self) -> tuple[Party, ...]:
        """Candidates in the order of the screen."""
        alliance = Party(**{**fields(ALLIANCE), "baseline": ()}) if self.notional else ALLIANCE
        fifth = BREXIT if self.year == 2019 else UKIP
        return CON, LAB, LD, fifth, GREEN, SNP, PC, DUP, SF, SDLP, UUP, alliance, INDEPENDENT, OTHERS


NIGHTS = (
    Night(2010, "2010-05-06", "2005-05-05", {"Buckingham": "con", "North Down": "uup"}),
    Night(2015, "2015-05-07", "2010-05-06", {"Buckingham": "independent", "North Down": "independent"}),
    Night(2017, "2017-06-08", "2015-05-07", {"Buckingham": "independent", "North Down": "independent"}),
    Night(2019, "2019-12-12", "2017-06-08", {"Chorley": "lab"}),
)


def fields(party: Party) -> dict[str, object]:
    """A party's fields by name."""
    return {name: getattr(party, name) for name in Party.__slots__}


def make_general_elections(source: Path, data: Path) -> None:
    """Write ``general-election-YEAR`` for each year."""
    covariates = {row["ons_id"]: row for row in read_rows(source / "uk_constituency_covariates_2010_boundaries.csv")}
    exit_polls = {row["election"]: row for row in read_rows(source / "uk_exit_polls.csv")}
    won_before: dict[str, int] = {}
    for night in NIGHTS:
        rows = read_rows(source / f"uk_ge_{night.year}.csv")
        night_rows = [row for row in rows if row["time_source"] != "date_only"]
        make(night, night_rows, covariates, exit_polls[night.polling_day], won_before, data)
        won_before = {row["ons_id"]: int(row["other_winner"]) for row in rows}


def make(
    night: Night,
    rows: list[dict[str, str]],
    covariates: Mapping[str, Row],
    exit_poll: Row,
    won_before: Mapping[str, int],
    data: Path,
) -> None:
    """Write one general election; ``won_before`` are the votes of the previous one's winning independents, by code."""
    name = f"general-election-{night.year}"
    day = datetime.fromisoformat(night.polling_day)
    facts = {
        "id": name,
        "election_id": f"parl.{night.polling_day}",
        "title": f"General election, {day.day} {day:%B %Y}",
        "office": "parliament",
        "polling_day=": night.polling_day,
        "timezone": "Europe/London",
        "opens=": "{ through = 100 }",
        **({"slopes": ["leave_share_2016"]} if night.year >= 2017 else {}),
        "notes": notes_of(night.year),
    }
    before = datetime.fromisoformat(night.previous_day)
    kind = " notional on the boundaries of 2010" if night.notional else ""
    label = f"general election, {before.day} {before:%B %Y}{',' * night.notional}{kind}"
    earlier = Earlier(f"general-election-{before.year}", label, night.previous_day, "seats")
    by_name = sorted(rows, key=lambda row: slug(row["name"]))
    by_time = sorted(rows, key=lambda row: (row["declared_at"], row["ons_id"]))
    tables: dict[str, Rows] = {
        "areas.csv": [area_of(row, covariates[row["ons_id"]], night.year) for row in by_name],
        "baseline.csv": [earlier_of(row, night, won_before) for row in by_name],
        "standing.csv": [{"area": slug(row["name"]), **standing_of(row, night)} for row in by_name],
        "exit_poll.csv": [exit_poll_of(exit_poll, night)],
        "news.csv": [news_of(row, night) for row in by_time],
    }
    rule = {"name": "seats", "majority": 326, "cannot_win": ["others"]}
    write_contest(
        data / name, facts, rule, night.parties, tables, sources_of(night.year, rows), earlier, known_of(night.year)
    )


def votes_of(row: Row, night: Night) -> dict[str, int]:
    """Votes by candidate, the winning independent's taken out of the others."""
    columns = [party.id for party in night.parties[:-2]]
    votes = {column: int(row[column]) for column in columns}
    winner = int(row["other_winner"])
    return votes | {"independent": winner, "others": int(row["other"]) - winner}


def standing_of(row: Row, night: Night) -> dict[str, int]:
    """Who was on the ballot paper: everybody with a vote."""
    return {candidate: int(votes > 0) for candidate, votes in votes_of(row, night).items()}


def area_of(row: Row, covariates: Row, year: int) -> dict[str, str | float]:
    """One constituency, with nothing that was not known by polling day."""
    area: dict[str, str | float] = {
        "id": slug(row["name"]),
        "code": row["ons_id"],
        "name": row["name"],
        "electorate": row["electorate"],
        "group": row["region"],
    }
    if year >= 2017:
        area["leave_share_2016"] = covariates["leave16_best"]
    if year >= 2015:
        area |= {name: share_of(covariates[column]) for column, name in COVARIATES.items()}
        area["census2011_density"] = covariates["c11_density"]
    return area


def known_of(year: int) -> dict[str, str]:
    """Day by which each covariate of `area_of` was published."""
    census = [*COVARIATES.values(), "census2011_density"] if year >= 2015 else []
    leave = {"leave_share_2016": LEAVE_KNOWN} if year >= 2017 else {}
    return leave | dict.fromkeys(census, CENSUS_KNOWN)


def share_of(percent: str) -> str:
    """A percentage as a share; blank where it is."""
    return f"{float(percent) / 100:.6g}" if percent else ""


def earlier_of(row: Row, night: Night, won_before: Mapping[str, int]) -> dict[str, str | int | None]:
    """The previous result there; blank where nobody stood.

    The votes of somebody who stands again as the Speaker or a sitting independent are compared with that person's own;
    those of one who does not stand again are ``departed``.
    """
    columns = ("con", "lab", "ld", "ukip", "green", "snp", "pc", "dup", "sf", "sdlp", "uup", "alliance")
    votes = {column: int(row[f"prev_{column}"]) for column in columns}
    winner = won_before.get(row["ons_id"], 0)
    votes |= {"independent": winner, "others": int(row["prev_other"]) - winner, "departed": 0}
    sitting = night.sitting.get(row["name"])
    if sitting and sitting != "independent":
        votes |= {"independent": votes[sitting], sitting: 0}
    elif not sitting:
        votes |= {"independent": 0, "departed": votes["independent"]}
    provenance = "notional" if night.notional else "official"
    given = {column: each or None for column, each in votes.items() if not (night.notional and column == "alliance")}
    return {"area": slug(row["name"]), **given, "provenance": provenance}


def exit_poll_of(row: Row, night: Night) -> dict[str, str | None]:
    """The broadcasters' poll of ten o'clock."""
    seats = {party: row[party] or None for party in ("con", "lab", "ld", "snp", "pc", "green")}
    fifth = {night.parties[3].id: row["ukip_brexit_reform"] or None}
    released = local(row["released_at"])
    return {"released_at": released, "source": row["source"], **seats, **fifth, "other": row["other"]}


def local(clock: str) -> str:
    """A time of the local clock with its offset."""
    return datetime.fromisoformat(clock).replace(tzinfo=LONDON).isoformat(timespec="minutes")


def news_of(row: Row, night: Night) -> dict[str, str | int | None]:
    """One declaration."""
    valid, rejected = int(row["valid_votes"]), int(row["invalid_votes"])
    return {
        "at": local(row["declared_at"]),
        "kind": "declared",
        "area": slug(row["name"]),
        "ballots": valid + rejected,
        "rejected": rejected,
        "valid": valid,
        **{candidate: votes or None for candidate, votes in votes_of(row, night).items()},
        "source": "House of Commons Library",
    }
