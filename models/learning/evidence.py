"""What past contests say of how far areas swing: a row for every area of every contest before a day."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from forecast.alarms.integrity import admit
from forecast.contests.catalogue import find_contest, list_contests
from forecast.contests.contest import Contest
from forecast.declaration import Declaration
from forecast.evaluation.orders import rank_pair
from forecast.pseudo import pseudo_contests
from forecast.scene import open_scene
from forecast.tally import fold
from models.regressors import OWN_SCALE

__all__ = ["KINDS", "Kind", "PastContest", "contests_before", "read_past"]

Array = NDArray[np.float64]
Kind = Literal["mayor", "constituency", "president"]
KINDS: tuple[Kind, ...] = ("mayor", "constituency", "president")
OFFICES: dict[str, Kind] = {"mayor": "mayor", "parliament": "constituency", "president": "president"}
STOPS = (0.25, 0.5, 0.75)  # of the areas declared, where what had not declared is compared with what had
NEVER = ("west-midlands",)  # the flagship is for judging, not for learning


@dataclass(frozen=True, slots=True, eq=False)
class PastContest:
    """One contest's swings, areas where both of the two stood at both elections.

    Parameters
    ----------
    swing
        (area,) half the change in the lead of the baseline's top two, shares.
    lead
        (area,) half that lead at the baseline, less its mean.
    log_size
        (area,) log of the baseline's valid votes over their mean.
    group
        (area,) number of the area's region.
    apart
        (area,) whether that is one of those that have gone their own way.
    turnout
        (area,) log of valid votes over the baseline's.
    gaps
        (stop, 2) where its order is known: what outstanding areas swung beyond what those declared said of them, and
        the SD that this has by chance, both as multiples of the areas' SD; and
    unlike
        (stop,) how unlike the two were, 1/4 to 1.
    """

    id: str
    kind: Kind
    polling_day: date
    swing: Array
    lead: Array
    log_size: Array
    group: NDArray[np.intp]
    apart: NDArray[np.bool_]
    turnout: Array
    gaps: Array
    unlike: Array


def contests_before(day: date) -> list[PastContest]:
    """Every shipped contest polled before a day that has a baseline and a result, and those made of its seats."""
    found: list[PastContest] = []
    for entry in list_contests():
        if entry.error or entry.polling_day is None or entry.polling_day >= day or entry.id in NEVER:
            continue
        found += _read_all(str(entry.directory))
    return sorted(found, key=lambda each: (each.polling_day, each.id))


@cache
def _read_all(directory: str) -> tuple[PastContest, ...]:
    contest = find_contest(directory)
    return tuple(_read_nights(contest)) if contest.office in OFFICES and contest.baseline.known else ()


def _read_nights(contest: Contest) -> Iterator[PastContest]:
    scene = open_scene(str(contest.directory), through="all")
    items = admit(contest, scene.items).tally.items
    yield read_past(contest, items)
    if contest.office == "parliament":
        yield from (read_past(made, news) for made, news in pseudo_contests(contest, items))


def read_past(contest: Contest, items: Iterable[Declaration]) -> PastContest:
    """The swings of one night that is over."""
    tally = fold(contest, tuple(items))
    first, second = rank_pair(contest)
    then, now = contest.baseline.votes, tally.votes
    valid = np.where(np.isfinite(tally.valid), tally.valid, np.nansum(now, axis=1))
    kept = np.isfinite(then[:, [first, second]]).all(axis=1) & np.isfinite(now[:, [first, second]]).all(axis=1)
    kept &= (then[:, [first, second]] > 0).all(axis=1) & contest.standing[:, [first, second]].all(axis=1)
    before = 0.5 * (then[kept, first] - then[kept, second]) / contest.baseline.valid[kept]
    after = 0.5 * (now[kept, first] - now[kept, second]) / valid[kept]
    size = contest.baseline.valid[kept]
    names = sorted({area.group for area in contest.areas})
    group = np.array([names.index(area.group) for area in contest.areas])[kept]
    apart = np.array([area.group in OWN_SCALE for area in contest.areas])[kept]
    lead, log_size = before - before.mean(), np.log(size / size.mean())
    order = _order(contest, tally.order, kept)
    gaps, unlike = _gaps(after - before, np.column_stack([lead, log_size]), order)
    return PastContest(
        contest.id, OFFICES[contest.office], contest.polling_day, after - before, lead, log_size, group, apart,
        np.log(valid[kept] / size), gaps, unlike,
    )  # fmt: skip


def _order(contest: Contest, order: tuple[int, ...], kept: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Positions among the areas kept in the order of declaration; none where that is not known."""
    place = np.cumsum(kept) - 1
    return np.array([place[area] for area in order if kept[area]] if contest.order == "declared" else [], dtype=np.intp)


def _gaps(swing: Array, features: Array, order: NDArray[np.intp]) -> tuple[Array, Array]:
    """At each stop: mean error over outstanding areas of a line in the lead fitted to those declared, and its SD."""
    rows, unlike = [], []
    for stop in STOPS if order.size >= 4 else ():
        count = max(2, round(stop * order.size))
        done, left = order[:count], order[count:]
        x = np.column_stack([np.ones(len(swing)), features[:, 0]])
        penalty = np.diag([1e-9, 0.1 * features[:, 0].var() + 1e-9])
        inverse = np.linalg.inv(x[done].T @ x[done] + penalty)
        residual = swing - x @ (inverse @ x[done].T @ swing[done])
        sd = residual[left].std() if len(left) > 2 else swing.std()
        middle = x[left].mean(axis=0)
        chance = np.sqrt(middle @ inverse @ middle + 1.0 / len(left))
        rows.append((residual[left].mean() / sd, chance))
        difference = features[done].mean(axis=0) - features[left].mean(axis=0)
        apart = np.sqrt(np.mean((difference / np.maximum(features.std(axis=0), 1e-9)) ** 2)) / 2.0
        unlike.append(0.25 + 0.75 * min(1.0, float(apart)))
    return np.array(rows).reshape(-1, 2), np.array(unlike)
