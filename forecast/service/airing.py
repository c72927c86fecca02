"""When a contest was on air, held or under embargo: what its journal says of that, however long ago it was."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from forecast.journal.entry import Entry, EntryKind

__all__ = ["Airing"]

NEVER = datetime.min.replace(tzinfo=UTC)


class Airing:
    """A contest's embargoes, holds and publications, folded from its entries; and what was chosen or undone.

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
        self._holds: list[tuple[int, int]] = []  # what began one, and what ended it; 0 while nothing has
        self.chosen: set[int] = set()  # decisions for what another source gave
        self.undone: dict[int, Entry] = {}  # an item's entry, and what took it back

    def follow(self, entry: Entry) -> None:
        """Fold in the next of its entries; of most kinds nothing is kept."""
        if entry.kind is EntryKind.PUBLICATION:
            self._seen.append((entry.sequence, int(entry.body["through"])))
        elif entry.kind is EntryKind.DECISION:
            self._decide(entry)
        else:
            return
        self.sequence = entry.sequence

    def is_barred(self, sequence: int, at: datetime, now: datetime) -> bool:
        """Whether an entry was made before an embargo or under it: whoever has not been told of it never is."""
        ended = self._until if self._until <= now else self._ended
        return now < self._until or sequence < self._overtaken or at < max(ended, self._ended)

    def let_out(self, correction: int, first: int, without: Sequence[tuple[int, int]] = ()) -> int | None:
        """The entry from which on the world is told that what was on air is put right; None while there is none.

        It is the correction itself, or what first put on air what is corrected, where that is later; under a hold what
        ended that.

        Parameters
        ----------
        correction, first
            The entry that puts figures right, and the first by which any of these were known.
        without
            What was put on air from one entry to before another, for each such pair, is left out.
        """
        for number, through in self._seen:
            if first <= through < correction and not any(begun <= number < ended for begun, ended in without):
                return self.not_held(max(number, correction))
        return None

    def not_held(self, sequence: int) -> int | None:
        """An entry, or what ended the hold that it came under; None while nothing has."""
        for begun, ended in reversed(self._holds):
            if begun <= sequence:
                return sequence if 0 < ended <= sequence else ended or None
        return sequence

    def _decide(self, entry: Entry) -> None:
        held = bool(self._holds) and not self._holds[-1][1]
        match entry.body.get("action"):
            case "embargo":
                self._embargo(entry)
            case "hold" if not held:
                self._holds.append((entry.sequence, 0))
            case "release" if held:
                self._holds[-1] = self._holds[-1][0], entry.sequence
            case "choose" if entry.body.get("keep") == "new":
                self.chosen.add(entry.sequence)
            case "undo":
                self.undone[int(entry.body["entry"])] = entry  # the last: one before it was a rehearsal's

    def _embargo(self, entry: Entry) -> None:
        given = entry.body.get("until")
        until = NEVER if given is None else datetime.fromisoformat(str(given))
        if entry.at < max(self._until, until):
            self._overtaken = entry.sequence
        if self._until <= entry.at:
            self._ended = max(self._ended, self._until)
        self._until = until if entry.at < until else NEVER
