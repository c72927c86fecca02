"""What must be said of a forecast before it is read: whether it is live, a test, old, held, embargoed or not there."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Standing", "say_age", "say_standing"]

_SAID = {
    "live": ("Live", ""),
    "test": ("TEST", "These are test data. They are not a forecast of a real count and must not be published."),
    "stale": ("Out of date", "The latest update failed or is late: this is the last good forecast."),
    "held": ("Held", "Publication is held by an editor: this is the last forecast published before."),
    "embargoed": ("Embargoed", "Nothing is published before the embargo ends."),
    "warming": ("Starting", "The service is starting: the first forecast is being made."),
    "none": ("No forecast yet", "No forecast has been published of this contest."),
}


@dataclass(frozen=True, slots=True)
class Standing:
    """The banner of a contest's pages.

    Parameters
    ----------
    status
        As the service gives it: ``live``, ``test``, ``stale``, ``held``, ``embargoed``, ``warming`` or ``none``.
    word, sentence, reason
        The status in a word, what it means, and why, where somebody gave a reason.
    age
        Of the forecast, in words; empty where there is none.
    test
        Whether the contest's data are test data, whatever the status is.
    """

    status: str
    word: str
    sentence: str
    reason: str
    age: str
    test: bool

    @property
    def urgent(self) -> bool:
        """Whether a screen reader is told of it before anything else."""
        return self.status not in {"live", "test"}


def say_standing(status: str, age_seconds: float | None, reason: str, *, test: bool) -> Standing:
    """The banner in words."""
    word, sentence = _SAID.get(status, (status.capitalize(), ""))
    age = "" if age_seconds is None else say_age(age_seconds)
    return Standing(status, word, sentence, reason, age, test or status == "test")


def say_age(seconds: float) -> str:
    """How long ago: ``"12 seconds ago"``, ``"3 minutes ago"``, ``"2 hours ago"``."""
    for size, one in ((86400.0, "day"), (3600.0, "hour"), (60.0, "minute")):
        if seconds >= size:
            count = int(seconds // size)
            return f"{count} {one}{'' if count == 1 else 's'} ago"
    count = max(0, int(seconds))
    return f"{count} second{'' if count == 1 else 's'} ago"
