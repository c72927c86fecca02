"""When a contest was on air and when under embargo: what its journal says of that, however long ago it was."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from forecast.journal.entry import Entry, EntryKind

__all__ = ["FOLDED", "Airing"]

FOLDED = (EntryKind.DECISION, EntryKind.PUBLICATION)
NEVER = datetime.min.replace(tzinfo=UTC)


class Airing:
    """A contest's embargoes and publications, folded from its entries.

    Parameters
    ----------
    until
        When the embargo ends that it is served under from the first; None without one.
    """

    def __init__(self, until: datetime | None = None) -> None:
        self.sequence = 0
        self._until = until or NEVER
        self._ended = NEVER  # the latest embargo that ended by the clock
        self._overtaken = 0  # the latest entry that began an embargo, or ended one before its time
        self._seen: list[tuple[int, int]] = []  # each publication, and the last entry that its forecast saw

    def follow(self, entries: Iterable[Entry]) -> None:
        """Fold in more of its entries of the kinds in `FOLDED`, in their order."""
        for entry in entries:
            self.sequence = entry.sequence
            if entry.kind is EntryKind.PUBLICATION:
                self._seen.append((entry.sequence, int(entry.body["through"])))
            elif entry.body.get("action") == "embargo":
                self._decide(entry)

    def is_barred(self, sequence: int, at: datetime, now: datetime) -> bool:
        """Whether an entry was made before an embargo or under it: whoever has not been told of it never is."""
        ended = self._until if self._until <= now else self._ended
        return now < self._until or sequence < self._overtaken or at < max(ended, self._ended)

    def seen_before(self, publication: int, without: Sequence[tuple[int, int]] = ()) -> int | None:
        """The last entry seen by the forecast that was on air before a publication; None where none was.

        Parameters
        ----------
        without
            What was put on air from one entry to before another, for each such pair, is left out.
        """
        for number, through in reversed(self._seen[: bisect_left(self._seen, (publication, 0))]):
            if not any(begun <= number < ended for begun, ended in without):
                return through
        return None

    def _decide(self, entry: Entry) -> None:
        given = entry.body.get("until")
        until = NEVER if given is None else datetime.fromisoformat(str(given))
        if entry.at < max(self._until, until):
            self._overtaken = entry.sequence
        if self._until <= entry.at:
            self._ended = max(self._ended, self._until)
        self._until = until if entry.at < until else NEVER
