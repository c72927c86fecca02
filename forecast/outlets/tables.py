"""Tables for chart tools that pull a CSV from an address: who wins, through the night, and where."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

from forecast.outlets.edition import Edition, Point, iso, mark, show_probability
from forecast.outlets.rows import write_table

__all__ = ["areas_csv", "history_csv", "probabilities_csv"]

Names = Sequence[tuple[str, str]]  # each candidate's id and name, in the order of the columns

AREA_COLUMNS = (
    "sequence",
    "as_of",
    "status",
    "areas_declared",
    "areas_total",
    "id",
    "code",
    "name",
    "state",
    "electorate",
    "ballots",
    "valid",
    "turnout",
    "ahead",
    "lead_votes",
    "lead",
    "lead_lower_90",
    "lead_upper_90",
)
HISTORY_COLUMNS = ("number", "at", "areas_declared", "latest", "rating", "ahead", "probability", "change")


def names_of(edition: Edition) -> Names:
    """Each candidate's id and name."""
    return tuple((each.id, edition.say(each.name)) for each in edition.forecast.candidates)


def probabilities_csv(points: Iterable[Point], names: Names, shape: Literal["wide", "long"] = "wide") -> str:
    """Win probabilities through the night.

    Parameters
    ----------
    points
        In the order in which they were made.
    names
        The candidates: `names_of` an edition.
    shape
        ``wide``: a row for each moment and a column for each candidate, under their names. ``long``: a row for each
        candidate at each moment.
    """
    if shape == "wide":
        header = ["at", "areas_declared", *(name for _, name in names)]
        return write_table(header, ([*_when(each), *(_shown(each, key) for key, _ in names)] for each in points))
    rows = ([*_when(each), key, name, _shown(each, key)] for each in points for key, name in names)
    return write_table(["at", "areas_declared", "id", "name", "probability"], rows)


def history_csv(points: Iterable[Point], names: Names, *, test: bool = False) -> str:
    """The night in a row a moment: who was ahead, by which probability, and what had just come in.

    ``change`` is that of the one ahead since the moment before.
    """
    return write_table(HISTORY_COLUMNS, _history(points, dict(names), test))


def areas_csv(edition: Edition) -> str:
    """A row for each area: what is known of it and what is expected. Shares and leads are 0-1."""
    return write_table(AREA_COLUMNS, _areas(edition))


def _when(point: Point) -> list[object]:
    return [iso(point.at), point.areas_declared]


def _shown(point: Point, candidate: str) -> float | None:
    probability = point.probabilities.get(candidate)
    return None if probability is None else show_probability(probability, point.decided)


def _history(points: Iterable[Point], names: dict[str, str], test: bool) -> Iterator[list[object]]:
    before: Point | None = None
    for point in points:
        if not point.probabilities:
            continue
        ahead = max(point.probabilities, key=lambda each: point.probabilities[each])
        now, then = _shown(point, ahead), None if before is None else _shown(before, ahead)
        change = None if now is None or then is None else round(now - then, 6)
        latest, rating = mark(point.latest, test), mark(point.rating, test)
        yield [
            point.number, iso(point.at), point.areas_declared, latest, rating, names.get(ahead, ahead), now, change
        ]  # fmt: skip
        before = point


def _areas(edition: Edition) -> Iterator[list[object]]:
    forecast, moment = edition.forecast, edition.forecast.moment
    names = dict(names_of(edition))
    for area in forecast.areas:
        ahead = max(area.share, key=lambda each: area.share[each].median)
        interval = next(each for each in area.lead.intervals if each.level == 0.9)
        yield [
            edition.sequence,
            iso(moment.as_of),
            edition.status,
            moment.areas_declared,
            moment.areas_total,
            area.id,
            area.code,
            edition.say(area.name),
            area.status,
            area.electorate,
            area.ballots,
            round(area.valid.median),
            None if area.turnout is None else area.turnout.median,
            names[ahead],
            round(area.lead_votes.median),
            area.lead.median,
            interval.lower,
            interval.upper,
        ]
