"""How a feed is: when it was last read well, what went wrong last, how much it has given."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from forecast.errors import Defect

__all__ = ["FeedState"]


@dataclass(frozen=True, slots=True)
class FeedState:
    """One feed at one moment.

    Parameters
    ----------
    id, contest, place
        Which feed, of which contest as it is served, and from where: without credentials.
    tried_at, read_at, item_at
        When it was last looked at, last read well, and last gave an item that was new.
    last_error
        What is wrong now, in one line; empty where nothing is.
    private_error
        More about it, for operators alone.
    defects
        What could not be read of what it gives now, and items refused.
    taken, repeated, refused
        Items: new ones, ones known already, ones the desk's checks refused.
    failures
        Times in a row that it could not be reached, or what it gave could not be handed on.
    """

    id: str
    contest: str
    place: str
    tried_at: datetime | None = None
    read_at: datetime | None = None
    item_at: datetime | None = None
    last_error: str = ""
    private_error: str = ""
    defects: tuple[Defect, ...] = ()
    taken: int = 0
    repeated: int = 0
    refused: int = 0
    failures: int = 0

    def age(self, now: datetime) -> float | None:
        """Seconds since it was last read well; None where it never was."""
        return None if self.read_at is None else max((now - self.read_at).total_seconds(), 0.0)
