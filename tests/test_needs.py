"""What the chaser needs: the West Midlands of 4 May 2024 against what was broadcast, and what must hold anywhere."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from six_declared import METHODS, SIX, VOTES, contest, item, night, whole
from small_contest import AREAS, BASELINE, CANDIDATES, small_contest

from forecast.arithmetic.commentary import needs_lines
from forecast.arithmetic.needs import Needs, work_out_needs
from forecast.contests.catalogue import find_contest
from forecast.declaration import Kind, read_news
from forecast.errors import ForecastError
from forecast.moment import fold_through
from forecast.rules import SupplementaryVote
from forecast.tally import fold


def test_sandwell_outstanding_is_as_it_was_broadcast() -> None:
    needs = work_out_needs(night(6))
    assert (needs.leader.id, needs.leader.votes) == ("street", 205_484)
    assert (needs.chaser.id, needs.chaser.votes) == ("parker", 194_029)
    assert needs.lead.votes == 11_455
    assert needs.lead.share == pytest.approx(0.022, abs=0.0005)
    assert needs.votes_needed == 11_456
    assert needs.swings.needed == pytest.approx(0.0450, abs=0.00005)
    assert needs.baseline_outstanding.votes == 5_171
    assert needs.baseline_outstanding.share == pytest.approx(0.077, abs=0.0005)
    assert needs.outstanding.votes_to_change_hands == 3_143
    assert needs.outstanding.required_lead.share == pytest.approx(0.174, abs=0.0005)
    assert needs.outstanding.source == "66,296 ballots verified less 0.8% rejected"


def test_the_shipped_contest_gives_the_same_figures_and_says_where_they_come_from() -> None:
    shipped = find_contest("west-midlands")
    items, refused = read_news(shipped.directory / "news.csv", shipped)
    assert not refused
    needs = work_out_needs(fold_through(shipped, items, 6))
    assert (needs.votes_needed, needs.outstanding.votes_to_change_hands) == (11_456, 3_143)
    assert needs.swings.needed == pytest.approx(0.0450, abs=0.00005)
    assert needs.outstanding.required_lead.share == pytest.approx(0.174, abs=0.0005)
    assert {area.provenance for area in needs.areas} == {"official", "derived", "notional"}
    final = work_out_needs(fold(shipped, items))
    assert (final.leader.id, final.lead.votes, final.reach.decided) == ("parker", 1_508, True)


def test_supposing_more_votes_gives_the_lead_that_was_broadcast() -> None:
    needs = work_out_needs(night(6), valid_outstanding=70_280)
    assert needs.outstanding.valid == 70_280
    assert needs.outstanding.required_lead.share == pytest.approx(0.163, abs=0.0005)
    assert needs.outstanding.source == "supposed by the user"


def test_votes_supposed_are_shared_between_the_areas_outstanding() -> None:
    needs = work_out_needs(night(5), valid_outstanding=100_000)
    supposed = [area.valid for area in needs.areas if area.status == "verified"]
    assert supposed == pytest.approx([100_000 * 71_215 / 137_511, 100_000 * 66_296 / 137_511])
    assert needs.outstanding.valid == pytest.approx(100_000)


def test_the_swings_are_those_worked_by_hand() -> None:
    swings = work_out_needs(night(6)).swings
    valid, earlier = (601_713 - 66_296) * 0.992, 614_290 - 67_431
    so_far = (-11_455 / valid - (210_962 - 271_442) / earlier) / 2
    rest = (11_456 / (66_296 * 0.992) - 5_171 / 67_431) / 2
    assert swings.so_far == pytest.approx(so_far, abs=1e-9)
    assert swings.rest == pytest.approx(rest, abs=1e-9)
    assert swings.weight_outstanding == pytest.approx(66_296 / 601_713)


def test_each_area_says_who_won_it_and_whether_its_swing_is_enough() -> None:
    needs = work_out_needs(night(6))
    rows = {area.id: area for area in needs.areas}
    won = {area: row.winner for area, row in rows.items()}
    assert won == {
        "birmingham": "parker",
        "coventry": "parker",
        "dudley": "street",
        "sandwell": None,
        "solihull": "street",
        "walsall": "street",
        "wolverhampton": "parker",
    }
    assert rows["solihull"].swing == pytest.approx((-23_561 / (56_805 * 0.992) + 32_824 / 60_263) / 2)
    assert rows["solihull"].beats
    assert rows["birmingham"].beats is False
    assert (rows["sandwell"].swing, rows["sandwell"].beats) == (None, None)
    assert needs.measured == 6
    assert needs.beating == sum(row.beats is True for row in rows.values())


def test_nothing_is_decided_while_sandwell_is_out_and_only_two_can_win() -> None:
    reach = work_out_needs(night(6)).reach
    assert not reach.decided
    assert reach.most == 66_296
    assert reach.bound == "the ballots verified in Sandwell"
    assert reach.rivals == ()


def test_without_ballots_the_electorate_bounds_and_everyone_can_still_win() -> None:
    reach = work_out_needs(night(6, verified=False)).reach
    assert "the electorate of Sandwell" in reach.bound
    assert reach.most == 232_636


def test_a_lead_beyond_the_ballots_left_is_decided_and_an_equal_one_is_not() -> None:
    # Walsall, 4 May 2024: 86,000 to make up and 58,110 papers left was a certainty without a model.
    for lead, decided in ((86_000, True), (58_110, False), (58_111, True)):
        two = small_contest(CANDIDATES[:2], baseline=BASELINE[:, :2])
        others = [area.id for area in AREAS if area.id != "walsall"]
        zero = {"parker": 0, "street": 0}
        counts = [item(Kind.DECLARED, area, ballots=0, votes=zero) for area in others[1:]]
        first = item(Kind.DECLARED, others[0], ballots=lead, votes={"parker": lead, "street": 0})
        tally = fold(two, [first, *counts, item(Kind.VERIFIED, "walsall", ballots=58_110)])
        assert work_out_needs(tally).reach.decided is decided


def test_first_preferences_decide_nothing_under_the_supplementary_vote() -> None:
    tally = night(7, whole())
    transfers = replace(tally, contest=replace(tally.contest, rule=SupplementaryVote()))
    assert work_out_needs(tally).reach.decided
    assert not work_out_needs(transfers).reach.decided


def test_the_whole_result_is_exact() -> None:
    needs = work_out_needs(night(7, whole()))
    assert (needs.leader.id, needs.chaser.id) == ("parker", "street")
    assert needs.lead.votes == 1_508
    assert needs.lead.share == pytest.approx(1_508 / 596_976)
    assert needs.reach.decided
    assert needs.outstanding.required_lead.votes is None
    assert needs.swings.rest is None
    assert sum(area.valid or 0 for area in needs.areas) == pytest.approx(596_976)
    assert needs.reject_source == "rejected in the whole contest"


def test_all_areas_declared_decides_it_before_the_whole_result_is_read_out() -> None:
    needs = work_out_needs(night(7))
    assert needs.reach.decided
    assert needs.outstanding.areas == ()
    assert needs.swings.so_far is not None


def test_before_any_vote_the_baseline_chooses_the_two_and_the_turnout() -> None:
    needs = work_out_needs(night(0, verified=False))
    assert (needs.leader.id, needs.chaser.id) == ("street", "parker")
    assert (needs.lead.votes, needs.lead.share, needs.votes_needed) == (0, None, 1)
    assert needs.outstanding.valid == 614_290
    assert needs.outstanding.source == "turnout of valid votes in 2021"
    assert needs.swings.so_far is None
    assert needs.swings.rest == pytest.approx(needs.swings.needed, abs=1e-5)


def test_a_candidate_without_a_baseline_has_no_swing() -> None:
    needs = work_out_needs(night(3), leader="parker", challenger="Akhmed Yakoob")
    assert needs.swings.needed is None
    assert needs.baseline_overall.votes is None
    assert needs.outstanding.votes_to_change_hands is None
    assert needs.unreported == ("solihull", "wolverhampton")
    assert needs.outstanding.required_lead.share is None


def test_a_part_counted_counts_and_the_rest_is_outstanding() -> None:
    part = {"parker": 12_000, "street": 8_000}
    needs = work_out_needs(night(6, item(Kind.PARTIAL, "sandwell", valid=25_000, votes=part)))
    assert needs.lead.votes == 11_455 - 4_000
    assert needs.outstanding.valid == pytest.approx(66_296 * 0.992 - 25_000)
    assert needs.outstanding.required_lead.votes == 7_456
    # of Sandwell as a whole, counted part and all, the same is needed as before
    assert needs.outstanding.votes_to_change_hands == 3_143
    assert needs.swings.rest == pytest.approx(work_out_needs(night(6)).swings.rest)
    assert needs.reach.most == 66_296 - 25_000


def test_a_share_counted_tells_what_is_left_where_the_valid_votes_do_not() -> None:
    part = {"parker": 12_000, "street": 8_000}
    needs = work_out_needs(night(6, item(Kind.PARTIAL, "sandwell", counted=0.4, votes=part)))
    assert needs.outstanding.valid == pytest.approx(66_296 * 0.992 * 0.6)


def test_a_provisional_area_is_counted_but_decides_nothing() -> None:
    needs = work_out_needs(night(6, item(Kind.PROVISIONAL, "sandwell", votes=VOTES["sandwell"])))
    assert (needs.leader.id, needs.lead.votes) == ("parker", 1_508)
    assert needs.outstanding.areas == ("sandwell",)
    assert needs.outstanding.valid == 0
    assert needs.outstanding.required_lead.share is None
    assert not needs.reach.decided


def test_rejected_papers_that_are_known_are_used_rather_than_a_rate() -> None:
    tally = night(5, item(Kind.DECLARED, "coventry", rejected=715, votes=VOTES["coventry"]))
    needs = work_out_needs(tally)
    rows = {area.id: area for area in needs.areas}
    assert rows["coventry"].valid == 70_500
    assert needs.reject_rate == pytest.approx(715 / 71_215)
    assert rows["sandwell"].valid == pytest.approx(66_296 * (1 - 715 / 71_215))


def test_steed_counts_the_votes_of_the_two_alone() -> None:
    needs = work_out_needs(night(6), method="steed")
    assert needs.swings.needed == pytest.approx(0.5 - 244_009 / 543_327)
    assert needs.lead.share == pytest.approx(11_455 / 399_513)
    rows = {area.id: area for area in needs.areas}
    assert rows["solihull"].swing == pytest.approx(11_728 / 47_017 - 10_186 / 53_196)
    assert needs.outstanding.required_lead.share is not None
    assert needs.outstanding.required_lead.share > 0.174


def test_a_candidate_who_does_not_stand_in_an_area_has_no_votes_there() -> None:
    standing = np.ones((len(AREAS), 6), bool)
    standing[4, 0] = False  # Parker, in Solihull
    counts = [item(Kind.DECLARED, area, votes=votes) for area, votes in VOTES.items() if area != "solihull"]
    solihull = item(Kind.DECLARED, "solihull", votes={"street": 35_289})
    needs = work_out_needs(fold(replace(contest(), standing=standing), [*counts, solihull]), leader="street")
    assert needs.unreported == ()
    assert needs.areas[4].chaser_lead.votes == -35_289


def test_two_whom_nothing_was_known_of_before_have_arithmetic_all_the_same() -> None:
    entrants = small_contest(SIX, baseline=np.full((len(AREAS), 6), np.nan))
    tally = fold(entrants, [item(Kind.DECLARED, "solihull", valid=56_000, votes=VOTES["solihull"])])
    for method in METHODS:
        needs = work_out_needs(tally, method=method)
        assert needs.lead.votes == 23_561
        assert needs.swings.needed is None
        assert all("nan" not in line for line in needs_lines(needs))


def test_a_name_nobody_knows_is_refused_in_one_line() -> None:
    with pytest.raises(ForecastError, match='no candidate "Byrne"'):
        work_out_needs(night(6), leader="Byrne")
    with pytest.raises(ForecastError, match="both are Andy Street"):
        work_out_needs(night(6), leader="street", challenger="street")
    with pytest.raises(ForecastError, match="reject rate"):
        work_out_needs(night(6), reject_rate=1.5)


def same_weights(declared: int, shares: list[float]) -> Needs:
    """A night on which as many vote in each area as in 2021, declared in the order of areas."""
    valid = small_contest(CANDIDATES[:2], baseline=BASELINE[:, :2]).baseline.valid
    before = small_contest(SIX, baseline=np.hstack([BASELINE, np.full((len(AREAS), 3), np.nan)]))
    items = [
        item(Kind.VERIFIED, area.id, ballots=int(votes), rejected=0) for area, votes in zip(AREAS, valid, strict=True)
    ]
    for area, votes, won in list(zip(AREAS, valid, shares, strict=True))[:declared]:
        parker = int(votes * won)
        items.append(
            item(
                Kind.DECLARED, area.id, valid=int(votes), votes={"parker": parker, "street": int(0.9 * votes) - parker}
            )
        )
    return work_out_needs(fold(before, items), leader="street", challenger="parker")


@given(st.integers(0, 6), st.lists(st.floats(0.1, 0.8), min_size=7, max_size=7))
def test_the_identity_leaves_half_a_vote_when_areas_weigh_the_same(declared: int, shares: list[float]) -> None:
    needs = same_weights(declared, shares)
    assert needs.swings.residual == pytest.approx(-0.5 / 614_290, abs=1e-12)


def test_what_the_identity_leaves_is_the_change_of_weights() -> None:
    swings = work_out_needs(night(1)).swings  # Solihull alone has declared
    ballots, earlier = 56_805 / 601_713, 60_263 / 614_290
    lead, others = 32_824 / 60_263, 22_485 / (614_290 - 60_263)  # Street's, in 2021
    change = (earlier - ballots) * lead / 2 + (ballots - earlier) * others / 2
    assert swings.residual == pytest.approx(change - 0.5 / (601_713 * 0.992), abs=1e-9)


@given(st.integers(0, 6))
def test_just_what_is_needed_wins_by_one_and_one_fewer_ties(declared: int) -> None:
    needs = work_out_needs(night(declared), leader="street", challenger="parker")
    waiting = list(VOTES)[declared:]
    for short, majority in ((0, 1), (1, 0)):
        net = needs.votes_needed - short
        rest = [item(Kind.DECLARED, area, votes={"parker": 10_000, "street": 10_000}) for area in waiting[1:]]
        last = item(Kind.DECLARED, waiting[0], votes={"parker": 20_000 + net, "street": 20_000})
        final = work_out_needs(night(declared, last, *rest), leader="street", challenger="parker")
        assert final.lead.votes == -majority
