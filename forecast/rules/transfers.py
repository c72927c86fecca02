"""Where the ballots of eliminated candidates go: a prior for what first preferences do not say."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from forecast.rules.outcome import Elected, Votes

__all__ = ["Transfers"]

# Nobody's ballots all transfer: this part at least is left over, however the shares given add up.
LEAST_LOST = 0.02


@dataclass(frozen=True, slots=True)
class Transfers:
    """Prior for the shares of an eliminated candidate's ballots that transfer to each finalist.

    For every eliminated candidate, independently, the shares that go to the finalists and the share that goes to nobody
    are Dirichlet. The defaults are about what the only two official final rounds of the West Midlands did: of the
    ballots of eliminated candidates 25.0% and 27.5% transferred to the two finalists in 2017, 21.6% and 33.3% in 2021.

    Parameters
    ----------
    share
        Mean share that goes to a finalist where nothing else is said.
    shares
        Mean shares that are said: (eliminated, finalist, share), by the candidates' positions.
    concentration
        Of the Dirichlet: how many ballots the means are worth. At 20 a share of 0.27 has a standard deviation of 0.10.
    """

    share: float = 0.27
    shares: tuple[tuple[int, int, float], ...] = ()
    concentration: float = 20.0

    def draw(self, votes: Votes, finalists: Elected, generator: Generator) -> Votes:
        """Votes transferred to each finalist.

        Parameters
        ----------
        votes
            (draw, candidate) first preferences in the whole contest.
        finalists
            (draw, candidate) who is not eliminated.

        Returns
        -------
        (draw, candidate) whole votes, 0 for who is eliminated.
        """
        means = self.means(votes.shape[-1]) * finalists[:, None, :]
        lost = np.maximum(1.0 - means.sum(axis=2, keepdims=True), LEAST_LOST)
        # Who is eliminated has mean 0, and a gamma of shape 0 is exactly 0: the rest is a Dirichlet.
        parts = generator.standard_gamma(self.concentration * np.concatenate([means, lost], axis=2))
        shares = parts[:, :, :-1] / parts.sum(axis=2, keepdims=True)
        moved: Votes = np.einsum("de,def->df", np.where(finalists, 0.0, votes), shares)
        return np.rint(moved)

    def means(self, candidates: int) -> Votes:
        """(eliminated, finalist) mean shares."""
        means = np.full((candidates, candidates), self.share)
        for eliminated, finalist, share in self.shares:
            means[eliminated, finalist] = share
        return means
