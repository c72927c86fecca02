"""What the swing model supposes of a contest, in sentences for the screen."""

from __future__ import annotations

from collections.abc import Iterator

from forecast.contests.covariates import say_undated
from models.design import Design, current_polls
from models.observe import Observation

__all__ = ["state_assumptions"]


def state_assumptions(design: Design, seen: Observation) -> tuple[str, ...]:
    """The suppositions that matter at this moment."""
    return tuple(_sentences(design, seen))


def _sentences(design: Design, seen: Observation) -> Iterator[str]:
    contest, priors = design.contest, design.priors
    polls = len(current_polls(contest))
    if polls:
        yield (
            f"Before the count: the average of {polls} {'poll' if polls == 1 else 'polls'}, "
            f"give or take {100 * priors.poll_swing_sd:g} points of swing."
        )
    else:
        yield f"Before the count: no polls, the baseline give or take {100 * priors.swing_sd:g} points of swing."
    for entrant in design.entrants:
        name = contest.candidates[entrant].name
        yield f"{name} has no baseline: the level is modelled, and whom the votes come from is learnt as areas declare."
    if design.squeezed:
        yield "The voting system changed: candidates outside the top two may have lost votes to them."
    yield from say_undated(contest)
    areas = len(set(seen.area[seen.companion == 1.0].tolist()))
    if areas:
        labels = " and ".join(companion.label for companion in contest.companions)
        yield f"The same day's count used in {areas} {'area' if areas == 1 else 'areas'}: {labels}."
