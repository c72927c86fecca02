"""What can be wrong with what people give us, said so that they can mend it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches

__all__ = [
    "Conflict",
    "ContestError",
    "Defect",
    "ForecastError",
    "ModelError",
    "NewsError",
    "Overtaken",
    "StoreAway",
    "Unsuitable",
    "did_you_mean",
]


@dataclass(frozen=True, slots=True)
class Defect:
    """One thing wrong, in one line: where, what, and how to mend it.

    Parameters
    ----------
    where
        File and line, or option, as a person would look for it: ``"areas.csv, line 4"``.
    what
        What is wrong and what was expected.
    remedy
        What would mend it; empty where ``what`` says it already.
    """

    where: str
    what: str
    remedy: str = ""

    def __str__(self) -> str:
        return f"{self.where}: {self.what}" + (f" {self.remedy}" if self.remedy else "")


class ForecastError(Exception):
    """Something given to the forecast is wrong; every defect found is in ``defects``."""

    def __init__(self, defects: Defect | Iterable[Defect]) -> None:
        self.defects = (defects,) if isinstance(defects, Defect) else tuple(defects)
        super().__init__("\n".join(str(defect) for defect in self.defects))


class ContestError(ForecastError):
    """A contest that does not load."""


class NewsError(ForecastError):
    """An item of news that cannot be accepted."""


class ModelError(ForecastError):
    """A model that has no answer for this contest at this moment."""


class Unsuitable(ModelError):  # noqa: N818 - what a contest is, by its name
    """A model that has no answer for this contest at any moment."""


class Conflict(ForecastError):  # noqa: N818 - it is what the API answers with, by that name
    """An idempotency key that was used before, for something else."""


class Overtaken(Conflict):
    """Something was decided on what a contest was, and it is another by now: somebody else has written since."""


class StoreAway(ForecastError):  # noqa: N818 - a state of the service, not a fault of what it was given
    """The journal cannot be written or read just now; nothing was half written."""


def did_you_mean(word: str, choices: Iterable[str], otherwise: str = "") -> str:
    """The remedy for a word nobody knows: ``Did you mean "Sandwell"?``, or ``otherwise`` where no choice is like it.

    Case does not matter to likeness; the choice is given as it is spelt in ``choices``.
    """
    spelt = {choice.casefold(): choice for choice in choices}
    close = get_close_matches(word.strip().casefold(), spelt, n=1)
    return f'Did you mean "{spelt[close[0]]}"?' if close else otherwise
