"""A contest that is served, or why it is not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from forecast.contest import Contest

if TYPE_CHECKING:
    from forecast.journal.store import Listing

__all__ = ["Served"]


@dataclass(frozen=True, slots=True, eq=False)
class Served:
    """One contest of the night.

    Parameters
    ----------
    listing
        Under which id, and with which engine, draws and seed.
    contest
        None where it does not load.
    error
        Why it does not load; empty where it does.
    """

    listing: Listing
    contest: Contest | None
    error: str = ""
