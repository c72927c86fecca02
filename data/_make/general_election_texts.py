"""What the contests of the general elections say of themselves: notes and sources."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

CHECKED = {
    2010: "Con 10,703,654, Lab 8,606,517, LD 6,836,248, valid 29,687,604 with Thirsk and Malton, which is left out here",
    2015: "Con 11,299,609, Lab 9,347,273, UKIP 3,881,099, valid 30,697,525",
    2017: "Con 13,636,684, Lab 12,877,918, valid 32,204,184",
    2019: "Con 13,966,454, Lab 10,269,051, LD 3,696,419, valid 32,014,110",
}
SEATS = {
    2010: "306/258/57 with Thirsk and Malton, 305 of them here",
    2015: "330/232/8, SNP 56",
    2017: "317/262/12, SNP 35",
    2019: "365/202/11, SNP 48",
}
SITTING = {
    2010: "John Bercow, the Speaker, is compared with his votes as a Conservative in Buckingham in 2005, and Sylvia "
    "Hermon, independent, with hers as an Ulster Unionist in North Down.",
    2015: "The Speaker in Buckingham and Sylvia Hermon in North Down are compared with their own votes of 2010.",
    2017: "The Speaker in Buckingham and Sylvia Hermon in North Down are compared with their own votes of 2015.",
    2019: "Lindsay Hoyle, the Speaker, is compared with his votes as Labour's candidate in Chorley in 2017; the votes of "
    "2017 for the Speaker in Buckingham and for Sylvia Hermon in North Down are for people not standing now.",
}
SOURCE = "`ukparliament/psephology@774c93e:db/data/results-by-parliament/"


def notes_of(year: int) -> list[str]:
    """Sentences that a forecast of this night must carry."""
    notes = [
        (
            "Everybody outside the parties listed is added up under one heading, which cannot win a seat: only the Speaker "
            "and sitting independents who stand again are kept apart. A seat such a candidate might win is misjudged."
        ),
        SITTING[year],
    ]
    if year == 2010:
        notes += [
            (
                "Thirsk and Malton is left out: its poll was put off to 27 May 2010 after a candidate's death, so that 649 "
                "seats are counted here and 326 are a majority of 650."
            ),
            (
                "The result of 2005 is notional everywhere: estimated for the boundaries of 2010, with the Alliance Party "
                "among the others."
            ),
        ]
    if year == 2019:
        notes.append(
            "The Brexit Party is compared with UKIP's votes of 2017; what UKIP itself took in 2019 is among the others."
        )
    return notes


def sources_of(year: int, rows: Sequence[Mapping[str, str]]) -> str:
    """``SOURCES.md`` of one general election."""
    parliament = {2010: 55, 2015: 56, 2017: 57, 2019: 58}[year]
    return f"""
# General election {year}: where the numbers come from

Facts only; nothing is interpolated. {len(rows)} constituencies. Repositories are written `owner/name@commit:path`.
Made by `make nights`, which writes every file here.

| file | what | source and check |
|---|---|---|
| `news.csv` | votes, rejected papers and time of every declaration, to the minute of the local clock | {SOURCE}{parliament}` and the neighbouring parliaments: the data behind Parliament's election results site (House of Commons Library, Open Parliament Licence v3.0). Sums: {CHECKED[year]}; seats Con/Lab/LD {SEATS[year]}, all as published. `ballots` is valid and rejected added up. {TIMES[year]} Areas that declared in the same minute stand in the order of their codes: their true order is not known |
| `areas.csv` | constituencies of the boundaries of 2010, electorates on the day, regions | the same{COVARIATES[year]} |
| `baseline.csv` | {BASELINE[year]}; blank where a party had no votes, which is taken to mean that it did not stand | the same |
| `standing.csv` | who was on the ballot paper: whoever has a vote in `news.csv`. Nominations closed weeks before the night, so this was known then | derived from the result |
| `exit_poll.csv` | the broadcasters' poll of 22:00, seats | press report named in the file |

`lab` includes Labour and Co-operative candidates. `independent` holds the votes of the Speaker and of sitting
independents who won; each of them was in the House before. {SITTING[year]}
`others` is everybody without a column of their own. Party identifiers are the Electoral Commission's as
publicly known, those of Northern Ireland's parties not checked against its register; colours are the customary ones.
"""


TIMES = {
    2010: "First declarations agree with the BBC to the minute or within one.",
    2015: "The times are equal in all 650 to `daalwr/3dmap@5975d85:data/hocl-ge2015-results-summary.csv`.",
    2017: "Times and votes are equal in all 650 to `evanodell/parlitools@004b4ee:data-raw/hocl-data/`.",
    2019: "Times and votes are equal in all 650 to `evanodell/parlitools@004b4ee:data-raw/hocl-data/`.",
}
BASELINE = {
    2010: "2005, estimated for the boundaries of 2010 by Rallings and Thrasher: notional",
    2015: "2010, official",
    2017: "2015, official",
    2019: "2017, official",
}
CENSUS = (
    ". `census2011_…` shares, and people per hectare: the census of 2011, published by constituency in 2012 and 2013, as"
    " packaged in `evanodell/parlitools@004b4ee:data/census_11.rda` (Open Government Licence); none for Northern Ireland,"
    " no graduates for Scotland. Dated 19 December 2013, by when the last key statistics of Scotland were out (releases 2A to"
    " 2C, 26 September to 19 December 2013); those of England's and Wales's constituencies since 30 January 2013"
)
LEAVE = (
    ". `leave_share_2016`: the known result of the referendum where wards were published, else Hanretty's estimate"
    " (`data/leave_votes_west.rda` of the same package, MIT). Dated 17 March 2017, when his last estimates appeared in print"
    " (doi:10.1080/17457289.2017.1287081); the wards' results were published on 6 February 2017 (BBC, House of Commons Library)."
    " The package's copy was made later: that it holds these figures unrevised is its author's word"
)
COVARIATES = {2010: ". No covariates: the census of 2001 was not found for these boundaries, later ones were not known"}
COVARIATES |= {2015: CENSUS, 2017: CENSUS + LEAVE, 2019: CENSUS + LEAVE}
