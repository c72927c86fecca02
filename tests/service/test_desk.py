"""The desk's state as a fold over entries, what an item would do, and what is on air."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from service_state import BALLOTS, NIGHT, SANDWELL, WEST_MIDLANDS, entries, item

from forecast.errors import ForecastError
from forecast.journal.entry import EntryKind
from forecast.journal.item_json import write_item
from forecast.journal.made import Stored
from forecast.service.call import refuse_early, unmet_conditions
from forecast.service.decision import ACTIONS, Decision, read_decision, write_decision
from forecast.service.desk import DeskState
from forecast.service.folding import fold_entries
from forecast.service.intake import as_entered, preview, tally_of
from forecast.service.on_air import put_on_air

NEWS, DECISION, PROPOSAL = EntryKind.NEWS, EntryKind.DECISION, EntryKind.PROPOSAL
START = DeskState("wm")


def stored(through: int, number: int = 1, published: int | None = 1) -> Stored:
    return Stored("wm", through, "{}", "toy", 0.1, number, NIGHT, "", published)


def fold(*given: tuple[EntryKind, str, dict[str, Any]]) -> DeskState:
    return fold_entries(WEST_MIDLANDS, entries(*given), START)


def news(fields: dict[str, object], **others: object) -> tuple[EntryKind, str, dict[str, Any]]:
    return NEWS, "operator Ann (key 1)", {"item": write_item(item(fields, **others))}


def decided(action: str, actor: str = "editor Eve (key 2)", **body: object) -> tuple[EntryKind, str, dict[str, Any]]:
    return DECISION, actor, {"action": action, "reason": "so", **body}


def test_items_are_numbered_in_the_order_in_which_they_came() -> None:
    state = fold(news(BALLOTS), news(SANDWELL))
    assert [(each.sequence, each.where, each.area) for each in state.items] == [
        (1, "item 1", "sandwell"),
        (2, "item 2", "sandwell"),
    ]
    assert state.changed == 2


def test_folding_twice_or_in_two_parts_is_the_same() -> None:
    given = entries(news(BALLOTS), news(SANDWELL), decided("hold"))
    whole = fold_entries(WEST_MIDLANDS, given, START)
    assert fold_entries(WEST_MIDLANDS, given[1:], fold_entries(WEST_MIDLANDS, given[:1], START)) == whole
    assert fold_entries(WEST_MIDLANDS, given, whole) == whole


def test_an_item_undone_counts_no_more_and_renumbers_no_other() -> None:
    state = fold(news(BALLOTS), news(SANDWELL), decided("undo", entry=1))
    assert [each.where for each in state.items] == ["item 2"]
    assert state.changed == 3


def test_live_ends_a_rehearsal_and_nothing_given_in_or_decided_in_it_counts_any_more() -> None:
    waiting = (PROPOSAL, "operator Ann (key 1)", {"item": write_item(item(BALLOTS))})
    rehearsed = decided("test"), news(SANDWELL), waiting, decided("sign-off")
    assert len(fold(*rehearsed).items) == 1  # while it is one, it counts
    state = fold(*rehearsed, decided("live"))
    assert (state.test, state.taken, state.proposals, state.sign_offs) == (False, (), (), ())
    assert (state.changed, state.rehearsals) == (5, ((1, 5),))
    assert [state.is_rehearsed(sequence) for sequence in (1, 4, 5)] == [True, True, False]
    assert [each.where for each in fold(*rehearsed, decided("live"), news(BALLOTS)).items] == ["item 1"]
    assert not fold_entries(WEST_MIDLANDS, entries(*rehearsed[1:], decided("live")), DeskState("wm", test=True)).taken


def test_a_live_contest_that_is_a_test_for_a_while_is_afterwards_as_it_was_before() -> None:
    waiting = (PROPOSAL, "operator Ann (key 1)", {"item": write_item(item(BALLOTS))})
    before = fold(news(SANDWELL), waiting)
    while_test = (
        decided("test"),
        decided("undo", entry=1),
        (EntryKind.CONFIRMED, "operator Bob (key 2)", {"proposal": 2}),
    )
    assert [each.kind for each in fold(news(SANDWELL), waiting, *while_test).items] == ["verified"]
    after = fold(news(SANDWELL), waiting, *while_test, decided("live"))
    assert (after.taken, after.proposals) == (before.taken, before.proposals)
    twice = fold(news(SANDWELL), decided("test"), decided("test"), decided("live"), decided("live"))
    assert (len(twice.taken), twice.rehearsals) == (1, ((2, 4),))


def test_a_key_used_in_a_rehearsal_is_good_again_afterwards() -> None:
    test = fold(decided("test"))
    assert (test.key("a"), test.key(""), START.key("a")) == ("test 1: a", "", "a")


def test_an_item_confirmed_enters_where_it_was_confirmed() -> None:
    waiting = (PROPOSAL, "operator Ann (key 1)", {"item": write_item(item(SANDWELL))})
    state = fold(waiting, news(BALLOTS))
    assert [each.sequence for each in state.proposals] == [1]
    state = fold(waiting, news(BALLOTS), (EntryKind.CONFIRMED, "operator Bob (key 2)", {"proposal": 1}))
    assert [each.kind for each in state.items] == ["verified", "declared"]
    assert state.proposals == ()
    assert state.taken[1].actor == "operator Ann (key 1), confirmed by operator Bob (key 2)"


def test_two_different_editors_sign_off_and_a_correction_takes_their_word_back() -> None:
    first, again = decided("sign-off"), decided("sign-off")
    assert not fold(news(SANDWELL), first, again).signed_off
    second = decided("sign-off", "editor Ed (key 3)")
    assert fold(news(SANDWELL), first, second).signed_off
    correction = news(SANDWELL, kind="corrected", votes={"parker": 31562})
    assert not fold(news(SANDWELL), first, second, correction).signed_off


def test_hold_embargo_test_and_label_are_what_was_decided_last() -> None:
    state = fold(decided("hold"), decided("release"), decided("test"), decided("label", text="Too close"))
    assert (state.hold, state.test, state.label) == (None, True, "Too close")
    state = fold(decided("embargo", until="2024-05-04T13:00:00Z"))
    assert state.is_embargoed(NIGHT)
    assert not state.is_embargoed(NIGHT + timedelta(hours=1))


def test_two_sources_that_disagree_are_found() -> None:
    state = fold(news(SANDWELL))
    other = item(SANDWELL, votes={"parker": 34961, "street": 18598}, source="agency")
    found = preview(WEST_MIDLANDS, state, other)
    (disagreement,) = found.disagreements
    assert (disagreement.figure, disagreement.standing, disagreement.given) == ("parker", 31561, 34961)
    assert (disagreement.standing_source, disagreement.given_source) == ("council", "agency")
    assert as_entered(tally_of(WEST_MIDLANDS, state), other).kind == "corrected"


def test_the_same_source_must_correct_itself_and_a_person_may_correct_another() -> None:
    state = fold(news(SANDWELL))
    again = item(SANDWELL, votes={"parker": 34961})
    assert "corrected" in str(preview(WEST_MIDLANDS, state, again).defects[0])
    correction = item(SANDWELL, kind="corrected", votes={"parker": 34961}, source="agency")
    assert preview(WEST_MIDLANDS, state, correction, actor="operator Ann (key 1)").disagreements == ()
    assert preview(WEST_MIDLANDS, state, correction, actor="feed press").disagreements != ()


def test_figures_that_follow_one_another_are_no_disagreement() -> None:
    provisional = news(SANDWELL, kind="provisional")
    declared = item(SANDWELL, votes={"parker": 31560, "street": 18598}, source="agency")
    assert preview(WEST_MIDLANDS, fold(provisional), declared).disagreements == ()


def test_a_preview_says_what_would_change_and_what_it_adds_up_to() -> None:
    found = preview(WEST_MIDLANDS, fold(news(BALLOTS)), item(SANDWELL))
    assert {(each.figure, each.before, each.after) for each in found.changes} == {
        ("status", "verified", "declared"),
        ("parker", None, 31561),
        ("street", None, 18598),
    }
    assert found.totals is not None
    assert (found.totals.votes, found.totals.unaccounted) == (31561 + 18598, 66296 - 31561 - 18598)


def test_an_item_with_more_votes_than_ballots_would_be_refused() -> None:
    found = preview(WEST_MIDLANDS, fold(news(BALLOTS)), item(SANDWELL, votes={"parker": 66297}))
    assert "more than the 66,296 ballots" in str(found.defects[0])
    assert found.changes == ()


@pytest.mark.parametrize("action", sorted(ACTIONS))
def test_every_decision_reads_back_as_it_was_written(action: str) -> None:
    decision = Decision(action, "because", None, "text" if action == "label" else "")
    target = {"choose": "conflict", "confirm": "proposal", "reject": "proposal", "undo": "entry"}
    if action in target:
        decision = replace(decision, entry=7, keep="new" if action == "choose" else "")
    assert read_decision(write_decision(decision)) == decision


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"action": "hold"}, "needs a reason"),
        ({"action": "hodl", "reason": "x"}, 'Did you mean "hold"?'),
        ({"action": "embargo", "until": "2024-05-04T13:00"}, "its offset"),
        ({"action": "choose", "conflict": 3, "keep": "both"}, "neither"),
        ({"action": "undo", "reason": "x"}, "not the sequence number"),
        ({"action": "release", "until": "x"}, "means nothing"),
    ],
)
def test_a_decision_that_cannot_be_read_says_why(body: dict[str, object], said: str) -> None:
    with pytest.raises(ForecastError, match=said):
        read_decision(body)


def test_while_held_the_last_one_published_stays_on_air() -> None:
    shown = put_on_air(fold(news(SANDWELL), decided("hold")), stored(0), stored(2, 2, None), NIGHT)
    assert (shown.status, shown.number) == ("held", 1)
    assert "so" in shown.reason


def test_what_is_embargoed_is_seen_by_editors_alone() -> None:
    state = fold(decided("embargo", until="2024-05-04T13:00:00Z"))
    assert put_on_air(state, None, stored(1, 1, None), NIGHT).document is None
    assert put_on_air(state, None, stored(1, 1, None), NIGHT, editor=True).document == "{}"
    assert put_on_air(state, stored(1), None, NIGHT + timedelta(hours=2)).status == "live"


def test_news_that_waits_and_updates_that_fail_make_a_forecast_stale() -> None:
    state = fold(news(SANDWELL))
    assert put_on_air(state, stored(0), None, NIGHT, stale_seconds=60).status == "live"
    late = put_on_air(state, stored(0), None, NIGHT + timedelta(seconds=90), stale_seconds=60)
    assert (late.status, late.reason) == ("stale", "News has waited 89 seconds for its forecast.")
    assert put_on_air(state, stored(1), None, NIGHT + timedelta(hours=9), stale_seconds=60).status == "live"
    failed = fold(news(SANDWELL), (EntryKind.SERVICE, "service", {"trouble": "the model failed"}))
    assert put_on_air(failed, stored(1), None, NIGHT).reason == "the model failed"


def test_it_is_call_ready_only_signed_off_and_on_air_as_usual() -> None:
    signed = [decided("sign-off"), decided("sign-off", "editor Ed (key 3)")]
    assert put_on_air(fold(*signed), stored(0), None, NIGHT).call_ready
    assert not put_on_air(fold(*signed, decided("hold")), stored(0), None, NIGHT).call_ready


@pytest.mark.parametrize("other", ["editor Eve (key 9)", "admin eve  (key 2)", "editor E\u200bve (key 4)"])
def test_two_keys_of_one_name_are_one_person(other: str) -> None:
    assert not fold(decided("sign-off"), decided("sign-off", other)).signed_off
    assert fold(decided("sign-off"), decided("sign-off", other), decided("sign-off", "editor Ed (key 5)")).signed_off
    assert fold(decided("sign-off"), decided("withdraw-sign-off", other)).sign_offs == ()


def test_it_is_not_call_ready_where_the_document_does_not_meet_its_own_conditions() -> None:
    signed = fold(decided("sign-off"), decided("sign-off", "editor Ed (key 3)"))
    assert not put_on_air(signed, stored(0), None, NIGHT, unmet=True).call_ready
    gate = {"name": "coverage", "met": False, "why": "2 areas have declared."}
    met = {"name": "no red alarm open", "met": True, "why": "none is."}
    document = json.dumps({"call_ready": {"ready": False, "candidate": "a", "conditions": [gate, met]}})
    assert unmet_conditions(document) == (("coverage", "2 areas have declared."),)
    with pytest.raises(ForecastError, match="coverage: is not met: 2 areas"):
        refuse_early(signed, replace(stored(0), document=document))
    with pytest.raises(ForecastError, match="no forecast on air"):
        refuse_early(signed, None)
    with pytest.raises(ForecastError, match="newest news"):
        refuse_early(fold(news(SANDWELL)), stored(0))


@pytest.mark.parametrize("document", ['{"call_ready": null}', "{}"])
def test_a_document_that_says_nothing_of_what_a_call_needs_is_not_signed_off(document: str) -> None:
    with pytest.raises(ForecastError, match="says nothing of them"):
        refuse_early(fold(decided("sign-off")), replace(stored(0), document=document))
    ready = json.dumps({"call_ready": {"ready": True, "candidate": "a", "conditions": []}})
    assert unmet_conditions(ready) == ()
