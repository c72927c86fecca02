"""Press messages made of real figures: as XML, and as the xmltodict JSON of it."""

from __future__ import annotations

from collections.abc import Mapping
from xml.sax.saxutils import quoteattr

NAMES = {
    "parker": ("Richard", "Parker", "Lab", "Labour"),
    "street": ("Andy", "Street", "C", "Conservative"),
    "yakoob": ("Akhmed", "Yakoob", "Ind", "Independent"),
    "williams": ("Elaine", "Williams", "Reform", "Reform UK"),
    "harper-nunes": ("Siobhan", "Harper-Nunes", "Green", "Green"),
    "virk": ("Sunny", "Virk", "LD", "Liberal Democrat"),
}


def attributes(**given: str) -> str:
    return "".join(f" {name}={quoteattr(value)}" for name, value in given.items())


def message(
    votes: Mapping[str, int] | None,
    *,
    sort: str = "FirstPastThePostResult",
    number: str = "901",
    name: str = "West Midlands",
    revision: int = 1,
    day: str = "2024-05-02",
    **place: str,
) -> bytes:
    """One message; without votes, its candidates have none."""
    listed = "".join(
        f"<Candidate{attributes(paId=str(70 + i), firstName=first, surname=last)}>"
        f"<Party{attributes(paId=str(i), abbreviation=short, name=party)}"
        f"{attributes(votes=str(votes[key])) if votes is not None else ''}/></Candidate>"
        for i, (key, (first, last, short, party)) in enumerate(NAMES.items())
        if votes is None or key in votes
    )
    head = attributes(revision=str(revision), declarationTime="2024-05-04T20:12:00")
    election = attributes(name="Mayoral Elections", date=day, type="Mayoral", paId="17")
    constituency = attributes(number=number, name=name, **place)
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<{sort}{head}><Election{election}>'
        f"<Constituency{constituency}>{listed}</Constituency></Election></{sort}>"
    ).encode()
