"""What is decided once everything is declared, under every rule and in every contest shipped."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest
from small_contest import small_contest

from forecast.arithmetic.commentary import needs_lines
from forecast.arithmetic.needs import work_out_needs
from forecast.bulletin.summary import Forecast
from forecast.contests.catalogue import list_contests
from forecast.contests.contest import Contest
from forecast.declaration import Declaration, Kind
from forecast.night import Night
from forecast.posterior import Posterior
from forecast.rules import AreaSeats, ListProportional, Plurality, Referendum, Rule, SupplementaryVote, TwoRound
from forecast.scene import open_scene
from forecast.tally import Tally, fold

LARGE = {"mexico-2018"}  # 7,754 areas, tested as the others in the evaluation


def level_model(contest: Contest, tally: Tally, *, draws: int, seed: int) -> Posterior:
    """Everybody's share is anything: nothing but what is declared can decide."""
    share = np.random.default_rng(seed).dirichlet(np.ones(len(contest.candidates)), (draws, len(contest.areas)))
    share = np.where(contest.standing, share, 0.0)
    share /= share.sum(axis=2, keepdims=True)
    return Posterior(share, np.full(share.shape[:2], 50_000.0), "level", {})


def item(kind: Kind, area: str, **figures: Any) -> Declaration:  # noqa: ANN401 - the figures of a Declaration, whatever they are
    return Declaration(area=area, kind=kind, at=None, source="test", entered_by="test", **figures)


@cache
def ended(contest: str) -> Forecast:
    scene = open_scene(contest, through="all")
    return Night(scene.contest, level_model, draws=100).update(scene.items, explain=False).forecast


@pytest.mark.parametrize("contest", [each.id for each in list_contests() if each.id not in LARGE])
def test_a_contest_declared_to_its_end_is_decided(contest: str) -> None:
    forecast = ended(contest)
    assert forecast.decided
    assert "chance" not in forecast.headline
    assert {each.win_probability for each in forecast.candidates} <= {0.0, 1.0}
    assert {each.win_display for each in forecast.candidates} <= {"0%", "100%"}
    assert forecast.rating == "decided"


# Published results: Electoral Management Board for Scotland; Office of the Federal Register.
@pytest.mark.parametrize(
    ("contest", "headline"),
    [
        ("scottish-referendum-2014", "No has won on the votes counted."),
        ("us-president-2008", "Barack Obama has a majority on the areas declared: 364 of 538 seats."),
        ("west-midlands", "Richard Parker cannot be overtaken on the votes counted."),
    ],
)
def test_the_headline_names_who_won(contest: str, headline: str) -> None:
    assert ended(contest).headline == headline


def count(rule: Rule, votes: list[list[int]], *, declared: int = 7) -> Tally:
    """The seven boroughs, so many of them declared, with these votes in each."""
    made = small_contest()
    candidates = made.candidates[: len(votes[0])]
    contest = replace(small_contest(candidates, baseline=made.baseline.votes[:, : len(candidates)]), rule=rule)
    items = [
        item(Kind.DECLARED, area.id, votes=dict(zip((c.id for c in candidates), row, strict=True)))
        for area, row in zip(contest.areas[:declared], votes, strict=False)
    ]
    return fold(contest, items)


def verdict(rule: Rule, votes: list[list[int]], *, declared: int = 7) -> str:
    reach = work_out_needs(count(rule, votes, declared=declared)).reach
    assert reach.decided is bool(reach.verdict)
    return reach.verdict


P, S, Y = [30, 20, 10], [20, 30, 10], [10, 20, 30]


def test_a_tie_is_decided_as_a_tie() -> None:
    level = [P, S, *[[1, 1, 0]] * 5]
    assert "Richard Parker and Andy Street are level on the votes counted: a tie" in verdict(Plurality(), level)
    assert "are level" in verdict(Referendum(), [[1, 1]] * 7)


def test_a_proposal_short_of_its_threshold_falls_though_it_leads() -> None:
    rule = Referendum(electorate=1_000, approval=0.4)
    assert verdict(rule, [[30, 20]] * 7) == "Andy Street has won on the votes counted."
    assert verdict(rule, [[30_000, 0]] * 6, declared=6) == ""


def test_a_referendum_without_thresholds_is_decided_by_a_lead_beyond_the_electorate_left() -> None:
    # 187,236 are on Wolverhampton's register
    said = verdict(Referendum(), [[0, 0]] * 5 + [[187_237, 0]], declared=6)
    assert said == "Richard Parker cannot be overtaken on the votes counted."
    assert verdict(Referendum(), [[0, 0]] * 5 + [[187_236, 0]], declared=6) == ""


def test_a_first_round_without_a_majority_says_who_goes_through() -> None:
    said = verdict(TwoRound(), [P, P, S, S, P, S, Y])
    assert said == (
        "Nobody has a majority on the votes counted: Richard Parker and Andy Street go through to a second round."
    )
    assert verdict(TwoRound(), [[60, 20, 10]] * 7) == "Richard Parker has won on the votes counted."


def test_first_preferences_decide_only_with_a_majority() -> None:
    said = needs_lines(work_out_needs(count(SupplementaryVote(), [P] * 7)))[-1]
    assert said.startswith("Not decided: the rule asks for more than the votes counted, such as second preferences")
    assert verdict(SupplementaryVote(), [P] * 7) == ""
    assert verdict(SupplementaryVote(), [[60, 20, 10]] * 7) == "Richard Parker has won on the votes counted."


def test_seats_decide_as_soon_as_a_majority_is_won() -> None:
    assert verdict(AreaSeats(), [P] * 3, declared=3) == ""
    assert verdict(AreaSeats(), [P] * 4, declared=4) == (
        "Richard Parker has a majority on the areas declared: 4 of 7 seats."
    )
    # a seat tied for is nobody's yet
    assert verdict(AreaSeats(), [P] * 3 + [[5, 5, 0]], declared=4) == ""


def test_seats_all_declared_are_decided_hung_or_by_lot() -> None:
    hung = verdict(AreaSeats(), [P, P, P, S, S, S, Y])
    assert hung == (
        "Nobody has a majority on the areas declared: Richard Parker and Andy Street each have most, 3 of 7 seats, "
        "and 4 are needed."
    )
    lot = verdict(AreaSeats(), [P, P, P, S, S, S, [5, 5, 0]])
    assert lot == ("A tie on the areas declared: whether Richard Parker or Andy Street has a majority hangs on a lot.")


def test_lists_are_decided_when_all_areas_have_declared() -> None:
    rule = ListProportional(seats=(6,))
    assert verdict(rule, [[60, 20, 10]] * 7) == "Richard Parker has a majority on the votes counted: 5 of 6 seats."
    assert verdict(rule, [[60, 20, 10]] * 6, declared=6) == ""


def test_who_cannot_win_is_no_rival_and_keeps_nothing_open() -> None:
    tally = count(Plurality(cannot_win=(2,)), [[187_237, 0, 400_000], *[[0, 0, 0]] * 5], declared=6)
    assert work_out_needs(tally, leader="parker", challenger="street").reach.rivals == ()
    assert work_out_needs(tally).reach.verdict == "Richard Parker cannot be overtaken on the votes counted."
