"""First past the post."""

from __future__ import annotations

from dataclasses import dataclass

from numpy.random import Generator

from forecast.rules.outcome import Outcome, Votes, contest_totals, most, several

__all__ = ["Plurality"]


@dataclass(frozen=True, slots=True)
class Plurality:
    """The candidate with the most votes is elected: first past the post.

    Parameters
    ----------
    cannot_win
        Positions of candidates who stand for several together, such as all others.
    """

    cannot_win: tuple[int, ...] = ()
    name: str = "plurality"
    by_area: bool = False

    def elect(self, votes: Votes, _: Generator | None = None, /) -> Outcome:
        """Whoever has the most votes.

        Parameters
        ----------
        votes
            (draw, area, candidate) votes; 0 for a candidate who is not standing.

        Raises
        ------
        ValueError
            Where a vote is NaN: who is elected cannot be said from votes that are not known.
        """
        elected = most(contest_totals(votes), self.cannot_win)
        return Outcome(elected, several(elected))
