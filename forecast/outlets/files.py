"""Everything that others read of one edition, as files: what the drop folder holds and the web serves."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from hashlib import sha256

from forecast.outlets.atom import Notice, write_atom
from forecast.outlets.edition import Edition, Point, iso
from forecast.outlets.nist import nist_json
from forecast.outlets.rows import rows_csv, rows_json, rows_xml
from forecast.outlets.tables import areas_csv, history_csv, names_of, probabilities_csv

__all__ = ["render_files", "render_nothing"]


def render_files(
    edition: Edition, course: Sequence[Point] = (), notices: Sequence[Notice] = (), *, address: str = "urn:count-night"
) -> Mapping[str, bytes]:
    """Each file's name and contents.

    Parameters
    ----------
    course
        The night so far, this edition's point last.
    notices
        Entries of the Atom feed.
    address
        Where the feed will be found.
    """
    forecast, names = edition.forecast, names_of(edition)
    updated = edition.at or forecast.moment.as_of
    texts = {
        "forecast.json": forecast.to_json(),
        "rows.json": rows_json(edition),
        "rows.csv": rows_csv(edition),
        "rows.xml": rows_xml(edition),
        "probabilities.csv": probabilities_csv(course, names),
        "probabilities-long.csv": probabilities_csv(course, names, "long"),
        "areas.csv": areas_csv(edition),
        "history.csv": history_csv(course, names, test=edition.test),
        "atom.xml": write_atom(
            edition.contest, forecast.title, notices, address=address, updated=updated, test=edition.test
        ),
        "nist.json": nist_json(edition),
    }
    files = {name: text.encode() for name, text in texts.items()}
    return files | {"index.json": _index(edition, files)}


def render_nothing(contest: str, status: str, *, test: bool, label: str) -> Mapping[str, bytes]:
    """The files where nothing may be seen: an index that says why, and no other."""
    return {"index.json": _write({**_about(contest, 0, 0, status, test, label), "files": {}})}


def _index(edition: Edition, files: Mapping[str, bytes]) -> bytes:
    """What the folder holds and of which moment: a reader can check that its files belong together."""
    moment = edition.forecast.moment
    about = _about(edition.contest, edition.number, edition.sequence, edition.status, edition.test, edition.label)
    about |= {
        "as_of": iso(moment.as_of),
        "areas_declared": moment.areas_declared,
        "areas_total": moment.areas_total,
        "files": {name: sha256(data).hexdigest() for name, data in files.items()},
    }
    return _write(about)


def _about(contest: str, number: int, sequence: int, status: str, test: bool, label: str) -> dict[str, object]:
    return {
        "contest": contest,
        "number": number,
        "sequence": sequence,
        "status": status,
        "test": test,
        "label": label,
        "as_of": "",
        "areas_declared": None,
        "areas_total": None,
    }


def _write(about: Mapping[str, object]) -> bytes:
    return (json.dumps(about, indent=1) + "\n").encode()
