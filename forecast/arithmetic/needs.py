"""The desk's arithmetic for two candidates: what the one behind still needs. Facts and stated assumptions, no model."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forecast.arithmetic.area_needs import AreaNeeds, work_out_areas
from forecast.arithmetic.identity import Swings, work_out_swings
from forecast.arithmetic.ledger import Lead, Ledger, Method, known, lead_of, open_ledger
from forecast.arithmetic.outstanding import REJECT_RATE, ValidVotes, describe_valid, estimate_valid
from forecast.arithmetic.reach import Reach, find_reach
from forecast.arithmetic.swing import lead_required, share, votes_needed, votes_to_change_hands
from forecast.errors import Defect, ForecastError
from forecast.tally import Tally

__all__ = ["Contender", "Needs", "Outstanding", "work_out_needs"]


@dataclass(frozen=True, slots=True)
class Contender:
    """One of the two candidates, and the votes counted for them so far."""

    id: str
    name: str
    party: str
    votes: int


@dataclass(frozen=True, slots=True)
class Outstanding:
    """What has still to be counted, and what the chaser must do there.

    Parameters
    ----------
    areas
        Ids of the areas that have not declared.
    valid, source
        Valid votes still to be counted, and where the figure comes from, in words.
    required_lead
        Of the chaser over the leader in those votes. Its share is of all of them under Butler, of those for the
        two under Steed; ``None`` where none are to come or their number is not known.
    of
        The votes to come that this share is a share of; under Steed those supposed to be for one of the two.
    votes_to_change_hands
        From the leader to the chaser, against the baseline of those areas as wholes; zero or less where holding
        the baseline's votes would do.
    """

    areas: tuple[str, ...]
    valid: float | None
    source: str
    required_lead: Lead
    of: float | None
    votes_to_change_hands: int | None


@dataclass(frozen=True, slots=True)
class Needs:
    """The arithmetic of one moment. ``lead`` is the leader's over the chaser; every other lead is the chaser's.

    Shares, leads and swings are 0-1; ``None`` is what is not known or does not apply.

    Parameters
    ----------
    lead
        In the votes counted so far; negative where the one named as leader is behind.
    counted
        Votes counted so far, those that the share of ``lead`` is a share of.
    votes_needed
        Net votes by which the chaser must win what is still to be counted: lead + 1.
    unreported
        Ids of the areas declared without the votes of both.
    baseline_overall, baseline_declared, baseline_outstanding
        The chaser's lead at the baseline in the same areas.
    beating, measured
        How many areas have swung by more than the swing needed overall, of how many whose swing is known.
    reach, rivals
        Whether it is arithmetically decided, and the other candidates who could still draw level with the leader.
    """

    method: Method
    leader: Contender
    chaser: Contender
    lead: Lead
    counted: float | None
    votes_needed: int
    outstanding: Outstanding
    unreported: tuple[str, ...]
    baseline: str
    baseline_year: int
    baseline_overall: Lead
    baseline_declared: Lead
    baseline_outstanding: Lead
    swings: Swings
    beating: int
    measured: int
    areas: tuple[AreaNeeds, ...]
    reach: Reach
    rivals: tuple[Contender, ...]
    reject_rate: float
    reject_source: str


def work_out_needs(
    tally: Tally,
    *,
    leader: str | None = None,
    challenger: str | None = None,
    method: Method = "butler",
    valid_outstanding: float | None = None,
    reject_rate: float = REJECT_RATE,
) -> Needs:
    """What the candidate behind needs, at the moment of a tally.

    Parameters
    ----------
    leader, challenger
        The two, by id, name or alias; by default the two with most votes counted, or before any vote the two with
        most at the baseline. Either may be behind: the lead is then negative.
    method
        ``butler``: leads and swings are shares of all valid votes; ``steed``: of the votes of the two alone.
    valid_outstanding
        Valid votes still to be counted in all, where somebody supposes a number.
    reject_rate
        Share of ballots supposed rejected where nothing tells, 0-1.

    Raises
    ------
    ForecastError
        A candidate is not known, the two are one, or a number is not possible.
    """
    positions = _choose_pair(tally, leader, challenger)
    valid = estimate_valid(tally, reject_rate=reject_rate, valid_outstanding=valid_outstanding)
    ledger = open_ledger(tally, valid, *positions, method)
    pair = [_introduce(tally, position) for position in positions]
    return _assemble(tally, valid, ledger, pair, find_reach(tally, *positions))


def _assemble(tally: Tally, valid: ValidVotes, ledger: Ledger, pair: list[Contender], reach: Reach) -> Needs:
    lead = pair[0].votes - pair[1].votes
    counted = _count_valid(tally, ledger, pair)
    areas = work_out_areas(tally, valid, ledger)
    return Needs(
        method=ledger.method,
        leader=pair[0],
        chaser=pair[1],
        lead=lead_of(lead, share(lead, counted)),
        counted=known(counted),
        votes_needed=round(votes_needed(lead)),
        outstanding=_work_out_outstanding(tally, valid, ledger, lead),
        unreported=tuple(area.id for area, listed in zip(areas, ledger.unreported, strict=True) if listed),
        baseline=tally.contest.baseline.label,
        baseline_year=tally.contest.baseline.polling_day.year,
        baseline_overall=lead_of(*ledger.baseline_lead_in(np.ones_like(ledger.declared))),
        baseline_declared=lead_of(*ledger.baseline_lead_in(ledger.declared)),
        baseline_outstanding=lead_of(*ledger.baseline_lead_in(~ledger.declared)),
        swings=work_out_swings(ledger),
        beating=sum(area.beats is True for area in areas),
        measured=sum(area.swing is not None for area in areas),
        areas=areas,
        reach=reach,
        rivals=tuple(_introduce(tally, tally.contest.candidate_index(rival)) for rival in reach.rivals),
        reject_rate=valid.reject_rate,
        reject_source=valid.reject_source,
    )


def _work_out_outstanding(tally: Tally, valid: ValidVotes, ledger: Ledger, lead: int) -> Outstanding:
    waiting = ~ledger.declared
    names = tuple(area.id for area, listed in zip(tally.contest.areas, waiting, strict=True) if listed)
    whole = bool(np.isfinite(tally.whole_votes).any())
    if not waiting.any() or whole:
        source = "the whole contest has declared" if whole else "every area has declared"
        return Outstanding(names, 0.0, source, Lead(None, None), None, None)
    needed = votes_needed(lead)
    of = np.nan if ledger.unreported.any() else float(ledger.of_uncounted.sum())
    return Outstanding(
        areas=names,
        valid=known(valid.uncounted.sum()),
        source=describe_valid(tally, valid, waiting),
        required_lead=lead_of(needed, lead_required(needed, of)),
        of=known(of),
        votes_to_change_hands=_change_hands(ledger),
    )


def _change_hands(ledger: Ledger) -> int | None:
    waiting = ~ledger.declared
    baseline_lead = ledger.baseline_lead_in(waiting)[0]
    if ledger.final[waiting].all() or ledger.unreported.any() or np.isnan(baseline_lead):
        return None
    return votes_to_change_hands(ledger.needed_outstanding, baseline_lead)


def _choose_pair(tally: Tally, leader: str | None, challenger: str | None) -> tuple[int, int]:
    ranking = _rank(tally)
    ahead, behind = (None if name is None else _find_candidate(tally, name) for name in (leader, challenger))
    if ahead is not None and ahead == behind:
        raise ForecastError(Defect("leader and challenger", f"both are {tally.contest.candidates[ahead].name}."))
    if ahead is None:
        ahead = next(candidate for candidate in ranking if candidate != behind)
    if behind is None:
        behind = next(candidate for candidate in ranking if candidate != ahead)
    return ahead, behind


def _rank(tally: Tally) -> list[int]:
    """Positions of the candidates, most votes first: votes counted, or before any the baseline's."""
    votes = np.array([_count(tally, candidate) for candidate in range(len(tally.contest.candidates))], float)
    if not votes.any():
        votes = np.nansum(tally.contest.baseline.votes, axis=0)
    return [int(candidate) for candidate in np.argsort(-votes, kind="stable")]


def _find_candidate(tally: Tally, name: str) -> int:
    try:
        return tally.contest.candidate_index(name)
    except KeyError as error:
        raise ForecastError(Defect("candidate", str(error.args[0]))) from error


def _introduce(tally: Tally, candidate: int) -> Contender:
    who = tally.contest.candidates[candidate]
    return Contender(who.id, who.name, who.party, _count(tally, candidate))


def _count(tally: Tally, candidate: int) -> int:
    """Votes counted so far: the whole contest's figure once it is declared, else the areas' together."""
    whole = tally.whole_votes[candidate]
    return round(float(whole if np.isfinite(whole) else np.nansum(tally.votes[:, candidate])))


def _count_valid(tally: Tally, ledger: Ledger, pair: list[Contender]) -> float:
    """Votes counted so far that a lead is a share of; NaN where an area's number is not known."""
    if ledger.method == "steed":
        return float(sum(contender.votes for contender in pair))
    if np.isfinite(tally.whole_valid):
        return float(tally.whole_valid)
    counted = np.isfinite(ledger.chaser) | np.isfinite(ledger.leader)
    return float((ledger.of - ledger.of_uncounted)[counted].sum())
