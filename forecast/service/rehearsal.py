"""A past night played into a running service as test data, over its own API, as an operator would."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import httpx2

from forecast.contests.catalogue import find_contest
from forecast.declaration import Declaration, read_news
from forecast.errors import Defect, ForecastError, NewsError
from forecast.journal.item_json import write_item

__all__ = ["Played", "Rehearsal", "plan_rehearsal", "play", "time_items"]

UNTIMED = 300.0  # seconds between items of a night of which no time is known
PATIENCE = 30.0


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What is played: as which listing, of which contest, and each item with the seconds to wait before it."""

    id: str
    contest: str
    items: tuple[Declaration, ...]
    waits: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Played:
    """One item, and what the service said of it."""

    number: int
    of: int
    item: Declaration
    said: str


def plan_rehearsal(name: str, *, speed: float = 120.0, pause: float | None = None) -> Rehearsal:
    """A contest's own news with the waits between its items.

    Parameters
    ----------
    speed
        How many times as fast as it was.
    pause
        Seconds between items instead.

    Raises
    ------
    ForecastError
        Where there is no such contest, or it has no news.
    """
    contest = find_contest(name)
    path = contest.directory / "news.csv"
    items, defects = read_news(path, contest) if path.exists() else ((), ())
    if not items:
        raise NewsError(defects or Defect(contest.id, "has no news of a past night to play."))
    waits = (pause,) * len(items) if pause is not None else tuple(each / speed for each in time_items(items))
    return Rehearsal(f"{contest.id}-rehearsal", contest.id, items, waits)


def time_items(items: Sequence[Declaration]) -> tuple[float, ...]:
    """Seconds before each item: as recorded; items without a time are spaced evenly between those that have one."""
    known = [(place, item.at) for place, item in enumerate(items) if item.at is not None]
    times: list[float] = [UNTIMED * place for place in range(len(items))]
    if known:
        first_place, first = known[0]
        anchors = [(place, (at - first).total_seconds()) for place, at in known]
        times = [_between(place, anchors, first_place) for place in range(len(items))]
    return tuple(max(later - earlier, 0.0) for earlier, later in zip([times[0], *times], times, strict=False))


def play(rehearsal: Rehearsal, client: httpx2.Client, *, run: str, wait: Callable[[float], object]) -> Iterator[Played]:
    """Have the test contest listed, then give each item in its time.

    Parameters
    ----------
    client
        Of the service: its address, and a key that may add contests.
    run
        Names this rehearsal: an item given again under the same name is known.
    wait
        Waits so many seconds.

    Raises
    ------
    ForecastError
        Where the service cannot be reached or does not let us.
    """
    body = {"contest": rehearsal.contest, "id": rehearsal.id, "test": True}
    _post(client, "/v1/contests", body, "")
    for number, (item, pause) in enumerate(zip(rehearsal.items, rehearsal.waits, strict=True), start=1):
        wait(pause)
        key = f"rehearsal-{run}-{number}"
        said = _post(client, f"/v1/contests/{rehearsal.id}/news", write_item(item), key, refused=True)
        yield Played(number, len(rehearsal.items), item, said)


def _between(place: int, anchors: Sequence[tuple[int, float]], first_place: int) -> float:
    """A place's time on the line through the timed places around it; outside them, spaced as inside or as untimed."""
    before = [anchor for anchor in anchors if anchor[0] <= place]
    after = [anchor for anchor in anchors if anchor[0] >= place]
    if not before:
        return UNTIMED * (place - first_place)
    if not after:
        return before[-1][1] + UNTIMED * (place - before[-1][0])
    (left, start), (right, end) = before[-1], after[0]
    return start if left == right else start + (end - start) * (place - left) / (right - left)


def _post(client: httpx2.Client, path: str, body: Mapping[str, Any], key: str, refused: bool = False) -> str:
    """Post, and say what came of it; what is refused raises unless it may be."""
    headers = {"Idempotency-Key": key} if key else {}
    try:
        response = client.post(path, json=body, headers=headers, timeout=PATIENCE)
        answer = response.json()
    except (httpx2.HTTPError, ValueError) as error:
        where = str(client.base_url)
        raise ForecastError(Defect(where, "does not answer as a forecast service does.", "Is it running?")) from error
    if response.is_success:
        return str((answer.get("data") or {}).get("status", "accepted"))
    said = str(answer.get("error", {}).get("message", response.status_code))
    if refused and response.status_code in {400, 409, 422}:
        return f"refused: {said}"
    raise ForecastError(Defect(path, said, "Give --key with an admin's key: forecast keys add." if not refused else ""))
