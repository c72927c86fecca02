"""One update: what is known goes in, the published document comes out. Handed a model, it knows none."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np

from forecast.alarms.alarm import Alarm, Expected
from forecast.alarms.integrity import Admitted, find_alarms, fold_admitted
from forecast.alarms.surprise import surprise_in
from forecast.arithmetic.ledger import Method
from forecast.arithmetic.needs import Needs, work_out_needs
from forecast.bulletin.attribution import what_moved
from forecast.bulletin.bulletin import describe_item, write_bulletin, write_without
from forecast.bulletin.doubt import Doubt, areas_in_doubt, items_heeded, keep_last, still_holds, sum_up
from forecast.bulletin.explain import (
    Explanation,
    Moved,
    Oddity,
    Reckoning,
    measure_hardness,
    path_to_victory,
    tell,
    watch_areas,
)
from forecast.bulletin.summary import Forecast
from forecast.call_ready import CallReady, find_call_ready, without_areas
from forecast.contests.contest import Contest
from forecast.declaration import Declaration
from forecast.errors import Defect
from forecast.expectation import expect_anew, expected_elsewhere, expected_without
from forecast.posterior import Model
from forecast.simulation import simulate
from forecast.tally import Tally, fold

__all__ = ["Night", "Update", "reckon"]

DRAWS = 10_000
SEED = 20240502


@dataclass(frozen=True, slots=True, eq=False)
class Update:
    """One forecast and what it was made of.

    Parameters
    ----------
    doubts
        The forecasts without areas in doubt that were made lately, of this moment or of others.
    items
        Those given, whether or not they were let in.
    """

    forecast: Forecast
    reckoning: Reckoning
    admitted: Admitted
    doubt: Doubt | None = None
    doubts: tuple[Doubt, ...] = ()
    items: tuple[Declaration, ...] = ()

    @property
    def waiting(self) -> bool:
        """Whether something has still to be looked at: what a call needs, or the forecast without areas in doubt."""
        call = self.forecast.call_ready
        lags = self.doubt is not None and len(self.doubt.items) < len(self.reckoning.tally.items)
        return lags or (call is not None and call.waiting)


def reckon(tally: Tally, model: Model, *, draws: int, seed: int) -> Reckoning:
    """Draw from the model and fill the areas outstanding."""
    posterior = model(tally.contest, tally, draws=draws, seed=seed)
    return Reckoning(tally, posterior.without_draws(), simulate(posterior, tally, seed=seed, in_place=True))


@dataclass(frozen=True, slots=True, eq=False)
class Night:
    """A contest, a model and one seed: updates differ only by their news.

    Parameters
    ----------
    contest, model
        What is counted, and how it is forecast.
    draws, seed
        The same all night (common random numbers): a probability moves with news alone.
    method
        Of the desk's arithmetic in the document; what is explained of swings is always Butler's.
    """

    contest: Contest
    model: Model
    draws: int = DRAWS
    seed: int = SEED
    method: Method = "butler"

    def update(
        self,
        items: Sequence[Declaration],
        *,
        defects: Iterable[Defect] = (),
        explain: bool = True,
        before: Reckoning | None = None,
        last: Update | None = None,
        folded: tuple[Tally, tuple[Defect, ...]] | None = None,
        stress: bool = True,
        notice: str = "",
        suppositions: tuple[str, ...] = (),
    ) -> Update:
        """The forecast after these items of news.

        Parameters
        ----------
        items
            All the news so far, in order; the whole record every time, so that a correction needs no special path.
        defects
            Items that could not be read, to be listed with those refused.
        before
            A reckoning of some of the items before the latest, where one is at hand: what the news did is then what
            all since have done together. Where it is none of these, that before the latest item is made again.
        last
            The update before, where it is at hand: its reckoning is the one before, and what it knows of the first
            items is not worked out again.
        folded
            The tally of the items let in, and why others were refused, where these are at hand.
        stress
            Whether what takes reckonings more is done: what a call needs looked at under harder assumptions, and the
            forecast without areas in doubt made of all the news.
        """
        tally, refused = folded or self.fold(items, last)
        before = last.reckoning if last is not None else before
        before = before if before is not None and precedes(before, tally) else None
        earlier = tally.items[:-1] if explain and before is None and tally.items else None
        with ThreadPoolExecutor(max_workers=1) as beside:
            made_again = None if earlier is None else beside.submit(self.reckon_items, earlier)
            reckoning = reckon(tally, self.model, draws=self.draws, seed=self.seed)
            before = before if made_again is None else made_again.result()
        expected = expected_without(reckoning) if before is None else expect_anew(reckoning, before)
        alarms = find_alarms(tally, expected, expected_elsewhere(before or reckoning))
        needs = work_out_needs(tally, method=self.method)
        butler = needs if self.method == "butler" else work_out_needs(tally)
        explanation = explain_reckoning(reckoning, butler, before, expected) if explain else None
        doubts = () if last is None else last.doubts
        left_out = None if suppositions else self.leave_out(tally, alarms, doubts, all_of_them=stress)
        document = write_bulletin(
            reckoning,
            needs,
            explanation,
            seed=self.seed,
            alarms=alarms,
            call_ready=None if suppositions else self.look_at_call(reckoning, alarms, needs, stress),
            without=left_out,
            refusals=(*defects, *refused),
            notice=notice,
            suppositions=suppositions,
        )
        admitted, kept = Admitted(tally, refused, alarms), keep_last(left_out, doubts)
        return Update(document, reckoning, admitted, left_out, kept, tuple(items))

    def fold(self, items: Sequence[Declaration], last: Update | None) -> tuple[Tally, tuple[Defect, ...]]:
        """The tally of the items let in, and why others were refused; the last update's items are not folded again."""
        if last is None or last.items != tuple(items[: len(last.items)]):
            return fold_admitted(self.contest, items)
        known = last.admitted
        tally, refused = fold_admitted(self.contest, items[len(last.items) :], known.tally)
        return tally, (*known.refusals, *refused)

    def look_closer(self, update: Update) -> Update:
        """The same update with everything looked at that was left for later."""
        forecast, reckoning, alarms = update.forecast, update.reckoning, update.admitted.alarms
        looked = {"call_ready": self.look_at_call(reckoning, alarms, forecast.needs, stress=True)}
        doubt = self.leave_out(reckoning.tally, alarms, update.doubts)
        without = None if doubt is None else write_without(doubt, reckoning)
        forecast = forecast.model_copy(update={**looked, "without": without})
        return replace(update, forecast=forecast, doubt=doubt, doubts=keep_last(doubt, update.doubts))

    def look_at_call(self, reckoning: Reckoning, alarms: Sequence[Alarm], needs: Needs, stress: bool) -> CallReady:
        """What a call needs at this moment, and whether it is met."""
        variants = reckoning.posterior.variants
        return find_call_ready(
            reckoning.tally,
            reckoning.simulation,
            self.model,
            variants,
            seed=self.seed,
            alarms=alarms,
            decided=needs.reach.decided,
            stress=stress,
            outcome=reckoning.outcome,
        )

    def leave_out(
        self, tally: Tally, alarms: Sequence[Alarm], known: Sequence[Doubt] = (), *, all_of_them: bool = True
    ) -> Doubt | None:
        """The forecast without anything the areas gave that have a red alarm; None where there is none.

        Parameters
        ----------
        known
            Those made before, of which one is kept that is no older than what would be made.
        all_of_them
            As of `items_heeded`.
        """
        areas = areas_in_doubt(tally, alarms)
        if not areas:
            return None
        items = items_heeded(tally, all_of_them=all_of_them)
        for each in known:
            if still_holds(each, areas, items, tally):
                return each
        heeded = tally if len(items) == len(tally.items) else fold(self.contest, items)
        less = without_areas(heeded, set(areas), ballots=False)
        return sum_up(reckon(less, self.model, draws=self.draws, seed=self.seed), areas, items)

    def reckon_items(self, items: Sequence[Declaration]) -> Reckoning:
        """The reckoning after these items, all of them admissible."""
        return reckon(fold(self.contest, items), self.model, draws=self.draws, seed=self.seed)


def precedes(before: Reckoning, tally: Tally) -> bool:
    """Whether a reckoning is of the first items of a tally, but not of all."""
    known = before.tally.items
    return len(known) < len(tally.items) and tally.items[: len(known)] == known


def explain_reckoning(
    reckoning: Reckoning, needs: Needs, before: Reckoning | None, expected: Mapping[str, Expected]
) -> Explanation:
    """Everything that can be explained of one reckoning.

    Parameters
    ----------
    before
        The reckoning before the latest item.
    expected
        What was expected of areas by a forecast that has not seen their votes, by id.
    """
    contest = reckoning.tally.contest
    chaser, leader = contest.candidate_index(needs.chaser.id), contest.candidate_index(needs.leader.id)
    told = tell(reckoning, chaser, leader)
    return Explanation(
        hardness=measure_hardness(reckoning, chaser, leader, needs.swings.rest, needs.baseline_outstanding.share),
        watch=watch_areas(reckoning, chaser, leader, told),
        moved=_moved(reckoning, before, chaser, leader),
        oddest=_oddest(reckoning.tally, expected),
        path=path_to_victory(reckoning, chaser, leader, told),
    )


def _moved(reckoning: Reckoning, before: Reckoning | None, chaser: int, leader: int) -> Moved | None:
    """What the items since the reckoning before did to the first of the two in the contest's order."""
    if before is None:
        return None
    tally = reckoning.tally
    item = describe_item(tally, tally.items[-1])
    if others := len(tally.items) - len(before.tally.items) - 1:
        item += f" and {others} item{'s' * (others > 1)} before it"
    if companions_between(before.tally, tally):
        item += " (and the same day's other count, known by then)"
    return what_moved(tally.contest.rule, before, reckoning, min(chaser, leader), item)


def companions_between(before: Tally, after: Tally) -> bool:
    """Whether figures of the same day's other contests became known between two moments of one night."""
    times = [at for companion in after.contest.companions for at in companion.reported_at if at is not None]
    earlier = [at for at in times if before.as_of is not None and at <= before.as_of]
    now = [at for at in times if after.as_of is not None and at <= after.as_of]
    return len(now) > len(earlier)


def _oddest(tally: Tally, expected: Mapping[str, Expected]) -> Oddity | None:
    """The declared area furthest from what was expected of it."""
    found = [_oddity(tally, int(area), expected) for area in np.flatnonzero(tally.declared)]
    return max((each for each in found if each), key=lambda each: abs(each.deviations), default=None)


def _oddity(tally: Tally, area: int, expected: Mapping[str, Expected]) -> Oddity | None:
    place = tally.contest.areas[area]
    found = surprise_in(tally, area, expected[place.id]) if place.id in expected else None
    if found is None:
        return None
    candidate = tally.contest.candidates[found.candidate].id
    return Oddity(place.id, place.name, candidate, round(found.z, 3), round(found.tail, 6))
