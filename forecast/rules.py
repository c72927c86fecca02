"""Who is elected, given the votes. A tie is a value, not an exception."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from forecast.errors import Defect, ModelError

__all__ = ["Plurality", "Rule", "SupplementaryVote", "rule_named"]

Votes = NDArray[np.float64]
Elected = NDArray[np.bool_]


class Rule(Protocol):
    """A rule of election: votes in, who is elected out."""

    @property
    def name(self) -> str:
        """The rule's name in contest files."""
        ...

    def elect(self, votes: Votes) -> Elected:
        """Who is elected.

        Parameters
        ----------
        votes
            (draw, candidate) votes in the whole contest.

        Returns
        -------
        (draw, candidate) True for every candidate who is elected or ties for election.
        """
        ...


@dataclass(frozen=True, slots=True)
class Plurality:
    """The candidate with the most votes is elected: first past the post."""

    name: str = "plurality"

    def elect(self, votes: Votes) -> Elected:
        """Whoever has the most votes.

        Parameters
        ----------
        votes
            (draw, candidate) votes in the whole contest; 0 for a candidate who is not standing.

        Returns
        -------
        (draw, candidate) True for every candidate who is elected or ties for election.

        Raises
        ------
        ValueError
            Where a vote is NaN: who is elected cannot be said from votes that are not known.
        """
        return most(known(votes))


@dataclass(frozen=True, slots=True)
class SupplementaryVote:
    """A majority of first preferences elects; otherwise the two leading candidates meet in a final round.

    References
    ----------
    Local Government Act 2000, Schedule 2 (elected mayors in England until 2022).
    """

    name: str = "supplementary vote"

    def elect(self, votes: Votes, transfers: Votes | None = None) -> Elected:
        """Who has more than half of the first preferences, or else the most votes in the final round.

        Parameters
        ----------
        votes
            (draw, candidate) first preferences in the whole contest; 0 for a candidate who is not standing.
        transfers
            (draw, candidate) second preferences transferred from eliminated candidates; those given for a candidate who
            is not in the final round are not counted. May be left out only where first preferences decide every draw.

        Returns
        -------
        (draw, candidate) True for every candidate who is elected or ties for election.

        Raises
        ------
        ValueError
            Where a vote is NaN.
        ModelError
            Where a final round is needed and no transfers are given: unknown transfers are not zero.
        """
        votes = known(votes)
        majority = votes > votes.sum(axis=-1, keepdims=True) / 2
        decided = majority.any(axis=-1, keepdims=True)
        if transfers is None:
            if not decided.all():
                raise ModelError(Defect("rule", f"the {self.name} needs the votes transferred to the final round."))
            return majority
        final = np.where(self.finalists(votes), votes + known(transfers), -np.inf)
        return np.where(decided, majority, most(final))

    def finalists(self, votes: Votes) -> Elected:
        """Who meets in the final round if nobody has a majority.

        All who tie for first place, or else the first and all who tie for second.

        Parameters
        ----------
        votes
            (draw, candidate) first preferences in the whole contest.

        Returns
        -------
        (draw, candidate) True for every candidate who is not eliminated.
        """
        first = most(votes)
        second = most(np.where(first, -np.inf, votes))
        return np.where(first.sum(axis=-1, keepdims=True) > 1, first, first | second)


def rule_named(name: str) -> Rule:
    """Rule of election by its name in contest files.

    Raises
    ------
    KeyError
        Where there is no such rule; its argument is the sorted tuple of the names there are.
    """
    rules: dict[str, Rule] = {rule.name: rule for rule in (Plurality(), SupplementaryVote())}
    if name not in rules:
        raise KeyError(tuple(sorted(rules)))
    return rules[name]


def most(votes: Votes) -> Elected:
    """(…, candidate) whether nobody has more votes."""
    elected: Elected = votes == votes.max(axis=-1, keepdims=True)
    return elected


def known(votes: Votes) -> Votes:
    """Return the votes, all of them known; ValueError where one is NaN."""
    if np.isnan(votes).any():
        raise ValueError("votes hold NaN: who is elected cannot be said from votes that are not known")
    return votes
