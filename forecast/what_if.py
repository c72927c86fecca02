"""What if: the same engine given figures that nobody has declared, labelled hypothetical and never stored.

A setting becomes a hypothetical item of news about its area. With V the valid votes now expected there (from the
ballots, where they are verified or supposed), T the pair's expected share of them and l the lead supposed,

    votes for the first = V (T + l) / 2,    votes for the second = V (T - l) / 2,    T raised to |l| where it is less,

so that the pair keep what they are expected to have together and the rest stays unknown. A candidate's share is that
share of V, and what the pair is expected to have shrinks or grows in proportion. A turnout is so many ballots verified.
A setting about an area that has declared is a hypothetical correction of it, in which the others keep their proportions
where the votes of all are known.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from forecast.arithmetic.outstanding import estimate_valid
from forecast.bulletin.explain import Reckoning
from forecast.bulletin.summary import Forecast
from forecast.contests.contest import Area, Contest
from forecast.declaration import Declaration, Kind
from forecast.errors import Defect, ForecastError
from forecast.night import Night, Update
from forecast.setting import Setting
from forecast.tally import Status, fold

__all__ = ["suppose", "suppose_items"]

ENTERED_BY = "what-if"


def suppose(night: Night, items: Sequence[Declaration], present: Update, settings: Sequence[Setting]) -> Update:
    """The update that would follow if the settings came true.

    Parameters
    ----------
    items, present
        The news, and the update made of it; neither is touched.

    Raises
    ------
    ForecastError
        Where what is supposed is arithmetically impossible.
    """
    supposed = suppose_items(present, settings)
    sentences = tuple(item.note for item in supposed if item.note)
    update = night.update([*items, *supposed], before=present.reckoning, suppositions=sentences)
    if len(update.reckoning.tally.items) < len(present.reckoning.tally.items) + len(supposed):
        refused = [each for each in update.admitted.refusals if each.where.startswith("--set")]
        raise ForecastError(refused or Defect("--set", "is what is known already."))
    return replace(update, forecast=_label(update.forecast, present.forecast, supposed))


def suppose_items(present: Update, settings: Sequence[Setting]) -> tuple[Declaration, ...]:
    """The hypothetical items of news that the settings stand for; each carries its sentence as its note.

    Raises
    ------
    ForecastError
        With every defect found; or where the whole contest has declared.
    """
    reckoning = present.reckoning
    if np.isfinite(reckoning.tally.whole_votes).any():
        what = "the whole contest has declared, so that no area can change it."
        raise ForecastError(Defect("what-if", what, "Choose an earlier moment: --through 6."))
    items: list[Declaration] = []
    defects: list[Defect] = []
    for area in dict.fromkeys(setting.area for setting in settings):
        given = {setting.measure: setting for setting in settings if setting.area == area}
        ballots = _ballots_item(reckoning, area, given)
        items += ballots
        votes = {name: setting for name, setting in given.items() if name != "turnout"}
        if votes:
            items += _votes_item(present, area, votes, ballots, defects)
    if defects:
        raise ForecastError(defects)
    return tuple(items)


def _ballots_item(reckoning: Reckoning, area: str, given: Mapping[str, Setting]) -> list[Declaration]:
    if "turnout" not in given:
        return []
    setting, place = given["turnout"], _place(reckoning, area)
    if place.electorate is None:
        what = f"the electorate of {place.name} is not known, so a turnout is no number of ballots."
        raise ForecastError(Defect(f"--set {setting.text}", what))
    ballots = round(setting.value * place.electorate)
    known = np.isfinite(reckoning.tally.ballots[reckoning.tally.contest.area_index(area)])
    note = f"Suppose a turnout of {setting.value:.1%} in {place.name}: {ballots:,} ballots."
    return [_item(setting, Kind.CORRECTED if known else Kind.VERIFIED, note, ballots=ballots)]


def _votes_item(
    present: Update, area: str, given: Mapping[str, Setting], ballots: Sequence[Declaration], defects: list[Defect]
) -> list[Declaration]:
    tally = present.reckoning.tally
    position = tally.contest.area_index(area)
    valid = _valid(present.reckoning, position, ballots)
    first = next(iter(given.values()))
    found = _shares(present, position, given)
    if isinstance(found, Defect):
        defects.append(found)
        return []
    if tally.complete[position]:
        found = _fill(present, position, found)
    votes = _whole_votes(found, valid)
    if len(votes) == tally.contest.standing[position].sum():
        valid = sum(votes.values())
    declared = tally.status[position] == Status.DECLARED
    kind = Kind.CORRECTED if declared else Kind.DECLARED
    said = ", ".join(f"{_name(tally.contest, name)} {number:,}" for name, number in votes.items())
    note = f"Suppose {_measures(present, given)} in {_place(present.reckoning, area).name}: {said} of {valid:,} votes."
    complete = {"valid": valid} if not declared or np.isfinite(tally.valid[position]) else {}
    return [_item(first, kind, note, votes=votes, **complete)]


def _whole_votes(shares: Mapping[str, float], valid: int) -> dict[str, int]:
    """Whole votes with the same sum as the shares of the valid votes: what rounding leaves goes to the largest."""
    votes = {name: round(share * valid) for name, share in shares.items()}
    largest = max(votes, key=lambda name: votes[name])
    votes[largest] += round(sum(shares.values()) * valid) - sum(votes.values())
    return votes


def _fill(present: Update, position: int, shares: Mapping[str, float]) -> dict[str, float]:
    """Shares of every candidate standing in an area: those not supposed keep their proportions among themselves."""
    expected = _expected(present, position)
    rest = {name: share for name, share in expected.items() if name not in shares}
    scale = (1.0 - sum(shares.values())) / sum(rest.values()) if sum(rest.values()) else 0.0
    return {**shares, **{name: share * scale for name, share in rest.items()}}


def _expected(present: Update, position: int) -> dict[str, float]:
    """Candidate's id to the mean share expected in an area, of those standing there."""
    votes = present.reckoning.simulation.votes[:, position]
    mean = (votes / np.maximum(votes.sum(axis=1, keepdims=True), 1.0)).mean(axis=0)
    contest = _contest(present)
    standing = contest.standing[position]
    return {each.id: float(mean[c]) for c, each in enumerate(contest.candidates) if standing[c]}


def _shares(present: Update, position: int, given: Mapping[str, Setting]) -> dict[str, float] | Defect:
    """Candidate's id to the share supposed, 0-1; or why there can be none."""
    lead = present.forecast.lead
    shares = {name: setting.value for name, setting in given.items() if name != "lead"}
    where = f"--set {next(iter(given.values())).text}"
    if "lead" in given:
        pair = {lead.of, lead.over}
        if pair <= set(shares):
            return Defect(where, "the lead follows from the two shares that are set.", "Leave it out.")
        by = given["lead"].value / 100
        if pair & set(shares):
            known = lead.of if lead.of in shares else lead.over
            shares |= {lead.of: shares[known] + by} if known == lead.over else {lead.over: shares[known] - by}
        else:
            shares |= _pair_shares(present, position, shares, by)
    if min(shares.values()) < 0 or sum(shares.values()) > 1 + 1e-9:
        return Defect(where, f"the shares come to {sum(shares.values()):.3f} with one below 0 or together above 1.")
    if set(shares) >= set(_expected(present, position)) and abs(sum(shares.values()) - 1) > 0.001:
        return Defect(where, f"the shares of all candidates come to {sum(shares.values()):.3f}, not 1.")
    return shares


def _pair_shares(present: Update, position: int, others: Mapping[str, float], by: float) -> dict[str, float]:
    lead, expected = present.forecast.lead, _expected(present, position)
    together = expected.get(lead.of, 0.0) + expected.get(lead.over, 0.0)
    set_apart = sum(expected.get(name, 0.0) for name in others)
    room = 1.0 - sum(others.values())
    together = max(together * room / (1.0 - set_apart) if set_apart < 1 else room, abs(by))
    return {lead.of: (together + by) / 2, lead.over: (together - by) / 2}


def _valid(reckoning: Reckoning, position: int, ballots: Sequence[Declaration]) -> int:
    """Valid votes expected in an area: from the ballots supposed, where they are, else the mean of the draws."""
    tally = fold(reckoning.tally.contest, ballots, reckoning.tally)
    if ballots:
        return round(float(estimate_valid(tally).valid[position]))
    return round(float(reckoning.simulation.votes[:, position].sum(axis=1).mean()))


def _item(setting: Setting, kind: Kind, note: str, **figures: object) -> Declaration:
    return Declaration(
        area=setting.area,
        kind=kind,
        at=None,
        source="supposed",
        entered_by=ENTERED_BY,
        note=note,
        where=f"--set {setting.text}",
        **figures,  # type: ignore[arg-type]
    )


def _label(forecast: Forecast, present: Forecast, supposed: Sequence[Declaration]) -> Forecast:
    """The document with everything that looks like news said to be supposed."""
    areas = {item.area for item in supposed if item.votes}
    names = ", ".join(area.name for area in forecast.areas if area.id in {item.area for item in supposed})
    latest = f"supposed: {names}"
    why = forecast.explanation
    if why is not None and why.moved is not None:
        why = replace(why, moved=replace(why.moved, item=f"Supposing it of {names}"))
    labelled = [area.model_copy(update={"status": "supposed"}) if area.id in areas else area for area in forecast.areas]
    moment = forecast.moment.model_copy(
        update={"latest": latest, "areas_declared": present.moment.areas_declared, "counted": present.moment.counted}
    )
    headline = f"If so, {forecast.headline[0].lower()}{forecast.headline[1:]}"
    if forecast.decided:
        said = forecast.headline.replace("cannot be overtaken on the votes counted", "could not be overtaken")
        headline = "If so, " + re.sub("^(Nobody|A tie)", lambda word: word[0].lower(), said)
    update = {"moment": moment, "areas": tuple(labelled), "explanation": why, "headline": headline}
    return forecast.model_copy(update=update)


def _contest(present: Update) -> Contest:
    return present.reckoning.tally.contest


def _place(reckoning: Reckoning, area: str) -> Area:
    return reckoning.tally.contest.areas[reckoning.tally.contest.area_index(area)]


def _name(contest: Contest, candidate: str) -> str:
    return contest.candidates[contest.candidate_index(candidate)].name


def _measures(present: Update, given: Mapping[str, Setting]) -> str:
    """What is supposed, in words: ``"Richard Parker ahead of Andy Street by 15.0 points"``."""
    contest, lead = _contest(present), present.forecast.lead
    words = []
    for name, setting in given.items():
        if name != "lead":
            words.append(f"{_name(contest, name)} at {setting.value:.1%}")
            continue
        pair = (lead.of, lead.over) if setting.value >= 0 else (lead.over, lead.of)
        words.append(f"{_name(contest, pair[0])} ahead of {_name(contest, pair[1])} by {abs(setting.value):.1f} points")
    return " and ".join(words)
