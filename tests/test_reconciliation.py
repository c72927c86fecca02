"""Figures that do not reconcile: transfers, leads, totals and percentages as they were printed."""

from __future__ import annotations

from small_contest import AREAS

from forecast.alarms.reconciliation import reconcile_percentages, reconcile_totals


def test_the_swapped_second_preferences_of_2021_are_found_and_named() -> None:
    first = {"street": 299_318, "byrne": 244_009}
    printed = {"street": 314_669, "byrne": 267_626}
    swapped = {"first preferences": first, "second preferences": {"byrne": 15_351, "street": 23_617}}
    defects = reconcile_totals("Express & Star", printed, swapped)
    assert [defect.remedy for defect in defects] == [
        "Swapping street and byrne in second preferences puts both totals right."
    ] * 2
    right = {"first preferences": first, "second preferences": {"byrne": 23_617, "street": 15_351}}
    assert reconcile_totals("Express & Star", printed, right) == ()


def test_the_misprinted_lead_of_2024_does_not_add_up() -> None:
    parts = {"street": {"lead": 205_484}, "parker": {"lead": -194_029}}
    (defect,) = reconcile_totals("Express & Star", {"lead": 11_446}, parts)
    assert str(defect) == (
        "Express & Star: the total of lead is printed as 11,446, but its parts add up to 11,455. They differ by 9."
    )


def test_a_copied_figure_behind_a_wrong_total_is_named_with_what_would_mend_it() -> None:
    byrne = [112_092, 35_943, 24_150, 52_608, 12_327, 21_443, 26_708]
    parts = {area.id: {"byrne": votes} for area, votes in zip(AREAS, byrne, strict=True)}
    parts["dudley"]["street"] = 52_608
    (defect,) = reconcile_totals("table", {"byrne": 267_626}, parts)
    assert defect.remedy == (
        "sandwell has 52,608 for byrne, as dudley has for street: 34,963 would put the total right."
    )


def test_percentages_match_votes_to_rounding() -> None:
    votes = {"parker": 225_590, "street": 224_082, "yakoob": 69_621}
    printed = {"parker": 37.8, "street": 37.5, "yakoob": 11.7}
    assert reconcile_percentages("BBC", votes, printed, valid=596_976) == ()
    (defect,) = reconcile_percentages("BBC", votes, printed | {"street": 37.6}, valid=596_976)
    assert str(defect) == "BBC: street is printed at 37.6 per cent, but 224,082 of 596,976 votes are 37.5."
    assert reconcile_percentages("BBC", {"yes": 1, "no": 7}, {"yes": 12, "no": 88}, decimals=0) == ()
