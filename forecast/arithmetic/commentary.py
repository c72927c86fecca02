"""The desk's arithmetic as sentences an analyst can read aloud."""

from __future__ import annotations

from collections.abc import Iterator

from forecast.arithmetic.needs import Contender, Needs

__all__ = ["needs_lines", "swing_gainer"]

LISTED = 8  # areas named one by one in a sentence; more are counted
REPORTING = {"partial", "provisional", "declared"}
WHOLE = "the whole contest has declared"


def needs_lines(needs: Needs, *, elects: bool = True, to: str = "", weights: bool = False) -> list[str]:
    """Sentences for the screen, from what is counted to whether it is decided.

    What happened at the baseline is said of parties: they may have had other candidates then.

    Parameters
    ----------
    elects
        Whether most votes elect; where seats do, nothing is said of what most votes would take.
    to
        Id of the one of the two to whom every swing is given; by default `swing_gainer`.
    weights
        Whether to say how the swings so far and in the rest make up the one needed.
    """
    gainer = to or swing_gainer(needs)
    swings = [*_tell_swings(needs, gainer), *(_tell_weights(needs, gainer) if weights else ())]
    if not elects:
        return [*_tell_count(needs), *_tell_areas(needs), *swings]
    return [
        *_tell_count(needs),
        *_tell_areas(needs),
        *_tell_outstanding(needs),
        *_tell_baseline(needs),
        *swings,
        *_tell_beating(needs, gainer),
        *_tell_reach(needs),
    ]


def swing_gainer(needs: Needs) -> str:
    """Id of the one of the two who needs a swing: the leader where the chaser led at the baseline."""
    return needs.leader.id if (needs.swings.needed or 0.0) < 0 else needs.chaser.id


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
        points = _points(abs(lead.share), 1 if abs(lead.share) >= 0.01 else 2)
        yield f"That is {_votes(abs(lead.votes))}, {points} of {_tell_counted(needs, needs.counted)}."


def _tell_counted(needs: Needs, counted: float) -> str:
    """The votes a lead is a share of: exact where stated, else to the hundred, and how they are estimated."""
    if needs.method == "steed":
        return f"the {counted:,.0f} votes of the two counted"
    estimates = _estimates(needs)
    whole = needs.outstanding.source == WHOLE and counted.is_integer()
    if whole or not estimates:
        return f"the {counted:,.0f} valid votes counted"
    return f"about {round(counted, -2):,.0f} valid votes counted ({', '.join(estimates)})"


def _estimates(needs: Needs) -> list[str]:
    """How the valid votes of the areas that have reported are estimated; nothing where all are stated."""
    sources = [area.source for area in needs.areas if area.status in REPORTING]
    found = [source.lstrip("0123456789,").strip() for source in sources if source.endswith("% rejected")]
    return list(dict.fromkeys([*found, *(source for source in sources if source.startswith("turnout"))]))


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
    if required.votes is None or needs.unreported or not (needs.leader.votes or needs.chaser.votes):
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


def _tell_swings(needs: Needs, to: str) -> Iterator[str]:
    swings = needs.swings
    if swings.needed is None:
        yield f"No swing can be worked out: the two are not both in the baseline, {needs.baseline}."
        return
    gainer, loser = _sides(needs, to)
    sign = _sign(needs, to)
    parts = [f"{_points(sign * swings.needed, 2)} needed overall by {gainer.name}"]
    if swings.so_far is not None:
        parts.append(f"{_points(sign * swings.so_far, 2)} so far")
    if swings.rest is not None:
        parts.append(f"{_points(sign * swings.rest, 2)} needed in the rest")
    direction = f"from {_party(loser, gainer)} to {_party(gainer, loser)}"
    yield f"Swing {direction} ({needs.method.capitalize()}): {', '.join(parts)}."


def _sides(needs: Needs, to: str) -> tuple[Contender, Contender]:
    """The one to whom swings are given, and the other."""
    return (needs.chaser, needs.leader) if to == needs.chaser.id else (needs.leader, needs.chaser)


def _sign(needs: Needs, to: str) -> int:
    """What turns a swing to the chaser into one to ``to``."""
    return 1 if to == needs.chaser.id else -1


def _tell_weights(needs: Needs, to: str) -> Iterator[str]:
    swings = needs.swings
    if swings.residual is not None and swings.weight_declared and swings.weight_outstanding is not None:
        yield (
            f"Declared areas weigh {swings.weight_declared:.3f} and the rest {swings.weight_outstanding:.3f}: "
            f"so weighted, the last two miss the first by {100 * _sign(needs, to) * swings.residual:+.3f} points, "
            f"since areas weighed differently in {needs.baseline_year}."
        )


def _tell_beating(needs: Needs, to: str) -> Iterator[str]:
    """Which areas swung by more than is needed overall, or the only one that did not."""
    if not needs.measured or needs.swings.needed is None:
        return
    (gainer, loser), sign = _sides(needs, to), _sign(needs, to)
    swings = {
        area.name: (sign * area.swing, area.beats is (sign > 0)) for area in needs.areas if area.swing is not None
    }
    more = {name: swing for name, (swing, enough) in swings.items() if enough}
    less = [name for name in swings if name not in more]
    threshold = sign * needs.swings.needed
    needed = f"the {_points(threshold, 2)} {gainer.name} needed"
    above, below = ("swung by more", "swung by less") if threshold >= 0 else ("did better", "did worse")
    if len(less) == 1 and len(more) > 1:
        yield f"{less[0]} alone {below} than {needed}: {_tell_swing(swings[less[0]][0], gainer, loser)}."
        return
    named = [f"{name} {100 * swing:+.1f}" for name, swing in more.items()] if less and len(more) <= LISTED else []
    which = f": {', '.join(named)}" if named else ""
    yield f"{len(more)} of {_number(needs.measured, 'area', 'areas')} {above} than {needed}{which}."


def _tell_swing(swing: float, gainer: Contender, loser: Contender) -> str:
    return f"it swung {_points(abs(swing))} to {(gainer if swing >= 0 else loser).name}"


def _tell_reach(needs: Needs) -> Iterator[str]:
    reach, leader = needs.reach, needs.leader.name
    if reach.decided:
        yield f"Arithmetically decided: {reach.verdict.rstrip('.')} ({reach.bound})."
        return
    if needs.lead.votes is not None and needs.lead.votes < 0:
        yield f"Nothing is decided for {leader}, who is behind."
        return
    if not needs.outstanding.areas and reach.most == 0 and not needs.rivals:
        yield f"Not decided: the rule asks for more than the votes counted, such as second preferences ({reach.bound})."
        return
    if reach.most is None:
        yield f"Not arithmetically decided: nothing bounds the votes to come ({reach.bound})."
    else:
        yield f"Not arithmetically decided: {needs.chaser.name} could have {reach.most:,} more votes ({reach.bound})."
    others = _list([rival.name for rival in needs.rivals]) + " could also" if needs.rivals else "No other candidate can"
    yield f"{others} still draw level with {leader}."
