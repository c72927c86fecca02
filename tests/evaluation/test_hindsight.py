"""What a past night may know at each moment: nothing dated after it."""

from __future__ import annotations

import pickle
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
from small_contest import small_contest
from small_night import START, news
from toy_model import toy

from forecast.contests.contest import Companion, Contest, ExitPoll, Poll
from forecast.evaluation.hindsight import stand_at
from forecast.evaluation.nights import PastNight, shipped_nights
from forecast.posterior import Posterior
from forecast.tally import Tally


def spying(contest: Contest, tally: Tally, *, draws: int, seed: int) -> Posterior:
    """A model whose answer depends on every byte it is handed."""
    said = pickle.dumps(
        [
            [(poll.pollster, poll.shares.tobytes()) for poll in contest.polls],
            [(poll.source, poll.seats.tobytes()) for poll in contest.exit_polls],
            [(each.votes.tobytes(), each.reported_at) for each in contest.companions],
            [repr(item) for item in tally.items],
            contest.notes, str(contest.directory), tally.votes.tobytes(), str(tally.as_of),
        ]
    )  # fmt: skip
    seen = np.frombuffer(said, np.uint8)
    made = toy(contest, tally, draws=draws, seed=int(seen.astype(np.int64) @ (1 + np.arange(len(seen)) % 9973)) % 2**31)
    return replace(made, valid=made.valid.astype(float))


def with_evidence(late: float) -> PastNight:
    """A night whose polls, exit polls, other counts and news hold a marker in everything dated after 3 declarations."""
    contest = small_contest()
    marker = np.array([late, 1.0 - late, 0.0])
    early = np.array([0.4, 0.5, 0.1])
    votes = np.tile(1000.0 * marker, (7, 1))
    votes[0] = (100.0, 90.0, 10.0)
    times = (START + timedelta(hours=1), *(START + timedelta(hours=5, minutes=each) for each in range(5)), None)
    contest = replace(
        contest,
        polls=(Poll("before", date(2024, 5, 1), 1000, early), Poll("after", date(2024, 5, 3), 1000, marker)),
        exit_polls=(
            ExitPoll(START, "before", early),
            ExitPoll(START + timedelta(hours=4), "after", 7 * marker),
        ),
        companions=(Companion("pcc", "same day", votes, times),),
        notes=(f"the winner had {late}",),
        directory=Path(f"/results/{late}"),
    )
    items = list(news())
    items[5] = replace(items[5], votes={"parker": round(60_000 * late), "street": 1, "yakoob": 1}, valid=60_000)
    return PastNight(contest, tuple(items), "own")


def bytes_at(past: PastNight, declared: int) -> bytes:
    moment = stand_at(past.contest, past.items, declared)
    made = spying(moment.contest, moment.tally, draws=50, seed=1)
    return made.share.tobytes() + made.valid.tobytes()


@pytest.mark.parametrize("declared", [0, 1, 3])
def test_a_night_sees_no_evidence_dated_after_it(declared: int) -> None:
    assert bytes_at(with_evidence(0.2), declared) == bytes_at(with_evidence(0.9), declared)


def test_and_sees_it_once_it_is_out() -> None:
    assert bytes_at(with_evidence(0.2), 6) != bytes_at(with_evidence(0.9), 6)


def test_evidence_that_was_out_is_kept() -> None:
    past = with_evidence(0.2)
    moment = stand_at(past.contest, past.items, 3)
    assert [poll.pollster for poll in moment.contest.polls] == ["before"]
    assert [poll.source for poll in moment.contest.exit_polls] == ["before"]
    known = np.isfinite(moment.contest.companions[0].votes).all(axis=1)
    assert known.tolist() == [True] + 6 * [False]


def test_the_exit_poll_is_out_before_the_first_declaration() -> None:
    (past,) = [each for each in shipped_nights(("650 seats",)) if each.contest.id == "general-election-2019"]
    assert len(stand_at(past.contest, past.items, 0).contest.exit_polls) == 1
