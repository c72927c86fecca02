"""The desk's arithmetic area by area: who has won it, how it has swung, and whether that is enough."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forecast.arithmetic.ledger import Lead, Ledger, Votes, known, lead_of
from forecast.arithmetic.outstanding import ValidVotes, bound_valid
from forecast.arithmetic.swing import swing_needed
from forecast.tally import Status, Tally

__all__ = ["AreaNeeds", "work_out_areas"]


@dataclass(frozen=True, slots=True)
class AreaNeeds:
    """One area. Leads are the chaser's over the leader; swings are towards the chaser; ``None`` is not known.

    Parameters
    ----------
    status
        ``nothing``, ``verified``, ``partial``, ``provisional`` or ``declared``.
    winner
        Id of the candidate with most votes there; ``None`` until declared, for a tie, and where the votes not
        reported could be more.
    valid, uncounted, source
        Valid votes there, those still to be counted, and where the first comes from, in words.
    swing
        ``None`` until all the votes of both are counted.
    beats
        Whether that is more than the swing needed overall.
    provenance
        Of the baseline: ``official``, ``derived`` or ``notional``.
    """

    id: str
    name: str
    status: str
    winner: str | None
    valid: float | None
    uncounted: float | None
    source: str
    chaser_lead: Lead
    baseline_lead: Lead
    swing: float | None
    beats: bool | None
    provenance: str


def work_out_areas(tally: Tally, valid: ValidVotes, ledger: Ledger) -> tuple[AreaNeeds, ...]:
    """A row for each area, in the contest's order."""
    needed = swing_needed(ledger.baseline_lead_in(np.ones_like(ledger.declared))[1])
    measured = (ledger.final & ledger.compared).tolist()
    swings = [known(swing) if so else None for swing, so in zip(ledger.swings.tolist(), measured, strict=True)]
    leads, before = _write_leads(ledger.leads), _write_leads(ledger.baseline_leads)
    votes, uncounted, bound = valid.valid.tolist(), valid.uncounted.tolist(), bound_valid(tally).tolist()
    return tuple(
        AreaNeeds(
            id=area.id,
            name=area.name,
            status=Status(int(tally.status[place])).name.lower(),
            winner=_find_winner(tally, place, bound[place]) if tally.declared[place] else None,
            valid=known(votes[place]),
            uncounted=known(uncounted[place]),
            source=valid.sources[place],
            chaser_lead=leads[place],
            baseline_lead=before[place] if ledger.compared[place] else Lead(None, None),
            swing=swing,
            beats=None if swing is None or np.isnan(needed) else bool(swing > needed),
            provenance=tally.contest.baseline.provenance[place],
        )
        for place, (area, swing) in enumerate(zip(tally.contest.areas, swings, strict=True))
    )


def _write_leads(leads: tuple[Votes, Votes]) -> list[Lead]:
    return [lead_of(votes, share) for votes, share in zip(*(each.tolist() for each in leads), strict=True)]


def _find_winner(tally: Tally, area: int, bound: float) -> str | None:
    """Who has most votes in a declared area, whatever the votes not reported turn out to be."""
    standing, votes = tally.contest.standing[area], tally.votes[area]
    if np.isnan(votes[standing]).all():
        return None
    unreported = standing & np.isnan(votes)
    left = bound - np.nansum(votes[standing])
    most = np.where(standing, np.where(unreported, left, votes), -1.0)
    first = int(np.nanargmax(np.where(standing, votes, np.nan)))
    others = np.delete(most, first)
    return tally.contest.candidates[first].id if (others < votes[first]).all() else None
