"""The desk's arithmetic as sentences an analyst can read aloud."""

from __future__ import annotations

from collections.abc import Iterator

from forecast.needs import Contender, Needs

__all__ = ["needs_lines"]

LISTED = 8  # areas named one by one in a sentence; more are counted


def needs_lines(needs: Needs, *, elects: bool = True) -> list[str]:
    """Sentences for the screen, from what is counted to whether it is decided.

    What happened at the baseline is said of parties: they may have had other candidates then.

    Parameters
    ----------
    elects
        Whether most votes elect; where seats do, nothing is said of what most votes would take.
    """
    if not elects:
        return [*_tell_count(needs), *_tell_areas(needs), *_tell_swings(needs)]
    return [
        *_tell_count(needs),
        *_tell_areas(needs),
        *_tell_outstanding(needs),
        *_tell_baseline(needs),
        *_tell_swings(needs),
        *_tell_beating(needs),
        *_tell_reach(needs),
    ]


def _short(who: Contender) -> str:
    """The party without what it adds in brackets, as ``Labour (Co-op)`` does."""
    return who.party.split(" (")[0] or who.name


def _introduce(who: Contender) -> str:
    return who.name if _short(who) == who.name else f"{who.name} ({_short(who)})"


def _party(who: Contender, other: Contender) -> str:
    """The party in short, or the name of an independent and of two of one party."""
    return who.name if _short(who) in {"Independent", _short(other)} else _short(who)


def _list(names: list[str]) -> str:
    if len(names) > LISTED:
        return f"{len(names)} areas"
    return ", ".join(names[:-1]) + (" and " if len(names) > 1 else "") + names[-1]


def _points(number: float, places: int = 1) -> str:
    return f"{100 * number:.{places}f} points"


def _number(count: float, one: str, many: str) -> str:
    return f"{count:,.0f} {one if count == 1 else many}"


def _votes(count: float) -> str:
    return _number(count, "vote", "votes")


def _tell_count(needs: Needs) -> Iterator[str]:
    leader, chaser, lead = needs.leader, needs.chaser, needs.lead
    if not leader.votes and not chaser.votes:
        yield f"No votes are counted. Compared with: {needs.baseline}."
        return
    relation = "level with" if lead.votes == 0 else "ahead of" if leader.votes > chaser.votes else "behind"
    yield (f"{_introduce(leader)} {leader.votes:,}, {relation} {_introduce(chaser)} {chaser.votes:,}.")
    if lead.votes and lead.share is not None and needs.counted is not None:
        of = "valid votes" if needs.method == "butler" else "votes of the two"
        yield f"That is {_votes(abs(lead.votes))}, {_points(abs(lead.share))} of the {needs.counted:,.0f} {of} counted."


def _tell_areas(needs: Needs) -> Iterator[str]:
    for who in (needs.leader, needs.chaser):
        won = [area.name for area in needs.areas if area.winner == who.id]
        if won:
            yield f"{who.name} has won {_list(won)}."
    if needs.outstanding.areas:
        yield f"Not declared: {_list(_outstanding(needs))}."
    if needs.unreported:
        names = _list([area.name for area in needs.areas if area.id in needs.unreported])
        yield f"Votes of both are not reported in {names}: what is needed in the rest cannot be told."


def _outstanding(needs: Needs) -> list[str]:
    return [area.name for area in needs.areas if area.id in needs.outstanding.areas]


def _place(needs: Needs) -> str:
    names = _outstanding(needs)
    return names[0] if len(names) == 1 else "the areas outstanding"


def _tell_outstanding(needs: Needs) -> Iterator[str]:
    required, outstanding, chaser = needs.outstanding.required_lead, needs.outstanding, needs.chaser.name
    if required.votes is None or needs.unreported:
        return
    if outstanding.valid == 0:
        yield f"All votes are counted: {chaser} wins only if they are corrected by {_votes(required.votes)} net."
    elif required.votes <= 0:
        yield f"{chaser} wins by one even if {_place(needs)} is lost by {_votes(-required.votes)}."
    else:
        yield f"{chaser} must win {_place(needs)} by {_votes(required.votes)}{_tell_required_lead(needs)}."


def _tell_required_lead(needs: Needs) -> str:
    """The required lead in points, with the votes it assumes and where they come from; empty where not known."""
    outstanding, share = needs.outstanding, needs.outstanding.required_lead.share
    if share is None or outstanding.valid is None or outstanding.of is None:
        return ""
    of = "" if needs.method == "butler" else f"{outstanding.of:,.0f} votes supposed to be for the two, among "
    return f": a lead of {_points(share)} in {of}{outstanding.valid:,.0f} valid votes to come ({outstanding.source})"


def _tell_baseline(needs: Needs) -> Iterator[str]:
    earlier, change = needs.baseline_outstanding, needs.outstanding.votes_to_change_hands
    if earlier.votes is None or earlier.share is None or change is None:
        return
    chaser, leader = _party(needs.chaser, needs.leader), _party(needs.leader, needs.chaser)
    kinds = sorted({area.provenance for area in needs.areas if area.id in needs.outstanding.areas})
    yield (
        f"In {needs.baseline_year} there was a {chaser if earlier.votes >= 0 else leader} lead in {_place(needs)} of "
        f"{_votes(abs(earlier.votes))}, {_points(abs(earlier.share))} ({', '.join(kinds)}): "
        + (f"{change:,} must change hands from {leader} to {chaser}." if change > 0 else "the same would be enough.")
    )


def _tell_swings(needs: Needs) -> Iterator[str]:
    swings = needs.swings
    if swings.needed is None:
        yield f"No swing can be worked out: the two are not both in the baseline, {needs.baseline}."
        return
    sides = [_party(needs.leader, needs.chaser), _party(needs.chaser, needs.leader)]
    # a chaser who led at the baseline needs no swing, but can afford one away
    sign, word = (1, "needed") if swings.needed >= 0 else (-1, f"{needs.chaser.name} could afford")
    parts = [f"{_points(sign * swings.needed, 2)} {word} overall"]
    if swings.so_far is not None:
        parts.append(f"{_points(sign * swings.so_far, 2)} so far")
    if swings.rest is not None:
        parts.append(f"{_points(sign * swings.rest, 2)} {word} in the rest")
    yield f"Swing from {sides[::sign][0]} to {sides[::sign][1]} ({needs.method.capitalize()}): {', '.join(parts)}."
    if swings.residual is not None and swings.weight_declared and swings.weight_outstanding is not None:
        yield (
            f"Declared areas weigh {swings.weight_declared:.3f} and the rest {swings.weight_outstanding:.3f}: "
            f"so weighted, the last two miss the first by {100 * sign * swings.residual:+.3f} points, "
            f"since areas weighed differently in {needs.baseline_year}."
        )


def _tell_beating(needs: Needs) -> Iterator[str]:
    if not needs.measured or needs.swings.needed is None:
        return
    named = [f"{area.name} ({100 * (area.swing or 0):+.1f})" for area in needs.areas if area.beats]
    verb = "did" if needs.swings.needed >= 0 else "kept to"
    aim = "better than the swing needed overall" if verb == "did" else f"what {needs.chaser.name} could afford"
    yield f"{needs.beating} of {_number(needs.measured, 'area', 'areas')} {verb} {aim}" + (
        f": {_list(named)}." if named else "."
    )


def _tell_reach(needs: Needs) -> Iterator[str]:
    reach, leader = needs.reach, needs.leader.name
    if reach.decided:
        yield f"Arithmetically decided: nobody can overtake {leader} ({reach.bound})."
        return
    if reach.most is None:
        yield f"Not arithmetically decided: nothing bounds the votes to come ({reach.bound})."
    else:
        yield f"Not arithmetically decided: {needs.chaser.name} could have {reach.most:,} more votes ({reach.bound})."
    others = _list([rival.name for rival in needs.rivals]) + " could also" if needs.rivals else "No other candidate can"
    yield f"{others} still draw level with {leader}."
