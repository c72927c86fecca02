"""From a reckoning to the published document: every number rounded once, every sentence written once."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version

import numpy as np
from numpy.typing import NDArray

from forecast.alarms.alarm import Alarm
from forecast.arithmetic.needs import Needs
from forecast.bulletin.areas import write_areas
from forecast.bulletin.doubt import Doubt
from forecast.bulletin.explain import Explanation, Reckoning
from forecast.bulletin.seats import headline_of_seats, write_seats
from forecast.bulletin.summary import (
    CandidateForecast,
    Close,
    Forecast,
    LeadForecast,
    Moment,
    Provenance,
    SeatsForecast,
    Spread,
    Without,
    spread,
)
from forecast.call_ready import CallReady
from forecast.declaration import Declaration
from forecast.errors import Defect
from forecast.rules import Outcome
from forecast.simulation import Simulation, win_probabilities
from forecast.tally import Tally
from forecast.wording import rate_probability, say_chance, say_moment, say_percent, say_probability

__all__ = ["describe_item", "software_version", "write_bulletin", "write_without"]

Array = NDArray[np.float64]


@cache  # the metadata is read anew each time it is asked for, which takes a tenth of an update
def software_version() -> str:
    """The version of this software, as installed."""
    try:
        return version("count-night")
    except PackageNotFoundError:
        return "unknown"


def write_bulletin(
    reckoning: Reckoning,
    needs: Needs,
    explanation: Explanation | None,
    *,
    seed: int,
    alarms: Iterable[Alarm] = (),
    call_ready: CallReady | None = None,
    without: Doubt | None = None,
    refusals: Iterable[Defect] = (),
    notice: str = "",
    suppositions: tuple[str, ...] = (),
) -> Forecast:
    """The document of one moment.

    Parameters
    ----------
    without
        What would be forecast without the areas that have a red alarm, where there are any.
    """
    tally, simulation = reckoning.tally, reckoning.simulation
    contest = tally.contest
    outcome = reckoning.outcome
    wins = win_probabilities(outcome)
    pair = leading_pair(simulation)
    decided = needs.reach.decided
    seats = write_seats(reckoning, outcome, decided)
    moment = _moment(tally, simulation, notice, suppositions)
    candidates = tuple(_candidate(reckoning, c, float(wins[c]), decided) for c in range(len(wins)))
    ahead = max(candidates, key=lambda candidate: candidate.win_probability)
    return Forecast(
        contest=contest.id,
        election_id=contest.election_id,
        title=contest.title,
        polling_day=contest.polling_day,
        rule=contest.rule.name,
        moment=moment,
        headline=needs.reach.verdict or _headline(ahead, seats, tally),
        rating=rate_probability(
            ahead.win_probability, declared=moment.areas_declared, counted=moment.counted, decided=decided
        ),
        decided=decided,
        candidates=candidates,
        lead=_lead(tally, simulation, *pair),
        margin=_margin(simulation),
        close=_close(simulation, outcome),
        seats=seats,
        valid=spread(simulation.valid, digits=0),
        turnout=_turnout(tally, simulation),
        areas=write_areas(reckoning, *pair),
        needs=needs,
        explanation=explanation,
        assumptions=tuple(_assumptions(reckoning, needs)),
        alarms=tuple(alarms),
        without=None if without is None else write_without(without, reckoning),
        call_ready=call_ready,
        refusals=tuple(str(defect) for defect in refusals),
        diagnostics={key: value for key, value in reckoning.posterior.diagnostics.items() if key != "seconds"},
        provenance=_provenance(reckoning, seed),
    )


def leading_pair(simulation: Simulation) -> tuple[int, int]:
    """The two expected to lead, in the contest's order: the sign of their lead then means the same all night."""
    order = np.argsort(-np.median(simulation.totals, axis=0), kind="stable")[:2]
    return int(order.min()), int(order.max())


def describe_item(tally: Tally, item: Declaration) -> str:
    """An item of news in a few words: ``"Coventry declared"``."""
    contest = tally.contest
    name = contest.title if item.area == contest.id else contest.areas[contest.area_index(item.area)].name
    return f"{name} {item.kind.value}"


def _headline(ahead: CandidateForecast, seats: SeatsForecast | None, tally: Tally) -> str:
    """What to say first until it is decided."""
    if seats is not None:
        return headline_of_seats(ahead, seats, tally)
    before = "" if tally.declared.any() else " Nothing has been declared yet."
    return f"Our model estimates that {ahead.name} has {say_chance(ahead.win_probability)} of winning.{before}"


def _moment(tally: Tally, simulation: Simulation, notice: str, suppositions: tuple[str, ...]) -> Moment:
    valid = simulation.valid_by_area.mean(axis=0, dtype=np.float64)
    return Moment(
        as_of=tally.as_of,
        as_of_display=say_moment(
            tally.as_of, tally.contest.timezone, latest=not tally.items or tally.items[-1].at is not None
        ),
        areas_declared=int(tally.declared.sum()),
        areas_total=len(tally.declared),
        items=len(tally.items),
        latest=describe_item(tally, tally.items[-1]) if tally.items else "no news yet",
        counted=round(float(valid[tally.declared].sum() / valid.sum()), 6),
        notice=notice,
        suppositions=suppositions,
    )


def _candidate(reckoning: Reckoning, position: int, win: float, decided: bool) -> CandidateForecast:
    simulation, candidate = reckoning.simulation, reckoning.tally.contest.candidates[position]
    votes = simulation.totals[:, position]
    whole = reckoning.tally.whole_votes[position]
    counted = float(np.nansum(reckoning.tally.votes[:, position])) if np.isnan(whole) else float(whole)
    return CandidateForecast(
        id=candidate.id,
        name=candidate.name,
        party=candidate.party,
        colour=candidate.colour,
        counted=counted,
        win_probability=round(win, 6),
        win_display=say_percent(win, decided),
        win_words=say_probability(win, decided),
        votes=spread(votes, digits=0),
        share=spread(votes / simulation.valid, digits=6),
    )


def _provenance(reckoning: Reckoning, seed: int) -> Provenance:
    return Provenance(
        software=software_version(),
        contest_digest=reckoning.tally.contest.digest,
        news_digest=_digest(reckoning.tally.items),
        model=reckoning.posterior.model,
        seed=seed,
        draws=len(reckoning.simulation.totals),
    )


def _turnout(tally: Tally, simulation: Simulation) -> Spread | None:
    """Valid votes over the electorate, where every area's electorate is known."""
    electorate = np.array([area.electorate or np.nan for area in tally.contest.areas])
    return spread(simulation.valid / electorate.sum(), digits=6) if np.isfinite(electorate).all() else None


def _lead(tally: Tally, simulation: Simulation, of: int, over: int) -> LeadForecast:
    lead = simulation.totals[:, of] - simulation.totals[:, over]
    candidates = tally.contest.candidates
    return LeadForecast(
        of=candidates[of].id,
        over=candidates[over].id,
        votes=spread(lead, digits=0),
        share=spread(lead / simulation.valid, digits=6),
    )


def _margin(simulation: Simulation) -> LeadForecast:
    ordered = np.sort(simulation.totals, axis=1)
    margin = ordered[:, -1] - ordered[:, -2]
    return LeadForecast(
        of="winner",
        over="runner-up",
        votes=spread(margin, digits=0),
        share=spread(margin / simulation.valid, digits=6),
    )


def _close(simulation: Simulation, outcome: Outcome) -> Close:
    ordered = np.sort(simulation.totals, axis=1)
    margin = ordered[:, -1] - ordered[:, -2]
    return Close(
        tie=round(float(outcome.tied.mean()), 6),
        within_tenth_percent=round(float((margin < 0.001 * simulation.valid).mean()), 6),
        within_quarter_percent=round(float((margin < 0.0025 * simulation.valid).mean()), 6),
        within_500_votes=round(float((margin < 500).mean()), 6),
    )


def write_without(doubt: Doubt, reckoning: Reckoning) -> Without:
    """What would be forecast without the areas in doubt, beside the reckoning with them."""
    tally = reckoning.tally
    contest, chances = tally.contest, doubt.chances
    names = ", ".join(contest.areas[contest.area_index(area)].name for area in doubt.areas)
    ahead = int(chances.argmax())
    who = contest.candidates[ahead].name if ahead < len(contest.candidates) else "nobody"
    lag = len(tally.items) - len(doubt.items)
    moment = f", before the latest {lag} items" if lag > 1 else ", before the latest item" if lag else ""
    return Without(
        areas=doubt.areas,
        win_probability={c.id: round(float(p), 6) for c, p in zip(contest.candidates, chances[:-1], strict=True)},
        hung=round(float(chances[-1]), 6),
        lead=_lead(tally, doubt.simulation, *leading_pair(reckoning.simulation)),
        words=f"Without {names}, whose figures are in doubt{moment}: {who} {say_percent(float(chances[ahead]))}.",
    )


def _assumptions(reckoning: Reckoning, needs: Needs) -> Iterable[str]:
    tally = reckoning.tally
    contest, baseline = tally.contest, tally.contest.baseline
    yield from contest.notes
    yield f"Baseline: {baseline.label}."
    for kind in ("derived", "notional"):
        names = [area.name for area, where in zip(contest.areas, baseline.provenance, strict=True) if where == kind]
        if names:
            yield f"Baseline {kind}, not official, in {', '.join(names)}."
    if needs.outstanding.areas:
        yield f"Votes outstanding: {needs.outstanding.source}."
    missing = np.isnan(tally.votes) & contest.standing & tally.declared[:, None]
    if missing.any():
        yield _say_missing(tally, missing)
    yield from reckoning.posterior.assumptions


def _say_missing(tally: Tally, missing: NDArray[np.bool_]) -> str:
    """What is done about votes not reported, (area, candidate) in areas that have declared."""
    names = [area.name for area, some in zip(tally.contest.areas, missing.any(axis=1), strict=True) if some]
    said = f"Not every candidate's votes are reported in {', '.join(names)}"
    if not tally.contest.rule.by_area and np.isfinite(tally.whole_votes[missing.any(axis=0)]).all():
        return f"{said}: the whole contest's figures hold them all."
    return f"{said}: those missing are estimated within the ballots verified, never taken as zero."


def _digest(items: Iterable[Declaration]) -> str:
    """SHA-256 of the items' figures: the version of the news."""
    lines = (
        f"{item.sequence}|{item.kind.value}|{item.area}|{item.ballots}|{item.rejected}|{item.valid}|{item.counted}|"
        f"{sorted(item.votes.items())}"
        for item in items
    )
    return sha256("\n".join(lines).encode()).hexdigest()
