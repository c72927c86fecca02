"""The desk's state of one contest: what has been taken in and decided, made from its journal by `folding`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from forecast.declaration import Declaration
from forecast.service.actors import person_of

__all__ = ["DeskState", "Disagreement", "Hold", "Proposal", "SignOff", "Taken"]

SIGN_OFFS = 2  # different editors before a contest is call-ready


@dataclass(frozen=True, slots=True)
class Taken:
    """An item of news that was accepted: by which entry, by whom, when, and whether it was taken back since."""

    sequence: int
    item: Declaration
    actor: str
    at: datetime
    undone: bool = False


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A figure that two sources give differently: ``standing`` is what the tally holds, ``given`` what came since."""

    area: str
    figure: str
    standing: int
    given: int
    standing_source: str
    given_source: str


@dataclass(frozen=True, slots=True)
class Proposal:
    """An item that waits for a person: for a second one to confirm it, or to choose where ``disagreements`` are.

    ``sequence`` is the entry's, and its name in decisions.
    """

    sequence: int
    item: Declaration
    actor: str
    at: datetime
    reason: str = ""
    disagreements: tuple[Disagreement, ...] = ()


@dataclass(frozen=True, slots=True)
class Hold:
    """Why nothing new goes on air, who said so and when."""

    reason: str
    actor: str
    at: datetime


@dataclass(frozen=True, slots=True)
class SignOff:
    """One editor's word that a contest is ready to be called."""

    actor: str
    at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class DeskState:
    """What people and the service have decided about one contest so far.

    Parameters
    ----------
    contest
        The listing's id.
    sequence
        The last entry folded in.
    taken
        Every item accepted, in order; those taken back are marked.
    changed, changed_at
        The last entry that changed the items, and when: a forecast of an earlier one is behind the news.
    proposals
        Items waiting for a second person.
    conflicts
        Items waiting because two sources disagree.
    hold, embargo_until, test, label
        As decided by editors (or by the cross-check, for a hold).
    test_since, before_test
        The decision that made it a test, and the state to whose news it goes back when it is live again: 0 and None
        where all that there was is of the rehearsal.
    rehearsals
        The decisions that began and ended each time that it was a test and is no more.
    configured_test
        Whether it was a test by the configuration last heeded.
    sign_offs
        Editors' words that it is call-ready; taken back by any correction, withdrawal or undo that follows.
    trouble
        Why the last update failed; empty where it did not.
    refusals
        The last items refused, in words.
    """

    contest: str
    sequence: int = 0
    taken: tuple[Taken, ...] = ()
    changed: int = 0
    changed_at: datetime | None = None
    proposals: tuple[Proposal, ...] = ()
    conflicts: tuple[Proposal, ...] = ()
    hold: Hold | None = None
    embargo_until: datetime | None = None
    test: bool = False
    test_since: int = 0
    before_test: DeskState | None = None
    rehearsals: tuple[tuple[int, int], ...] = ()
    configured_test: bool = False
    label: str = ""
    sign_offs: tuple[SignOff, ...] = ()
    trouble: str = ""
    refusals: tuple[str, ...] = ()

    @property
    def items(self) -> tuple[Declaration, ...]:
        """The news that counts, in order: what a forecast is made of."""
        return tuple(taken.item for taken in self.taken if not taken.undone)

    @property
    def signed_off(self) -> bool:
        """Whether two different editors have said that it is call-ready."""
        return len({person_of(each.actor) for each in self.sign_offs}) >= SIGN_OFFS

    @property
    def phase(self) -> tuple[bool, int]:
        """Whether it is a test, after how many rehearsals: what was begun in another phase is of other news."""
        return self.test, len(self.rehearsals)

    def key(self, given: str) -> str:
        """An idempotency key as the journal keeps it: one of a rehearsal is good for that rehearsal alone."""
        return f"test {self.test_since}: {given}" if given and self.test else given

    def is_rehearsed(self, sequence: int) -> bool:
        """Whether an entry is of a rehearsal that has ended: nothing of it counts or is shown any more."""
        return any(begun <= sequence < ended for begun, ended in self.rehearsals)

    def is_embargoed(self, now: datetime) -> bool:
        """Whether viewers may see nothing yet."""
        return self.embargo_until is not None and now < self.embargo_until

    def publishes(self, now: datetime) -> bool:
        """Whether a forecast made now goes on air."""
        return self.hold is None and not self.is_embargoed(now)
